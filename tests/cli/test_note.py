"""Runs have names, tags and notes; a name, or an unambiguous beginning of one, leads to a run."""

import json
from pathlib import Path

import pytest

import nnrun as package

TINY = ("dataset=iris", "training.epochs=1", "output.pictures=false", "output.baselines=false")


@pytest.fixture
def two(once):
    """Train a run called night and one called nightly."""
    for seed, name in enumerate(("night", "nightly")):
        assert once(*TINY, f"seed={seed}", f"output.name={name}").code == 0


def told(ran) -> dict:
    assert ran.code == 0, ran.err
    return json.loads(ran.out)


def test_a_run_is_found_by_its_name_and_by_an_unambiguous_beginning(two, nnrun):
    night = told(nnrun("note", "night", "--json"))["folder"]

    found = nnrun("note", "nightl", "--json")

    assert json.loads(Path(night, "run.json").read_text())["command"].endswith("output.name=night")
    assert found.err == f"note: nightl is {told(found)['folder']}\n"
    assert told(nnrun("note", f"iris/{Path(night).name}", "--json"))["folder"] == night
    assert told(nnrun("note", f"outputs/iris/{Path(night).name[:-1]}", "--json"))["folder"] == night


def test_what_may_be_several_is_refused_with_all_of_them(two, nnrun):
    ran = nnrun("note", "nigh")

    assert ran.code == 2
    assert ran.err.startswith("error: nigh: may be outputs/iris/")
    assert "type more of its name, or its folder" in ran.err


def test_where_several_have_the_very_name_the_folder_is_asked_for(two, nnrun):
    folder = told(nnrun("note", "nightly", "--json"))["folder"]
    assert nnrun("note", folder, "--name", "night").code == 0

    ran = nnrun("note", "night")

    assert ran.err.startswith("error: night: may be outputs/iris/")
    assert ran.err.endswith("; all have this name, so type the folder\n")


def test_names_lead_to_runs_wherever_a_run_is_asked_for(two, nnrun, tmp_path):
    rows = tmp_path / "rows.csv"
    rows.write_text(
        "sepal length (cm),sepal width (cm),petal length (cm),petal width (cm)\n5,3,1,0.2\n"
    )
    with pytest.warns(UserWarning, match="night is outputs"):
        model = package.load("night")

    assert len(model.predict([[5, 3, 1, 0.2]])) == 1
    assert nnrun("resume", "nightly").code == 0
    again = nnrun("again", "nightly", "seed=5")
    assert again.code == 0
    assert again.json("run.json")["command"].count("output.name") == 0
    assert "night " in nnrun("compare", "night", "nightly", "--metric", "accuracy").err


def test_a_name_that_was_typed_in_training_is_not_taken_away_by_an_empty_note(two, nnrun):
    ran = nnrun("note", "nightly", "--name", "")

    assert ran.code == 2
    assert ran.err.endswith(
        "error: --name='': takes a noted name away, and this one is output.name=nightly;"
        " give it another: --name NAME\n"
    )
    assert nnrun("note", "nightly", "--name", "day").code == 0
    assert nnrun("note", "day", "--name", "").code == 0
    assert nnrun("note", "nightly").code == 0


def test_a_sweep_and_its_members_have_its_name(small, nnrun):
    small(
        "-m",
        "dataset=iris",
        "training.epochs=1",
        "seed=0,1",
        "output.name=duo",
        "hydra.launcher.workers=1",
    )

    assert nnrun("runs").out.splitlines()[1].startswith("duo ")
    assert nnrun("runs", "duo", "--columns", "name").out.split() == [
        "name",
        "duo/seed=1",
        "duo/seed=0",
    ]
    assert told(nnrun("note", "duo/seed=1", "one", "--json"))["note"] == "one"
    assert told(nnrun("note", "duo", "--json"))["note"] == ""


def test_notes_lie_beside_the_sealed_files_and_choose_runs(two, nnrun):
    ran = nnrun("note", "night", "worth a second look", "--tag", "good", "--tag", "paper")

    assert ran.out.splitlines()[-2:] == ["tags      good paper", "note      worth a second look"]
    assert (
        nnrun("runs", "tags=good", "--columns", "name,note").out.splitlines()[1].split()[0]
        == "night"
    )
    assert "good paper" in nnrun("runs").out
    (run,) = told(nnrun("runs", "note~second", "--json"))["runs"]
    assert (run["name"], run["tags"]) == ("night", ["good", "paper"])
    assert nnrun("resume", "night").code == 0
    assert nnrun("evaluate", "night", "nothing.csv").err.count("damaged") == 0


def test_a_note_is_replaced_with_a_word_and_a_run_renamed(two, nnrun):
    nnrun("note", "night", "first", "--tag", "a")

    ran = nnrun("note", "night", "second", "--untag", "a", "--name", "day")

    assert "note: the note before was: first" in ran.err
    assert ran.out.splitlines() == ["name      day", "note      second"]
    assert nnrun("note", "day").out.splitlines()[-1] == "note      second"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--tag", "two words"], "--tag=two words: expected letters, digits"),
        (["--name", "last"], "--name=last: means another run each day"),
        (["--tag", ""], "--tag=: expected letters, digits"),
        (["--untag", "x"], "--untag=x: is no tag of it"),
        (["x" * 10_001], "TEXT: is 10,001 letters long, and a note has 10,000 at most"),
    ],
)
def test_names_that_could_not_be_typed_are_refused(words, message, two, nnrun):
    assert message in nnrun("note", "night", *words).err


@pytest.mark.parametrize("name", ["best", "a/b", "-x", "a=b", "''"])
def test_so_are_those_of_a_training(name, nnrun):
    ran = nnrun(*TINY, f"output.name={name}")

    assert ran.code == 2
    assert "output.name" in ran.err
    assert not Path("outputs").exists()


def test_notes_of_a_stranger_are_read_as_data(two, nnrun):
    folder = Path(told(nnrun("note", "night", "--json"))["folder"])
    (folder / "notes.json").symlink_to("/etc/passwd")

    assert "notes.json: is a link" in nnrun("note", str(folder)).err
    assert f"{folder}: notes.json is a link" in nnrun("runs").err


def test_nothing_is_called_so(nnrun):
    assert nnrun("note", "nowhere").err.startswith("error: nowhere: no such folder")
