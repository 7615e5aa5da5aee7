"""A run of folds trains what each fold would alone, and tells what they predict of unseen rows."""

import json
from statistics import mean, stdev

import numpy as np
import pandas as pd
import pytest
import torch
from scipy.stats import t as students_t

import nnrun
from nnrun.bundle.loading import load
from nnrun.config.experiment import build
from nnrun.training.checkpoint import Checkpoint, identity, read, stand
from nnrun.training.out_of_fold import mean_of
from nnrun.training.training import Training

CPU = torch.device("cpu")
SIZES = ("model.widths=[8]", "training.epochs=6", "training.batch_size=32")
NUMBERS = ("dataset=diabetes", "regularisation.dropout=0.2", *SIZES)
STOPPING = (*NUMBERS, "optimizer.lr=0.3", "regularisation.patience=1", "training.epochs=12")
LBFGS = ("dataset=diabetes", "optimizer=lbfgs", "model.widths=[8]", "training.epochs=4")

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture
def experiment(composer):
    def make(*words):
        given = {word.partition("=")[0]: word for word in words}
        (job,) = composer(*given.values())
        return build(job.config, job.overrides, job.choices)

    return make


@pytest.fixture
def shops(tmp_path):
    """A table with categories, of which some stand in a single row."""
    rng = np.random.default_rng(0)
    kind = rng.choice(["bar", "inn", "shop"], 60).tolist()
    kind[7], kind[31] = "kiosk", "stall"
    frame = pd.DataFrame({"size": rng.normal(size=60), "kind": kind, "day": np.arange(60)})
    frame["price"] = 2 * frame["size"] + (frame["kind"] == "inn")
    frame["dear"] = np.where(frame["price"] > 0.3, "yes", "no")
    frame.to_csv(tmp_path / "shops.csv", index=False)
    return f"dataset.path={tmp_path / 'shops.csv'}"


def trained(experiment):
    training = Training([experiment], CPU)
    for _ in training.epochs():
        pass
    return training


def told(records):
    return [record.lines()[:2] for record in records]


# Each fold as it would be alone


@pytest.mark.parametrize("words", [NUMBERS, STOPPING, LBFGS])
def test_each_fold_is_the_run_of_that_fold_alone(words, experiment):
    whole = trained(experiment(*words, "dataset.split.folds=3", "dataset.split.repeats=2"))

    for fold, ours in enumerate(whole.reached(0), 1):
        own = (*words, "dataset.split.folds=3", "dataset.split.repeats=2")
        (alone,) = trained(experiment(*own, f"dataset.split.fold={fold}")).reached(0)
        assert ours.best_epoch == alone.best_epoch
        assert told(ours.epochs) == told(alone.epochs)
        assert all(torch.equal(ours.tensors[name], one) for name, one in alone.tensors.items())
        assert np.array_equal(ours.predictions["test"], alone.predictions["test"])


def test_folds_of_one_shape_train_in_one_cohort_and_others_in_their_own(experiment):
    alike = Training([experiment("dataset=iris", *SIZES, "dataset.split.folds=5")], CPU)
    odd = Training([experiment(*NUMBERS, "dataset.split.folds=5")], CPU)

    assert [len(stack.numbers) for stack in alike.stacks] == [5]
    assert [len(stack.numbers) for stack in odd.stacks] == [2, 3]  # 442 rows


def test_a_fold_learns_nothing_of_the_rows_that_it_is_judged_by(shops, small):
    words = ("dataset=table", shops, "dataset.target=price", "dataset.drop=[dear]", *SIZES)
    ran = small(*words, "dataset.split.folds=4", "training.ensemble=2")
    said = pd.read_csv(ran.folder / "predictions.csv").set_index("row").loc[[7, 31]]

    alone = small(*words, "dataset.split.folds=4", f"dataset.split.fold={said.fold[7]}")

    levels = json.loads((alone.folder / "model.json").read_text())["inputs"]["columns"][1]["levels"]
    assert "kiosk" not in levels
    bundle = load(ran.folder)
    assert {"kiosk", "stall"} <= {*bundle.knows.columns[1].levels}  # as any of them knows
    assert len(bundle.members) == 4
    assert said.spread_price.notna().all()


@pytest.mark.parametrize("at", [1, 5, 8])
def test_it_goes_on_from_a_checkpoint_as_if_nothing_had_happened(at, experiment):
    one = experiment(*STOPPING, "dataset.split.folds=5", "training.ensemble=2")
    undisturbed = trained(one)
    left = Training([one], CPU)
    for epoch in left.epochs():
        if epoch.number == at:
            break
    written = Checkpoint(identity(one), *stand(left, 0)).as_bytes()

    checkpoint, on = read(written), Training([one], CPU)
    assert not checkpoint.flaw(one)
    on.go_on_from([checkpoint.leaves], [checkpoint.epochs])
    for _ in on.epochs():
        pass

    assert len({len(own) for own in undisturbed.each}) > 1
    assert [told(own) for own in on.each] == [told(own) for own in undisturbed.each]
    assert told(on.history[0]) == told(undisturbed.history[0])
    for ours, theirs in zip(on.reached(0), undisturbed.reached(0), strict=True):
        assert all(torch.equal(ours.tensors[name], one) for name, one in theirs.tensors.items())


def test_an_epoch_cut_short_in_some_cohorts_is_taken_again_in_all(experiment):
    one = experiment(*STOPPING, "dataset.split.folds=5")
    undisturbed, cut = trained(one), Training([one], CPU)
    for epoch in cut.epochs():
        if epoch.number == 2:
            break
    at, epochs = cut.standing(0), [[*own] for own in cut.each]
    cut.stacks[0].take_out_stopped()
    next(cut.stacks[0].epochs())  # and the other one has not come so far

    cut.go_on_from([at], [epochs])
    for _ in cut.epochs():
        pass

    assert [told(own) for own in cut.each] == [told(own) for own in undisturbed.each]


# What they come to


@pytest.fixture
def flowers(small):
    words = ("dataset=iris", "model.widths=[8]", "training.epochs=20", "output.pictures=true")
    return small(*words, "dataset.split.folds=5", "dataset.split.repeats=2")


def test_the_folder_tells_of_every_fold_and_how_sure_their_mean_is(flowers):
    summary = flowers.json("summary.json")
    said = pd.read_csv(flowers.folder / "predictions.csv")
    epochs = pd.read_csv(flowers.folder / "folds.csv")

    assert sorted(said[said.fold <= 5].row) == [*range(150)] == sorted(said[said.fold > 5].row)
    own = [(one.true_species == one.predicted).mean() for _, one in said.groupby("fold")]
    assert own == pytest.approx([fold["test"]["accuracy"] for fold in summary["folds"]])
    over = summary["out_of_fold"]
    assert over["mean"] == pytest.approx(mean(own)) == pytest.approx(summary["test"]["accuracy"])
    half = students_t.ppf(0.975, 9) * stdev(own) * (1 / 10 + 30 / 120) ** 0.5
    assert (over["deviation"], over["low"]) == pytest.approx((stdev(own), mean(own) - half))
    assert np.sum(summary["test"]["confusion"]) == 300
    means = epochs.groupby("epoch").train_loss.mean()
    assert np.allclose(means, pd.read_csv(flowers.folder / "metrics.csv").train_loss)
    assert f"{mean(own):.4f} ± " in flowers.out
    assert "over 2 times 5 folds; 95 %" in flowers.out
    assert (flowers.folder / "confusion.png").is_file()


def test_the_model_is_the_mean_of_the_folds(flowers):
    bundle, rows = nnrun.load(flowers.folder), [[5.0, 3.0, 4.0, 1.0]]

    answers = bundle.predict(rows)

    each = [one.infer(np.array(rows))[0] for one in bundle.members]
    assert len(each) == 10
    assert np.allclose(answers.iloc[0, 1:4].astype(float), np.mean(each, axis=0))
    assert answers.spread_species[0] > 0


def test_tables_of_classes_add_up_where_one_fold_tests_a_class_that_none_learns():
    known, more = [[1, 11], [2, 10]], [[0, 1, 0], [12, 0, 0], [3, 4, 0]]

    assert mean_of([known, more]) == [[1, 12, 0], [14, 10, 0], [3, 4, 0]]
    assert mean_of([known, known]) == [[2, 22], [4, 20]]


def test_folds_in_time_and_two_classes_with_a_threshold(shops, small, nnrun):
    words = ("dataset=table", shops, "dataset.target=dear", "dataset.drop=[price]")
    ran = small(*words, "dataset.split.by=day", "dataset.split.folds=3", "training.threshold=f1")

    assert ran.code == 0, ran.err
    summary = ran.json("summary.json")
    assert len({fold["rows"]["train"] for fold in summary["folds"]}) == 3
    middle = mean(fold["threshold"] for fold in summary["folds"])
    assert ran.json("model.json")["threshold"] == pytest.approx(middle)
    assert nnrun("reproduce", str(ran.folder)).code == 0


@pytest.mark.parametrize(
    ("words", "wrong"),
    [
        (("dataset=landscape", "model=point", "loss=height"), "the test rows of"),
        (("dataset=iris", "dataset.split.test=0.3"), "dataset.split.folds=2 says which rows"),
        (("dataset=iris", "dataset.split.folds=60"), "use dataset.split.folds=50 at most"),
        (("dataset=diabetes", "optimizer.lr=1e30"), "fold 1 of 2: "),
    ],
)
def test_what_cannot_be_is_told_in_a_line(words, wrong, small):
    ran = small("dataset.split.folds=2", *words) if "folds" not in words[-1] else small(*words)

    assert ran.code in (2, 3)
    assert wrong in ran.err
    assert "Traceback" not in ran.err
