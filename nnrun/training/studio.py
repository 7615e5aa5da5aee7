"""A process beside a training, which compares and draws on a core of its own.

It reads the run's folder, and leaves what it makes in another. It is told, and tells, a word a
line; when whoever trains is gone, it ends. Where it can be forked, each picture is drawn in a copy
of it, which has all that it takes, so that all cores draw once training is over.
"""

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue
from shutil import rmtree
from signal import SIGKILL
from threading import Thread
from typing import Never

import torch
from safetensors.numpy import save

from nnrun.config.experiment import Experiment
from nnrun.engine.cores import FORKS
from nnrun.garbage import loading, uncollected
from nnrun.runs.folder import RunFolder
from nnrun.runs.record import read_job, read_record
from nnrun.tasks.interface import Drawings
from nnrun.training.beside import BASELINES, COMPARED, DRAW, DRAWN, OVER, READY, numbered
from nnrun.training.outcome import pictures, trained_run
from nnrun.training.rebuilding import rebuilt, refuse_changed_data
from nnrun.training.true_values import TrueValuesCache


def serve(run: Path, place: Path) -> None:
    """Work for a run, of which only its folder is known."""
    work_for(lambda: opened(run), run, place)


def work_for(found: Callable[[], Experiment], run: Path, place: Path) -> None:
    """Work out the baselines at once, and draw when that is asked for."""
    best_epoch: SimpleQueue[int] = SimpleQueue()
    listener = Thread(target=listen, args=(best_epoch, place), daemon=True)
    listener.start()
    experiment = found()
    output = experiment.settings.output
    if output.baselines and not experiment.folds:  # each fold has its own
        said = TrueValuesCache().truths(experiment).taught(experiment)
        (place / BASELINES).write_bytes(save(numbered(said)))
        tell(COMPARED)
    if output.pictures:
        with loading():  # matplotlib takes its time
            from nnrun.report.pictures.figure import load_all

            load_all()
        tell(READY)
        draw(pictures(trained_run(experiment, RunFolder(run), best_epoch.get())), place)
        tell(OVER)
    listener.join()  # until whoever trains has taken all, or is gone


def draw(drawings: Drawings, place: Path) -> None:
    """Draw all pictures at once, each in a copy of this process; without copies one by one."""
    if not FORKS:
        for name, drawing in drawings.items():
            (place / name).write_bytes(drawing())
            tell(f"{DRAWN} {name}")
        return
    copies = {copy_to_draw(drawing, place / name): name for name, drawing in drawings.items()}
    while copies:
        copy, status = os.wait()
        if status:
            end_all()  # whoever trains draws what is missing
        tell(f"{DRAWN} {copies.pop(copy)}")


def copy_to_draw(drawing: Callable[[], bytes], path: Path) -> int:
    """Begin a copy of this process, which draws; give its number."""
    copy = os.fork()
    if not copy:
        put_and_end(drawing, path)
    return copy


def put_and_end(drawing: Callable[[], bytes], path: Path) -> Never:
    """Draw, in a copy, and leave at once what belongs to the process that was copied."""
    code = 1
    try:
        torch.set_num_threads(1)  # a copy has none of the others
        with uncollected():
            path.write_bytes(drawing())
        code = 0
    finally:
        os._exit(code)


def listen(best_epoch: SimpleQueue[int], place: Path) -> None:
    """Hear when to draw, and that whoever trains is gone; then nothing is left behind."""
    for line in sys.stdin:
        best_epoch.put(int(line.removeprefix(DRAW)))
    rmtree(place, ignore_errors=True)
    end_all()


def end_all() -> None:
    """End this process, which leads a group of its own, and its copies."""
    os.killpg(os.getpid(), SIGKILL)


def tell(word: str) -> None:
    with suppress(BrokenPipeError):  # who trains is gone, which is heard
        print(word, flush=True)


def opened(run: Path) -> Experiment:
    """Read what is trained, on the very data that the run's record tells of."""
    record = read_record(run)
    torch.set_num_threads(record["threads"])
    experiment = rebuilt(read_job(run))
    refuse_changed_data(run, record, experiment)
    return experiment
