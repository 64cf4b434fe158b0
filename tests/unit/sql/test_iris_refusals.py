"""What is not IRIS SQL is refused with the SQLCODE that IRIS documents (RERR_sql)."""

from __future__ import annotations

import pytest

from pgiris.errors import IrisError
from pgiris.sql.iris import parse

LEXICAL = [
    (-25, "SELECT 1;"),
    (-3, "SELECT 'abc"),
    (-3, 'SELECT "abc'),
    (-1, 'SELECT ""'),
    (-1, 'SELECT "a.b" FROM t'),
    (-1, f'SELECT "{"a" * 129}"'),
    (-1, "SELECT /* 1"),
    (-1, "SELECT 'a\x00b'"),
    (-2, "SELECT 1E"),
    (-7, "SELECT 1E999"),
    (-28, "SELECT x::int FROM t"),
    (-28, "SELECT '42'::int"),
    (-12, "SELECT $1"),
    (-12, "SELECT $ZDATETIME($HOROLOG, 3)"),
    (-372, "SELECT $$f(1)"),
    (-41, "SELECT $$body$$"),
    (-153, "SELECT 1 /*#OPTIONS {nonsense} */"),
    (-12, "INSERT INTO t (a) VALUES (1,--5)"),
    (-1, "SELECT a AS level FROM t"),
    (-1, "SELECT COUNT(*) AS count FROM t"),
    (-1, "SELECT * FROM 'a'.'b'"),
    (-30, "SELECT * FROM a.b.c"),
]

CONDITIONS_AND_SCALARS = [
    (-12, "SELECT TRUE"),
    (-25, "SELECT a > 1 FROM t"),
    (-1, "SELECT (a = 1) FROM t"),
    (-1, "SELECT (a AND b = 1) FROM t"),
    (-12, "SELECT NOT (a = 1) FROM t"),
    (-11, "SELECT EXISTS (SELECT 1)"),
    (-1, "SELECT COUNT(a > 1) FROM t"),
    (-25, "SELECT a FROM t ORDER BY a IS NULL"),
    (-14, "SELECT 1 WHERE a"),
    (-14, "SELECT 1 WHERE NOT a"),
    (-14, "SELECT 1 WHERE 0 OR 1"),
    (-14, "SELECT 1 WHERE (a)"),
    (-14, "SELECT 1 WHERE a ILIKE 'x'"),
    (-14, "SELECT 1 WHERE a ~ 'x'"),
    (-1, "SELECT 1 WHERE (a, b) = (1, 2)"),
    (-1, "SELECT 1 WHERE (a, b) IN ((1, 2))"),
    (-1, "SELECT 1 WHERE a IS DISTINCT FROM 1"),
    (-1, "SELECT 1 WHERE a = ANY(?)"),
    (-13, "SELECT 1 WHERE (SELECT 1) IN (1, 2)"),
    (-10, "SELECT 1 WHERE a IN (SELECT b, c FROM t)"),
    (-10, "SELECT (SELECT b, c FROM t)"),
    (-63, "SELECT 1 WHERE a LIKE 'x' ESCAPE '##'"),
    (-16, "SELECT 1 WHERE FOR ALL (t) (a = 1)"),
    (-25, "SELECT 7 % 3"),
    (-25, "SELECT 5 ^ 2"),
    (-12, "SELECT INTERVAL '1 day'"),
    (-12, "SELECT EXTRACT(YEAR FROM a) FROM t"),
    (-25, "SELECT a AT TIME ZONE 'UTC' FROM t"),
    (-25, "SELECT ARRAY[1, 2]"),
    (-1, "SELECT j->>'a' FROM t"),
    (-376, "SELECT CAST(a AS TEXT) FROM t"),
    (-359, "SELECT version()"),
    (-359, "SELECT VECTOR_L2(a, b) FROM t"),
    (-359, "SELECT 1 WHERE %CONTAINS(a, 'x')"),
    (-40, "SELECT {fn NOSUCH(1)}"),
    (-380, "SELECT $JUSTIFY(5)"),
    (-381, "SELECT $TRANSLATE('a', 'b', 'c', 'd')"),
    (-8, "SELECT DATEADD('fortnight', 1, a) FROM t"),
    (-1, "SELECT TO_VECTOR('1', 'DOUBLE')"),
    (-1, "SELECT TO_VECTOR('1', ?)"),
    (-12, "SELECT %ROWCOUNT"),
    (-75, "SELECT TRIM(FROM a) FROM t"),
]

QUERIES = [
    (-386, "SELECT TOP 5 a FROM t LIMIT 5"),
    (-386, "SELECT a FROM t LIMIT 5 FETCH FIRST 5 ROWS ONLY"),
    (-386, "SELECT TOP 5 a FROM t FETCH FIRST 5"),
    (-1, "SELECT TOP COUNT(*) a FROM t"),
    (-12, "SELECT TOP 3 DISTINCT a FROM t"),
    (-12, "SELECT DISTINCT ON (a) b FROM t"),
    (-25, "SELECT a FROM t LIMIT 1+1"),
    (-25, "SELECT a FROM t FETCH FIRST 5 ROWS WITH TIES"),
    (-25, "SELECT a FROM t ORDER BY a NULLS LAST"),
    (-25, "SELECT a FROM t FOR UPDATE"),
    (-25, "SELECT COUNT(*) FILTER (WHERE a = 1) FROM t"),
    (-1, "SELECT COUNT(DISTINCT a, b) FROM t"),
    (-1, "SELECT LIST(a ORDER BY b) FROM t"),
    (-1, "SELECT SUM(a) OVER (ORDER BY b RANGE UNBOUNDED PRECEDING) FROM t"),
    (-25, "SELECT SUM(a) OVER w FROM t WINDOW w AS (ORDER BY a)"),
    (-1, "SELECT ROW_NUMBER() FROM t"),
    (-367, "SELECT a FROM t WHERE ROW_NUMBER() OVER (ORDER BY a) = 1"),
    (-367, "SELECT a FROM t GROUP BY a HAVING RANK() OVER (ORDER BY a) = 1"),
    (-19, "SELECT a FROM t WHERE COUNT(*) = 1"),
    (-19, "SELECT a FROM t GROUP BY COUNT(*)"),
    (-19, "SELECT a FROM t JOIN u ON SUM(t.a) = u.a"),
    (-73, "SELECT a FROM t ORDER BY COUNT(*)"),
    (-5, "SELECT a FROM t ORDER BY 2"),
    (-22, "SELECT * FROM t ORDER BY 1"),
    (-24, "SELECT a AS x, b AS x FROM t ORDER BY x"),
    (-6, "SELECT a FROM t UNION SELECT b FROM u ORDER BY c"),
    (-9, "SELECT a FROM t UNION SELECT a, b FROM t"),
    (-1, "SELECT a FROM t INTERSECT ALL SELECT a FROM t"),
    (-1, "SELECT * FROM (SELECT a FROM t ORDER BY a)"),
    (-1, "SELECT * FROM (SELECT a FROM t ORDER BY a LIMIT 5)"),
    (-20, "SELECT 1 FROM t AS s, u AS S"),
    (-23, "SELECT 1 FROM t1, t2 JOIN t3 ON t1.a = t3.a"),
    (-1, "SELECT 1 FROM a JOIN b ON a.x = b.x JOIN c USING (x)"),
    (-1, "SELECT 1 FROM a FULL JOIN b USING (x)"),
    (-1, "SELECT 1 FROM (SELECT x FROM a) y NATURAL JOIN b"),
    (-1, "SELECT * FROM (VALUES (1, 'a')) AS t(x, y)"),
    (-25, "SELECT * FROM t AS x(a, b)"),
    (-1, "WITH RECURSIVE r AS (SELECT 1) SELECT * FROM r"),
    (-1, "WITH r(a) AS (SELECT 1) SELECT * FROM r"),
    (-382, "WITH r AS (SELECT 1), R AS (SELECT 2) SELECT * FROM r"),
    (-383, "WITH r AS (SELECT 1) DELETE FROM t"),
    (-422, "SELECT a INTO :x FROM t"),
    (-26, "SELECT *"),
    (-67, "SELECT 1 FROM a JOIN b ON a.x->y = b.x"),
    (-77, "SELECT 1 FROM a JOIN b USING (b.x)"),
]

CHANGES = [
    (-25, "INSERT INTO t VALUES (1), (2)"),
    (-25, "INSERT INTO t VALUES (1) RETURNING a"),
    (-25, "INSERT INTO t VALUES (1) ON CONFLICT DO NOTHING"),
    (-1, "INSERT OR IGNORE INTO t (a) VALUES (1)"),
    (-144, "INSERT INTO t (a) VALUES ((SELECT 1))"),
    (-62, "INSERT INTO t (a, b) VALUES (1)"),
    (-116, "INSERT INTO t (a) VALUES (1, 2)"),
    (-64, "INSERT INTO t (a) SELECT b, c FROM u"),
    (-12, "INSERT INTO t (a) VALUES (DEFAULT)"),
    (-377, "UPDATE t SET a = 1, A = 2"),
    (-1, "UPDATE t SET (a, b) = (1, 2)"),
    (-1, "UPDATE t SET t.a = 1"),
    (-25, "DELETE FROM t USING u WHERE t.a = u.a"),
    (-25, "TRUNCATE TABLE a, b"),
    (-51, "MERGE INTO t USING s ON a = b WHEN MATCHED THEN DELETE"),
    (-51, "VALUES (1)"),
]

DEFINITIONS = [
    (-1, "CREATE TABLE t (a INT CHECK (a > 0))"),
    (-1, "CREATE TABLE t (a INT, CONSTRAINT c CHECK (a > 0))"),
    (-1, "CREATE TABLE t (a INT REFERENCES b (c) ON DELETE RESTRICT)"),
    (-1, "CREATE TABLE t (a INT UNIQUE DEFERRABLE)"),
    (-1, "CREATE TABLE t (a INT GENERATED ALWAYS AS IDENTITY)"),
    (-1, "CREATE TABLE t (a INT DEFAULT 1 + 1)"),
    (-86, "CREATE TABLE t (a)"),
    (-86, "CREATE TABLE t (a INT, UNIQUE (a, b))"),
    (-307, "CREATE TABLE t (a INT PRIMARY KEY, PRIMARY KEY (a))"),
    (-308, "CREATE TABLE t (a IDENTITY, b IDENTITY)"),
    (-306, "CREATE TABLE t (a INT, A INT)"),
    (-82, "CREATE TABLE t (%DESCRIPTION 'x', %DESCRIPTION 'y', a INT)"),
    (-79, "CREATE TABLE t (a INT, FOREIGN KEY (a) REFERENCES u (b, c))"),
    (-148, "CREATE TABLE t AS SELECT a FROM u WHERE b = ?"),
    (-1, "CREATE TEMPORARY TABLE t (a INT)"),
    (-1, "CREATE INDEX IF NOT EXISTS i ON t (a)"),
    (-25, "CREATE INDEX i ON t (a) WHERE a > 1"),
    (-1, "CREATE INDEX i ON t (LOWER(a))"),
    (-25, "CREATE INDEX i ON t (v) USING HNSW"),
    (-400, "CREATE INDEX i ON t (v) AS HNSW(efSearch=100)"),
    (-143, "CREATE VIEW v AS SELECT a FROM t ORDER BY a"),
    (-148, "CREATE VIEW v AS SELECT a FROM t WHERE b = :x"),
    (-97, "CREATE VIEW v (a, a) AS SELECT b, c FROM t"),
    (-97, "CREATE VIEW v AS SELECT a, b AS A FROM t"),
    (-327, "CREATE TABLE t (a INT) WITH STORAGETYPE = ROW, STORAGETYPE = ROW"),
    (-47, "CREATE PROCEDURE p() NONSENSE BEGIN DELETE FROM t; END"),
    (-44, "CREATE PROCEDURE p() RESULT SETS RESULT SETS BEGIN DELETE FROM t; END"),
    (-142, "CREATE VIEW v (a, b) AS SELECT c FROM t"),
    (-1, "CREATE SEQUENCE s"),
    (-1, "CREATE MATERIALIZED VIEW v AS SELECT 1"),
    (-51, "COMMENT ON TABLE t IS 'x'"),
    (-1, "ALTER TABLE t RENAME s.u"),
    (-1, "ALTER TABLE t RENAME TO u"),
    (-25, "ALTER TABLE t RENAME COLUMN a TO b"),
    (-25, "DROP TABLE a, b"),
    (-50, "CREATE TRIGGER r AFTER UPDATE OF a ON t LANGUAGE OBJECTSCRIPT { }"),
    (-58, "CREATE TRIGGER r AFTER UPDATE OF a, a ON t DELETE FROM l"),
    (-48, "CREATE TRIGGER r AFTER INSERT ON t REFERENCING OLD AS o DELETE FROM l"),
]

SESSIONS = [
    (-51, "BEGIN"),
    (-51, "END"),
    (-51, "SHOW x"),
    (-51, "RELEASE SAVEPOINT s"),
    (-51, "DEALLOCATE ALL"),
    (-51, ""),
    (-1, "SET x = 1"),
    (-92, "START TRANSACTION ISOLATION LEVEL READ UNCOMMITTED, READ WRITE"),
    (-91, "START TRANSACTION READ ONLY, READ ONLY"),
    (-96, "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE"),
    (-25, "SET TRANSACTION %COMMITMODE EXPLICIT ISOLATION LEVEL READ COMMITTED"),
    (-301, "SAVEPOINT"),
    (-301, "ROLLBACK TO SAVEPOINT"),
    (-302, "SAVEPOINT SYSpoint"),
    (-1, "ROLLBACK TO s"),
    (-1, "GRANT UPDATE (a), UPDATE (b) ON t TO r"),
    (-60, "GRANT ON t TO r"),
    (-1, "GRANT USAGE ON SCHEMA s TO r"),
    (-474, "EXPLAIN INSERT INTO t VALUES (1)"),
    (-481, "EXPLAIN DROP TABLE t"),
    (-51, "EXPLAIN ANALYZE SELECT 1"),
    (-1, "TUNE TABLE t %SAMPLE_PERCENT '130%'"),
    (-1, "CREATE FOREIGN SERVER s FOREIGN DATA WRAPPER CSV OPTIONS (dir '/data')"),
    (-1, "CALL p"),
]


@pytest.mark.parametrize(
    ("sqlcode", "sql"),
    LEXICAL + CONDITIONS_AND_SCALARS + QUERIES + CHANGES + DEFINITIONS + SESSIONS,
    ids=lambda value: str(value)[:50].replace("\x00", "NUL"),
)
def test_a_statement_is_refused_with_its_sqlcode(sqlcode: int, sql: str) -> None:
    with pytest.raises(IrisError) as refusal:
        parse(sql)
    assert refusal.value.sqlcode == sqlcode


def test_the_message_says_what_was_expected_and_what_was_found() -> None:
    with pytest.raises(IrisError, match=r"IDENTIFIER expected, reserved word \(FOUND\) found"):
        parse("SELECT a AS FOUND FROM t")


def test_an_unqualified_function_exists_when_somebody_says_so() -> None:
    parse("SELECT hash('x')", lambda schema, name: schema is None and name.upper() == "HASH")
    with pytest.raises(IrisError, match=r"'SQLUSER\.HASHED' does not exist"):
        parse("SELECT hashed('x')", lambda schema, name: False)


def test_a_qualified_function_is_taken_on_trust_without_knowledge_only() -> None:
    parse("SELECT Lab.f(1)")
    with pytest.raises(IrisError) as refusal:
        parse("SELECT Lab.f(1)", lambda schema, name: False)
    assert refusal.value.sqlcode == -359


def test_on_may_name_tables_of_the_query_around_it() -> None:
    parse("SELECT a FROM t WHERE EXISTS (SELECT 1 FROM u JOIN v ON u.x = v.x AND v.y = t.y)")


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT " + "(" * 5000 + "1" + ")" * 5000,
        "SELECT 1 WHERE " + "NOT " * 5000 + "1=1",
        "SELECT " + "- " * 5000 + "1",
        "SELECT " + "ABS(" * 5000 + "1" + ")" * 5000,
        "SELECT " + "%EXACT " * 5000 + "a",
        "SELECT " + "CASE WHEN 1=1 THEN " * 5000 + "1" + " END" * 5000,
        "SELECT " + "(SELECT " * 5000 + "1" + ")" * 5000,
        "SELECT 1 FROM " + "(SELECT 1 FROM " * 5000 + "t" + ")" * 5000,
        "SELECT 1 WHERE " + "EXISTS (SELECT 1 WHERE " * 5000 + "1=1" + ")" * 5000,
        "SELECT " + "+".join(["1"] * 5000),
        " UNION ".join(["SELECT 1"] * 5000),
        "SELECT 1 FROM " + ",".join(f"t{number}" for number in range(5000)),
        "CREATE TABLE t (a INT DEFAULT " + "(" * 5000 + "1" + ")" * 5000 + ")",
    ],
    ids=lambda sql: sql[:40],
)
def test_depth_ends_in_an_error_of_iris(sql: str) -> None:
    with pytest.raises(IrisError) as refusal:
        parse(sql)
    assert refusal.value.sqlcode == -400


def test_a_statement_of_many_megabytes_is_refused_unread() -> None:
    with pytest.raises(IrisError) as refusal:
        parse("SELECT '" + "x" * (8 * 1024 * 1024) + "'")
    assert refusal.value.sqlcode == -400
