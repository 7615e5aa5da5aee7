"""Trackers are told of a run beside its training, and what goes wrong with one costs a line."""

import json
import sys
from pathlib import Path

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from nnrun.config import request
from nnrun.integrations.follower import Follower
from nnrun.integrations.trackers import Tracker

TINY = (
    *("dataset=iris", "training.epochs=3", "model.widths=[4]", "training.device=cpu"),
    *("output.pictures=false", "output.baselines=false"),
)


class Heard(Tracker):
    """Keeps what it is told."""

    def __init__(self):
        self.words = []

    def begin(self, run):
        self.words.append(("begin", run.name, run.group))

    def log(self, run, epochs):
        self.words.append(("log", run.name, [step for step, _ in epochs]))

    def end(self, run, status, metrics, last):
        self.words.append(("end", run.name, status, "test.accuracy" in metrics, last))


def follow(folder, known=()):
    """Follow a folder that is done, with a tracker that keeps what it is told."""
    heard, follower = Heard(), Follower(folder.resolve(), [], dict(known))
    follower.trackers["heard"] = heard
    follower.look()
    follower.finish()
    return heard.words


def scalars(place):
    events = EventAccumulator(str(place))
    events.Reload()
    return {
        tag: [(one.step, one.value) for one in events.Scalars(tag)]
        for tag in events.Tags()["scalars"]
    }


def test_tensorboard_and_mlflow_are_told_of_each_member_in_a_group(nnrun, monkeypatch):
    mlflow = pytest.importorskip("mlflow.tracking")
    words = ("-m", *TINY, "optimizer.lr=0.01,0.1", "output.name=night", "hydra.launcher.workers=1")

    ran = nnrun(*words, "logger=[tensorboard,mlflow]")

    assert ran.code == 0
    assert "logger=" not in ran.out
    (folder,) = Path("outputs/iris").iterdir()
    for lr in ("0.01", "0.1"):
        told = scalars(f"outputs/tensorboard/iris/night/lr={lr}")
        lines = (folder / f"lr={lr}" / "metrics.csv").read_text().splitlines()[1:]
        losses = [float(line.split(",")[1]) for line in lines]
        assert told["train_loss"] == [(i, pytest.approx(loss)) for i, loss in enumerate(losses, 1)]
        summary = json.loads((folder / f"lr={lr}" / "summary.json").read_text())
        assert told["test.accuracy"] == [(3, pytest.approx(summary["test"]["accuracy"]))]
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    client = mlflow.MlflowClient(Path("outputs/mlruns").resolve().as_uri())
    runs = client.search_runs([client.get_experiment_by_name("iris").experiment_id])
    by_name = {run.info.run_name: run for run in runs}
    assert set(by_name) == {"night", "lr=0.01", "lr=0.1"}
    member = by_name["lr=0.1"]
    assert member.data.tags["mlflow.parentRunId"] == by_name["night"].info.run_id
    assert member.data.params["optimizer.lr"] == "0.1"
    assert member.info.status == "FINISHED"
    assert len(client.get_metric_history(member.info.run_id, "train_loss")) == 3


def test_a_run_is_told_once_whole_and_after_what_is_known_of_it(nnrun):
    folder = nnrun(*TINY).folder
    name = folder.name

    assert follow(folder) == [
        ("begin", name, ""),
        ("log", name, [1, 2, 3]),
        ("end", name, "done", True, 3),
    ]
    assert follow(folder, {str(folder): 2})[1] == ("log", name, [3])
    assert follow(folder, {str(folder): 3}) == []


def test_a_tracker_that_fails_costs_a_line_and_the_run_goes_on(nnrun):
    Path("outputs").mkdir()
    Path("outputs/tensorboard").write_text("no folder")

    ran = nnrun(*TINY, "logger=tensorboard")

    assert ran.code == 0
    assert ran.out.count("logger=tensorboard: ") == 1
    assert "nothing more is sent to it" in ran.out
    assert json.loads((ran.folder / "run.json").read_text())["status"] == "done"


def test_a_tracker_that_is_not_installed_is_told_before_anything_is_trained(nnrun, monkeypatch):
    monkeypatch.setattr(request, "find_spec", lambda name: None)

    ran = nnrun(*TINY, "logger=[trackio]")

    assert ran.code == 2
    assert ran.err == "error: logger=trackio: is not installed; pip install 'nnrun[trackio]'\n"
    assert ran.folders == []


def test_an_unknown_tracker_is_told_with_those_that_there_are(nnrun):
    ran = nnrun(*TINY, "logger=wandb")

    assert ran.code == 2
    assert "tensorboard, mlflow, trackio" in ran.err


def test_trackio_has_one_run_at_a_time_and_goes_on_with_others(nnrun, monkeypatch):
    ran = nnrun("-m", *TINY, "seed=0,1", "hydra.launcher.workers=1")
    words = []

    class Library:
        def init(self, project, name, group, resume, **rest):
            words.append(("init", name, group == ran.folder.name, resume))

        def log(self, numbers, step):
            words.append(("log", step))

        def finish(self):
            words.append(("finish",))

    monkeypatch.setitem(sys.modules, "trackio", Library())
    follower = Follower(ran.folder.resolve(), ["trackio"], {})

    follower.finish()

    assert words[0] == ("init", f"{ran.folder.name}/seed=0", True, "allow")
    assert [word[0] for word in words] == [*("init", *["log"] * 4, "finish")] * 2


def test_members_that_a_sweep_took_over_are_told_of_in_its_group(nnrun):
    alone = nnrun(*TINY, "optimizer.lr=0.1", "output.name=alone").folder
    words = ("-m", *TINY, "optimizer.lr=0.01,0.1", "output.name=night", "hydra.launcher.workers=1")
    ran = nnrun(*words, "sweep.reuse=true")
    (folder,) = [path for path in Path("outputs/iris").iterdir() if path.name != alone.name]

    heard = follow(folder)

    assert ran.code == 0
    assert ("begin", "lr=0.1", "night") in heard
    assert ("log", "lr=0.1", [1, 2, 3]) in heard
    assert [word[:2] for word in heard].count(("end", "lr=0.01")) == 1
