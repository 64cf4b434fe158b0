"""Conversions between stored forms, as SQLite functions: implicit ones, CAST's lenient ones, checks of assignments."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

from pgiris.errors import IrisError
from pgiris.standin import binders, dates, decimals
from pgiris.standin.functions import aggregates, jsons, lists, moments, numbers, strings, tochar, vectors

Function = Callable[..., Any]


def optional(function: Function) -> Function:
    """`function`, with NULL when any argument is."""

    def call(*arguments: Any) -> Any:
        return None if None in arguments else function(*arguments)

    return call


def text_int(text: str) -> int:
    return clipped(decimals.text_to_decimal(text))


def clipped(number: Decimal) -> int:
    """An integer of 64 bits, the fraction cut."""
    value = int(number)
    if not -(2**63) <= value < 2**63:
        raise IrisError(-400, "Fatal error occurred <MAXNUMBER>")
    return value


def bounded(value: int) -> int:
    """A sum of integers, which must stay within 64 bits."""
    if not -(2**63) <= value < 2**63:
        raise IrisError(-400, "Fatal error occurred <MAXNUMBER>")
    return value


def double_int(value: float) -> int:
    try:
        return clipped(Decimal(int(value)))
    except (OverflowError, ValueError) as error:
        raise IrisError(-400, "Fatal error occurred <MAXNUMBER>") from error


def lenient_date(text: str) -> int:
    """CAST to DATE: what is no date is day 0, 1840-12-31 (sql.md 13)."""
    days = dates.parse_date(text)
    if days is None:
        moment = dates.parse_moment(text)
        days = moment[0] if moment else 0
    return days


def lenient_time(text: str) -> int:
    nanoseconds = dates.parse_time(text)
    if nanoseconds is None:
        moment = dates.parse_moment(text)
        nanoseconds = moment[1] if moment else 0
    return nanoseconds


def lenient_moment(text: str) -> str:
    moment = dates.parse_moment(text)
    if moment is None:
        nanoseconds = dates.parse_time(text)
        moment = (dates.UNIX_DAY - 25567, nanoseconds) if nanoseconds is not None else (0, 0)
    return dates.format_moment(moment)


def cast_bit(kind: str, value: object) -> int:
    """CAST AS BIT: a number is 1 unless zero; of texts only TRUE and numbers that are not 0 (RSQL_cast)."""
    if kind == "S":
        text = str(value)
        return int(text.strip().upper() == "TRUE" or decimals.text_to_decimal(text) != 0)
    return int(decimals.decode(value) != 0) if isinstance(value, str) else int(bool(value))


def convert_bit(kind: str, value: object) -> int:
    """CONVERT(BIT, x): an empty text is SQLCODE -141."""
    if kind == "S" and str(value).strip() == "":
        raise IrisError(-141, "CONVERT: value cannot be converted to BIT")
    return cast_bit(kind, value)


def cast_decimal(text: str, scale: int) -> str:
    return decimals.encode(decimals.rounded(decimals.decode(text), scale))


def check_int(value: Any, low: int, high: int, label: str, code: int) -> Any:
    if not low <= value <= high:
        raise binders.validation_error(code, label, value)
    return int(value)


def check_decimal(value: str, precision: int, scale: int, label: str, code: int) -> str:
    rounded = decimals.rounded(decimals.decode(value), scale)
    if abs(rounded) >= Decimal(10) ** (precision - scale):
        raise binders.validation_error(code, label, decimals.canonical(rounded))
    return decimals.encode(rounded)


def check_length(value: Any, most: int, label: str, code: int) -> Any:
    if most and len(value if isinstance(value, (str, bytes)) else str(value)) > most:
        raise binders.validation_error(code, label, value)
    return value


def check_date(value: int, minimum: int, label: str, code: int) -> int:
    if not minimum <= value <= dates.MAX_DAY:
        raise binders.validation_error(code, label, value)
    return value


def required(value: Any, label: str) -> Any:
    if value is None:
        raise binders.required_error(label)
    return value


def strict_int(text: str, label: str, code: int) -> int:
    return clipped(decimals.rounded(binders.number_of(text, label, code), 0))


def strict_decimal(text: str, label: str, code: int) -> str:
    return decimals.encode(binders.number_of(text, label, code))


def strict_double(text: str, label: str, code: int) -> float:
    return binders.double_of(text, label, code)


def check_vector(value: bytes, size: int, width: int, label: str, code: int) -> bytes:
    if size and len(value) != size * width:
        raise binders.validation_error(code, label, f"vector of {len(value) // width} elements, {size} expected")
    return value


def text_vector(text: str, element: str, size: int) -> bytes:
    return bytes(binders.vector_binder(element, size)(text))


def moment_of(kind: str, value: object, precision: int = 9) -> str:
    """A timestamp text of any date or time."""
    days, nanoseconds = moments.required(kind, value)
    unit = 10 ** (9 - precision)
    return dates.format_moment((days, nanoseconds // unit * unit))


def to_date(text: str, model: str) -> int:
    return tochar.parse(text, model)[0]


def to_timestamp(text: str, model: str) -> str:
    return dates.format_moment(tochar.parse(text, model))


def to_posixtime(text: str, model: str) -> int:
    return dates.to_posix(tochar.parse(text, model))


def like(text: str, pattern: str, escape: str | None, upper: int) -> int:
    """LIKE, case-sensitive unless `upper`; a bad escape is SQLCODE -63."""
    if escape is not None and len(escape) != 1:
        raise IrisError(-63, "Data exception - invalid escape character")
    if upper:
        text, pattern = text.upper(), pattern.upper()
    return int(matches(text, like_steps(pattern, escape)))


def like_steps(pattern: str, escape: str | None) -> list[str | None]:
    """The pattern as characters, ``None`` for ``%`` and ``""`` for ``_``."""
    steps: list[str | None] = []
    at = 0
    while at < len(pattern):
        c = pattern[at]
        if escape is not None and c == escape and at + 1 < len(pattern):
            at += 1
            steps.append(pattern[at])
        elif c == "%":
            if not steps or steps[-1] is not None:
                steps.append(None)
        else:
            steps.append("" if c == "_" else c)
        at += 1
    return steps


def matches(text: str, steps: list[str | None]) -> bool:
    """Whether a text fits the steps: the usual two-pointer match, linear in practice and never recursive."""
    at = step = 0
    star, mark = -1, 0
    while at < len(text):
        if step < len(steps) and steps[step] is None:
            star, mark = step, at
            step += 1
        elif step < len(steps) and steps[step] in ("", text[at]):
            at += 1
            step += 1
        elif star >= 0:
            mark += 1
            at, step = mark, star + 1
        else:
            return False
    return all(rest is None for rest in steps[step:])


def glob_matches(text: str, pattern: str) -> int:
    r"""%MATCHES: ``?`` ``*`` ``[a-z]`` and ``\`` (sql.md 4.4)."""
    return int(glob(text, glob_steps(pattern)))


def glob_steps(pattern: str) -> list[object]:
    """Steps of a glob: None for ``*``, a set test for the rest."""
    steps: list[object] = []
    at = 0
    while at < len(pattern):
        c = pattern[at]
        if c == "\\" and at + 1 < len(pattern):
            at += 1
            steps.append(pattern[at])
        elif c == "*":
            steps.append(None)
        elif c == "?":
            steps.append("")
        elif c == "[" and "]" in pattern[at + 1 :]:
            close = pattern.index("]", at + 1)
            steps.append(("[", pattern[at + 1 : close]))
            at = close
        else:
            steps.append(c)
        at += 1
    return steps


def in_set(c: str, members: str) -> bool:
    """Whether a character is in ``a-z0-9^…`` of a bracket."""
    negated, members = members.startswith("^"), members.removeprefix("^")
    found = False
    at = 0
    while at < len(members):
        if members[at + 1 : at + 2] == "-" and at + 2 < len(members):
            found |= members[at] <= c <= members[at + 2]
            at += 3
        else:
            found |= members[at] == c
            at += 1
    return found != negated


def glob(text: str, steps: list[object]) -> bool:
    at = step = 0
    star, mark = -1, 0
    while at < len(text):
        current = steps[step] if step < len(steps) else 0
        if current is None:
            star, mark = step, at
            step += 1
        elif current in ("", text[at]) or (isinstance(current, tuple) and in_set(text[at], current[1])):
            at += 1
            step += 1
        elif star >= 0:
            mark += 1
            at, step = mark, star + 1
        else:
            return False
    return all(rest is None for rest in steps[step:])


PATTERN_CODES: Final[dict[str, Callable[[str], bool]]] = {
    "A": str.isalpha,
    "C": lambda c: ord(c) < 32 or ord(c) == 127,
    "E": lambda c: True,
    "L": str.islower,
    "N": lambda c: c in "0123456789",
    "P": lambda c: 32 <= ord(c) < 127 and not c.isalnum(),
    "U": str.isupper,
}
MAX_PATTERN: Final = 200


def pattern_atoms(pattern: str) -> list[tuple[int, int, object]]:
    """The atoms of an ObjectScript pattern: least, most, and codes or a literal."""
    atoms: list[tuple[int, int, object]] = []
    at = 0
    while at < len(pattern) and len(atoms) < MAX_PATTERN:
        low = high = ""
        while at < len(pattern) and pattern[at].isdigit():
            low += pattern[at]
            at += 1
        ranged = pattern[at : at + 1] == "."
        if ranged:
            at += 1
            while at < len(pattern) and pattern[at].isdigit():
                high += pattern[at]
                at += 1
        if not low and not ranged:
            raise IrisError(-400, "Fatal error occurred <SYNTAX> in pattern match")
        what: object
        if pattern[at : at + 1] == '"':
            close = pattern.find('"', at + 1)
            if close < 0:
                raise IrisError(-42, "Closing quotes missing after pattern match")
            what, at = pattern[at + 1 : close], close + 1
        else:
            start = at
            while at < len(pattern) and pattern[at].upper() in PATTERN_CODES:
                at += 1
            if start == at:
                raise IrisError(-400, "Fatal error occurred <SYNTAX> in pattern match")
            what = tuple(pattern[start:at].upper())
        least = int(low or 0)
        most = int(high) if high else (10**9 if ranged else least)
        atoms.append((least, most, what))
    return atoms


def pattern_match(text: str, pattern: str) -> int:
    """%PATTERN: ObjectScript's pattern match operator, by the set of positions each atom can reach."""
    reached = {0}
    for least, most, what in pattern_atoms(pattern):
        found: set[int] = set()
        for start in reached:
            at, count = start, 0
            while True:
                if least <= count <= most:
                    found.add(at)
                if count >= most:
                    break
                if isinstance(what, str):
                    if not what or not text.startswith(what, at):
                        break
                    at += len(what)
                elif at < len(text) and any(PATTERN_CODES[c](text[at]) for c in what):  # type: ignore[attr-defined]
                    at += 1
                else:
                    break
                count += 1
        reached = found
        if not reached:
            return 0
    return int(len(text) in reached)


def collated(text: str) -> str:
    """How an SQLUPPER value is shown as a group's key: upper case, trailing blanks cut (sql.md 4.5)."""
    return text.rstrip(" ").upper()


FUNCTIONS: Final[dict[str, Function]] = {
    "iris_add": decimals.add,
    "iris_sub": decimals.subtract,
    "iris_mul": decimals.multiply,
    "iris_div": decimals.divide,
    "iris_idiv": decimals.int_divide,
    "iris_hash": decimals.hash_modulo,
    "iris_add_f": decimals.lifted_float(lambda a, b: a + b),
    "iris_sub_f": decimals.lifted_float(lambda a, b: a - b),
    "iris_mul_f": decimals.lifted_float(lambda a, b: a * b),
    "iris_div_f": decimals.lifted_float(lambda a, b: a / b),
    "iris_idiv_f": decimals.lifted_float(lambda a, b: float(int(a / b))),
    "iris_hash_f": decimals.lifted_float(lambda a, b: a % b),
    "iris_add_i": optional(lambda a, b: bounded(a + b)),
    "iris_sub_i": optional(lambda a, b: bounded(a - b)),
    "iris_neg": optional(lambda x: decimals.encode(decimals.decode(x).copy_negate())),
    "iris_int_dec": optional(lambda x: decimals.encode(Decimal(x))),
    "iris_text_dec": optional(lambda x: decimals.encode(decimals.text_to_decimal(x))),
    "iris_real_dec": optional(lambda x: decimals.encode(decimals.float_to_decimal(x))),
    "iris_time_dec": optional(lambda x: decimals.encode(Decimal(x).scaleb(-9))),
    "iris_dec_int": optional(lambda x: clipped(decimals.decode(x))),
    "iris_text_int": optional(text_int),
    "iris_real_int": optional(double_int),
    "iris_dec_real": optional(lambda x: float(decimals.decode(x))),
    "iris_text_real": optional(binders.bind_double),
    "iris_dec_text": optional(lambda x: decimals.canonical(decimals.decode(x))),
    "iris_real_text": optional(decimals.float_to_text),
    "iris_date_text": optional(dates.format_date),
    "iris_time_text": optional(dates.format_time),
    "iris_posix_text": optional(lambda x: dates.format_moment(dates.from_posix(x))),
    "iris_blob_text": optional(lambda x: x.decode("latin-1") if isinstance(x, bytes) else x),
    "iris_text_blob": optional(binders.bind_binary),
    "iris_vector_text": optional(lambda x, e: vectors.to_text(e, x)),
    "iris_list_text": optional(lists.to_string),
    "iris_text_date": optional(binders.text_date),
    "iris_text_time": optional(binders.text_time),
    "iris_text_moment": optional(lambda x: dates.format_moment(binders.text_moment(x))),
    "iris_text_posix": optional(binders.bind_posixtime),
    "iris_date_posix": optional(lambda x: dates.to_posix((x, 0))),
    "iris_posix_date": optional(lambda x: dates.from_posix(x)[0]),
    "iris_posix_time": optional(lambda x: dates.from_posix(x)[1]),
    "iris_lenient_date": optional(lenient_date),
    "iris_lenient_time": optional(lenient_time),
    "iris_lenient_moment": optional(lenient_moment),
    "iris_moment": optional(moment_of),
    "iris_cast_bit": optional(cast_bit),
    "iris_convert_bit": optional(convert_bit),
    "iris_cast_decimal": optional(cast_decimal),
    "iris_required": required,
    "iris_check_int": optional(check_int),
    "iris_check_decimal": optional(check_decimal),
    "iris_check_length": optional(check_length),
    "iris_check_date": optional(check_date),
    "iris_check_vector": optional(check_vector),
    "iris_check_guid": optional(binders.guid),
    "iris_strict_int": optional(strict_int),
    "iris_strict_decimal": optional(strict_decimal),
    "iris_strict_double": optional(strict_double),
    "iris_text_vector": optional(text_vector),
    "iris_to_vector": optional(vectors.to_vector),
    "iris_dot_product": vectors.dot_product,
    "iris_cosine": vectors.cosine,
    "iris_to_date": optional(to_date),
    "iris_to_timestamp": optional(to_timestamp),
    "iris_to_posixtime": optional(to_posixtime),
    "iris_convert_style": optional(tochar.convert_style),
    "iris_text_ceiling": optional(lambda x: encoded(numbers.text_ceiling(x))),
    "iris_text_floor": optional(lambda x: encoded(numbers.text_floor(x))),
    "iris_trim": optional(strings.trim),
    "iris_justify_n": optional(lambda x, w, p: strings.justify(decimals.canonical(decimals.decode(x)), w, p)),
    "iris_like": lambda x, p, e, u: None if x is None or p is None else like(x, p, e, u),
    "iris_matches": optional(glob_matches),
    "iris_pattern": optional(pattern_match),
    "iris_inlist": lists.inlist,
    "iris_collated": optional(collated),
    "iris_is_json": jsons.is_json,
    "iris_json_array": jsons.json_array,
    "iris_json_object": jsons.json_object,
    "iris_json_table": jsons.json_table,
    "iris_json_string": aggregates.json_string,
}
"""Deterministic functions by SQLite name."""


def encoded(value: Decimal | None) -> str | None:
    return None if value is None else decimals.encode(value)
