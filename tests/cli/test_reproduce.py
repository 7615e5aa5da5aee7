"""`nnrun reproduce`: trained again, a run is identical, or it is told where it differs and what has changed."""

import json

import numpy as np
import pytest

from nnrun.parts.optimizer import Adam
from nnrun.runs.folder import RunFolder

QUICK = ("training.epochs=4", "output.pictures=false", "output.baselines=false")


@pytest.fixture
def computed_otherwise(monkeypatch):
    """An nnrun whose Adam makes a slightly larger move from some step on; the first is 1."""

    def from_step(first):
        numbers = Adam.numbers

        def otherwise(self, step, rate):
            return numbers(self, step, rate * np.where(step < first, 1, 1.001))

        monkeypatch.setattr(Adam, "numbers", otherwise)

    return from_step


def contents(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def told(ran):
    return [line for line in ran.out.splitlines() if not line.startswith("epoch ")]


@pytest.mark.parametrize(
    "words",
    [
        ("dataset=iris", "regularisation=[dropout,ema]", "model.norm=batch"),
        ("dataset=diabetes", "optimizer=torch", "regularisation.patience=1", "optimizer.lr=0.3"),
        ("dataset=iris", "training.hashes=false"),
    ],
)
def test_a_run_is_identical_and_stays_as_it_is(words, nnrun):
    ran = nnrun(*words, *QUICK)
    before = contents(ran.folder)

    again = nnrun("reproduce", str(ran.folder))

    assert (again.code, again.err) == (0, "")
    run, identical, *more = told(again)
    assert run == f"run       {ran.folder}"
    assert identical.startswith("identical ")
    assert identical.endswith(" predictions and model, to the last byte")
    assert ("no hashes of the weights were kept" in "".join(more)) == ("training.hashes=false" in words)  # fmt: skip
    assert contents(ran.folder) == before
    assert not again.folders


def test_the_first_epoch_that_differs_is_told_and_by_how_much(nnrun, computed_otherwise):
    ran = nnrun("dataset=iris", "training.batch_size=full", *QUICK)

    computed_otherwise(3)
    again = nnrun("reproduce", str(ran.folder), "--json")

    assert again.code == 6
    assert again.err.splitlines()[-1] == f"error: {ran.folder}: differs from epoch 3 on"
    found = json.loads(again.out)
    assert (found["identical"], found["whole"], found["facts"]) == (False, True, {})
    assert {"epoch", "sha256"} < set(found["first"])
    assert (found["first"]["epoch"], found["last"]["epoch"]) == (3, 4)
    assert found["files"] == ["metrics.csv", "weights.csv", "predictions.csv", "model.safetensors"]
    was = ran.read("metrics.csv").splitlines()[3].split(",")[2]
    assert found["first"]["val_loss"]["was"] == was != found["first"]["val_loss"]["is"]


def test_people_read_what_was_and_what_is(nnrun, computed_otherwise):
    ran = nnrun("dataset=iris", *QUICK)

    computed_otherwise(0)
    again = nnrun("reproduce", str(ran.folder))

    lines = told(again)
    assert "differs   from epoch 1 on, of 4 epochs" in lines
    headings = [line.split()[:2] for line in again.out.splitlines() if "is now" in line]
    assert headings == [["epoch", "1"], ["epoch", "4"]]
    assert "nothing that the record tells of machine, versions and data has changed" in again.out


def test_what_has_changed_since_is_told(nnrun, line):
    words = ("dataset=table", f"dataset.path={line}", "dataset.target=y")
    ran = nnrun(*words, *QUICK)
    record = ran.json("run.json")
    torch = record["versions"]["torch"]
    versions = {**record["versions"], "torch": "1.0"}
    RunFolder(ran.folder).put_record("run.json", {**record, "versions": versions})
    line.write_text(line.read_text().replace("\n0.02,", "\n0.03,"))
    size = f"{line.stat().st_size:,}"

    again = nnrun("reproduce", str(ran.folder))

    assert again.code == 6
    assert f"changed   torch: was 1.0, is {torch}" in told(again)
    assert f"changed   {line} holds something else, in {size} bytes as before" in told(again)
    assert "changed   the data, or how they are split, changed since" in told(again)
    assert "from epoch 1 on" in again.out


def test_members_are_what_they_would_be_alone(nnrun):
    sweep = nnrun("-m", "dataset=iris", "seed=0,1", "hydra.launcher.workers=1", *QUICK).folder

    both, one = nnrun("reproduce", str(sweep)), nnrun("reproduce", str(sweep / "seed=1"), "-q")

    assert (both.code, one.code, one.out) == (0, 0, "")
    assert both.out.count("identical 4 epochs with their weights, predictions and model") == 2


def test_of_many_members_those_are_named_that_differ(nnrun, computed_otherwise):
    sweep = nnrun("-m", "dataset=iris", "optimizer=adam,sgd", "hydra.launcher.workers=1", *QUICK)

    computed_otherwise(0)
    again = nnrun("reproduce", str(sweep.folder))

    assert again.code == 6
    assert again.err == "error: 1 of 2 members differ: optimizer=adam\n"


@pytest.mark.parametrize("status", ["running", "interrupted", "failed"])
def test_a_run_that_came_to_no_end_is_compared_as_far_as_it_went(status, nnrun, retell):
    ran = nnrun("dataset=iris", "scheduler=constant", *QUICK)
    RunFolder(ran.folder).put_record("run.json", {**ran.json("run.json"), "status": status})
    if status != "interrupted":
        metrics = ran.read("metrics.csv").splitlines()
        (ran.folder / "metrics.csv").write_text("\n".join(metrics[:3]) + "\n3,0.12")
    retell(ran.folder)

    again = nnrun("reproduce", str(ran.folder))

    assert again.code == 0, again.err
    ends = "4 epochs with their weights, predictions" if status == "interrupted" else "2 epochs with their weights, as far as it went"  # fmt: skip
    assert f"identical {ends}" in again.out


@pytest.mark.parametrize(
    ("folder", "told"),
    [
        ("nowhere", "nowhere: no such folder; give the folder of a run or a sweep, or write last"),
        (".", ".: is the folder of no run and no sweep, as it has no run.json and no sweep.json"),
    ],
)
def test_what_is_no_run_is_told(folder, told, nnrun):
    ran = nnrun("reproduce", folder)

    assert (ran.code, told in ran.err) == (2, True)


def test_a_run_without_an_epoch_is_told(nnrun, retell):
    ran = nnrun("dataset=iris", *QUICK)
    (ran.folder / "metrics.csv").write_text("epoch,train_loss\n")
    retell(ran.folder)

    told = nnrun("reproduce", str(ran.folder))

    assert told.code == 2
    assert told.err.endswith(
        f"no epoch of it was over; train it first: nnrun resume {ran.folder}\n"
    )
