"""How a model reads numbers: as they are, or each as several that say more of where it lies."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

from nnrun.parts.interface import Inputs, Model, Reasons
from nnrun.parts.kinds import Bound, Positive

if TYPE_CHECKING:
    from numpy import ndarray
    from torch import Generator, nn

Kind = Literal["none", "periodic", "pbld", "piecewise"]
# products with a side of 1 are rounded in another way for one member than for many
Several = Annotated[int, Bound(least=2, most=10_000)]
Size = Annotated[int, Bound(least=3, most=10_000)]

SIZES = ("embedding_size", "frequencies", "frequency_scale", "bins")
TAKEN: Mapping[str, tuple[str, ...]] = {
    "none": (),
    "periodic": ("embedding_size", "frequencies", "frequency_scale"),
    "pbld": ("embedding_size", "frequencies", "frequency_scale"),
    "piecewise": ("embedding_size", "bins"),
}
# what went without saying before there were any
UNEMBEDDED: Mapping[str, Any] = {
    "embedding": "none",
    "embedding_size": 8,
    "frequencies": 16,
    "frequency_scale": 0.1,
    "bins": 32,
}


@dataclass(frozen=True, kw_only=True)
class ReadsNumbers(Model):
    """A model that may embed each number of a row."""

    embedding: Kind
    embedding_size: Size
    frequencies: Several
    frequency_scale: Positive
    bins: Several
    added = UNEMBEDDED

    def embeds(self, inputs: Inputs) -> bool:
        """Tell whether anything is embedded: where all columns are categories, nothing is."""
        return self.embedding != "none" and inputs.numbers > 0

    def read(self, inputs: Inputs) -> int:
        size = 1 if self.embedding == "none" else self.embedding_size
        return inputs.numbers * size + inputs.units

    def read_as(self, inputs: Inputs) -> str:
        """Write how many numbers are read, and as how many each."""
        if not self.embeds(inputs):
            return str(inputs.count)
        embedded = f"{inputs.numbers}x{self.embedding_size}"
        return f"({embedded}+{inputs.units})" if inputs.units else embedded

    @property
    def said(self) -> int:
        """Count what is said of a number before a linear map: waves, or bins."""
        counts = {"none": 0, "periodic": 2 * self.frequencies, "pbld": self.frequencies}
        return counts.get(self.embedding, self.bins)

    def between(self, inputs: Inputs) -> int:
        size = 0 if self.embedding == "none" else self.embedding_size
        return inputs.numbers * (2 * self.said + size)

    def work(self, inputs: Inputs, outputs: int) -> int:
        return inputs.numbers * self.said * (1 + self.embedding_size)

    def embedded(self, network: nn.Module, inputs: Inputs, generator: Generator) -> nn.Module:
        if not self.embeds(inputs):
            return network
        from nnrun.parts.model.layers.embeddings import Embedded, embedding

        parts = self.bins if self.embedding == "piecewise" else self.frequencies
        sizes = inputs.numbers, parts, self.embedding_size
        drawn = embedding(self.embedding, sizes, self.frequency_scale, generator)
        return Embedded(drawn, network)

    def settle(self, network: nn.Module, edges: Callable[[int], ndarray]) -> None:
        if self.embedding == "piecewise":
            from nnrun.parts.model.layers.embeddings import Embedded, put_bins

            if isinstance(network, Embedded):
                put_bins(network, edges(self.bins))

    def without_effect(self) -> Reasons:
        idle = [name for name in SIZES if name not in TAKEN[self.embedding]]
        reasons = dict(super().without_effect())
        for name in idle:
            better = [kind for kind, taken in TAKEN.items() if name in taken]
            why = f"model.embedding={self.embedding} has none"
            reasons[f"model.{name}"] = why, f"leave it out, or use {' or '.join(better)}"
        return reasons
