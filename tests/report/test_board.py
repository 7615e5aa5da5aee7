"""What a person sees of a sweep while it goes on."""

import pytest

from nnrun.bundle.scores import NUMBERS
from nnrun.report.board import Board, show_plan
from nnrun.report.compare import MemberRow
from nnrun.report.screen import Screen
from nnrun.runs.job import Job
from nnrun.runs.ledger import Ledger


@pytest.fixture
def told():
    """The lines that a screen keeps in the log."""
    lines = []
    return lines, Screen(lines.append)


def test_a_plan_tells_the_shards_of_each_cohort_and_why_it_is_one(told):
    lines, screen = told

    show_plan(screen, [[3, 2], [1, 1], [1]], 2, ["", "optimizer Lbfgs", "loss Mae"])

    assert lines == [
        "sweep     8 members in 3 cohorts, 2 workers",
        "          cohort 1, 3 + 2 together",
        "          cohort 2, 2 one by one: optimizer Lbfgs",
        "          cohort 3, 1 alone: loss Mae",
    ]


def test_members_are_told_as_they_are_done_or_fail(told, tmp_path):
    lines, screen = told
    job = Job({}, ["optimizer.lr=2", "output.folder=rates"], {}, ["--trust", "net"])
    ledger = Ledger(tmp_path, [f"lr={i}" for i in range(12)], [job] * 12, {})
    summary = {"val": {"r2": 0.5}, "best_epoch": 2, "epochs": 3}

    board = Board(screen, ledger, finished=8)
    board.done(MemberRow(0, "lr=0", {}, "done", NUMBERS[0], summary))
    board.failed(2, "loss became nan")
    board.split([3, 4], "its worker died")

    assert lines == [
        " 9/12 lr=0  val r2 0.5000  best epoch 2 of 3",
        "10/12 lr=2  failed: loss became nan",
        "      nnrun --trust net optimizer.lr=2",
        "2 members cannot go on together (its worker died); trying each half",
    ]
