"""What is learnt follows from the training rows alone, whatever stands in the others.

Rows that validate or test are poisoned in every way that leaves them readable; whatever training made of its own rows
must not move by a bit.
"""

import json
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from nnrun.config.experiment import build
from nnrun.parts.dataset.texts import Texts
from nnrun.training.rarity import rare_class
from nnrun.training.training import Training

ROWS = 150
NUMBERS, TEXTS = ("size", "age"), ("town", "code")


def clean_table() -> pd.DataFrame:
    """Rows with numbers, gaps, a usual and a rare category, a date, and what is to be predicted."""
    draw = np.random.default_rng(0)
    place = np.arange(ROWS)
    size, age = draw.uniform(20, 90, ROWS).round(1), draw.integers(1, 60, ROWS)
    town = draw.choice(["Bonn", "Rome", "Oslo"], ROWS)
    price = (2.5 * size + 40 * (town == "Rome") + 0.1 * place + 1).round(2)
    table = pd.DataFrame(
        {
            "size": size.astype(str),
            "age": age.astype(str),
            "town": town,
            "code": draw.choice(["x", "y", "y", "z", "z", "z", "q7"], ROWS),
            "sold": [f"2024-{1 + p % 12:02}-{1 + p % 28:02}" for p in place],
            "part": [("train", "val", "train", "test", "train")[p % 5] for p in place],
            "day": [str(p) for p in place],
            "shop": [f"s{p % 15}" for p in place],
            "price": price.astype(str),
            "grade": np.where(size > 60, "high", np.where(size > 40, "mid", "low")),
        }
    )
    table.loc[place % 11 == 0, "age"] = ""
    table.loc[place % 13 == 0, "town"] = ""
    return table


def multiplied(table, rows):
    """Numbers of another size."""
    for name in NUMBERS:
        filled = [row for row in rows if table.at[row, name]]
        table.loc[filled, name] = [f"{float(table.at[row, name]) * 1e6}" for row in filled]


def relabelled(table, rows):
    table.loc[rows, "price"] = [f"{float(price) * 1e6:.0f}" for price in table.loc[rows, "price"]]
    table.loc[rows, "grade"] = "low"


def of_new_classes(table, rows):
    table.loc[rows, "grade"] = [f"new{row % 7}" for row in rows]


def of_new_categories(table, rows):
    for name in TEXTS:
        table.loc[rows, name] = [f"{name}{row}" for row in rows]


def numbered(table, rows):
    """Numbers where texts were."""
    for name in TEXTS:
        table.loc[rows, name] = [str(row) for row in rows]


def emptied(table, rows):
    for name in (*NUMBERS, *TEXTS, "sold"):
        table.loc[rows, name] = ""


def dated(table, rows):
    table.loc[rows, "sold"] = [f"{1900 + row}-01-01 12:{row % 60:02}" for row in rows]


POISONS = (
    multiplied,
    relabelled,
    of_new_classes,
    of_new_categories,
    numbered,
    emptied,
    dated,
)
SPLITS = {
    "column": ("dataset.split.column=part", "dataset.drop=[day,shop]"),
    "by": ("dataset.split.by=day", "dataset.drop=[part,shop]"),
    "group": ("dataset.split.group=shop", "dataset.drop=[part,day]"),
    "drawn": ("dataset.drop=[part,day,shop]",),
}
TASKS = {
    "numbers": ("dataset.target=price", "dataset.drop+=grade"),
    "classes": ("dataset.target=grade", "dataset.drop+=price"),
}
SCALES = ("standard", "min_max", "robust", "quantile", "none", "pixels", "signed")
READ = (
    "dataset=table",
    "dataset.path=rows.csv",
    "dataset.missing=median",
    "dataset.dates=parts",
    "dataset.rare=12",
    "model.widths=[4]",
    "training.batch_size=16",
    "training.epochs=3",
)


def setting(split, task, *more):
    """The words of one setting; columns that nobody learns from are dropped."""
    *by, dropped = SPLITS[split]
    target, other = TASKS[task]
    drop = f"{dropped[:-1]},{other.removeprefix('dataset.drop+=')}]"
    return (*READ, *by, drop, target, *more)


@dataclass(frozen=True)
class Learnt:
    """All that follows from training rows."""

    read: str  # encoders, fills, levels, scalers, class weights, what is told to be rare
    rows: bytes  # as the network gets them
    weights: bytes  # after the last epoch, whichever was best
    losses: list[float]
    watched: list[float]  # by validation rows

    @property
    def of_training(self):
        return self.read, self.rows, self.weights, self.losses


@pytest.fixture
def learn(tmp_path, monkeypatch, composer):
    """What is learnt of a table with some settings, and the rows of each part."""
    monkeypatch.chdir(tmp_path)

    def from_table(table: pd.DataFrame, *words: str):
        table.to_csv("rows.csv", index=False)
        (job,) = composer(*words)
        experiment = build(job.config, job.overrides, job.choices)
        return learnt_in(experiment), experiment.rows

    return from_table


def learnt_in(experiment) -> Learnt:
    prepared, train = experiment.prepared, experiment.rows.train
    about = {
        "inputs": prepared.inputs.plain(),
        "targets": prepared.targets.plain(),
        "classes": experiment.data.classes,
        "dates": experiment.data.reading,
        "loss": repr(experiment.loss),
        "rare": rare_class(experiment),
    }
    rows = prepared.features(train).tobytes() + prepared.wanted(train).tobytes()
    training = Training([experiment], torch.device("cpu"))
    for _ in training.epochs():
        pass
    (epochs,) = training.history
    return Learnt(
        json.dumps(about, default=list),
        rows,
        training.stacks[0].state.numbers.numpy().tobytes(),
        [epoch.train_loss for epoch in epochs],
        [epoch.val_loss for epoch in epochs],
    )


def harmless(poison, split, task) -> bool:
    """Whether the poison leaves the split alone: drawn rows of classes follow from these."""
    follows_classes = split == "drawn" and task == "classes"
    return not (follows_classes and poison in (relabelled, of_new_classes))


CASES = [
    (split, task, poison)
    for split, task, poison in product(SPLITS, TASKS, POISONS)
    if harmless(poison, split, task)
]


def all_harmless(split, task):
    """Poison with everything that leaves the split alone."""

    def poison(table, rows):
        for one in (multiplied, relabelled, of_new_classes, of_new_categories, dated):
            if harmless(one, split, task):
                one(table, rows)
        emptied(table, rows[::5])

    return poison


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("split", SPLITS)
def test_poisoned_rows_that_judge_move_nothing_that_is_learnt(split, task, learn):
    check_poison(split, task, all_harmless(split, task), learn)


@pytest.mark.trust
@pytest.mark.parametrize(("split", "task", "poison"), CASES)
def test_each_poison_by_itself_moves_nothing_that_is_learnt(split, task, poison, learn):
    check_poison(split, task, poison, learn)


def check_poison(split, task, poison, learn):
    table, words = clean_table(), setting(split, task)
    clean, rows = learn(table, *words)
    in_test, in_both = table.copy(), table.copy()
    poison(in_test, rows.test.tolist())
    poison(in_both, rows.new.tolist())

    test_poisoned, _ = learn(in_test, *words)
    both_poisoned, _ = learn(in_both, *words)

    assert test_poisoned == clean
    assert both_poisoned.of_training == clean.of_training


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("task", TASKS)
def test_no_scaling_knows_of_poisoned_rows(scale, task, learn):
    words = setting("column", task, f"dataset.scale.inputs={scale}")
    if task == "numbers" and scale not in ("pixels", "signed", "robust"):
        words = (*words, f"dataset.scale.targets={scale}")
    table = clean_table()
    clean, rows = learn(table, *words)
    poisoned = table.copy()
    for poison in (multiplied, relabelled, of_new_categories, dated):
        poison(poisoned, rows.new.tolist())

    found, _ = learn(poisoned, *words)

    assert found.of_training == clean.of_training


PREPROCESSING = {
    "logarithms": ("numbers", ("dataset.scale.targets=log",)),
    "quantile loss": ("numbers", ("loss=quantile",)),
    "balanced classes": ("classes", ("loss=cross_entropy", "loss.weights=balanced")),
    "hidden categories": ("classes", ("dataset.unseen=0.2",)),
    "categories by name": ("numbers", ("dataset.categorical=[age]",)),
    "rows left out": ("numbers", ("dataset.missing=drop",)),
    "rows that weigh": ("numbers", ("dataset.weight=age", "dataset.missing=drop")),
    "bins": ("numbers", ("model.embedding=piecewise", "model.bins=5")),
    "columns left out": ("numbers", ("dataset.unfit=drop", "dataset.decimal=detect")),
    "no validation rows": ("classes", ("dataset.split.val=0.0",)),
}


@pytest.mark.parametrize("case", PREPROCESSING)
def test_no_other_preparation_knows_of_poisoned_rows(case, learn):
    task, changes = PREPROCESSING[case]
    given = {word.partition("=")[0] for word in changes}
    words = [word for word in setting("column", task) if word.partition("=")[0] not in given]
    table = clean_table()
    clean, rows = learn(table, *words, *changes)
    dropped = "dataset.missing=drop" in changes
    kept = table[(table["age"] != "") & (table["town"] != "")] if dropped else table
    poisoned = table.copy()
    for poison in (multiplied, relabelled, of_new_categories, dated):
        poison(poisoned, kept.index[rows.new].tolist())

    found, _ = learn(poisoned, *words, *changes)

    assert found.of_training == clean.of_training


def test_the_negative_control_a_training_row_moves_all(learn):
    table, words = clean_table(), setting("column", "numbers")
    clean, rows = learn(table, *words)
    poisoned = table.copy()
    multiplied(poisoned, rows.train[:1].tolist())

    found, _ = learn(poisoned, *words)

    assert found.read != clean.read
    assert found.rows != clean.rows
    assert found.weights != clean.weights
    assert found.losses != clean.losses


# By the front door


FILES = ("model.safetensors", "model.json", "metrics.csv")


def test_a_run_leaves_the_same_model_whatever_its_test_rows_hold(small, tmp_path):
    table, words = clean_table(), setting("column", "classes")
    poisoned = table.copy()
    for poison in (multiplied, of_new_classes, of_new_categories, dated):
        poison(poisoned, table.index[table["part"] == "test"].tolist())

    clean, found = (run_on(each, tmp_path, small, words) for each in (table, poisoned))

    assert files_of(clean) == files_of(found)
    assert (
        "no train row is of 'new0', 'new1', 'new2' and 4 more: 30 test rows can only" in found.out
    )
    assert found.json("summary.json")["test"]["accuracy"] == 0


def run_on(table, folder: Path, small, words):
    table.to_csv(folder / "rows.csv", index=False)
    ran = small(*words)
    assert ran.code == 0, ran.err
    return ran


def files_of(ran) -> dict[str, str | bytes]:
    kept = {name: (ran.folder / name).read_bytes() for name in FILES}
    timed = pd.read_csv(ran.folder / "metrics.csv")
    return {**kept, "metrics.csv": timed.drop(columns="seconds", errors="ignore").to_csv()}


def test_a_text_among_numbers_is_told_with_its_line_though_it_stands_in_test_rows_alone(
    small, tmp_path
):
    table = clean_table()
    tested = table.index[table["part"] == "test"]
    table.loc[tested, "size"] = [f"text{row}" for row in tested]
    table.to_csv(tmp_path / "rows.csv", index=False)

    ran = small(*setting("column", "numbers"))

    assert ran.code == 2
    assert ran.err == (
        f"error: rows.csv:{tested[0] + 2}: column 'size': 'text{tested[0]}' is not a number"
        " (30 of 150 rows: lines 5, 10, 15 and 27 more);"
        " fix it, or set dataset.categorical=[size] or dataset.drop=[size]\n"
    )
    assert ran.folders == []


@pytest.mark.parametrize("poison", [of_new_categories, dated], ids=["categories", "dates"])
def test_the_negative_control_a_leak_is_noticed(poison, learn, monkeypatch):
    table, words = clean_table(), setting("column", "numbers")
    clean, rows = learn(table, *words)
    usual = Texts.counted
    monkeypatch.setattr(Texts, "counted", lambda column, rows=None: usual(column))
    poisoned = table.copy()
    poison(poisoned, rows.new.tolist())

    found, _ = learn(poisoned, *words)

    assert found.of_training != clean.of_training
