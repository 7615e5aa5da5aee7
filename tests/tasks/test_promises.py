"""What is promised of rows stands beside what is found, as the metrics count it."""

import json

import numpy as np
import pytest
from scipy.stats import binomtest

from nnrun.bundle.certainty import calibration_error
from nnrun.bundle.loading import load
from nnrun.tasks.promises import of_certainty, of_intervals, promise


@pytest.mark.parametrize("weighted", [False, True])
def test_the_distances_from_the_line_make_the_calibration_error(weighted):
    rng = np.random.default_rng(0)
    sure = rng.uniform(0.2, 1, 500)
    right = rng.uniform(size=500) < sure**2
    weights = rng.uniform(0, 3, 500) if weighted else None

    told = of_certainty(right, sure, weights)

    if not weighted:
        apart = sum(one.rows * abs(one.found - one.promised) for one in told) / 500
        assert apart == pytest.approx(calibration_error(right, sure))
    assert all(one.low < one.found < one.high or one.found in (0, 1) for one in told)
    assert sum(one.rows for one in told) == 500


@pytest.mark.parametrize(("kept", "rows"), [(0, 5), (7, 20), (90, 90)])
def test_the_interval_is_wilsons(kept, rows):
    ours = promise(0.5, np.arange(rows) < kept)
    theirs = binomtest(kept, rows).proportion_ci(method="wilson")

    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=1e-12)


def test_the_interval_of_90_per_cent_holds_what_the_summary_tells(small):
    ran = small("dataset=diabetes", "training.epochs=3")
    bundle, summary = load(ran.folder), ran.json("summary.json")
    rows = np.genfromtxt(ran.folder / "predictions.csv", delimiter=",", names=True)
    said = rows["predicted_progression"][:, None]

    told = of_intervals(
        bundle, bundle.margins, rows["true_progression"][:, None], said, np.empty((len(said), 0))
    )

    assert [one.promised for one in told] == [0.5, 0.8, 0.9, 0.95]
    assert told[2].found == pytest.approx(summary["interval_90"]["coverage"])
    assert json.dumps(told)
