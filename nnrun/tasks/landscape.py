"""Landscape: a point is to find the lowest place, watched by how near it has come."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from nnrun.bundle.scores import POINT, Score
from nnrun.parts.kinds import Names
from nnrun.report.arrival import NEARNESS, arrival
from nnrun.runs.epochs import EpochRecord
from nnrun.tasks.interface import Drawings, FinishedRun, Task

if TYPE_CHECKING:
    from torch import Tensor

    from nnrun.parts.dataset.data import Data
    from nnrun.parts.interface import Loss, OwnMetrics
    from nnrun.report.pages.redrawn.task_drawing import TaskDrawing


class Landscape(Task):
    usual = NEARNESS
    headlines = (NEARNESS, "height")
    race = True

    def scores(self, loss: Loss, own: OwnMetrics) -> tuple[Score, ...]:
        return POINT

    def usual_score(
        self, outputs: Tensor, targets: Tensor, weights: Tensor | None = None
    ) -> Tensor:
        """Compute 1 at the goal, a half at a distance of 1, and 0 far away."""
        return (1 / (1 + (outputs - targets).square().sum(-1).sqrt())).mean(-1)

    def place_names(self, data: Data) -> Names:
        return data.target_names

    def place(self, data: Data, learnt: Tensor) -> tuple[float, ...]:
        return tuple((data.inputs[0] + learnt.numpy(force=True)).tolist())

    def arrival(self, epochs: list[EpochRecord]) -> str:
        return arrival(epochs)

    def pictures(self, run: FinishedRun) -> Drawings:
        return {"path.png": partial(path_picture, run)}

    def redraws(self, data: Data, own: OwnMetrics) -> bool:
        return True

    def redrawn(self, run: FinishedRun) -> list[TaskDrawing]:
        from nnrun.report.pages.redrawn.ways import way

        return [way(run.dataset.map, places_of(run))]


def places_of(run: FinishedRun) -> list[tuple[float, ...]]:
    """Tell where the point began, and where it stood after each step."""
    return [run.dataset.map.start, *(epoch.place for epoch in run.epochs)]


def path_picture(run: FinishedRun) -> bytes:
    """Draw the way of a point over its map."""
    from nnrun.report.pictures.loss_panels import Line
    from nnrun.report.pictures.map_paths import MapPanel, Walks, map_paths

    way = "the way of the point"
    panel = MapPanel("", run.dataset.map, {way: places_of(run)})
    return map_paths(Walks([panel], [Line(way, 0, 0)], {way: way}, run.title))
