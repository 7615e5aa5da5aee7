"""Data sets: where the rows come from, how they are split, how they are scaled."""

from nnrun.parts.dataset.arkoma import Arkoma
from nnrun.parts.dataset.digits import Digits
from nnrun.parts.dataset.table import Table

__all__ = ["Arkoma", "Digits", "Table"]
