"""A polynomial."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from nnrun.errors import Problem, Problems
from nnrun.parts.interface import Inputs, part
from nnrun.parts.kinds import Bound
from nnrun.parts.model.choices import Init
from nnrun.parts.model.hidden import Drawn, WithoutDropout

if TYPE_CHECKING:
    from torch import nn


@part
class Polynomial(WithoutDropout, Drawn):
    """A polynomial of one input."""

    # 5 deviations to the power of 50 are still a float32
    degree: Annotated[int, Bound(least=1, most=50)]
    init: Init
    varies = ("init",)

    def unfit_for_features(self, inputs: Inputs) -> Problems:
        if inputs.count == 1:
            return []
        wrong = f"takes the powers of one input, but the data have {inputs.count}"
        advice = "use model=mlp, or leave out the other columns of a table with dataset.drop"
        return [Problem("", "polynomial", wrong, advice)]

    def network(self, inputs: int, outputs: int) -> nn.Module:
        from nnrun.parts.model.layers import networks

        return networks.Polynomial(self.degree, outputs)

    def between(self, inputs: Inputs) -> int:
        return self.degree

    def layers(self, inputs: Inputs, outputs: int) -> str:
        return f"{inputs.count}-{self.degree}-{outputs}"

    def work(self, inputs: Inputs, outputs: int) -> int:
        return self.degree * (1 + outputs)
