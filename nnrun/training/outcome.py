"""What stays of a training: the bundle, metrics beside baselines, a verdict, pictures."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from numpy import ndarray
from torch import Tensor

from nnrun import tasks
from nnrun.bundle.bundle import Bundle, with_tensors
from nnrun.bundle.loading import load
from nnrun.bundle.metrics import MIDDLE
from nnrun.config.experiment import Experiment
from nnrun.parts.kinds import Names
from nnrun.parts.model.saved import TrainedModel
from nnrun.report.scores import written
from nnrun.report.verdict import verdict
from nnrun.runs.epochs import EpochRecord, read_epochs
from nnrun.runs.folder import NETWORKS, RunFolder, as_json
from nnrun.runs.record import put_results
from nnrun.runs.summary import SUMMARY, read_summary, write_summary
from nnrun.runs.tables import line, lines
from nnrun.tasks.interface import FinishedRun
from nnrun.training.advice import advice
from nnrun.training.ensemble import NetworkRecord, epochs_of_each, mean_record
from nnrun.training.evidence import evidence
from nnrun.training.introduction import option_name
from nnrun.training.measured import best_threshold, kept_for_pairs, sureness, trained_model
from nnrun.training.training import Trained
from nnrun.training.true_values import SimpleMethods, TrueValues

BETTER = {1: "higher", -1: "lower"}  # of a score, in summary.json
Waiting = Callable[[str], AbstractContextManager[Any]]  # says for what one waits meanwhile


def write_outcome(
    experiment: Experiment,
    trained: Trained,
    folder: RunFolder,
    truths: TrueValues,
    waiting: Waiting = nullcontext,
    draw: Callable[[FinishedRun], dict[str, bytes]] | None = None,
) -> dict:
    """Write everything that stays, and give the summary."""
    threshold = best_threshold(experiment, trained.predictions)
    bundle = bundle_of(experiment, trained.tensors, threshold)
    put_results(folder, bundle.files())  # before what takes seconds, and may be cut short
    # as it will be read, so that whoever draws from the folder later draws the same
    run = finished_run(experiment, bundle, read_epochs(folder.path), trained.best_epoch)
    baselines = " and baselines" if experiment.settings.output.baselines else ""
    with waiting(f"metrics{baselines}"):
        summary = summarise(experiment, run, trained, truths)
    said = trained.predictions, trained.spreads
    tables = {"predictions.csv": predictions_csv(experiment, bundle, *said, truths)}
    if len(trained.networks) > 1:
        tables[NETWORKS] = epochs_of_each(trained.networks, experiment.score.name)
    told = {name: table.encode() for name, table in tables.items()}
    put_results(folder, {SUMMARY: as_json(summary), **told})
    if experiment.settings.output.pictures:
        with waiting("pictures"):
            put_results(folder, (draw or pictures)(run))
    return summary


def bundle_of(
    experiment: Experiment, tensors: Mapping[str, Tensor], threshold: float = MIDDLE
) -> Bundle:
    """Bundle a trained experiment, so that it can be used without its configuration."""
    about = trained_model(experiment, threshold)
    return with_tensors(about, {name: tensor.cpu() for name, tensor in tensors.items()})


def finished_run(
    experiment: Experiment, bundle: Bundle, epochs: list[EpochRecord], best_epoch: int
) -> FinishedRun:
    data, dataset = experiment.data, experiment.settings.dataset
    title = f"{data.title}, {experiment.choices['model']}"
    score, rows = experiment.score, experiment.rows
    auto = experiment.settings.training.score == "auto"
    best_by = "validation loss" if auto else f"validation {written(score.name)}"
    loss = option_name(experiment.loss).replace("_", " ")
    about = title, score, dataset, data, rows, bundle
    return FinishedRun(*about, epochs, best_epoch, best_by, loss)


# The summary


def summarise(
    experiment: Experiment, run: FinishedRun, trained: Trained, truths: TrueValues
) -> dict:
    """Gather all metrics, the baselines on the rows that judge, and the verdict."""
    measured, simple = measured_of(experiment, run.bundle, trained.predictions, truths)
    best = [network.best for network in trained.networks]
    return {
        **measured,
        "val_loss": mean_record(best).val_loss,
        "best_epoch": trained.best_epoch,
        **networks_told(trained.networks),
        "epochs": len(run.epochs),
        "verdict": judge(experiment, trained, simple.predictions),
    }


def measured_of(
    experiment: Experiment, bundle: Bundle, said: Mapping[str, ndarray], truths: TrueValues
) -> tuple[dict, SimpleMethods]:
    """Gather what is measured of predictions, however they were made, and the baselines."""
    rows, score = dict(experiment.rows.items()), experiment.score
    simple = SimpleMethods({}, {})
    if experiment.settings.output.baselines:
        simple = truths.simple_methods(experiment, bundle)
    sure = sureness(experiment, bundle, dict(said), truths.asked)
    told = {
        **{name: truths.measure(bundle, own, said[name]) for name, own in rows.items()},
        "rows": {name: len(own) for name, own in rows.items()},
        "repeated": experiment.prepared.repeated,
        "score": {"name": score.name, "better": BETTER[score.better]},
        **({"threshold": bundle.threshold} if len(bundle.classes) == 2 else {}),
        "standard_error": {name: part.standard_error for name, part in sure.items()},
        "without_groups": kept_for_pairs(experiment, sure),
        "baselines": simple.metrics,
    }
    return told, simple


def networks_told(networks: list[NetworkRecord]) -> dict:
    """Tell of an ensemble by which seed each network could be trained alone."""
    if len(networks) == 1:
        return {}
    told = [
        {"seed": one.seed, "best_epoch": one.best_epoch, "val_loss": one.best.val_loss}
        for one in networks
    ]
    return {"networks": told}


def judge(experiment: Experiment, trained: Trained, simple: dict[str, ndarray]) -> str:
    """Say what the training came to, and what may help."""
    if arrived := tasks.of(experiment.data.task).arrival(trained.epochs):
        return arrived
    if not trained.whole:
        epochs = experiment.epochs
        return f"cannot tell: told to stop after epoch {len(trained.epochs)} of {epochs:,}"
    if not len(experiment.rows.val):
        return "cannot tell: no rows validated the training, so the last weights are kept"
    said = verdict(evidence(experiment, trained, simple))
    word = advice(experiment, said)
    return f"{said}; try {word}" if word else str(said)


# Tables and pictures


def epoch_columns(experiment: Experiment) -> tuple[str, Names]:
    """Name the score that is watched, and where a point stands, as metrics.csv has them."""
    task = tasks.of(experiment.data.task)
    return experiment.score.name, task.place_names(experiment.data)


def predictions_csv(
    experiment: Experiment,
    about: TrainedModel,
    said: Mapping[str, ndarray],
    spreads: Mapping[str, ndarray],
    truths: TrueValues,
) -> str:
    """Write the rows that judge: their number in the data, what is true, what was predicted."""
    data, judged_by = experiment.data, experiment.rows.judged_by
    columns = tasks.of(data.task).predicted_columns(about, said[judged_by])
    columns |= dict(zip(about.spread_names, spreads[judged_by].T, strict=True))
    true = [f"true_{name}" for name in data.target_names]
    heading = line(["row", *([data.id_name] if data.ids else []), *true, *columns])
    written = lines([truths.lines(experiment.rows.judged), *columns.values()])
    return heading + "".join(f"{text}\n" for text in written)


def pictures(run: FinishedRun) -> dict[str, bytes]:
    """Draw the losses, and what the task has to show."""
    from nnrun.report.pictures.run_curves import (  # matplotlib takes half a second
        Course,
        run_curves,
    )

    best = run.best_epoch, run.best_by
    course = Course(run.epochs, *best, run.score, run.loss, run.title)
    return {"curves.png": run_curves(course), **tasks.of(run.data.task).pictures(run)}


# What the best member of a sweep gets later


def add_baselines(experiment: Experiment, folder: RunFolder, truths: TrueValues) -> None:
    """Give a member's folder, written by an earlier version, the baselines that it lacks."""
    run, summary = reread(experiment, folder), read_summary(folder.path)
    baselines = truths.simple_methods(experiment, run.bundle).metrics
    write_summary(folder, {**summary, "baselines": baselines})


def add_pictures(experiment: Experiment, folder: RunFolder, truths: TrueValues) -> None:
    """Give a member's folder the pictures that a run alone has."""
    for name, picture in pictures(reread(experiment, folder)).items():
        folder.put(name, picture)


def reread(experiment: Experiment, folder: RunFolder) -> FinishedRun:
    """Read a finished run from its folder."""
    best_epoch = read_summary(folder.path)["best_epoch"]
    return finished_run(experiment, load(folder.path), read_epochs(folder.path), best_epoch)
