"""Which setting of a sweep matters most."""

import numpy as np
import pytest

from nnrun.report.pictures.influence import by_influence


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def test_the_setting_whose_values_tell_most_of_the_scores_comes_first(rng):
    grid = [(lr, width) for lr in (0.1, 0.2, 0.3) for width in (8, 16, 32)]
    values = {"width": [width for _, width in grid], "lr": [lr for lr, _ in grid]}

    scores = [-((lr - 0.2) ** 2) + width * 1e-5 for lr, width in grid]

    assert by_influence(values, scores) == ["lr", "width"]


def test_one_lost_member_does_not_decide(rng):
    grid = [(a, b) for a in "xyz" for b in "uvw"]
    values = {"a": [a for a, _ in grid], "b": [b for _, b in grid]}
    scores = ["xyz".index(a) + rng.normal() / 10 for a, _ in grid]
    scores[5] = -1e9

    assert by_influence(values, scores)[0] == "a"


def test_numbers_that_are_drawn_are_cut_into_parts(rng):
    lr, noise = rng.uniform(size=(2, 60))
    values = {"noise": noise.tolist(), "lr": lr.tolist()}

    assert by_influence(values, (-((lr - 0.5) ** 2)).tolist())[0] == "lr"


@pytest.mark.parametrize("scores", [[1.0, 1.0, 1.0], [3.0, 1.0, 2.0]])
def test_settings_that_tell_nothing_stay_in_their_order(scores):
    assert by_influence({"b": ["x", "y", "z"], "a": [1, 1, 1]}, scores) == ["b", "a"]
