"""A run in bags answers by networks that share its rows: what some learn from validates others."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from nnrun.bundle.loading import load
from nnrun.config.experiment import build
from nnrun.training.ensemble import networks_of
from nnrun.training.importance import importance
from nnrun.training.training import Training

SIZES = ("model.widths=[8]", "training.epochs=4", "training.batch_size=32")
NUMBERS = ("dataset=diabetes", "dataset.split.bags=3", *SIZES)
CLASSES = ("dataset=iris", "dataset.split.bags=3", "training.ensemble=2", *SIZES)

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture
def experiment(composer):
    def make(*words):
        (job,) = composer(*words)
        return build(job.config, job.overrides, job.choices)

    return make


def trained(experiment):
    training = Training([experiment], torch.device("cpu"))
    for _ in training.epochs():
        pass
    return training


def told(ran):
    return ran.json("summary.json"), pd.read_csv(ran.folder / "predictions.csv", index_col="row")


def test_each_bag_is_the_run_of_that_bag_alone(experiment):
    words = (*NUMBERS, "training.ensemble=2")
    whole = trained(experiment(*words))

    for bag, ours in enumerate(whole.reached(0), 1):
        (alone,) = trained(experiment(*words, f"dataset.split.fold={bag}")).reached(0)
        assert ours.best_epoch == alone.best_epoch
        assert all(torch.equal(ours.tensors[name], one) for name, one in alone.tensors.items())


def test_no_two_networks_have_a_seed_in_common(experiment):
    each = networks_of(experiment(*NUMBERS, "training.ensemble=2"))

    seeds = [network.settings.seed for bag in each for network in bag]
    assert seeds[0] == 0
    assert len({*seeds}) == 6


@pytest.mark.parametrize("words", [NUMBERS, CLASSES])
def test_test_rows_are_judged_by_the_mean_of_all_networks(words, small, experiment):
    ran = small(*words)
    summary, said = told(ran)

    bundle, one = load(ran.folder), experiment(*words)
    each = [
        said
        for bag, model in zip(one.each_fold, bundle.members, strict=True)
        for said in model.infer_each(bag.data.inputs[bag.rows.test])
    ]
    mean, rows = np.mean(each, 0), one.rows.test

    assert len(each) == one.networks
    assert [*said.index] == [*rows]
    told_of = said.filter(regex=r"^p\(|^predicted_").to_numpy()
    assert np.allclose(told_of, mean, rtol=1e-6)
    assert said.filter(like="spread_").gt(0).all(axis=None)
    true = one.data.targets[rows]
    if one.data.classes:
        assert summary["test"]["accuracy"] == pytest.approx((mean.argmax(1) == true).mean())
    else:
        assert summary["test"]["rmse"] == pytest.approx(np.sqrt(np.square(mean - true).mean()))


def test_rows_validate_where_they_were_not_learnt(small, experiment):
    words = (*NUMBERS, "dataset.split.test=0")
    ran = small(*words, "output.baselines=true")
    summary, said = told(ran)

    bundle, one = load(ran.folder), experiment(*words)
    each = [
        pd.Series(model.infer(bag.data.inputs[bag.rows.val])[:, 0], bag.rows.val)
        for bag, model in zip(one.each_fold, bundle.members, strict=True)
    ]
    held_out = pd.concat(each)

    assert sorted(said.index) == [*range(442)]
    assert np.allclose(said.predicted_progression, held_out[said.index])
    true = one.data.targets[held_out.index][:, 0]
    reached = np.sqrt(np.mean((held_out - true) ** 2))
    assert summary["val"]["rmse"] == pytest.approx(reached)
    assert summary["rows"] == {"train": 294, "val": 442}
    # a line through the rows that the bag learns from, and not through those that it judges
    bag = one.each_fold[1].rows
    x, y = one.data.inputs, one.data.targets
    line = np.linalg.lstsq(np.c_[x, np.ones(442)][bag.train], y[bag.train], rcond=None)[0]
    missed = np.square(np.c_[x, np.ones(442)][bag.val] @ line - y[bag.val]).mean()
    assert 0.9 < summary["baselines"]["linear"]["rmse"] / np.sqrt(missed) < 1.1


def test_intervals_follow_from_what_each_bag_held_out(small):
    ran = small(*NUMBERS, "dataset.split.test=0")
    _, said = told(ran)

    errors = np.sort((said.predicted_progression - said.true_progression).abs())
    low, high = load(ran.folder).predict([[0.0] * 10], interval=0.5).iloc[0, -2:]
    assert (high - low) / 2 == pytest.approx(errors[221], rel=0.05)


def test_one_temperature_and_one_threshold_are_for_all_bags(small):
    words = ("dataset=breast_cancer", "dataset.split.bags=3", "optimizer.lr=0.05", *SIZES)
    more = "training.calibrate=true", "training.threshold=f1", "training.ensemble=2"

    ran = small(*words, *more)

    members = load(ran.folder).members
    (temperature,) = {member.temperature for member in members}
    (threshold,) = {member.threshold for member in members}
    summary = ran.json("summary.json")
    assert temperature == summary["calibration"]["temperature"] != 1
    before, after = summary["calibration"]["val"]["log_loss"]
    assert after < before
    assert threshold == summary["threshold"] == load(ran.folder).threshold


def test_the_model_is_as_sure_as_the_metrics_tell(small, experiment):
    words = (*CLASSES, "training.calibrate=true")
    ran = small(*words)
    summary, said = told(ran)

    rows = experiment(*words).data.inputs[said.index]
    answers = load(ran.folder).infer(rows)

    assert summary["calibration"]["temperature"] != 1
    assert np.allclose(said.filter(like="p("), answers, rtol=1e-6)


def test_its_folder_is_used_as_any_other(small, nnrun):
    ran = small(*CLASSES, "output.pictures=true")

    assert (ran.folder / "confusion.png").is_file()
    networks = pd.read_csv(ran.folder / "networks.csv")
    assert sorted(networks.network.unique()) == [1, 2, 3, 4, 5, 6]
    each = networks.drop_duplicates("network")
    assert [*each.bag] == [1, 1, 2, 2, 3, 3]
    told = pd.DataFrame(ran.json("summary.json")["networks"])
    assert np.array_equal(told[["bag", "seed"]], each[["bag", "seed"]])
    assert np.allclose(
        networks.groupby("epoch").val_loss.mean(), pd.read_csv(ran.folder / "metrics.csv").val_loss
    )
    for verb in ("reproduce", "importance"):
        assert nnrun(verb, str(ran.folder)).code == 0
    assert nnrun("refit", str(ran.folder), "-o", "all").code == 0


@pytest.mark.parametrize("words", [(), ("dataset.split.test=0",)])
def test_importance_is_that_of_all_networks_on_rows_that_count_once(words, small, houses):
    words = ("dataset=table", f"dataset.path={houses}", "dataset.target=price", *SIZES, *words)
    ran = small(*words, "dataset.split.bags=3", "training.ensemble=2", "training.score=rmse")

    found = importance(ran.folder, 2)

    summary = ran.json("summary.json")
    part = "test" if summary["rows"].get("test") else "val"
    assert found.rows == summary["rows"][part]
    assert found.reached == pytest.approx(summary[part]["rmse"])
    assert any(column.mean != 0 for column in found.columns)


@pytest.mark.parametrize(
    ("words", "wrong"),
    [
        (("dataset=landscape", "model=point", "loss=height"), "the rows of"),
        (("dataset=iris", "dataset.split.val=0.3"), "dataset.split.bags=3 says which rows"),
        (("dataset=iris", "dataset.split.bags=70"), "use dataset.split.bags=60 at most"),
        (("dataset=diabetes", "optimizer=sgd", "optimizer.lr=1e30", *SIZES), "bag 1 of 3: "),
    ],
)
def test_what_cannot_be_is_told_in_a_line(words, wrong, small):
    ran = small("dataset.split.bags=3", *words) if "bags" not in words[-1] else small(*words)

    assert ran.code in (2, 3)
    assert wrong in ran.err
    assert "Traceback" not in ran.err


def test_what_is_told_of_rows_is_so_of_all_bags(experiment, tmp_path):
    pairs = [f"{place % 20}.5,{'abcd'[place % 4]},{place % 20 % 7}.25" for place in range(40)]
    alone = [f"3.25,{town},0.75" for town in ("e", "f", "g")]
    (tmp_path / "twice.csv").write_text("x,town,y\n" + "\n".join([*pairs, *alone]))
    data = ("dataset=table", f"dataset.path={tmp_path}/twice.csv", "dataset.target=y")

    one = experiment(*data, "dataset.split.bags=4")

    tested = {*one.rows.test}
    held = [{*bag.rows.val} for bag in one.each_fold]
    of_tests = sum((row + 20) % 40 not in tested for row in tested if row < 40)
    of_val = sum((row + 20) % 40 not in {*own, *tested} for own in held for row in own if row < 40)
    notes = one.prepared_together.notes
    assert one.prepared_together.repeated == {"val": of_val, "test": of_tests}
    assert any(f"{of_tests} of {len(tested)} test rows" in note for note in notes)
    assert any("column 'town': 3 val or test rows of a category" in note for note in notes)


TABLE = ("dataset=table", "dataset.path=towns.csv", "dataset.target=y", "dataset.split.group=town")


@pytest.mark.parametrize(
    ("split", "advice"),
    [
        ("bags=3", "take fewer bags, or another dataset.split.group"),
        ("folds=3", "take fewer folds, or another dataset.split.group"),
    ],
)
def test_a_class_of_one_town_alone_is_refused_in_the_words_of_the_split(split, advice, small):
    labels = ("rare", "no", "yes", "no", "yes")
    rows = [f"{place},{place % 5},{labels[place % 5]}" for place in range(60)]
    Path("towns.csv").write_text("x,town,y\n" + "\n".join(rows))
    alone = () if "bags" in split else ("dataset.split.val=0",)

    ran = small(*TABLE, f"dataset.split.{split}", *alone)

    told = f"dataset.split.{split}: class 'rare' is not learnt in all {split[:-2]}; {advice}"
    assert told in ran.err


def test_a_column_that_is_read_otherwise_in_a_bag_is_told_of_bags(small):
    seldom = ["" if place % 4 else f"{place % 3}.5" for place in range(60)]
    rows = [f"{place % 7},{place % 4},{place % 13}.5,{seldom[place]}" for place in range(60)]
    Path("towns.csv").write_text("x,town,y,seldom\n" + "\n".join(rows))
    gaps = ("dataset.missing=median", "dataset.split.bags=4", "dataset.split.test=0")

    ran = small(*TABLE, *gaps, "dataset.unfit=drop")

    assert "column 'seldom' is not read alike in all bags; left out" in ran.out


def test_each_bag_is_told_of_the_gaps_in_its_own_training_rows(tmp_path, nnrun, experiment):
    rng = np.random.default_rng(0)
    size, age = rng.normal(size=(2, 60)).round(3)
    frame = pd.DataFrame({"size": size, "age": age, "price": (3 * size).round(3) + 0.5})
    frame.loc[:14, "age"] = np.nan
    frame.to_csv(tmp_path / "gaps.csv", index=False)
    words = (
        *("dataset=table", f"dataset.path={tmp_path / 'gaps.csv'}", "dataset.target=price"),
        *("dataset.missing=median", "dataset.flag_gaps=8", "dataset.split.bags=4"),
        *("output.pictures=false", "output.baselines=false", *SIZES),
    )
    made = experiment(*words)

    ran = nnrun(*words)

    flagged = {fold.prepared.data.flagged for fold in made.folds}
    assert flagged == {(), (1,)}  # else no bag differs from another here
    _, said = told(ran)
    model = load(ran.folder)
    rows = frame.loc[said.index].drop(columns="price")
    np.testing.assert_allclose(model.predict(rows)["price"], said.predicted_price, rtol=1e-5)
