"""Classes that have an order, from the door."""

import numpy as np
import pandas as pd
import pytest

import nnrun as package

WORDS = ("dataset=table", "dataset.path=heat.csv", "dataset.target=heat", "model.widths=[8]")
ORDER = "dataset.order=[low,mid,high]"


@pytest.fixture
def heat(tmp_path):
    """A table in which how hot it is follows from a number and some noise."""
    draw = np.random.default_rng(0)
    x = draw.normal(size=150).round(3)
    place = np.digitize(x + draw.normal(0, 0.3, 150), [-0.6, 0.6])
    frame = pd.DataFrame({"x": x, "heat": np.array(["low", "mid", "high"])[place]})
    frame.to_csv(tmp_path / "heat.csv", index=False)
    return frame


def test_classes_in_an_order_are_learnt_and_predicted(heat, small):
    words = ("training.epochs=30", "optimizer.lr=0.03", "training.score=quadratic_kappa")

    ran = small(*WORDS, ORDER, "loss=ordinal", *words)

    assert ran.code == 0, ran.err
    test = ran.json("summary.json")["test"]
    assert test["quadratic_kappa"] > 0.7
    assert "class_error" in ran.out
    told = pd.read_csv(ran.folder / "predictions.csv", index_col="row")
    chances = ["p(low)", "p(mid)", "p(high)"]
    np.testing.assert_allclose(told[chances].sum(axis=1), 1, atol=1e-6)
    again = package.load(ran.folder).predict(heat[["x"]].loc[told.index])
    np.testing.assert_allclose(again[chances], told[chances], rtol=1e-5, atol=1e-6)
    epochs = pd.read_csv(ran.folder / "metrics.csv")
    best = epochs["val_quadratic_kappa"].max()
    assert ran.json("summary.json")["val"]["quadratic_kappa"] == pytest.approx(best)


def test_an_order_gives_any_loss_its_metrics_and_the_usual_score_is_that_of_the_likeliest(
    heat, small
):
    plain, ordinal = small(*WORDS, ORDER), small(*WORDS, ORDER, "loss=ordinal")

    assert "class_error" in plain.json("summary.json")["test"]
    scores = pd.read_csv(ordinal.folder / "metrics.csv")["val_accuracy"]
    summary = ordinal.json("summary.json")
    assert summary["val"]["accuracy"] == pytest.approx(scores[summary["best_epoch"] - 1])


def test_an_ordinal_loss_wants_an_order(heat, small):
    assert small(*WORDS, "loss=ordinal").err == (
        "error: loss=ordinal: wants classes in an order, but high, low, mid have none;"
        " give it by dataset.order=[first,next,last], or use loss=cross_entropy\n"
    )
