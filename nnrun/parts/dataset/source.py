"""Rows before and after it is known which of them train: what columns hold follows from those."""

from abc import ABC, abstractmethod
from dataclasses import dataclass

from nnrun.parts.dataset.data import Data
from nnrun.parts.dataset.split import Split, SplitRows, split


class Source(ABC):
    """Rows as they were read, of which any may train."""

    @abstractmethod
    def parted(self, shares: Split) -> tuple[Data, SplitRows]:
        """Split the rows, and give them as those that train say."""

    @abstractmethod
    def undivided(self, shares: Split) -> Data:
        """Give all rows that may be split so, as all of them say."""


@dataclass(frozen=True)
class Whole(Source):
    """Rows of which everything is known, whichever train."""

    data: Data

    def parted(self, shares: Split) -> tuple[Data, SplitRows]:
        return self.data, split(self.data, shares)

    def undivided(self, shares: Split) -> Data:
        return self.data
