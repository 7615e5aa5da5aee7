"""How scores are written in pictures, and where their axes end."""

from math import inf

import pytest

from nnrun.report.scores import axis_ends, written


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
