"""A cursor over the tokens of one statement, for the grammars that are read by hand.

PostgreSQL's keywords are words here whatever sqlglot makes of them: a token is a word unless it is a string, a
number, a quoted identifier or punctuation.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlglot.tokenizer_core import Token, TokenType

from pgiris.errors import SyntaxFailure

_STRINGS = frozenset(
    {
        TokenType.STRING,
        TokenType.NATIONAL_STRING,
        TokenType.RAW_STRING,
        TokenType.HEREDOC_STRING,
        TokenType.UNICODE_STRING,
        TokenType.BYTE_STRING,
    }
)
_OTHER_LITERALS = frozenset({TokenType.NUMBER, TokenType.BIT_STRING, TokenType.HEX_STRING})


class Lexeme(NamedTuple):
    """A word, string, number, quoted identifier or punctuation mark; `kind` is one of w s n q p.

    `start` and `end` count characters of the text from 0, `end` exclusive; `text` is the value, unquoted.
    """

    kind: str
    text: str
    start: int
    end: int

    @property
    def upper(self) -> str:
        return self.text.upper() if self.kind in "wp" else ""


def _is_word(text: str) -> bool:
    return bool(text) and (text[0].isalpha() or text[0] == "_" or ord(text[0]) > 127)


def lexemes(tokens: Sequence[Token], text: str) -> list[Lexeme]:
    """The tokens as lexemes; a token of several words becomes several lexemes."""
    result: list[Lexeme] = []
    for token in tokens:
        start, end = token.start, token.end + 1
        kind = token.token_type
        if kind in _STRINGS:
            result.append(Lexeme("s", token.text, start, end))
        elif kind is TokenType.IDENTIFIER:
            result.append(Lexeme("q", token.text, start, end))
        elif kind in _OTHER_LITERALS:
            result.append(Lexeme("n", token.text, start, end))
        elif _is_word(token.text):
            for word in text[start:end].split():
                start = text.index(word, start)
                result.append(Lexeme("w", word, start, start + len(word)))
                start += len(word)
        else:
            result.append(Lexeme("p", token.text, start, end))
    return result


class Cursor:
    """Reads lexemes from left to right; every refusal is PostgreSQL's syntax error at the lexeme in question."""

    __slots__ = ("at", "end", "items", "text")

    def __init__(self, items: Sequence[Lexeme], text: str, end: int) -> None:
        self.items = items
        self.text = text
        self.at = 0
        self.end = end

    @property
    def next(self) -> Lexeme | None:
        return self.items[self.at] if self.at < len(self.items) else None

    def peek(self, ahead: int = 0) -> str:
        """The word or mark `ahead` of here in upper case; empty for literals, quoted names and the end."""
        index = self.at + ahead
        return self.items[index].upper if index < len(self.items) else ""

    def done(self) -> bool:
        return self.at >= len(self.items)

    def take(self) -> Lexeme:
        item = self.next
        if item is None:
            raise self.failure()
        self.at += 1
        return item

    def accept(self, *words: str) -> bool:
        """Take these words if they come next, all of them."""
        for ahead, word in enumerate(words):
            if self.peek(ahead) != word:
                return False
        self.at += len(words)
        return True

    def accept_any(self, *words: str) -> str:
        """Take one of these words if it comes next; the word, or nothing."""
        word = self.peek()
        if word in words:
            self.at += 1
            return word
        return ""

    def expect(self, *words: str) -> None:
        for word in words:
            if self.peek() != word:
                raise self.failure()
            self.at += 1

    def failure(self) -> SyntaxFailure:
        """PostgreSQL's syntax error at the next lexeme."""
        item = self.next
        if item is None:
            return SyntaxFailure("syntax error at end of input", position=self.end + 1)
        return SyntaxFailure(f'syntax error at or near "{self.text[item.start : item.end]}"', position=item.start + 1)

    def finish(self) -> None:
        if not self.done():
            raise self.failure()

    def name(self) -> str:
        """An identifier, folded as PostgreSQL folds it."""
        item = self.next
        if item is None or item.kind not in "wq" or not item.text:
            raise self.failure()
        self.at += 1
        return item.text if item.kind == "q" else fold(item.text)

    def position(self) -> int:
        """Where the next lexeme begins, in characters from 1."""
        item = self.next
        return (item.start if item is not None else self.end) + 1

    def string(self) -> str:
        item = self.next
        if item is None or item.kind != "s":
            raise self.failure()
        self.at += 1
        return item.text

    def balanced(self, *stops: str) -> tuple[int, int]:
        """Skip to one of `stops` at this depth of parentheses, or to the end; the indexes of what was skipped."""
        begin, depth = self.at, 0
        while not self.done():
            word = self.peek()
            if depth == 0 and (word in stops or word == ")"):
                break
            if word in ("(", "["):
                depth += 1
            elif word in (")", "]"):
                depth -= 1
            self.at += 1
        return begin, self.at

    def source(self, begin: int, end: int) -> str:
        """The text of the lexemes from index `begin` to `end`, as written."""
        if begin >= end:
            return ""
        return self.text[self.items[begin].start : self.items[end - 1].end]


def fold(name: str) -> str:
    """An unquoted identifier in lower case: ASCII letters only, as PostgreSQL does in UTF-8 databases."""
    return "".join(chr(ord(c) + 32) if "A" <= c <= "Z" else c for c in name)
