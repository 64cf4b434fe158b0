"""Reads JSON text as PostgreSQL's lexer and parser do, without recursion, and says exactly what is wrong with it.

Source: PostgreSQL 15 manual, section 8.14; RFC 8259.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum
from typing import Final, NamedTuple, NoReturn

from pgiris import sqlstate
from pgiris.errors import PgError
from pgiris.types.faults import shown, too_deep

MAX_DEPTH: Final = 14_000
"""Nesting that PostgreSQL's stack allows, about."""
CONTEXT_LENGTH: Final = 50

_SPACE: Final = re.compile(r"[ \t\n\r]*", re.ASCII)
_NUMBER: Final = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?", re.ASCII)
_NUMBER_START: Final = re.compile(r"-?\d*(?:\.\d*)?(?:[eE][+-]?\d*)?", re.ASCII)
_WORD: Final = re.compile(r"[A-Za-z0-9_\x80-\U0010ffff]+")
_PLAIN: Final = re.compile(r'[^"\\\x00-\x1f]*')
_HEX: Final = re.compile(r"[0-9a-fA-F]{4}")
_ESCAPES: Final = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}

STRING: Final = "string"
NUMBER: Final = "number"
WORD: Final = "word"
END: Final = "end"


class Token(NamedTuple):
    """`kind` is one of the four above or the punctuation itself; `value` is a string's contents or the text."""

    kind: str
    value: str
    start: int
    end: int


class Lexer:
    """Tokens of JSON text. `unescape` asks for the meaning of Unicode escapes, which jsonb needs and json does not."""

    def __init__(self, text: str, *, unescape: bool) -> None:
        self.text = text
        self.unescape = unescape
        self.position = 0

    def next(self) -> Token:
        text = self.text
        found = _SPACE.match(text, self.position)
        start = found.end() if found else self.position
        if start >= len(text):
            return Token(END, "", start, start)
        character = text[start]
        if character in "{}[],:":
            token = Token(character, character, start, start + 1)
        elif character == '"':
            token = self._string(start)
        elif character == "-" or character in "0123456789":
            token = self._number(start)
        else:
            token = self._word(start)
        self.position = token.end
        return token

    def _number(self, start: int) -> Token:
        found = _NUMBER.match(self.text, start)
        end = found.end() if found else start
        begun = _NUMBER_START.match(self.text, start)
        longest = begun.end() if begun else end
        more = _WORD.match(self.text, max(end, longest))
        if found is None or longest > end or more:
            self._invalid(start, more.end() if more else max(end, longest))
        return Token(NUMBER, found.group(), start, end)

    def _word(self, start: int) -> Token:
        found = _WORD.match(self.text, start)
        end = found.end() if found else start + 1
        word = self.text[start:end]
        if word not in ("true", "false", "null"):
            self._invalid(start, end)
        return Token(WORD, word, start, end)

    def _string(self, start: int) -> Token:
        pieces: list[str] = []
        position = start + 1
        high = ""
        while True:
            found = _PLAIN.match(self.text, position)
            assert found is not None
            if found.group():
                self._no_high_surrogate(high, position + 1)
                pieces.append(found.group())
            position = found.end()
            character = self.text[position : position + 1]
            if character == '"':
                self._no_high_surrogate(high, position + 1)
                return Token(STRING, "".join(pieces), start, position + 1)
            if not character:
                self._invalid(start, position)
            if character != "\\":
                self.fail(f"Character with value 0x{ord(character):02x} must be escaped.", position)
            escape = self.text[position + 1 : position + 2]
            if escape == "u":
                high, position = self._unicode(position + 2, high, pieces)
                continue
            if not escape:
                self._invalid(start, position + 1)
            self._no_high_surrogate(high, position + 2)
            if escape not in _ESCAPES:
                self.fail(f'Escape sequence "\\{escape}" is invalid.', position + 2)
            pieces.append(_ESCAPES[escape])
            position += 2

    def _unicode(self, position: int, high: str, pieces: list[str]) -> tuple[str, int]:
        """The four digits behind ``\\u``; a first surrogate is given back, to wait for the second."""
        found = _HEX.match(self.text, position)
        if found is None:
            wrong = position
            while self.text[wrong : wrong + 1] in tuple("0123456789abcdefABCDEF"):
                wrong += 1
            if wrong >= len(self.text):
                self._invalid(self.position if self.position else 0, wrong)
            self.fail('"\\u" must be followed by four hexadecimal digits.', wrong + 1)
        code, end = int(found.group(), 16), found.end()
        if not self.unescape:
            return "", end
        if 0xD800 <= code <= 0xDBFF:
            if high:
                self.fail("Unicode high surrogate must not follow a high surrogate.", end)
            return chr(code), end
        if 0xDC00 <= code <= 0xDFFF:
            if not high:
                self.fail("Unicode low surrogate must follow a high surrogate.", end)
            pieces.append(chr(0x10000 + (ord(high) - 0xD800 << 10) + code - 0xDC00))
            return "", end
        self._no_high_surrogate(high, end)
        if code == 0:
            raise PgError(
                sqlstate.UNTRANSLATABLE_CHARACTER,
                "unsupported Unicode escape sequence",
                detail="\\u0000 cannot be converted to text.",
                where=self._where(end, more=True),
            )
        pieces.append(chr(code))
        return "", end

    def _no_high_surrogate(self, high: str, end: int) -> None:
        if high:
            self.fail("Unicode low surrogate must follow a high surrogate.", end)

    def _invalid(self, start: int, end: int) -> NoReturn:
        self.fail(f'Token "{shown(self.text[start:end])}" is invalid.', end)

    def expected(self, what: str, token: Token) -> NoReturn:
        if token.kind == END:
            self.fail("The input string ended unexpectedly.", token.end, more=False)
        self.fail(f'Expected {what}, but found "{shown(self.text[token.start : token.end])}".', token.end)

    def fail(self, detail: str, end: int, *, more: bool = True) -> NoReturn:
        raise PgError(
            sqlstate.INVALID_TEXT_REPRESENTATION,
            "invalid input syntax for type json",
            detail=detail,
            where=self._where(end, more=more),
        )

    def _where(self, end: int, *, more: bool) -> str:
        """The line up to `end`, shortened in front as PostgreSQL shortens it (by bytes)."""
        before = self.text[:end]
        line_start = max(before.rfind("\n"), before.rfind("\r")) + 1
        start, size = end, 0
        while start > line_start:
            size += len(self.text[start - 1].encode("utf-8", "replace"))
            if size >= CONTEXT_LENGTH:
                break
            start -= 1
        if len(self.text[line_start : min(start, line_start + 4)].encode("utf-8", "replace")) <= 3:
            start = line_start
        number = before.count("\n") + 1
        cut = "..." if start > line_start else ""
        open_end = more and end < len(self.text) and self.text[end] not in "\n\r"
        return f"JSON data, line {number}: {cut}{self.text[start:end]}{'...' if open_end else ''}"


class Expect(Enum):
    """What may come next; the value is how an error names it."""

    VALUE = "JSON value"
    FIRST_ELEMENT = "JSON value "
    FIRST_KEY = 'string or "}"'
    KEY = "string"
    COLON = '":"'
    MORE_ELEMENTS = '"," or "]"'
    MORE_MEMBERS = '"," or "}"'
    END_OF_INPUT = "end of input"


def events(text: str, *, unescape: bool) -> Iterator[Token]:
    """The tokens of one JSON value but commas and colons, as the grammar allows. Raises PgError 22P02, 22P05, 54001."""
    lexer = Lexer(text, unescape=unescape)
    stack: list[str] = []
    expect = Expect.VALUE
    while True:
        token = lexer.next()
        kind = token.kind
        if kind in (STRING, NUMBER, WORD) and expect in (Expect.VALUE, Expect.FIRST_ELEMENT):
            yield token
            expect = _after(stack)
        elif kind in ("{", "[") and expect in (Expect.VALUE, Expect.FIRST_ELEMENT):
            if len(stack) >= MAX_DEPTH:
                raise too_deep()
            yield token
            stack.append(kind)
            expect = Expect.FIRST_KEY if kind == "{" else Expect.FIRST_ELEMENT
        elif (kind, expect) in _CLOSING:
            yield token
            stack.pop()
            expect = _after(stack)
        elif kind == STRING and expect in (Expect.FIRST_KEY, Expect.KEY):
            yield token
            expect = Expect.COLON
        elif (kind, expect) in _SEPARATORS:
            expect = _SEPARATORS[kind, expect]
        elif kind == END and expect is Expect.END_OF_INPUT:
            return
        else:
            lexer.expected(expect.value.strip(), token)


_CLOSING: Final = frozenset(
    {
        ("]", Expect.FIRST_ELEMENT),
        ("]", Expect.MORE_ELEMENTS),
        ("}", Expect.FIRST_KEY),
        ("}", Expect.MORE_MEMBERS),
    }
)
_SEPARATORS: Final = {
    (":", Expect.COLON): Expect.VALUE,
    (",", Expect.MORE_ELEMENTS): Expect.VALUE,
    (",", Expect.MORE_MEMBERS): Expect.KEY,
}


def _after(stack: list[str]) -> Expect:
    """What may follow a complete value."""
    if not stack:
        return Expect.END_OF_INPUT
    return Expect.MORE_MEMBERS if stack[-1] == "{" else Expect.MORE_ELEMENTS
