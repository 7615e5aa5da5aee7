"""Names of members: what is their own, safe for a folder, told apart."""

import pytest

from nnrun.config.compose import compose
from nnrun.runs.names import LONGEST, member_names


def jobs(*words):
    return compose(["-m", *words]).jobs


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (
            ["optimizer=adam,sgd", "seed=2", "optimizer.lr=1e-3"],
            ["optimizer=adam", "optimizer=sgd"],
        ),
        (["optimizer.lr=1e-3,0.01"], ["lr=0.001", "lr=0.01"]),
        (["model.widths=[64,64],[8]"], ["widths=64x64", "widths=8"]),
        (["regularisation.clip_norm=null,1"], ["clip_norm=null", "clip_norm=1"]),
        (
            ["regularisation=[l2,dropout],none"],
            ["regularisation=l2-dropout", "regularisation=none"],
        ),
        (["training.hashes=true,false"], ["hashes=true", "hashes=false"]),
        (["seed=0,1"], ["seed=0", "seed=1"]),
        (
            ["scheduler=chained", "scheduler@scheduler.first=cosine,step", "training.epochs=40"],
            ["first=cosine", "first=step"],
        ),
    ],
)
def test_a_name_says_what_is_a_members_own(words, expected):
    assert member_names(jobs(*words)) == expected


def test_keys_that_end_alike_are_told_apart():
    assert (
        member_names(jobs("seed=0,1", "dataset.split.seed=5,6"))[0] == "seed=0,dataset.split.seed=5"
    )


def test_a_name_is_safe_for_a_folder_and_not_too_long():
    made = member_names(
        jobs(
            "dataset=table", "dataset.target=y", f"dataset.path={'/a b' * 40}.csv,{'/a c' * 40}.csv"
        )
    )

    assert len(set(made)) == 2
    assert all(len(name.encode()) <= LONGEST and not set(name) & set("/ '\"\\") for name in made)


def test_letters_of_several_bytes_count_as_such_and_capitals_make_no_difference():
    long = member_names(
        jobs(
            "dataset=table", "dataset.target=y", f"dataset.path='{'数' * 90}.csv','{'数' * 91}.csv'"
        )
    )
    alike = member_names(jobs("dataset=table", "dataset.target=y", "dataset.path=A.csv,a.csv"))

    assert all(len(name.encode()) <= LONGEST for name in long)
    assert len({name.casefold() for name in alike}) == 2


def test_a_key_that_ends_as_another_is_called_is_told_in_full():
    assert member_names(jobs("dataset.split.seed=1,2")) == [
        "dataset.split.seed=1",
        "dataset.split.seed=2",
    ]


def test_settings_that_are_typed_together_vary_each_for_itself():
    split = "dataset.split={train: 0.8, val: 0.1, test: 0.1}"

    assert member_names(jobs(split, "dataset.split.seed=1,2")) == [
        "dataset.split.seed=1",
        "dataset.split.seed=2",
    ]
    assert member_names(jobs("dataset.scale={inputs: none},{inputs: min_max}")) == [
        "inputs=none",
        "inputs=min_max",
    ]


def test_members_that_are_the_same_get_names_of_their_own():
    assert len(set(member_names([*jobs("seed=1,2"), *jobs("seed=1,2")]))) == 4
