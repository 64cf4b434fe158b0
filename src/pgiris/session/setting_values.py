"""Values of settings: text in, checked value out, and back as SHOW prints them.

Source: https://www.postgresql.org/docs/15/config-setting.html and the messages of a PostgreSQL 15.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import Final

from pgiris import sqlstate
from pgiris.errors import FeatureNotSupported, PgError
from pgiris.session.settings_table import INT_MAX, Kind, Setting
from pgiris.types.context import parse_date_style
from pgiris.types.encodings import validate_encoding
from pgiris.types.timezones import validate_time_zone

SettingValue = bool | int | float | str

_BOOLEANS: Final = {"on": True, "true": True, "yes": True, "1": True, "off": False, "false": False, "no": False}
_NUMBER: Final = re.compile(
    r"\s*(?P<number>[-+]?(?:0[xX][0-9a-fA-F]+|\d+(?:\.\d*)?(?:[eE][-+]?\d+)?|\.\d+(?:[eE][-+]?\d+)?))"
    r"\s*(?P<unit>[A-Za-z]*)\s*\Z"
)

_MEMORY_UNITS: Final[Mapping[str, float]] = {"B": 1, "kB": 1024, "MB": 1024**2, "GB": 1024**3, "TB": 1024**4}
_TIME_UNITS: Final[Mapping[str, float]] = {
    "us": 1,
    "ms": 1000,
    "s": 1_000_000,
    "min": 60_000_000,
    "h": 3_600_000_000,
    "d": 86_400_000_000,
}
_MEMORY_HINT: Final = 'Valid units for this parameter are "B", "kB", "MB", "GB", and "TB".'
_TIME_HINT: Final = 'Valid units for this parameter are "us", "ms", "s", "min", "h", and "d".'


def invalid(setting: Setting, text: str, *, detail: str | None = None, hint: str | None = None) -> PgError:
    """22023 in PostgreSQL's words."""
    return PgError(
        sqlstate.INVALID_PARAMETER_VALUE,
        f'invalid value for parameter "{setting.name}": "{text}"',
        detail=detail,
        hint=hint,
    )


def parse_boolean(text: str) -> bool | None:
    """PostgreSQL's booleans: any unambiguous prefix of on, off, true, false, yes, no, and 1 and 0."""
    folded = text.strip().lower()
    if folded == "0":
        return False
    if not folded or folded == "o":
        return None
    found = {value for word, value in _BOOLEANS.items() if word.startswith(folded)}
    return found.pop() if len(found) == 1 else None


NEEDED: Final[Mapping[str, SettingValue]] = {
    "standard_conforming_strings": True,
    "transform_null_equals": False,
    "array_nulls": True,
    "exit_on_error": False,
    "session_replication_role": "origin",
}
"""Settings that change what statements mean, with the only value that is done. Any other is refused, not ignored."""


def parse(setting: Setting, text: str, current: SettingValue) -> SettingValue:
    """The value that `text` means for `setting`; `current` completes a partial DateStyle.

    Raises PgError 22023, and 0A000 for a value whose meaning is not done.
    """
    value = _parse(setting, text, current)
    name = setting.name.lower()
    if name in NEEDED and value != NEEDED[name]:
        raise FeatureNotSupported(f"{name} = {show(setting, value)}")
    return value


def _parse(setting: Setting, text: str, current: SettingValue) -> SettingValue:
    if setting.kind is Kind.BOOL:
        value = parse_boolean(text)
        if value is None:
            message = f'parameter "{setting.name}" requires a Boolean value'
            raise PgError(sqlstate.INVALID_PARAMETER_VALUE, message)
        return value
    if setting.kind is Kind.ENUM:
        return _parse_enum(setting, text)
    if setting.kind is Kind.STRING:
        check = _STRING_CHECKS.get(setting.name)
        return check(setting, text, str(current)) if check else text
    return _parse_number(setting, text)


def show(setting: Setting, value: SettingValue) -> str:
    """The value as SHOW prints it: with the largest unit that divides it."""
    if value is True or value is False:
        return "on" if value else "off"
    if isinstance(value, str):
        return value
    number = f"{value:g}" if isinstance(value, float) else str(value)
    if not setting.unit or value <= 0:
        return number
    units, factor = _units(setting)
    amount = value * factor
    for unit, size in sorted(units.items(), key=lambda item: -item[1]):
        if amount >= size and amount % size == 0:
            return f"{amount / size:g}{unit}" if amount / size < 1e6 else f"{int(amount // size)}{unit}"
    return number + setting.unit


def raw(value: SettingValue) -> str:
    """The value without a unit, as pg_settings.setting shows it."""
    if isinstance(value, bool):
        return "on" if value else "off"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _units(setting: Setting) -> tuple[Mapping[str, float], float]:
    """The units a setting may be written in, and the size of its own."""
    if setting.unit in _TIME_UNITS:
        return _TIME_UNITS, _TIME_UNITS[setting.unit]
    return _MEMORY_UNITS, 8192 if setting.unit == "8kB" else _MEMORY_UNITS[setting.unit]


def _parse_enum(setting: Setting, text: str) -> str:
    folded = text.lower()
    if folded in setting.values:
        return folded
    if {"on", "off"} <= set(setting.values) and folded in {"true", "yes", "1", "false", "no", "0"}:
        return "on" if _BOOLEANS.get(folded, False) else "off"
    raise invalid(setting, text, hint=f"Available values: {', '.join(setting.values)}.")


def _parse_number(setting: Setting, text: str) -> int | float:
    match = _NUMBER.match(text)
    if match is None:
        raise invalid(setting, text)
    number = _number(match["number"])
    if match["unit"]:
        if not setting.unit:
            raise invalid(setting, text)
        units, factor = _units(setting)
        if match["unit"] not in units:
            raise invalid(setting, text, hint=_TIME_HINT if units is _TIME_UNITS else _MEMORY_HINT)
        number = number * units[match["unit"]] / factor
    if setting.kind is Kind.REAL:
        return _in_bounds(setting, float(number))
    if not math.isfinite(number) or abs(number) > INT_MAX + 1:
        raise invalid(setting, text, hint="Value exceeds integer range.")
    return _in_bounds(setting, round(number))


def _number(text: str) -> int | float:
    digits = text.lstrip("+-")
    sign = -1 if text.startswith("-") else 1
    if digits[:2] in ("0x", "0X"):
        return sign * int(digits, 16)
    if digits.isdigit():
        octal = len(digits) > 1 and digits[0] == "0" and not set(digits) & {"8", "9"}
        return sign * int(digits, 8 if octal else 10)
    return sign * float(digits)


def _in_bounds(setting: Setting, value: int | float) -> int | float:
    low, high = setting.bounds or (-math.inf, math.inf)
    if low <= value <= high:
        return value
    unit = f" {setting.unit}" if setting.unit else ""
    raise PgError(
        sqlstate.INVALID_PARAMETER_VALUE,
        f'{value:g}{unit} is outside the valid range for parameter "{setting.name}" '
        f"({_bound(setting, low)} .. {_bound(setting, high)})",
    )


def _bound(setting: Setting, value: float) -> str:
    return f"{value:g}" if setting.kind is Kind.REAL else str(int(value))


# -- settings with a syntax of their own ----------------------------------------------------------------------


def _date_style(setting: Setting, text: str, current: str) -> str:
    style, _, order = current.partition(", ")
    return ", ".join(parse_date_style(text, (style, order)))


def _client_encoding(setting: Setting, text: str, current: str) -> str:
    return validate_encoding(text)


def _time_zone(setting: Setting, text: str, current: str) -> str:
    return validate_time_zone(text)


def _search_path(setting: Setting, text: str, current: str) -> str:
    if split_identifiers(text) is None:
        raise invalid(setting, text, detail="List syntax is invalid.")
    return text


_STRING_CHECKS: Final[Mapping[str, Callable[[Setting, str, str], str]]] = {
    "DateStyle": _date_style,
    "client_encoding": _client_encoding,
    "TimeZone": _time_zone,
    "search_path": _search_path,
}


def split_identifiers(text: str) -> tuple[str, ...] | None:
    """A list of identifiers as in search_path: plain ones fold to lower case. None when it is not one."""
    names: list[str] = []
    rest = text.strip()
    if not rest:
        return ()
    while True:
        if rest.startswith('"'):
            name, rest = _quoted(rest)
            if name is None:
                return None
        else:
            end = next((i for i, letter in enumerate(rest) if letter == "," or letter.isspace()), len(rest))
            name, rest = rest[:end].lower(), rest[end:]
            if not name or '"' in name:
                return None
        names.append(name)
        rest = rest.lstrip()
        if not rest:
            return tuple(names)
        if not rest.startswith(","):
            return None
        rest = rest[1:].lstrip()


def _quoted(text: str) -> tuple[str | None, str]:
    letters: list[str] = []
    at = 1
    while True:
        end = text.find('"', at)
        if end < 0:
            return None, text
        letters.append(text[at:end])
        if not text.startswith('""', end):
            return "".join(letters), text[end + 1 :]
        letters.append('"')
        at = end + 2


_PLAIN: Final = frozenset("abcdefghijklmnopqrstuvwxyz_")


def quote_identifier(name: str) -> str:
    """`name` as SQL writes it: in double quotes unless it is plain."""
    if name[:1] in _PLAIN and all(letter in _PLAIN or letter.isdigit() or letter == "$" for letter in name):
        return name
    return '"' + name.replace('"', '""') + '"'
