"""TO_CHAR, TO_DATE, TO_TIMESTAMP and CONVERT styles: format models (RSQL_tochar, RSQL_todate)."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from pgiris.errors import IrisError
from pgiris.standin import dates, decimals
from pgiris.standin.dates import SECOND, Moment
from pgiris.standin.functions import moments

CODES: Final = (
    "YYYY", "YYY", "SSSSS", "RRRR", "MONTH", "HH24", "HH12", "DDD", "DAY", "MON", "YY", "RR", "MM", "DD", "DY", "HH",
    "MI", "SS", "FF", "AM", "PM", "Y", "D", "J",
)  # fmt: skip
"""Date codes, longest first."""
TIME_CODES: Final = frozenset({"HH24", "HH12", "HH", "MI", "SS", "SSSSS", "AM", "PM", "FF"})
NUMBER_CODES: Final = frozenset("90$BSDGFM,.")


def tokens(model: str) -> list[tuple[bool, str]]:
    """The format model as (is a code, text) pairs."""
    result: list[tuple[bool, str]] = []
    at, upper = 0, model.upper()
    while at < len(model):
        code = next((code for code in CODES if upper.startswith(code, at)), None)
        if code is None:
            result.append((False, model[at]))
            at += 1
        else:
            result.append((True, code))
            at += len(code)
    return result


def is_time_only(model: str) -> bool:
    """Whether a model holds time codes alone; then a number counts seconds."""
    codes = {text for is_code, text in tokens(model) if is_code}
    return bool(codes) and codes <= TIME_CODES


def is_number_model(model: str) -> bool:
    return bool(model) and set(model.upper()) <= NUMBER_CODES


def format_code(code: str, at: Moment) -> str:
    """The text of one code."""
    day = dates.date_of(at[0])
    seconds = at[1] // SECOND
    hour = seconds // 3600
    texts = {
        "YYYY": f"{day.year:04d}",
        "RRRR": f"{day.year:04d}",
        "YYY": f"{day.year:04d}"[1:],
        "YY": f"{day.year:04d}"[2:],
        "RR": f"{day.year:04d}"[2:],
        "Y": f"{day.year:04d}"[3:],
        "MM": f"{day.month:02d}",
        "MON": dates.MONTHS[day.month - 1][:3],
        "MONTH": dates.MONTHS[day.month - 1],
        "DD": f"{day.day:02d}",
        "DDD": f"{day.timetuple().tm_yday:03d}",
        "D": str(moments.weekday(at[0])),
        "DY": dates.DAYS[moments.weekday(at[0]) - 1][:3],
        "DAY": dates.DAYS[moments.weekday(at[0]) - 1],
        "J": str(at[0] + 2393471),
        "HH": f"{(hour + 11) % 12 + 1:02d}",
        "HH12": f"{(hour + 11) % 12 + 1:02d}",
        "HH24": f"{hour:02d}",
        "MI": f"{seconds // 60 % 60:02d}",
        "SS": f"{seconds % 60:02d}",
        "SSSSS": str(seconds),
        "FF": f"{at[1] % SECOND:09d}".rstrip("0") or "0",
        "AM": "PM" if hour >= 12 else "AM",
        "PM": "PM" if hour >= 12 else "AM",
    }
    return texts[code]


def format_moment(at: Moment, model: str) -> str:
    """A moment by a model; names take the case of the code: MON, Mon, mon."""
    return "".join(format_code(text, at) if is_code else text for is_code, text in tokens(model))


def to_char(kind: str, value: object, model: str | None) -> str | None:
    """TO_CHAR: of a number by a number model, of dates by a date model."""
    if value is None:
        return None
    if model is None:
        if kind == moments.NUMBER:
            return decimals.canonical(decimals.decode(str(value)))
        at = moments.moment(kind, value)
        if kind == moments.DATE and at is not None:
            return dates.format_date(at[0])
        return str(value) if kind == moments.TEXT or at is None else dates.format_moment(at)
    if is_number_model(model) and kind in (moments.NUMBER, moments.TEXT):
        number = decimals.decode(str(value)) if kind == moments.NUMBER else decimals.text_to_decimal(str(value))
        return format_number(number, model.upper())
    if is_time_only(model) and (kind == moments.NUMBER or (kind == moments.TEXT and str(value).strip().isdigit())):
        number = decimals.decode(str(value)) if kind == moments.NUMBER else Decimal(str(value))
        return format_moment((0, int(number * SECOND) % dates.DAY_NS), model)
    return format_moment(moments.required(kind, value), model)


def format_number(value: Decimal, model: str) -> str:
    """A number by a model of ``9 0 , . D G $ S B FM``; ``#`` fill when it does not fit (RSQL_tochar)."""
    fill = not model.startswith("FM")
    body = model.removeprefix("FM").replace("D", ".").replace("G", ",").replace("B", "")
    sign_first, sign_last = body.startswith("S"), body.endswith("S")
    dollar = "$" in body
    body = body.replace("S", "").replace("$", "")
    whole_model, _, fraction_model = body.partition(".")
    places = sum(c in "90" for c in fraction_model)
    rounded = decimals.rounded(value.copy_abs(), places)
    whole, _, fraction = f"{rounded:.{places}f}".partition(".")
    slots = [c for c in whole_model if c in "90"]
    if whole == "0" and "0" not in slots and places:
        whole = ""
    if len(whole) > len(slots):
        return "#" * (len(model.removeprefix("FM")) + fill)
    first_zero = slots.index("0") if "0" in slots else len(slots)
    digits = whole.rjust(len(slots))
    digits = "".join("0" if c == " " and i >= first_zero else c for i, c in enumerate(digits))
    text, at = "", 0
    for c in whole_model:
        if c in "90":
            text += digits[at]
            at += 1
        elif c == ",":
            text += "," if text.strip() else " "
    text = text.rstrip() if not text.strip() else text
    padding = len(text) - len(text.lstrip())
    text = text.lstrip() + ("." + fraction if places else "")
    minus = "-" if value < 0 and rounded else ("+" if sign_first or sign_last else "")
    if sign_last:
        text = (" " if not fill else "") + text + (minus or "")
        return " " * padding + text if fill else text.strip()
    text = (minus or (" " if fill else "")) + ("$" if dollar else "") + text
    return " " * padding + text if fill else text.strip()


def read_digits(text: str, at: int, most: int) -> tuple[int, int]:
    """Up to `most` digits from `at`, and where they end."""
    end = at
    while end < len(text) and end - at < most and text[end].isdigit():
        end += 1
    if end == at:
        raise ValueError(text)
    return int(text[at:end]), end


WIDTHS: Final = {"YYYY": 4, "RRRR": 4, "YYY": 3, "YY": 2, "RR": 2, "Y": 1, "MM": 2, "DD": 2, "DDD": 3, "D": 1, "J": 7,
                 "HH": 2, "HH12": 2, "HH24": 2, "MI": 2, "SS": 2, "SSSSS": 5, "FF": 9}  # fmt: skip


def read_fields(text: str, model: str) -> tuple[dict[str, int], str]:
    """The numbers that the codes of a model read from a text, and what is left of the text; ValueError on mismatch."""
    fields: dict[str, int] = {}
    at = 0
    for is_code, token in tokens(model):
        if at >= len(text):
            break
        if not is_code:
            if text[at] == token or (not text[at].isalnum() and not token.isalnum()):
                at += 1
            continue
        while at < len(text) and text[at] == " ":
            at += 1
        if token in ("MON", "MONTH", "DAY", "DY", "AM", "PM"):
            end = at
            while end < len(text) and text[end].isalpha():
                end += 1
            word = text[at:end]
            if token in ("MON", "MONTH"):
                fields["MM"] = dates.month_number(word)
                if not fields["MM"]:
                    raise ValueError(text)
            elif token in ("AM", "PM"):
                fields["PM"] = int(word.upper() == "PM")
            at = end
        else:
            value, end = read_digits(text, at, WIDTHS[token])
            if token in ("YYYY", "RRRR") and end - at <= 2:
                value += 1900
            elif token in ("YY", "YYY", "Y"):
                value += {2: 1900, 3: 1000, 1: 2020}[len(token)]
            elif token == "RR":
                value += 2000 if value < 50 else 1900
            elif token == "FF":
                value = dates.fraction_ns(text[at:end])
            fields[{"RRRR": "YYYY", "YY": "YYYY", "RR": "YYYY", "YYY": "YYYY", "Y": "YYYY"}.get(token, token)] = value
            at = end
    return fields, text[at:].strip()


def parse(text: str, model: str) -> Moment:
    """TO_DATE and TO_TIMESTAMP; SQLCODE -400 for what does not fit the model."""
    try:
        fields, rest = read_fields(text.strip(), model)
        day = moment_day(fields)
        nanoseconds = dates.parse_time(rest) if rest else moment_time(fields)
    except ValueError:
        day = nanoseconds = None
    if day is None or nanoseconds is None:
        raise IrisError(-400, f"Fatal error occurred <ILLEGAL VALUE> '{text}' does not match format '{model}'")
    return day, nanoseconds


def moment_day(fields: dict[str, int]) -> int | None:
    """The day that read fields denote; what is missing is January 1 of the current year."""
    if "J" in fields:
        return fields["J"] - 2393471
    year = fields.get("YYYY", dates.date_of(dates.now_local(0)[0]).year)
    if "DDD" in fields:
        first = dates.days_of(year, 1, 1)
        limit = 366 if dates.days_of(year, 2, 29) is not None else 365
        return first + fields["DDD"] - 1 if first is not None and 1 <= fields["DDD"] <= limit else None
    return dates.days_of(year, fields.get("MM", 1), fields.get("DD", 1))


def moment_time(fields: dict[str, int]) -> int | None:
    """Nanoseconds since midnight that read fields denote."""
    if "SSSSS" in fields:
        return fields["SSSSS"] * SECOND if fields["SSSSS"] < 86400 else None
    hour = fields.get("HH24", fields.get("HH12", fields.get("HH", 0)))
    if "PM" in fields and "HH24" not in fields:
        hour = hour % 12 + 12 * fields["PM"]
    minute, second = fields.get("MI", 0), fields.get("SS", 0)
    if hour > 23 or minute > 59 or second > 59:
        return None
    return (hour * 3600 + minute * 60 + second) * SECOND + fields.get("FF", 0)


STYLES: Final = {
    0: "MON DD YYYY HH:MIAM", 1: "MM/DD/YY", 2: "YY.MM.DD", 3: "DD/MM/YY", 4: "DD.MM.YY", 5: "DD-MM-YY",
    6: "DD MON YY", 7: "MON DD, YY", 8: "HH24:MI:SS", 10: "MM-DD-YY", 11: "YY/MM/DD", 12: "YYMMDD",
    20: "YYYY-MM-DD HH24:MI:SS", 21: "YYYY-MM-DD HH24:MI:SS.FF", 100: "MON DD YYYY HH:MIAM", 101: "MM/DD/YYYY",
    102: "YYYY.MM.DD", 103: "DD/MM/YYYY", 104: "DD.MM.YYYY", 105: "DD-MM-YYYY", 106: "DD MON YYYY",
    107: "MON DD, YYYY", 108: "HH24:MI:SS", 109: "MON DD YYYY HH:MI:SS.FFAM", 110: "MM-DD-YYYY", 111: "YYYY/MM/DD",
    112: "YYYYMMDD", 113: "DD MON YYYY HH24:MI:SS.FF", 114: "HH24:MI:SS.FF", 120: "YYYY-MM-DD HH24:MI:SS",
    121: "YYYY-MM-DD HH24:MI:SS.FF", 126: "YYYY-MM-DDTHH24:MI:SS", 130: "DD MON YYYY HH:MI:SS.FFAM",
    131: "DD/MM/YYYY HH:MI:SS.FFAM",
}  # fmt: skip
"""CONVERT's numbered date formats (RSQL_convert)."""


def convert_style(kind: str, value: object, style: int) -> str:
    """CONVERT(VARCHAR, date, style)."""
    model = STYLES.get(style)
    if model is None:
        raise IrisError(-141, f"Invalid format code '{style}' for CONVERT")
    return format_moment(moments.required(kind, value), model)
