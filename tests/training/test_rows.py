"""Which rows a run learns from and is judged by, from the door."""

import json
from datetime import date, timedelta

import pandas as pd
import pytest

from nnrun import load
from nnrun.report.numbers import within
from nnrun.runs.predictions import read_predictions

MOONS = ("dataset=moons", "dataset.rows=100", "training.batch_size=20", "training.epochs=3")

ROWS = 60


@pytest.fixture
def shops(tmp_path):
    """A table whose rows have a day, a customer, a part and a size to predict a price from."""
    days = [(7 * row) % ROWS for row in range(ROWS)]
    parts = ("train", "train", "val", "train", "test")
    frame = pd.DataFrame(
        {
            "day": [f"{date(2026, 1, 1) + timedelta(day)}" for day in days],
            "customer": [f"c{row % 12}" for row in range(ROWS)],
            "part": [parts[row % 5] for row in range(ROWS)],
            "size": [row % 13 + 0.5 for row in range(ROWS)],
            "price": [3 * (row % 13) + 1.5 for row in range(ROWS)],
        }
    )
    frame.to_csv(tmp_path / "shops.csv", index=False)
    return frame


def words(*split, drop):
    """What is typed to learn from the size alone, with rows split in some way."""
    table = ("dataset=table", "dataset.path=shops.csv", "dataset.target=price")
    return (*table, f"dataset.drop=[{','.join(drop)}]", "training.batch_size=8", *split)


def rows_tested(ran):
    return pd.read_csv(ran.folder / "predictions.csv")["row"].tolist()


@pytest.mark.parametrize(
    ("setting", "column", "others", "note"),
    [
        ("column", "part", ("day", "customer"), ""),
        ("by", "day", ("part", "customer"), "train up to 2026-02-05, val up to 2026-02-17, test"),
        ("group", "customer", ("part", "day"), "split by customer: 7 train, 3 val, 2 test; none"),
    ],
)
def test_a_column_splits_the_rows_and_is_not_learnt_from(
    setting, column, others, note, shops, small
):
    ran = small(*words(f"dataset.split.{setting}={column}", drop=others))

    assert ran.code == 0, ran.err
    assert note in ran.out
    assert [known.name for known in load(ran.folder).inputs.columns] == ["size"]
    rest = shops.drop(index=rows_tested(ran))
    there = shops.loc[rows_tested(ran)]
    if setting == "column":
        assert set(there["part"]) == {"test"}
        assert set(rest["part"]) == {"train", "val"}
    elif setting == "by":
        assert there["day"].min() > rest["day"].max()
    else:
        assert not set(there["customer"]) & set(rest["customer"])


@pytest.mark.parametrize(
    ("split", "told"),
    [
        ("by=dya", "dataset.split.by: no column 'dya' among day, customer, part, size, price; did"),
        ("group=price", "dataset.split.group=price: is the target; choose another column"),
        ("column=size", "shops.csv:2: column 'size': '0.5', '1.5', '2.5' and 10 more is none of"),
    ],
)
def test_a_column_that_cannot_split_the_rows_is_told(split, told, shops, small):
    ran = small(*words(f"dataset.split.{split}", drop=("day", "customer")))

    assert ran.code == 2
    assert f"error: {told}" in ran.err


def test_whether_the_day_or_the_month_comes_first_is_told_for_the_split_as_for_inputs(
    shops, small, tmp_path
):
    shops["day"] = [f"{row % 12 + 1}/{row // 12 + 1}/2026" for row in range(ROWS)]
    shops.to_csv(tmp_path / "shops.csv", index=False)
    asked = words("dataset.split.by=day", drop=("customer", "part"))

    refused, ran = small(*asked), small(*asked, "dataset.dates=day_first")

    assert "dates such as '2/1/2026' may begin with the day or the month; set" in refused.err
    assert "train up to 12/3/2026, val up to 12/4/2026, test up to 12/5/2026" in ran.out


@pytest.mark.parametrize("missing", ["drop", "median"])
def test_gaps_in_the_column_that_splits_are_told_or_left_out(missing, shops, small, tmp_path):
    shops.loc[[3, 8], "day"] = ""
    shops.to_csv(tmp_path / "shops.csv", index=False)
    asked = words("dataset.split.by=day", drop=("customer", "part"))

    refused, ran = small(*asked), small(*asked, f"dataset.missing={missing}")

    assert (
        "error: shops.csv:5: column 'day', by which rows are split, is empty in 2 rows (lines 5, 10);"
        " leave such rows out by dataset.missing=drop or dataset.missing=median" in refused.err
    )
    assert "58 rows (34 train, 12 val, 12 test), 1 column" in ran.out


def test_a_data_set_without_a_table_has_no_column_to_split_by(nnrun):
    ran = nnrun("check", "dataset=moons", "dataset.split.group=customer")

    assert ran.code == 2
    assert (
        "error: dataset.split.group=customer: dataset=moons has no columns to split by;"
        " use dataset=table, or leave it out" in ran.err
    )


# Without test rows, or without validation rows


@pytest.mark.parametrize(
    ("split", "parts", "rows"),
    [
        (("dataset.split.test=0",), {"train", "val"}, "validation"),
        (("dataset.split.val=0",), {"train", "test"}, "test"),
        (("dataset.split.test=0", "dataset.split.val=0"), {"train"}, "training"),
    ],
)
def test_a_run_is_judged_by_rows_that_are_there(split, parts, rows, nnrun):
    ran = nnrun(*MOONS, *split)

    summary = ran.json("summary.json")
    assert ran.code == 0, ran.err
    assert f"\non the {rows} rows" in ran.out
    assert set(summary) & {"train", "val", "test"} == parts
    judged = summary[{"validation": "val", "training": "train"}.get(rows, rows)]
    assert len(rows_tested(ran)) == sum(one["rows"] for one in judged["per_class"].values())
    assert set(summary["baselines"]) == {"constant", "linear", "nearest neighbours"}
    assert {"curves.png", "confusion.png", "regions.png"} <= {
        file.name for file in ran.folder.iterdir()
    }


def test_without_validation_rows_the_last_weights_are_kept(small):
    ran = small(*MOONS, "dataset.split.val=0")

    lines = ran.read("metrics.csv").splitlines()
    assert ran.json("summary.json")["best_epoch"] == 3
    assert ran.json("summary.json")["val_loss"] is None
    assert [line.split(",")[2:4] for line in lines[1:]] == [["", ""]] * 3
    assert "epoch 3/3  train " in ran.out
    assert "  val " not in ran.out
    assert "cannot tell: no rows validated the training" in ran.out


def test_what_follows_the_validation_loss_is_refused_without_validation_rows(nnrun):
    following = "regularisation=early_stopping", "scheduler=plateau"

    ran = nnrun("check", *MOONS[:2], "dataset.split.val=0", *following)

    why = "follows the validation loss, but there are no validation rows"
    assert ran.code == 2
    assert f"error: regularisation.patience=10: {why}" in ran.err
    assert f"error: scheduler=plateau: {why}" in ran.err


def test_a_sweep_without_validation_rows_says_what_ranks_its_members(nnrun):
    tiny = (*MOONS, "output.baselines=false", "hydra.launcher.workers=1")

    ran = nnrun("-m", *tiny, "dataset.split.val=0", "optimizer.lr=1e-3,1e-2")

    assert ran.code == 0, ran.err
    assert "no rows validate: the test rows rank the members" in ran.out
    assert "test accuracy" in ran.read("sweep.csv").replace("_", " ")
    assert {"sweep.png", "curves.png"} <= {file.name for file in ran.folder.iterdir()}


def test_images_may_all_train(small, image_files):
    image_files("files")

    ran = small("dataset=mnist", "dataset.path=files", "dataset.val=0", "model.widths=[4]")

    assert "260 rows (200 train, 60 test)" in ran.out


# Test rows from a file of their own


@pytest.fixture
def two_files(shops, tmp_path):
    """Forty rows in one file, and twenty in another, with their columns in another order."""
    shops[:40].to_csv(tmp_path / "shops.csv", index=False)
    shops[40:][["price", "size", "day", "customer"]].to_csv(tmp_path / "test.csv", index=False)
    return ("dataset.test_path=test.csv", "training.batch_size=8")


def learnt(*more):
    table = ("dataset=table", "dataset.path=shops.csv", "dataset.target=price")
    return (*table, "dataset.drop=[customer,part,day]", *more)


def test_a_file_of_its_own_holds_the_test_rows(two_files, shops, small):
    ran = small(*learnt(*two_files))

    assert ran.code == 0, ran.err
    assert "60 rows (32 train, 8 val, 20 test), 1 column, 1 target" in ran.out
    assert "test.csv: 20 test rows" in ran.out
    assert "extra column" not in ran.out
    assert rows_tested(ran) == list(range(20))
    told = pd.read_csv(ran.folder / "predictions.csv")["true_price"]
    assert told.tolist() == shops["price"][40:].tolist()


@pytest.mark.parametrize(
    ("called", "folds", "heading"),
    [
        ("row", (), "row,id_row,true_price,predicted_price"),
        ("fold", ("dataset.split.folds=2",), "fold,row,id_fold,true_price,predicted_price"),
        ("predicted_price", (), "row,id_predicted_price,true_price,predicted_price"),
    ],
)
def test_what_rows_are_called_stands_apart_in_their_predictions(
    called, folds, heading, shops, small
):
    shops.rename(columns={"day": called}).to_csv("shops.csv", index=False)
    table = ("dataset=table", "dataset.path=shops.csv", "dataset.target=price")

    ran = small(*table, "dataset.drop=[customer,part]", f"dataset.id={called}", *folds)

    assert ran.code == 0, ran.err
    told = pd.read_csv(ran.folder / "predictions.csv", index_col="row")
    assert ran.read("predictions.csv").splitlines()[0] == heading
    assert told[f"id_{called}"].tolist() == shops["day"][told.index].tolist()
    assert len(read_predictions(ran.folder).rows) == len(told)


def test_large_numbers_that_differ_little_are_told_as_the_table_has_them(shops, small):
    far = shops.assign(price=1e9 + shops["price"])
    far.to_csv("shops.csv", index=False)

    ran = small(*learnt())

    told = pd.read_csv(ran.folder / "predictions.csv", index_col="row")
    assert told["true_price"].tolist() == far["price"][told.index].tolist()
    missed = (told["predicted_price"] - told["true_price"]).abs().mean()
    assert missed == pytest.approx(ran.json("summary.json")["test"]["mae"], rel=1e-5)


def test_rows_that_train_and_judge_are_told(two_files, shops, small):
    ran = small(*learnt(*two_files))

    repeated = ran.json("summary.json")["repeated"]
    known = shops["size"][40:].isin(shops["size"][:40]).sum()
    assert 0 < repeated["test"] <= known
    share = f"{repeated['test']} of 20 test rows ({repeated['test'] / 20:.1%})"
    assert f"and {share}" in ran.out
    assert "the train rows hold again, inputs and target alike, " in ran.out


def test_evaluating_the_file_gives_the_test_metrics(two_files, small, nnrun):
    ran = small(*learnt(*two_files))

    evaluated = nnrun("evaluate", str(ran.folder), "test.csv", "--json")

    assert json.loads(evaluated.out)["r2"] == pytest.approx(
        ran.json("summary.json")["test"]["r2"], rel=1e-6
    )


def test_a_file_of_test_rows_goes_with_a_split_of_the_others(two_files, small):
    words = learnt(*two_files, "dataset.split.by=day")
    ran = small(*(word.replace(",day]", "]") for word in words))

    assert ran.code == 0, ran.err
    assert "60 rows (32 train, 8 val, 20 test), 1 column, 1 target" in ran.out


@pytest.mark.parametrize(
    ("change", "words", "told"),
    [
        (lambda rows: rows.drop(columns="size"), (), "test.csv: column 'size' is missing (the"),
        (lambda rows: rows.assign(size="wide"), (), "test.csv:2: column 'size': 'wide' is not a"),
        (lambda rows: rows.assign(size=None), (), "test.csv: 20 missing values in 1 column (size"),
        (
            lambda rows: rows,
            ("dataset.split.test=0.1",),
            "dataset.split.test=0.1: has no effect, as",
        ),
        (
            lambda rows: rows,
            ("dataset.split.column=part", "dataset.drop=[day,customer]"),
            "dataset.split.column=part: names test rows, which dataset.test_path gives already",
        ),
    ],
)
def test_a_file_of_test_rows_that_does_not_fit_is_told(change, words, told, two_files, small):
    rows = pd.read_csv("test.csv")
    change(rows).to_csv("test.csv", index=False)
    keys = {word.partition("=")[0] for word in words}

    ran = small(*(w for w in learnt(*two_files) if w.partition("=")[0] not in keys), *words)

    assert ran.code == 2
    assert f"error: {told}" in ran.err


def test_a_file_that_is_not_there_is_told_by_its_setting(shops, small):
    ran = small(*learnt("dataset.test_path=tset.csv"))

    assert ran.code == 2
    assert "error: dataset.test_path" in ran.err


# Sweeps


TINY = (*MOONS, "output.baselines=false", "hydra.launcher.workers=1", "model.widths=[8]")


def test_a_sweep_over_splits_says_that_its_members_were_judged_on_different_rows(nnrun):
    splits = nnrun("-m", *TINY, "output.pictures=false", "dataset.split.seed=0,1")
    seeds = nnrun("-m", *TINY, "output.pictures=false", "seed=0,1")

    told = "rows      members were judged on different rows (dataset.split.seed): part of"
    assert told in splits.out
    assert "different rows" not in seeds.out


def test_other_points_are_other_rows_and_other_columns_are_not(nnrun, shops):
    points = nnrun("-m", *TINY, "output.pictures=false", "dataset.seed=0,1")
    table = words("output.pictures=false", "output.baselines=false", drop=())
    columns = nnrun(
        *("-m", *(word for word in table if "drop" not in word), "training.epochs=2"),
        *("dataset.drop=[day,customer],[day,customer,part]", "hydra.launcher.workers=1"),
    )

    assert "judged on different rows (dataset.seed)" in points.out
    assert columns.code == 0, columns.err
    assert "different rows" not in columns.out


def test_a_sweep_of_seeds_alone_has_its_picture_and_ties_are_marked(nnrun):
    seeds = nnrun("-m", *TINY, "seed=0,1,2")
    rates = nnrun("-m", *TINY, "optimizer.lr=1e-7,1.1e-7", "output.pictures=false")

    assert (seeds.folder / "sweep.png").stat().st_size > 5000
    assert "within a standard error" not in seeds.out
    assert (
        "the other is tied with it, within a standard error of the difference on the same"
        " 20 validation rows" in rates.out
    )
    first = next(line for line in rates.out.splitlines() if line.endswith("best"))
    assert (rates.folder / "best").resolve().name == f"lr={first.split()[0]}"


def test_the_standard_error_of_the_score_stands_in_the_summary(small):
    ran = small(*MOONS)

    summary = ran.json("summary.json")
    accuracy, rows = summary["test"]["accuracy"], summary["rows"]["test"]
    share = (accuracy * rows + 2) / (rows + 4)  # Agresti and Coull
    expected = (share * (1 - share) / (rows + 4)) ** 0.5
    assert summary["standard_error"]["test"] == pytest.approx(expected)
    (line,) = [line for line in ran.out.splitlines() if line.startswith("accuracy ")]
    assert line.split()[1:4] == within(accuracy, expected).split()
