"""The floors of the house: a room imports only rooms below it, and only some may know the outside world."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src" / "pgiris"

FLOORS = [
    {"sqlstate", "sqlcode"},
    {"errors"},
    {"types"},
    {"protocol", "rows", "copy", "auth"},
    {"sql"},
    {"residual"},
    {"catalog", "standin"},
    {"config"},
    {"backend"},
    {"session"},
    {"observe", "server"},
    {"demo"},
    {"cli"},
    {"__main__"},
]
FLOOR = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}

PURE = {"errors", "sqlstate", "sqlcode", "types", "protocol", "rows", "copy", "auth", "sql"}
OUTSIDE = {
    "asyncio",
    "socket",
    "ssl",
    "selectors",
    "uvloop",
    "threading",
    "subprocess",
    "iris",
    "apsw",
    "sqlite3",
}

# `rows` encodes what a backend hands out, and `backend` names that shape; both take it from `rows.format`.


def modules() -> list[Path]:
    return sorted(path for path in SOURCE.rglob("*.py") if path != SOURCE / "__init__.py")


def room_of(path: Path) -> str:
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            assert node.module
            if node.module == "pgiris":
                names.update(f"pgiris.{alias.name}" for alias in node.names)
            else:
                names.add(node.module)
    return names


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(SOURCE)))
def test_a_room_imports_only_rooms_below_it(path: Path) -> None:
    room = room_of(path)
    assert room in FLOOR, f"{room} has no floor"
    for name in imported(path):
        parts = name.split(".")
        if parts[0] != "pgiris" or len(parts) == 1 or parts[1] == room or parts[1] == "__version__":
            continue
        assert FLOOR[parts[1]] < FLOOR[room], f"{room} must not import {name}"


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(SOURCE)))
def test_pure_rooms_know_nothing_of_the_outside_world(path: Path) -> None:
    if room_of(path) in PURE:
        outside = {name.split(".")[0] for name in imported(path)} & OUTSIDE
        assert not outside, f"{room_of(path)} must not import {outside}"


def test_only_the_embedded_adaptor_touches_iris() -> None:
    for path in modules():
        if "iris" in {name.split(".")[0] for name in imported(path)}:
            assert path == SOURCE / "backend" / "embedded.py"
