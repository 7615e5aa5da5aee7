"""nnrun refit trains a run's networks once more, on all rows; the metrics stay those of the run."""

import json
from pathlib import Path

import pandas as pd
import pytest
import torch

from nnrun.bundle.loading import load
from nnrun.python import Run
from nnrun.runs.folder import RunFolder
from nnrun.runs.record import read_config

pytestmark = pytest.mark.usefixtures("one_thread")

SIZES = ("model.widths=[8]", "training.epochs=6", "training.batch_size=16")


def read(file):
    return Path(file).read_text()


@pytest.fixture
def table(houses):
    return "dataset=table", f"dataset.path={houses}", "dataset.target=price"


@pytest.fixture
def refitted(table, once):
    """Leave a run, and in the folder `final` what it is once retrained."""
    run = once(*table, *SIZES, "output.pictures=false", "output.baselines=false").folder
    assert once("refit", str(run), "-o", "final").code == 0
    return run


def test_it_is_what_all_rows_teach_in_as_many_epochs(table, small, nnrun):
    sizes = ("model.widths=[8]", "training.batch_size=16", "training.ensemble=2")
    run = small(*table, *sizes, "training.epochs=6").folder
    best = json.loads((run / "summary.json").read_text())["best_epoch"]
    nothing_judges = ("dataset.split.val=0", "dataset.split.test=0")

    made = nnrun("refit", str(run), "-o", "final")
    alone = small(*table, *sizes, *nothing_judges, f"training.epochs={best}")

    assert made.code == 0, made.err
    ours, theirs = (load(folder).network.state_dict() for folder in ("final", alone.folder))
    rows = [tensor for name in ours for tensor in (ours[name], theirs[name])]
    assert all(torch.equal(one, other) for one, other in zip(rows[::2], rows[1::2], strict=True))


@pytest.mark.parametrize("more", [(), ("dataset.split.group=town", "dataset.split.folds=3")])
def test_metrics_and_intervals_are_those_of_the_run_in_folds(more, table, small, nnrun, houses):
    folds = more or ("dataset.split.folds=3",)
    run = small(*table, *SIZES, *folds).folder
    before = json.loads((run / "summary.json").read_text())

    made = nnrun("refit", str(run), "-o", "final", "--json")
    told = json.loads(made.out)
    predicted = nnrun("predict", "final", str(houses), "--interval", "0.9", "--json")

    assert told["out_of_fold"] == before["out_of_fold"]
    assert told["test"] == before["test"]
    assert told["refit"] == {"of": str(run), "epochs": before["best_epoch"], "rows": 200}
    assert told["verdict"].startswith("retrained on all 200 rows for ")
    assert load("final").margins == load(run).margins
    assert len(json.loads(predicted.out)["predictions"]) == 200
    assert read("final/predictions.csv") == read(run / "predictions.csv")


def test_the_folder_and_the_name_of_the_run_are_not_taken_over(table, nnrun):
    ours = "output.name=flowers", "output.folder=outputs/first", "output.pictures=false"
    assert nnrun(*table, *SIZES, *ours).code == 0

    assert nnrun("refit", "flowers", "-o", "outputs/final").code == 0

    asked, made = (read_config(Path("outputs", name))["output"] for name in ("first", "final"))
    assert made == {**asked, "folder": None, "name": None}
    assert "flowers is outputs/first" in nnrun("note", "flowers").err
    assert nnrun("report", "outputs/final").code == 0
    assert Path("final.html").is_file()


def test_bags_leave_as_many_networks_as_answered_together(table, small, nnrun):
    run = small(*table, *SIZES, "dataset.split.bags=3", "training.ensemble=2").folder
    best = json.loads(read(run / "summary.json"))["best_epoch"]

    made = nnrun("refit", str(run), "-o", "final")
    nothing_judges = ("dataset.split.val=0", "dataset.split.test=0", f"training.epochs={best}")
    sizes = ("model.widths=[8]", "training.batch_size=16", "training.ensemble=6")
    alone = small(*table, *sizes, *nothing_judges)

    assert made.code == 0, made.err
    ours, theirs = (load(folder).network.state_dict() for folder in ("final", alone.folder))
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs)
    networks = json.loads(read("final/summary.json"))["networks"]
    trained = alone.json("summary.json")["networks"]
    assert networks == [{"seed": one["seed"], "best_epoch": best} for one in trained]


def test_classes_keep_what_was_found_on_validation_rows(small, tmp_path):
    words = ("dataset=breast_cancer", *SIZES, "training.calibrate=true", "training.threshold=f1")
    run = Run(small(*words).folder)

    final = run.refit(str(tmp_path / "final"))

    assert final.model.threshold == run.model.threshold
    assert final.model.temperature == pytest.approx(run.model.temperature)
    assert len(pd.read_csv(final.folder / "metrics.csv")) == run.summary["best_epoch"]


def test_what_cannot_be_retrained_is_told(table, small, nnrun):
    judged = small(*table, *SIZES).folder
    nnrun("refit", str(judged), "-o", "final")
    plateau = small(*table, *SIZES, "scheduler=plateau", "scheduler.patience=1").folder
    whole = small(*table, *SIZES, "dataset.split.val=0", "dataset.split.test=0").folder

    again = nnrun("refit", "final", "-o", "more")
    followed = nnrun("refit", str(plateau), "-o", "more")
    nothing = nnrun("refit", str(whole), "-o", "more")
    resumed = nnrun("resume", "final")
    missing = nnrun("refit", "nowhere", "-o", "more")

    assert "was trained by nnrun refit on all rows of outputs/table/" in again.err
    assert again.err.endswith("; retrain that one\n")
    assert "scheduler=plateau follows the validation loss; train with another" in followed.err
    other = nnrun(*followed.err.rstrip().rpartition(": nnrun ")[2].split())
    assert nnrun("refit", str(other.folder), "-o", "other").code == 0
    assert "was trained on all of its rows" in nothing.err
    assert "; resume that one" in resumed.err
    assert "nowhere: no such run folder" in missing.err


@pytest.mark.parametrize("verb", ["resume", "again", "reproduce"])
def test_what_a_kill_left_says_how_it_begins_again(verb, refitted, nnrun):
    run, record = refitted, json.loads(read("final/run.json"))
    RunFolder(Path("final")).put_record("run.json", {**record, "status": "running"})

    told = nnrun(verb, "final")

    again = f"nnrun refit {run} -o final"
    assert told.code == 2
    assert (
        f"final: was not finished, and nothing goes on with it; nnrun rm final, then {again}\n"
        in told.err
    )
    assert nnrun("rm", "final", "--yes").code == 0
    assert nnrun(*again.split()[1:]).code == 0


def test_ctrl_c_leaves_nothing_and_says_how_it_begins_again(refitted, nnrun, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("nnrun.training.refit.put_results", interrupt)
    ran = nnrun("refit", str(refitted), "-o", "more")

    told = f"interrupted, and nothing of it is kept; begin again: nnrun refit {refitted} -o more"
    assert ran.code == 130
    assert told in " ".join(ran.out.split())
    assert not Path("more").exists()


def test_its_page_says_that_all_rows_taught_it(table, small, nnrun):
    judged = small(*table, *SIZES).folder
    nnrun("refit", str(judged), "-o", "final")

    nnrun("report", "final", "-o", "final.html")

    page = read("final.html")
    assert ">all 200 rows<" in page  # learnt from
    assert "all 200 rows train; judged with 120 train, 40 val, 40 test" in page
    assert "nnrun reproduce" not in page  # which would refuse
