"""Dates, times and timestamps: stored forms and the texts that IRIS reads (RSQL_datatype, RSQL_cast)."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pgiris.standin import dates
from pgiris.standin.functions import moments, tochar


@given(st.datetimes(min_value=datetime(1, 1, 1), max_value=datetime(9999, 12, 31)))
def test_posixtime_reads_back_and_orders_like_time(value: datetime) -> None:
    moment = dates.from_datetime(value)
    stored = dates.to_posix(moment)
    assert dates.from_posix(stored) == moment
    assert -6979664624441081856 <= stored <= 1406323805406846975


def test_the_epochs_are_where_the_documents_say() -> None:
    assert dates.parse_date("1840-12-31") == 0
    assert dates.parse_date("2000-01-01") == 58074
    assert dates.to_posix((dates.UNIX_DAY, 0)) == 1152921504606846976


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("2022-3-1", "2022-03-01 00:00:00"),
        ("3/1/2022 13:33:00", "2022-03-01 13:33:00"),
        ("1 MAR 2022 1:33pm", "2022-03-01 13:33:00"),
        ("64701,56670.10", "2018-02-22 15:44:30.1"),
        ("2024-02-29 10:00:00.1234567", "2024-02-29 10:00:00.1234567"),
    ],
)
def test_timestamps_are_read_in_several_forms(text: str, shown: str) -> None:
    moment = dates.parse_moment(text)
    assert moment is not None
    assert dates.format_moment(moment) == shown


@pytest.mark.parametrize("text", ["2021-02-29", "2021-13-01", "hello", "25:00", "2021-01-01 25:00:00"])
def test_what_is_no_date_is_none(text: str) -> None:
    assert dates.parse_moment(text) is None


@given(st.text(max_size=30))
def test_no_text_breaks_the_reader(text: str) -> None:
    dates.parse_moment(text)
    dates.parse_time(text)


@given(st.integers(dates.MIN_DAY, dates.MAX_DAY))
def test_weekdays_and_weeks_are_in_range(days: int) -> None:
    assert moments.weekday(days) == dates.date_of(days).isoweekday() % 7 + 1
    assert 1 <= moments.week(days) <= 54


def test_adding_months_keeps_the_last_day() -> None:
    assert moments.dateadd("mm", 1, "S", "2024-01-31") == "2024-02-29 00:00:00"  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("value", "model", "shown"),
    [
        ("1000", "999", "####"),
        ("1000", "9,999.99", " 1,000.00"),
        ("-10", "99.99", "-10.00"),
        ("10", "99.99S", "10.00+"),
    ],
)
def test_numbers_are_formatted_by_models(value: str, model: str, shown: str) -> None:
    assert tochar.to_char("S", value, model) == shown
