"""Who is tied with the best of a sweep: scores within a standard error, over seeds or over rows."""

from statistics import stdev

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
    rows = seeded(a=[0.90, 0.92, 0.94], b=[0.89, 0.92, 0.925], c=[0.80, 0.81, 0.82])

    marks, line = tie_marks(combinations(rows)), tie_line(rows)

    assert marks == ["best", "tied", ""]
    assert line == "1 of the other 2 is tied with it, within a standard error over 3 seeds"


def test_the_edge_is_the_standard_error_of_the_difference():
    first = [0.90, 0.92, 0.94]
    edge = (2 * stdev(first) ** 2 / 3) ** 0.5

    for less, marks in ((0.99 * edge, ["best", "tied"]), (1.01 * edge, ["best", ""])):
        rows = seeded(a=first, b=[score - less for score in first])
        assert tie_marks(combinations(rows)) == marks


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
