"""The loss of a point on a landscape."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nnrun.errors import Problem, Problems
from nnrun.parts.dataset.landscape import EDGE, SURFACES, Landscape, Name
from nnrun.parts.interface import ChosenParts, Loss, part

if TYPE_CHECKING:
    from torch import Tensor


@part
class Height(Loss):
    """The height of a surface above the place that the outputs name."""

    surface: Name | None  # None where there is no landscape, which is refused before training
    task = "landscape"

    def unfit_beside(self, chosen: ChosenParts) -> Problems:
        if not isinstance(chosen.dataset, Landscape):
            wrong = "is for dataset=landscape alone"
            return [chosen.problem("loss", wrong, "use loss=auto")]
        surface = chosen.dataset.surface
        if self.surface == surface:
            return []
        wrong = f"is not the surface of dataset.surface={surface}"
        return [Problem("loss.surface", self.surface, wrong, "set that one alone")]

    def each(self, outputs: Tensor, targets: Tensor) -> Tensor:
        # flat beyond the edge, so that no point loses its numbers
        x, y = outputs.clamp(-EDGE, EDGE).unbind(-1)
        return SURFACES[str(self.surface)].height(x, y)
