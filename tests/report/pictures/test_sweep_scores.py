"""What sweep.png shows of members: choices of settings in their order, and what the sweep was."""

import math

import pytest

from nnrun.bundle.scores import NUMBERS, error
from nnrun.report.compare import MemberRow, combinations
from nnrun.report.pictures.sweep_scores import picture, score_board
from nnrun.report.ties import tie_marks

R2, ERROR = NUMBERS[0], error("rmse")


def members(*lines, watched=R2):
    """Rows with these settings and scores; one without a score has failed."""
    rows = []
    for i, (values, score) in enumerate(lines):
        summary = {} if score is None else {"val": {watched.name: score}, "rows": {"val": 50}}
        status = "failed" if score is None else "done"
        rows.append(MemberRow(i, f"m{i}", values, status, watched, summary))
    return rows


def test_seeds_are_taken_together_in_the_order_in_which_settings_were_asked_for():
    grid = [({"optimizer.lr": lr, "seed": seed}, lr + seed) for lr in (2, 1) for seed in (0, 1)]

    board = score_board(members(*grid), "Digits")

    assert [choice.values for choice in board.choices] == [{"optimizer.lr": lr} for lr in (2, 1)]
    assert [choice.scores for choice in board.choices] == [[2, 3], [1, 2]]
    assert [choice.error for choice in board.choices] == pytest.approx([0.5, 0.5])
    assert board.best == (0, 3)


def test_the_title_says_the_data_the_score_what_varies_and_how_many():
    lines = [({"optimizer.lr": lr, "seed": seed}, 0.5) for lr in (1, 2) for seed in (0, 1)]

    board = score_board(members(*lines, ({"optimizer.lr": 3, "seed": 0}, None)), "Digits")

    assert board.title == "Digits: validation R² by lr"
    assert board.subtitle == "5 members, 1 to 2 seeds each, 1 failed: lr=3"
    assert (board.score, board.bounds[1], board.uncertainty) == ("validation R²", 1, "2 seeds")


def test_of_many_that_failed_the_first_are_named():
    lines = [({"lr": lr, "b": "x"}, None if lr else 0.5) for lr in range(6)]

    told = score_board(members(*lines), "Digits").subtitle

    assert told == "6 members, 5 failed: lr=1, b=x; lr=2, b=x; lr=3, b=x; 2 more"


def test_who_is_tied_with_the_best_is_told_as_in_the_table():
    scores = {(1, 0): 0.50, (1, 1): 0.60, (2, 0): 0.51, (2, 1): 0.58, (3, 0): 0.2, (3, 1): 0.3}
    rows = members(*(({"lr": lr, "seed": seed}, s) for (lr, seed), s in scores.items()))

    board = score_board(rows, "Digits")

    every = combinations(rows)
    told = zip(every, tie_marks(every), strict=True)
    marks = {one.values["lr"]: mark for one, mark in told}
    assert [choice.tied for choice in board.choices] == [marks[lr] == "tied" for lr in (1, 2, 3)]
    assert any(choice.tied for choice in board.choices)


def test_a_single_row_is_no_uncertainty():
    rows = members(({"lr": 1}, 0.2), ({"lr": 2}, 0.4))
    for row in rows:
        row.summary["standard_error"] = {"val": math.inf}

    assert [choice.error for choice in score_board(rows, "Digits").choices] == [None, None]


def test_where_seeds_alone_vary_they_are_shown():
    board = score_board(members(({"seed": 0}, 0.2), ({"seed": 1}, 0.4)), "Digits")

    assert board.seeds_alone
    assert [choice.values for choice in board.choices] == [{"seed": 0}, {"seed": 1}]
    assert board.best == (1, 0.4)


def test_where_less_is_better_the_axis_says_so():
    board = score_board(members(({"lr": 1}, 3.0), ({"lr": 2}, 5.0), watched=ERROR), "Houses")

    assert board.score == "validation RMSE (less is better)"
    assert board.best == (0, 3.0)


@pytest.mark.parametrize(
    "lines",
    [
        [({"seed": 0}, 0.5)],
        [({"a": 1, "b": "x"}, 1.0), ({"a": 2, "b": "x"}, 1.0)],
        [({f"key{k}": (i * k) % 3 for k in range(9)}, -(10.0**i)) for i in range(12)],
        [({"widths": [64] * i, "lr": 0.0}, None if i == 1 else 0.5) for i in range(1, 40)],
    ],
    ids=["one", "constant", "nine settings", "long words"],
)
def test_every_sweep_can_be_drawn(lines):
    assert picture(members(*lines), "Data").startswith(b"\x89PNG")
