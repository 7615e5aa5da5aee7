"""How many threads a training takes."""

import pytest

from nnrun.engine import cores, device

WIDE, SMALL = device.WIDE, 1


@pytest.mark.parametrize(
    ("allowed", "work", "expected"),
    [
        ("", WIDE, 4),
        ("2", WIDE, 2),
        ("2,1", WIDE, 2),
        ("64", WIDE, 4),
        ("many", WIDE, 4),
        ("2", SMALL, 1),
    ],
)
def test_auto_takes_no_more_threads_than_a_person_allows(monkeypatch, allowed, work, expected):
    monkeypatch.setenv("OMP_NUM_THREADS", allowed)
    monkeypatch.setattr(cores, "cores", lambda: 4)

    assert device.threads("auto", work) == expected


def test_threads_that_were_typed_are_taken(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "2")

    assert device.threads(3, WIDE) == 3
