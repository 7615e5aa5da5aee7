"""Whether members of a sweep are judged on the same rows, so that their scores can be compared."""

from collections.abc import Hashable

import numpy as np
from numpy import ndarray

from nnrun.config.experiment import Experiment
from nnrun.training.rarity import rare_class


def judged_alike(experiments: list[Experiment]) -> bool:
    """Tell whether all members are watched on the same rows."""
    first, *others = {
        (one.settings.dataset, one.settings.split): one for one in reversed(experiments)
    }.values()
    return all(same_rows(first, other) for other in others)


def shared_notes(experiments: list[Experiment]) -> list[str]:
    """Gather what a person should hear of the rows, as far as it is so for all members."""
    first, *others = map(notes, {asked_by(one): one for one in experiments}.values())
    return [note for note in first if all(note in other for other in others)]


def asked_by(experiment: Experiment) -> Hashable:
    """Gather what the notes on a member follow from; those of equals are worked out once."""
    settings = experiment.settings
    return settings.rows_key, settings.loss, settings.training.threshold


def notes(experiment: Experiment) -> list[str]:
    """List what a person should hear of a member's rows."""
    return [*experiment.prepared_together.notes, *rare_class(experiment)]


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
    """Give the rows by which a member is ranked, in order; of bags, what each of them held out."""
    rows = experiment.prepared_together.rows
    return np.sort(rows.val if len(rows.val) else rows.judged)
