"""Rewrites the generated part of docs/standin.md, what the stand-in covers, from its tables.

    python tools/standin_docs.py

Only the lines between the marker comments change.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from dataclasses import fields
from pathlib import Path

from pgiris.standin import commands, definitions, systems
from pgiris.standin.compiler import aggregates, calls, special
from pgiris.standin.functions.table import SCALARS
from pgiris.standin.iristypes import DDL_TYPES
from pgiris.standin.settings import InstanceSettings

PAGE = Path(__file__).resolve().parents[1] / "docs" / "standin.md"
BEGIN = "<!-- generated: begin (tools/standin_docs.py) -->\n"
END = "<!-- generated: end -->\n"


def listed(title: str, names: Iterable[str]) -> str:
    """A paragraph with a sorted list of names."""
    text = ", ".join(f"`{name}`" for name in sorted(set(names)))
    return f"**{title}.** " + "\n".join(textwrap.wrap(text, 118, break_on_hyphens=False, break_long_words=False)) + "\n"


def generated() -> str:
    """The generated part of the page."""
    verbs = {"Create": "CREATE", "Alter": "ALTER", "Drop": "DROP"}
    made = [f"{verbs[node.__name__]} {kind}" for node, kind in definitions.RULES]
    parts = [
        listed("Definitions", made),
        listed("Other commands", [*commands.COMMANDS, "CALL", "%CHECKPRIV", "EXPLAIN", "TRUNCATE TABLE", "USE"]),
        listed("Accepted without effect", set(commands.ACCEPTED) - set(commands.COMMANDS)),
        listed("Data types", DDL_TYPES),
        listed("Scalar functions", [*SCALARS, *calls.RULES, *special.RULES]),
        listed("Window functions", aggregates.RANKING | aggregates.VALUES),
        listed("System tables", (f"{r.schema}.{r.name}" for r in systems.RELATIONS.values())),
        settings(),
    ]
    return "\n" + "\n".join(parts) + "\n"


def settings() -> str:
    """The settings of an instance, with their defaults."""
    rows = [f"| `{f.name}` | `{f.default!r}` |" for f in fields(InstanceSettings)]
    return "\n".join(["**Settings** (`InstanceSettings`).", "", "| setting | default |", "|---|---|", *rows]) + "\n"


def page(text: str) -> str:
    """The page with its generated part made again."""
    before, rest = text.split(BEGIN)
    return before + BEGIN + generated() + END + rest.split(END)[1]


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
