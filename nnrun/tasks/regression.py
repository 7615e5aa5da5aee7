"""Regression: numbers are to be predicted, watched by R²."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy import ndarray

from nnrun.bundle.scores import DEVIATIONS, NUMBERS, QUANTILE, Score, error
from nnrun.report.baselines import for_numbers
from nnrun.tasks.interface import FinishedRun, Task

if TYPE_CHECKING:
    from torch import Tensor

    from nnrun.parts.dataset.data import Data
    from nnrun.parts.interface import Loss, OwnMetrics


class Regression(Task):
    usual = "r2"
    headlines = ("r2", "rmse", "mae", "pinball", "below", "crps", "coverage_90")

    def scores(self, loss: Loss, own: OwnMetrics) -> tuple[Score, ...]:
        if loss.share_below is not None:
            return QUANTILE
        deviations = DEVIATIONS if loss.per_target > 1 else ()
        return (*NUMBERS, *deviations, *map(error, own.errors))

    def usual_score(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Compute R², the mean over the targets; 1 or 0 for one that is constant, as at the end."""
        means = outputs[..., : targets.shape[-1]]  # what follows says how sure the network is
        missed = (targets - means).square().sum(-2)
        spread = (targets - targets.mean(-2, keepdim=True)).square().sum(-2)
        of_constant = (missed == 0).to(missed.dtype)
        varies = targets.amax(-2) > targets.amin(-2)
        return (1 - missed / spread).where(varies, of_constant).mean(-1)

    def misses(self, data: Data, rows: ndarray, predicted: ndarray) -> ndarray:
        true = data.targets[rows]
        with np.errstate(over="ignore", invalid="ignore"):  # what diverged is told as inf or nan
            squares = np.square(predicted[:, : true.shape[1]] - true)
            shares = squares / np.where(true.var(0) > 0, true.var(0), 1)
            return np.where(true.var(0) > 0, shares, squares > 0).mean(1)

    def baselines(
        self, x: ndarray, targets: ndarray, new: ndarray, data: Data
    ) -> dict[str, ndarray]:
        return for_numbers(x, targets, new)

    def pictures(self, run: FinishedRun) -> dict[str, bytes]:
        from nnrun.report import number_pictures as draw  # matplotlib takes half a second

        if run.diverged:
            return {}
        inputs, true = run.judged
        names, bundle = run.data.target_names, run.bundle
        drawn = {"fit.png": draw.fit(true, run.predicted, names, run.judged_rows)}
        if len(run.continuous) == 1:
            drawn["curve.png"] = draw.curve(
                bundle.infer, run.learnt_and_judged, *run.continuous, names
            )
        if misses := bundle.own_metrics.misses(inputs, run.predicted):
            numbers = dict(run.rows.items())[run.rows.judged_by]
            drawn["workspace.png"] = draw.workspace(*misses, run.judged_rows, run.title, numbers)
        return drawn
