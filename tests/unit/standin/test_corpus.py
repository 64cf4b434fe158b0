"""The runner of evidence: what it calls a failure."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pgiris.standin import corpus


def line(sql: str, outcome: str = "ok", **more: object) -> dict[str, Any]:
    return {"id": "x-1", "topic": "t", "sql": sql, "outcome": outcome, **more}


@pytest.mark.parametrize(
    "good",
    [
        line("SELECT 1", result={"rows": [[1]]}),
        line("SELECT 2.0/3", result={"rows": [[0.6667]], "approx": True}),
        line("SELECT a FROM t", setup=["CREATE TABLE t (a INTEGER)"], result={"rows": []}),
        line("SELECT FROM", "error"),
        line("SELECT a FROM nowhere", "error", sqlcode=-30),
        line("SELECT ?", params=["x"], result={"rows": [["x"]]}),
        line("SELECT TO_DATE('2020-01-01','YYYY-MM-DD')", result={"rows": [[65379]]}),
        line("SELECT TO_DATE('2020-01-01','YYYY-MM-DD')", result={"rows": [["2020-01-01"]], "mode": "odbc"}),
        line("SELECT FROM", "unknown"),
    ],
)
def test_a_line_that_behaves_as_stated_passes(good: dict[str, Any]) -> None:
    assert corpus.failure(good) is None


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (line("SELECT 1", result={"rows": [[2]]}), "expected [[2]]"),
        (line("SELECT 1", result={"rows": [["1"]]}), "expected"),
        (line("SELECT 1", result={"rows": [[1], [1]]}), "expected"),
        (line("SELECT 0.001", result={"rows": [[0.0014]], "approx": True}), "expected"),
        (line("SELECT FROM"), "refused"),
        (line("SELECT 1", "error"), "accepted"),
        (line("SELECT a FROM nowhere", "error", sqlcode=-1), "expected SQLCODE -1"),
        (line("SELECT 1", setup=["CREATE TABLE"]), "setup"),
        (line("SELECT a FROM nowhere", "error", sqlcode=-30, setup=["CREATE TABLE"]), "setup"),
        (line("SELECT TO_DATE('2020-01-01','YYYY-MM-DD')", result={"rows": [[65379]], "mode": "odbc"}), "expected"),
    ],
)
def test_a_line_that_does_not_fails_and_says_why(bad: dict[str, Any], why: str) -> None:
    assert why in (corpus.failure(bad) or "")


def test_a_failure_of_the_stand_in_is_no_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise TypeError("broken")

    monkeypatch.setattr("pgiris.standin.prepared.compile_tree", broken)
    for outcome in ("ok", "error", "unknown"):
        assert "crashed" in (corpus.failure(line("SELECT 1", outcome)) or "")


def test_the_last_line_counts_and_failures_are_listed_with_reasons(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "evidence.jsonl"
    file.write_text(json.dumps(line("SELECT 1")) + "\n\n" + json.dumps(line("SELECT FROM")) + "\n", encoding="utf-8")
    assert corpus.main([str(file), "--failures"]) == 1
    printed = capsys.readouterr().out.splitlines()
    assert printed[-1] == "1 passed, 1 failed"
    assert printed[0].startswith("x-1")
    assert "refused" in printed[1]
