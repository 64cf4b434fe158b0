"""Reads the tables that tools/generate_encodings.py wrote."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

DATA = Path(__file__).parent / "data"


@dataclass(frozen=True)
class Refused:
    """What PostgreSQL answered instead of a value."""

    sqlstate: str
    message: str
    detail: str | None


@dataclass(frozen=True)
class TextRow:
    """A literal of a type under some settings: its text and binary form, or how it is refused."""

    type_name: str
    settings: dict[str, str]
    literal: str
    text: str = ""
    data: bytes = b""
    refused: Refused | None = None


def type_names(kind: str) -> list[str]:
    names = sorted(path.stem for path in (DATA / kind).glob("*.tsv"))
    return [name.replace("quoted_", '"').replace("_array", "[]") for name in names]


def _lines(kind: str, type_name: str) -> list[list[str]]:
    name = type_name.replace("[]", "_array").replace('"', "quoted_")
    text = (DATA / kind / f"{name}.tsv").read_text(encoding="utf-8")
    return [line.split("\t") for line in text.split("\n") if line]


def refusal(cells: list[str]) -> Refused:
    return Refused(cells[0][1:], json.loads(cells[1]), json.loads(cells[2]) or None)


def text_rows(type_name: str) -> list[TextRow]:
    rows = []
    for settings, literal, *answer in _lines("text", type_name):
        if answer[0].startswith("!"):
            row = TextRow(type_name, json.loads(settings), json.loads(literal), refused=refusal(answer))
        else:
            data = bytes.fromhex(answer[1])
            row = TextRow(type_name, json.loads(settings), json.loads(literal), json.loads(answer[0]), data)
        rows.append(row)
    return rows


def binary_rows(type_name: str) -> list[tuple[bytes, str | Refused]]:
    return [
        (
            bytes.fromhex(sample.strip("-")),
            refusal(answer) if answer[0].startswith("!") else json.loads(answer[0]),
        )
        for sample, *answer in _lines("binary", type_name)
    ]


@dataclass(frozen=True)
class TypmodRow:
    """A literal of the type's base cast (`how` is ``cast``) or assigned to the type with its modifier."""

    name: str
    oid: int
    typmod: int
    formatted: str
    how: str
    literal: str
    answer: str | Refused


def typmod_rows() -> list[TypmodRow]:
    rows = []
    for line in (DATA / "typmod.tsv").read_text(encoding="utf-8").splitlines():
        name, oid, typmod, formatted, how, literal, *answer = line.split("\t")
        result = refusal(answer) if answer[0].startswith("!") else json.loads(answer[0])
        rows.append(TypmodRow(name, int(oid), int(typmod), formatted, how, json.loads(literal), result))
    return rows
