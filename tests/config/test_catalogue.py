"""What can be chosen, read from the folders without Hydra."""

import pytest

from nnrun.config import catalogue
from nnrun.errors import Mistake


@pytest.fixture(autouse=True)
def empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("NNRUN_CONF", raising=False)


def write(file, text):
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


def test_every_option_says_what_it_is():
    files = [file for group in catalogue.groups() for file in catalogue.options(group).values()]

    silent = [file for file in files if not catalogue.description(file)]

    assert files
    assert silent == []


def test_groups_stand_in_the_order_of_the_defaults_and_each_default_exists():
    defaults = catalogue.defaults()

    missing = [
        group
        for group, option in defaults.items()
        if option not in {*catalogue.options(group), "null"}
    ]

    assert list(defaults)[:3] == ["dataset", "model", "optimizer"]
    assert missing == []


def test_a_folder_of_ones_own_adds_options_and_takes_the_place_of_ours(tmp_path):
    mine = write(tmp_path / "conf/optimizer/adam.yaml", "# Mine.\n")
    new = write(tmp_path / "conf/optimizer/lion.yaml", "# New.\n")

    options = catalogue.options("optimizer")

    assert options["adam"] == mine
    assert options["lion"] == new
    assert options["sgd"].is_relative_to(catalogue.builtin_conf())


def test_the_given_folder_comes_before_the_environment_and_that_before_conf(tmp_path, monkeypatch):
    for place in ("given", "environment", "conf"):
        (tmp_path / place).mkdir()

    near = catalogue.user_conf()
    monkeypatch.setenv("NNRUN_CONF", "environment")
    named = catalogue.user_conf()
    given = catalogue.user_conf("given")

    assert [near, named, given] == [tmp_path / "conf", tmp_path / "environment", tmp_path / "given"]


def test_a_foreign_conf_adds_no_groups(tmp_path):
    write(tmp_path / "conf/db/mysql.yaml", "# A data base.\n")

    with pytest.raises(Mistake) as told:
        catalogue.known_options("db")

    assert "db" not in catalogue.groups()
    assert str(told.value).startswith("db: unknown group; choices: dataset, model, optimizer")


def test_our_own_conf_is_not_taken_for_a_persons(monkeypatch):
    monkeypatch.chdir(catalogue.builtin_conf().parent)

    user = catalogue.user_conf()

    assert user is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("# What it is.\nlr: 1\n", "What it is."),
        ("# @package _global_\n# nnrun experiment=mine\n", "nnrun experiment=mine"),
        ("\n#\n# After a pause.\n", "After a pause."),
        ("lr: 1  # no headline\n# too late\n", ""),
        ("", ""),
    ],
)
def test_the_description_is_the_first_comment(tmp_path, text, said):
    file = write(tmp_path / "option.yaml", text)

    description = catalogue.description(file)

    assert description == said


@pytest.mark.parametrize(
    ("choice", "line"),
    [
        (
            "optimizer/adamm",
            "optimizer/adamm: unknown optimizer; did you mean 'adam'? choices: adam, adamw, sgd",
        ),
        (
            "optimizer",
            "optimizer: which one? name it as in optimizer/adam; choices: adam, adamw, sgd",
        ),
        (
            "optimizer/../config",
            "optimizer/../config: unknown optimizer; choices: adam, adamw, sgd",
        ),
    ],
)
def test_an_option_that_is_not_there_is_told_with_those_that_are(monkeypatch, choice, line):
    monkeypatch.setattr(catalogue, "options", lambda *_: dict.fromkeys(("adam", "adamw", "sgd")))

    with pytest.raises(Mistake) as told:
        catalogue.find(choice)

    assert str(told.value) == line
