"""The sqlglot dialect ``iris``: sqlglot's entry points, answered by the parser and the generator of this package.

sqlglot's compiled build allows no subclasses of its Parser, Generator and Expression; so the dialect overrides the
methods that use them. ``pretty`` and the other options of sqlglot's generator have no effect.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from sqlglot import exp
from sqlglot.dialects.dialect import Dialect, NormalizationStrategy
from sqlglot.errors import ParseError
from sqlglot.tokenizer_core import Token, TokenType

from pgiris.errors import IrisError
from pgiris.sql.iris.generator import generate
from pgiris.sql.iris.lexer import Kind, Lexer
from pgiris.sql.iris.parser import Parser, parse

_TOKEN_TYPES: Final[dict[Kind, TokenType]] = {
    Kind.NAME: TokenType.VAR,
    Kind.QUOTED: TokenType.IDENTIFIER,
    Kind.STRING: TokenType.STRING,
    Kind.NUMBER: TokenType.NUMBER,
    Kind.PUNCTUATION: TokenType.UNKNOWN,
}

_PARTS: Final[dict[str, Callable[[Parser], exp.Expr]]] = {
    "Column": Parser.scalar,
    "Condition": lambda parser: parser.either(),
    "DataType": Parser.column_type,
    "From": lambda parser: parser.from_part(),
    "Identifier": Parser.identifier,
    "Order": Parser.order_by,
    "Select": Parser.statement,
    "Table": Parser.table_name_with_alias,
    "Where": lambda parser: parser.where_part(),
}
"""What may be parsed by itself, as sqlglot's builders ask for it (`exp.maybe_parse`)."""


class IRIS(Dialect):
    """InterSystems IRIS SQL."""

    NORMALIZATION_STRATEGY = NormalizationStrategy.CASE_INSENSITIVE
    NULL_ORDERING = "nulls_are_small"
    SUPPORTS_SEMI_ANTI_JOIN = False
    TYPED_DIVISION = False
    SAFE_DIVISION = False
    CONCAT_COALESCE = False

    def tokenize(self, sql: str, dialect: Any = None) -> list[Token]:
        """The tokens of one statement, in sqlglot's form; punctuation has no finer type."""
        lexer = Lexer(sql)
        tokens: list[Token] = []
        while (token := lexer.next()).kind is not Kind.END:
            line = sql.count("\n", 0, token.start) + 1
            column = token.start - sql.rfind("\n", 0, token.start)
            tokens.append(Token(_TOKEN_TYPES[token.kind], token.text, line, column, token.start, token.end - 1))
        return tokens

    def parse(self, sql: str, **opts: Any) -> list[exp.Expr | None]:
        """One statement. Errors: `sqlglot.errors.ParseError` caused by the `IrisError`, which has the SQLCODE."""
        try:
            return [parse(sql, _trusts)]
        except IrisError as error:
            raise ParseError.new(str(error), description=error.message) from error

    def parse_into(self, expression_type: Any, sql: str, **opts: Any) -> list[exp.Expr | None]:
        """A part of a statement: a table, a type, an expression; anything else is parsed as a statement."""
        kinds = expression_type if isinstance(expression_type, (list, tuple)) else [expression_type]
        names = [kind if isinstance(kind, str) else kind.__name__ for kind in kinds]
        part = next((_PARTS[name] for name in names if name in _PARTS), _PARTS["Condition"])
        try:
            parser = Parser(sql, _trusts)
            node = part(parser)
            if parser.token.kind is not Kind.END:
                parser.fail(-25, f"Input ({parser.token.text[:40]}) encountered after end of query")
        except IrisError as error:
            raise ParseError.new(str(error), description=error.message) from error
        return [node]

    def generate(self, expression: exp.Expr, copy: bool = True, **opts: Any) -> str:
        """The text of a tree. Errors: `sqlglot.errors.UnsupportedError`."""
        return generate(expression)


def _trusts(schema: str | None, name: str) -> bool:
    """A tool that only reads SQL cannot know which functions exist."""
    return True
