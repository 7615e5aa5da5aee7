"""What a run promises of rows, beside what is found."""

from typing import NamedTuple


class Promise(NamedTuple):
    """A share that is promised of some rows, and the one that is found, with its 95 % interval."""

    promised: float
    found: float
    low: float
    high: float
    rows: int
