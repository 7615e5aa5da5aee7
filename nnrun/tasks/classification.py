"""Classification: one class of several is to be predicted, watched by how many are right."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nnrun.bundle.metrics import confuse
from nnrun.report.baselines import for_classes
from nnrun.runs.tables import Column, names_at
from nnrun.tasks.interface import FinishedRun, Task

if TYPE_CHECKING:
    from torch import Tensor

    from nnrun.parts.dataset.data import Data

PAGE = 12  # mistakes on a page


class Classification(Task):
    score = "accuracy"
    headlines = ("accuracy", "f1", "log_loss")

    def scores(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Compute the share of rows whose likeliest class is the true one."""
        return (outputs.argmax(-1) == targets).float().mean(-1)

    def without_effect(self) -> dict[str, tuple[str, str]]:
        return {"dataset.scale.targets": ("", "classes are not scaled; leave it out")}

    def true_columns(self, data: Data, rows: np.ndarray) -> list[Column]:
        return [names_at(data.classes, data.targets[rows])]

    def predicted_names(self, data: Data, deviations: list[str]) -> list[str]:
        return ["predicted", *(f"p({name})" for name in data.classes)]

    def predicted_columns(self, data: Data, predicted: np.ndarray) -> list[Column]:
        return [names_at(data.classes, predicted.argmax(1)), *predicted.T]

    def constant(self, targets: np.ndarray) -> float:
        return float(np.bincount(targets).max() / len(targets))

    def baselines(
        self, x: np.ndarray, targets: np.ndarray, new: np.ndarray, data: Data
    ) -> dict[str, np.ndarray]:
        return for_classes(x, targets, new, len(data.classes))

    def pictures(self, run: FinishedRun) -> dict[str, bytes]:
        from nnrun.report import class_pictures as draw  # matplotlib takes half a second

        if run.diverged:
            return {}
        _, true, predicted = run.tested
        classes = run.data.classes
        table = confuse(true, predicted.argmax(1), len(classes))
        drawn = {"confusion.png": draw.confusion(table, classes)}
        if run.data.image_shape:
            drawn |= mistakes(run, run.data.image_shape)
        if run.can_be_walked and len(run.names) == 2:
            first, second = run.names
            drawn["regions.png"] = draw.regions(
                run.bundle.infer, run.train_and_test, (first, second), classes
            )
        return drawn


def mistakes(run: FinishedRun, shape: tuple[int, int]) -> dict[str, bytes]:
    """Draw the images of which the network was surest and wrong, if there are any."""
    from nnrun.report import class_pictures as draw

    inputs, true, predicted = run.tested
    taken = predicted.argmax(1)
    wrong = np.flatnonzero(taken != true)
    if not len(wrong):
        return {}
    chosen = wrong[predicted[wrong].max(1).argsort()[::-1][:PAGE]]
    images = inputs[chosen].reshape(-1, *shape)
    names = np.array(run.data.classes)
    right, given = list(names[true[chosen]]), list(names[taken[chosen]])
    return {"mistakes.png": draw.mistakes(images, right, given, predicted[chosen].max(1))}
