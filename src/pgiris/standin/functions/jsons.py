"""JSON functions: JSON_OBJECT, JSON_ARRAY, IS JSON, JSON_TABLE with its subset of SQL/JSON paths (RSQL_jsontable)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final

from pgiris.errors import IrisError

RAW: Final = "\x00json:"
"""Marks an argument that already is JSON."""
MAX_DEPTH: Final = 200


def json_value(kind: str, value: object) -> str:
    """One value as JSON text: `kind` is ``n`` for a canonical number text, ``j`` for JSON, ``s`` for a string."""
    if value is None:
        return "null"
    if kind == "j":
        return str(value)
    if kind == "n":
        text = str(value)
        return (
            f"{text[: -len(text.lstrip('-'))] or ''}0{text.lstrip('-')}" if text.lstrip("-").startswith(".") else text
        )
    return json.dumps(str(value), ensure_ascii=False)


def json_array(kinds: str, absent: int, *values: object) -> str:
    """JSON_ARRAY."""
    parts = [json_value(k, v) for k, v in zip(kinds, values) if v is not None or not absent]
    return "[" + ",".join(parts) + "]"


def json_object(kinds: str, absent: int, *values: object) -> str:
    """JSON_OBJECT: names and values alternate."""
    pairs = zip(values[::2], kinds, values[1::2])
    parts = [f"{json.dumps(str(n or ''), ensure_ascii=False)}:{json_value(k, v)}" for n, k, v in pairs
             if v is not None or not absent]  # fmt: skip
    return "{" + ",".join(parts) + "}"


def load(text: str) -> object:
    """The value of a JSON text; ValueError when it is none."""
    try:
        return json.loads(text)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def is_json(text: object, kind: str) -> int | None:
    """IS JSON [VALUE | SCALAR | ARRAY | OBJECT] (RSQL_isjson)."""
    if text is None:
        return None
    try:
        value = load(str(text))
    except ValueError:
        return 0
    if kind == "ARRAY":
        return int(isinstance(value, list))
    if kind == "OBJECT":
        return int(isinstance(value, dict))
    scalar = not isinstance(value, (list, dict))
    return int(scalar) if kind == "SCALAR" else int(kind == "VALUE" or not scalar)


def steps_of(path: str) -> list[object]:
    """The steps of a path: a name, ``*``, or a list of index items; ValueError when it is malformed."""
    text = path.strip()
    for mode in ("lax ", "strict "):
        text = text.removeprefix(mode)
    if not text.startswith("$"):
        raise ValueError(path)
    steps: list[object] = []
    at = 1
    while at < len(text):
        if text[at] == ".":
            end = at + 1
            if text[end : end + 1] == '"':
                close = text.index('"', end + 1)
                steps.append(text[end + 1 : close])
                at = close + 1
                continue
            while end < len(text) and text[end] not in ".[":
                end += 1
            if end == at + 1:
                raise ValueError(path)
            steps.append(text[at + 1 : end].strip())
            at = end
        elif text[at] == "[":
            close = text.index("]", at)
            steps.append([item.strip() for item in text[at + 1 : close].split(",")])
            at = close + 1
        elif text[at].isspace():
            at += 1
        else:
            raise ValueError(path)
    return steps


def index_of(text: str, size: int) -> int:
    """An index item's position; ``last`` is the end."""
    if text.startswith("last"):
        rest = text[4:].replace(" ", "")
        return size - 1 + (int(rest) if rest else 0)
    return int(text)


def select_items(value: list[object], wanted: list[str]) -> Iterator[object]:
    """The elements of an array that an index step names."""
    for item in wanted:
        if item == "*":
            yield from value
        elif " to " in item:
            low, _, high = item.partition(" to ")
            yield from value[index_of(low.strip(), len(value)) : index_of(high.strip(), len(value)) + 1]
        else:
            position = index_of(item, len(value))
            if 0 <= position < len(value):
                yield value[position]


def evaluate(value: object, steps: list[object]) -> Iterator[object]:
    """The values that a path selects."""
    if not steps:
        yield value
        return
    step, rest = steps[0], steps[1:]
    if isinstance(step, list):
        for element in select_items(value if isinstance(value, list) else [value], step):
            yield from evaluate(element, rest)
    elif isinstance(value, list):
        for element in value:
            yield from evaluate(element, steps)
    elif isinstance(value, dict):
        if step == "*":
            for element in value.values():
                yield from evaluate(element, rest)
        elif step in value:
            yield from evaluate(value[step], rest)


def scalar(value: object) -> object:
    """A JSON value as a column's text or number."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, dict)):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return value


def json_table(text: str | None, path: str, columns: str) -> str | None:
    """Rows of JSON_TABLE as a JSON array of arrays; `columns` is a JSON array of paths. Bad JSON gives no rows."""
    if text is None:
        return None
    try:
        document = load(text)
        steps, paths = steps_of(path), [steps_of(column) for column in json.loads(columns)]
    except (ValueError, IndexError) as error:
        if isinstance(error, json.JSONDecodeError):
            return None
        raise IrisError(-400, f"Invalid JSON path '{path}'") from error
    rows = []
    for found in evaluate(document, steps):
        for row in found if isinstance(found, list) else [found]:
            rows.append([scalar(next(evaluate(row, column), None)) for column in paths])
    return json.dumps(rows)
