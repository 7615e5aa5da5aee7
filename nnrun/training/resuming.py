"""Go on with a run from its folder, as if nothing had stopped it; or for more epochs."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from pathlib import Path

import numpy as np

from nnrun.config.experiment import Experiment, build
from nnrun.engine.cohort import stage_in
from nnrun.errors import NUMBERS, Mistake, Problem, TrainingFailed, listing
from nnrun.parts.dataset.wording import counted
from nnrun.reading.proofs import RECORD, SWEEP_RECORD, damage
from nnrun.report.screen import Screen
from nnrun.runs.belongings import refuse_strangers
from nnrun.runs.checkpoints import FOLDER
from nnrun.runs.commands import typed
from nnrun.runs.folder import RunFolder
from nnrun.runs.job import setting_of
from nnrun.runs.lock import claimed
from nnrun.runs.record import go_on_record, read_job, read_record, refuse_average
from nnrun.runs.shortages import shortages_told
from nnrun.training.checkpoint import DAMAGED, Checkpoint, newest_of_use
from nnrun.training.rebuilding import anew, rebuilt, refuse_changed_data, unusable
from nnrun.training.run import Run, carry_out, endings_recorded

EPOCHS = "training.epochs"
NEEDED = ("status", "device", "threads", "config_sha256", "data_sha256")  # of a record


def resume(
    path: Path,
    epochs: int | None,
    screen: Screen,
    check: Callable[[Experiment], None] = lambda _: None,
) -> None:
    """Go on from the last checkpoint, or from the beginning where there is none.

    What is asked of the run by others than us is checked before.
    """
    folder = RunFolder(path)
    refuse_strangers(path)
    with claimed(path), shortages_told(f"go on with: nnrun resume {typed(path)}"):
        record, job = read_record(path), read_job(path)
        refuse_average(path, "resume")
        refuse_members(path, epochs)
        refuse_lost(path, record)
        over = record.get("status") == "done" and not epochs
        damaged = damage(path, record) if over else []
        if over and not damaged:
            tell_done(path, record, screen)
            return
        refuse_untold(path, record)
        experiment = rebuilt(job)
        refuse_changed_data(path, record, experiment)
        check(experiment)
        checkpoint = newest_checkpoint(path, experiment, screen)
        if epochs:
            experiment = extended(path, experiment, epochs, checkpoint)
        for wrong in damaged:
            screen.say(f"{path}: {wrong}, so it is made again", "yellow")
        go_on(Run(experiment, folder, record, screen), checkpoint)


def refuse_lost(path: Path, record: dict) -> None:
    """Stop where numbers ran away, as they would again."""
    if record.get("cause") == NUMBERS:
        changed = f"nnrun again {typed(path)} KEY=VALUE"
        told = f"{record.get('word', '')}; it would again, so change it: {changed}"
        raise TrainingFailed(told, NUMBERS)


def tell_done(path: Path, record: dict, screen: Screen) -> None:
    screen.pair("done", record.get("word", ""))
    screen.pair("folder", str(path))


def go_on(run: Run, checkpoint: Checkpoint | None) -> None:
    run.screen.log = run.folder.log
    run.folder.drop_drafts()
    config, overrides = run.experiment.config, run.experiment.overrides
    took = sum(epoch.seconds for epoch in checkpoint.epochs[0]) if checkpoint else 0.0
    record = go_on_record(run.folder, run.record, config, overrides, took)
    run = replace(run, record=record)
    done = f"goes on after epoch {checkpoint.number}" if checkpoint else "begins anew"
    run.screen.say(f"{run.folder.path} {done}")
    with endings_recorded(run):
        carry_out(run, checkpoint)


def newest_checkpoint(path: Path, experiment: Experiment, screen: Screen) -> Checkpoint | None:
    """Read the newest checkpoint of use; where all are damaged, the run begins anew."""
    checkpoint, wrong = newest_of_use(path / FOLDER, experiment)
    for file, why in wrong.items():
        if checkpoint is None and why != DAMAGED:
            raise unusable(path, f"its checkpoint {file.name} {why}, and none is before it")
    for file, why in wrong.items():
        instead = "the checkpoint before it is taken" if checkpoint else "no whole one is left"
        screen.say(f"{file} {why}; {instead}", "yellow")
    return checkpoint


# What has to be as it was


def refuse_members(path: Path, epochs: int | None) -> None:
    """Stop where a run belongs to a sweep, which knows who works on it."""
    sweep = path.resolve().parent
    if (sweep / SWEEP_RECORD).is_file():
        advice = f"go on with all of it: nnrun resume {typed(path.parent)}"
        if epochs:
            advice = f"train it alone for longer: nnrun again {typed(path)} {EPOCHS}={epochs}"
        raise Mistake(Problem(str(path), None, "is a member of a sweep", advice))


def refuse_untold(path: Path, record: dict) -> None:
    """Stop where a record does not say what the run was trained on, as 0.1.0 did not."""
    lacking = [key for key in NEEDED if key not in record]
    if lacking:
        raise unusable(path, f"its {RECORD} does not tell its {listing(lacking)}")


# More epochs


def extended(
    path: Path, experiment: Experiment, epochs: int, checkpoint: Checkpoint | None
) -> Experiment:
    """Give the experiment with more epochs, if it would have been the same so far."""
    now, asked = experiment.epochs, f"{EPOCHS}={epochs}"
    config = deepcopy(experiment.config)
    config["training"]["epochs"] = epochs
    typed = experiment.overrides
    again = [asked if setting_of(word) == EPOCHS else word for word in typed]
    words = again if asked in again else [*typed, asked]
    longer = build(config, words, experiment.choices, flags=experiment.flags)
    if epochs <= now:
        raise no_extension(epochs, f"it was asked for {counted(now, 'epoch')}", "give more")
    if checkpoint:
        refuse_other_course(path, experiment, longer, checkpoint)
    return longer


def refuse_other_course(
    path: Path, experiment: Experiment, longer: Experiment, done: Checkpoint
) -> None:
    """Stop where the epochs that are over would have been others in a longer training."""
    epochs = longer.epochs
    if not all(leaves["progress.active"] for leaves in done.leaves):
        raise no_extension(epochs, "it was stopped early, and would be again", "leave it out")
    before, after = so_far(experiment, done.number), so_far(longer, done.number)
    for choice in before:
        if before[choice] != after[choice]:
            wrong = f"{choice} would have gone another way from the beginning"
            raise no_extension(epochs, wrong, f"{anew(path)} {EPOCHS}={epochs}")


def so_far(experiment: Experiment, epochs: int) -> dict[str, bytes]:
    """Give what follows from the length of a training, for each step of its first epochs."""
    settings, clock = experiment.settings, experiment.clock
    step = np.arange(epochs * clock.epoch_steps)
    rates = {f"scheduler={experiment.choices['scheduler']}": settings.scheduler.rate(step, clock)}
    model = settings.model
    rates["the dropout"] = model.dropout_rate(step, clock) * bool(model.dropout)
    rates["the decay"] = model.decay_rate(step, clock) * settings.regularisation.weight_decay
    stages = [stage_in(epoch, experiment.epochs, experiment.loss) for epoch in range(epochs)]
    rates[f"loss={experiment.choices['loss']}"] = np.repeat(stages, clock.epoch_steps)
    if newest := settings.regularisation.newest(clock):
        rates["the average of the weights"] = newest(step)
    return {
        choice: np.broadcast_to(np.float64(numbers), step.shape).tobytes()
        for choice, numbers in rates.items()
    }


def no_extension(epochs: int, wrong: str, advice: str) -> Mistake:
    return Mistake(Problem(EPOCHS, str(epochs), wrong, advice))
