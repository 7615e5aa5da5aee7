"""Validation of a few members at a time."""

import numpy as np
import pytest

from nnrun.engine import fit, judge, lanes
from nnrun.engine.state import begin
from nnrun.parts.loss import Mae


@pytest.mark.parametrize("newest", [None, lambda step: np.full_like(step, 0.1)])
def test_members_judged_by_the_same_rows_share_a_tape_and_hear_of_their_own_numbers(
    newest, cohort, member, monkeypatch
):
    def shown():
        together = cohort([member(i, newest=newest) for i in range(4)], sets=2)
        return [(one.val_loss, one.score) for one in fit.fit(together, begin(together))]

    whole, recorded, repeated = shown(), [], judge.repeated
    monkeypatch.setattr(lanes, "CACHE", 1)  # room for one member
    monkeypatch.setattr(judge, "repeated", lambda *given: recorded.append(1) or repeated(*given))
    few = shown()

    assert few == whole
    assert len(recorded) == 2  # of each set of rows


def test_members_of_other_losses_are_judged_by_their_own(cohort, member, monkeypatch):
    together = cohort([member(0), member(1)])
    monkeypatch.setattr(lanes, "CACHE", 1)
    (first, _), (second, _) = lanes.make_judges(together, begin(together), lanes.Pool("cpu"))

    assert first is second
    assert not first.fits(cohort([member(0, measure=float)]))
    assert not first.fits(cohort([member(0, loss=Mae())]))
