"""Values that fit nowhere end a statement with an SQLCODE of IRIS's, never with a failure of the stand-in."""

from __future__ import annotations

import pytest

from pgiris.errors import IrisError
from pgiris.standin import Process

HUGE = "9" * 23


@pytest.mark.parametrize(
    ("statement", "params", "code"),
    [
        (f"SELECT SUBSTR('ABC', 1, {HUGE})", (), 0),
        (f"SELECT STUFF('ABC', 1, {HUGE}, 'x')", (), 0),
        ("SELECT GETUTCDATE(CAST(NULL AS VARCHAR(5)))", (), 0),
        ("SELECT VECTOR_COSINE(TO_VECTOR('1'), TO_VECTOR(''))", (), -257),
        ("SELECT TO_VECTOR('1,2', DOUBLE, 'many')", (), -80),
        (f"INSERT INTO Lab.Count (K) VALUES ('{HUGE}')", (), -104),
        ("INSERT INTO Lab.Name (A) SELECT * FROM (SELECT ?)", (1e300,), 0),
    ],
)
def test_an_odd_value_never_fails_inside(
    process: Process, statement: str, params: tuple[object, ...], code: int
) -> None:
    process.execute("CREATE TABLE Lab.Count (K SERIAL)")
    process.execute("CREATE TABLE Lab.Name (A VARCHAR(30))")
    found = 0
    try:
        process.execute(statement, params).fetchall()
    except IrisError as error:
        found = error.sqlcode
        assert not isinstance(error.__cause__, (TypeError, LookupError, AttributeError))
    assert found in (code, -400 if code else 0)
