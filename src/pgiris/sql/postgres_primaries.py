"""What expressions are made of: c_expr of PostgreSQL's grammar (manual 4.2)."""

from __future__ import annotations

from typing import Final

from sqlglot import exp
from sqlglot.tokenizer_core import TokenType

from pgiris.sql.postgres_functions import Functions
from pgiris.sql.postgres_grammar import OPERATOR
from pgiris.sql.postgres_types import TypeName, data_type

TYPED: Final = frozenset(
    """
    INT INTEGER SMALLINT BIGINT REAL BOOLEAN DECIMAL DEC NUMERIC CHARACTER CHAR NCHAR NATIONAL VARCHAR TIMESTAMP
    TIME INTERVAL FLOAT BIT
    """.split()  # noqa: SIM905
)


class Primaries(Functions):
    __slots__ = ()

    def cast(self, operand: exp.Expr, to: exp.DataType, start: int) -> exp.Expr:
        node = exp.Cast(this=operand, to=to)
        node.meta[OPERATOR] = start
        return node

    def primary(self) -> exp.Expr:
        token = self.tokens[self.at]
        kind, start, word = token.token_type, token.start, self.words[self.at]
        if kind is TokenType.NUMBER or kind is TokenType.STRING or kind is TokenType.NATIONAL_STRING:
            self.at += 1
            return self.mark(exp.Literal(this=token.text, is_string=kind is not TokenType.NUMBER), start)
        if kind is TokenType.PARAMETER:
            self.at += 1
            return self.mark(exp.Parameter(this=exp.Literal(this=token.text, is_string=False)), start)
        if kind is TokenType.BIT_STRING or kind is TokenType.HEX_STRING:
            raise self.unsupported("bit string", start)
        if word == "(":
            return self.parenthesis()
        if kind is TokenType.VAR:
            special = self.special(word, start)
            if special is not None:
                return special
        return self.name_expression(start)

    def special(self, word: str, start: int) -> exp.Expr | None:
        """What begins with a keyword; None for names."""
        if word == "NULL":
            self.at += 1
            return self.mark(exp.Null(), start)
        if word in ("TRUE", "FALSE"):
            self.at += 1
            return self.mark(exp.Boolean(this=word == "TRUE"), start)
        if word == "CASE":
            return self.case(start)
        if word == "EXISTS" and self.words[self.at + 1] == "(":
            self.at += 2
            if not self.is_query():
                raise self.failure()
            query = self.query()
            self.expect(")")
            return self.mark(exp.Exists(this=query), start)
        if word == "ARRAY":
            return self.array(start)
        if word == "ROW" and self.words[self.at + 1] == "(":
            self.at += 2
            items = [] if self.word == ")" else self.expressions()
            self.expect(")")
            return self.mark(exp.Tuple(expressions=items), start)
        if word in ("CAST", "TREAT") and self.words[self.at + 1] == "(":
            return self.cast_call(word, start)
        if word in TYPED or (word == "DOUBLE" and self.words[self.at + 1] == "PRECISION"):
            return self.typed_literal(word, start)
        return self.special_function(word, start)

    def typed_literal(self, word: str, start: int) -> exp.Expr | None:
        """ConstTypename Sconst; `word` begins a type of the grammar."""
        if not self.literal_ahead():
            return None
        name = self.built_in_type(word, start)
        if name is None or self.kind() is not TokenType.STRING:
            raise self.failure()
        value = self.primary()
        if name.name == "interval" and not name.fields and not name.modifiers:
            fields, modifiers = self.interval_fields()
            name = name._replace(fields=fields, modifiers=modifiers)
        return self.mark(self.cast(value, data_type(name), start), start)

    def literal_ahead(self) -> bool:
        """Whether the type's name leads to a string; most of them may name columns as well."""
        at = self.at + 1
        while self.words[at] in ("VARYING", "PRECISION", "CHARACTER", "CHAR"):
            at += 1
        if self.words[at] == "(":
            while at < len(self.tokens) and self.words[at] != ")":
                at += 1
            at += 1
        if self.words[at] in ("WITH", "WITHOUT") and self.words[at + 1] == "TIME":
            at += 3
        return at < len(self.tokens) and self.tokens[at].token_type is TokenType.STRING

    def cast_call(self, word: str, start: int) -> exp.Expr:
        if word == "TREAT":
            raise self.unsupported("TREAT", start)
        self.at += 2
        operand = self.expression()
        self.expect("AS")
        to = self.type_name()
        self.expect(")")
        return self.mark(self.cast(operand, to, start), start)

    def parenthesis(self) -> exp.Expr:
        start = self.start()
        if self.is_query(1):
            self.at += 1
            self.enter()
            query = self.query()
            self.leave()
            self.expect(")")
            return self.mark(exp.Subquery(this=query), start)
        self.at += 1
        first = self.expression()
        if self.accept(","):
            items = [first, *self.expressions()]
            self.expect(")")
            return self.mark(exp.Tuple(expressions=items), start)
        self.expect(")")
        return first

    def case(self, start: int) -> exp.Expr:
        self.at += 1
        subject = None if self.word == "WHEN" else self.expression()
        branches: list[exp.Expr] = []
        while self.word == "WHEN":
            at = self.start()
            self.at += 1
            condition = self.expression()
            self.expect("THEN")
            branches.append(self.mark(exp.If(this=condition, true=self.expression()), at))
        if not branches:
            raise self.failure()
        default = self.expression() if self.accept("ELSE") else None
        self.expect("END")
        return self.mark(exp.Case(this=subject, ifs=branches, default=default), start)

    def array(self, start: int) -> exp.Expr:
        self.at += 1
        if self.word == "(" and self.is_query(1):
            raise self.unsupported("ARRAY(SELECT …)", start)
        self.expect("[")
        items: list[exp.Expr] = []
        while self.word != "]":
            if self.word == "[":
                raise self.unsupported("multidimensional array")
            items.append(self.expression())
            if not self.accept(","):
                break
            if self.word == "]":
                raise self.failure()
        self.expect("]")
        return self.mark(exp.Array(expressions=items), start)

    def named_literal(self, parts: list[exp.Identifier], start: int) -> exp.Expr:
        """``name 'string'`` for types without a syntax of their own."""
        if len(parts) > 2:
            raise self.unsupported(f'cross-database reference "{".".join(p.name for p in parts)}"', start)
        name = TypeName(parts[-1].name, parts[0].name if len(parts) == 2 else "", start=start)
        return self.mark(self.cast(self.primary(), data_type(name), start), start)
