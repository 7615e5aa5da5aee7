"""Toys are where their formulas say, as many of each class, and the same for the same settings."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from nnrun.parts.dataset.toys import Blobs, Circles, Curve, Moons, Spirals, Xor

TOYS = {
    "moons": lambda seed=0, rows=400, noise=0.0: Moons(rows, noise, seed),
    "circles": lambda seed=0, rows=400, noise=0.0: Circles(rows, noise, seed, inner=0.4),
    "blobs": lambda seed=0, rows=400, noise=0.2: Blobs(rows, noise, seed, classes=4),
    "spirals": lambda seed=0, rows=400, noise=0.0: Spirals(
        rows, noise, seed, classes=3, turns=1.25
    ),
    "xor": lambda seed=0, rows=400, noise=0.0: Xor(rows, noise, seed),
}


def curve(function="runge", rows=500, noise=0.0, seed=0, span=(-5.0, 5.0)):
    return Curve(function, rows, noise, seed, span)


# What holds for all


@pytest.mark.parametrize("name", TOYS)
def test_rows_and_task_are_known_before_loading(name):
    toy = TOYS[name](rows=123)

    data = toy.load()

    assert (toy.expected_rows(), toy.task) == (data.rows, data.task) == (123, "classification")
    assert data.inputs.shape == (123, 2)
    assert (data.inputs.dtype, data.targets.dtype) == (np.float64, np.int64)


@pytest.mark.parametrize("name", TOYS)
def test_no_class_is_larger_than_another(name):
    data = TOYS[name](rows=400).load()

    counts = np.bincount(data.targets)

    assert len(counts) == len(data.classes)
    assert np.ptp(counts) <= 1


@pytest.mark.parametrize("name", TOYS)
def test_the_same_seed_gives_the_same_points_and_another_gives_others(name):
    first, again, other = (TOYS[name](seed, noise=0.1).load().inputs for seed in (1, 1, 2))

    assert_array_equal(first, again)
    assert not np.isclose(first, other).any(1).all()


@pytest.mark.parametrize("name", TOYS)
def test_noise_has_the_deviation_that_was_asked_for(name):
    still, noisy = (TOYS[name](rows=10_000, noise=noise).load().inputs for noise in (1e-9, 0.3))

    assert_allclose((noisy - still).std(0), 0.3, rtol=0.03)
    assert_allclose((noisy - still).mean(0), 0, atol=0.01)


# Where the points are


def test_moons_are_half_circles():
    data = TOYS["moons"]().load()

    upper, lower = (data.inputs[data.targets == i] for i in (0, 1))
    assert data.classes == ("upper", "lower")
    assert_allclose(np.hypot(*upper.T), 1)
    assert_allclose(np.hypot(*(lower - [1, 0.5]).T), 1)
    assert (upper[:, 1] >= 0).all()
    assert (lower[:, 1] <= 0.5).all()


def test_circles_have_their_radii():
    data = TOYS["circles"]().load()

    assert data.classes == ("outer", "inner")
    assert_allclose(np.hypot(*data.inputs.T), np.where(data.targets == 0, 1, 0.4))


def test_blobs_stand_evenly_on_the_unit_circle():
    data = TOYS["blobs"](rows=40_000).load()

    middles = [data.inputs[data.targets == i].mean(0) for i in range(4)]

    assert_allclose(middles, [[1, 0], [0, 1], [-1, 0], [0, -1]], atol=0.01)


def test_an_arm_of_a_spiral_turns_as_it_leaves_the_middle():
    data = TOYS["spirals"]().load()

    radius, angle = np.hypot(*data.inputs.T), np.arctan2(*data.inputs.T[::-1])

    turned = angle / (2 * np.pi) - data.targets / 3 - 1.25 * radius
    assert_allclose(turned, np.round(turned), atol=1e-9)
    assert 0.9 < radius.max() <= 1


def test_xor_asks_whether_signs_differ():
    data = TOYS["xor"]().load()

    assert data.classes == ("same", "different")
    assert_array_equal(data.targets, data.inputs.prod(1) < 0)
    assert np.abs(data.inputs).max() <= 1


# Curves


@pytest.mark.parametrize(
    ("function", "formula"),
    [("runge", lambda x: 1 / (1 + x * x)), ("sine", np.sin), ("step", lambda x: x >= 0)],
)
def test_a_curve_follows_its_formula(function, formula):
    data = curve(function).load()

    assert_allclose(data.targets, formula(data.inputs))
    assert data.task == Curve.task == "regression"


def test_a_curve_keeps_to_its_range():
    x = curve(span=(2.0, 3.0)).load().inputs

    assert x.min() >= 2
    assert x.max() <= 3


def test_noise_of_a_curve_is_in_y_alone():
    still, noisy = curve(rows=10_000).load(), curve(rows=10_000, noise=0.1).load()

    assert_array_equal(noisy.inputs, still.inputs)
    assert_allclose((noisy.targets - still.targets).std(), 0.1, rtol=0.03)


@pytest.mark.parametrize(
    ("function", "span", "told"),
    [
        (
            "sine",
            (5.0, 5.0),
            "range=[5.0, 5.0]: the first end must be the smaller one, as in [-5, 5]",
        ),
        (
            "step",
            (1.0, 3.0),
            "range=[1.0, 3.0]: the step is at 0, outside; take a range around it: [-5, 5]",
        ),
    ],
)
def test_a_range_without_a_curve_is_refused(function, span, told):
    assert [str(problem) for problem in curve(function, span=span).problems()] == [told]
    assert curve(function).problems() == []
