"""What codecs need to know of the session."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from pgiris import sqlstate
from pgiris.errors import PgError
from pgiris.types.encodings import validate_encoding
from pgiris.types.timezones import UTC, Zone, time_zone

ISO: Final = "ISO"
SQL: Final = "SQL"
POSTGRES: Final = "Postgres"
GERMAN: Final = "German"


@dataclass(frozen=True, slots=True)
class CodecContext:
    """The settings that change how values are read and printed.

    `date_format` and `date_order` are the two halves of DateStyle; `now` is the start of the transaction, in
    microseconds since 2000-01-01 UTC, which the words ``now``, ``today`` … mean.
    """

    date_format: str = ISO
    date_order: str = "MDY"
    interval_style: str = "postgres"
    zone: Zone = UTC
    bytea_output: str = "hex"
    extra_float_digits: int = 1
    client_encoding: str = "UTF8"
    now: int = 0

    def at(self, now: int) -> CodecContext:
        """The same settings at another time."""
        return replace(self, now=now)


@lru_cache(maxsize=256)
def codec_context(
    date_style: str = "ISO, MDY",
    interval_style: str = "postgres",
    time_zone_name: str = "UTC",
    bytea_output: str = "hex",
    extra_float_digits: int = 1,
    client_encoding: str = "UTF8",
) -> CodecContext:
    """A context from the values of the settings. Raises PgError 22023 for a value that is none."""
    date_format, date_order = parse_date_style(date_style)
    return CodecContext(
        date_format,
        date_order,
        interval_style,
        time_zone(time_zone_name),
        bytea_output,
        extra_float_digits,
        validate_encoding(client_encoding),
    )


DEFAULT_CONTEXT: Final = CodecContext()


def parse_date_style(value: str, current: tuple[str, str] = (ISO, "MDY")) -> tuple[str, str]:
    """DateStyle as (format, order); a half that is not named stays `current`. Raises PgError 22023.

    Source: PostgreSQL 15 manual, section 8.5.2 and DateStyle in 20.11.2.
    """
    style: str | None = None
    order: str | None = None
    conflict = False
    for word in value.split(","):
        new_style, new_order = _date_style_word(word.strip(' "\t\n').lower(), value)
        conflict |= bool(new_style and style not in (None, new_style))
        style = new_style or style
        if style == GERMAN and order is None and new_order is None:
            order = "DMY"  # unless an order is named, before or after
            continue
        conflict |= bool(new_order and order not in (None, new_order) and style != GERMAN)
        order = new_order or order
    if conflict:
        raise _bad_date_style(value, 'Conflicting "datestyle" specifications.')
    return style or current[0], order or current[1]


def _date_style_word(word: str, value: str) -> tuple[str | None, str | None]:
    if word == "iso":
        return ISO, None
    if word == "sql":
        return SQL, None
    if word.startswith("postgres"):
        return POSTGRES, None
    if word.startswith("german"):
        return GERMAN, None
    if word == "default":
        return ISO, "MDY"
    if word == "ymd":
        return None, "YMD"
    if word == "dmy" or word.startswith("euro"):
        return None, "DMY"
    if word in ("mdy", "us") or word.startswith("noneuro"):
        return None, "MDY"
    raise _bad_date_style(value, f'Unrecognized key word: "{word}".')


def _bad_date_style(value: str, detail: str) -> PgError:
    return PgError(
        sqlstate.INVALID_PARAMETER_VALUE, f'invalid value for parameter "DateStyle": "{value}"', detail=detail
    )
