"""The chain of hashes: one of all weights after an epoch, which holds that of the epoch before.

By it the same bytes can be told months later, and of every epoch, where the last weights alone
are kept.
"""

from hashlib import sha256

from torch import Tensor

from nnrun.engine.cohort import Cohort
from nnrun.engine.state import State


def weights_of_members(cohort: Cohort, state: State) -> list[list[Tensor]]:
    """Give the numbers of each member, and the average of those that take one, on the host."""
    numbers, average = state.numbers.cpu(), state.average.cpu()
    return [
        [numbers[m], average[m]] if member.newest else [numbers[m]]
        for m, member in enumerate(cohort.members)
    ]


def link(before: str, weights: list[Tensor]) -> str:
    """Compute the hash of an epoch from that of the epoch before and all weights."""
    told = sha256(before.encode())
    for numbers in weights:
        told.update(numbers.numpy().data)
    return told.hexdigest()
