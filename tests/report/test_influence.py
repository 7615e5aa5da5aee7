"""Which settings of a sweep mattered, alone and in pairs, and how sure that is."""

from itertools import product

import numpy as np
import pytest

from nnrun.errors import NUMBERS
from nnrun.report.compare import MemberRow
from nnrun.report.influence import TOO_FEW, by_influence, influence, of_sweep
from nnrun.report.influence_table import worst_and_best


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


# Shares


def ishigami(a, b, c):
    """A function whose shares are known: Ishigami and Homma, 1990."""
    return np.sin(a) + 7 * np.sin(b) ** 2 + 0.1 * c**4 * np.sin(a)


def shares(found):
    return {effect.settings: effect.share for effect in found.effects}


def on_grid(function, steps, seeds=(0,), noise=0.0):
    """Score a grid of three settings between -π and π, with the noise of some seeds."""
    random = np.random.default_rng(1)
    middles = (np.arange(steps) + 0.5) * 2 * np.pi / steps - np.pi
    grid = [*product(middles.tolist(), repeat=3)]
    scores = [[function(*x) + noise * random.normal() for _ in seeds] for x in grid]
    return dict(zip("abc", zip(*grid, strict=True), strict=True)), scores


def test_shares_on_a_grid_are_those_of_a_function_that_is_known():
    found = influence(*on_grid(ishigami, 24))

    assert shares(found)["a",] == pytest.approx(0.3139, abs=6e-3)
    assert shares(found)["b",] == pytest.approx(0.4424, abs=6e-3)
    assert shares(found)["a", "c"] == pytest.approx(0.2437, abs=6e-3)
    assert [one.settings for one in found.effects if one.told] == [("b",), ("a",), ("a", "c")]


def test_seeds_have_a_share_of_their_own():
    def sum_of(a, b, c):
        return a + c * 0

    found = influence(*on_grid(sum_of, 4, seeds=range(3), noise=1.0))

    variance = np.var((np.arange(4) + 0.5) * np.pi / 2)
    assert shares(found)["a",] == pytest.approx(variance / (variance + 1), abs=0.05)
    assert found.left_is == "seeds"
    assert found.left.share == pytest.approx(1 / (variance + 1), abs=0.05)
    assert [one.settings for one in found.effects if one.told] == [("a",)]


def test_forests_find_the_shares_of_a_function_at_settings_that_were_drawn(rng):
    a, b, c = rng.uniform(size=(3, 200))
    scores = [[score] for score in 3 * a + 2 * b]

    found = influence({"a": a.tolist(), "b": b.tolist(), "c": c.tolist()}, scores)

    assert shares(found)["a",] == pytest.approx(9 / 13, abs=0.08)
    assert shares(found)["b",] == pytest.approx(4 / 13, abs=0.08)
    assert shares(found)["c",] < 0.02


@pytest.mark.parametrize("words", [False, True])
def test_nothing_is_told_of_luck_alone(rng, words):
    drawn = rng.integers(0, 6, (2, 50))
    drawn[:, 49] = 7, 7  # so that no grid is filled
    values = {
        key: [f"w{x}" if words else int(x) for x in one]
        for key, one in zip("ab", drawn, strict=True)
    }

    found = influence(values, [[score] for score in rng.normal(size=50)])

    assert not any(one.told for one in found.effects)
    assert found.left.share > 0.9


def test_intervals_of_shares_hold_the_true_one_in_nine_of_ten_cases(rng):
    true = np.add.outer([0.0, 0.5, 1.0], [0.0, 0.3, 0.6, 0.2])
    share = np.var([0.0, 0.5, 1.0]) / (true.var() + 0.09)
    values = {"a": [a for a in range(3) for _ in range(4)], "b": [*range(4)] * 3}

    held = 0
    for _ in range(200):
        scores = true.ravel()[:, None] + 0.3 * rng.normal(size=(12, 3))
        effect = next(
            one for one in influence(values, scores.tolist()).effects if one.settings == ("a",)
        )
        held += effect.low <= share <= effect.high

    assert held / 200 >= 0.8


def test_few_members_that_fill_no_grid_have_ranges_alone():
    found = influence({"a": [1, 2, 3], "b": [1, 2, 1]}, [[0.1], [0.2], [0.3]])

    assert not found.effects
    assert found.why == TOO_FEW
    assert [level.score for level in found.levels["b"]] == [pytest.approx(0.2), 0.2]


def test_a_score_far_below_all_others_does_not_outweigh_them():
    values = {"a": [a for a in range(6) for _ in range(6)], "b": [*range(6)] * 6}
    scores = [[float(a)] for a in values["a"]]
    scores[20] = [-1e9]

    assert influence(values, scores).effects[0].settings == ("a",)


# The edge of what was tried


class Score:
    name, better, lowest, highest, share_below = "r2", 1, -np.inf, 1.0, None


SCORE = Score()


def rows(key, values, scores):
    return [
        MemberRow(i, str(i), {key: value}, "done", SCORE, {"val": {"r2": score}})
        for i, (value, score) in enumerate(zip(values, scores, strict=True))
    ]


@pytest.mark.parametrize(
    ("values", "scores", "told"),
    [
        ([0.001, 0.01, 0.1], [1, 2, 3], "(0.001 to 0.1): widen it, try 1"),
        ([0.001, 0.01, 0.1], [3, 2, 1], "(0.001 to 0.1): widen it, try 0.0001"),
        ([0.001, 0.01, 0.1], [1, 3, 2], ""),
        ([0.001, 0.1], [1, 2], ""),
        ([0.0, 0.1, 0.2], [3, 2, 1], ""),
        ([0.0, 0.1, 0.2], [1, 2, 3], "(0 to 0.2): widen it, try 0.3"),
        ([0.9, 0.95, 0.99], [1, 2, 3], "(0.9 to 0.99): widen it, try 0.995"),
        ([16, 32, 64], [1, 2, 3], "(16 to 64): widen it, try 128"),
        ([[8], [16], [32]], [1, 2, 3], "(8 to 32): widen it"),
        ([[8], [8, 8], [8, 8, 8]], [1, 2, 3], "(8 to 8x8x8): widen it"),
        ([[32], [4, 4], [16]], [1, 2, 3], ""),
        (["adam", "sgd", "gd"], [1, 2, 3], ""),
        ([True, False], [1, 2], ""),
    ],
)
def test_the_best_of_what_has_an_order_may_lie_on_the_edge(values, scores, told):
    found = of_sweep(rows("lr", values, scores))

    assert "".join(str(one).partition("you tried ")[2] for one in found.edges) == told


def test_an_edge_is_not_told_where_a_value_inside_is_tied_with_it():
    made = rows("lr", [1, 2, 3], [0.5, 0.69, 0.7])
    noisy = [
        MemberRow(
            **{
                **vars(row),
                "summary": {**row.summary, "standard_error": {"val": 0.05}, "rows": {"val": 9}},
            }
        )
        for row in made
    ]

    assert of_sweep(noisy).edges == []


def test_a_value_of_which_no_member_came_to_a_score_is_told_as_failed():
    made = rows("lr", [1, 2], [0.5, 0.7])
    lost = MemberRow(2, "2", {"lr": 1e30}, "failed", SCORE, cause=NUMBERS)

    levels = of_sweep([*made, lost]).levels["lr"]

    assert worst_and_best(levels, SCORE.better) == ["failed at 1e+30", "0.7000 at 2"]
