"""String functions of IRIS SQL, over Python strings. NULL arguments never arrive unless a function asks for them.

Each rule stands in functions.tsv and on the function's reference page (document keys RSQL_…).
"""

from __future__ import annotations

import hashlib
import uuid
from decimal import Decimal

from pgiris.errors import IrisError
from pgiris.standin import decimals

MAX_STRING = 3_641_144
"""The longest string in characters (G:langelements)."""


def bounded(text: str) -> str:
    """`text`, unless it is longer than IRIS's strings can be."""
    if len(text) > MAX_STRING:
        raise IrisError(-400, "Fatal error occurred <MAXSTRING>")
    return text


def repeat(text: str, count: int) -> str:
    if count > 0 and len(text) * count > MAX_STRING:
        raise IrisError(-400, "Fatal error occurred <MAXSTRING>")
    return text * max(count, 0)


def ascii_code(text: str) -> int | None:
    return ord(text[0]) if text else None


def char(code: int) -> str | None:
    return chr(code) if 0 <= code <= 65535 else None


def length(text: str) -> int:
    """LENGTH strips trailing blanks first (RSQL_length)."""
    return len(text.rstrip(" "))


def d_length(text: str | None, delimiter: str | None = "") -> int:
    """$LENGTH: 0 for NULL; with a delimiter, the number of pieces."""
    text = text or ""
    if delimiter == "":
        return len(text)
    return text.count(delimiter) + 1 if delimiter else 0


def charindex(part: str, text: str, start: int = 1) -> int:
    """CHARINDEX: an empty part is found only in an empty text."""
    if part == "":
        return 1 if text == "" else 0
    return text.find(part, max(start, 1) - 1) + 1


def instr(text: str, part: str, start: int = 1, occurrence: int = 1) -> int:
    if part == "":
        return 0
    position = max(start, 1) - 2
    for _ in range(max(occurrence, 1)):
        position = text.find(part, position + 1)
        if position < 0:
            return 0
    return position + 1


def position(part: str, text: str) -> int:
    return charindex(part, text)


def find(text: str, part: str, start: int = 1) -> int:
    """$FIND: the position after the match."""
    if part == "":
        return max(start, 1)
    at = text.find(part, max(start, 1) - 1)
    return at + len(part) + 1 if at >= 0 else 0


def left(text: str, count: int) -> str:
    return text[: max(count, 0)]


def right(text: str, count: int) -> str:
    return text[-count:] if count > 0 else ""


def pad(text: str, size: int, filler: str) -> str:
    """The padding that brings `text` to `size` characters."""
    missing = size - len(text)
    if missing <= 0 or not filler:
        return ""
    return bounded(repeat(filler, missing // len(filler) + 1))[:missing]


def lpad(text: str, size: int, filler: str = " ") -> str:
    return text[: max(size, 0)] if len(text) >= size else pad(text, size, filler) + text


def rpad(text: str, size: int, filler: str = " ") -> str:
    return text[: max(size, 0)] if len(text) >= size else text + pad(text, size, filler)


def ltrim(text: str) -> str:
    return text.lstrip(" ")


def rtrim(text: str) -> str:
    return text.rstrip(" ")


def trim(where: str, text: str, characters: str = " ") -> str:
    """TRIM: removes any of `characters`, like PostgreSQL's (RSQL_trim)."""
    if where == "LEADING":
        return text.lstrip(characters) if characters else text
    if where == "TRAILING":
        return text.rstrip(characters) if characters else text
    return text.strip(characters) if characters else text


def replace(text: str, old: str, new: str) -> str:
    return bounded(text.replace(old, new)) if old else text


def stuff(text: str, start: int, count: int, new: str) -> str | None:
    if start < 1 or start > len(text) + 1 or count < 0:
        return None
    return text[: start - 1] + new + text[start - 1 + count :]


def substr(text: str, start: int, count: int | None = None) -> str | None:
    """SUBSTR: a negative start counts from the end; NULL past the end or for a length below 1."""
    if count is not None and count < 1:
        return None
    begin = len(text) + start if start < 0 else max(start, 1) - 1
    if begin < 0 or begin >= len(text):
        return None
    return text[begin:] if count is None else text[begin : begin + count]


def substring(text: str, start: int, count: int | None = None) -> str | None:
    """SUBSTRING: a start below 1 shortens the length; length 0 gives NULL, a negative one -140."""
    if count is None:
        return text[max(start, 1) - 1 :]
    if count < 0:
        raise IrisError(-140, "Length argument passed to SUBSTRING function must be >= 0")
    if count == 0:
        return None
    return text[max(start, 1) - 1 : max(start + count - 1, 0)]


def extract(text: str, start: int = 1, end: int | None = None) -> str:
    """$EXTRACT: `end` is a position, not a length."""
    if end is None:
        return text[start - 1 : start] if start >= 1 else ""
    return text[max(start, 1) - 1 : max(end, 0)]


def piece(text: str, delimiter: str, start: int = 1, end: int | None = None) -> str | None:
    """$PIECE: NULL when the piece does not exist."""
    pieces = text.split(delimiter) if delimiter else [text]
    last = start if end is None else end
    if last < 1 or start > len(pieces):
        return None
    return delimiter.join(pieces[max(start, 1) - 1 : last])


def translate(text: str, source: str, target: str = "") -> str:
    """$TRANSLATE: characters of `source` without a partner are removed."""
    table: dict[int, str | None] = {}
    for index, character in enumerate(source):
        table.setdefault(ord(character), target[index] if index < len(target) else None)
    return text.translate(table)


def justify(text: str, width: int, places: int | None = None) -> str:
    """$JUSTIFY: right-justified; with decimals the number is rounded first."""
    if places is not None:
        text = fixed(decimals.text_to_decimal(text), max(places, 0))
    return bounded(" " * min(max(width - len(text), 0), MAX_STRING + 1) + text)


def fixed(value: Decimal, places: int) -> str:
    """`value` with exactly `places` digits after the point."""
    return f"{decimals.rounded(value, places):.{min(places, 100)}f}"


def str_function(value: Decimal, size: int = 10, places: int = 0) -> str:
    """STR(n, length, decimals): digits cut, not rounded; ``*`` when the integer part does not fit."""
    whole = f"{decimals.truncated(value, 0):f}"
    text = f"{decimals.truncated(value, places):.{min(places, 100)}f}" if places > 0 else whole
    return "*" * max(size, 0) if len(text) > size else text.rjust(size)


def concatenate(*parts: str | None) -> str:
    """STRING: NULL arguments count as empty."""
    return bounded("".join(part or "" for part in parts))


def reverse(text: str) -> str:
    return text[::-1]


def sqlupper(text: str, size: int | None = None) -> str:
    """%SQLUPPER as a function: upper case, trailing blanks cut, one blank in front (RSQL_sqlupper)."""
    result = " " + text.rstrip(" ").upper()
    return result if size is None else result[:size]


def sqlstring(text: str, size: int | None = None) -> str:
    """%SQLSTRING as a function: trailing blanks cut, one blank in front."""
    result = " " + text.rstrip(" ")
    return result if size is None else result[:size]


def alphaup(text: str) -> str:
    """%ALPHAUP: letters and digits in upper case, punctuation except ? and , removed."""
    return "".join(c for c in text.upper() if c.isalnum() or c in "?,")


def truncate_text(text: str, size: int | None = None) -> str:
    return text if size is None else text[:size]


HASHES = {"SHA256": hashlib.sha256, "SHA384": hashlib.sha384, "SHA512": hashlib.sha512}


def hashbytes(name: str, text: str) -> bytes:
    """HASHBYTES: SHA256, SHA384 or SHA512 of the text's UTF-8 form."""
    algorithm = HASHES.get(name.upper().replace("_", "").replace("SHA2256", "SHA256"))
    if algorithm is None:
        raise IrisError(-400, f"Invalid HASHBYTES algorithm '{name}'")
    return algorithm(text.encode()).digest()


def newid() -> str:
    return str(uuid.uuid4()).upper()
