"""How many threads a training takes, and how many members go together."""

import pytest

from nnrun.engine import cores, device

VERY_WIDE, WIDE, SMALL = device.VERY_WIDE, device.WIDE, 1


@pytest.mark.parametrize(
    ("allowed", "work", "networks", "expected"),
    [
        ("", VERY_WIDE, 1, 4),
        ("2", VERY_WIDE, 1, 2),
        ("2,1", VERY_WIDE, 3, 2),
        ("64", VERY_WIDE, 1, 4),
        ("many", VERY_WIDE, 1, 4),
        ("", WIDE, 1, 1),
        ("", WIDE, 2, 2),
        ("", WIDE, 16, 4),
        ("2", WIDE, 16, 2),
        ("2", SMALL, 16, 1),
    ],
)
def test_auto_takes_as_many_threads_as_pay_and_a_person_allows(
    monkeypatch, allowed, work, networks, expected
):
    monkeypatch.setenv("OMP_NUM_THREADS", allowed)
    monkeypatch.setattr(cores, "cores", lambda: 4)

    assert device.threads("auto", work, networks) == expected


def test_threads_that_were_typed_are_taken(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "2")

    assert device.threads(3, SMALL) == 3


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
