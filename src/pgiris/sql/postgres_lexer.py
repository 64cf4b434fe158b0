"""PostgreSQL's lexical rules, by hand and strictly: text to sqlglot tokens.

sqlglot's own scanner accepts what PostgreSQL refuses (Jinja comments, backticks, several numbers) and cuts operators
by a list, where PostgreSQL takes the longest run of operator characters; so only its Token class is used.
Source: PostgreSQL manual, section 4.1; the error messages are those of PostgreSQL 15.
"""

from __future__ import annotations

from typing import Final

from sqlglot.tokenizer_core import Token, TokenType

from pgiris import sqlstate
from pgiris.errors import FeatureNotSupported, PgError, SyntaxFailure

LONGEST_STATEMENT: Final = 16 * 1024 * 1024
"""Characters of a text that is still scanned; longer ones are refused with 54000."""

LONGEST_NAME: Final = 63
"""Bytes of an identifier (NAMEDATALEN - 1); longer names are cut, as PostgreSQL does."""

LARGEST_PARAMETER: Final = 65_535

_SPACE: Final = frozenset(" \t\n\r\f")
_DIGITS: Final = frozenset("0123456789")
_HEX: Final = frozenset("0123456789abcdefABCDEF")
_LETTERS: Final = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_")
_WORD: Final = _LETTERS | _DIGITS | {"$"}
_OPERATOR: Final = frozenset("~!@#^&|`?+-*/%<>=")
_ENDS_IN_SIGN: Final = frozenset("~!@#^&|`?%")
_ESCAPES: Final = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}

SINGLE: Final = {
    "(": TokenType.L_PAREN,
    ")": TokenType.R_PAREN,
    "[": TokenType.L_BRACKET,
    "]": TokenType.R_BRACKET,
    ",": TokenType.COMMA,
    ";": TokenType.SEMICOLON,
    ".": TokenType.DOT,
    ":": TokenType.COLON,
}


def fold(name: str) -> str:
    """An unquoted identifier in lower case: ASCII letters only, as PostgreSQL does in UTF-8 databases."""
    return name.lower() if name.isascii() else "".join(c.lower() if c.isascii() else c for c in name)


def cut_name(name: str) -> str:
    """The identifier at PostgreSQL's length, cut between characters."""
    if len(name) * 4 <= LONGEST_NAME:
        return name
    encoded = name.encode()
    return name if len(encoded) <= LONGEST_NAME else encoded[:LONGEST_NAME].decode(errors="ignore")


def tokenize(text: str) -> list[Token]:
    """The tokens of a client's text; `start` and `end` (inclusive) count characters from 0.

    Words are VAR with their text as written, quoted names IDENTIFIER and strings STRING with their values, ``$n``
    PARAMETER with its number, operators UNKNOWN (`<>` for `!=` too), ``::`` DCOLON.
    Raises SyntaxFailure in the words of PostgreSQL's scanner, and 54000 for a text longer than LONGEST_STATEMENT.
    """
    if len(text) > LONGEST_STATEMENT:
        raise PgError(sqlstate.PROGRAM_LIMIT_EXCEEDED, "statement is too long")
    return _Lexer(text).scan()


class _Lexer:
    __slots__ = ("at", "end", "text", "tokens")

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.end = len(text)
        self.tokens: list[Token] = []

    def add(self, kind: TokenType, text: str, start: int) -> None:
        self.tokens.append(Token(kind, text, 1, 1, start, self.at - 1))

    def scan(self) -> list[Token]:
        text, end = self.text, self.end
        while self.at < end:
            start = self.at
            char = text[start]
            if char in _SPACE:
                self.at += 1
            elif char in _LETTERS or char > "\x7f":
                self.word(start, char)
            elif char in _DIGITS:
                self.number(start)
            elif char == "'":
                self.string(start, start, backslash=False)
            elif char == '"':
                self.quoted_name(start)
            elif char == "$":
                self.dollar(start)
            elif char == "." and text[start + 1 : start + 2] in _DIGITS and text[start + 1 : start + 2]:
                self.number(start)
            elif char == ":" and text[start + 1 : start + 2] in (":", "="):
                self.at += 2
                self.add(
                    TokenType.DCOLON if text[start + 1] == ":" else TokenType.COLON_EQ, text[start : self.at], start
                )
            elif char in SINGLE:
                self.at += 1
                self.add(SINGLE[char], char, start)
            elif char in _OPERATOR:
                self.operator(start)
            else:
                raise self.near(start, start + 1)
        return self.tokens

    def near(self, start: int, end: int, message: str = "syntax error") -> SyntaxFailure:
        return SyntaxFailure(f'{message} at or near "{self.text[start:end]}"', position=start + 1)

    def word(self, start: int, char: str) -> None:
        text, end = self.text, self.end
        following = text[start + 1 : start + 2]
        if following == "'":
            if char in "eE":
                return self.string(start, start + 1, backslash=True)
            if char in "nN":
                return self.string(start, start + 1, backslash=False, kind=TokenType.NATIONAL_STRING)
            if char in "bB":
                return self.bits(start, TokenType.BIT_STRING, "01", "binary")
            if char in "xX":
                return self.bits(start, TokenType.HEX_STRING, "", "hexadecimal")
        if following == "&" and char in "uU" and text[start + 2 : start + 3] in ("'", '"'):
            raise FeatureNotSupported("U& string or identifier", position=start + 1)
        at = start + 1
        while at < end and (text[at] in _WORD or text[at] > "\x7f"):
            at += 1
        self.at = at
        self.add(TokenType.VAR, text[start:at], start)

    def number(self, start: int) -> None:
        text, at = self.text, self.digits(start)
        if text[at : at + 1] == "." and text[at : at + 2] != "..":
            at = self.digits(at + 1)
        if text[at : at + 1] in ("e", "E"):
            exponent = at + 2 if text[at + 1 : at + 2] in ("+", "-") else at + 1
            after = self.digits(exponent)
            if after == exponent:
                raise self.near(start, after, "trailing junk after numeric literal")
            at = after
        self.at = at
        self.junk(start, "trailing junk after numeric literal")
        self.add(TokenType.NUMBER, text[start:at], start)

    def digits(self, at: int) -> int:
        text, end = self.text, self.end
        while at < end and text[at] in _DIGITS:
            at += 1
        return at

    def junk(self, start: int, message: str) -> None:
        """PostgreSQL 15 refuses ``123abc``."""
        if self.at < self.end and (self.text[self.at] in _LETTERS or self.text[self.at] > "\x7f"):
            raise self.near(start, self.at + 1, message)

    def dollar(self, start: int) -> None:
        text = self.text
        after = self.digits(start + 1)
        if after > start + 1:
            self.at = after
            self.junk(start, "trailing junk after parameter")
            number = int(text[start + 1 : min(after, start + 12)])
            if not 0 < number <= LARGEST_PARAMETER:
                raise PgError(sqlstate.UNDEFINED_PARAMETER, f"there is no parameter ${number}", position=start + 1)
            return self.add(TokenType.PARAMETER, str(number), start)
        at = start + 1
        while at < self.end and text[at] != "$" and (text[at] in _WORD or text[at] > "\x7f"):
            at += 1
        if text[at : at + 1] != "$":
            raise self.near(start, start + 1)
        tag = text[start : at + 1]
        close = text.find(tag, at + 1)
        if close < 0:
            raise self.near(start, self.end, "unterminated dollar-quoted string")
        self.at = close + len(tag)
        self.add(TokenType.STRING, text[at + 1 : close], start)

    def string(self, start: int, quote: int, *, backslash: bool, kind: TokenType = TokenType.STRING) -> None:
        """A quoted string with its continuations: strings divided by white space with a line break are one."""
        parts: list[str] = []
        while True:
            parts.append(self.piece(start, quote, backslash))
            quote = self.continuation()
            if quote < 0:
                break
        self.add(kind, "".join(parts), start)

    def piece(self, start: int, quote: int, backslash: bool) -> str:
        text, at = self.text, quote + 1
        parts: list[str] = []
        while True:
            close = text.find("'", at)
            slash = text.find("\\", at, close if close >= 0 else self.end) if backslash else -1
            if slash >= 0:
                parts.append(text[at:slash])
                value, at = self.escape(slash)
                parts.append(value)
                continue
            if close < 0:
                raise self.near(start, self.end, "unterminated quoted string")
            parts.append(text[at:close])
            if text[close + 1 : close + 2] != "'":
                self.at = close + 1
                return "".join(parts)
            parts.append("'")
            at = close + 2

    def continuation(self) -> int:
        at, newline = self.at, False
        while at < self.end and self.text[at] in _SPACE:
            newline = newline or self.text[at] in "\n\r"
            at += 1
        return at if newline and self.text[at : at + 1] == "'" else -1

    def escape(self, slash: int) -> tuple[str, int]:
        """The character that a backslash escape means, and where the text goes on (manual 4.1.2.2)."""
        text = self.text
        char = text[slash + 1 : slash + 2]
        if char in ("u", "U"):
            return self.unicode_escape(slash, 4 if char == "u" else 8)
        if char == "x" and text[slash + 2 : slash + 3] in _HEX and text[slash + 2 : slash + 3]:
            size = 2 if text[slash + 3 : slash + 4] in _HEX and text[slash + 3 : slash + 4] else 1
            return self.byte_escape(slash, int(text[slash + 2 : slash + 2 + size], 16), slash + 2 + size)
        if char and char in "01234567":
            size = 1
            while size < 3 and text[slash + 1 + size : slash + 2 + size] in tuple("01234567"):
                size += 1
            return self.byte_escape(slash, int(text[slash + 1 : slash + 1 + size], 8) & 255, slash + 1 + size)
        return _ESCAPES.get(char, char), slash + 2

    def byte_escape(self, slash: int, code: int, after: int) -> tuple[str, int]:
        if code == 0:
            raise PgError(sqlstate.CHARACTER_NOT_IN_REPERTOIRE, 'invalid byte sequence for encoding "UTF8": 0x00')
        if code > 127:
            raise FeatureNotSupported("byte escape above \\x7f in a string", position=slash + 1)
        return chr(code), after

    def unicode_escape(self, slash: int, size: int) -> tuple[str, int]:
        digits = self.text[slash + 2 : slash + 2 + size]
        if len(digits) < size or not _HEX.issuperset(digits):
            raise PgError(
                sqlstate.INVALID_ESCAPE_SEQUENCE,
                "invalid Unicode escape",
                hint="Unicode escapes must be \\uXXXX or \\UXXXXXXXX.",
                position=slash + 1,
            )
        code, after = int(digits, 16), slash + 2 + size
        if 0xD800 <= code < 0xDC00 and self.text[after : after + 2] == "\\u":
            low = self.text[after + 2 : after + 6]
            if len(low) == 4 and _HEX.issuperset(low) and 0xDC00 <= int(low, 16) < 0xE000:
                code, after = 0x10000 + ((code - 0xD800) << 10) + int(low, 16) - 0xDC00, after + 6
        if 0xD800 <= code < 0xE000:
            raise self.near(slash, after, "invalid Unicode surrogate pair")
        if not 0 < code <= 0x10FFFF:
            raise self.near(slash, after, "invalid Unicode escape value")
        return chr(code), after

    def bits(self, start: int, kind: TokenType, allowed: str, name: str) -> None:
        close = self.text.find("'", start + 2)
        if close < 0:
            what = "bit string" if kind is TokenType.BIT_STRING else "hexadecimal string"
            raise self.near(start, self.end, f"unterminated {what} literal")
        self.at = close + 1
        value = self.text[start + 2 : close]
        for char in value:
            if char not in (allowed or _HEX):
                raise PgError(
                    sqlstate.INVALID_TEXT_REPRESENTATION,
                    f'"{char}" is not a valid {name} digit',
                    position=start + 1,
                )
        self.add(kind, value, start)

    def quoted_name(self, start: int) -> None:
        text, at = self.text, start + 1
        while True:
            close = text.find('"', at)
            if close < 0:
                raise self.near(start, self.end, "unterminated quoted identifier")
            if text[close + 1 : close + 2] != '"':
                break
            at = close + 2
        self.at = close + 1
        name = text[start + 1 : close].replace('""', '"')
        if not name:
            raise self.near(start, self.at, "zero-length delimited identifier")
        self.add(TokenType.IDENTIFIER, cut_name(name), start)

    def operator(self, start: int) -> None:
        text, at = self.text, start
        while at < self.end and text[at] in _OPERATOR:
            if text.startswith(("--", "/*"), at):
                break
            at += 1
        if at == start:
            return self.comment(start)
        if at - start > 1 and text[at - 1] in "+-" and not _ENDS_IN_SIGN.intersection(text[start:at]):
            while at - start > 1 and text[at - 1] in "+-":
                at -= 1
        self.at = at
        symbol = text[start:at]
        self.add(TokenType.UNKNOWN, "<>" if symbol == "!=" else symbol, start)

    def comment(self, start: int) -> None:
        text = self.text
        if text[start] == "-":
            ends = [found for char in "\n\r" if (found := text.find(char, start)) >= 0]
            self.at = min(ends, default=self.end)
            return
        depth, at = 1, start + 2
        while depth:
            close, inner = text.find("*/", at), text.find("/*", at)
            if close < 0:
                raise self.near(start, self.end, "unterminated /* comment")
            if 0 <= inner < close:
                depth, at = depth + 1, inner + 2
            else:
                depth, at = depth - 1, close + 2
        self.at = at
