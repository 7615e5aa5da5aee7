"""A verdict in its parts, as pages tell it."""

import pytest

from nnrun.report.pages.run_verdict import Said


@pytest.mark.parametrize(
    ("told", "line"),
    [("r2 0.9 on new rows", "fitted: r2 0.9 on new rows"), ("", "fitted")],
)
def test_a_verdict_of_one_part_has_no_colon(told, line):
    assert Said("fitted", told, "", "good").line == line
