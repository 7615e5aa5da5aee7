"""nnrun importance says by how much the score is worse on test rows where a column is shuffled."""

import json

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.inspection import permutation_importance

import nnrun as package
from nnrun.training.importance import importance

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture
def table(tmp_path):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"much": rng.normal(size=300), "little": rng.normal(size=300)})
    frame["idle"] = rng.choice(["red", "blue"], 300)
    frame["y"] = 3 * frame.much + frame.little
    frame.to_csv(tmp_path / "t.csv", index=False)
    return "dataset=table", f"dataset.path={tmp_path / 't.csv'}", "dataset.target=y"


SIZES = ("training.epochs=30", "training.batch_size=16", "model.widths=[16]", "training.score=rmse")


class Trained(RegressorMixin, BaseEstimator):
    """A run as scikit-learn asks it."""

    def __init__(self, bundle):
        self.bundle = bundle

    def fit(self, x, y):
        return self

    def predict(self, x):
        return self.bundle.predict(x).to_numpy().ravel()


def test_it_is_what_scikit_learn_finds_and_is_told_in_order(table, small, nnrun, tmp_path):
    run = small(*table, *SIZES).folder
    rows = pd.read_csv(run / "predictions.csv").row
    tested = pd.read_csv(tmp_path / "t.csv").iloc[rows]
    inputs, wanted = tested[["much", "little", "idle"]], tested.y
    trained = Trained(package.load(run))
    scoring = "neg_root_mean_squared_error"
    theirs = permutation_importance(trained, inputs, wanted, scoring=scoring, n_repeats=40)

    told = nnrun("importance", str(run), "--repeats", "40", "--json", "-o", "p.png")

    found = json.loads(told.out)
    assert [one["name"] for one in found["columns"]] == ["much", "little", "idle"]
    for one, mean in zip(found["columns"], theirs.importances_mean, strict=True):
        assert one["mean"] == pytest.approx(mean, rel=0.1, abs=0.1)
        assert one["low"] < one["mean"] < one["high"]
    assert found["columns"][2]["high"] < 0.1 < found["columns"][1]["low"]
    assert (tmp_path / "p.png").read_bytes().startswith(b"\x89PNG")
    assert found["reached"] == pytest.approx(found_rmse(run))


def found_rmse(run):
    return json.loads((run / "summary.json").read_text())["test"]["rmse"]


def test_a_run_in_folds_is_asked_fold_by_fold(table, small, nnrun):
    run = small(*table, *SIZES, "dataset.split.folds=3").folder

    found = importance(run, repeats=3)

    assert found.rows == 300
    assert found.reached == pytest.approx(found_rmse(run))
    assert found.columns[0].name == "much"
    assert "rmse lost" in nnrun("importance", str(run)).out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--repeats", "1"), "has no spread"),
        (("-o", "a.jpg"), "give a name that ends so"),
        (("-o", "no/a.png"), "there is no folder 'no'"),
    ],
)
def test_what_cannot_be_is_refused(words, told, nnrun):
    ran = nnrun("importance", "anything", *words)

    assert ran.code == 2
    assert told in ran.err
