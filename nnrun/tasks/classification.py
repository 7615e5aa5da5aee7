"""Classification: one class of several is to be predicted, watched by how many are right."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy import ndarray

from nnrun.bundle.metrics import confusion_matrix, taken
from nnrun.bundle.scores import DECIDED, ORDERED, PROBABLE, Score
from nnrun.report.baselines import for_classes
from nnrun.runs.tables import Column, names_at
from nnrun.tasks.interface import Drawings, FinishedRun, Task, continuous

if TYPE_CHECKING:
    from torch import Tensor

    from nnrun.parts.dataset.data import Data
    from nnrun.parts.interface import Loss, OwnMetrics
    from nnrun.parts.model.saved import TrainedModel
    from nnrun.report.pages.redrawn.task_drawing import TaskDrawing

PAGE = 12  # mistakes on a page
LEAST = 20  # rows that tell anything of how sure a network may be


class Classification(Task):
    usual = "accuracy"
    of_several_classes = ("auc", "average_precision")
    headlines = ("accuracy", "f1", "auc", "log_loss", "class_error", "quadratic_kappa")

    def without_effect(self) -> dict[str, tuple[str, str]]:
        return {"dataset.scale.targets": ("classes are not scaled", "leave it out")}

    def scores(self, loss: Loss, own: OwnMetrics) -> tuple[Score, ...]:
        if loss.chances == "threshold":
            return DECIDED
        return DECIDED + PROBABLE + (ORDERED if loss.chances == "ordered" else ())

    def usual_score(
        self, outputs: Tensor, targets: Tensor, weights: Tensor | None = None
    ) -> Tensor:
        """Compute the share of rows whose likeliest class is the true one."""
        right = (outputs.argmax(-1) == targets).float()
        return (right if weights is None else right * weights).mean(-1)

    def true_columns(self, data: Data, rows: ndarray) -> list[Column]:
        return [names_at(data.every_class, data.targets[rows])]

    def predicted_columns(self, about: TrainedModel, predicted: ndarray) -> dict[str, Column]:
        names = about.probability_names
        chosen = names_at(about.classes, taken(predicted, about.threshold))
        return {"predicted": chosen, **dict(zip(names, predicted.T, strict=True))}

    def constant_answer(self, data: Data, rows: ndarray) -> ndarray:
        weights = data.weights_of(rows)
        return np.bincount(data.targets[rows], weights, len(data.classes)) / len(rows)

    def misses(self, data: Data, rows: ndarray, predicted: ndarray) -> ndarray:
        return data.weigh(rows, (predicted.argmax(1) != data.targets[rows]).astype(np.float64))

    def standard_error(self, misses: ndarray) -> float:
        """Count two more right and two more wrong answers, as Agresti and Coull do.

        So a handful of right ones is no certainty.
        """
        if not np.isin(misses, (0, 1)).all():  # rows have weights
            return super().standard_error(misses)
        rows = len(misses) + 4
        wrong = (float(misses.sum()) + 2) / rows
        return (wrong * (1 - wrong) / rows) ** 0.5

    def ranking(self, data: Data, rows: ndarray, predicted: ndarray) -> float:
        labels = data.targets[rows]
        places = range(len(data.classes))
        return max(ranked_by_chance(predicted[:, i], labels == i) for i in places)

    def baselines(
        self,
        x: ndarray,
        targets: ndarray,
        new: ndarray,
        data: Data,
        weights: ndarray | None = None,
    ) -> dict[str, ndarray]:
        return for_classes(x, targets, new, len(data.classes), weights)

    def pictures(self, run: FinishedRun) -> Drawings:
        if run.diverged:
            return {}
        drawings: Drawings = {"confusion.png": partial(confusion_picture, run)}
        wrong = np.flatnonzero(run.taken != run.judged[1])
        if run.data.image_shape and len(wrong):
            drawings["mistakes.png"] = partial(mistakes_picture, run, wrong, run.data.image_shape)
        if run.bundle.chances != "threshold" and len(run.taken) >= LEAST:
            drawings["reliability.png"] = partial(reliability_picture, run)
        if len(run.continuous) == 2:
            drawings["regions.png"] = partial(regions_picture, run)
        return drawings

    def redraws(self, data: Data, own: OwnMetrics) -> bool:
        return bool(data.image_shape) or len(continuous(data)) == 2

    def redrawn(self, run: FinishedRun) -> list[TaskDrawing]:
        from nnrun.report.pages.redrawn.plane import plane
        from nnrun.report.pages.redrawn.tiles import tiles

        if run.diverged:
            return []
        drawn = []
        wrong = np.flatnonzero(run.taken != run.judged[1])
        if run.data.image_shape and len(wrong):
            told = surest_mistakes(run, wrong, run.data.image_shape)
            drawn.append(tiles(*told, len(wrong)))
        if len(run.continuous) == 2:
            drawn.append(plane(run.classify, run.judged, run.continuous, run.data.every_class))
        return drawn


def ranked_by_chance(sure: ndarray, true: ndarray) -> float:
    """Count the standard errors of the rank sum by which true rows stand above the others."""
    many, few = int((~true).sum()), int(true.sum())
    if not many or not few:
        return 0.0
    order = np.unique(sure, return_inverse=True, return_counts=True)
    ends = np.cumsum(order[2])
    ranks = (ends - (order[2] - 1) / 2)[order[1]]
    area = (ranks[true].sum() - few * (few + 1) / 2) / (few * many)
    return float((area - 0.5) / np.sqrt((few + many + 1) / (12 * few * many)))


def confusion_picture(run: FinishedRun) -> bytes:
    """Draw which classes were taken for which."""
    from nnrun.report.pictures.class_pictures import confusion

    classes = run.data.every_class
    weights, right = run.data.weights_of(run.rows.judged), run.taken == run.judged[1]
    weighed = None if weights is None else float(np.average(right, weights=weights))
    table = confusion_matrix(run.judged[1], run.taken, len(classes))
    return confusion(table, classes, run.judged_rows, run.title, weighed)


def reliability_picture(run: FinishedRun) -> bytes:
    """Draw how many are right beside how sure the network is."""
    from nnrun.report.pictures.kept_promises import kept_promises
    from nnrun.tasks.promises import of_certainty

    right, sure = run.predicted.argmax(1) == run.judged[1], run.predicted.max(1)
    told = of_certainty(right, sure, run.data.weights_of(run.rows.judged))
    found = f"share of {run.judged_rows} whose class it is"
    more = "on the line as sure as right, below it surer; a larger point is of more rows"
    return kept_promises(told, "probability of the likeliest class", found, run.title, more)


def regions_picture(run: FinishedRun) -> bytes:
    """Draw where in the plane each class is predicted."""
    from nnrun.report.pictures.class_pictures import regions

    about = run.learnt_and_judged, run.continuous, run.data.every_class, run.title
    return regions(run.classify, *about)


def mistakes_picture(run: FinishedRun, wrong: ndarray, shape: tuple[int, int]) -> bytes:
    """Draw the images of which the network was surest and wrong."""
    from nnrun.report.pictures.class_pictures import mistakes

    surest = surest_mistakes(run, wrong, shape)
    shown = surest.images, surest.true, surest.taken, surest.sure
    return mistakes(*shown, run.title, len(wrong))


class SurestMistakes(NamedTuple):
    """Images of which the network was surest and wrong."""

    images: ndarray
    true: list[str]
    taken: list[str]
    sure: ndarray
    numbers: list[int]  # of the rows


def surest_mistakes(run: FinishedRun, wrong: ndarray, shape: tuple[int, int]) -> SurestMistakes:
    """Choose them among the rows that are wrong."""
    (inputs, true), sure = run.judged, run.predicted[np.arange(len(run.taken)), run.taken]
    chosen = wrong[sure[wrong].argsort()[::-1][:PAGE]]
    names = np.array(run.data.every_class)
    return SurestMistakes(
        inputs[chosen].reshape(-1, *shape),
        [*names[true[chosen]]],
        [*names[run.taken[chosen]]],
        sure[chosen],
        run.judged_numbers[chosen].tolist(),
    )
