"""Runs in folds are ranked by rows out of fold, over folds that learn from rows in common."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from nnrun.bundle.scores import Score
from nnrun.report.statistics import paired
from nnrun.report.ties import leaving_out_error
from nnrun.training.out_of_fold import over_scores, without_each

SWEEP = ("dataset=diabetes", "model.widths=[8]", "training.epochs=8", "output.pictures=false")


def test_scores_without_each_fold_differ_by_the_error_that_counts_for_folds():
    ours, theirs = np.random.default_rng(0).normal(size=(2, 10))

    apart = np.array(without_each(ours, 0.25)) - without_each(theirs, 0.25)

    wanted = over_scores([*(ours - theirs)], 0.25, Score("r2", 1))["error"]
    assert leaving_out_error(apart) == pytest.approx(wanted)
    assert wanted == pytest.approx((0.1 + 0.25) ** 0.5 * np.std(ours - theirs, ddof=1))


def test_no_interval_goes_beyond_what_a_score_can_be():
    sure = over_scores([1.0, 0.9, 0.98], 0.5, Score("accuracy", 1, 0, 1))
    assert (sure["low"], sure["high"]) == (pytest.approx(0.752, abs=1e-3), 1)


def test_a_sweep_and_a_comparison_rank_out_of_fold(nnrun):
    swept = nnrun(
        "-m", *SWEEP, "dataset.split.folds=4", "optimizer.lr=1e-5,1e-1", "output.folder=s"
    )
    assert swept.code == 0, swept.err
    table = pd.read_csv("s/sweep.csv").set_index("optimizer.lr")
    each = [json.loads(Path(f"s/lr={lr}/summary.json").read_text()) for lr in ("0.1", "1e-05")]

    compared = json.loads(nnrun("compare", "s", "--json").out)

    best, worst = each
    assert table.test_r2[0.1] == pytest.approx(best["out_of_fold"]["mean"])
    assert table.test_r2_low[0.1] == pytest.approx(best["out_of_fold"]["low"])
    assert "over folds" in swept.out
    assert "on the same 4 folds" in swept.out
    apart = [
        a["test"]["r2"] - b["test"]["r2"]
        for a, b in zip(best["folds"], worst["folds"], strict=True)
    ]
    wanted = paired(apart, overlap=best["out_of_fold"]["overlap"])
    (contrast,) = [one for one in compared["compared"] if one.get("interval")]
    assert contrast["interval"] == pytest.approx([wanted.low, wanted.high])
    assert contrast["over"] == "4 folds, in pairs"
