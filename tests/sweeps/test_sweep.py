"""Sweeps by the front door: what they leave, how they fail, and how they go on."""

import csv
import json
import os
import random
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest
from children import begun

from nnrun.errors import NUMBERS
from nnrun.report.numbers import number
from nnrun.runs.entries import read_known
from nnrun.runs.folder import RunFolder
from nnrun.runs.opening import open_ledger
from nnrun.runs.under_way import FOLDER, under_way
from nnrun.sweeps import worker
from nnrun.sweeps.pool import WorkerPool
from nnrun.sweeps.worker import MemberTrainer

TINY = (
    "dataset.rows=170",
    "training.epochs=3",
    "training.batch_size=32",
    "model.widths=[8]",
    "training.device=cpu",
)
BARE = ("output.pictures=false", "output.baselines=false")
COMPARED = (
    "metrics.csv",
    "weights.csv",
    "predictions.csv",
    "model.safetensors",
    "model.json",
    "config.yaml",
)


@pytest.fixture
def sweep(nnrun):
    """Run a tiny sweep with one worker: sweep("seed=0,1") gives a Ran."""

    def run(*words):
        workers = (
            ()
            if any(word.startswith("hydra.launcher.workers") for word in words)
            else ("hydra.launcher.workers=1",)
        )
        given = {word.partition("=")[0] for word in words}
        return nnrun(
            "-m",
            *(word for word in (*TINY, *BARE) if word.partition("=")[0] not in given),
            *words,
            *workers,
        )

    return run


@pytest.fixture(scope="module")
def trained_before(tmp_path_factory):
    """Where finished sweeps of this module lie, by what was asked for."""
    return tmp_path_factory.mktemp("finished"), {}


@pytest.fixture
def finished(sweep, trained_before, tmp_path):
    """The folder of a finished sweep, which may be changed; each is trained once and copied."""
    home, folders = trained_before

    def copy(*words) -> Path:
        if words not in folders:
            folders[words] = home / f"sweep{len(folders)}"
            shutil.copytree(sweep(*words).folder, folders[words], symlinks=True)
        folder = shutil.copytree(folders[words], tmp_path / "finished", symlinks=True)
        about = json.loads((folder / "sweep.json").read_text())
        RunFolder(folder).put_record("sweep.json", {**about, "cwd": str(tmp_path)})
        return folder

    return copy


def table(folder: Path) -> list[dict]:
    return list(csv.DictReader((folder / "sweep.csv").read_text().splitlines()))


def status(folder: Path) -> str:
    return json.loads((folder / "run.json").read_text())["status"]


def test_a_full_disk_ends_a_sweep_with_code_3_and_a_way_on(sweep, nnrun, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device", "ledger.jsonl")

    with monkeypatch.context() as patched:
        patched.setattr("nnrun.runs.ledger.Ledger.note", full)
        ran = sweep("seed=0,1")

    assert ran.code == 3
    told = "ledger.jsonl: No space left on device; free some space, then go on with"
    assert f"{told}: nnrun resume {ran.folder}\n" in ran.err
    assert nnrun("resume", str(ran.folder)).code == 0


# What a sweep leaves


def test_a_sweep_leaves_a_run_folder_for_each_member_and_says_which_is_best(sweep, nnrun):
    ran = sweep("optimizer.lr=1e-3,3e-2", "seed=0,1", "hydra.launcher.workers=2")

    names = [f"lr={lr},seed={seed}" for lr in ("0.001", "0.03") for seed in (0, 1)]
    assert ran.code == 0
    assert [row["member"] for row in table(ran.folder)] == names
    assert {
        path.name for path in ran.folder.iterdir() if path.is_dir() and not path.is_symlink()
    } == set(names)
    assert all(status(ran.folder / name) == "done" for name in names)
    best = max(table(ran.folder), key=lambda row: float(row["val_r2"]))["member"]
    assert os.readlink(ran.folder / "best") == best
    assert f"best      {best}" in ran.out
    assert ran.json("sweep.json")["status"] == "done"


def test_an_experiment_that_is_a_sweep_leaves_a_sweeps_folder(nnrun, tmp_path):
    own = tmp_path / "conf" / "experiment" / "seeds.yaml"
    own.parent.mkdir(parents=True)
    own.write_text(
        "# @package _global_\nhydra: {mode: MULTIRUN, sweeper: {params: {seed: '0,1'}}}\n"
    )

    planned, ran = (nnrun(*word, "experiment=seeds", *TINY, *BARE) for word in (["check"], []))

    assert planned.out.startswith("sweep     2 members in 1 cohort")
    assert [row["member"] for row in table(ran.folder)] == ["seed=0", "seed=1"]
    command = json.loads((ran.folder / "seed=1" / "run.json").read_text())["command"]
    again = nnrun(*shlex.split(command)[1:])
    assert again.read("metrics.csv") == (ran.folder / "seed=1" / "metrics.csv").read_text()


def test_a_member_has_what_the_same_configuration_has_alone_byte_for_byte(sweep, nnrun):
    together = sweep("optimizer=adam,sgd", "seed=0,1")

    alone = nnrun(*TINY, *BARE, "optimizer=sgd", "seed=1")

    member = together.folder / "optimizer=sgd,seed=1"
    for name in COMPARED:
        assert (member / name).read_bytes() == (alone.folder / name).read_bytes(), name
    ours, theirs = (
        json.loads((folder / "summary.json").read_text()) for folder in (member, alone.folder)
    )
    assert ours == theirs


def test_everything_that_works_on_a_run_works_on_a_member(sweep, nnrun, houses):
    data = (
        "dataset=table",
        f"dataset.path={houses}",
        "dataset.target=price",
        "training.batch_size=16",
    )
    swept = nnrun("-m", *data, "training.epochs=2", "seed=0,1", *BARE, "hydra.launcher.workers=1")

    told = nnrun("evaluate", str(swept.folder / "best"), str(houses), "--json")

    assert told.code == 0
    assert "r2" in told.out


def test_every_member_gets_pictures_and_baselines_when_they_are_asked_for(sweep):
    ran = sweep("seed=0,1", "output.pictures=True", "output.baselines=true")

    members = list(ran.folder.glob("seed=*"))
    assert len(members) == 2
    assert all((member / "curves.png").exists() for member in members)
    assert all(json.loads((member / "summary.json").read_text())["baselines"] for member in members)


def test_pictures_of_the_best_and_of_the_sweep_are_drawn_by_themselves(nnrun, untold):
    ran = nnrun("-m", *TINY, "optimizer.lr=1e-3,3e-2", "hydra.launcher.workers=1")

    assert ran.code == 0
    drawn = sorted(
        path.parent.name for path in ran.folder.glob("*/curves.png") if not path.parent.is_symlink()
    )
    assert drawn == [os.readlink(ran.folder / "best")]
    assert (ran.folder / "sweep.png").stat().st_size > 10_000
    assert (ran.folder / "curves.png").stat().st_size > 10_000
    summary = json.loads((ran.folder / "best" / "summary.json").read_text())
    assert set(summary["baselines"]) == {"constant", "linear", "nearest neighbours"}
    members = [path.parent for path in ran.folder.glob("*/run.json")]
    assert [member.name for member in members if untold(member)] == []


def test_courses_are_drawn_where_two_members_are_done(nnrun):
    words = ("-m", *TINY, "hydra.launcher.workers=1", "output.baselines=false")

    one, two = nnrun(*words, "optimizer.lr=1e-3,1e30"), nnrun(*words, "seed=0,1")

    assert [(ran.folder / "curves.png").exists() for ran in (one, two)] == [False, True]
    last = [ran.out.splitlines()[-1].split() for ran in (one, two)]
    assert last == [["folder", str(ran.folder)] for ran in (one, two)]


def test_seeds_are_one_row_with_mean_deviation_and_count(sweep):
    ran = sweep("optimizer.lr=1e-3,3e-2", "seed=0,1,2")

    scores = [float(row["val_r2"]) for row in table(ran.folder) if row["optimizer.lr"] == "0.03"]
    mean = sum(scores) / 3
    line = next(line for line in ran.out.splitlines() if line.startswith("0.03 "))
    assert f"{number(mean)} ± " in line
    assert line.split()[-2:] == ["3", "best"]
    assert "±         the standard deviation over seeds, not the error of their mean" in ran.out


def test_the_end_tells_which_settings_mattered_and_whose_best_value_lies_on_the_edge(sweep):
    ran = sweep("optimizer.lr=1e-4,1e-3,3e-2", "regularisation.l2=0,1e-9", "seed=0,1", "--json")

    told = json.loads(ran.out)["influence"]
    assert told == json.loads((ran.folder / "influence.json").read_text())
    assert [one["settings"] for one in told["effects"] if one["told"]] == [["optimizer.lr"]]
    assert told["left_is"] == "seeds"
    lines = ran.err.splitlines()
    assert any(line.startswith("lr × l2 ") and line.endswith("cannot tell") for line in lines)
    edge = "the best optimizer.lr, 0.03, lies on the edge of what you tried (0.0001 to 0.03)"
    assert [line for line in lines if edge in line]


def test_a_member_began_when_its_training_did_and_not_when_its_folder_was_written(
    finished, monkeypatch
):
    long_ago, folder = "2001-02-03T04:05:06+00:00", finished("seed=0,1")
    monkeypatch.setattr(worker, "now", lambda: long_ago)

    MemberTrainer(folder, threads=1).train_shard([0, 1])

    records = [json.loads(path.read_text()) for path in folder.glob("seed=*/run.json")]
    assert [record["started"] for record in records] == [long_ago] * 2
    assert all(record["ended"] > long_ago for record in records)


def test_members_that_cannot_be_stacked_form_other_cohorts_and_the_reason_is_told(sweep):
    ran = sweep("model.widths=[8],[4,4]", "seed=0,1")

    assert ran.code == 0
    assert "4 members in 2 cohorts" in ran.out
    assert "cohort 2, 2 together: model.widths=[4,4]" in ran.out


def test_members_retrained_alone_are_told_to_be_identical(sweep):
    ran = sweep("optimizer.lr=1e-3,3e-2,1e30", "sweep.verify=2")

    assert ran.out.count("alone: identical") == 2


def test_who_is_verified_and_came_out_otherwise_is_told_with_what_differs(finished, monkeypatch):
    trainer = MemberTrainer(folder := finished("seed=0,1"), threads=1)
    monkeypatch.setattr(worker, "differing_results", lambda *_: ["metrics.csv"])

    assert trainer.verify(0) == "weights are identical, but not metrics.csv, with 1 thread alone"
    told = worker.difference(folder / "seed=0", folder / "seed=1")
    assert re.fullmatch(r"weights differ by 0\.\d+ at most, with 1 thread alone", told)


# Failures


@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_member_that_fails_leaves_the_others_alone_wherever_it_stands(place, sweep):
    rates = ["1e-3", "3e-3"]
    rates.insert(place, "1e30")

    ran = sweep(f"optimizer.lr={','.join(rates)}")

    assert ran.code == 4
    assert [row["status"] for row in table(ran.folder)] == [
        "failed" if rate == "1e30" else "done" for rate in rates
    ]
    assert (
        "lr=1e+30  failed: training loss became" in ran.out
        or "lr=1e+30  failed: validation loss became" in ran.out
    )
    assert "nnrun" in ran.out
    assert "1 of 3 members failed; with the same settings they would again: lower " in ran.err
    assert status(ran.folder / "lr=1e+30") == "failed"


def test_a_sweep_whose_first_members_all_fail_alike_stops_and_blames_the_configuration(
    sweep, monkeypatch
):
    ran = sweep("optimizer.lr=1e30", "model.widths=[8],[9],[10],[11],[12]")

    assert ran.code == 4
    assert "the first 3 members all failed alike" in ran.err
    assert "not chance; 2 more were not begun" in ran.err
    assert sorted(row["status"] for row in table(ran.folder)) == ["failed"] * 3 + ["missing"] * 2
    assert "nnrun resume" in ran.err


def test_members_of_a_shard_that_fail_before_the_others_are_through_do_not_stop_a_sweep(sweep):
    ran = sweep("optimizer.lr=1e30,1e-3", "seed=0,1,2,3", "model.widths=[8],[9]")

    assert ran.code == 4
    assert sorted(row["status"] for row in table(ran.folder)) == ["done"] * 8 + ["failed"] * 8
    assert "alike" not in ran.err


def test_a_mistake_in_any_member_is_told_before_the_first_begins(sweep):
    ran = sweep("optimizer.lr=1e-3,-1", "training.batch_size=16,100000")

    assert ran.code == 2
    assert ran.folders == []
    assert "optimizer.lr=-1" in ran.err
    assert "training.batch_size=100000" in ran.err


# Going on


def test_resume_trains_what_is_missing_and_touches_nothing_else(sweep, nnrun):
    ran = sweep("optimizer.lr=1e-3,3e-2", "seed=0,1")
    lost, kept = ran.folder / "lr=0.03,seed=0", ran.folder / "lr=0.001,seed=0"
    before = {path.name: path.read_bytes() for path in lost.iterdir() if path.name in COMPARED}
    times = {path: path.stat().st_mtime_ns for path in kept.iterdir()}
    csv_before = (ran.folder / "sweep.csv").read_bytes()
    (lost / "run.json").unlink()

    again = nnrun("resume", str(ran.folder))

    assert again.code == 0
    assert "1 member in 1 cohort" in again.out
    assert {name: (lost / name).read_bytes() for name in before} == before
    assert {path: path.stat().st_mtime_ns for path in kept.iterdir()} == times
    assert (ran.folder / "sweep.csv").read_bytes() == csv_before


def test_resume_tries_failed_members_again_unless_it_is_told_that_their_numbers_ran_away(
    finished, nnrun
):
    folder = finished("optimizer.lr=1e-3,1e30")
    ledger = open_ledger(folder)
    ((member, failure),) = ledger.failures().items()
    assert failure.cause == NUMBERS
    ledger.note(member, "failed", failure.reason)  # as earlier versions did

    again = nnrun("resume", str(folder))

    assert again.code == 4
    assert "lr=1e+30  failed" in again.out
    assert "lr=0.001  val" not in again.out


def test_resume_says_who_would_fail_again_and_with_what_they_would_not(finished, nnrun):
    folder = finished("optimizer.lr=1e-3,1e30")

    again = nnrun("resume", str(folder))

    assert again.code == 4
    assert "lr=1e+30  failed" not in again.out
    assert "left out  lr=1e+30: would fail again" in again.out
    assert "lower optimizer.lr" in again.out
    assert f"nnrun again {folder.name}/lr=1e+30 KEY=VALUE" in again.out
    assert "all others are done already" in again.out


def test_resume_of_a_finished_sweep_does_nothing(finished, nnrun):
    folder = finished("seed=0,1")

    again = nnrun("resume", str(folder))

    assert again.code == 0
    assert "all 2 members are done already" in again.out


def test_a_resume_that_was_refused_lets_go_of_the_sweep(finished, nnrun):
    folder = finished("seed=0,1")

    refused = nnrun("resume", str(folder), "--timeout", "0")
    resumed = nnrun("resume", str(folder))

    assert (refused.code, resumed.code) == (2, 0)
    assert "sweep.timeout=0: expected a number > 0 or null" in refused.err


@pytest.mark.parametrize(
    ("folder", "missing"),
    [
        ("nowhere", "nowhere: no such folder"),
        (".", "is the folder of no run and no sweep, as it has no run.json and no sweep.json"),
    ],
)
def test_resume_of_something_else_says_what_is_missing(folder, missing, nnrun):
    told = nnrun("resume", folder)

    assert told.code == 2
    assert missing in told.err


@pytest.mark.parametrize(
    ("name", "content", "line"),
    [
        ("members.jsonl", "", "members.jsonl: has been changed since the sweep began"),
        ("sweep.json", "{}", "sweep.json: lacks members; restore it"),
        ("sweep.json", "[]", "sweep.json: holds a list, expected settings; restore it"),
    ],
)
def test_a_damaged_sweep_is_not_resumed(name, content, line, finished, nnrun):
    folder = finished("seed=0,1")
    (folder / name).write_text(content)

    told = nnrun("resume", str(folder))

    assert told.code == 2
    assert line in told.err


def test_a_member_may_not_lead_out_of_the_sweep(finished, nnrun):
    folder = finished("seed=0,1")
    text = (folder / "members.jsonl").read_text()
    (folder / "members.jsonl").write_text(text.replace('"seed=0"', '"../../evil"', 1))
    about = json.loads((folder / "sweep.json").read_text())
    RunFolder(folder).put_record("sweep.json", {**about, "members_sha256": None})

    told = nnrun("resume", str(folder))

    assert told.code == 2
    assert "'../../evil' is no name of a member" in told.err


def test_a_ledger_with_rubbish_and_a_line_cut_short_is_read_and_written_on(finished, nnrun):
    folder = finished("optimizer.lr=1e-3,1e30")
    with open(folder / "ledger.jsonl", "ab") as file:
        file.write(b'{"a": 1}\n\xff\n{"member": 1, "na')
    (folder / "lr=0.001" / "run.json").unlink()

    again = nnrun("resume", str(folder))

    assert again.code == 4
    last = (folder / "ledger.jsonl").read_text(errors="replace").splitlines()[-1]
    assert json.loads(last)["status"] == "done"


def test_a_member_without_its_files_is_not_done(finished, nnrun):
    folder = finished("seed=0,1")
    (folder / "seed=0" / "model.safetensors").unlink()
    (folder / "seed=1" / "summary.json").write_text("")

    again = nnrun("resume", str(folder))

    assert again.code == 0
    assert "2 members in 1 cohort" in again.out


def test_a_sweep_of_a_table_is_resumed_from_anywhere(houses, sweep, nnrun, tmp_path, monkeypatch):
    table = (
        "dataset=table",
        "dataset.path=houses.csv",
        "dataset.target=price",
        "training.epochs=2",
        "seed=0,1",
    )
    folder = nnrun("-m", *table, *BARE, "hydra.launcher.workers=1").folder.resolve()
    (folder / "seed=0" / "run.json").unlink()
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    moved = shutil.copytree(folder, "moved", symlinks=True)

    lost = nnrun("resume", str(moved))

    where = f"not found from {Path.cwd()}; stand in the folder where it was begun"
    assert lost.err.startswith(f"error: dataset.path=houses.csv: {where}")
    assert nnrun("resume", str(folder), "--workers", "1").code == 0


def test_the_time_before_a_sweep_goes_on_is_not_taken_for_work(finished, nnrun):
    folder, long_ago = finished("seed=0,1"), "2001-02-03T04:05:06+00:00"
    about = json.loads((folder / "sweep.json").read_text())
    RunFolder(folder).put_record("sweep.json", {**about, "started": long_ago})
    for member in folder.glob("seed=*"):
        record = json.loads((member / "run.json").read_text())
        ended = {"started": long_ago, "ended": long_ago.replace("06", "09")}
        RunFolder(member).put_record("run.json", {**record, **ended})
    (folder / "seed=1" / "run.json").unlink()

    assert nnrun("resume", str(folder)).code == 0

    assert 3 <= read_known(folder)[0].seconds < 600


def test_members_that_were_changed_since_are_not_resumed(finished, nnrun):
    folder = finished("seed=0,1")
    text = (folder / "members.jsonl").read_text()
    (folder / "members.jsonl").write_text(text.replace('"lr": 0.003', '"lr": 0.3', 1))

    told = nnrun("resume", str(folder))

    assert told.code == 2
    assert (
        "members.jsonl: has been changed since the sweep began; nothing can be resumed" in told.err
    )


def test_members_are_not_trained_on_other_data_than_those_that_are_done(houses, nnrun):
    table = (
        "dataset=table",
        "dataset.path=houses.csv",
        "dataset.target=price",
        "training.epochs=2",
    )
    folder = nnrun("-m", *table, "seed=0,1", *BARE, "hydra.launcher.workers=1").folder
    (folder / "seed=0" / "run.json").unlink()
    lines = houses.read_text().splitlines()
    houses.write_text("\n".join([*lines[:-1], lines[1]]) + "\n")

    told = nnrun("resume", str(folder))

    assert told.code == 2
    assert "its data, or how they are split, have changed since it began (houses.csv" in told.err


def test_no_file_of_a_sweep_says_where_to_stand(finished, nnrun, tmp_path):
    folder, elsewhere = finished("seed=0,1"), tmp_path / "elsewhere"
    elsewhere.mkdir()
    about = json.loads((folder / "sweep.json").read_text())
    RunFolder(folder).put_record("sweep.json", {**about, "cwd": str(elsewhere)})

    assert nnrun("resume", str(folder)).code == 0
    assert Path.cwd() == tmp_path


# What cannot be


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["optimizer=glob(zzz*)"], "optimizer=glob(zzz*): matches nothing; choices: "),
        (["seed=range(0,0)"], "seed=range(0,0): matches nothing"),
        (["output.folder=a,b"], "output.folder=a,b: a sweep has one folder; keep one of them"),
        (
            ["seed=0,1", "output.folder='a${seed}'"],
            "output.folder=a0, a1: a sweep has one folder; keep one of them",
        ),
        (["output.root=a,b"], "output.root=a,b: a sweep has one folder; keep one of them"),
        (["seed=0,1", "sweep.samples=3"], "sweep.samples=3: has no effect, as nothing is drawn"),
        (["seed=0,1", "sweep.verify=1,2"], "several values, but a sweep is run in one way"),
        (
            ["seed=0,1", "hydra.launcher.workers=0"],
            "hydra.launcher.workers=0: expected a whole number >= 1",
        ),
        (
            ["seed=0,1", "hydra.launcher.workers=²"],
            "hydra.launcher.workers='²': expected a whole number >= 1",
        ),
        (["seed=0,1", "hydra/launcher=joblib"], "nnrun sweeps by itself, on all cores"),
        (["optimizer.lr=interval(1e-1,1e-3)"], "the second end is not above the first"),
    ],
)
def test_a_sweep_that_cannot_be_is_refused_in_one_line(words, line, sweep):
    told = sweep(*words)

    assert told.code == 2
    assert line in told.err
    assert told.folders == []


def test_accuracy_is_not_compared_with_r2(nnrun):
    words = (
        "dataset=digits,arkoma",
        "training.epochs=1",
        "model.widths=[8]",
        *BARE,
        "hydra.launcher.workers=1",
    )

    ran = nnrun("-m", *words)

    assert ran.code == 0
    assert not (ran.folder / "best").exists()


# Signals


def typed(*words):
    given = {word.partition("=")[0] for word in words}
    usual = (word for word in (*TINY, *BARE) if word.partition("=")[0] not in given)
    return ["-m", *usual, *words]


@pytest.fixture
def started(processes, forked_worker, tmp_path):
    """Start a sweep as a process of its own; all that is left of it is killed in the end."""
    begun_here = []

    def start(*words, patches=forked_worker):
        begun_here.append(begun(processes, typed(*words), tmp_path, patches=patches))
        return begun_here[-1]

    yield start
    for child in begun_here:
        child.process.kill()
        child.process.join()


def wait_for(condition, seconds=30):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def folder_of(tmp_path) -> Path:
    wait_for(lambda: list(tmp_path.glob("outputs/*/*/sweep.json")))
    (file,) = tmp_path.glob("outputs/*/*/sweep.json")
    return file.parent


@pytest.mark.slow
def test_a_sweep_killed_at_any_moment_is_finished_by_resume(
    tmp_path, processes, forked_worker, sweep
):
    settings = (
        "training.epochs=8",
        "optimizer.lr=1e-3,3e-3,1e-2,1e30",
        "model.widths=[8],[9],[10]",
        "seed=0,1",
    )
    whole = sweep(*settings)
    expected = (whole.folder / "sweep.csv").read_text()
    chance = random.Random(0)
    home = tmp_path / "killed"
    home.mkdir()
    begin = partial(begun, processes, folder=home, patches=forked_worker)

    child = begin(typed(*settings))
    folder = folder_of(home)
    for _ in range(10):
        time.sleep(chance.uniform(0.05, 1.0))
        child.kill()
        child = begin(["resume", str(folder)])
    assert child.left().code == 4

    assert (folder / "sweep.csv").read_text().splitlines() == expected.splitlines()
    lines = [json.loads(line) for line in (folder / "ledger.jsonl").read_text().splitlines()]
    done = [line["name"] for line in lines if line["status"] == "done"]
    assert len(done) == len(set(done)) == 18


def test_two_processes_never_work_on_one_sweep(tmp_path, started, nnrun):
    child = started("training.epochs=3000", "seed=0,1", "hydra.launcher.workers=1")
    folder = folder_of(tmp_path)

    told = nnrun("resume", str(folder))

    assert told.code == 2
    assert "works on it" in told.err
    assert child.process.is_alive()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_sweep_says_how_to_go_on(number, code, tmp_path, started):
    child = started("training.epochs=3000", "seed=0,1", "hydra.launcher.workers=1")
    folder = folder_of(tmp_path)
    child.wait_for("together")

    child.send(number)
    left = child.left()

    assert left.code == code
    assert f"go on with: nnrun resume {folder.relative_to(tmp_path)}" in left.said
    assert json.loads((folder / "sweep.json").read_text())["status"] == "interrupted"


def test_members_that_train_are_told_of_and_leave_no_trace(tmp_path, started, nnrun):
    child = started("training.epochs=1500", "seed=0,1", "hydra.launcher.workers=1")
    folder = folder_of(tmp_path)
    wait_for(lambda: any(one.epoch for one in under_way(folder).values()))

    listed = json.loads(nnrun("runs", str(folder), "--sort", "score", "--json").out)["runs"]
    shown = nnrun("runs", str(folder)).out
    child.kill()
    after_a_kill = under_way(folder)
    left = nnrun("resume", str(folder), "--workers", "1")

    assert [
        (one["name"], one["status"]) for one in sorted(listed, key=lambda one: one["name"])
    ] == [
        ("seed=0", "training"),
        ("seed=1", "training"),
    ]
    assert listed[0]["score"]["name"] == "val r2"
    assert 0 < listed[0]["facts"]["epochs"] <= listed[0]["facts"]["training.epochs"] == 1500
    assert re.search(r"seed=1 .* epoch \d+ of 1500", shown)
    assert after_a_kill == {}
    assert left.code == 0
    assert not (folder / FOLDER).exists()


def workers_of(child) -> list[int]:
    told = Path(f"/proc/{child.process.pid}/task/{child.process.pid}/children")
    return [int(pid) for pid in told.read_text().split()]


@pytest.fixture
def one_hangs(monkeypatch):
    """Let the worker that first tells of an epoch stand still from then on."""
    stopped = []

    def progress(board, worker, **_):
        if not stopped:
            stopped.append(worker)
            os.kill(worker.process.own.pid, signal.SIGSTOP)

    # what stands in for a forked worker would be stopped, and not the worker
    monkeypatch.setattr(WorkerPool, "start_one", WorkerPool.start_one.__wrapped__)
    monkeypatch.setattr("nnrun.report.board.Board.progress", progress)


def test_a_worker_that_hangs_is_given_up_and_its_members_are_tried_again(sweep, one_hangs):
    ran = sweep("seed=0,1", "training.epochs=500", "sweep.timeout=2")

    assert ran.code == 0
    assert "no sign of life for 2 s, sweep.timeout" in ran.out
    assert [row["status"] for row in table(ran.folder)] == ["done", "done"]


def test_a_worker_that_hangs_beside_a_busy_one_is_given_up_too(sweep, one_hangs, monkeypatch):
    reasons = []

    def give_up(board, members, reason):
        reasons.append(reason)
        raise KeyboardInterrupt

    monkeypatch.setattr("nnrun.report.board.Board.split", give_up)
    words = ("training.epochs=6000", "seed=0,1,2,3", "sweep.timeout=2")

    ran = sweep(*words, "hydra.launcher.workers=2")

    assert ran.code == 130
    assert reasons == ["its worker died: no sign of life for 2 s, sweep.timeout"]


@pytest.mark.skipif(
    not Path("/proc/self/task").exists(), reason="asks Linux for the workers of a sweep"
)
@pytest.mark.parametrize("delay", [0.0, 0.4, 0.8])
def test_a_worker_that_is_killed_before_it_is_ready_costs_nothing(delay, tmp_path, started):
    loading_torch = {}  # as a worker does that is not forked
    words = ("seed=0,1,2,3", "hydra.launcher.workers=2")
    child = started(*words, patches=loading_torch)
    wait_for(lambda: workers_of(child))
    time.sleep(delay)

    os.kill(workers_of(child)[0], signal.SIGKILL)

    assert child.left().code == 0
    assert [row["status"] for row in table(folder_of(tmp_path))] == ["done"] * 4


def test_workers_that_cannot_start_are_told_with_the_reason(tmp_path, monkeypatch, nnrun):
    (tmp_path / "broken" / "torch").mkdir(parents=True)
    (tmp_path / "broken" / "torch" / "__init__.py").write_text("raise ImportError('no torch here')")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "broken")}

    command = [sys.executable, "-m", "nnrun", *typed("seed=0,1")]
    told = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)

    assert told.returncode == 3
    assert "workers cannot start (its worker died: ImportError: no torch here)" in told.stderr


@pytest.mark.skipif(
    not Path("/proc/self/task").exists(), reason="asks Linux for the workers of a sweep"
)
def test_workers_do_not_outlive_the_one_they_work_for(tmp_path, started):
    child = started("training.epochs=3000", "seed=0,1", "hydra.launcher.workers=1")
    wait_for(lambda: workers_of(child))
    workers = workers_of(child)

    child.kill()

    wait_for(lambda: not any(Path(f"/proc/{worker}").exists() for worker in workers), seconds=10)
