"""A point on a landscape."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from nnrun.errors import Problem
from nnrun.parts.interface import Chosen
from nnrun.parts.model.hidden import Shallow

if TYPE_CHECKING:
    from torch import Generator, nn


@dataclass(frozen=True)
class Point(Shallow):
    """A point on a landscape: it stands where it started, moved by numbers that it learns."""

    task: ClassVar[str] = "landscape"

    def unfit_beside(self, chosen: Chosen) -> list[Problem]:
        if chosen.dataset.task != self.task:
            wrong = "is for dataset=landscape alone"
            return [Problem("model", chosen.option("model"), wrong, "use model=mlp")]
        kinds = {"inputs": chosen.input_kind, "targets": chosen.target_kind}
        wrong = "would move the landscape under the point"
        problems = [
            Problem(f"dataset.scale.{name}", kind, wrong, f"use dataset.scale.{name}=none")
            for name, kind in kinds.items()
            if kind != "none"
        ]
        names = ("weight_decay", "max_norm", "mixup", "input_noise")
        penalties = () if chosen.regularisation.biases else ("l1", "l2")
        wrong = "is about weights or rows, which a point has not"
        return problems + [
            Problem(f"regularisation.{name}", value, wrong, "leave it out")
            for name, value in chosen.regularisation.active(*penalties, *names)
        ]

    def build(self, inputs: int, outputs: int, generator: Generator) -> nn.Module:
        from nnrun.parts.model.layers import networks

        return networks.Point(outputs)

    def layers(self, inputs: int, outputs: int) -> str:
        return str(outputs)

    def work(self, inputs: int, outputs: int) -> int:
        return outputs
