"""Values between Python and the stand-in `iris` module: each surprise of embedded.md 1.4."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from types import ModuleType
from typing import Any

import pytest

from pgiris.standin import Process, face

Rows = list[list[object]]


@pytest.fixture
def iris(process: Process) -> Iterator[ModuleType]:
    with face.installed(process) as made:
        yield made


def run(iris: ModuleType, sql: str, *params: object, mode: int = 1) -> Any:
    statement = iris.cls("%SQL.Statement")._New(mode)
    iris.check_status(statement._Prepare(sql))
    return statement._Execute(*params)


@pytest.fixture
def rows(iris: ModuleType) -> Callable[..., Rows]:
    def fetch(sql: str, *params: object, mode: int = 1) -> Rows:
        result = run(iris, sql, *params, mode=mode)
        assert result._SQLCODE >= 0, result._Message
        count = result._ResultColumnCount
        found = []
        while result._Next():
            found.append([result._GetData(n) for n in range(1, count + 1)])
        return found

    return fetch


@pytest.fixture
def table(iris: ModuleType) -> str:
    run(
        iris,
        "CREATE TABLE t (id IDENTITY, a VARCHAR(50) COLLATE EXACT, n NUMERIC(30,4), d DATE, i INTEGER,"
        " b VARBINARY(20), f DOUBLE, v VECTOR(DOUBLE,2), s LONGVARCHAR, m TIME(3))",
    )
    return "t"


@pytest.mark.parametrize("mode", [0, 1])
def test_null_is_an_empty_text_and_the_empty_string_a_zero_character(
    rows: Callable[..., Rows], iris: ModuleType, table: str, mode: int
) -> None:
    run(iris, "INSERT INTO t (a) VALUES (?)", "")
    run(iris, "INSERT INTO t (a) VALUES (?)", "\0")
    assert rows("SELECT a FROM t ORDER BY %ID", mode=mode) == [[""], ["\0"]]
    assert rows("SELECT COUNT(*) FROM t WHERE a IS NULL") == [[1]]
    assert rows("SELECT COUNT(*) FROM t WHERE a = ''") == [[1]]


def test_in_display_mode_the_empty_string_looks_like_null(
    rows: Callable[..., Rows], iris: ModuleType, table: str
) -> None:
    run(iris, "INSERT INTO t (a) VALUES (?)", "\0")
    assert rows("SELECT a FROM t", mode=2) == [[""]]


@pytest.mark.parametrize("value", [None, True, False, date(2024, 1, 2), Decimal("1.5"), [1]])
def test_what_a_caller_must_map_arrives_as_the_text_of_an_object_reference(
    rows: Callable[..., Rows], iris: ModuleType, table: str, value: object
) -> None:
    run(iris, "INSERT INTO t (a) VALUES (?)", value)
    assert rows("SELECT a FROM t") == [["13@%SYS.Python"]]


def test_none_does_not_go_into_a_number(iris: ModuleType, table: str) -> None:
    assert run(iris, "INSERT INTO t (i) VALUES (?)", None)._SQLCODE == -104


def test_dates_and_times_are_numbers_in_logical_mode(rows: Callable[..., Rows], iris: ModuleType, table: str) -> None:
    run(iris, "INSERT INTO t (d, m) VALUES (?, ?)", "1841-01-01", "00:01:00.5")
    assert rows("SELECT d, m FROM t", mode=0) == [[1, 60.5]]
    assert rows("SELECT d, m FROM t", mode=1) == [["1841-01-01", "00:01:00.5"]]
    assert rows("SELECT COUNT(*) FROM t WHERE d = ?", 1, mode=0) == [[1]]


def test_a_rowid_comes_as_text_and_other_integers_as_int(
    rows: Callable[..., Rows], iris: ModuleType, table: str
) -> None:
    assert run(iris, "INSERT INTO t (i) VALUES (?)", 7)._ROWID == "1"
    assert rows("SELECT id, i FROM t") == [["1", 7]]


def test_binary_is_text_of_code_points_below_256(rows: Callable[..., Rows], iris: ModuleType, table: str) -> None:
    run(iris, "INSERT INTO t (b) VALUES (?)", b"\x00\xff\x80")
    assert rows("SELECT b FROM t") == [["\x00\xff\x80"]]


@pytest.mark.parametrize(
    ("written", "read"),
    [("5.0000", 5), ("1.2500", 1.25), ("12345678901234.5678", "12345678901234.5678")],
)
def test_numerics_lose_trailing_zeros_and_are_text_where_a_float_is_not_exact(
    rows: Callable[..., Rows], iris: ModuleType, table: str, written: str, read: object
) -> None:
    run(iris, "INSERT INTO t (n) VALUES (?)", written)
    [[found]] = rows("SELECT n FROM t")
    assert found == read
    assert type(found) is type(read)


def test_a_vector_cannot_be_fetched_by_column(iris: ModuleType, table: str) -> None:
    run(iris, "INSERT INTO t (v) VALUES (TO_VECTOR(?, double))", "1,2")
    result = run(iris, "SELECT v FROM t")
    assert result._Next() == 1
    with pytest.raises(RuntimeError, match="VECTOR"):
        result._GetData(1)


def test_a_vector_in_a_row_is_bytes_that_python_does_not_decode(iris: ModuleType, table: str) -> None:
    run(iris, "INSERT INTO t (v) VALUES (TO_VECTOR(?, double))", "1,2")
    row = iris.ref()
    assert run(iris, "SELECT v FROM t")._GetRow(row) == 1
    with pytest.raises(RuntimeError, match="LIST"):
        face.listformat.decode(row.value)


def test_a_stream_is_an_object_read_in_parts(iris: ModuleType, table: str) -> None:
    run(iris, "INSERT INTO t (s) VALUES (?)", "abcdef")
    run(iris, "INSERT INTO t (s) VALUES (?)", "")
    result = run(iris, "SELECT s FROM t ORDER BY %ID")
    result._Next()
    stream = result._GetData(1)
    assert (stream.Size, stream.AtEnd) == (6, 0)
    assert [stream.Read(4), stream.Read(4), stream.AtEnd] == ["abcd", "ef", 1]
    stream.Rewind()
    assert stream.Read() == "abcdef"
    result._Next()
    assert result._GetData(1) == ""


@pytest.mark.parametrize(
    "values",
    [
        [],
        [None, "", 0],
        ["a", "é", "żółw", "x" * 252, "x" * 253, "x" * 254, "x" * 65534, "x" * 65535],
        [1, -1, 127, 128, 255, 256, -128, -129, -256, 2**63 - 1, -(2**63)],
        [Decimal("1.25"), Decimal("-0.001"), Decimal("12345678901234567890.5")],
        [1.5, -0.0, 1e300],
    ],
)
def test_a_list_keeps_its_elements(values: list[Any]) -> None:
    text = face.listformat.encode(values)
    assert all(ord(c) < 256 for c in text)
    assert face.listformat.decode(text) == values


@pytest.mark.parametrize(
    ("value", "data"),
    [
        (None, b"\x01"),
        ("", b"\x02\x01"),
        ("a", b"\x03\x01a"),
        (0, b"\x02\x04"),
        (258, b"\x04\x04\x02\x01"),
        (-1, b"\x02\x05"),
        (Decimal("1.5"), b"\x04\x06\xff\x0f"),
        ("Ā", b"\x04\x02\x00\x01"),
    ],
)
def test_elements_of_a_list_have_their_known_bytes(value: Any, data: bytes) -> None:
    assert face.listformat.encode([value]) == data.decode("latin-1")


@pytest.mark.parametrize(
    "text", ["\x05", "\x05\x01a", "\0", "\0\0\0\0\0\0\0\x01", "\x03\x7fa", "Ā", "\x04\x02\x00\xd8x"]
)
def test_what_is_no_list_is_refused(text: str) -> None:
    with pytest.raises(RuntimeError, match="LIST"):
        face.listformat.decode(text)


@pytest.mark.parametrize(
    "value", [float("inf"), float("nan"), 10**40, -(2**63), "\ud800", b"", bytearray(b"\0"), object(), "x" * 1000]
)
@pytest.mark.parametrize("column", ["a", "n", "d", "i", "b", "f", "m", "s"])
def test_no_parameter_makes_execute_raise(iris: ModuleType, table: str, value: object, column: str) -> None:
    assert run(iris, f"INSERT INTO t ({column}) VALUES (?)", value)._SQLCODE <= 0


def test_a_vector_column_is_told_by_its_type_and_a_vector_expression_by_its_precision(
    iris: ModuleType, table: str
) -> None:
    columns = run(iris, "SELECT v, TO_VECTOR('1,2', double) FROM t")._GetMetadata().columns
    column, expression = columns.GetAt(1), columns.GetAt(2)
    assert (column.typeClass.Name, column.property.Type, column.isExpression) == (
        "%Library.Vector",
        "%Library.Vector",
        0,
    )
    assert (expression.isExpression, expression.clientType, expression.precision) == (1, 10, 64000)
    assert expression.typeClass == ""


def test_a_list_is_text_in_odbc_mode_and_refused_in_logical_mode(rows: Callable[..., Rows], iris: ModuleType) -> None:
    assert rows("SELECT $LISTBUILD('a', 'b')") == [["a,b"]]
    with pytest.raises(RuntimeError, match="LIST"):
        rows("SELECT $LISTBUILD('a', 'b')", mode=0)


def test_numbers_of_a_vector_come_through_a_function(rows: Callable[..., Rows], iris: ModuleType, table: str) -> None:
    run(iris, "INSERT INTO t (v) VALUES (TO_VECTOR(?, double))", "3,4")
    assert rows("SELECT VECTOR_DOT_PRODUCT(v, TO_VECTOR(?, double)) FROM t", "1,1") == [[7.0]]
