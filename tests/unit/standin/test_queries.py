"""SELECT by the rules of sql.md 1 to 4."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from pgiris.standin import Process

Rows = list[tuple[object, ...]]
Run = Callable[..., Rows]
Fail = Callable[..., int]


@pytest.fixture(autouse=True)
def staff(process: Process) -> None:
    process.execute(
        "CREATE TABLE staff (id INTEGER PRIMARY KEY, name VARCHAR(30), dept VARCHAR(10),"
        " exact VARCHAR(10) COLLATE EXACT,"
        " pay NUMERIC(9,2), hired DATE, rate DOUBLE, note LONGVARCHAR)"
    )
    people = [
        (1, "Ada", "Ops", "x", Decimal("100.50"), "2020-01-15", 0.5),
        (2, "bob", "ops", "X", Decimal("99.50"), "2021-02-28", 1.5),
        (3, "Cy", "Dev", "x ", None, None, None),
    ]
    for person in people:
        process.execute("INSERT INTO staff (id,name,dept,exact,pay,hired,rate) VALUES (?,?,?,?,?,?,?)", person)


def test_integer_division_is_decimal(rows: Run) -> None:
    assert rows("SELECT 7/2, 7\\2, 7 # 2, -7 # 2, MOD(-7,2), 2*3, 1+1") == [
        (Decimal("3.5"), 3, 1, 1, Decimal(-1), Decimal(6), 2)
    ]


def test_text_counts_as_a_number_in_arithmetic(rows: Run) -> None:
    assert rows("SELECT '3 apples' + 2, '' + 1") == [(5, 1)]


def test_default_columns_compare_without_case_and_trailing_blanks(rows: Run) -> None:
    assert rows("SELECT id FROM staff WHERE name = 'ADA  '") == [(1,)]
    assert rows("SELECT id FROM staff WHERE name LIKE 'B%'") == [(2,)]


def test_exact_columns_compare_byte_by_byte(rows: Run) -> None:
    assert rows("SELECT id FROM staff WHERE exact = 'x'") == [(1,)]


def test_functions_over_a_column_have_exact_collation(rows: Run) -> None:
    assert rows("SELECT id FROM staff WHERE SUBSTRING(name,1,1) = 'a'") == []
    assert rows("SELECT id FROM staff WHERE %EXACT(name) = 'bob'") == [(2,)]


def test_groups_of_a_default_column_are_shown_in_upper_case(rows: Run) -> None:
    assert rows("SELECT dept, COUNT(*) FROM staff GROUP BY dept ORDER BY 1") == [("DEV", 1), ("OPS", 2)]
    assert rows("SELECT DISTINCT dept FROM staff ORDER BY dept") == [("DEV",), ("OPS",)]
    assert rows("SELECT %EXACT(dept), COUNT(*) FROM staff GROUP BY %EXACT(dept) ORDER BY 1") == [
        ("Dev", 1),
        ("Ops", 1),
        ("ops", 1),
    ]


def test_null_sorts_lowest(rows: Run) -> None:
    assert [r[0] for r in rows("SELECT id FROM staff ORDER BY pay")] == [3, 2, 1]
    assert [r[0] for r in rows("SELECT id FROM staff ORDER BY pay DESC")] == [1, 2, 3]


def test_an_aggregate_beside_a_plain_column_repeats(rows: Run) -> None:
    assert rows("SELECT id, COUNT(*) FROM staff ORDER BY id") == [(1, 3), (2, 3), (3, 3)]
    assert rows("SELECT id, SUM(pay) FROM staff WHERE id > 5") == []


def test_having_without_group_filters_rows(rows: Run) -> None:
    assert rows("SELECT id FROM staff HAVING pay > AVG(pay)") == [(1,)]


def test_a_number_in_group_by_is_one_group(rows: Run) -> None:
    assert rows("SELECT COUNT(*) FROM staff GROUP BY 1") == [(3,)]


def test_numeric_sums_and_averages_are_exact(rows: Run) -> None:
    assert rows("SELECT SUM(pay), AVG(pay), SUM(id), AVG(id) FROM staff") == [
        (Decimal("200.00"), Decimal("100"), 6, Decimal(2))
    ]


def test_dates_compare_with_text_in_odbc_mode(rows: Run, sqlcode: Fail) -> None:
    assert rows("SELECT id, hired FROM staff WHERE hired > '2020-06-01'") == [(2, "2021-02-28")]
    assert rows("SELECT id FROM staff WHERE hired = ?", "2020-01-15") == [(1,)]
    assert sqlcode("SELECT id FROM staff WHERE hired = 'nodate'") == -146


def test_logical_mode_shows_day_numbers(process: Process) -> None:
    process.select_mode = 0
    assert process.execute("SELECT hired FROM staff WHERE id = 1").fetchall() == [(65393,)]


def test_top_limit_and_offset(rows: Run) -> None:
    assert rows("SELECT TOP ? id FROM staff ORDER BY id DESC", 2) == [(3,), (2,)]
    assert rows("SELECT id FROM staff ORDER BY id LIMIT 1 OFFSET 1") == [(2,)]
    assert rows("SELECT id FROM staff ORDER BY id LIMIT ? OFFSET ?", -1, 0) == []


def test_windows_count_rows_up_to_the_current_one(rows: Run) -> None:
    assert rows("SELECT id, SUM(id) OVER (ORDER BY dept) FROM staff ORDER BY 2") == [(3, 3), (1, 4), (2, 6)]


def test_set_operations_take_the_first_legs_names(process: Process) -> None:
    result = process.execute("SELECT 1 AS a UNION ALL SELECT 2.5 ORDER BY a DESC")
    assert [c.name for c in result.columns] == ["a"]
    assert result.fetchall() == [(Decimal("2.5"),), (Decimal(1),)]


def test_derived_tables_ctes_and_correlated_subqueries(rows: Run) -> None:
    assert rows("SELECT x.n FROM (SELECT COUNT(*) AS n FROM staff) x") == [(3,)]
    assert rows("WITH c AS (SELECT id FROM staff WHERE id > ?) SELECT COUNT(*) FROM c WHERE id < ?", 1, 3) == [(1,)]
    assert rows("SELECT id FROM staff s WHERE pay = (SELECT MAX(pay) FROM staff t WHERE t.dept = s.dept)") == [(1,)]


def test_unnamed_columns_get_iriss_names(process: Process) -> None:
    result = process.execute("SELECT 1, id, COUNT(*), id+1, ?, (SELECT 1) FROM staff", (5,))
    assert [c.name for c in result.columns] == [
        "Literal_1", "id", "Aggregate_3", "Expression_4", "HostVar_5", "Subquery_6",
    ]  # fmt: skip


def test_metadata_tells_types_without_executing(process: Process) -> None:
    metadata = process.prepare("SELECT id, pay, hired, name, rate FROM staff WHERE pay > ? AND hired < ?").metadata
    assert [(c.odbc_type, c.precision, c.scale) for c in metadata.columns] == [
        (4, 10, 0), (2, 9, 2), (9, 10, 0), (12, 30, 0), (8, 20, 0),
    ]  # fmt: skip
    assert [p.odbc_type for p in metadata.parameters] == [2, 9]
    assert metadata.statement_type == 1


@pytest.mark.parametrize(
    ("sql", "code"),
    [
        ("SELECT nope FROM staff", -29),
        ("SELECT x.id FROM staff", -23),
        ("SELECT 1 FROM nope", -30),
        ("SELECT id FROM staff a, staff b", -27),
        ("SELECT a.id FROM staff a, staff a", -20),
        ("SELECT id FROM staff ORDER BY 9", -5),
        ("SELECT * FROM staff ORDER BY 1", -22),
        ("SELECT id FROM staff UNION SELECT id, name FROM staff", -9),
        ("SELECT (SELECT id, name FROM staff) FROM staff", -10),
        ("SELECT id > 1 FROM staff", -25),
        ("SELECT id FROM staff WHERE id", -14),
        ("SELECT id FROM staff WHERE COUNT(*) > 1", -19),
        ("SELECT id FROM staff ORDER BY COUNT(*)", -73),
        ("SELECT 1/0", -400),
        ("SELECT LENGTH(note) FROM staff", -37),
        ("SELECT id FROM staff WHERE note = 'x'", -313),
        ("SELECT COALESCE(hired, 'none') FROM staff", -378),
        ("SELECT nofunction(1)", -359),
        ("SELECT 1;", -25),
        ("SELECT CAST(1 AS NOSUCH)", -376),
    ],
)
def test_what_iris_refuses_is_refused_with_its_sqlcode(sqlcode: Fail, sql: str, code: int) -> None:
    assert sqlcode(sql) == code


def test_parameters_keep_their_order_in_the_text(rows: Run) -> None:
    assert rows("SELECT TOP ? id, ? FROM staff WHERE id > ? ORDER BY id", 1, "p", 1) == [(2, "p")]


def test_an_integer_column_is_not_equal_to_a_fraction(rows: Run) -> None:
    assert rows("SELECT id FROM staff WHERE id = ?", 1.5) == []
    assert rows("SELECT id FROM staff WHERE id = ?", Decimal("1.0")) == [(1,)]
    assert rows("SELECT id FROM staff WHERE id < ?", Decimal("1.5")) == [(1,)]


def test_lateral_subqueries_see_earlier_tables(rows: Run) -> None:
    sql = "SELECT s.id, l.n FROM staff s CROSS JOIN LATERAL (SELECT s.id * 2 AS n) l ORDER BY s.id"
    assert rows(sql) == [(1, Decimal(2)), (2, Decimal(4)), (3, Decimal(6))]


def test_outer_joins_and_the_low_comma(rows: Run) -> None:
    sql = "SELECT a.id, b.id FROM staff a LEFT JOIN staff b ON b.id = a.id + 1 ORDER BY a.id"
    assert rows(sql) == [(1, 2), (2, 3), (3, None)]
