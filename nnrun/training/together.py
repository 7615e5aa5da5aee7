"""Who can train together: what networks of a cohort agree in."""

from collections.abc import Hashable, Sequence
from dataclasses import fields
from typing import Any

from nnrun.config.experiment import Experiment
from nnrun.parts.interface import Part
from nnrun.runs.names import exact


def shared_settings(experiment: Experiment) -> dict[str, Any]:
    """Give what members of a cohort agree in, as a person would name it."""
    settings, rows = experiment.settings, experiment.rows
    training = settings.training
    return {
        **of_part("model", settings.model),
        **of_part("optimizer", settings.optimizer),
        **of_part("loss", experiment.loss),
        **{f"training.{field.name}": getattr(training, field.name) for field in fields(training)},
        "regularisation.biases": settings.regularisation.biases,
        "inputs": experiment.inputs,
        "outputs": experiment.outputs,
        "task": experiment.data.task,
        "score": experiment.score.name,
        "dataset.weight": experiment.data.weight_name,
        "train rows": len(rows.train),
        "val rows": len(rows.val),
    }


def of_part(group: str, part: Part) -> dict[str, Any]:
    """Give a part's kind, and the settings in which members of a cohort may not differ."""
    fixed = [field.name for field in fields(part) if field.name not in part.varies]
    settings = {f"{group}.{name}": getattr(part, name) for name in fixed}
    return {group: type(part).__name__, **settings}


def identity(value: Any) -> Hashable:
    """Give what a setting is compared by; among arguments of one's own 1 is not true."""
    return exact(value) if isinstance(value, dict) else value


def cohorts(experiments: Sequence[Experiment]) -> list[list[int]]:
    """Group the members by their cohorts, in the order in which cohorts first appear."""
    grouped: dict[Hashable, list[int]] = {}
    for i, experiment in enumerate(experiments):
        shared = shared_settings(experiment)
        key = tuple((name, identity(value)) for name, value in shared.items())
        grouped.setdefault(key, []).append(i)
    return list(grouped.values())


def trains_alone(experiment: Experiment) -> bool:
    """Tell whether its members train one by one, whatever they agree in."""
    return experiment.settings.optimizer.by_torch


def stackable(experiments: Sequence[Experiment]) -> list[list[int]]:
    """Group those that go through steps together: a cohort, or each one alone."""
    return [
        own
        for members in cohorts(experiments)
        for own in ([[m] for m in members] if trains_alone(experiments[members[0]]) else [members])
    ]
