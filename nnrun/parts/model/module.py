"""A network of one's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nnrun.errors import Problems
from nnrun.parts.interface import Inputs, part
from nnrun.parts.kinds import Plain
from nnrun.parts.model.embedding import ReadsNumbers
from nnrun.parts.model.hidden import WithoutDropout
from nnrun.parts.registry import trusted, untrusted

if TYPE_CHECKING:
    from torch import Generator, nn


@part
class Module(ReadsNumbers, WithoutDropout):
    """A class of one's own.

    torch.func.vmap gives it a member axis; what refuses that is asked for each member by itself.
    """

    module: str
    arguments: dict[str, Plain | tuple[Plain, ...]]
    foreign = True

    def problems(self) -> Problems:
        return untrusted(self.module)

    @property
    def sketched(self) -> bool:
        return self.module.startswith("torch.nn")

    def build(self, inputs: Inputs, outputs: int, generator: Generator) -> nn.Module:
        from nnrun.parts.model.foreign import adopt

        sizes = self.read(inputs), outputs
        network = adopt(trusted(self.module), sizes, self.arguments, generator)
        return self.embedded(network, inputs, generator)

    def layers(self, inputs: Inputs, outputs: int) -> str:
        read = self.read_as(inputs)
        return f"{self.module}({read}, {outputs})"

    def work(self, inputs: Inputs, outputs: int) -> int:
        """Count one for each of its numbers, as fully connected layers have it."""
        from torch import Generator

        network = self.build(inputs, outputs, Generator())
        return sum(tensor.numel() for tensor in network.parameters())
