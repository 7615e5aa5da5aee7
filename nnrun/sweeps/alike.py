"""Whether members of a sweep are judged on the same rows, so that their scores can be compared."""

import numpy as np
from numpy import ndarray

from nnrun.config.experiment import Experiment


def judged_alike(experiments: list[Experiment]) -> bool:
    """Tell whether all members are watched on the same rows."""
    first, *others = {
        (one.settings.dataset, one.settings.split): one for one in reversed(experiments)
    }.values()
    return all(same_rows(first, other) for other in others)


def shared_notes(experiments: list[Experiment]) -> list[str]:
    """Gather what a person should hear of the rows, as far as it is so for all members."""
    first, *others = {one.settings.rows_key: one for one in experiments}.values()
    told = [set(other.prepared.notes) for other in others]
    return [note for note in first.prepared.notes if all(note in notes for notes in told)]


def same_rows(one: Experiment, other: Experiment) -> bool:
    """Compare the rows that rank members: their places, targets, and inputs that are alike.

    So other columns of the same table are no other rows.
    """
    rows, ours, theirs = ranking_rows(one), one.data, other.data
    if not np.array_equal(rows, ranking_rows(other)):
        return False
    if ours is theirs:
        return True
    if not np.array_equal(ours.targets[rows], theirs.targets[rows]):
        return False
    alike = ours.columns == theirs.columns
    return not alike or ours.inputs[rows].tobytes() == theirs.inputs[rows].tobytes()


def ranking_rows(experiment: Experiment) -> ndarray:
    """Give the rows by which a member is ranked."""
    rows = experiment.rows
    return rows.val if len(rows.val) else rows.judged
