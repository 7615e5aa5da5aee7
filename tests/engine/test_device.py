"""How many threads a training takes, and how many members go together."""

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


@pytest.mark.parametrize(
    ("many", "few", "sizes"),
    [
        (1, 31, [1]),
        (32, 31, [32]),
        (64, 31, [32, 32]),
        (100, 31, [34, 33, 33]),
        (5, 2, [2, 2, 1]),
        (3, 1, [1, 1, 1]),
    ],
)
def test_members_go_in_parts_of_like_size_and_none_of_a_few_that_are_left(many, few, sizes):
    parts = cores.parted(many, few)

    assert [len(part) for part in parts] == sizes
    assert [place for part in parts for place in part] == list(range(many))
