"""A point is there once it stays near its goal."""

import pytest

from nnrun.report.arrival import arrival, steps_to_goal
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


@pytest.mark.parametrize(
    ("heights", "lowest"),
    [([5.0, 0.5, 0.7], "0.5000"), ([162_100.0, 3e9, 4e9], "1.000, at the start")],
)
def test_the_lowest_height_may_be_that_of_the_start(heights, lowest):
    before = [1.0, *heights[:-1]]
    lines = zip(before, heights, strict=True)
    epochs = [EpochRecord(i + 1, was, height, 0, 0, 0) for i, (was, height) in enumerate(lines)]

    told = f"did not reach the goal in 3 steps: the lowest height was {lowest}"
    assert arrival(epochs) == f"{told}; try another optimizer.lr"
