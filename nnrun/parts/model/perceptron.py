"""Rosenblatt's perceptron."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nnrun.errors import Problems
from nnrun.parts import loss as losses
from nnrun.parts.interface import ChosenParts, part
from nnrun.parts.model.hidden import Drawn, WithoutDropout

if TYPE_CHECKING:
    from torch import nn


@part
class Perceptron(WithoutDropout, Drawn):
    """One threshold unit for each class, its weights at zero until the first mistake."""

    task = "classification"
    init = "zeros"
    straight = True
    loss = losses.Perceptron()

    def unfit_beside(self, chosen: ChosenParts) -> Problems:
        model, data = chosen.choice("model"), chosen.choice("dataset")
        if chosen.task not in (None, self.task):
            wrong = f"chooses between classes, but {data} has numbers to predict"
            return [chosen.problem("model", wrong, "use model=linear")]
        if chosen.loss.task != "any" and chosen.loss != self.loss:
            wrong = f"does not teach {model}, which learns from its mistakes alone"
            advice = "use loss=auto or model=linear"
            return [chosen.problem("loss", wrong, advice)]
        return []

    def network(self, inputs: int, outputs: int) -> nn.Module:
        from nnrun.parts.model.layers.networks import Perceptrons

        return Perceptrons([inputs, outputs])
