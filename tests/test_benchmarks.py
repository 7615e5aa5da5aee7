"""What times nnrun's engine drives it as it is."""

import runpy
from pathlib import Path

import pytest

STEP = Path(__file__).resolve().parent.parent / "benchmarks" / "step.py"


@pytest.mark.parametrize("members", [1, 3])
def test_each_way_that_is_timed_trains(members):
    step = runpy.run_path(str(STEP))

    for task in step["TASKS"]:
        epochs = step["nnrun"](task, members=members)
        epochs(1)
