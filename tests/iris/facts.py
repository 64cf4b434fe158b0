"""What pgiris relies on and nobody has tried on IRIS yet, as data; `docs/iris-verification.md` says what it decides.

A fact is a list of steps: (IRIS SQL, parameters, what is expected). Expected is rows, a negative SQLCODE, or None
for a statement that only has to succeed.
"""

from __future__ import annotations

from typing import Any, Final

Step = tuple[str, tuple[object, ...], list[tuple[Any, ...]] | int | None]

FACTS: Final[dict[str, list[Step]]] = {
    "an empty string and NULL are told apart": [
        ("CREATE TABLE PgIrisFact.E (k INTEGER PRIMARY KEY, v VARCHAR(65535) COLLATE EXACT)", (), None),
        ("INSERT INTO PgIrisFact.E (k, v) VALUES (?, ?)", (1, ""), None),
        ("INSERT INTO PgIrisFact.E (k, v) VALUES (?, ?)", (2, None), None),
        ("SELECT v FROM PgIrisFact.E ORDER BY k", (), [("",), (None,)]),
        ("SELECT k FROM PgIrisFact.E WHERE v IS NULL", (), [(2,)]),
    ],
    "EXACT columns compare with case and trailing blanks": [
        ("CREATE TABLE PgIrisFact.C (v VARCHAR(20) COLLATE EXACT, CONSTRAINT u UNIQUE (v))", (), None),
        ("INSERT INTO PgIrisFact.C (v) VALUES ('a')", (), None),
        ("INSERT INTO PgIrisFact.C (v) VALUES ('A')", (), None),
        ("INSERT INTO PgIrisFact.C (v) VALUES ('a')", (), -119),
        ("SELECT v FROM PgIrisFact.C WHERE v = 'A'", (), [("A",)]),
    ],
    "dates, times and timestamps go in and come out as ODBC text": [
        ("CREATE TABLE PgIrisFact.D (d DATE, t TIME(6), s TIMESTAMP)", (), None),
        (
            "INSERT INTO PgIrisFact.D (d, t, s) VALUES (?, ?, ?)",
            ("2024-02-29", "23:59:59.5", "1999-12-31 23:59:59.500000"),
            None,
        ),
        ("SELECT d FROM PgIrisFact.D WHERE d = ?", ("2024-02-29",), [("2024-02-29",)]),
        ("SELECT COUNT(*) FROM PgIrisFact.D WHERE s = ?", ("1999-12-31 23:59:59.5",), [(1,)]),
        ("SELECT COUNT(*) FROM PgIrisFact.D WHERE s < ?", ("1999-12-31 23:59:59.500001",), [(1,)]),
    ],
    "an identity column takes explicit values when the class allows it": [
        (
            "CREATE TABLE PgIrisFact.I (id BIGINT IDENTITY, v INTEGER) WITH %CLASSPARAMETER ALLOWIDENTITYINSERT = 1",
            (),
            None,
        ),
        ("INSERT INTO PgIrisFact.I (v) VALUES (10)", (), None),
        ("INSERT INTO PgIrisFact.I (id, v) VALUES (7, 20)", (), None),
        ("SELECT id, v FROM PgIrisFact.I ORDER BY id", (), [(1, 10), (7, 20)]),
    ],
    "a failed statement leaves the transaction open, and ROLLBACK TO SAVEPOINT deletes the savepoint": [
        ("CREATE TABLE PgIrisFact.T (k INTEGER PRIMARY KEY)", (), None),
        ("START TRANSACTION", (), None),
        ("INSERT INTO PgIrisFact.T (k) VALUES (1)", (), None),
        ("INSERT INTO PgIrisFact.T (k) VALUES (1)", (), -119),
        ("SAVEPOINT one", (), None),
        ("INSERT INTO PgIrisFact.T (k) VALUES (2)", (), None),
        ("ROLLBACK TO SAVEPOINT one", (), None),
        ("SAVEPOINT one", (), None),
        ("COMMIT", (), None),
        ("SELECT k FROM PgIrisFact.T", (), [(1,)]),
    ],
    "vectors are bound as text, and distances computed": [
        ("CREATE TABLE PgIrisFact.V (k INTEGER PRIMARY KEY, v VECTOR(FLOAT, 3))", (), None),
        ("INSERT INTO PgIrisFact.V (k, v) VALUES (1, TO_VECTOR(?, FLOAT))", ("1,0,0",), None),
        ("INSERT INTO PgIrisFact.V (k, v) VALUES (2, TO_VECTOR(?, FLOAT))", ("0,1,0",), None),
        (
            "SELECT TOP 1 k FROM PgIrisFact.V ORDER BY VECTOR_COSINE(v, TO_VECTOR(?, FLOAT)) DESC",
            ("0,2,0",),
            [(2,)],
        ),
        ("SELECT VECTOR_DOT_PRODUCT(v, TO_VECTOR(?, FLOAT)) FROM PgIrisFact.V WHERE k = 1", ("3,4,5",), [(3,)]),
    ],
    "LIMIT and OFFSET take parameters": [
        ("CREATE TABLE PgIrisFact.L (k INTEGER PRIMARY KEY)", (), None),
        ("INSERT INTO PgIrisFact.L (k) VALUES (1)", (), None),
        ("INSERT INTO PgIrisFact.L (k) VALUES (2)", (), None),
        ("INSERT INTO PgIrisFact.L (k) VALUES (3)", (), None),
        ("SELECT k FROM PgIrisFact.L ORDER BY k LIMIT ? OFFSET ?", (1, 1), [(2,)]),
        ("SELECT TOP ? k FROM PgIrisFact.L ORDER BY k DESC", (2,), [(3,), (2,)]),
    ],
    "division by zero fails with -400": [("SELECT 1 / 0", (), -400)],
    "NULLs sort first": [
        ("CREATE TABLE PgIrisFact.N (k INTEGER)", (), None),
        ("INSERT INTO PgIrisFact.N (k) VALUES (1)", (), None),
        ("INSERT INTO PgIrisFact.N (k) VALUES (NULL)", (), None),
        ("SELECT k FROM PgIrisFact.N ORDER BY k", (), [(None,), (1,)]),
    ],
    "numbers of 18 decimals are kept exactly": [
        ("CREATE TABLE PgIrisFact.X (n NUMERIC(36, 18))", (), None),
        ("INSERT INTO PgIrisFact.X (n) VALUES (?)", ("0.123456789012345678",), None),
        ("SELECT COUNT(*) FROM PgIrisFact.X WHERE n = 0.123456789012345678", (), [(1,)]),
    ],
}
