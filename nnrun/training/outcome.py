"""What stays of a training: the bundle, metrics beside baselines, a verdict, pictures."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy import ndarray

from nnrun import tasks
from nnrun.bundle.bundle import Bundle
from nnrun.bundle.loading import load
from nnrun.config.experiment import Experiment
from nnrun.parts.kinds import Names
from nnrun.parts.model.saved import TrainedModel
from nnrun.reading.files import refusal
from nnrun.report.verdict import Evidence, verdict
from nnrun.runs.epochs import EpochRecord, own_epochs, read_epochs
from nnrun.runs.folder import FOLDS, NETWORKS, RunFolder, as_json
from nnrun.runs.predictions import FOLD, PREDICTIONS, ROW, TRUE, WEIGHT, id_heading
from nnrun.runs.record import put_results
from nnrun.runs.summary import SUMMARY, read_summary, write_summary
from nnrun.runs.tables import line, lines
from nnrun.tasks.interface import Drawings, FinishedRun
from nnrun.training.advice import advice
from nnrun.training.alone import ALONE, Alone, drawn
from nnrun.training.bagging import as_one, experiment_of_all, judged_together
from nnrun.training.bundling import bundle_of, together
from nnrun.training.calibration import calibrated, calibration_told, temperature_of
from nnrun.training.ensemble import (
    NetworkRecord,
    epochs_of_each,
    half_way,
    mean_record,
)
from nnrun.training.evidence import evidence, evidence_together
from nnrun.training.finished import finished_run, out_of_fold_run, run_that_said
from nnrun.training.intervals import Answered, interval_told, with_margins
from nnrun.training.measured import best_threshold, kept_for_pairs, sureness
from nnrun.training.out_of_fold import (
    epochs_of_folds,
    once,
    over_folds,
    overlap_of,
)
from nnrun.training.training import Trained
from nnrun.training.true_values import SimpleMethods, TrueValues, TrueValuesCache

BETTER = {1: "higher", -1: "lower"}  # of a score, in summary.json
Waiting = Callable[[str], AbstractContextManager[Any]]  # says for what one waits meanwhile


def write_outcome(
    experiment: Experiment,
    trained: Sequence[Trained],
    folder: RunFolder,
    truths: TrueValuesCache,
    waiting: Waiting = nullcontext,
    artist: Alone = ALONE,
) -> dict:
    """Write everything that stays, and give the summary; what was trained is of each fold."""
    experiment, folds = outcomes(experiment, trained, truths)
    answered = [fold.answered for fold in once(experiment, folds)]
    bundle = with_margins(together([fold.bundle for fold in folds]), answered)
    put_results(folder, bundle.files())  # before what takes seconds, and may be cut short
    # as it will be read, so that whoever draws from the folder later draws the same
    epochs, best_epoch = own_epochs(folder), half_way(networks_of(folds))
    output = experiment.settings.output
    if output.pictures:
        artist.begin(best_epoch)
    run = whole_run(experiment, folds, bundle, epochs, best_epoch)
    baselines = " and baselines" if output.baselines else ""
    with waiting(f"metrics{baselines}"):
        summary = summarise_folds(experiment, folds, truths)
        summary |= interval_told(bundle, answered) | tests_told(experiment, bundle, truths)
    told = {name: table.encode() for name, table in tables(experiment, folds, truths).items()}
    put_results(folder, {SUMMARY: as_json(summary), **told})
    if output.pictures:
        with waiting("pictures"):
            put_results(folder, artist.pictures(pictures(run)))
    return summary


class FoldOutcome(NamedTuple):
    """What a fold came to, or all of it where rows are split once."""

    experiment: Experiment
    trained: Trained
    bundle: Bundle

    @property
    def run(self) -> FinishedRun:
        course = self.trained.epochs, self.trained.best_epoch
        return finished_run(self.experiment, self.bundle, *course)

    @property
    def answered(self) -> Answered:
        return Answered(self.experiment, self.trained.predictions, self.trained.spreads)


def outcomes(
    experiment: Experiment, trained: Sequence[Trained], cache: TrueValuesCache
) -> tuple[Experiment, list[FoldOutcome]]:
    """Tell what each fold came to; bags come to one thing, as they answer together."""
    if experiment.settings.split.bagged:
        whole = FoldOutcome(*as_one(experiment, trained, cache))
        return whole.experiment, [whole]
    pairs = zip(experiment.each_fold, trained, strict=True)
    return experiment, [fold_of(*pair) for pair in pairs]


def fold_of(experiment: Experiment, trained: Trained) -> FoldOutcome:
    temperature = temperature_of(experiment, trained.predictions)
    trained = calibrated(trained, temperature)
    decided = best_threshold(experiment, trained.predictions), temperature
    return FoldOutcome(experiment, trained, bundle_of(experiment, trained.tensors, *decided))


def networks_of(folds: Sequence[FoldOutcome]) -> list[NetworkRecord]:
    return [network for fold in folds for network in fold.trained.networks]


def whole_run(
    experiment: Experiment,
    folds: Sequence[FoldOutcome],
    bundle: Bundle,
    epochs: list[EpochRecord],
    best_epoch: int,
) -> FinishedRun:
    """Give the run as pictures show it: of folds, what each predicts of the rows it never saw."""
    if experiment.settings.split.bagged:
        said = folds[0].trained.predictions[experiment.rows.judged_by]
        return run_that_said(experiment, bundle, said, epochs, best_epoch)
    if not experiment.folds:
        return finished_run(experiment, bundle, epochs, best_epoch)
    each = [fold.trained.predictions["test"] for fold in once(experiment, folds)]
    return out_of_fold_run(experiment, bundle, np.concatenate(each), epochs, best_epoch)


# The summary


def summarise_folds(
    experiment: Experiment, folds: Sequence[FoldOutcome], cache: TrueValuesCache
) -> dict:
    """Summarise a run: of several folds, their mean."""
    each = [
        summarise(fold.experiment, fold.run, fold.trained, cache.truths(fold.experiment))
        for fold in folds
    ]
    if not experiment.folds:
        return each[0]
    networks = networks_of(folds)
    epochs = max(len(network.epochs) for network in networks)
    told = {"best_epoch": half_way(networks), "epochs": epochs}
    return over_folds(experiment, each) | told | {"verdict": judge_folds(experiment, folds, cache)}


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
        **calibration_told(experiment, run.bundle, trained),
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


def tests_told(experiment: Experiment, bundle: Bundle, cache: TrueValuesCache) -> dict:
    """Measure a model on the tests that its data set brings along."""
    told = {}
    for name, truths in cache.tests(experiment).items():
        cells = truths.data.inputs
        measured = truths.measure(bundle, np.arange(len(cells)), bundle.infer(cells))
        told[name] = {"of": truths.data.title, "rows": len(cells), **measured}
    return {"tests": told} if told else {}


def networks_told(networks: list[NetworkRecord]) -> dict:
    """Tell of an ensemble by which seed each network could be trained alone.

    Those of a bag are trained by the run's own seed, with dataset.split.fold as their bag.
    """
    if len(networks) == 1:
        return {}
    return {"networks": [network_told(one) for one in networks]}


def network_told(one: NetworkRecord) -> dict:
    bag = {} if one.bag is None else {"bag": one.bag}
    best = {"best_epoch": one.best_epoch, "val_loss": one.best.val_loss}
    return {**bag, "seed": one.seed, **best}


def judge(experiment: Experiment, trained: Trained, simple: dict[str, ndarray]) -> str:
    """Say what the training came to, and what may help."""
    if word := unjudged(experiment, trained):
        return word
    return judged(experiment, evidence(experiment, trained, simple))


def judge_folds(
    experiment: Experiment, folds: Sequence[FoldOutcome], cache: TrueValuesCache
) -> str:
    """Say the same of several folds, by what all of them miss; each row counts once."""
    if word := next(filter(None, (unjudged(experiment, fold.trained) for fold in folds)), ""):
        return word
    found = []
    for own, trained, bundle in once(experiment, folds):
        simple = SimpleMethods({}, {})
        if own.settings.output.baselines:
            simple = cache.truths(own).simple_methods(own, bundle)
        found.append(evidence(own, trained, simple.predictions))
    return judged(experiment, evidence_together(found, overlap_of(experiment)))


def unjudged(experiment: Experiment, trained: Trained) -> str:
    """Say why no evidence decides; empty where it does."""
    if arrived := tasks.of(experiment.data.task).arrival(trained.epochs):
        return arrived
    if not trained.whole:
        epochs = experiment.epochs
        return f"cannot tell: told to stop after epoch {len(trained.epochs)} of {epochs:,}"
    if not len(experiment.rows.val):
        return "cannot tell: no rows validated the training, so the last weights are kept"
    return ""


def judged(experiment: Experiment, found: Evidence) -> str:
    said = verdict(found)
    word = advice(experiment, said)
    return f"{said}; try {word}" if word else str(said)


# Tables and pictures


def epoch_columns(experiment: Experiment) -> tuple[str, Names]:
    """Name the score that is watched, and where a point stands, as metrics.csv has them."""
    task = tasks.of(experiment.data.task)
    return experiment.score.name, task.place_names(experiment.data)


def tables(
    experiment: Experiment, folds: Sequence[FoldOutcome], cache: TrueValuesCache
) -> dict[str, str]:
    """Write what is told of rows, of folds, and of networks."""
    score = experiment.score.name
    told = {PREDICTIONS: predictions_of_folds(folds, cache)}
    if experiment.folds:
        told[FOLDS] = epochs_of_folds([fold.trained.epochs for fold in folds], score)
    if len(networks_of(folds)) > max(1, len(experiment.folds)):
        told[NETWORKS] = epochs_of_each([fold.trained.networks for fold in folds], score)
    return told


def predictions_of_folds(folds: Sequence[FoldOutcome], cache: TrueValuesCache) -> str:
    """Write the rows that judge; of several folds, with the one that judged."""
    each = []
    for experiment, trained, bundle in folds:
        said = trained.predictions, trained.spreads
        each.append(predictions_csv(experiment, bundle, *said, cache.truths(experiment)))
    if len(each) == 1:
        return each[0]
    heading = each[0].splitlines(keepends=True)[0]
    numbered = [
        f"{fold},{row}"
        for fold, table in enumerate(each, 1)
        for row in table.splitlines(keepends=True)[1:]
    ]
    return "".join([f"{FOLD},{heading}", *numbered])


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
    # none where a single network answers, as of bags that hold rows out
    columns |= dict(zip(about.spread_names, spreads[judged_by].T, strict=False))
    true = [f"{TRUE}{name}" for name in data.target_names]
    weighed = [] if data.weights is None else [WEIGHT]
    own = [ROW, *true, *weighed, *columns]
    ids = [id_heading(data.id_name, {FOLD, *own})] if data.ids else []
    heading = line([ROW, *ids, *own[1:]])
    written = lines([truths.lines(experiment.rows.judged), *columns.values()])
    return heading + "".join(f"{text}\n" for text in written)


def pictures(run: FinishedRun) -> Drawings:
    """List what there is to see of a run: its losses, and what the task has to show."""
    return {"curves.png": partial(losses_picture, run), **tasks.of(run.data.task).pictures(run)}


def losses_picture(run: FinishedRun) -> bytes:
    """Draw the losses and the score of each epoch."""
    from nnrun.report.pictures.run_curves import Course, run_curves

    best, networks = (run.best_epoch, run.best_by), run.bundle.voices
    return run_curves(Course(run.epochs, *best, run.score, run.loss, run.title, networks))


# What the best member of a sweep gets later


def add_baselines(experiment: Experiment, folder: RunFolder, truths: TrueValues) -> None:
    """Give a member's folder, written by an earlier version, the baselines that it lacks."""
    run, summary = reread(experiment, folder), read_summary(folder.path)
    baselines = truths.simple_methods(experiment, run.bundle).metrics
    write_summary(folder, {**summary, "baselines": baselines})


def add_pictures(experiment: Experiment, folder: RunFolder, share: slice) -> None:
    """Give a member's folder some of the pictures that a run alone has."""
    drawings = pictures(reread(experiment, folder)).items()
    for name, picture in drawn(dict([*drawings][share])).items():
        folder.put(name, picture)


def reread(experiment: Experiment, folder: RunFolder) -> FinishedRun:
    """Read a finished run from its folder."""
    summary = read_summary(folder.path)
    if "best_epoch" not in summary:  # it was taken away meanwhile
        raise refusal(folder.path / SUMMARY, "is gone, or tells of no best epoch")
    return trained_run(experiment, folder, summary["best_epoch"])


def trained_run(experiment: Experiment, folder: RunFolder, best_epoch: int) -> FinishedRun:
    """Read a run from its folder, which may have no more than the epochs and the model yet."""
    bundle, epochs = load(folder.path), read_epochs(folder.path)
    if experiment.settings.split.bagged:
        whole, told = experiment_of_all(experiment), judged_together(experiment, bundle)
        return run_that_said(whole, bundle, told, epochs, best_epoch)
    if not experiment.folds:
        return finished_run(experiment, bundle, epochs, best_epoch)
    pairs = once(experiment, [*zip(experiment.each_fold, bundle.members, strict=True)])
    said = [own.infer(fold.data.inputs[fold.rows.test]) for fold, own in pairs]
    return out_of_fold_run(experiment, bundle, np.concatenate(said), epochs, best_epoch)
