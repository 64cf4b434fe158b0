"""Tokens of IRIS SQL (document key GSQL_identifiers, GSQL_langelements).

The lexer is lazy, because `{` may open an ODBC escape or a block of ObjectScript, which only the parser can tell.
"""

from __future__ import annotations

import json
from enum import Enum
from typing import Final, NamedTuple

from pgiris.errors import IrisError

MAX_STATEMENT: Final = 8 * 1024 * 1024
"""Characters. IRIS documents no limit; its strings end at about 3.6 million characters (GSQL_langelements)."""
MAX_IDENTIFIER: Final = 128
MAX_EXPONENT: Final = 308


class Kind(Enum):
    NAME = "identifier"
    """Undelimited word, keywords included."""
    QUOTED = "delimited identifier"
    STRING = "string"
    NUMBER = "number"
    PUNCTUATION = "punctuation"
    END = "end of statement"


class Token(NamedTuple):
    """`text` is the name as written, the content of the quotes, the number or the punctuation; `word` is its upper
    case for NAME and the text itself for PUNCTUATION, so that one comparison tells. Offsets count characters."""

    kind: Kind
    text: str
    word: str
    start: int
    end: int


_SPACE: Final = frozenset(" \t\r\n\f\v")
_PAIRS: Final = frozenset({"<>", "!=", "<=", ">=", "||", "->"})
_FORBIDDEN_IN_DELIMITED: Final = (",", ".", "^", "->")


def _continues(char: str) -> bool:
    return char.isalnum() or char in "_@#$"


class Lexer:
    """Reads tokens off one statement, from `position` on."""

    def __init__(self, sql: str) -> None:
        if len(sql) > MAX_STATEMENT:
            raise IrisError(-400, f"statement of {len(sql)} characters is too long")
        if "\x00" in sql:
            raise IrisError(-1, "a NUL character is not allowed in a statement")
        self.sql = sql
        self.position = 0

    def next(self) -> Token:
        """The next token. Errors: -3 unterminated quotes, -1 unterminated comment or bad name, -2 and -7 numbers."""
        self._skip()
        sql, start = self.sql, self.position
        if start >= len(sql):
            return Token(Kind.END, "", "", start, start)
        char = sql[start]
        if char == "'":
            return self._string(start)
        if char == '"':
            return self._delimited(start)
        following = sql[start + 1] if start + 1 < len(sql) else ""
        if char.isdecimal() or (char == "." and following.isdecimal()):
            return self._number(start)
        if self._starts_name(char, following):
            return self._name(start)
        end = start + (2 if char + following in _PAIRS else 1)
        self.position = end
        text = sql[start:end]
        return Token(Kind.PUNCTUATION, text, text, start, end)

    def rewind(self, position: int) -> None:
        """Read on from `position`; the caller drops the tokens that lie behind it."""
        self.position = position

    def block(self) -> str:
        """The code between a `{` just read and its `}`; double quotes hide braces, as in ObjectScript."""
        sql, start = self.sql, self.position
        depth, index, quoted = 1, start, False
        while index < len(sql):
            char = sql[index]
            if char == '"':
                quoted = not quoted
            elif not quoted and char == "{":
                depth += 1
            elif not quoted and char == "}":
                depth -= 1
                if not depth:
                    self.position = index + 1
                    return sql[start:index]
            index += 1
        raise IrisError(-1, "} expected, end of statement found")

    def last_block(self) -> str:
        """The code between a `{` just read and the `}` that ends the statement: a routine's body is its last part."""
        end = len(self.sql.rstrip())
        if end <= self.position or self.sql[end - 1] != "}":
            raise IrisError(-1, "} expected, end of statement found")
        code = self.sql[self.position : end - 1]
        self.position = end
        return code

    def rest(self) -> str:
        """The remaining text, for statements that are kept as text."""
        text = self.sql[self.position :].strip()
        self.position = len(self.sql)
        return text

    @staticmethod
    def _starts_name(char: str, following: str) -> bool:
        if char.isalpha():
            return True
        if char == "%":
            return following.isalpha()
        if char == "_":
            # Alone it is the concatenation operator.
            return following != "" and _continues(following)
        return char == "$" and (following.isalpha() or following == "$")

    def _skip(self) -> None:
        sql, length = self.sql, len(self.sql)
        while self.position < length:
            char = sql[self.position]
            if char in _SPACE:
                self.position += 1
            elif char not in "-/":
                return
            elif sql.startswith("--", self.position):
                end = sql.find("\n", self.position)
                self.position = length if end < 0 else end + 1
            elif sql.startswith("/*", self.position):
                end = sql.find("*/", self.position + 2)
                if end < 0:
                    raise IrisError(-1, "*/ expected, end of statement found")
                _check_options(sql[self.position + 2 : end])
                self.position = end + 2
            else:
                return

    def _quoted(self, start: int, quote: str) -> str:
        sql = self.sql
        index = start + 1
        while True:
            end = sql.find(quote, index)
            if end < 0:
                raise IrisError(-3, f"closing quote ({quote}) missing")
            if not sql.startswith(quote, end + 1):
                break
            index = end + 2
        self.position = end + 1
        return sql[start + 1 : end].replace(quote + quote, quote)

    def _string(self, start: int) -> Token:
        text = self._quoted(start, "'")
        return Token(Kind.STRING, text, "", start, self.position)

    def _delimited(self, start: int) -> Token:
        text = self._quoted(start, '"')
        if not text or text.startswith("*") or any(part in text for part in _FORBIDDEN_IN_DELIMITED):
            raise IrisError(-1, f'invalid delimited identifier "{text[:40]}"')
        if len(text) > MAX_IDENTIFIER:
            raise IrisError(-1, f'delimited identifier "{text[:40]}" is too long')
        return Token(Kind.QUOTED, text, "", start, self.position)

    def _name(self, start: int) -> Token:
        sql, length = self.sql, len(self.sql)
        index = start + 1
        if sql.startswith("$$", start):
            index += 1
        while index < length and ((char := sql[index]).isalnum() or char in "_@#$"):
            index += 1
        self.position = index
        text = sql[start:index]
        if len(text) > MAX_IDENTIFIER:
            raise IrisError(-1, f"identifier {text[:40]} is too long")
        return Token(Kind.NAME, text, text.upper(), start, index)

    def _digits(self, index: int) -> int:
        sql, length = self.sql, len(self.sql)
        while index < length and sql[index] in "0123456789":
            index += 1
        return index

    def _number(self, start: int) -> Token:
        sql = self.sql
        index = self._digits(start)
        if sql.startswith(".", index):
            index = self._digits(index + 1)
        if index == start:
            raise IrisError(-12, f"a term expected, {sql[start]} found")
        if index < len(sql) and sql[index] in "eE":
            index = self._exponent(index + 1)
        self.position = index
        text = sql[start:index]
        return Token(Kind.NUMBER, text, "", start, index)

    def _exponent(self, index: int) -> int:
        if index < len(self.sql) and self.sql[index] in "+-":
            index += 1
        end = self._digits(index)
        if end == index:
            raise IrisError(-2, "exponent digits missing")
        if end - index > len(str(MAX_EXPONENT)) or int(self.sql[index:end]) > MAX_EXPONENT:
            raise IrisError(-7, "exponent out of range")
        return end


def _check_options(comment: str) -> None:
    """A comment ``#OPTIONS {json}`` is a directive: its JSON must be well formed (-153)."""
    if comment[:8].upper() != "#OPTIONS":
        return
    try:
        options = json.loads(comment[8:])
    except (ValueError, RecursionError):
        options = None
    if not isinstance(options, dict):
        raise IrisError(-153, "invalid JSON in the compile options comment")
