"""A sweep over landscapes is a race: each runner at its best learning rate, the steps counted, the paths drawn."""

import csv

import numpy as np
import pytest

RATES = (0.02, 0.2, 2)


@pytest.fixture
def race(nnrun):
    """Run a small race with one worker."""

    def run(*words):
        return nnrun(
            "experiment=optimizer_race", "training.epochs=200", "hydra.launcher.workers=1", *words
        )

    return run


def descend(rate: float, momentum: float) -> list[float]:
    """The heights of gradient descent in the valley, by its matrix."""
    turned = np.array([[0.8, 0.6], [-0.6, 0.8]])
    curved = turned.T @ np.diag([0.1, 5]) @ turned
    at, velocity, heights = np.array([-6.0, -3.0]), np.zeros(2), []
    for _ in range(200):
        velocity = momentum * velocity + curved @ at
        at = at - rate * velocity
        heights.append(float(at @ curved @ at / 2))
    return heights


def settled(heights: list[float]) -> int | None:
    """The step from which on all heights are at most a thousandth of the first."""
    start = np.array([-6.0, -3.0])
    near = (
        1e-3
        * ((0.8 * start[0] + 0.6 * start[1]) ** 2 + 50 * (0.8 * start[1] - 0.6 * start[0]) ** 2)
        / 20
    )
    return next((i + 1 for i in range(len(heights)) if max(heights[i:]) <= near), None)


def table(folder, name="steps.csv"):
    return list(csv.DictReader((folder / name).read_text().splitlines()))


def test_each_runner_has_the_rate_with_which_it_needs_the_fewest_steps(race):
    ran = race(
        "optimizer=gd,momentum",
        "dataset.surface=valley",
        f"optimizer.lr={','.join(map(str, RATES))}",
    )

    assert ran.code == 0, ran.err
    found = {row["optimizer"]: row for row in table(ran.folder)}
    for optimizer, momentum in (("gd", 0.0), ("momentum", 0.9)):
        steps = {
            rate: settled(descend(rate, momentum)) for rate in RATES[:2]
        }  # with the last, points leave the map
        best = min((rate for rate in steps if steps[rate]), key=lambda rate: steps[rate])
        assert (found[optimizer]["optimizer.lr"], found[optimizer]["steps"]) == (
            str(best),
            str(steps[best]),
        )


def test_steps_are_told_in_a_table_and_courses_and_paths_are_drawn(race):
    ran = race("optimizer=gd,momentum", "dataset.surface=valley,ravine", "optimizer.lr=0.006,0.2")

    steps = {(row["optimizer"], row["dataset.surface"]): row["steps"] for row in table(ran.folder)}
    lines = [line.split() for line in ran.out.splitlines() if line.startswith(("gd", "momentum"))]
    assert lines == [
        [
            "momentum",
            steps["momentum", "valley"],
            "at",
            "0.2",
            steps["momentum", "ravine"],
            "at",
            "0.006",
        ],
        ["gd", steps["gd", "valley"], "at", "0.2", "–"],
    ]
    assert steps["gd", "ravine"] == ""
    assert all((ran.folder / name).stat().st_size > 10_000 for name in ("curves.png", "paths.png"))
    assert not (ran.folder / "sweep.png").exists()


def test_where_only_the_rate_varies_each_rate_runs(race):
    ran = race(
        "optimizer=gd", "dataset.surface=valley", "optimizer.lr=0.02,0.2", "output.pictures=false"
    )

    assert [row["optimizer.lr"] for row in table(ran.folder)] == ["0.02", "0.2"]
    assert not list(ran.folder.glob("*.png"))


def test_momentum_wins_in_the_valley_and_adagrad_on_the_saddle(race):
    ran = race(
        "optimizer=gd,momentum,nesterov,adagrad",
        "dataset.surface=valley,saddle",
        "optimizer.lr=0.06,0.2,0.6",
        "output.pictures=false",
    )

    steps = {
        (row["optimizer"], row["dataset.surface"]): int(row["steps"])
        for row in table(ran.folder)
        if row["steps"]
    }
    assert steps["nesterov", "valley"] < steps["gd", "valley"] / 3
    assert steps["adagrad", "saddle"] < steps["momentum", "saddle"]
    assert ("gd", "saddle") not in steps
