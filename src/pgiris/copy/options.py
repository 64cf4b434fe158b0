"""The options of COPY, checked as PostgreSQL checks them and in its order.

Source: PostgreSQL 15 manual, SQL command COPY, Parameters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final

from pgiris import sqlstate
from pgiris.errors import PgError
from pgiris.types.encodings import validate_encoding

ALL: Final = "*"
"""FORCE_QUOTE *."""


class Format(Enum):
    """The formats of COPY data."""

    TEXT = "text"
    CSV = "csv"
    BINARY = "binary"


class Header(Enum):
    """Whether the first line names the columns, and whether they must be right."""

    NO = "false"
    YES = "true"
    MATCH = "match"


@dataclass(frozen=True, slots=True)
class Option:
    """One option as written: a word, string or number is `value`, a list is `names`; neither for a bare name.

    `position` counts characters of the statement from 1.
    """

    name: str
    value: str | None = None
    names: tuple[str, ...] | None = None
    position: int | None = None


@dataclass(frozen=True, slots=True)
class CopyOptions:
    """Checked options. `encoding` is empty for the client's. The `force_` options name columns."""

    format: Format = Format.TEXT
    delimiter: str = "\t"
    null: str = "\\N"
    header: Header = Header.NO
    quote: str = '"'
    escape: str = '"'
    force_quote: tuple[str, ...] = ()
    force_not_null: tuple[str, ...] = ()
    force_null: tuple[str, ...] = ()
    encoding: str = ""


_BOOLEANS: Final[Mapping[str, bool]] = {"true": True, "on": True, "1": True, "false": False, "off": False, "0": False}
_NOT_DELIMITERS: Final = "\\.abcdefghijklmnopqrstuvwxyz0123456789"


def check(given: Iterable[Option], *, is_from: bool) -> CopyOptions:
    """The options that were given, with the defaults of their format. Raises PgError 42601, 22023, 0A000."""
    found: dict[str, Option] = {}
    for option in given:
        if option.name not in _READERS:
            raise PgError(sqlstate.SYNTAX_ERROR, f'option "{option.name}" not recognized', position=option.position)
        if option.name in found:
            raise PgError(sqlstate.SYNTAX_ERROR, "conflicting or redundant options", position=option.position)
        _READERS[option.name](option, is_from)
        found[option.name] = option
    return _Checker(found, is_from).options()


class _Checker:
    """What the options mean together."""

    def __init__(self, found: Mapping[str, Option], is_from: bool) -> None:
        self.found = found
        self.is_from = is_from
        self.format = Format(self.text("format") or "text")
        self.csv = self.format is Format.CSV

    def text(self, name: str) -> str | None:
        option = self.found.get(name)
        return None if option is None else option.value

    def names(self, name: str) -> tuple[str, ...]:
        option = self.found.get(name)
        return () if option is None else option.names or ()

    def options(self) -> CopyOptions:
        header = _header(self.found["header"], self.is_from) if "header" in self.found else Header.NO
        if self.format is Format.BINARY:
            for name in ("delimiter", "null"):
                if name in self.found:
                    raise _syntax(f"cannot specify {name.upper()} in BINARY mode")
        delimiter = self.text("delimiter") or ("," if self.csv else "\t")
        if "delimiter" in self.found:
            delimiter = self.text("delimiter") or ""
        null = self.text("null") if "null" in self.found else ("" if self.csv else "\\N")
        quote = self.text("quote") if "quote" in self.found else '"'
        escape = self.text("escape") if "escape" in self.found else quote
        assert null is not None
        assert quote is not None
        assert escape is not None
        self._check_delimiter(delimiter, null)
        if self.format is Format.BINARY and header is not Header.NO:
            raise _unsupported("cannot specify HEADER in BINARY mode")
        self._check_quotes(delimiter, quote, escape)
        self._check_forced()
        if delimiter in null:
            raise _unsupported("COPY delimiter must not appear in the NULL specification")
        if self.csv and quote in null:
            raise _unsupported("CSV quote character must not appear in the NULL specification")
        encoding = self.text("encoding")
        return CopyOptions(
            self.format,
            delimiter,
            null,
            header,
            quote,
            escape,
            self.names("force_quote"),
            self.names("force_not_null"),
            self.names("force_null"),
            validate_encoding(encoding) if encoding else "",
        )

    def _check_delimiter(self, delimiter: str, null: str) -> None:
        if not _is_byte(delimiter):
            raise _unsupported("COPY delimiter must be a single one-byte character")
        if delimiter in "\r\n":
            raise _invalid("COPY delimiter cannot be newline or carriage return")
        if "\r" in null or "\n" in null:
            raise _invalid("COPY null representation cannot use newline or carriage return")
        if not self.csv and delimiter in _NOT_DELIMITERS:
            raise _invalid(f'COPY delimiter cannot be "{delimiter}"')

    def _check_quotes(self, delimiter: str, quote: str, escape: str) -> None:
        if not self.csv and "quote" in self.found:
            raise _unsupported("COPY quote available only in CSV mode")
        if self.csv and not _is_byte(quote):
            raise _unsupported("COPY quote must be a single one-byte character")
        if self.csv and delimiter == quote:
            raise _invalid("COPY delimiter and quote must be different")
        if not self.csv and "escape" in self.found:
            raise _unsupported("COPY escape available only in CSV mode")
        if self.csv and not _is_byte(escape):
            raise _unsupported("COPY escape must be a single one-byte character")

    def _check_forced(self) -> None:
        for name, wants_from in (("force_quote", False), ("force_not_null", True), ("force_null", True)):
            if name not in self.found:
                continue
            shown = name.replace("_", " ")
            if not self.csv:
                raise _unsupported(f"COPY {shown} available only in CSV mode")
            if self.is_from is not wants_from:
                raise _unsupported(f"COPY {shown} only available using COPY {'FROM' if wants_from else 'TO'}")


def _is_byte(text: str) -> bool:
    return len(text) == 1 and text.isascii()


def _syntax(message: str) -> PgError:
    return PgError(sqlstate.SYNTAX_ERROR, message)


def _invalid(message: str) -> PgError:
    return PgError(sqlstate.INVALID_PARAMETER_VALUE, message)


def _unsupported(message: str) -> PgError:
    return PgError(sqlstate.FEATURE_NOT_SUPPORTED, message)


# -- single options --------------------------------------------------------------------------------------------


def _format(option: Option, is_from: bool) -> None:
    value = _word(option)
    if value not in [known.value for known in Format]:
        raise PgError(
            sqlstate.INVALID_PARAMETER_VALUE, f'COPY format "{value}" not recognized', position=option.position
        )


def _word(option: Option) -> str:
    if option.value is None:
        raise _syntax(f"{option.name} requires a parameter")
    return option.value


def _any_text(option: Option, is_from: bool) -> None:
    _word(option)


def _boolean(option: Option, is_from: bool) -> None:
    if option.value is not None and option.value.lower() not in _BOOLEANS:
        raise _syntax(f"{option.name} requires a Boolean value")


def _header(option: Option, is_from: bool) -> Header:
    value = "true" if option.value is None and option.names is None else (option.value or "").lower()
    if value in _BOOLEANS:
        return Header.YES if _BOOLEANS[value] else Header.NO
    if value != Header.MATCH.value:
        raise _syntax(f'{option.name} requires a Boolean value or "match"')
    if not is_from:
        raise _unsupported('cannot use "match" with HEADER in COPY TO')
    return Header.MATCH


def _check_header(option: Option, is_from: bool) -> None:
    _header(option, is_from)


def _columns(option: Option, is_from: bool) -> None:
    if not option.names or (option.names == (ALL,) and option.name != "force_quote"):
        raise PgError(
            sqlstate.INVALID_PARAMETER_VALUE,
            f'argument to option "{option.name}" must be a list of column names',
            position=option.position,
        )


def _encoding(option: Option, is_from: bool) -> None:
    name = _word(option)
    try:
        validate_encoding(name)
    except PgError:
        raise PgError(
            sqlstate.INVALID_PARAMETER_VALUE,
            f'argument to option "{option.name}" must be a valid encoding name',
            position=option.position,
        ) from None


_READERS: Final[Mapping[str, Callable[[Option, bool], None]]] = {
    "format": _format,
    "freeze": _boolean,
    "delimiter": _any_text,
    "null": _any_text,
    "header": _check_header,
    "quote": _any_text,
    "escape": _any_text,
    "force_quote": _columns,
    "force_not_null": _columns,
    "force_null": _columns,
    "encoding": _encoding,
}
"""Every option of PostgreSQL 15, and what it must look like by itself.

FREEZE is a hint about storage, which IRIS keeps by itself.
"""
