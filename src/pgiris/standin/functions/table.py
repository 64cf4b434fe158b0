"""The scalar functions of IRIS SQL that are computed by a Python function, as data (functions.tsv).

Kinds of arguments: ``S`` text, ``I`` integer, ``N`` decimal, ``F`` double, ``M`` a date or time (two SQLite arguments:
its kind and its value), ``L`` a list or any other value as it is, ``P`` a date part. The last kind repeats.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import Decimal
from typing import Final, NamedTuple

from pgiris.standin import decimals
from pgiris.standin import iristypes as t
from pgiris.standin.functions import lists, moments, numbers, strings, tochar
from pgiris.standin.iristypes import IrisType

SAME_NUMBER: Final = "number"
"""Result: the type of the first argument when it is a number, else NUMERIC."""
MOMENT: Final = "moment"
"""Result: POSIXTIME when the date argument is one, else TIMESTAMP."""


class Scalar(NamedTuple):
    """One function. `run_float` serves when an argument is DOUBLE; `nulls`: it takes NULL arguments itself."""

    kinds: str
    result: IrisType | str
    run: Callable[..., object]
    run_float: Callable[..., object] | None = None
    nulls: bool = False


NUMERIC: Final = t.numeric(36, 18)


def _transcendental(function: Callable[..., float]) -> Scalar:
    return Scalar("N", NUMERIC, numbers.by_float(function), numbers.checked(function))


def _part(name: str) -> Scalar:
    return Scalar("M", t.INTEGER, lambda kind, value: moments.day_part(name, kind, value))


def _time_part(name: str) -> Scalar:
    return Scalar("M", t.INTEGER, lambda kind, value: moments.time_part(name, kind, value))


SCALARS: Final[dict[str, Scalar]] = {
    # Numbers
    "ABS": Scalar("N", SAME_NUMBER, Decimal.copy_abs, abs),
    "ACOS": _transcendental(math.acos),
    "ASIN": _transcendental(math.asin),
    "ATAN": _transcendental(math.atan),
    "ATAN2": _transcendental(math.atan2),
    "CEILING": Scalar("N", SAME_NUMBER, numbers.ceiling, math.ceil),
    "COS": _transcendental(math.cos),
    "COT": _transcendental(numbers.cot),
    "DEGREES": _transcendental(math.degrees),
    "EXP": _transcendental(math.exp),
    "FLOOR": Scalar("N", SAME_NUMBER, numbers.floor, math.floor),
    "LOG": _transcendental(math.log),
    "LOG10": _transcendental(math.log10),
    "MOD": Scalar("N", NUMERIC, decimals.remainder, numbers.checked(math.fmod)),
    "POWER": Scalar("N", NUMERIC, numbers.power, numbers.power_float),
    "RADIANS": _transcendental(math.radians),
    "ROUND": Scalar("NI", SAME_NUMBER, numbers.round_number, numbers.round_float),
    "SIGN": Scalar("N", t.INTEGER, lambda n: int(numbers.sign(n)), lambda n: (n > 0) - (n < 0)),
    "SIN": _transcendental(math.sin),
    "SQRT": Scalar("N", NUMERIC, numbers.sqrt, numbers.sqrt_float),
    "SQUARE": Scalar("N", NUMERIC, numbers.square, lambda n: n * n),
    "TAN": _transcendental(math.tan),
    "TO_NUMBER": Scalar("S", NUMERIC, numbers.to_number),
    "TONUMBER": Scalar("S", NUMERIC, numbers.to_number),
    "TRUNCATE": Scalar("NI", SAME_NUMBER, numbers.truncate, numbers.truncate_float),
    "ISNUMERIC": Scalar("S", t.INTEGER, numbers.is_numeric, nulls=True),
    "$JUSTIFY": Scalar("SI", t.STRING, strings.justify),
    # Strings
    "ASCII": Scalar("S", t.INTEGER, strings.ascii_code),
    "CHAR": Scalar("I", t.STRING, strings.char),
    "CHARACTER_LENGTH": Scalar("S", t.INTEGER, len),
    "CHAR_LENGTH": Scalar("S", t.INTEGER, len),
    "DATALENGTH": Scalar("S", t.INTEGER, len),
    "LENGTH": Scalar("S", t.INTEGER, strings.length),
    "LEN": Scalar("S", t.INTEGER, strings.length),
    "$LENGTH": Scalar("S", t.INTEGER, strings.d_length, nulls=True),
    "CHARINDEX": Scalar("SSI", t.INTEGER, strings.charindex),
    "INSTR": Scalar("SSI", t.INTEGER, strings.instr),
    "POSITION": Scalar("S", t.INTEGER, strings.position),
    "$FIND": Scalar("SSI", t.INTEGER, strings.find),
    "CONCAT": Scalar("S", t.STRING, lambda a, b: strings.bounded(a + b)),
    "STRING": Scalar("S", t.STRING, strings.concatenate, nulls=True),
    "LCASE": Scalar("S", t.STRING, str.lower),
    "LOWER": Scalar("S", t.STRING, str.lower),
    "UCASE": Scalar("S", t.STRING, str.upper),
    "UPPER": Scalar("S", t.STRING, str.upper),
    "LEFT": Scalar("SI", t.STRING, strings.left),
    "RIGHT": Scalar("SI", t.STRING, strings.right),
    "LPAD": Scalar("SIS", t.STRING, strings.lpad),
    "RPAD": Scalar("SIS", t.STRING, strings.rpad),
    "LTRIM": Scalar("S", t.STRING, strings.ltrim),
    "RTRIM": Scalar("S", t.STRING, strings.rtrim),
    "REPEAT": Scalar("SI", t.STRING, strings.repeat),
    "REPLICATE": Scalar("SI", t.STRING, strings.repeat),
    "REPLACE": Scalar("S", t.STRING, strings.replace),
    "REVERSE": Scalar("S", t.STRING, strings.reverse),
    "SPACE": Scalar("I", t.STRING, lambda count: strings.repeat(" ", count)),
    "STR": Scalar("NI", t.STRING, strings.str_function),
    "STUFF": Scalar("SIIS", t.STRING, strings.stuff),
    "SUBSTR": Scalar("SI", t.STRING, strings.substr),
    "SUBSTRING": Scalar("SI", t.STRING, strings.substring),
    "$EXTRACT": Scalar("SI", t.STRING, strings.extract),
    "$PIECE": Scalar("SSI", t.STRING, strings.piece),
    "$TRANSLATE": Scalar("S", t.STRING, strings.translate),
    "HASHBYTES": Scalar("S", t.BINARY, strings.hashbytes),
    "%SQLUPPER": Scalar("SI", t.STRING, strings.sqlupper),
    "%UPPER": Scalar("S", t.STRING, str.upper),
    "%SQLSTRING": Scalar("SI", t.STRING, strings.sqlstring),
    "%STRING": Scalar("SI", t.STRING, strings.sqlupper),
    "%SPACE": Scalar("S", t.STRING, lambda s: " " + s),
    "%ALPHAUP": Scalar("S", t.STRING, strings.alphaup),
    "%MVR": Scalar("S", t.STRING, str),
    "%TRUNCATE": Scalar("SI", t.STRING, strings.truncate_text),
    "%PLUS": Scalar("N", NUMERIC, lambda n: n, lambda n: n),
    "%MINUS": Scalar("N", NUMERIC, Decimal.copy_negate, lambda n: -n),
    "XMLCONCAT": Scalar("S", t.STRING, strings.concatenate, nulls=True),
    # Dates and times
    "DATE": Scalar("M", t.DATE, moments.date_of_value),
    "DATEADD": Scalar("PNM", MOMENT, moments.dateadd),
    "TIMESTAMPADD": Scalar("PNM", MOMENT, moments.dateadd),
    "DATEDIFF": Scalar("PM", t.INTEGER, moments.datediff),
    "TIMESTAMPDIFF": Scalar("PM", t.INTEGER, moments.datediff),
    "DATENAME": Scalar("PM", t.STRING, moments.datename),
    "DATE_TRUNC": Scalar("PM", MOMENT, moments.date_trunc),
    "DATEPART": Scalar("PM", t.INTEGER, moments.datepart),
    "DAY": Scalar("M", t.INTEGER, moments.day_of_month),
    "DAYOFMONTH": Scalar("M", t.INTEGER, moments.day_of_month),
    "DAYNAME": Scalar("M", t.STRING, moments.dayname),
    "DAYOFWEEK": _part("dw"),
    "DAYOFYEAR": _part("dy"),
    "HOUR": _time_part("hh"),
    "MINUTE": _time_part("mi"),
    "SECOND": Scalar("M", t.numeric(9, 7), moments.second),
    "MONTH": _part("mm"),
    "MONTHNAME": Scalar("M", t.STRING, moments.monthname),
    "QUARTER": _part("qq"),
    "WEEK": _part("wk"),
    "YEAR": _part("yyyy"),
    "LAST_DAY": Scalar("M", t.DATE, moments.last_day),
    "UNIX_TIMESTAMP": Scalar("M", NUMERIC, moments.unix_timestamp),
    "TO_CHAR": Scalar("MS", t.STRING, lambda kind, value, model=None: tochar.to_char(kind, value, model)),
    "TOCHAR": Scalar("MS", t.STRING, lambda kind, value, model=None: tochar.to_char(kind, value, model)),
    # Lists
    "$LIST": Scalar("LI", t.STRING, lists.pick),
    "$LISTBUILD": Scalar("L", t.LIST, lists.build, nulls=True),
    "$LISTDATA": Scalar("LI", t.INTEGER, lists.data),
    "$LISTFIND": Scalar("LSI", t.INTEGER, lists.find),
    "$LISTFROMSTRING": Scalar("S", t.LIST, lists.from_string),
    "$LISTGET": Scalar("LIS", t.STRING, lists.get),
    "$LISTLENGTH": Scalar("L", t.INTEGER, lists.length),
    "$LISTSAME": Scalar("L", t.INTEGER, lists.same),
    "$LISTTOSTRING": Scalar("LS", t.STRING, lists.to_string),
}


def sqlite_name(name: str, double: bool = False) -> str:
    """The name under which SQLite knows a function of the table."""
    return "iris_" + name.lower().replace("$", "d_").replace("%", "p_") + ("_f" if double else "")


def adapted(scalar: Scalar, run: Callable[..., object], encodes: bool) -> Callable[..., object]:
    """`run` as SQLite calls it: decimals decoded and encoded, NULL in gives NULL out."""
    decimal_at = {index for index, kind in enumerate(expanded(scalar.kinds, 40)) if kind == "N"}

    def call(*arguments: object) -> object:
        if not scalar.nulls and None in arguments:
            return None
        if decimal_at:
            arguments = tuple(
                decimals.decode(value) if index in decimal_at and isinstance(value, str) else value
                for index, value in enumerate(arguments)
            )
        result = run(*arguments)
        return decimals.encode(result) if encodes and isinstance(result, Decimal) else result

    return call


def expanded(kinds: str, size: int) -> str:
    """The kind of each SQLite argument: an ``M`` takes two."""
    result, at = "", 0
    while len(result) < size:
        kind = kinds[min(at, len(kinds) - 1)]
        result += "mM" if kind == "M" else kind
        at += 1
    return result


def sqlite_functions() -> dict[str, Callable[..., object]]:
    """Every function of the table, by its SQLite name."""
    result: dict[str, Callable[..., object]] = {}
    for name, scalar in SCALARS.items():
        result[sqlite_name(name)] = adapted(scalar, scalar.run, encodes=scalar.result != t.INTEGER)
        if scalar.run_float is not None:
            result[sqlite_name(name, double=True)] = adapted(scalar, scalar.run_float, encodes=False)
    return result
