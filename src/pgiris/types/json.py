"""json keeps its text as written; jsonb is text in the form that PostgreSQL prints.

Source: PostgreSQL 15 manual, section 8.14.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Final, NoReturn

from pgiris import sqlstate
from pgiris.errors import PgError
from pgiris.types import numeric
from pgiris.types.context import CodecContext
from pgiris.types.encodings import decode_text, encode_text
from pgiris.types.faults import too_little_data
from pgiris.types.json_text import NUMBER, STRING, Token, events

JSONB_VERSION: Final = 1
MAX_JSONB_BYTES: Final = 0x0FFF_FFFF

_quoted: Final[Callable[[str], str]] = json.encoder.encode_basestring
"""A string literal; escapes what PostgreSQL escapes."""


class _Number(str):
    """A number as it was written."""

    __slots__ = ()


class _Object(dict[str, object]):
    """An object's members; the last of equal keys counts."""

    __slots__ = ()


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


# Python's parser takes no less than PostgreSQL's grammar, and no more once the constants are refused.
_CHECKER: Final = json.JSONDecoder(parse_float=str, parse_int=str, parse_constant=_refuse)
_READER: Final = json.JSONDecoder(
    object_pairs_hook=_Object, parse_float=_Number, parse_int=_Number, parse_constant=_refuse
)


def decode_json(text: str, context: CodecContext) -> str:
    try:
        _CHECKER.decode(text)
    except (ValueError, RecursionError):
        for _ in events(text, unescape=False):
            pass
    return text


def decode_jsonb(text: str, context: CodecContext) -> str:
    return normalise(text)


def normalise(text: str) -> str:
    """jsonb's text: keys by length and then bytes, the last of equal ones, numbers as numeric prints them."""
    if "\\u" not in text:
        try:
            value = _READER.decode(text)
        except (ValueError, RecursionError):
            pass
        else:
            return _print(value)
    return _print(_build(text))


def _build(text: str) -> object:
    """What ``_READER`` makes, for any depth, any escape, and with PostgreSQL's errors."""
    holders: list[_Object | list[object]] = []
    keys: list[str | None] = []
    result: object = None
    for token in events(text, unescape=True):
        if token.kind in ("]", "}"):
            holders.pop()
            keys.pop()
            continue
        if holders and isinstance(holders[-1], _Object) and keys[-1] is None:
            keys[-1] = token.value
            continue
        value = _value(token)
        if not holders:
            result = value
        elif isinstance(holder := holders[-1], list):
            holder.append(value)
        else:
            holder[keys[-1] or ""] = value
            keys[-1] = None
        if isinstance(value, (_Object, list)):
            holders.append(value)
            keys.append(None)
    return result


def _value(token: Token) -> object:
    if token.kind == "{":
        return _Object()
    if token.kind == "[":
        return []
    if token.kind == STRING:
        return token.value
    if token.kind == NUMBER:
        return _Number(numeric.to_text(numeric.decode(token.value, _NO_CONTEXT)))
    return {"true": True, "false": False}.get(token.value)


def _print(value: object) -> str:
    """Without recursion: what is still to be printed waits on a stack."""
    pieces: list[str] = []
    waiting: list[object] = [value]
    size = 0
    while waiting:
        item = waiting.pop()
        if isinstance(item, _Printed):
            piece = item
        elif isinstance(item, _Object):
            _push_object(item, waiting)
            continue
        elif isinstance(item, list):
            _push_list(item, waiting)
            continue
        else:
            piece = _Printed(_scalar(item))
        size += len(piece)
        if size > MAX_JSONB_BYTES:
            raise PgError(
                sqlstate.PROGRAM_LIMIT_EXCEEDED,
                f"total size of jsonb object elements exceeds the maximum of {MAX_JSONB_BYTES} bytes",
            )
        pieces.append(piece)
    return "".join(pieces)


class _Printed(str):
    """Text that is finished."""

    __slots__ = ()


_COMMA: Final = _Printed(", ")


def _push_list(items: list[object], waiting: list[object]) -> None:
    waiting.append(_Printed("]"))
    for index in range(len(items) - 1, -1, -1):
        waiting.append(items[index])
        if index:
            waiting.append(_COMMA)
    waiting.append(_Printed("["))


def _push_object(members: _Object, waiting: list[object]) -> None:
    waiting.append(_Printed("}"))
    keys = sorted(members, key=_key_order, reverse=True)
    for index, key in enumerate(keys, 1):
        waiting.append(members[key])
        waiting.append(_Printed(f"{_quoted(key)}: "))
        if index < len(keys):
            waiting.append(_COMMA)
    waiting.append(_Printed("{"))


def _key_order(key: str) -> tuple[int, bytes]:
    data = key.encode()
    return len(data), data


def _scalar(value: object) -> str:
    if isinstance(value, _Number):
        return numeric.to_text(numeric.decode(value, _NO_CONTEXT))
    if isinstance(value, str):
        return _quoted(value)
    return "null" if value is None else "true" if value else "false"


_NO_CONTEXT: Final = CodecContext()


def decode_jsonb_binary(data: bytes, context: CodecContext) -> str:
    if not data:
        raise too_little_data()
    if data[0] != JSONB_VERSION:
        raise PgError(sqlstate.INTERNAL_ERROR, f"unsupported jsonb version number {data[0]}")
    return normalise(decode_text(data[1:], context.client_encoding))


def encode_jsonb_binary(value: str, context: CodecContext) -> bytes:
    return b"\1" + encode_text(value, context.client_encoding)


def decode_json_binary(data: bytes, context: CodecContext) -> str:
    return decode_json(decode_text(data, context.client_encoding), context)
