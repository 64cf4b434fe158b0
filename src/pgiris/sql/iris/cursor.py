"""A cursor over the tokens of one statement: looking ahead, expecting, refusing, and bounding depth."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NoReturn

from sqlglot import exp

from pgiris.errors import IrisError
from pgiris.sql.iris.lexer import Kind, Lexer, Token
from pgiris.sql.iris.words import RESERVED, TOLERATED

MAX_DEPTH: Final = 100
"""Levels of parentheses, subqueries, functions and CASE within each other: what Python's stack bears with ease."""

KnowsFunction = Callable[[str | None, str], bool]
"""Whether somebody created the function (schema as written or None, name as written)."""


class Cursor:
    """The common base of the grammar's parts. Grammar methods consume what they recognise."""

    def __init__(self, sql: str, knows_function: KnowsFunction | None = None) -> None:
        self.lexer = Lexer(sql)
        self.knows_function = knows_function
        self._tokens: list[Token] = []
        self._index = 0
        self._depth = 0
        self.token = self._at(0)

    # -- moving

    def _at(self, index: int) -> Token:
        while len(self._tokens) <= index:
            self._tokens.append(self.lexer.next())
        return self._tokens[index]

    def peek(self, distance: int = 1) -> Token:
        """The token `distance` behind the current one."""
        index = self._index + distance
        return self._tokens[index] if index < len(self._tokens) else self._at(index)

    def advance(self) -> Token:
        """Step over the current token and return it."""
        token = self.token
        index = self._index = self._index + 1
        self.token = self._tokens[index] if index < len(self._tokens) else self._at(index)
        return token

    def code_block(self, *, to_end: bool = False) -> str:
        """The raw code between the current `{` and its `}`, or the statement's last `}`; the cursor steps behind it."""
        if self.token.word != "{":
            self.fail_expected("{")
        del self._tokens[self._index + 1 :]
        self.lexer.rewind(self.token.end)
        code = self.lexer.last_block() if to_end else self.lexer.block()
        self.advance()
        return code

    def rest_as_text(self) -> str:
        """The raw text from the current token to the end of the statement."""
        del self._tokens[self._index + 1 :]
        self.lexer.rewind(self.token.start)
        text = self.lexer.rest()
        self.advance()
        return text

    # -- looking

    def at(self, *words: str) -> bool:
        """Whether the current token is one of these words or signs."""
        return self.token.word in words

    def at_words(self, *words: str) -> bool:
        """Whether the next tokens are these, in order."""
        if self.token.word != words[0]:
            return False
        return all(self.peek(distance).word == words[distance] for distance in range(1, len(words)))

    def accept(self, *words: str) -> bool:
        """Step over these tokens if they come next, all of them and in order."""
        if self.token.word != words[0] or (len(words) > 1 and not self.at_words(*words)):
            return False
        for _ in words:
            self.advance()
        return True

    def accept_any(self, words: frozenset[str]) -> str | None:
        """Step over the current token if it is one of `words`, and return it."""
        if self.token.word in words:
            return self.advance().word
        return None

    def expect(self, *words: str) -> None:
        """Step over these tokens or fail (-1)."""
        for word in words:
            if self.token.word != word:
                self.fail_expected(word)
            self.advance()

    def expect_any(self, words: frozenset[str]) -> str:
        word = self.accept_any(words)
        if word is None:
            self.fail_expected(" or ".join(sorted(words)))
        return word

    # -- failing

    def found(self) -> str:
        """The current token, in the words of IRIS's messages."""
        token = self.token
        if token.kind is Kind.END:
            return "end of statement"
        if token.kind is Kind.NAME:
            return f"{'reserved word' if token.word in RESERVED else 'IDENTIFIER'} ({token.text[:40]})"
        return token.text[:40]

    def fail(self, sqlcode: int, message: str) -> NoReturn:
        """Refuse the statement; a stray colon is a host variable without a name, wherever it stands (-28)."""
        if self.token.word == ":" and self.token.kind is Kind.PUNCTUATION:
            following = self.lexer.sql[self.token.end : self.token.end + 1]
            if not following.isalpha() and following != "%":
                sqlcode = -28
                message = f"Host variable name must begin with either % or a letter, not '{following}'"
        raise IrisError(sqlcode, message)

    def fail_expected(self, what: str, sqlcode: int = -1) -> NoReturn:
        self.fail(sqlcode, f"{what} expected, {self.found()} found")

    # -- terminals

    def at_identifier(self) -> bool:
        token = self.token
        if token.kind is Kind.NAME:
            return (token.word not in RESERVED or token.word in TOLERATED) and not token.word.startswith("$")
        return token.kind is Kind.QUOTED

    def identifier(self) -> exp.Identifier:
        """A name; a reserved word is one only when delimited (-1)."""
        if not self.at_identifier():
            if self.token.kind is Kind.NAME:
                self.fail(-1, f"IDENTIFIER expected, {self.found()} found")
            self.fail_expected("IDENTIFIER")
        token = self.advance()
        return exp.Identifier(this=token.text, quoted=token.kind is Kind.QUOTED)

    def member(self) -> exp.Identifier:
        """A name behind a dot, where reserved words are taken as names."""
        if self.token.kind is Kind.NAME and self.token.word[0] != "$":
            return exp.Identifier(this=self.advance().text, quoted=False)
        return self.identifier()

    def identifiers(self) -> list[exp.Expr]:
        """``(a, b, …)``."""
        self.expect("(")
        names: list[exp.Expr] = [self.identifier()]
        while self.accept(","):
            names.append(self.identifier())
        self.expect(")")
        return names

    def table_name(self) -> exp.Table:
        """``t`` or ``schema.t``."""
        name = self.identifier()
        schema: exp.Identifier | None = None
        if self.accept("."):
            schema, name = name, self.member()
        if schema is not None and self.accept("."):
            shown = f"{schema.name}.{name.name}.{self.member().name}".upper()
            self.fail(-30, f"Table '{shown}' not found")
        return exp.Table(this=name, db=schema)

    def class_name(self) -> exp.Table:
        """``package.sub.Class``: the package, dots included, stands where a schema stands."""
        parts = [self.identifier().name]
        while self.accept("."):
            parts.append(self.member().name)
        package = exp.Identifier(this=".".join(parts[:-1]), quoted=False) if len(parts) > 1 else None
        return exp.Table(this=exp.Identifier(this=parts[-1], quoted=False), db=package)

    def string(self) -> exp.Literal:
        """A string literal."""
        if self.token.kind is not Kind.STRING:
            self.fail_expected("LITERAL")
        return exp.Literal.string(self.advance().text)

    def number(self) -> exp.Literal:
        """An unsigned number, without the zeros and the point that say nothing."""
        if self.token.kind is not Kind.NUMBER:
            self.fail_expected("number")
        return exp.Literal(this=canonical_number(self.advance().text), is_string=False)

    def integer(self) -> exp.Literal:
        """An unsigned integer literal (-80)."""
        if self.token.kind is not Kind.NUMBER or not self.token.text.isdecimal():
            self.fail_expected("integer", -80)
        return self.number()

    def at_number(self) -> bool:
        return self.token.kind is Kind.NUMBER

    def at_string(self) -> bool:
        return self.token.kind is Kind.STRING

    def enter(self) -> None:
        """One level of nesting more; too many are refused (-400)."""
        self._depth += 1
        if self._depth > MAX_DEPTH:
            self.fail(-400, f"statement is nested more than {MAX_DEPTH} levels deep")

    def leave(self) -> None:
        """Out of the level again; an error needs no leaving, since nothing is parsed after it."""
        self._depth -= 1


def canonical_number(text: str) -> str:
    """A number as written, less leading zeros and a trailing point: ``007.`` is ``7`` and ``.5`` is ``0.5``."""
    mantissa, exponent = text, ""
    for sign in "eE":
        if sign in text:
            mantissa, _, exponent = text.partition(sign)
            exponent = "E" + exponent
    mantissa = mantissa.rstrip(".") if mantissa.endswith(".") else mantissa
    stripped = mantissa.lstrip("0")
    if not stripped or stripped.startswith("."):
        stripped = "0" + stripped
    return stripped + exponent
