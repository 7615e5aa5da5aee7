"""Who is tied with the best of a sweep: scores within a standard error, over seeds or over rows."""

from dataclasses import replace
from statistics import stdev

import numpy as np
import pytest

from nnrun.bundle.scores import NUMBERS
from nnrun.report.compare import MemberRow, best, combinations, table
from nnrun.report.ties import tie_line, tie_marks


def member(number, values, score, error=None, loss=0.5):
    metrics = {"val": {"r2": score}, "val_loss": loss, "epochs": 3, "rows": {"val": 2000}}
    told = {} if error is None else {"standard_error": {"val": error}}
    return MemberRow(number, f"member {number}", values, "done", NUMBERS[0], metrics | told)


def seeded(**scores):
    """Members of a few choices, each with the scores of its seeds."""
    pairs = [
        (x, seed, score) for x, several in scores.items() for seed, score in enumerate(several)
    ]
    return [member(i, {"x": x, "seed": seed}, score) for i, (x, seed, score) in enumerate(pairs)]


def test_seeds_tell_which_means_are_within_their_standard_errors():
    rows = seeded(a=[0.90, 0.92, 0.94], b=[0.92, 0.92, 0.91], c=[0.80, 0.81, 0.82])

    marks, line = tie_marks(combinations(rows)), tie_line(rows)

    assert marks == ["best", "tied", ""]
    assert line == (
        "1 of the other 2 is tied with it, within a standard error of the difference"
        " on the same 3 seeds"
    )


def test_the_edge_is_the_standard_error_of_the_difference_seed_by_seed():
    first, strays = [0.90, 0.92, 0.98], [-0.01, 0.0, 0.01]
    edge = stdev(strays) / 3**0.5

    for less, marks in ((1.09 * edge, ["best", "tied"]), (1.11 * edge, ["best", ""])):
        lower = [score - less + stray for score, stray in zip(first, strays, strict=True)]
        assert tie_marks(combinations(seeded(a=first, b=lower))) == marks


def test_of_other_seeds_the_standard_errors_add_up():
    first = [0.90, 0.92, 0.94]
    edge = (2 * stdev(first) ** 2 / 3) ** 0.5

    for less, marks in ((1.09 * edge, ["best", "tied"]), (1.11 * edge, ["best", ""])):
        others = [
            member(seed, {"x": "b", "seed": seed}, score - less)
            for seed, score in enumerate(first, start=3)
        ]
        rows = [*seeded(a=first), *others]
        assert tie_marks(combinations(rows)) == marks
        assert "within a standard error over 3 seeds" in tie_line(rows)


def test_folds_are_told_as_folds_and_seeds_of_folds_as_runs():
    split = {"rows": {"train": 80, "val": 20, "test": 50}}
    rows = [
        replace(row, values={"x": row.values["x"], "dataset.split.fold": 1 + row.values["seed"]})
        for row in seeded(a=[0.90, 0.92, 0.94], b=[0.80, 0.82, 0.81])
    ]
    rows = [replace(row, summary=row.summary | split) for row in rows]
    both = [replace(row, values=row.values | {"seed": 0}) for row in rows]

    assert "the same 3 folds" in tie_line(rows)
    assert "the same 3 runs" in tie_line(both)
    for told, repeats in ((rows, "folds"), (both, "runs"), (seeded(a=[0.5, 0.6]), "seeds")):
        assert repeats in table(told, [], 9)[0]


def judged(number, score, right, of_rows="these"):
    """A member with its scores without each of ten groups of rows, whose values are given."""
    without = (right.sum() - right.reshape(10, -1).sum(1)) / (0.9 * len(right))
    kept = {"of_rows": of_rows, "scores": without.tolist()}
    row = member(number, {"x": number}, score, error=0.05)
    return replace(row, summary={**row.summary, "without_groups": kept})


def test_scores_of_the_same_rows_are_compared_row_by_row():
    draw = np.random.default_rng(0)
    hard = draw.normal(size=2000)  # for every network
    error = 0.01 * stdev(draw.normal(size=2000)) / 2000**0.5
    noises = 0.01 * draw.normal(size=(3, 2000))
    noises -= noises.mean(1, keepdims=True)
    first, near, far = noises + hard + np.array([[0], [-0.0002], [-0.003]])
    rows = [judged(i, float(v.mean()), v) for i, v in enumerate((first, near, far))]
    other = [rows[0], judged(1, rows[2].score, far, of_rows="others")]

    assert rows[0].score - rows[2].score > 5 * error
    assert tie_marks(combinations(rows)) == ["best", "tied", ""]
    assert tie_line(rows) == (
        "1 of the other 2 is tied with it, within a standard error of the difference"
        " on the same 2,000 validation rows"
    )
    assert tie_marks(combinations(other)) == ["best", "tied"]
    assert "within a standard error over 2,000 validation rows" in tie_line(other)


def test_one_answer_that_differs_is_no_lead():
    right = np.ones(40)
    wrong, worse = right.copy(), right.copy()
    wrong[7], worse[::4] = 0, 0
    rows = [judged(i, float(v.mean()), v) for i, v in enumerate((right, wrong, worse))]

    assert tie_marks(combinations(rows)) == ["best", "tied", ""]


def test_without_seeds_the_rows_tell_it():
    scores = {1: 0.9, 2: 0.895, 3: 0.8}
    rows = [member(i, {"x": x}, score, error=0.01) for i, (x, score) in enumerate(scores.items())]

    assert tie_marks(combinations(rows)) == ["best", "tied", ""]
    assert tie_line(rows) == (
        "1 of the other 2 is tied with it, within a standard error over 2,000 validation rows"
    )
    assert tie_line(rows[::2]) == (
        "none of the others is within a standard error over 2,000 validation rows"
    )


@pytest.mark.parametrize("rows", [[member(0, {"x": 1}, 0.9, 0.1)], [member(0, {}, 0.9, 0.1)]])
def test_one_choice_alone_is_tied_with_nobody(rows):
    assert tie_marks(combinations(rows)) == []
    assert tie_line(rows) == ""


def test_of_settings_that_failed_nothing_is_told():
    failed = [member(i, {"x": "wild", "seed": i}, None) for i in (2, 3)]

    assert tie_line(seeded(a=[0.90, 0.92]) + failed) == ""
    assert tie_line(seeded(a=[0.90, 0.92], b=[0.1, 0.3]) + failed).startswith("none of the others")
    near = tie_line(seeded(a=[0.90, 0.92], b=[0.92, 0.89]) + failed)
    assert near.startswith("the other is tied with it, within")


def test_a_sweep_of_an_earlier_version_does_not_know_what_is_tied():
    rows = [member(i, {"x": i}, 0.9) for i in range(2)]

    assert tie_marks(combinations(rows)) == []
    assert tie_line(rows) == ""


def test_the_best_member_is_of_the_choice_that_stands_first_in_the_table():
    rows = seeded(lucky=[0.5, 0.99, 0.5], steady=[0.9, 0.91, 0.92])

    _, lines = table(rows, [], 20, tie_marks(combinations(rows)))

    assert best(rows) == rows[5]
    assert lines[0][0] == "steady"
    assert lines[0][-1] == "best"


def test_of_equal_choices_the_one_with_the_lower_loss_is_the_best_everywhere():
    rows = [member(i, {"x": i}, 1.0, 0.0, loss) for i, loss in enumerate((0.3, 0.1, 0.2))]

    marks = tie_marks(combinations(rows))

    assert best(rows) == rows[1]
    assert [one.values["x"] for one in combinations(rows)] == [1, 2, 0]
    assert marks == ["best", "tied", "tied"]
