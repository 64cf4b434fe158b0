"""The formats of COPY: by table, cut anywhere, and there and back."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pgiris.copy.formats import decoder, encoder
from pgiris.copy.options import CopyOptions, Format, Header
from pgiris.copy.where import LONGEST_SHOWN, Target, shown
from pgiris.errors import PgError

TARGET = Target("t", ("a", "b"))
TEXT = CopyOptions()
CSV = CopyOptions(Format.CSV, ",", "")
BINARY = CopyOptions(Format.BINARY)
HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
ALL_OPTIONS = [
    TEXT,
    CopyOptions(delimiter="|", null="\\Z"),
    CopyOptions(delimiter="A", null="\\1"),
    CSV,
    CopyOptions(Format.CSV, ";", "NUL", quote="'", escape="\\"),
    CopyOptions(Format.CSV, "\t", "", quote="|", escape="!"),
    CopyOptions(Format.CSV, ",", "", force_quote=("*",)),
]

Fields = Sequence[str | bytes | None]


def rows(options: CopyOptions, data: bytes, cuts: Sequence[int] = (), target: Target = TARGET) -> list[Fields]:
    """All rows of `data`, fed in pieces; what is wrong is raised."""
    reader = decoder(options, target)

    def all_rows() -> Iterator[Fields]:
        edges = [0, *sorted(cuts), len(data)]
        for begin, end in itertools.pairwise(edges):
            for row in reader.feed(data[begin:end]):
                yield row.fields
                if row.error is not None:
                    raise row.error
        for row in reader.finish():
            yield row.fields
            if row.error is not None:
                raise row.error

    return list(all_rows())


GOOD = [
    (TEXT, b"1\tx\n2\t\\N\n", [["1", "x"], ["2", None]]),
    (TEXT, b"1\tx\r\n2\ty", [["1", "x"], ["2", "y"]]),
    (TEXT, b"1\tx\r2\ty\r", [["1", "x"], ["2", "y"]]),
    (TEXT, b"\\b\\f\\n\\r\\t\\v\\\\\t\\101\\x42\\q\n", [["\b\f\n\r\t\v\\", "ABq"]]),
    (TEXT, b"a\\\nb\tc\\\td\n", [["a\nb", "c\td"]]),
    (TEXT, b"1\t2\n\\.\nrubbish", [["1", "2"]]),
    (TEXT, b"\\N\t\\\\N\n", [[None, "\\N"]]),
    (replace(TEXT, header=Header.YES), b"x\n1\t2\n", [["1", "2"]]),
    (replace(TEXT, header=Header.MATCH), b"a\tb\n1\t2\n", [["1", "2"]]),
    (CSV, b'1,"a ""b"",\r\nc"\n,""\n', [["1", 'a "b",\r\nc'], [None, ""]]),
    (CSV, b'1,a"b"c\r\n\\.\r\nx', [["1", "abc"]]),
    (replace(CSV, force_null=("b",)), b'1,""\n', [["1", None]]),
    (replace(CSV, force_not_null=("b",)), b"1,\n", [["1", ""]]),
    (replace(CSV, escape="\\"), b'1,"a\\"b\\\\c\\d"\n', [["1", 'a"b\\c\\d']]),
    (BINARY, HEADER + b"\0\2\0\0\0\1x\xff\xff\xff\xff\xff\xff", [[b"x", None]]),
    (BINARY, HEADER[:-1] + b"\2??" + b"\0\2\0\0\0\0\0\0\0\1y", [[b"", b"y"]]),
    (TEXT, b"", []),
]


@pytest.mark.parametrize(("options", "data", "expected"), GOOD)
def test_data_are_read_wherever_they_are_cut(options: CopyOptions, data: bytes, expected: list[Fields]) -> None:
    assert rows(options, data) == expected
    assert rows(options, data, range(1, len(data))) == expected
    for cut in range(len(data)):
        assert rows(options, data, (cut,)) == expected


BAD = [
    (TEXT, b"1\n", "22P04", 'missing data for column "b"', 'COPY t, line 1: "1"'),
    (TEXT, b"1\t2\n1\t2\t3\n", "22P04", "extra data after last expected column", 'COPY t, line 2: "1\t2\t3"'),
    (TEXT, b"1\t2\n1\t2\r\n", "22P04", "literal carriage return found in data", "COPY t, line 2"),
    (TEXT, b"1\t2\r1\t2\n", "22P04", "literal newline found in data", "COPY t, line 2"),
    (TEXT, b"1\t2\n\\.x\n", "22P04", "end-of-copy marker corrupt", "COPY t, line 2"),
    (
        TEXT,
        b"1\t2\r\n\\.\n",
        "22P04",
        "end-of-copy marker does not match previous newline style",
        "COPY t, line 2",
    ),
    (TEXT, b"1\t\xff\n", "22021", 'invalid byte sequence for encoding "UTF8": 0xff', "COPY t, line 1"),
    (CSV, b'1,"x\ny', "22P04", "unterminated CSV quoted field", 'COPY t, line 1: "1,"x\ny"'),
    (CSV, b"1,2\n1,2\r3\n", "22P04", "unquoted carriage return found in data", "COPY t, line 2"),
    (BINARY, b"PGCOPZ", "22P04", "COPY file signature not recognized", None),
    (BINARY, HEADER[:13], "22P04", "invalid COPY file header (missing flags)", None),
    (BINARY, HEADER + b"\0\3", "22P04", "row field count is 3, expected 2", "COPY t, line 1"),
    (BINARY, HEADER + b"\0\2\xff\xff\xff\xfe", "22P04", "invalid field size", "COPY t, line 1, column a"),
    (BINARY, HEADER + b"\0\2\0\0\0\0\0", "22P04", "unexpected EOF in COPY data", "COPY t, line 1, column b"),
    (BINARY, HEADER + b"\xff\xff\0", "22P04", "received copy data after EOF marker", "COPY t, line 1"),
]


@pytest.mark.parametrize(("options", "data", "state", "message", "where"), BAD)
def test_an_error_says_where_it_is(
    options: CopyOptions, data: bytes, state: str, message: str, where: str | None
) -> None:
    for cuts in ((), range(1, len(data))):
        with pytest.raises(PgError) as caught:
            rows(options, data, cuts)
        assert (caught.value.sqlstate, caught.value.message) == (state, message)
        if options is not CSV or "unterminated" not in message:
            assert caught.value.where == where


@pytest.mark.parametrize("options", [TEXT, CSV, BINARY])
def test_an_endless_row_is_refused_before_it_fills_the_memory(options: CopyOptions) -> None:
    reader = decoder(options, TARGET, max_row=1000)
    start = HEADER + b"\0\2\0\0\3\xe8" if options is BINARY else b""
    list(reader.feed(start))
    for _ in range(9):
        list(reader.feed(b"x" * 100))
    with pytest.raises(PgError, match="54000"):
        list(reader.feed(b"x" * 200))


def test_a_binary_field_that_promises_too_much_is_refused_at_once() -> None:
    with pytest.raises(PgError, match="54000"):
        rows(BINARY, HEADER + b"\0\2\x7f\xff\xff\xff")


CELLS = st.one_of(
    st.none(),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8),
    st.sampled_from(["\\.", "\\N", "x", "NUL", "", "\r\n", '"', "a'b", "\\", "!|"]),
)


@given(
    st.sampled_from(ALL_OPTIONS),
    st.lists(st.tuples(CELLS, CELLS), max_size=6),
    st.lists(st.integers(0, 120), max_size=4),
)
def test_what_is_written_reads_back(
    options: CopyOptions, table: list[tuple[str | None, str | None]], cuts: list[int]
) -> None:
    writer = encoder(options, TARGET.columns)
    encoded = [[None if cell is None else cell.encode() for cell in row] for row in table]
    data = writer.begin() + b"".join(writer.row(row) for row in encoded) + writer.end()
    assert rows(options, data, [cut for cut in cuts if cut <= len(data)]) == [list(row) for row in table]


@given(st.lists(st.tuples(st.none() | st.binary(max_size=9), st.none() | st.binary(max_size=9)), max_size=6))
def test_binary_rows_read_back(table: list[tuple[bytes | None, bytes | None]]) -> None:
    writer = encoder(BINARY, TARGET.columns)
    data = writer.begin() + b"".join(writer.row(row) for row in table) + writer.end()
    assert rows(BINARY, data, range(1, len(data))) == [list(row) for row in table]


@given(st.sampled_from([*ALL_OPTIONS, BINARY]), st.binary(max_size=60), st.booleans())
def test_nonsense_is_refused_in_order_or_taken(options: CopyOptions, noise: bytes, begun: bool) -> None:
    data = HEADER + noise if begun and options is BINARY else noise
    outcomes = []
    for cuts in ((), range(1, len(data))):
        try:
            outcomes.append(str(rows(options, data, cuts)))
        except PgError as error:
            outcomes.append(error.message)
    assert outcomes[0] == outcomes[1]


def test_what_an_error_shows_is_cut_between_characters() -> None:
    assert shown("x" * LONGEST_SHOWN) == "x" * LONGEST_SHOWN
    assert shown("é" * 60) == "é" * 50 + "..."
    assert shown("x" + "é" * 60) == "x" + "é" * 49 + "..."
