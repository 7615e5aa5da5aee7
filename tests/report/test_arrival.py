"""A point is there once it stays near its goal."""

import pytest

from nnrun.report.arrival import steps_to_goal
from nnrun.runs.epochs import EpochRecord


@pytest.mark.parametrize(
    ("heights", "steps"),
    [
        ([0.5, 1e-3, 1e-4], 2),
        ([1e-4, 0.5, 1e-4], 3),
        ([1e-4, 1e-4, 2e-3], None),
        ([float("nan")] * 3, None),
    ],
)
def test_steps_are_counted_until_a_point_is_near_its_goal_for_good(heights, steps):
    seen = [EpochRecord(i + 1, 1.0, height, 0, 0, 0) for i, height in enumerate(heights)]

    assert steps_to_goal(seen) == steps
