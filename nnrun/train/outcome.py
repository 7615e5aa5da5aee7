"""What stays of a training: the bundle, metrics beside baselines, a verdict, pictures."""

from dataclasses import asdict

import torch

from nnrun import tasks
from nnrun.bundle.bundle import Bundle
from nnrun.bundle.loading import load
from nnrun.bundle.predictions import deviation_names
from nnrun.config.experiment import Experiment
from nnrun.report.baselines import MOST
from nnrun.report.verdict import Reached
from nnrun.runs.epochs import EpochRecord, read_epochs
from nnrun.runs.folder import RunFolder
from nnrun.runs.summary import read_summary, write_summary
from nnrun.runs.tables import line, lines
from nnrun.tasks.interface import FinishedRun
from nnrun.train.training import Trained
from nnrun.train.truths import Truths

READING = ("decimal", "missing_values", "delimiter", "encoding")  # settings of a table


def leave(experiment: Experiment, trained: Trained, folder: RunFolder, truths: Truths) -> dict:
    """Write everything that stays, and give the summary."""
    bundle = bundle_of(experiment, trained.tensors)
    for name, content in bundle.files().items():
        folder.put(name, content)
    summary = summarise(experiment, bundle, trained, truths)
    write_summary(folder, summary)
    folder.put("predictions.csv", predictions_csv(experiment, trained, truths))
    if experiment.settings.output.pictures:
        draw(experiment, bundle, trained.epochs, trained.best_epoch, folder)
    return summary


def bundle_of(experiment: Experiment, tensors: dict[str, torch.Tensor]) -> Bundle:
    """Bundle a trained experiment, so that it can be used without its configuration."""
    settings, prepared, data = experiment.settings, experiment.prepared, experiment.data
    network = settings.saved_model.build(experiment.inputs, experiment.outputs, torch.Generator())
    network.load_state_dict({name: tensor.cpu() for name, tensor in tensors.items()})
    network.eval()
    dataset = asdict(settings.dataset).items()
    return Bundle(
        model=settings.saved_model,
        network=network,
        inputs=prepared.inputs,
        targets=prepared.targets,
        target_names=data.target_names,
        classes=data.classes,
        own_metrics=settings.dataset.own_metrics(),
        reading={key: value for key, value in dataset if key in READING},
        chances=experiment.loss.chances,
        per_target=experiment.per_target,
    )


# The summary


def summarise(experiment: Experiment, bundle: Bundle, trained: Trained, truths: Truths) -> dict:
    """Gather all metrics, the baselines on the test rows, and the verdict."""
    metrics = {
        name: truths.measure(bundle, rows, trained.predictions[name])
        for name, rows in experiment.parts.items()
    }
    baselines = {}
    if experiment.settings.output.baselines:
        baselines = measure_baselines(experiment, bundle, truths)
    best = trained.epochs[trained.best_epoch - 1]
    return {
        **metrics,
        "baselines": baselines,
        "val_loss": best.val_loss,
        "best_epoch": best.number,
        "epochs": len(trained.epochs),
        "verdict": verdict(experiment, trained.epochs, best.number, metrics["test"], baselines),
    }


def measure_baselines(experiment: Experiment, bundle: Bundle, truths: Truths) -> dict[str, dict]:
    """Measure what simple methods reach on the test rows."""
    data, rows, prepared = experiment.data, experiment.parts, experiment.prepared
    learnt = rows.train[:MOST]
    x, new = prepared.features(learnt), prepared.features(rows.test)
    simple = tasks.of(data.task).baselines(x, data.targets[learnt], new, data)
    return {
        name: truths.measure(bundle, rows.test, predicted) for name, predicted in simple.items()
    }


def verdict(
    experiment: Experiment,
    epochs: list[EpochRecord],
    best_epoch: int,
    test: dict,
    baselines: dict[str, dict],
) -> str:
    """Judge the epochs and what was reached on the test rows."""
    task = tasks.of(experiment.data.task)
    if experiment.loss.off_centre:
        return task.verdict(epochs, best_epoch, None)
    constant = task.constant(experiment.data.targets[experiment.parts.test])
    linear = baselines.get("linear", {}).get(task.score)
    reached = Reached(task.score, test[task.score], constant, linear)
    return task.verdict(epochs, best_epoch, reached)


# Tables and pictures


def epoch_columns(experiment: Experiment) -> tuple[str, tuple[str, ...]]:
    """Name the score that is watched, and where a point stands, as metrics.csv has them."""
    task = tasks.of(experiment.data.task)
    return task.score, task.place_names(experiment.data)


def predictions_csv(experiment: Experiment, trained: Trained, truths: Truths) -> str:
    """Write the test rows: their number in the data, what is true, what was predicted."""
    data, task = experiment.data, tasks.of(experiment.data.task)
    deviations = deviation_names(data.target_names, experiment.per_target)
    heading = line(["row", *task.true_names(data), *task.predicted_names(data, deviations)])
    predicted = task.predicted_columns(data, trained.predictions["test"])
    return heading + "".join(
        f"{text}\n" for text in lines([truths.lines(experiment.parts.test), *predicted])
    )


def draw(
    experiment: Experiment,
    bundle: Bundle,
    epochs: list[EpochRecord],
    best_epoch: int,
    folder: RunFolder,
) -> None:
    """Draw every picture that the data allow."""
    data, dataset = experiment.data, experiment.settings.dataset
    title = f"{data.title}, {experiment.choices['model']}"
    run = FinishedRun(title, dataset, data, experiment.parts, bundle, epochs, best_epoch)
    for name, content in pictures(run).items():
        folder.put(name, content)


def pictures(run: FinishedRun) -> dict[str, bytes]:
    """Draw the losses, and what the task has to show."""
    from nnrun.report.training_curves import training_curves  # matplotlib takes half a second

    task = tasks.of(run.data.task)
    curves = training_curves(run.epochs, task.score, run.best_epoch, run.title)
    return {"curves.png": curves, **task.pictures(run)}


# What a member of a sweep gets later, if it is the best


def add_baselines(experiment: Experiment, folder: RunFolder, truths: Truths) -> None:
    """Give a member's folder the baselines that a run alone has."""
    summary, epochs = read_summary(folder.path), read_epochs(folder.path)
    baselines = measure_baselines(experiment, load(folder.path), truths)
    sentence = verdict(experiment, epochs, summary["best_epoch"], summary["test"], baselines)
    write_summary(folder, {**summary, "baselines": baselines, "verdict": sentence})


def add_pictures(experiment: Experiment, folder: RunFolder, truths: Truths) -> None:
    """Give a member's folder the pictures that a run alone has."""
    best_epoch = read_summary(folder.path)["best_epoch"]
    draw(experiment, load(folder.path), read_epochs(folder.path), best_epoch, folder)
