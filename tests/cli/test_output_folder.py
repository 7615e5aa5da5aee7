"""A training goes to the folder that was asked for, or says why it cannot before it begins."""

import json
from pathlib import Path

import pytest

from nnrun.runs.lock import claimed

QUICK = ("dataset=iris", "training.epochs=2", "output.pictures=false", "output.baselines=false")


def test_a_run_goes_to_the_folder_that_was_asked_for_once(nnrun):
    first = nnrun("--json", *QUICK, "output.folder=results/nightly")
    again = nnrun(*QUICK, "output.folder=results/nightly")

    assert json.loads(first.out)["folder"] == "results/nightly"
    assert json.loads(Path("results/nightly/run.json").read_text())["status"] == "done"
    assert (again.code, again.out) == (2, "")
    told = "output.folder=results/nightly: is not empty; choose a new folder or an empty one"
    assert again.err == f"error: {told}\n"


def test_a_sweep_goes_there_with_all_its_members_and_is_resumed_there(nnrun):
    words = ("seed=0,1", "output.folder=both", "hydra.launcher.workers=1")

    ran = nnrun("-m", *QUICK, *words)
    resumed = nnrun("resume", "both")

    assert (ran.code, resumed.code) == (0, 0), ran.err + resumed.err
    assert {"seed=0", "seed=1", "best", "sweep.csv"} <= {
        path.name for path in Path("both").iterdir()
    }
    assert ran.folders == []


def test_who_trains_in_a_folder_already_is_named(nnrun):
    assert nnrun(*QUICK, "output.folder=taken").code == 0
    process = json.loads(Path("taken/run.json").read_text())["pid"]

    with claimed(Path("taken")):
        told = nnrun(*QUICK, "output.folder=taken")

    why = f"another nnrun (process {process}) works on it; choose a new folder or an empty one"
    assert (told.code, told.err) == (2, f"error: output.folder=taken: {why}\n")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["output.folder=''"], "output.folder='': expected a folder, such as results/nightly"),
        (
            ["output.folder=here", "output.root=there"],
            "output.root=there: has no effect, as output.folder is the very folder; leave it out",
        ),
        (
            ["-m", "seed=0,1", "output.folder=here", "hydra/launcher=basic"],
            "output.folder=here: is one folder for several runs; use output.root",
        ),
    ],
)
def test_a_folder_that_cannot_be_meant_so_is_refused(words, told, nnrun):
    ran = nnrun(*QUICK, *words)

    assert ran.code == 2
    assert ran.err == f"error: {told}\n"


def test_a_check_tells_the_folder(nnrun):
    assert "folder    here\n" in nnrun("check", *QUICK, "output.folder=here").out


@pytest.mark.parametrize("key", ["output.root", "output.folder"])
@pytest.mark.parametrize("many", [(), ("-m", "seed=0,1", "hydra.launcher.workers=1")])
def test_a_check_refuses_a_folder_that_a_training_would(key, many, nnrun):
    Path("file").touch()
    for place in ("/proc/x", "file/x"):
        checked = nnrun("check", *many, *QUICK, f"{key}={place}")
        trained = nnrun(*many, *QUICK, f"{key}={place}")

        assert (checked.code, checked.out) == (trained.code, "") == (2, "")
        assert checked.err.startswith(f"error: {key}=")
        assert place in checked.err


def test_a_check_leaves_nothing(nnrun, tmp_path):
    assert nnrun("check", *QUICK, "output.root=made/here").code == 0
    assert [*tmp_path.iterdir()] == []
