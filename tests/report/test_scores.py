"""How scores are written in pictures, and where their axes end."""

from math import inf

import pytest

from nnrun.bundle import scores as ranked
from nnrun.bundle.certainty import HALVES
from nnrun.bundle.metrics import CLASSES, NUMBERS
from nnrun.report.scores import BOUNDS, axis_ends, bounds, written


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("r2", "R²"),
        ("log_loss", "log loss"),
        ("balanced_accuracy", "balanced accuracy"),
        ("position_error_mm.median", "median position error in mm"),
        ("joint_error_deg.p95", "p95 joint error in degrees"),
    ],
)
def test_scores_are_written_as_people_do(name, expected):
    assert written(name) == expected


@pytest.mark.parametrize(
    ("drawn", "possible", "expected"),
    [
        ((0.5, 1.0), (-inf, 1), (0.45, 1)),
        ((0.0, 2.0), (0, inf), (0, 2.2)),
        ((0.4, 0.6), (0, 1), (0.38, 0.62)),
        ((0.0, 0.0), (0, 1), (0, 0.1)),
    ],
)
def test_an_axis_has_a_margin_but_none_where_a_score_cannot_be(drawn, possible, expected):
    assert axis_ends(drawn, possible, margin=0.1) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("name", "ends"),
    [
        ("recall", (0, 1)),
        ("below", (0, 1)),
        ("position_error_mm.median", (0, inf)),
        ("log_likelihood", (-inf, inf)),
    ],
)
def test_a_metric_lies_between_its_bounds(name, ends):
    assert bounds(name) == ends


def test_what_ranks_has_the_same_bounds_and_those_of_every_other_metric_are_known():
    ranking = (*ranked.NUMBERS, *ranked.DEVIATIONS, *ranked.QUANTILE, *ranked.DECIDED)
    ranking += (*ranked.PROBABLE, *ranked.ORDERED, *ranked.POINT)

    assert [bounds(one.name) for one in ranking] == [(one.lowest, one.highest) for one in ranking]
    assert {*NUMBERS, *CLASSES, *HALVES} <= BOUNDS.keys()
