"""Runs files of IRIS evidence: ``python -m pgiris.standin.corpus FILE...``

A file holds one JSON object a line: `topic`, `sql`, `params`, `setup` (statements to run first), `outcome` (``ok``,
``error`` or ``unknown``), `sqlcode`, and `result` with `rows` and the flags `approx`, `unordered` and `mode`. Every
line runs in a fresh instance, whose setup must succeed. A line with rows passes when the rows are these, in ODBC mode
or, if it names no mode, in Logical mode; an ``error`` line when it is refused, with its SQLCODE if it has one; an
``unknown`` one unless the stand-in itself fails, which is no refusal either. A line is printed for each topic, and a
last one ``N passed, N failed``; ``--failures`` lists the failures with reasons.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import apsw

from pgiris.errors import IrisError
from pgiris.standin.instance import Instance
from pgiris.standin.process import Process

APPROXIMATE = Decimal("5e-4")
"""The relative difference that `approx` allows: about four significant digits."""


def as_number(value: object) -> Decimal | None:
    """A value as a number, None when it is none."""
    if isinstance(value, (bool, int, float, Decimal)):
        try:
            return Decimal(str(int(value) if isinstance(value, bool) else value))
        except InvalidOperation:
            return None
    return None


def same_cell(expected: object, actual: object, approximate: bool) -> bool:
    """Whether two cells are equal: numbers by value, everything else as it is."""
    a, b = as_number(expected), as_number(actual)
    if a is None or b is None:
        if isinstance(actual, bytes):
            actual = actual.decode("latin-1")
        if isinstance(expected, str) and isinstance(actual, Decimal):
            return expected == str(actual)
        return expected == actual
    if a == b:
        return True
    if approximate:
        exponent = a.as_tuple().exponent
        printed = Decimal(5).scaleb(exponent - 1) if isinstance(exponent, int) and exponent < 0 else Decimal(0)
        return abs(a - b) <= max(APPROXIMATE * abs(a), printed)
    return isinstance(expected, float) and float(b) == expected


def same_rows(expected: list[list[object]], actual: list[tuple[object, ...]], result: dict[str, Any]) -> bool:
    """Whether rows are as stated."""
    approximate = bool(result.get("approx"))
    if len(expected) != len(actual):
        return False

    def same(row: list[object], other: tuple[object, ...]) -> bool:
        return len(row) == len(other) and all(same_cell(x, y, approximate) for x, y in zip(row, other))

    if not result.get("unordered"):
        return all(same(row, other) for row, other in zip(expected, actual))
    left = list(actual)
    for row in expected:
        found = next((other for other in left if same(row, other)), None)
        if found is None:
            return False
        left.remove(found)
    return True


def run(process: Process, line: dict[str, Any]) -> list[tuple[object, ...]]:
    """The rows of a line's statement."""
    return process.execute(line["sql"], line.get("params") or ()).fetchall()


def crashed(error: IrisError) -> bool:
    """Whether an error is a failure of the stand-in itself, and so no refusal: a Python exception shown as -400."""
    cause = error.__cause__
    return isinstance(cause, (TypeError, AttributeError, LookupError, AssertionError, apsw.SQLError))


def judged(line: dict[str, Any], mode: int) -> str | None:
    """What is wrong with a line, None when it behaves as stated."""
    outcome = line["outcome"]
    with Instance(":memory:") as instance:
        process = instance.process()
        process.select_mode = mode
        try:
            for statement in line.get("setup") or ():
                process.execute(statement).fetchall()
        except IrisError as error:
            return f"setup: {error} in {statement}"
        try:
            rows = run(process, line)
        except IrisError as error:
            if crashed(error):
                return f"crashed: {error.__cause__!r}"
            if outcome == "ok":
                return f"refused: {error}"
            expected = line.get("sqlcode")
            if outcome == "error" and expected is not None and expected != error.sqlcode:
                return f"expected SQLCODE {expected}: {error}"
            return None
    if outcome == "error":
        return f"accepted, expected SQLCODE {line.get('sqlcode', '(any)')}"
    result = line.get("result")
    if outcome == "ok" and result is not None and not same_rows(result["rows"], rows, result):
        return f"expected {result['rows']}, got {[list(row) for row in rows]}"
    return None


def failure(line: dict[str, Any]) -> str | None:
    """Judge a line in ODBC mode; one that does not ask for it may also be meant in Logical mode."""
    try:
        problem = judged(line, 1)
        result = line.get("result")
        if problem is not None and result is not None and not result.get("mode") and judged(line, 0) is None:
            return None
    except Exception as error:  # noqa: BLE001 (a crash is a failure of the line, not of the run)
        return f"crashed: {error!r}"
    return problem


def lines(files: Sequence[str]) -> Iterator[dict[str, Any]]:
    """The lines of some files."""
    for file in files:
        for text in Path(file).read_text(encoding="utf-8").splitlines():
            if text.strip():
                yield json.loads(text)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run files, print the tally; 1 when a line failed."""
    parser = argparse.ArgumentParser(prog="python -m pgiris.standin.corpus", description=__doc__)
    parser.add_argument("files", nargs="+", metavar="FILE")
    parser.add_argument("--failures", action="store_true", help="list the failures")
    options = parser.parse_args(arguments)
    passed: Counter[str] = Counter()
    failed: Counter[str] = Counter()
    failures = []
    for line in lines(options.files):
        topic = line.get("topic", "?")
        problem = failure(line)
        (passed if problem is None else failed)[topic] += 1
        if problem is not None:
            failures.append((line, problem))
    if options.failures:
        for line, problem in failures:
            print(f"{line['id']} [{line.get('confidence', '?')}] {line['sql']}\n    {problem}")
    for topic in sorted(passed.keys() | failed.keys()):
        print(f"{topic}: {passed[topic]} passed, {failed[topic]} failed")
    print(f"{sum(passed.values())} passed, {sum(failed.values())} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
