"""Validation after each epoch, a few members at a time, from a tape where there can be one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import nan

import torch
from torch import Tensor

from nnrun.engine.assess import assess
from nnrun.engine.cohort import Cohort
from nnrun.engine.state import State
from nnrun.engine.tape import Pool, Untapable, record


@dataclass
class Judge:
    """Tells validation losses and scores of some members, epoch after epoch."""

    cohort: Cohort
    state: State
    pool: Pool
    look: Callable[[], object] | None = None

    def __post_init__(self) -> None:
        shape = 2, len(self.cohort.members)
        self.seen = torch.full(shape, nan, device=self.cohort.device)  # losses, and scores

    @torch.inference_mode()
    def __call__(self) -> Tensor:
        if self.look is None:
            self.look = self.first()
        else:
            self.look()
        return self.seen

    def first(self) -> Callable[[], object]:
        """Look for the first time, and give what looks from then on."""
        on_host = any(member.measure for member in self.cohort.members)
        if on_host or self.cohort.foreign or not self.cohort.val.count:
            self.by_itself()
            return self.by_itself
        try:
            return record(self.assess, [self.state.average], self.pool)
        except Untapable:
            self.by_itself()
            return self.by_itself

    def by_itself(self) -> None:
        with torch.inference_mode(False):
            self.assess()

    def assess(self) -> None:
        for seen, now in zip(self.seen, assess(self.cohort, self.state), strict=True):
            seen.copy_(now.view_as(seen))
