"""A process beside a training, which compares and draws on a core of its own.

It reads the run's folder, and leaves what it makes in another. It is told, and tells, a word a
line; when whoever trains is gone, it ends.
"""

import os
import sys
from pathlib import Path
from queue import SimpleQueue
from shutil import rmtree
from threading import Thread
from typing import Never

import torch
from safetensors.numpy import save

from nnrun.config.experiment import Experiment
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
    """Draw one picture after the other, as they are asked for."""
    name = asked.get()  # by now the folder has all but the pictures
    drawings = pictures(reread(experiment, RunFolder(run)))
    while True:
        (place / name).write_bytes(drawings[name]())
        tell(f"{DRAWN} {name}")
        name = asked.get()


def listen(asked: SimpleQueue[str], place: Path) -> None:
    """Hear what to draw, and that whoever trains is gone; then nothing is left behind."""
    for line in sys.stdin:
        word, name = line.split()
        if word == DRAW:
            asked.put(name)
    rmtree(place, ignore_errors=True)
    os._exit(0)


def tell(word: str) -> None:
    print(word, flush=True)


def opened(run: Path) -> Experiment:
    """Read what is trained, on the very data that the run's record tells of."""
    record = read_record(run)
    torch.set_num_threads(record["threads"])
    experiment = rebuilt(read_job(run))
    refuse_changed_data(run, record, experiment)
    return experiment
