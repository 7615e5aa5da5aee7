"""Who compares and draws for a run where nobody else does: the process that trains."""

from numpy import ndarray

from nnrun.tasks.interface import Drawings


class Alone:
    """Compares and draws in the process that trains, once it has trained."""

    def baselines(self) -> dict[str, ndarray]:
        """Give what simple methods predict, if that is known already."""
        return {}

    def begin(self, best_epoch: int) -> None:
        """Hear that the run's folder has its epochs and its model, of which pictures tell."""

    def pictures(self, drawings: Drawings) -> dict[str, bytes]:
        """Draw what there is to see of a finished run, whose folder has all but the pictures."""
        return drawn(drawings)


ALONE = Alone()


def drawn(drawings: Drawings) -> dict[str, bytes]:
    """Draw one picture after the other."""
    return {name: draw() for name, draw in drawings.items()}
