"""How a sweep is made."""

from dataclasses import dataclass, replace
from typing import Literal

from nnrun.errors import Mistake
from nnrun.parts.kinds import Count, Natural, Positive, read


@dataclass(frozen=True)
class SweepSettings:
    """How many members are drawn and verified, and by which workers they are trained."""

    samples: Count
    verify: Natural
    timeout: Positive | None  # seconds without a sign of life after which a worker is given up
    workers: Count | Literal["auto"]
    reuse: bool  # whether members are taken over from finished runs


def sweep_settings(values: dict) -> SweepSettings:
    """Check how a sweep is to be made; its workers are set where Hydra has its launcher."""
    earlier = {"reuse": False}  # sweeps of 0.1.0 say nothing of it
    settings, problems = read(SweepSettings, earlier | values, "sweep")
    if problems:
        typed = {"sweep.workers": "hydra.launcher.workers"}
        raise Mistake(*(replace(one, key=typed.get(one.key, one.key)) for one in problems))
    return settings
