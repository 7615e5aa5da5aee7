"""Fewer points are drawn where many lie beside each other, and none that stands out is lost."""

import numpy as np

from nnrun.report.pages.thinning import MOST, epochs_shown, rows_shown


def test_a_short_curve_is_drawn_whole():
    assert epochs_shown([np.arange(100.0)]).tolist() == [*range(100)]


def test_a_long_curve_keeps_its_ends_and_its_peaks():
    curve = np.random.default_rng(0).normal(size=50_000)
    curve[31_415], curve[27_182] = 99.0, -99.0

    shown = epochs_shown([curve, np.full(50_000, np.nan)])

    assert len(shown) <= MOST
    assert {0, 31_415, 27_182, 49_999} <= {*shown.tolist()}
    assert (np.diff(shown) > 0).all()


def test_the_rows_of_the_greatest_errors_are_drawn():
    size = np.random.default_rng(0).normal(size=5_000) ** 2

    shown = rows_shown(size, 500)

    assert len(shown) == 500
    assert {*np.argsort(-size)[:100].tolist()} <= {*shown.tolist()}
