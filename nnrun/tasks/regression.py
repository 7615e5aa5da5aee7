"""Regression: numbers are to be predicted, watched by R²."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy import ndarray

from nnrun.bundle.measuring import parted, usual
from nnrun.bundle.scores import DEVIATIONS, NUMBERS, QUANTILE, Score, error
from nnrun.report.baselines import for_numbers
from nnrun.report.numbers import share
from nnrun.tasks.interface import Drawings, FinishedRun, Task, continuous

if TYPE_CHECKING:
    from torch import Tensor

    from nnrun.parts.dataset.data import Data
    from nnrun.parts.interface import Loss, OwnMetrics
    from nnrun.parts.model.margins import Margins
    from nnrun.report.pages.redrawn.task_drawing import TaskDrawing
    from nnrun.report.pictures.fits import FittedTarget


LEAST = 20  # rows that tell anything of how much intervals hold


class Regression(Task):
    usual = "r2"
    headlines = ("r2", "rmse", "mae", "pinball", "below", "crps", "coverage_90")

    def scores(self, loss: Loss, own: OwnMetrics) -> tuple[Score, ...]:
        if loss.share_below is not None:
            return tuple(one._replace(share_below=loss.share_below) for one in QUANTILE)
        deviations = DEVIATIONS if loss.per_target > 1 else ()
        return (*NUMBERS, *deviations, *map(error, own.errors))

    def usual_score(
        self, outputs: Tensor, targets: Tensor, weights: Tensor | None = None
    ) -> Tensor:
        """Compute R², the mean over the targets; 1 or 0 for one that is constant, as at the end."""
        means = outputs[..., : targets.shape[-1]]  # what follows says how sure the network is
        missed = total((targets - means).square(), weights)
        middle = (
            targets.mean(-2) if weights is None else total(targets, weights) / targets.shape[-2]
        )
        spread = total((targets - middle.unsqueeze(-2)).square(), weights)
        of_constant = (missed == 0).to(missed.dtype)
        varies = (targets.amax(-2) > targets.amin(-2)) & (spread > 0)
        return (1 - missed / spread).where(varies, of_constant).mean(-1)

    def misses(self, data: Data, rows: ndarray, predicted: ndarray) -> ndarray:
        true = data.targets[rows]
        with np.errstate(over="ignore", invalid="ignore"):  # what diverged is told as inf or nan
            squares = np.square(predicted[:, : true.shape[1]] - true)
            spread = variance(true, data.weights_of(rows))
            shares = squares / np.where(spread > 0, spread, 1)
            return data.weigh(rows, np.where(spread > 0, shares, squares > 0).mean(1))

    def baselines(
        self,
        x: ndarray,
        targets: ndarray,
        new: ndarray,
        data: Data,
        weights: ndarray | None = None,
    ) -> dict[str, ndarray]:
        return for_numbers(x, targets, new, weights)

    def pictures(self, run: FinishedRun) -> Drawings:
        if run.diverged:
            return {}
        drawings: Drawings = {"fit.png": partial(fit_picture, run)}
        margins = run.bundle.margins
        if margins and len(run.rows.val) and len(run.rows.test) >= LEAST:
            drawings["reliability.png"] = partial(reliability_picture, run, margins)
        if len(run.continuous) == 1:
            drawings["curve.png"] = partial(line_picture, run)
        misses = run.bundle.own_metrics.misses(run.judged[0], run.predicted)
        if misses is not None:
            drawings["workspace.png"] = partial(arm_picture, run, misses)
        return drawings

    def redraws(self, data: Data, own: OwnMetrics) -> bool:
        return own.checks or len(continuous(data)) == 1

    def redrawn(self, run: FinishedRun) -> list[TaskDrawing]:
        from nnrun.report.pages.redrawn.along import along
        from nnrun.report.pages.redrawn.hands import hands

        if run.diverged:
            return []
        drawn = []
        misses = run.bundle.own_metrics.misses(run.judged[0], run.predicted)
        if misses is not None:
            drawn.append(hands(*misses, worst_arm(run, misses[0]), run.judged_numbers))
        if len(run.continuous) == 1:
            infer, rows = run.bundle.infer, run.learnt_and_judged
            drawn.append(along(infer, rows, run.continuous[0], run.data.target_names))
        return drawn


def fit_picture(run: FinishedRun) -> bytes:
    """Draw predicted beside true numbers."""
    from nnrun.report.pictures.fits import fit

    return fit(fitted_targets(run), run.judged_rows, run.title)


def fitted_targets(run: FinishedRun) -> list[FittedTarget]:
    """Give each target with what was predicted of it, and how good that is."""
    from nnrun.report.pictures.fits import FittedTarget

    data, bundle, (_, true) = run.data, run.bundle, run.judged
    weights = data.weights_of(run.rows.judged)
    means, deviations = parted(bundle, run.predicted)
    made = []
    for place, name in enumerate(data.target_names):
        own = slice(place, place + 1)
        columns = true[:, place], means[:, place], deviations[:, own].ravel()
        alone = replace(bundle, target_names=(name,))
        said = np.hstack([means[:, own], deviations[:, own]])
        measured = usual(alone, said, true[:, own], weights)
        made.append(FittedTarget(name, data.unit, *columns, measured, bundle.share_below))
    return made


def reliability_picture(run: FinishedRun, margins: Margins) -> bytes:
    """Draw how many of the test rows intervals hold beside how many they promise to."""
    from nnrun.bundle.predictions import spread  # torch comes with it
    from nnrun.report.pictures.kept_promises import kept_promises
    from nnrun.tasks.promises import of_intervals

    each = run.bundle.infer_each(run.judged[0]) if margins.by == "spread" else [run.predicted]
    spreads = spread(each, run.bundle, run.bundle.counts if len(each) > 1 else None)
    told = of_intervals(run.bundle, margins, run.judged[1], run.predicted, spreads)
    more = "on the line an interval holds as many as it promises, above it more"
    titles = "share that the interval promises", f"share of {run.judged_rows} in it"
    return kept_promises(told, *titles, run.title, more)


def line_picture(run: FinishedRun) -> bytes:
    """Draw what is predicted along the one input."""
    from nnrun.report.pictures.line_picture import Along, curve

    quantile = run.bundle.share_below
    what = "predicted" if quantile is None else f"predicted {share(quantile)} quantile"
    (column,) = run.continuous
    along = Along(run.title, column, run.data.target_names, what)
    return curve(run.bundle.infer, run.learnt_and_judged, along)


def arm_picture(run: FinishedRun, misses: tuple[ndarray, ndarray]) -> bytes:
    """Draw where an arm's hand is from where it was asked to be."""
    from nnrun.report.pictures.workspace import Reach, workspace

    reach = Reach(*misses, worst_arm(run, misses[0]), run.judged_numbers)
    return workspace(reach, run.judged_rows, run.title)


def worst_arm(run: FinishedRun, errors_mm: ndarray) -> ndarray:
    """Tell where the joints are of the arm whose hand is farthest off, as it is predicted."""
    worst = int(errors_mm.argmax())
    return run.bundle.own_metrics.limbs(run.predicted[[worst]])[0]


def total(each: Tensor, weights: Tensor | None) -> Tensor:
    """Sum up what stands beside rows, (..., rows, targets), by their weights."""
    return each.sum(-2) if weights is None else (each * weights[..., None]).sum(-2)


def variance(targets: ndarray, weights: ndarray | None) -> ndarray:
    """Compute the variance of each target over the rows, by their weights."""
    if weights is None:
        return targets.var(0)
    return np.average(np.square(targets - np.average(targets, 0, weights)), 0, weights)
