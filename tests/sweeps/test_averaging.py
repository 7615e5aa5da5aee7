"""nnrun ensemble: members of a sweep as one model, in a folder that is used as a run's is."""

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from nnrun import load
from nnrun.report.numbers import number
from nnrun.runs.folder import RunFolder
from nnrun.runs.opening import open_ledger
from nnrun.sweeps.averaging import experiment_of
from nnrun.training.averaging import Candidate, Choice

SIZES = ("training.epochs=6", "training.batch_size=32", "hydra.launcher.workers=1")
QUIET = ("output.pictures=false", "output.baselines=false", "output.folder=many")
NUMBERS = ("dataset=diabetes", "dataset.scale.inputs=standard,min_max")
SWEEPS = {
    "numbers of unlike models": (*NUMBERS, "model=mlp,linear"),
    "classes of ensembles and heads": (
        *("dataset=iris", "model=mlp,tabm", "training.ensemble=1,2"),
        *("regularisation.dropout=0.1", "optimizer.lr=3e-2", "training.calibrate=true"),
    ),
    "deviations": (*NUMBERS, "loss=gaussian_nll", "seed=0,1"),
    "a quantile": (*NUMBERS, "loss=quantile", "optimizer.lr=1e-2,1e-3"),
}


pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture
def swept(nnrun, tmp_path):
    """Make a sweep in the folder `many`, and average it in the folder `one`."""

    def make(*words, then=("ensemble", "many", "-o", "one")):
        nnrun("-m", *words, *SIZES, *QUIET)
        return nnrun(*then)

    return make


def read(name):
    with open(name) as file:
        return json.load(file)


def test_the_name_of_the_sweep_stays_its_own(swept, nnrun):
    seeds = "dataset=iris", "model.widths=[8]", "seed=0,1", "output.name=rates"

    assert swept(*seeds, then=("ensemble", "many", "-o", "outputs/mean")).code == 0

    assert nnrun("runs", "--json").out.count('"name": "rates"') == 0
    assert nnrun("note", "mean").code == 0


@pytest.mark.parametrize("kind", SWEEPS)
def test_the_folder_answers_by_the_mean_of_the_chosen(kind, swept, nnrun, tmp_path):
    ran = swept(*SWEEPS[kind])
    assert ran.code == 0, ran.err
    summary, said = read("one/summary.json"), pd.read_csv("one/predictions.csv")
    members, one = summary["members"], load("one")
    counts = [member["count"] for member in members]
    models = [load(f"many/{member['name']}") for member in members]
    cells = np.random.default_rng(0).normal(size=(5, len(one.input_names))) * 0.05 + 1

    answers, each = one.infer(cells), [model.infer(cells) for model in models]

    numbers = np.stack(each)[..., :1] if kind == "deviations" else np.stack(each)
    mean = np.average(numbers, 0, counts)
    assert np.allclose(answers[:, : mean.shape[1]], mean)
    if kind == "deviations":
        squares = np.stack(each)[..., 1:] ** 2 + numbers**2
        variance = np.average(squares, 0, counts) - mean**2
        assert np.allclose(answers[:, 1:], np.sqrt(variance))
    assert any(name.startswith("spread_") for name in said) == (one.voices > 1)
    assert one.voices == sum(model.voices for model in models)
    assert len(said) == summary["rows"]["test"]
    score = next(name for name in members[0] if name.startswith("val_"))
    worse = max if score in ("val_log_loss", "val_pinball") else min
    alone = [member[score] for member in members]
    told = summary["val"][score.removeprefix("val_")]
    assert alone[0] == min(alone) if worse is max else alone[0] == max(alone)
    assert worse(told, alone[0]) == alone[0]  # never worse than the best alone
    reached = f"validation {score.removeprefix('val_')} {number(told)}, "
    assert reached in summary["verdict"] or len(members) == 1


def test_it_is_used_as_a_run_is(swept, nnrun, houses, tmp_path):
    table = ("dataset=table", f"dataset.path={houses}", "dataset.target=price", "model.widths=[4]")
    ran = swept(*table, "optimizer.lr=1e-2,1e30", "seed=0,1,2")
    assert ran.code == 0, ran.err
    assert "3 of 6 can be averaged" in ran.out
    lost = [f"lr=1e+30,seed={seed}" for seed in range(3)]
    assert f"left out: {', '.join(lost)} (failed)" in ran.out
    assert "best member" in ran.out

    predicted = nnrun("predict", "one", str(houses))
    told = nnrun("evaluate", "one", str(houses), "--json")
    listed = nnrun("runs", ".")
    compared = nnrun("compare", "one", "many", "--json")
    program = nnrun("ensemble", "many", "-o", "two", "--json")
    page = nnrun("report", "one", "-o", "one.html")
    matter = nnrun("importance", "one", "--repeats", "2", "--json")

    assert predicted.out.splitlines()[0] == "price"  # one alone was the best
    assert json.loads(told.out)["r2"] <= 1
    (line,) = (line for line in listed.out.splitlines() if line.startswith("one "))
    assert "ensemble=many" in line
    assert page.code == 0
    assert json.loads(matter.out)["reached"] == pytest.approx(
        read("one/summary.json")["test"]["r2"]
    )
    assert "How it learnt" not in (tmp_path / "one.html").read_text()
    cells = json.loads(compared.out)["compared"]
    assert len(cells) == 2
    (made_of,) = (of for one in cells if (of := one["settings"]["ensemble"]))
    assert made_of.startswith("many: 1 x ")
    assert json.loads(program.out)["members"] == read("one/summary.json")["members"]
    assert (tmp_path / "one/model.safetensors").read_bytes() == (
        tmp_path / "two/model.safetensors"
    ).read_bytes()


def test_one_that_was_stopped_says_how_it_begins_again(swept, nnrun, monkeypatch):
    swept("dataset=iris", "seed=0,1")
    record, again = read("one/run.json"), "nnrun ensemble many -o "
    RunFolder(Path("one")).put_record("run.json", {**record, "status": "running"})

    killed = nnrun("resume", "one")
    monkeypatch.setattr("nnrun.training.averaging.put_results", interrupt)
    stopped = nnrun("ensemble", "many", "-o", "two")

    assert killed.err.endswith(f"nothing goes on with it; nnrun rm one, then {again}one\n")
    assert stopped.code == 130
    assert f"nothing of it is kept; begin again: {again}two\n" in stopped.out
    assert not Path("two").exists()


def interrupt(*_):
    raise KeyboardInterrupt


def test_it_stands_alone_and_shows_its_damage(swept, nnrun, houses, tmp_path):
    swept("dataset=table", f"dataset.path={houses}", "dataset.target=price", "seed=0,1")
    before = nnrun("predict", "one", str(houses))
    shutil.rmtree("many")

    assert nnrun("predict", "one", str(houses)).out == before.out
    for verb in ("again", "resume", "reproduce"):
        told = nnrun(verb, "one")
        assert told.code == 2
        assert "one: was averaged from members of many, and not trained" in told.err
    pretrained = nnrun("check", "model=pretrained", "model.run=one")
    assert "holds the average of " in pretrained.err
    for name in ("model.safetensors", "model.json"):
        content = (tmp_path / "one" / name).read_bytes()
        (tmp_path / "one" / name).write_bytes(content[:-9] + b"x" + content[-8:])
        assert nnrun("predict", "one", str(houses)).code == 2
        (tmp_path / "one" / name).write_bytes(content)


def test_no_test_row_chooses(swept):
    swept(*SWEEPS["numbers of unlike models"])
    ledger = open_ledger(Path("many").resolve())
    members = range(len(ledger.names))
    candidates = [Candidate(ledger.names[member], ledger.folder(member)) for member in members]
    experiment = experiment_of(ledger, [*members])
    before = Choice(candidates, experiment).selection

    for cells in (experiment.data.inputs, experiment.data.targets):
        cells[experiment.rows.test] = 1e9

    assert Choice(candidates, experiment).selection == before


def test_the_threshold_is_found_anew_for_the_mean(swept):
    words = "training.threshold=f1", "model.widths=[4]", "optimizer.lr=1e-3"
    ran = swept("dataset=breast_cancer", *words, "seed=0,1,2")

    assert ran.code == 0, ran.err
    threshold = read("one/summary.json")["threshold"]
    assert load("one").threshold == threshold
    assert f"is taken above a probability of {number(threshold)}, found on the" in ran.out


def test_the_tests_of_a_data_set_are_told_of_the_mean_too(swept):
    ran = swept("dataset=arkoma", "dataset.rows=100", "model.widths=[4]", "seed=0,1")

    assert ran.code == 0, ran.err
    uniform = read("one/summary.json")["tests"]["uniform"]
    assert uniform["rows"] == 2000
    assert f"uniform   r2 {number(uniform['r2'])}, " in ran.out


@pytest.mark.parametrize(
    ("words", "then", "told"),
    [
        (
            ("dataset=diabetes", "dataset.split.seed=1,2"),
            ("many", "-o", "one"),
            "learnt from other rows than dataset.split.seed=2 (dataset.split.seed); ",
        ),
        (
            ("dataset=diabetes", "loss=mse,gaussian_nll"),
            ("many", "-o", "one"),
            "does not say the same as loss=gaussian_nll, so there is no mean; ",
        ),
        (
            ("dataset=diabetes", "dataset.split.val=0", "seed=0,1"),
            ("many", "-o", "one"),
            "no rows validated the members, so nothing can choose; ",
        ),
        (
            ("dataset=diabetes", "optimizer.lr=1e30,1e31"),
            ("many", "-o", "one"),
            "many: no member of it is done and whole; train them first: nnrun resume many",
        ),
        (
            ("dataset=diabetes", "seed=0,1"),
            ("many", "-o", "many"),
            "-o 'many': is not empty; choose a new folder or an empty one",
        ),
        (
            ("dataset=diabetes", "seed=0,1"),
            ("many/seed=0", "-o", "one"),
            "is no sweep's folder",
        ),
        (
            ("dataset=diabetes", "dataset.split.folds=3", "seed=0,1"),
            ("many", "-o", "one"),
            "each fold of its members has other rows to choose by; ",
        ),
        (
            ("dataset=diabetes", "dataset.split.bags=3", "seed=0,1"),
            ("many", "-o", "one"),
            "each bag of its members has other rows to choose by; sweep with dataset.split.val=",
        ),
        (
            ("dataset=diabetes", "seed=0,1"),
            ("many", "-o", ""),
            "-o '': names no folder; choose a new folder or an empty one",
        ),
        (
            ("dataset=diabetes", "seed=0,1"),
            ("many", "-o", "-"),
            "-o '-': is standard output, and this makes a folder; choose a new folder",
        ),
    ],
    ids=[
        *("other rows", "other answers", "no validation", "all failed", "taken", "a run"),
        *("folds", "bags", "no name", "standard output"),
    ],
)
def test_what_cannot_be_averaged_is_refused_and_leaves_nothing(words, then, told, swept, tmp_path):
    ran = swept(*words, then=("ensemble", *then))

    assert ran.code == 2
    assert told in ran.err
    assert not (tmp_path / "one").exists()
