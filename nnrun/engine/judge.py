"""Validation after each epoch, a few members at a time, from a tape where there can be one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import nan

import torch
from torch import Tensor

from nnrun.engine.assess import assess
from nnrun.engine.cohort import Cohort
from nnrun.engine.state import State, cohort_of, elsewhere, window
from nnrun.engine.tape import Pool, repeated


@dataclass
class Judge:
    """Tells validation losses and scores of some members, epoch after epoch."""

    cohort: Cohort
    state: State  # whose average is judged
    pool: Pool
    look: Callable[[], object] | None = None

    def __post_init__(self) -> None:
        shape = 2, len(self.cohort.members)
        self.seen = torch.full(shape, nan, device=self.cohort.device)  # losses, and scores

    @torch.inference_mode()
    def __call__(self, average: Tensor) -> Tensor:
        if average is not self.state.average:
            self.state.average.copy_(average)
        if self.look is None:
            self.look = self.first()
        else:
            self.look()
        return self.seen.clone()

    def first(self) -> Callable[[], object]:
        """Look for the first time, and give what looks from then on."""
        if not self.cohort.val.count:
            return nothing
        on_host = any(member.measure for member in self.cohort.members)
        if on_host or self.cohort.foreign:
            self.by_itself()
            return self.by_itself
        return repeated(self.assess, [self.state.average], self.pool)

    def by_itself(self) -> None:
        with torch.inference_mode(False):
            self.assess()

    def assess(self) -> None:
        for seen, now in zip(self.seen, assess(self.cohort, self.state), strict=True):
            seen.copy_(now.view_as(seen))

    def fits(self, cohort: Cohort) -> bool:
        """Tell whether it judges others as it judges its own: by the same rows and losses."""
        own, others = (
            (
                one.val.set_of,
                [member.loss.validated for member in one.members],
                [member.measure for member in one.members],
            )
            for one in (self.cohort, cohort)
        )
        return own == others


def nothing() -> None:
    """Look at no rows: what nobody has seen is no number."""


def judges_of(
    cohort: Cohort, state: State, parts: list[range], pool: Pool
) -> Iterator[tuple[Judge, Tensor]]:
    """Give who judges each part, and its numbers: one for all that are judged alike.

    Its tape is recorded once, over memory to which each part's numbers are copied.
    """
    judges: list[Judge] = []
    for members in parts:
        some = cohort_of(cohort, members)
        judge = next((one for one in judges if one.fits(some)), None)
        if judge is None:
            judge = Judge(some, elsewhere(*window(cohort, state, members)), pool)
            judges.append(judge)
        yield judge, state.average[members.start : members.stop]
