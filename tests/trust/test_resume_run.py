"""A run that was killed, stopped or refused by the disk goes on to the bytes of an undisturbed one."""

import errno
import os
import random
import re
import signal
from pathlib import Path

import pytest
from children import DIED, Fault, begun
from results import results_of

from nnrun.runs.checkpoints import checkpoints, epoch_of

RUN = "outputs/run"
SMALL = ("output.pictures=false", "output.baselines=false", f"output.folder={RUN}")
REFUSALS = {number: errno.errorcode[number] for number in (errno.ENOSPC, errno.EIO, errno.EACCES)}
OFTEN = "training.checkpoint=0"  # after each epoch
SHORT = ("dataset=iris", "training.epochs=3", OFTEN, *SMALL)
# one is stopped early, and waits when it is killed; the other has all that changes and draws
WAITING = ("dataset=diabetes", "scheduler=plateau", "scheduler.patience=2", "regularisation=ema",
           "regularisation.patience=12", "optimizer.lr=0.03", "training.score=mae")  # fmt: skip
DRAWING = ("dataset=diabetes", "model.norm=batch", "regularisation=[dropout,mixup,input_noise,swa]")
LONG = {
    "drawing": (*DRAWING, "training.epochs=30", OFTEN, *SMALL),
    "waiting": (*WAITING, "training.epochs=80", OFTEN, *SMALL),
    "ensemble": (*WAITING, "training.ensemble=3", "training.epochs=30", OFTEN, *SMALL),
    "lbfgs": ("dataset=iris", "optimizer=lbfgs", "training.epochs=12", OFTEN, *SMALL),
}


@pytest.fixture(scope="module")
def undisturbed(processes, tmp_path_factory):
    """The results of a run that nothing disturbs."""
    known = {}

    def results(*words):
        if words not in known:
            folder = tmp_path_factory.mktemp("undisturbed")
            assert begun(processes, words, folder).left().code == 0
            known[words] = results_of(folder / RUN)
        return known[words]

    return results


@pytest.fixture(scope="module")
def dealings(processes, tmp_path_factory) -> int:
    """How many dealings with files a short run has."""
    folder = tmp_path_factory.mktemp("counted")
    said = begun(processes, SHORT, folder, Fault(10**9)).left().said
    return int(re.search(r"operations (\d+)", said)[1])


def places(count: int, some: int) -> list[int]:
    """Choose some of the operations: the first and the last ones, and others in between."""
    step = max(1, count // some)
    return sorted({*range(1, count + 1, step), count})


def went_on(run, folder: Path) -> str:
    """Go on with a run; what was never begun is told, and begun."""
    left = run("resume", RUN, folder=folder)
    if left.code == 2:
        assert "Traceback" not in left.said
        assert not (folder / RUN / "run.json").exists()
        for file in (folder / "outputs").rglob("*.*"):
            file.unlink()
        left = run(*SHORT, folder=folder)
    assert left.code == 0, left.said
    return left.said


def took_up(said: str, epoch: int) -> bool:
    """Tell whether a run went on from that epoch, or a later one, or was over already."""
    told = re.search(r"goes on after epoch (\d+)", said)
    return int(told[1]) >= epoch if told else bool(re.search("^done ", said, re.MULTILINE))


def newest_checkpoint(folder: Path) -> int:
    """Give the epoch that a run can go on from; 0 where it can from none."""
    return max(map(epoch_of, checkpoints(folder / RUN / "checkpoint")), default=0)


def lines_of_epochs(folder: Path) -> int:
    """Count the epochs in metrics.csv."""
    file = folder / RUN / "metrics.csv"
    return file.read_bytes().count(b"\n") - 1 if file.exists() else 0  # a line has the names


@pytest.mark.parametrize("some", [8, pytest.param(10**6, marks=pytest.mark.trust)])
def test_a_process_may_die_at_any_of_its_dealings_with_files(
    some, dealings, run, undisturbed, untold, tmp_path
):
    for place in places(dealings, some):
        folder = tmp_path / str(place)
        folder.mkdir()
        assert run(*SHORT, folder=folder, fault=Fault(place)).code == DIED
        newest = newest_checkpoint(folder)

        said = went_on(run, folder)

        assert not newest or took_up(said, newest), (place, said)
        assert results_of(folder / RUN) == undisturbed(*SHORT), place
        assert untold(folder / RUN) == set(), place


@pytest.mark.parametrize("error", REFUSALS, ids=REFUSALS.get)
@pytest.mark.parametrize("some", [2, pytest.param(10**6, marks=pytest.mark.trust)])
def test_a_disk_that_refuses_is_told_in_a_line_and_costs_nothing(
    some, error, dealings, run, undisturbed, tmp_path
):
    for place in places(dealings, some):
        folder = tmp_path / str(place)
        folder.mkdir()

        left = run(*SHORT, folder=folder, fault=Fault(place, error))

        if left.code != 0:  # a draft that cannot be put away harms nobody
            assert left.code in (2, 3), (place, left.said)
            assert "Traceback" not in left.said, (place, left.said)
            (told,) = [line for line in left.said.splitlines() if "error: " in line]
            assert os.strerror(error) in told
            assert tells_what_was_refused(told, folder), (place, told)
        newest = newest_checkpoint(folder)
        said = went_on(run, folder)
        assert not newest or took_up(said, newest), (place, said)
        assert results_of(folder / RUN) == undisturbed(*SHORT), place


def tells_what_was_refused(told: str, folder: Path) -> bool:
    """Tell whether an error names a folder, or a file with the bytes that it was to have.

    A checkpoint that is there was to be taken away, or read.
    """
    file = re.search(r"(outputs/run/\S+\.(csv|json|jsonl|safetensors|txt|yaml)): ", told)
    if not file:
        return RUN in told
    there = "/checkpoint/" in file[1] and (folder / file[1]).exists()
    return there or bool(re.search(r" \([\d,]+ bytes were to be written\);", told))


@pytest.mark.parametrize("kind", LONG)
@pytest.mark.parametrize("kills", [1, pytest.param(50, marks=pytest.mark.trust)])
def test_a_killed_run_goes_on_to_the_same_bytes(kills, kind, start, run, undisturbed, tmp_path):
    draw, there_are = random.Random(kind), undisturbed(*LONG[kind])["metrics.csv"].count(b"\n") - 1
    for number in range(kills):
        folder = tmp_path / str(number)
        folder.mkdir()
        child = start(*LONG[kind], folder=folder)
        epochs = draw.randint(1, there_are // 2)
        wait_for_epochs(folder, epochs, child)
        child.kill()

        said = went_on(run, folder)

        # the last line may stand before its checkpoint
        assert epochs == 1 or took_up(said, epochs - 1), said
        assert results_of(folder / RUN) == undisturbed(*LONG[kind])


@pytest.mark.parametrize("times", [3, pytest.param(20, marks=pytest.mark.trust)])
def test_one_run_may_be_killed_again_and_again(times, start, run, undisturbed, tmp_path):
    words = LONG["drawing"]
    child = start(*words)
    wait_for_epochs(tmp_path, 2, child)
    for _ in range(times):
        child.kill()
        epochs = lines_of_epochs(tmp_path)
        child = start("resume", RUN)
        wait_until_it_took_up(epochs - 1, child)
        wait_for_epochs(tmp_path, min(epochs + 1, 30), child)
    left = child.left()

    assert left.code == 0, left.said
    assert results_of(tmp_path / RUN) == undisturbed(*words)


def wait_for_epochs(folder: Path, epochs: int, child) -> None:
    child.wait_until(lambda: lines_of_epochs(folder) >= epochs)


def wait_until_it_took_up(epoch: int, child) -> None:
    child.wait_until(lambda: took_up(child.told.read_text(), epoch))


@pytest.mark.parametrize(
    ("kind", "number", "code"),
    [("ensemble", signal.SIGINT, 130), ("drawing", signal.SIGTERM, 143)],
)
def test_a_run_that_is_told_to_stop_keeps_whole_epochs_and_tells_the_way_on(
    kind, number, code, start, run, undisturbed, tmp_path, soon
):
    child = start(*LONG[kind])
    wait_for_epochs(tmp_path, 3, child)

    child.send(number)
    left = child.left(within=soon)

    assert left.code == code, left.said
    assert "Traceback" not in left.said
    assert left.said.splitlines()[-1] == "interrupted; go on with: nnrun resume outputs/run"
    assert "verdict   cannot tell: told to stop after epoch" in left.said
    assert run("evaluate", RUN, "nowhere.csv").code == 2  # the table, not the model
    assert took_up(went_on(run, tmp_path), 2)
    assert results_of(tmp_path / RUN) == undisturbed(*LONG[kind])


def test_what_works_on_a_run_is_left_alone(start, run, tmp_path):
    child = start("dataset=iris", "training.epochs=1000000", *SMALL)
    wait_for_epochs(tmp_path, 1, child)

    left = run("resume", RUN)

    assert left.code == 2
    assert f"outputs/run: another nnrun (process {child.process.pid}) works on it" in left.said
    child.kill()
    child = start("resume", RUN)  # the lock is free at once
    child.wait_for("outputs/run begins anew")
