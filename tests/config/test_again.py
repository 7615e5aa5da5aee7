"""What leads from one configuration to another is written as one would type it."""

from pathlib import Path

import pytest

from nnrun.config.again import again, concerns, differences, followers
from nnrun.config.compose import compose
from nnrun.config.earlier import as_read_now
from nnrun.config.writing import as_typed
from nnrun.runs.record import read_config

EARLIER = Path(__file__).parent.parent / "fixtures" / "0.1.0"
LEFT = sorted(file.parent for file in EARLIER.glob("**/overrides.txt"))


def test_differences_lead_from_one_configuration_to_the_other():
    (today,) = compose(["dataset=table", "dataset.path=a.csv"]).jobs
    changes = ["dataset.path='b=c, d.csv'", "dataset.drop=[a,'1']", "training.threads=2"]
    (saved,) = compose(["dataset=table", *changes, "+training.more={a: 1.5}"]).jobs

    words = list(differences(today.config, saved.config))

    assert set(words) == {
        "dataset.path='b=c, d.csv'",
        "dataset.drop=[a,'1']",
        "training.threads=2",
        "+training.more={a: 1.5}",
    }
    (again,) = compose(["dataset=table", *words]).jobs
    assert again.config == saved.config


def test_what_was_not_there_is_taken_away():
    assert list(differences({"a": {"b": 1, "c": 2}}, {"a": {"c": 2}})) == ["~a.b"]


def test_a_value_that_is_written_otherwise_is_no_difference():
    assert list(differences({"lr": 1.0, "a": {"b": [1]}}, {"lr": 1, "a": {"b": (1,)}})) == []


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (None, "null"),
        (True, "true"),
        (1e-05, "1e-05"),
        ("null", "'null'"),
        ("5%", "'5%'"),
        ("1e3", "'1e3'"),
        ("don't", r"'don\'t'"),
        ("outputs/a/lr=0.1", "'outputs/a/lr=0.1'"),
        (r"C:\data", r"'C:\data'"),
        ("größe", "'größe'"),
        ("odd:Kw", "odd:Kw"),
        ("2024-01-31", "2024-01-31"),
        (["a", 1], "[a,1]"),
        ({}, "{}"),
    ],
)
def test_values_are_written_as_one_types_them(value, written):
    assert as_typed(value) == written


@pytest.mark.parametrize(
    ("word", "other", "concerned"),
    [
        ("model.widths=[8]", "model=residual", True),
        ("model=mlp", "model=residual", True),
        ("+model.arguments.width=8", "model=residual", True),
        ("scheduler@scheduler.first=step", "scheduler=cosine", True),
        ("dataset.split.val=0.1", "dataset.split={val: 0.2}", True),
        ("dataset.split={val: 0.2}", "dataset.split.val=0.1", False),
        ("modelled=1", "model=residual", False),
        ("seed=1", "~seed", True),
    ],
)
def test_a_word_gives_way_to_one_that_sets_the_same_or_what_holds_it(word, other, concerned):
    assert concerns(word, [other]) == concerned


@pytest.mark.parametrize("folder", LEFT, ids=lambda folder: folder.name)
def test_what_an_earlier_version_left_is_composed_as_it_was_meant(folder, monkeypatch):
    monkeypatch.chdir(EARLIER)
    (job,) = compose(again(folder, []).words).jobs

    left = list(differences(job.config, as_read_now(read_config(folder))[0]))
    assert left in ([], ["regularisation.patience=null"])  # as auto is beside a number of epochs


def test_other_data_are_learnt_for_as_long_as_they_want():
    (today,) = compose(["dataset=table", "dataset.path=a.csv", "dataset.target=y"]).jobs
    saved = {"regularisation": {"patience": 96}}

    of_rows = ["training.epochs", "training.batch_size", "regularisation.patience"]
    assert followers(today.config, saved, ["dataset.path=b.csv"]) == of_rows
    assert followers(today.config, saved, ["training.epochs=9"]) == ["regularisation.patience"]
    assert followers(today.config, saved, ["seed=1"]) == []
