"""A point on a landscape."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nnrun.errors import Problem, Problems
from nnrun.parts.interface import ChosenParts, Inputs, part
from nnrun.parts.model.hidden import WithoutDropout

if TYPE_CHECKING:
    from torch import Generator, nn

    from nnrun.parts.regularisation import Regularisation


@part
class Point(WithoutDropout):
    """A point on a landscape: it stands where it started, moved by numbers that it learns."""

    task = "landscape"

    def unfit_beside(self, chosen: ChosenParts) -> Problems:
        if chosen.dataset.task != self.task:
            wrong = "is for dataset=landscape alone"
            return [chosen.problem("model", wrong, "use model=mlp")]
        return scaled(chosen) + about_weights_or_rows(chosen.regularisation)

    def build(self, inputs: Inputs, outputs: int, generator: Generator) -> nn.Module:
        from nnrun.parts.model.layers import networks

        return networks.Point(outputs)

    def layers(self, inputs: Inputs, outputs: int) -> str:
        return str(outputs)

    def work(self, inputs: Inputs, outputs: int) -> int:
        return outputs


def scaled(chosen: ChosenParts) -> Problems:
    """Tell which scaling would move the landscape."""
    problems = []
    for name, kind in (("inputs", chosen.input_kind), ("targets", chosen.target_kind)):
        if kind != "none":
            key, wrong = f"dataset.scale.{name}", "would move the landscape under the point"
            problems.append(Problem(key, kind, wrong, f"use {key}=none"))
    return problems


def about_weights_or_rows(regularisation: Regularisation) -> Problems:
    """Tell which mechanisms find nothing to hold back."""
    names = ["weight_decay", "max_norm", "mixup", "input_noise"]
    if not regularisation.biases:
        names = ["l1", "l2", *names]
    wrong = "is about weights or rows, which a point does not have"
    return [
        Problem(f"regularisation.{name}", value, wrong, "leave it out")
        for name, value in regularisation.active(*names)
    ]
