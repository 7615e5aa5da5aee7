"""Surfaces follow their formulas and are lowest at their goals; a landscape is one row, and goes with its own parts."""

import csv

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose

from nnrun.parts.dataset.landscape import EDGE, SURFACES, GoalMetrics, Landscape
from nnrun.parts.loss import Height

WALK = ("dataset=landscape", "model=point", "loss=height")

FORMULAS = {  # height, and its slopes along x and y
    "valley": lambda x, y: (
        ((0.8 * x + 0.6 * y) ** 2 + 50 * (0.8 * y - 0.6 * x) ** 2) / 20,
        0.08 * (0.8 * x + 0.6 * y) - 3 * (0.8 * y - 0.6 * x),
        0.06 * (0.8 * x + 0.6 * y) + 4 * (0.8 * y - 0.6 * x),
    ),
    "ravine": lambda x, y: (
        (1 - x) ** 2 + 20 * (y - x**2) ** 2,
        -2 * (1 - x) - 80 * x * (y - x**2),
        40 * (y - x**2),
    ),
    "saddle": lambda x, y: (20 * x**2 + (y**2 - 1) ** 2 / 4, 40 * x, y**3 - y),
    "hollow": lambda x, y: (
        x**4 / 4 - x**3 / 3 - x**2 + 8 / 3 + y**2,
        x * (x + 1) * (x - 2),
        2 * y,
    ),
}


@pytest.fixture
def places():
    return np.random.default_rng(0).uniform(-3, 3, (200, 2))


def sloped(surface, places):
    """The loss of each place by itself, and its slope."""
    points = torch.tensor(places, dtype=torch.float64)[
        :, None
    ].requires_grad_()  # members of one row each
    heights = Height(surface)(points, torch.zeros_like(points))
    heights.sum().backward()
    return heights.detach().numpy(), points.grad[:, 0].numpy()


@pytest.mark.parametrize("surface", SURFACES)
def test_height_and_slope_follow_the_formula(surface, places):
    heights, slopes = sloped(surface, places)

    height, along_x, along_y = FORMULAS[surface](*places.T)
    assert_allclose(heights, height)
    assert_allclose(slopes, np.column_stack([along_x, along_y]), atol=1e-9)


@pytest.mark.parametrize("surface", SURFACES)
def test_the_goal_is_at_height_0_and_nothing_is_lower(surface):
    own = SURFACES[surface]
    whole = np.meshgrid(*np.linspace([-EDGE, -EDGE], [EDGE, EDGE], 401).T)

    (height,), (slope,) = sloped(surface, [own.goal])

    assert height == 0
    assert_allclose(slope, 0, atol=1e-12)
    assert own.height(*whole).min() >= 0


@pytest.mark.parametrize("surface", SURFACES)
def test_start_and_goal_can_be_seen(surface):
    own = SURFACES[surface]

    for place in (own.start, own.goal):
        assert all(low < at < high for at, (low, high) in zip(place, own.frame, strict=True))


def test_the_saddle_is_level_where_it_is_no_goal_and_falls_along_y():
    (height, beside), slopes = sloped("saddle", [(0.0, 0.0), (0.0, 0.1)])

    assert (slopes[0] == 0).all()
    assert beside < height == 0.25


def test_the_hollow_holds_whoever_rolls_slowly():
    (height, left, right), slopes = sloped("hollow", [(-1.0, 0.0), (-1.1, 0.0), (-0.9, 0.0)])

    assert height == pytest.approx(9 / 4)
    assert_allclose(slopes[0], 0, atol=1e-12)
    assert min(left, right) > height


def test_beyond_the_edge_the_ground_is_flat():
    heights, slopes = sloped("ravine", [(11.0, 0.0), (1e30, -1e30)])

    assert_allclose(heights, [SURFACES["ravine"].height(EDGE, y) for y in (0, -EDGE)])
    assert slopes[0, 0] == 0
    assert (slopes[1] == 0).all()


def test_the_metrics_of_a_point_are_its_nearness_its_distance_and_its_height():
    found = GoalMetrics("saddle")(np.zeros((1, 2)), np.array([[3.0, 1.0]]), np.array([[0.0, 1.0]]))

    assert found == pytest.approx({"nearness": 0.25, "distance": 3, "height": 180})


def test_a_landscape_is_one_row_that_trains_validates_and_tests():
    data = Landscape("ravine").load()

    assert (data.rows, data.task, Landscape.task) == (1, "landscape", "landscape")
    assert [part.tolist() for part in data.given_split] == [[0]] * 3
    assert data.inputs.tolist() == [[-1.2, 1]]
    assert data.targets.tolist() == [[1, 1]]


# By the front door


@pytest.mark.parametrize("surface", SURFACES)
def test_a_run_keeps_the_path_that_gradient_descent_takes(surface, nnrun):
    ran = nnrun(
        *WALK,
        f"dataset.surface={surface}",
        "optimizer=gd",
        "optimizer.lr=0.01",
        "scheduler=constant",
        "training.epochs=40",
    )

    path, at = [], np.array(SURFACES[surface].start)
    for _ in range(40):
        at = at - 0.01 * np.array(FORMULAS[surface](*at)[1:])
        path.append(at)
    rows = list(csv.DictReader(ran.read("metrics.csv").splitlines()))
    assert_allclose([[float(row["x"]), float(row["y"])] for row in rows], path, atol=1e-4)
    assert_allclose(
        [float(row["val_loss"]) for row in rows],
        [FORMULAS[surface](*at)[0] for at in path],
        rtol=1e-3,
    )
    assert (ran.folder / "path.png").read_bytes().startswith(b"\x89PNG")
    assert ran.json("summary.json")["test"].keys() == {"nearness", "distance", "height"}
    assert ran.json("summary.json")["baselines"] == {}


def test_the_verdict_tells_the_steps_to_the_goal(small):
    words = (*WALK, "optimizer=gd", "scheduler=constant", "training.epochs=300")

    there, lost = (small(*words, f"optimizer.lr={lr}") for lr in (0.2, 3))

    heights = [
        float(row["val_loss"]) for row in csv.DictReader(there.read("metrics.csv").splitlines())
    ]
    steps = 1 + max(
        i + 1
        for i, height in enumerate(heights)
        if height > 1e-3 * SURFACES["valley"].height(-6, -3)
    )
    assert f"verdict   reached the goal after {steps} steps" in there.out
    assert "verdict   did not reach the goal in 300 steps: the lowest height was" in lost.out
    assert lost.code == 0


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (
            ["dataset=landscape"],
            "dataset=landscape: is a surface for a point to walk on, with no rows to learn from;"
            " add model=point loss=height",
        ),
        (["model=point"], "model=point: is for dataset=landscape alone; use model=mlp"),
        (
            ["loss=height", "dataset=digits"],
            "loss=height: is for dataset=landscape alone; use loss=auto",
        ),
        (
            [*WALK, "training.batch_size=3"],
            "training.batch_size=3: has no effect, as a landscape has one row; leave it out",
        ),
        (
            [*WALK, "dataset.surface=valey"],
            "dataset.surface='valey': expected one of valley, ravine, saddle, hollow; did you mean 'valley'?",
        ),
    ],
)
def test_parts_that_do_not_go_with_a_landscape_are_told(words, line, nnrun):
    ran = nnrun(*words)

    assert ran.code == 2
    assert f"error: {line}\n" in ran.err
    assert ran.folders == []
