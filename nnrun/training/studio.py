"""A process beside a training, which compares and draws on a core of its own.

It reads the run's folder, and leaves what it makes in another. It is told, and tells, a word a
line; when whoever trains is gone, it ends. Where it can be forked, each picture is drawn in a copy
of it, which has all that it takes, so that all cores draw once training is over.
"""

import os
import sys
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from shutil import rmtree
from signal import SIGKILL
from threading import Thread
from typing import Never

import torch
from safetensors.numpy import save

from nnrun.config.experiment import Experiment
from nnrun.engine.cores import FORKS, cores
from nnrun.garbage import uncollected
from nnrun.runs.folder import RunFolder
from nnrun.runs.record import read_job, read_record
from nnrun.training.beside import BASELINES, COMPARED, DRAW, DRAWN, READY, numbered
from nnrun.training.outcome import pictures, reread
from nnrun.training.rebuilding import rebuilt, refuse_changed_data
from nnrun.training.true_values import TrueValuesCache


def serve(run: Path, place: Path) -> None:
    """Work out the baselines at once, and draw when that is asked for."""
    asked: SimpleQueue[str] = SimpleQueue()
    Thread(target=listen, args=(asked, place), daemon=True).start()
    experiment = opened(run)
    output = experiment.settings.output
    if output.baselines and not experiment.folds:  # each fold has its own
        said = TrueValuesCache().truths(experiment).taught(experiment)
        (place / BASELINES).write_bytes(save(numbered(said)))
        tell(COMPARED)
    if output.pictures:
        from nnrun.report.pictures.figure import load_all  # matplotlib takes its time

        load_all()
        tell(READY)
        draw(experiment, run, place, asked)


def draw(experiment: Experiment, run: Path, place: Path, asked: SimpleQueue[str]) -> Never:
    """Draw pictures as they are asked for, one on each core; without copies one after the other."""
    name = asked.get()  # by now the folder has all but the pictures
    drawings = pictures(reread(experiment, RunFolder(run)))
    hands = ThreadPoolExecutor(cores() if FORKS else 1)
    while True:
        hands.submit(draw_one, drawings[name], place / name).add_done_callback(end_if_failed)
        name = asked.get()


def draw_one(drawing: Callable[[], bytes], path: Path) -> None:
    """Draw a picture, and tell that it is there."""
    if FORKS:
        draw_apart(drawing, path)
    else:
        path.write_bytes(drawing())
    tell(f"{DRAWN} {path.name}")


def draw_apart(drawing: Callable[[], bytes], path: Path) -> None:
    """Draw in a copy of this process."""
    copy = os.fork()
    if not copy:
        put_and_end(drawing, path)
    _, status = os.waitpid(copy, 0)
    if status:
        raise ChildProcessError(path.name)


def end_if_failed(drawn: Future[None]) -> None:
    """End with all copies where one could not draw: whoever trains draws what is missing then."""
    if drawn.exception():
        end_all()


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


def listen(asked: SimpleQueue[str], place: Path) -> None:
    """Hear what to draw, and that whoever trains is gone; then nothing is left behind."""
    for line in sys.stdin:
        word, name = line.split()
        if word == DRAW:
            asked.put(name)
    rmtree(place, ignore_errors=True)
    end_all()


def end_all() -> None:
    """End this process, which leads a group of its own, and its copies."""
    os.killpg(os.getpid(), SIGKILL)


def tell(word: str) -> None:
    print(word, flush=True)


def opened(run: Path) -> Experiment:
    """Read what is trained, on the very data that the run's record tells of."""
    record = read_record(run)
    torch.set_num_threads(record["threads"])
    experiment = rebuilt(read_job(run))
    refuse_changed_data(run, record, experiment)
    return experiment
