"""Numbers that go wrong and memory that ends: what is told, and what stays."""

import json
import os
import resource
import sys
from pathlib import Path

import pytest
from children import WAIT

from nnrun.cli.door import exit_code
from nnrun.cli.signals import listen
from nnrun.engine.memory import addresses
from nnrun.errors import MEMORY

LITTLE = 300 * 2**20  # bytes beside what the libraries take
LARGE = (
    *("dataset=arkoma", "dataset.rows=60000", "model.widths=[512,512]"),
    *("training.batch_size=16000", "training.epochs=1", "training.threads=1"),
    *("output.pictures=false", "output.baselines=false", "training.device=cpu"),
)


def no_number(text: str) -> None:
    raise AssertionError(f"a bare {text}")


def strictly(text: str) -> object:
    return json.loads(text, parse_constant=no_number)


def read_strictly(folder: Path) -> list[str]:
    """Read every file of JSON below a folder; gives their names."""
    for file in folder.rglob("*.json"):
        strictly(file.read_text())
    for file in folder.rglob("*.jsonl"):
        for line in file.read_text().splitlines():
            strictly(line)
    return [file.name for file in folder.rglob("*.json*")]


def test_a_member_whose_numbers_run_away_is_told_with_step_and_tensor(nnrun):
    sweep = ("-m", "dataset=curve", "dataset.rows=60", "training.epochs=3", "optimizer=sgd")
    ran = nnrun(*sweep, "optimizer.lr=0.01,1e30", "output.folder=outputs/a b", "--json")
    assert ran.code == 4, ran.err
    failed = json.loads(Path("outputs/a b/lr=1e+30/run.json").read_text())
    Path("aside").mkdir()
    os.chdir("aside")
    again = nnrun("resume", "../outputs/a b", "--json")

    assert " became " in failed["word"]
    assert " in epoch 1, step " in failed["word"]
    assert " linears." in failed["word"]
    assert "a b/lr=1e+30' KEY=VALUE trains one with a difference" in again.err
    assert "nnrun again '" in again.err
    assert Path.cwd().name == "aside"
    told = {"sweep.json", "members.jsonl", "ledger.jsonl", "run.json", "summary.json", "model.json"}
    assert told <= {*read_strictly(Path("../outputs"))}
    for printed in (ran.out, again.out):
        strictly(printed)


@pytest.mark.parametrize(
    "optimizer", [["adam"], ["torch", "optimizer.name=Adam"]], ids=["ours", "of torch"]
)
def test_squares_of_gradients_that_overflow_are_told_though_loss_and_weights_are_finite(
    optimizer, small
):
    own, *more = optimizer
    rows = "".join(f"{i * 50},{i % 7 + 1}e17\n" for i in range(60))
    Path("huge.csv").write_text(f"x,y\n{rows}")
    table = ("dataset=table", "dataset.path=huge.csv", "dataset.target=y")

    unscaled = ("dataset.scale.inputs=none", "dataset.scale.targets=none")
    ran = small(*table, *unscaled, f"optimizer={own}", *more)

    assert ran.code == 3
    assert (
        "what the optimizer remembers of them, became infinite or no numbers in epoch 1" in ran.err
    )
    assert ", first in what it remembers of the gradient of linears." in ran.err


def test_no_number_that_is_none_stands_in_json(small, nnrun):
    constant = "x,y\n" + "".join(f"{i},{1 if i < 39 else 2}\n" for i in range(40))
    Path("table.csv").write_text(constant)
    Path("one.csv").write_text("x,y\n1,1\n")
    table = ("dataset=table", "dataset.path=table.csv", "dataset.target=y", "dataset.split.val=0")
    ran = small(*table, "training.batch_size=8", "dataset.task=regression", "--json")

    assert ran.code == 0, ran.err
    read_strictly(ran.folder)
    run = str(ran.folder)
    words = (
        ("evaluate", run, "one.csv", "--json"),
        ("predict", run, "one.csv", "--json"),
        ("show", "optimizer/adam", "--json"),
        ("check", *table, "dataset.task=regression", "training.batch_size=8", "--json"),
    )
    strictly(ran.out)
    for asked in words:
        answered = nnrun(*asked)
        assert answered.code == 0, answered.err
        strictly(answered.out)


def starved(words: tuple[str, ...], folder: str) -> None:
    """Run a command that has little memory."""
    os.chdir(folder)
    with open("told.txt", "w") as told:
        os.dup2(told.fileno(), 2)
    listen()
    limit = addresses() + LITTLE
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    code = exit_code(list(words))
    sys.stderr.flush()
    os._exit(code)


def test_memory_that_ends_in_training_is_told_with_a_batch_size_that_fits(processes, tmp_path):
    child = processes.Process(target=starved, args=(LARGE, str(tmp_path)))
    child.start()
    child.join(WAIT)
    (told,) = [line for line in (tmp_path / "told.txt").read_text().splitlines() if "error" in line]

    assert child.exitcode == 3
    assert strictly(next(tmp_path.rglob("run.json")).read_text())["cause"] == MEMORY
    assert told.startswith("error: memory ran out; try training.batch_size=")
    assert "(it was 16000), or a smaller network" in told


def test_memory_that_ends_in_a_prediction_is_told_with_what_takes_less(small, nnrun, monkeypatch):
    run = str(small("dataset=curve", "dataset.rows=60").folder)
    Path("rows.csv").write_text("x\n1\n")

    def too_much(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr("nnrun.bundle.bundle.Bundle.infer", too_much)
    ran = nnrun("predict", run, "rows.csv")

    assert ran.code == 3
    advice = "split rows.csv into files of fewer rows, and take one by one"
    assert ran.err.endswith(f"error: memory ran out; {advice}\n")
