"""Dates become the parts that pandas finds in them, and new rows the same parts."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from nnrun.parts.dataset.dates import (
    DateColumn,
    dates_from_plain,
    find_dates,
    moment,
    with_dates,
)
from nnrun.parts.dataset.sheet import Sheet

SPREAD = pd.date_range("1965-03-01 05:07:09", periods=60, freq="211D7h3min11s")


def sheet(*cells, decimal="."):
    return Sheet("a.csv", {"when": list(cells)}, range(2, 2 + len(cells)), decimal=decimal)


def parts(given, wanted="parts"):
    """The numbers that a sheet's dates become, by the names of their columns."""
    dates, problems = find_dates(replace(given, date_order=wanted), given.names)
    assert problems == []
    dated, _ = with_dates(given, dates)
    return {name: np.array(cells, float) for name, cells in dated.cells.items()}


def complaints(given, wanted="parts"):
    return list(map(str, find_dates(replace(given, date_order=wanted), given.names)[1]))


@pytest.mark.parametrize(
    "form",
    [
        "%Y-%m-%d %H:%M:%S",
        "%Y-%m-%dT%H:%M:%S",
        "%Y/%m/%d %H:%M:%S",
        "%d.%m.%Y %H:%M:%S",
        "%d/%m/%Y %H:%M:%S",
        "%m/%d/%Y %H:%M:%S",
        "%Y-%m-%dT%H:%M:%SZ",
    ],
)
def test_dates_become_the_parts_that_pandas_finds(form):
    found = parts(sheet(*SPREAD.strftime(form)))

    second = (SPREAD.hour * 60 + SPREAD.minute) * 60 + SPREAD.second
    turns = {
        "month": (SPREAD.month - 1) / 12,
        "weekday": SPREAD.day_of_week / 7,
        "time": second / (24 * 60 * 60),
    }
    expected = {"year": SPREAD.year, "seconds": (SPREAD - pd.Timestamp(0)).total_seconds()}
    for name, turn in turns.items():
        expected |= {f"{name}.sin": np.sin(2 * np.pi * turn)}
        expected |= {f"{name}.cos": np.cos(2 * np.pi * turn)}
    assert set(found) == {f"when.{name}" for name in expected}
    for name, values in expected.items():
        np.testing.assert_allclose(found[f"when.{name}"], values, atol=1e-12)


def test_what_comes_again_lies_side_by_side():
    found = parts(sheet("2021-12-31", "2022-01-01", "2022-06-30"))

    place = np.column_stack([found["when.month.sin"], found["when.month.cos"]])
    december, january, june = place
    assert np.linalg.norm(december - january) < np.linalg.norm(december - june) / 3


def test_parts_that_are_the_same_in_every_row_are_left_out():
    assert set(parts(sheet("2021-03-01", "2021-03-08", "2021-03-15"))) == {"when.seconds"}
    assert set(parts(sheet("10:30", "22:15:30"))) == {"when.time.sin", "when.time.cos"}


def test_a_zone_moves_the_seconds_alone():
    here, there = (
        moment("2021-03-01 10:00+02:00", "year_first"),
        moment("2021-03-01 10:00", "year_first"),
    )

    assert (here.hour, there.hour) == (10, 10)
    assert there.timestamp() - here.timestamp() == 2 * 60 * 60


def test_a_month_alone_is_its_first_day_and_no_number():
    assert moment("2021-03", "year_first") == moment("2021-03-01", "year_first")
    assert moment("2021.03", "year_first") is None


def test_parts_of_a_second_and_short_zones_are_read():
    later = moment("2021-03-01 10:00:00.25+02", "year_first")

    assert later.timestamp() == moment("2021-03-01 08:00 UTC", "year_first").timestamp() + 0.25
    assert moment("2021-03-01 10:00+99", "year_first") is None


def test_the_order_of_day_and_month_is_told_by_a_day_beyond_twelve_or_by_the_setting():
    assert parts(sheet("3/4/2021", "13/4/2021"))["when.seconds"][0] == 1617408000  # 3 April
    assert parts(sheet("3/4/2021", "4/13/2021"))["when.seconds"][0] == 1614816000  # 4 March
    unclear = sheet("3/4/2021", "5/6/2021")
    assert complaints(unclear) == [
        "a.csv: column 'when': dates such as '3/4/2021' may begin with the day or the month;"
        " set dataset.dates=day_first or dataset.dates=month_first"
    ]
    assert parts(unclear, "day_first")["when.seconds"][0] == 1617408000
    assert parts(unclear, "month_first")["when.seconds"][0] == 1614816000
    assert parts(sheet("3.4.2021", "5.6.2021"))["when.seconds"][0] == 1617408000


def test_a_cell_that_is_no_day_of_the_calendar_is_told():
    cells = ["2021-01-01"] * 9 + ["2021-02-30"]

    assert complaints(sheet(*cells)) == [
        "a.csv:11: column 'when': '2021-02-30' is no date; fix it, or name it in"
        " dataset.missing_values"
    ]


def test_columns_of_other_kinds_stay_as_they_are():
    given = Sheet(
        "a.csv",
        {"n": ["1.5", "2", ""], "t": ["a", "b", "1-2"], "gap": ["", "", ""], "id": ["1-2-3"] * 3},
        range(2, 5),
    )

    assert find_dates(given, given.names) == ({}, [])


def test_a_gap_stays_a_gap_and_numbers_have_the_decimal_sign_of_the_table():
    given = sheet("2021-01-01", "", "2023-05-05", decimal=",")
    dates, _ = find_dates(given, given.names)

    dated, _ = with_dates(given, dates)

    assert dated.cells["when.year"] == ["2021,0", "", "2023,0"]


def test_new_rows_become_the_parts_of_training_whatever_they_hold():
    known = dates_from_plain({"when": {"order": "day_first", "parts": ["year", "seconds"]}})

    dated, problems = with_dates(sheet("01/02/2020 13:00"), known)
    _, wrong = with_dates(sheet("2020-02-01", "1/1/20"), known)

    assert known == {"when": DateColumn("day_first", ("year", "seconds"))}
    assert (list(dated.cells), problems) == (["when.year", "when.seconds"], [])
    assert list(map(str, wrong)) == [
        "a.csv:2: column 'when': '2020-02-01' is no date; write it as in training, such as 31/1/2026"
    ]
