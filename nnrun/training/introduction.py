"""What is about to be trained, on what: the lines that a person reads before it begins."""

import re
from pathlib import Path

from torch import Generator, device, from_numpy

from nnrun.config.catalogue import defaults
from nnrun.config.experiment import Experiment
from nnrun.config.length import EPOCHS
from nnrun.engine import device as machine
from nnrun.engine.memory import available_memory
from nnrun.engine.rehearsal import rehearse
from nnrun.errors import Mistake, Problem, TrainingFailed
from nnrun.parts.dataset.wording import counted
from nnrun.parts.model.sketch import without_numbers
from nnrun.report.numbers import count, megabytes, setting
from nnrun.runs.shortages import cause_of, lack
from nnrun.training.cohort import network
from nnrun.training.rarity import rare_class

Lines = list[tuple[str, str]]  # each with its heading, empty where it goes on from the line above
BYTES = 4  # of a number


def machine_for(experiment: Experiment) -> tuple[device, int]:
    """Choose the device, and how many threads."""
    settings = experiment.settings.training
    threads = machine.threads(settings.threads, experiment.work, experiment.networks)
    return device_for(experiment), threads


def device_for(experiment: Experiment) -> device:
    """Choose the device, on which there has to be room for the network."""
    chosen = machine.device(experiment.settings.training.device)
    if chosen.type == "cpu":
        refuse_too_large(experiment, available_memory())
    return chosen


def refuse_too_large(experiment: Experiment, there: int) -> None:
    """Stop before anything is allocated where not even the network and its rule would fit."""
    settings = experiment.settings
    if not settings.model.sketched:
        return
    with without_numbers():
        sketch = settings.model.inner.build(experiment.inputs, experiment.outputs, Generator())
    of_one = sum(tensor.numel() for tensor in sketch.parameters())
    numbers = experiment.networks * of_one
    # at present, at the best epoch, and how they are to move
    needed = BYTES * numbers * (3 + settings.optimizer.slots)
    if needed > there:
        wrong = f"its {numbers:,} parameters take {megabytes(needed)}, and {megabytes(there)}"
        advice = "take fewer or narrower layers"
        raise Mistake(Problem("model", experiment.choices["model"], f"{wrong} are free", advice))


def check(experiment: Experiment) -> Lines:
    """Tell what a run would be, without training it."""
    output = experiment.settings.output
    named_by_time = Path(output.root) / experiment.choices["dataset"] / "<time>-<id>"
    folder = output.folder or named_by_time
    try:
        lines = [*introduction(experiment), ("steps", steps(experiment)), ("folder", str(folder))]
        if experiment.settings.model.foreign:
            ask(experiment)
        return lines
    except (RuntimeError, MemoryError) as error:
        if lacking := lack(error):
            raise TrainingFailed(lacking, cause_of(error)) from error
        raise


def ask(experiment: Experiment) -> None:
    """Let a network of one's own answer the rows of a step: nothing else tells if it can."""
    rows = experiment.prepared.features(experiment.rows.train[: experiment.batch_rows])
    try:
        rehearse(network(experiment), from_numpy(rows))
    except TrainingFailed as error:
        raise Mistake(Problem("model", experiment.choices["model"], str(error))) from error


def steps(experiment: Experiment) -> str:
    """Count the steps; where minutes are given, the pace is going to tell."""
    clock, minutes = experiment.clock, experiment.settings.training.minutes
    if minutes is None:
        return f"{clock.steps:,} ({counted(int(clock.epochs), 'epoch')} of {clock.epoch_steps})"
    return f"in epochs of {clock.epoch_steps:,}, as many as {count_minutes(minutes)} allow"


def count_minutes(minutes: float) -> str:
    return f"{setting(minutes)} {'minute' if minutes == 1 else 'minutes'}"


def introduction(experiment: Experiment) -> Lines:
    """Tell what is about to be trained."""
    settings, choices = experiment.settings, experiment.choices
    on = place(*machine_for(experiment))  # first, as the network may not fit there
    layers = settings.model.layers(experiment.inputs, experiment.outputs)
    parameters = sum(numbers.numel() for numbers in network(experiment).parameters())
    networks = experiment.networks
    ensemble, each = (f"{networks} networks, each ", " each") if networks > 1 else ("", "")
    loss, score = losses(experiment), settings.training.score
    chosen = f"{choices['optimizer']}, {choices['scheduler']} schedule, loss {loss}"
    if score != "auto":
        chosen += f", best by {score}"
    return [
        ("changed", " ".join(changed(experiment)) or "nothing: these are the defaults"),
        ("data", f"{experiment.data.title}: {sizes(experiment)}"),
        *(("", note) for note in experiment.prepared_together.notes),
        *(("", told) for told in rare_class(experiment)),
        ("model", f"{ensemble}{choices['model']} {layers}, {parameters:,} parameters{each}"),
        ("training", f"{chosen}; seed {settings.seed}; on {on}"),
        *(("", note) for note in what_was_taken(experiment)),
    ]


def losses(experiment: Experiment) -> str:
    """Name the loss, or those that teach one after the other."""
    (_, first), *others = experiment.loss.stages
    later = [f"from {100 * start:g} % on {option_name(loss)}" for start, loss in others]
    return ", ".join([option_name(first), *later])


def what_was_taken(experiment: Experiment) -> list[str]:
    """Tell which numbers stand for auto; those of a training that minutes end are not known yet."""
    timed = experiment.settings.training.minutes is not None
    taken = {key: value for key, value in experiment.taken.items() if value is not None}
    told = [f"{key}={value}" for key, value in taken.items() if not (timed and key == EPOCHS)]
    return [f"as rows and columns tell: {' '.join(told)}"] if told else []


def sizes(experiment: Experiment) -> str:
    """Count rows, columns, and what is to be predicted."""
    data = experiment.data
    parts = ", ".join(f"{len(rows):,} {name}" for name, rows in experiment.rows.items())
    if experiment.folds:
        folds = count(len(experiment.folds), experiment.settings.split.fold_word)
        parts = f"{folds}; of the first, {parts}"
    wanted = count(len(data.target_names), "target")
    if data.classes:
        wanted = count(len(data.classes), "class")
    columns = count(len(data.columns), "column")
    return f"{count(data.rows, 'row')} ({parts}), {columns}, {wanted}"


def place(device: device, threads: int) -> str:
    """Tell where it is trained."""
    return f"cpu, {count(threads, 'thread')}" if device.type == "cpu" else str(device)


def changed(experiment: Experiment) -> list[str]:
    """List what was typed, without choices that are the defaults anyway."""
    usual = {f"{group}={option}" for group, option in defaults().items()}
    return [override for override in experiment.overrides if override not in usual]


def option_name(part: object) -> str:
    """Name a part's class as configurations do: CrossEntropy is cross_entropy."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", type(part).__name__).lower()
