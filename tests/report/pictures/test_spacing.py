"""How the values of a setting are spaced along an axis."""

import pytest
from matplotlib.figure import Figure

from nnrun.report.pictures.spacing import apart, spacing, words


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([1e-3, 3e-3, 1e-2], "decades"),
        ([16, 32, 64, 128], "decades"),
        ([0.001, 0.1], "decades"),
        ([1, 2, 3], "even"),
        ([1, 2, 3, 5], "even"),
        ([1, 2, 5], "decades"),
        ([8, 16], "even"),
        ([10, 20, 30, 40, 50], "even"),
        ([0, 0.1, 0.2, 0.5], "even"),
        ([-1, 0, 100], "even"),
        ([0], "even"),
        ([0, 1e-4, 1e-3, 1e-2], "zero and decades"),
        (["adam", "sgd"], "words"),
        ([[64], [64, 64]], "words"),
        ([None, 1.0, 5.0], "words"),
        ([True, False], "words"),
    ],
)
def test_values_are_spaced_as_they_are(values, kind):
    assert spacing(values).kind == kind


@pytest.mark.parametrize(
    ("values", "scale"),
    [([1e-3, 3e-3, 1e-2], "log"), ([0, 1e-4, 1e-2], "symlog"), ([1, 2, 3], "linear")],
)
def test_an_axis_has_the_scale_and_the_values_are_written_beside_it(values, scale):
    axes = Figure().add_subplot()

    spacing(values).prepare(axes, inches=6)

    assert axes.get_xscale() == scale
    assert [tick.get_text() for tick in axes.get_xticklabels()] == [f"{x:g}" for x in values]
    assert axes.get_xlim()[0] < values[0]
    assert axes.get_xlim()[1] > values[-1]


def test_words_stand_in_the_order_in_which_they_came_and_slant_where_they_would_touch():
    axes = Figure().add_subplot()
    space = words(["l2", "none", "a_long_word", "none"])

    space.prepare(axes, inches=1)

    assert space.places(["l2", "none", "a_long_word", "none"]) == [0, 1, 2, 1]
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["l2", "none", "a_long_word"]
    assert axes.get_xticklabels()[0].get_rotation() == 45


def test_shares_go_from_the_first_value_to_the_last_as_they_are_spaced():
    assert spacing([1e-3, 1e-2, 1e-1]).shares([1e-2, 1e-3, 1e-1]) == pytest.approx([0.5, 0, 1])
    assert spacing([0, 1e-3, 1e-2]).shares([0, 1e-3, 1e-2]) == pytest.approx([0, 0.5, 1])
    assert spacing([1, 2, 3, 5]).shares([2]) == pytest.approx([0.25])
    assert spacing([7]).shares([7]) == [0.5]


def test_of_texts_that_would_touch_the_first_are_kept():
    assert apart([0, 0.01, 0.5, 1], ["0.1", "0.11", "0.5", "1"], inches=2) == [0, 2, 3]
