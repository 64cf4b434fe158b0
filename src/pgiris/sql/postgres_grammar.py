"""The common ground of the parser's parts: a reader of tokens with PostgreSQL's words for what it refuses.

Positions: every node that an error can name carries ``meta["start"]``, the offset of its first token (characters
from 0); operators carry ``meta["operator"]``, their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypeVar

from sqlglot import exp
from sqlglot.tokenizer_core import Token, TokenType

from pgiris import sqlstate
from pgiris.errors import FeatureNotSupported, PgError, SyntaxFailure
from pgiris.sql.postgres_keywords import COLUMN_NAME, RESERVED, TYPE_FUNCTION
from pgiris.sql.postgres_lexer import cut_name, fold

START: Final = "start"
OPERATOR: Final = "operator"
DEEPEST: Final = 100
"""Levels of parentheses, subqueries and nested operators; PostgreSQL's limit is a stack size (max_stack_depth)."""

_LITERALS: Final = frozenset(
    {
        TokenType.STRING,
        TokenType.NATIONAL_STRING,
        TokenType.NUMBER,
        TokenType.BIT_STRING,
        TokenType.HEX_STRING,
        TokenType.PARAMETER,
        TokenType.IDENTIFIER,
    }
)

Node = TypeVar("Node", bound=exp.Expr)


def too_deep() -> PgError:
    """54001, as PostgreSQL says when its stack is used up."""
    return PgError(
        sqlstate.STATEMENT_TOO_COMPLEX,
        "stack depth limit exceeded",
        hint="Nested expressions and subqueries are limited.",
    )


class Grammar:
    """Reads tokens; `at` is the index of the next one, `words` are their texts in upper case, empty for literals."""

    __slots__ = ("at", "depth", "text", "tokens", "words")

    def __init__(self, tokens: Sequence[Token], text: str) -> None:
        self.tokens = tokens
        self.text = text
        self.at = 0
        self.depth = 0
        self.words = ["" if t.token_type in _LITERALS else t.text.upper() for t in tokens]
        self.words += ["", "", "", ""]

    # -- reading

    @property
    def word(self) -> str:
        return self.words[self.at]

    def start(self) -> int:
        """The offset of the next token; at the end, that of the end of the last one."""
        if self.at < len(self.tokens):
            return int(self.tokens[self.at].start)
        return int(self.tokens[-1].end) + 1 if self.tokens else 0

    def kind(self, ahead: int = 0) -> TokenType | None:
        index = self.at + ahead
        return self.tokens[index].token_type if index < len(self.tokens) else None

    def done(self) -> bool:
        return self.at >= len(self.tokens)

    def accept(self, *words: str) -> bool:
        """Take these words if they come next, all of them."""
        at = self.at
        for word in words:
            if self.words[at] != word:
                return False
            at += 1
        self.at = at
        return True

    def accept_any(self, *words: str) -> str:
        word = self.words[self.at]
        if word and word in words:
            self.at += 1
            return word
        return ""

    def expect(self, *words: str) -> None:
        for word in words:
            if self.words[self.at] != word:
                raise self.failure()
            self.at += 1

    def failure(self) -> SyntaxFailure:
        """PostgreSQL's syntax error at the next token."""
        if self.done():
            return SyntaxFailure("syntax error at end of input", position=len(self.text.rstrip()) + 1)
        token = self.tokens[self.at]
        found = self.text[token.start : token.end + 1]
        return SyntaxFailure(f'syntax error at or near "{found}"', position=token.start + 1)

    def unsupported(self, what: str, start: int | None = None) -> FeatureNotSupported:
        return FeatureNotSupported(what, position=(self.start() if start is None else start) + 1)

    def mark(self, node: Node, start: int) -> Node:
        node.meta[START] = start
        return node

    def enter(self) -> None:
        self.depth += 1
        if self.depth > DEEPEST:
            raise too_deep()

    def leave(self) -> None:
        self.depth -= 1

    # -- names

    def identifier(self, text: str, start: int, *, quoted: bool = False) -> exp.Identifier:
        return self.mark(exp.Identifier(this=text, quoted=quoted), start)

    def _take_name(self, refused: frozenset[str], refused_too: frozenset[str] = frozenset()) -> exp.Identifier:
        if self.at >= len(self.tokens):
            raise self.failure()
        token = self.tokens[self.at]
        if token.token_type is TokenType.IDENTIFIER:
            self.at += 1
            return self.identifier(token.text, token.start, quoted=True)
        word = self.words[self.at]
        if token.token_type is not TokenType.VAR or word in refused or word in refused_too:
            raise self.failure()
        self.at += 1
        return self.identifier(cut_name(fold(token.text)), token.start)

    def name(self) -> exp.Identifier:
        """ColId: a name of a column, table or alias."""
        return self._take_name(RESERVED, TYPE_FUNCTION)

    def type_or_function_name(self) -> exp.Identifier:
        return self._take_name(RESERVED, COLUMN_NAME)

    def label(self) -> exp.Identifier:
        """ColLabel: any word."""
        return self._take_name(frozenset())

    def is_name(self, ahead: int = 0) -> bool:
        """Whether a ColId comes next."""
        kind = self.kind(ahead)
        if kind is TokenType.IDENTIFIER:
            return True
        word = self.words[self.at + ahead]
        return kind is TokenType.VAR and word not in RESERVED and word not in TYPE_FUNCTION

    def names(self) -> list[exp.Identifier]:
        """A list of names, without the parentheses."""
        found = [self.name()]
        while self.accept(","):
            found.append(self.name())
        return found

    def table(self) -> exp.Table:
        """qualified_name: at most database, schema and name."""
        start = self.start()
        parts = [self.name()]
        while self.accept("."):
            parts.append(self.label())
        if len(parts) > 3:
            raise SyntaxFailure(
                "improper qualified name (too many dotted names): " + ".".join(p.name for p in parts),
                position=start + 1,
            )
        if len(parts) == 3:
            raise FeatureNotSupported(
                f'cross-database reference "{".".join(p.name for p in parts)}"', position=start + 1
            )
        table = exp.Table(this=parts[-1], db=parts[0] if len(parts) == 2 else None)
        return self.mark(table, start)
