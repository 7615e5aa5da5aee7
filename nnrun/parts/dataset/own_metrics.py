"""Metrics that data sets bring along, as a bundle keeps them: their kind and what they know."""

from dataclasses import asdict

from nnrun.parts.dataset.arm_metrics import ArmMetrics
from nnrun.parts.dataset.landscape import GoalMetrics
from nnrun.parts.interface import OwnMetrics
from nnrun.parts.kinds import read

KINDS: dict[str, type[OwnMetrics]] = {"ArmMetrics": ArmMetrics, "GoalMetrics": GoalMetrics}


def own_metrics_plain(metrics: OwnMetrics) -> dict | None:
    """Write metrics as plain values; None where there are none beside the usual ones."""
    kind = type(metrics).__name__
    return {"kind": kind, **asdict(metrics)} if kind in KINDS else None


def own_metrics_from_plain(plain: dict | None) -> OwnMetrics:
    if not plain:
        return OwnMetrics()
    settings = dict(plain)
    metrics, problems = read(KINDS[settings.pop("kind")], settings, "judge")
    if problems:
        raise ValueError(str(problems[0]))
    return metrics
