"""Moments as people type them, by clocks that are put forward and back."""

import time

import pytest

from nnrun.runs.moments import read_moment, read_typed


@pytest.fixture
def in_berlin(monkeypatch):
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    ("began", "typed", "held"),
    [
        ("2026-10-31T22:30:00+00:00", "2026-10", True),  # half past eleven of an hour less
        ("2026-10-25T22:30:00+00:00", "2026-10-25", True),
        ("2026-03-31T22:30:00+00:00", "2026-03", False),  # half past midnight, in April
        ("2026-03-31T22:30:00+00:00", "2026-04", True),
        ("2026-03-31T22:30:00+00:00", "2026-03-31 22:30Z", True),
    ],
)
def test_a_day_and_a_month_are_those_of_the_clocks_here(began, typed, held, in_berlin):
    assert read_typed(typed).holds(read_moment(began)) == held
