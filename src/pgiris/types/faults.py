"""The errors of PostgreSQL's input and output functions, in its own words."""

from __future__ import annotations

from typing import Final

from pgiris import sqlstate
from pgiris.errors import PgError

SHOWN_LENGTH: Final = 8192
"""Characters of a bad value that a message repeats at most."""


def shown(text: str) -> str:
    """The value as a message repeats it."""
    return text if len(text) <= SHOWN_LENGTH else text[:SHOWN_LENGTH] + "..."


def invalid_text(type_name: str, text: str, detail: str | None = None) -> PgError:
    """22P02: the text is no value of the type."""
    message = f'invalid input syntax for type {type_name}: "{shown(text)}"'
    return PgError(sqlstate.INVALID_TEXT_REPRESENTATION, message, detail=detail)


def out_of_range(type_name: str, text: str) -> PgError:
    """22003 for integers."""
    return PgError(sqlstate.NUMERIC_VALUE_OUT_OF_RANGE, f'value "{shown(text)}" is out of range for type {type_name}')


def float_out_of_range(type_name: str, text: str) -> PgError:
    """22003 for floating-point input, which PostgreSQL words differently."""
    return PgError(sqlstate.NUMERIC_VALUE_OUT_OF_RANGE, f'"{shown(text)}" is out of range for type {type_name}')


def numeric_format_overflow() -> PgError:
    """22003: beyond what numeric can store."""
    return PgError(sqlstate.NUMERIC_VALUE_OUT_OF_RANGE, "value overflows numeric format")


def invalid_datetime(type_name: str, text: str) -> PgError:
    """22007: no date or time."""
    return PgError(sqlstate.INVALID_DATETIME_FORMAT, f'invalid input syntax for type {type_name}: "{shown(text)}"')


def datetime_field_overflow(text: str, *, hint: str | None = None) -> PgError:
    """22008: looks like a date or time, but a field is out of range."""
    return PgError(sqlstate.DATETIME_FIELD_OVERFLOW, f'date/time field value out of range: "{shown(text)}"', hint=hint)


def datetime_out_of_range(type_name: str, text: str) -> PgError:
    """22008: a valid date or time outside of what the type holds."""
    return PgError(sqlstate.DATETIME_VALUE_OUT_OF_RANGE, f'{type_name} out of range: "{shown(text)}"')


def too_little_data() -> PgError:
    """08P01: a binary value ends too early."""
    return PgError(sqlstate.PROTOCOL_VIOLATION, "insufficient data left in message")


def no_data() -> PgError:
    """08P01: a value of one byte has none."""
    return PgError(sqlstate.PROTOCOL_VIOLATION, "no data left in message")


def bad_binary(message: str = "incorrect binary data format") -> PgError:
    """22P03: the bytes are no value of the type."""
    return PgError(sqlstate.INVALID_BINARY_REPRESENTATION, message)


def too_deep() -> PgError:
    """54001: nested more deeply than a stack may grow."""
    return PgError(
        sqlstate.STATEMENT_TOO_COMPLEX,
        "stack depth limit exceeded",
        hint='Increase the configuration parameter "max_stack_depth" (currently 2048kB), '
        "after ensuring the platform's stack depth limit is adequate.",
    )
