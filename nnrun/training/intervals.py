"""How wide intervals have to be, by rows that taught no weight, and how many new rows they hold."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy import ndarray

from nnrun import tasks
from nnrun.bundle.bundle import Bundle
from nnrun.bundle.intervals import USUAL, limits, misses, problems_of, unit
from nnrun.config.experiment import Experiment
from nnrun.parts.model.margins import Margins, margins_of
from nnrun.parts.model.saved import TrainedModel


class Answered(NamedTuple):
    """What was said of each part of an experiment's rows, and how far networks differ there."""

    experiment: Experiment
    predictions: Mapping[str, ndarray]
    spreads: Mapping[str, ndarray]

    def true(self, part: str) -> ndarray:
        rows = dict(self.experiment.rows.items()).get(part, np.empty(0, np.int64))
        return self.experiment.data.targets[rows].astype(np.float64)

    def told(self, part: str) -> tuple[ndarray, ndarray]:
        return self.predictions[part], self.spreads[part]


def with_margins(bundle: Bundle, answered: Sequence[Answered]) -> Bundle:
    """Give a bundle the errors of the rows that taught it nothing.

    They are the validation rows, or of several folds the rows that each never saw.
    """
    if not has_intervals(bundle, answered):
        return bundle
    part, by = "test" if len(answered) > 1 else "val", unit_of(bundle, answered)
    return replace(bundle, margins=kept(bundle, by, answered, part))


def has_intervals(about: TrainedModel, answered: Sequence[Answered]) -> bool:
    task = tasks.of(answered[0].experiment.data.task)
    return not about.classes and not task.race


def kept(about: TrainedModel, by: str, answered: Sequence[Answered], part: str) -> Margins | None:
    """Keep how far one part of the rows was missed."""
    floors = np.zeros(len(about.target_names))
    if by == "spread":
        floors = training_error(about, answered[0])
    each = [errors_of(about, by, floors, one, part) for one in answered if len(one.true(part))]
    return margins_of(np.concatenate(each), by, floors.tolist()) if each else None


@np.errstate(over="ignore", invalid="ignore")  # where a network diverged, nothing is kept
def errors_of(about: TrainedModel, by: str, floors: ndarray, one: Answered, part: str) -> ndarray:
    predicted, spreads = one.told(part)
    return misses(about, predicted, one.true(part)) / unit(about, by, floors, predicted, spreads)


def unit_of(about: TrainedModel, answered: Sequence[Answered]) -> str:
    """Choose what errors are measured in; one fold's networks differ otherwise than all of them."""
    if about.per_target > 1:
        return "deviation"
    apart = len(answered) > 1 or answered[0].experiment.settings.split.bagged
    return "spread" if about.voices > 1 and not apart else "error"


@np.errstate(over="ignore", invalid="ignore")
def training_error(about: TrainedModel, one: Answered) -> ndarray:
    """Tell how far the training rows were missed; so much of an error no spread tells."""
    means = one.predictions["train"][:, : len(about.target_names)]
    error = np.sqrt(np.square(means - one.true("train")).mean(0))
    return np.where(np.isfinite(error), error, 0)


# How many new rows they hold


def interval_told(bundle: Bundle, answered: Sequence[Answered]) -> dict:
    """Tell which share of the test rows lie in their interval, and how wide it is.

    Of several folds each is judged by the margins of the others.
    """
    if bundle.margins is None or problems_of(bundle, USUAL):
        return {}
    judged = [
        held(bundle, margins, one)
        for margins, one in margins_for_each(bundle, bundle.margins, answered)
        if len(one.true("test")) and not margins.problems(USUAL, "")
    ]
    if not judged:
        return {}
    inside, widths = (np.concatenate(each) for each in zip(*judged, strict=True))
    return {f"interval_{USUAL * 100:.0f}": summary_of(bundle, inside, widths)}


def margins_for_each(
    about: TrainedModel, margins: Margins, answered: Sequence[Answered]
) -> list[tuple[Margins, Answered]]:
    """Put beside each what was kept of rows that are not its own."""
    if len(answered) == 1:
        return [(margins, answered[0])]
    others = [[one for one in answered if one is not own] for own in answered]
    known = [kept(about, margins.by, each, "test") for each in others]
    return [(own, one) for own, one in zip(known, answered, strict=True) if own]


def held(about: TrainedModel, margins: Margins, one: Answered) -> tuple[ndarray, ndarray]:
    """Tell of each test row and target whether its interval holds it, and the interval's width."""
    low, high = limits(about, margins, USUAL, *one.told("test"))
    true = one.true("test")
    return (low <= true) & (true <= high), high - low


def summary_of(about: TrainedModel, inside: ndarray, widths: ndarray) -> dict:
    pairs = zip(about.target_names, inside.mean(0).tolist(), widths.mean(0).tolist(), strict=True)
    each = {
        name: {"coverage": share} | ({"width": width} if np.isfinite(width) else {})
        for name, share, width in pairs
    }
    return {"coverage": float(inside.mean()), "per_target": each}
