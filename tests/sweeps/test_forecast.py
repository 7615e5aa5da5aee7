"""`nnrun check -m`: what a sweep would be."""

import pytest


@pytest.mark.parametrize(
    ("seeds", "named"),
    [
        ("0,1,2", ["seed=0", "seed=1", "seed=2"]),
        ("range(0,20)", ["seed=0", "seed=2", "and 10 more"]),
    ],
)
def test_some_of_many_members_are_named_and_the_others_counted(seeds, named, nnrun):
    told = nnrun("check", "-m", "dataset=iris", f"seed={seeds}")

    lines = [line[10:] for line in told.out.splitlines()]
    first = lines.index("seed=0")
    members = lines[first : next(i for i, line in enumerate(lines) if "for each member" in line)]
    assert [*members[:2], members[-1]] == named
    assert len(members) == (3 if seeds == "0,1,2" else 11)
