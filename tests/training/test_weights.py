"""Rows that count differently, from the door."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from nnrun.report.numbers import share
from nnrun.report.pages.fits import fitted_targets
from nnrun.runs.predictions import read_predictions

BARE = ("dataset.scale.inputs=none", "training.batch_size=full", "training.epochs=4")
WORDS = ("dataset=table", "dataset.split.column=part", "model.widths=[8]", *BARE)


@pytest.fixture
def people(tmp_path):
    """A table whose rows count 0 to 3 times, and the same rows as often as they count."""
    draw = np.random.default_rng(0)
    x, kind = draw.normal(size=(90, 2)).round(3), draw.choice(["a", "b"], 90)
    frame = pd.DataFrame(x, columns=["x", "z"]).assign(kind=kind)
    frame["y"] = (x[:, 0] + (kind == "a") + draw.normal(0, 0.1, 90)).round(3)
    frame["part"] = np.repeat(["train", "val", "test"], 30)
    frame["w"] = draw.integers(0, 4, 90)
    frame.to_csv(tmp_path / "weighed.csv", index=False)
    repeated = frame.loc[frame.index.repeat(frame["w"])]
    repeated.drop(columns="w").to_csv(tmp_path / "repeated.csv", index=False)


@pytest.mark.parametrize(
    ("words", "names"),
    [
        (("dataset.target=y", "dataset.scale.targets=none"), ("r2", "rmse", "mae")),
        (("dataset.target=kind",), ("accuracy", "f1", "auc", "log_loss")),
        (("dataset.target=kind", "training.score=auc", "loss=cross_entropy",
          "loss.weights=balanced"), ("accuracy", "auc")),
    ],
)  # fmt: skip
def test_a_row_that_counts_twice_is_a_row_that_stands_twice(words, names, people, small):
    more = "output.baselines=true"

    weighed = small(*WORDS, *words, more, "dataset.path=weighed.csv", "dataset.weight=w")
    repeated = small(*WORDS, *words, more, "dataset.path=repeated.csv")

    assert weighed.code == 0, weighed.err
    assert "weighed.csv: rows count by 'w' (0 to 3)" in weighed.out
    told, expected = (ran.json("summary.json") for ran in (weighed, repeated))
    for name in names:
        for part in ("train", "val", "test"):
            assert told[part][name] == pytest.approx(expected[part][name], rel=1e-3, abs=1e-5)
        constant = told["baselines"]["constant"][name]
        assert constant == pytest.approx(expected["baselines"]["constant"][name], abs=1e-6)
    losses = [pd.read_csv(ran.folder / "metrics.csv") for ran in (weighed, repeated)]
    np.testing.assert_allclose(*(file.drop(columns="epoch") for file in losses), rtol=2e-3)


def test_evaluate_counts_rows_as_the_column_says_where_there_is_one(people, small, nnrun):
    ran = small(*WORDS, "dataset.target=y", "dataset.path=weighed.csv", "dataset.weight=w")
    frame = pd.read_csv("weighed.csv").query("part == 'test'")
    frame.to_csv("test.csv", index=False)
    frame.drop(columns="w").to_csv("plain.csv", index=False)

    weighed = nnrun("evaluate", str(ran.folder), "test.csv", "--json")
    plain = nnrun("evaluate", str(ran.folder), "plain.csv", "--json")

    test = ran.json("summary.json")["test"]
    assert json.loads(weighed.out)["r2"] == pytest.approx(test["r2"], rel=1e-5)
    assert "note: test.csv: rows count by 'w' (0 to 3)" in weighed.err
    assert json.loads(plain.out)["r2"] != pytest.approx(test["r2"], rel=1e-5)
    assert "weight" not in nnrun("predict", str(ran.folder), "test.csv").err


@pytest.mark.parametrize("target", ["y", "kind"])
def test_two_runs_are_compared_by_what_their_rows_count(target, people, small, nnrun):
    words = (*WORDS, f"dataset.target={target}", "dataset.path=weighed.csv", "dataset.weight=w")
    for rate in (1e-3, 3e-2):
        assert small(*words, f"optimizer.lr={rate}").code == 0

    ran = nnrun("compare", "dataset=table", "--json")

    first, second = json.loads(ran.out)["compared"]
    assert second["behind"] == pytest.approx(first["mean"] - second["mean"])
    assert second["over"] == "30 test rows, for these runs alone"
    low, high = second["interval"]
    assert low <= second["behind"] <= high


def test_a_page_tells_what_is_right_by_rows_and_by_their_weights(people, small, nnrun):
    words = "dataset.target=kind", "dataset.path=weighed.csv", "dataset.weight=w"
    ran = small(*WORDS, *words)
    said = pd.read_csv(ran.folder / "predictions.csv")
    right = said["true_kind"] == said["predicted"]

    assert nnrun("report", str(ran.folder), "-o", "page.html").code == 0

    accuracy = ran.json("summary.json")["test"]["accuracy"]
    assert np.average(right, weights=said["weight"]) == pytest.approx(accuracy)
    told = f"{right.sum()} of 30 rows are right, {share(right.mean())}; by their weights {share(accuracy)}"
    assert told in Path("page.html").read_text()


def test_a_drawing_has_the_r2_of_the_summary(people, small, nnrun):
    words = "dataset.target=y", "dataset.path=weighed.csv", "dataset.weight=w"
    ran = small(*WORDS, *words)

    (target,) = fitted_targets(read_predictions(ran.folder))

    assert target.r2 == pytest.approx(ran.json("summary.json")["test"]["r2"], rel=1e-6)


def test_a_file_of_test_rows_has_weights_of_its_own(people, small):
    frame = pd.read_csv("weighed.csv")
    frame[:60].drop(columns="part").to_csv("weighed.csv", index=False)
    frame[60:].to_csv("test.csv", index=False)
    words = ("dataset=table", "dataset.path=weighed.csv", "dataset.target=y", "dataset.weight=w")

    ran = small(*words, "dataset.test_path=test.csv", "model.widths=[4]", *BARE)
    frame[60:].drop(columns="w").to_csv("test.csv", index=False)
    refused = small(*words, "dataset.test_path=test.csv", "model.widths=[4]", *BARE)

    told = pd.read_csv(ran.folder / "predictions.csv")
    misses = (told["true_y"] - told["predicted_y"]) ** 2
    expected = np.average(misses, weights=frame["w"][60:]) ** 0.5
    assert ran.json("summary.json")["test"]["rmse"] == pytest.approx(expected)
    assert "error: test.csv: column 'w' is missing" in refused.err


def test_members_with_and_without_weights_train_in_a_sweep(people, small):
    ran = small("-m", *WORDS, "dataset.target=y", "dataset.path=weighed.csv",
                "dataset.drop=[w]", "dataset.weight=w,''", "seed=0,1", "sweep.verify=2")  # fmt: skip

    assert ran.code == 0, ran.err
    assert "cohort 1, 2 together: dataset.weight=w" in ran.out
    assert ran.out.count("alone: identical") == 2
