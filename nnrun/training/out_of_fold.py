"""What folds come to together: each judged by the rows that it never saw."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from math import isfinite, sqrt
from statistics import fmean, stdev
from typing import Any, TypeVar

import numpy as np
from numpy import ndarray

from nnrun.bundle.scores import Score
from nnrun.config.experiment import Experiment
from nnrun.report.statistics import LEVEL, students_t
from nnrun.runs.epochs import EpochRecord, metrics_heading
from nnrun.runs.summary import metric_at
from nnrun.tasks.interface import FinishedRun
from nnrun.training.calibration import middle_temperature

OfFold = TypeVar("OfFold")


@dataclass(frozen=True, kw_only=True)
class RunThatSaid(FinishedRun):
    """A run with what was said of the rows that judge: of folds, by those that never saw them."""

    said: ndarray

    @cached_property
    def predicted(self) -> ndarray:
        return self.said


def once(experiment: Experiment, folds: Sequence[OfFold]) -> Sequence[OfFold]:
    """Take the folds of the first repeat, which no two of share a row that judges."""
    return folds[: experiment.settings.split.folds]


def epochs_of_folds(folds: Sequence[list[EpochRecord]], score: str) -> str:
    """Write what each fold showed after each epoch, as metrics.csv tells their mean."""
    lines = [
        f"{fold},{record.metrics_line()}"
        for fold, epochs in enumerate(folds, 1)
        for record in epochs
    ]
    return "".join(f"{line}\n" for line in [f"fold,{metrics_heading(score, ())}", *lines])


# The summary


def over_folds(experiment: Experiment, each: Sequence[dict]) -> dict:
    """Average the summaries of folds; what validated a fold is told beside it alone."""
    kept = ("train", "test", "baselines", "val_loss", "threshold")
    path, better = experiment.score.name, each[0]["score"]
    scores = [as_number(metric_at(one["test"], path)) for one in each]
    overlap = overlap_of(experiment)
    estimate = over_scores(scores, overlap, experiment.score)
    return {
        **{name: mean_of([one[name] for one in each]) for name in kept if name in each[0]},
        "rows": rows_of(each),
        "repeated": mean_of([one["repeated"] for one in each]),
        "score": better,
        "standard_error": {"test": estimate.pop("error")},
        "without_groups": kept_for_pairs(experiment, scores, overlap),
        "out_of_fold": {**estimate, **counts_of(experiment), "overlap": overlap},
        **({"calibration": shared_calibration(each)} if "calibration" in each[0] else {}),
        "folds": [told_of(fold, one) for fold, one in enumerate(each, 1)],
    }


def shared_calibration(each: Sequence[dict]) -> dict:
    """Take the middle of the temperatures, and average the metrics before and after."""
    told = [one["calibration"] for one in each]
    temperature = middle_temperature([one["temperature"] for one in told])
    metrics = told[0]["test"]
    means = {
        name: np.mean([one["test"][name] for one in told], axis=0).tolist() for name in metrics
    }
    return {"temperature": temperature, "test": means}


def as_number(value: float | None) -> float:
    return np.nan if value is None else float(value)


def told_of(fold: int, summary: dict) -> dict:
    """Keep what a fold came to by itself."""
    left_out = ("without_groups", "baselines", "score", "verdict")
    return {"fold": fold, **{key: one for key, one in summary.items() if key not in left_out}}


def counts_of(experiment: Experiment) -> dict:
    split = experiment.settings.split
    return {"folds": split.folds, "repeats": split.repeats}


def rows_of(each: Sequence[dict]) -> dict[str, int]:
    """Count the rows: of a fold where they train and validate, of all where they test."""
    rows = {name: round(fmean(one["rows"][name] for one in each)) for name in each[0]["rows"]}
    return {**rows, "test": sum(one["rows"]["test"] for one in each)}


def mean_of(values: Sequence[Any]) -> Any:
    """Average what folds tell alike; counts, and tables of them, are added up."""
    first = values[0]
    if isinstance(first, dict):
        shared = [key for key in first if all(key in one for one in values)]
        return {key: mean_of([one[key] for one in values]) for key in shared}
    if isinstance(first, list):
        return added(list(map(np.array, values)))
    if isinstance(first, int):
        return sum(values)
    known = [one for one in values if one is not None and not np.isnan(one)]
    return fmean(known) if known else np.nan


def added(tables: Sequence[ndarray]) -> list:
    """Add tables of classes up; a fold that tests classes which none learns has more of them."""
    whole = np.zeros((max(map(len, tables)),) * 2, tables[0].dtype)
    for table in tables:
        whole[: len(table), : len(table)] += table
    return whole.tolist()


# How sure their mean is


def overlap_of(experiment: Experiment) -> float:
    """Divide the rows that test by those that teach: all others, as some choose the epoch."""
    rows = [fold.prepared.rows for fold in experiment.folds]
    return fmean(len(one.test) / (len(one.train) + len(one.val)) for one in rows)


def over_scores(scores: Sequence[float], overlap: float, score: Score) -> dict[str, float]:
    """Estimate the mean of scores that were taught by rows in common (Nadeau and Bengio, 2003).

    The interval ends where no such score can be.
    """
    mean, deviation = fmean(scores), stdev(scores) if all(map(isfinite, scores)) else np.nan
    error = deviation * sqrt(1 / len(scores) + overlap)
    half = students_t(len(scores) - 1, 1 - LEVEL / 2) * error
    low, high = max(mean - half, score.lowest), min(mean + half, score.highest)
    return {"mean": mean, "deviation": deviation, "low": low, "high": high, "error": error}


def kept_for_pairs(experiment: Experiment, scores: Sequence[float], overlap: float) -> dict:
    """Give what tells members of a sweep apart that were judged by the same folds.

    They are scores without each fold, spread so that leaving out gives that same error.
    """
    told = sha256()
    for fold in experiment.each_fold:
        rows, data = fold.rows.test, fold.data
        told.update(
            rows.tobytes() + data.targets[rows].tobytes() + data.weigh(rows, rows).tobytes()
        )
    return {"of_rows": told.hexdigest()[:16], "scores": without_each(scores, overlap)}


def without_each(scores: Sequence[float], overlap: float) -> list[float]:
    """Give scores without each fold, spread by as much as folds that overlap are less sure."""
    mean, count = fmean(scores), len(scores)
    wider = sqrt(1 + count * overlap) / (count - 1)
    return [mean - (score - mean) * wider for score in scores]
