"""Intervals hold new rows as often as they say, by errors of rows that taught no weight."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

import nnrun as package
from nnrun.bundle.intervals import problems_of
from nnrun.errors import Mistake
from tests.test_earlier import EARLIER

pytestmark = pytest.mark.usefixtures("one_thread")
PARTS = {"train": 150, "val": 60, "test": 90}


@pytest.fixture
def parted(tmp_path):
    """A table whose noise differs from row to row, and that says which row is of which part."""
    rng, rows = np.random.default_rng(5), sum(PARTS.values())
    x, noise = rng.uniform(-2, 2, rows), rng.uniform(0, 1, rows)
    frame = pd.DataFrame({"x": x, "noise": noise, "y": x**2 + noise * rng.normal(size=rows)})
    frame["part"] = rng.permutation(np.repeat([*PARTS], [*PARTS.values()]))
    frame.to_csv(tmp_path / "parted.csv", index=False)
    return frame


TABLE = (
    *("dataset=table", "dataset.path=parted.csv", "dataset.target=y", "model.widths=[8]"),
    *("training.epochs=3", "training.batch_size=32"),
)
ONCE = (*TABLE, "dataset.split.column=part")


def units(said, bundle, parted):
    """What errors are measured in, as the documentation has it."""
    if bundle.margins.by == "deviation":
        return said.deviation_y
    if bundle.margins.by == "error":
        return np.ones(len(said))
    taught = parted[parted.part == "train"]
    floor = np.sqrt(np.mean((bundle.predict(taught).y - taught.y) ** 2))
    return np.hypot(said.spread_y, floor)


@pytest.mark.parametrize(
    ("by", "words"),
    [
        ("error", ()),
        ("spread", ("training.ensemble=2",)),
        ("spread", ("model=tabm",)),
        ("deviation", ("loss=gaussian_nll", "training.ensemble=2")),
    ],
)
def test_validation_rows_alone_say_how_wide(by, words, small, nnrun, parted):
    ran = small(*ONCE, *words)

    bundle = package.load(ran.folder)
    kept = parted[parted.part == "val"]
    said = bundle.predict(kept)
    errors = np.sort(np.abs(kept.y - said.y) / units(said, bundle, parted))
    assert bundle.margins.by == by
    assert bundle.margins.errors[0] == pytest.approx(errors, rel=1e-4)
    reach = errors[int(np.ceil(61 * 0.9)) - 1]
    new = parted[parted.part == "test"].drop(columns="y")
    new.to_csv("new.csv", index=False)
    assert (
        nnrun("predict", str(ran.folder), "new.csv", "--interval", ".9", "-o", "out.csv").code == 0
    )
    told = pd.read_csv("out.csv")
    half = reach * units(bundle.predict(new), bundle, parted)
    assert np.allclose(told.high_y - told.y, half, rtol=1e-4)
    assert np.allclose(told.y - told.low_y, half, rtol=1e-4)


def test_coverage_is_measured_on_test_rows(small, parted):
    ran = small(*ONCE)

    told = ran.json("summary.json")["interval_90"]
    rows = parted[parted.part == "test"]
    said = package.load(ran.folder).predict(rows, interval=0.9)
    assert told["coverage"] == pytest.approx(rows.y.between(said.low_y, said.high_y).mean())
    assert told["per_target"]["y"]["width"] == pytest.approx((said.high_y - said.low_y).mean())
    assert f"interval  that of 90 % holds {told['coverage']:.4f} of the test rows" in ran.out


@pytest.mark.parametrize("folds", [2, 3])
def test_folds_keep_the_errors_of_rows_that_each_never_saw(folds, small, parted):
    given = ("dataset.drop=[part]", f"dataset.split.folds={folds}", "training.ensemble=2")
    ran = small(*TABLE, *given)

    said = pd.read_csv(ran.folder / "predictions.csv")
    margins = package.load(ran.folder).margins
    assert (margins.by, margins.rows) == ("error", len(parted))
    greatest = np.abs(said.true_y - said.predicted_y).max()
    assert margins.errors[0][-1] == pytest.approx(greatest, rel=1e-5)
    inside = []
    for fold in said.fold.unique():
        own, others = said[said.fold == fold], said[said.fold != fold]
        errors = np.sort(np.abs(others.true_y - others.predicted_y))
        reach = errors[int(np.ceil((len(others) + 1) * 0.9)) - 1]
        inside += [*(np.abs(own.true_y - own.predicted_y) <= reach)]
    assert ran.json("summary.json")["interval_90"]["coverage"] == pytest.approx(np.mean(inside))


@pytest.mark.parametrize(("q", "end", "sign"), [(0.9, "high", 1), (0.1, "low", -1)])
def test_a_quantile_has_an_end_where_few_rows_lie(q, end, sign, small, parted):
    ran = small(*ONCE, "loss=quantile", f"loss.q={q}")

    bundle = package.load(ran.folder)
    kept = parted[parted.part == "val"]
    said = bundle.predict(kept, interval=0.9)
    missed = np.sort(sign * (kept.y - said.y))[int(np.ceil(61 * 0.9)) - 1]
    assert list(said) == ["y", f"{end}_y"]
    assert np.allclose(sign * (said[f"{end}_y"] - said.y), missed, rtol=1e-4)


def test_the_mean_of_a_sweep_has_margins_of_its_own(small, nnrun, parted):
    sweep = ("output.folder=sweep", "optimizer.lr=0.001,0.01", "hydra.launcher.workers=1")
    assert small("-m", *ONCE, *sweep).code == 0
    assert nnrun("ensemble", "sweep", "-o", "mean").code == 0

    bundle = package.load("mean")
    kept = parted[parted.part == "val"]
    said = bundle.predict(kept, interval=0.9)
    assert kept.y.between(said.low_y, said.high_y).sum() == np.ceil(61 * 0.9)


@pytest.mark.parametrize(
    ("level", "wrong"),
    [
        ("1.5", "--interval 1.5: expected a share of the rows, between 0 and 1"),
        ("nan", "--interval nan: expected a share of the rows, between 0 and 1"),
        (".99", "--interval 0.99: needs 99 validation rows, and the run had 60"),
    ],
)
def test_a_level_that_cannot_be_is_refused_in_a_line(level, wrong, small, nnrun, parted):
    folder = small(*ONCE).folder

    told = nnrun("predict", str(folder), "parted.csv", "--interval", level)

    assert (told.code, told.out, told.err.count("\n")) == (2, "", 1)
    assert wrong in told.err


@pytest.mark.parametrize(
    ("words", "wrong"),
    [
        (("dataset=iris",), "the run predicts classes (setosa, versicolor, virginica)"),
        (("dataset=diabetes", "dataset.split.val=0"), "the run kept no errors of validation rows"),
    ],
)
def test_a_run_that_has_no_intervals_says_why(words, wrong, small, nnrun, parted):
    ran = small(*words)

    told = nnrun("predict", str(ran.folder), "parted.csv", "--interval", ".9")

    assert "interval_90" not in ran.json("summary.json")
    assert (told.code, told.out, told.err.count("\n")) == (2, "", 1)
    assert wrong in told.err


def test_an_end_that_is_called_as_a_target_is_refused():
    about = SimpleNamespace(classes=(), margins=object(), target_names=("y", "low_y"))

    (problem,) = problems_of(about, 0.9, "--")

    assert str(problem) == "--interval 0.9: 'low_y' is a target, and the end of 'y'; leave it out"


def test_a_run_of_an_earlier_version_predicts_as_ever_and_has_no_interval():
    bundle = package.load(EARLIER / "linear")

    assert bundle.margins is None
    with pytest.raises(Mistake, match="of an earlier version; train again"):
        bundle.predict(pd.read_csv(EARLIER / "linear.csv"), interval=0.9)
