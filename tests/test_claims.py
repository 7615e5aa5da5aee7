"""What docs/course.md and the experiments say will be seen, is seen: each claim over eight seeds.

The claims stand in benchmarks/, where a script measures them for anyone. The longest are left out,
and run by `make lessons`; benchmarks/course.md has what was measured.
"""

import re
from collections.abc import Callable

import numpy as np
import pytest
from claims import CLAIMS, PAGE, Interval, headings
from course import Lessons, chosen, row

from nnrun.config.catalogue import options

TEXT = PAGE.read_text(encoding="utf-8")

# Sentences that say what something is or where to look, by their beginnings, and why nothing in them is measured.
EXPLAINED = {
    "what stands on the page": (
        "The topics of a first course",
        "A test runs every command",
        "Compare what the bends do",
        "The same on data",
        "Here 360 digits are to be learnt",
        "The network of the course",
    ),
    "what a thing is, or does by its make": (
        "A threshold unit",
        "The perceptron rule",
        "All zeros, and all units of a layer",
        "Plain descent shows it best",
        "The loss decides",
        "L-BFGS guesses the curvature",
        "A schedule starts large",
        "What helps is more data",
    ),
    "where to look, which tests of the folders and pictures hold": (
        "The first two show the weights",
        "Every optimizer runs from the same start",
        "`curves.png` of the sweep",
        "Every run splits its rows in three",
        "Other seeds tell",
        "`confusion.png` shows",
        "Digits of 8×8 pixels",
    ),
    "seconds and minutes, of which machines have their own": (
        "A run takes a few seconds",
        "The table tells who was how soon at the goal (a minute)",
        "A quarter of a minute to a minute",
    ),
}


def sentences(text: str) -> list[str]:
    """The sentences of a page, without its headings, commands, tables and pictures."""
    prose = re.sub(r"^```.*?^```$", "\n", text, flags=re.DOTALL | re.MULTILINE)
    paragraphs = [" ".join(part.split()) for part in re.split(r"\n\s*\n", prose)]
    told = [part for part in paragraphs if not part.startswith(("#", "|", "!["))]
    return [one for part in told for one in re.split(r"(?<=\.)\s+(?=[A-Z`])", part) if one]


def unheld(text: str) -> list[str]:
    """The sentences that no claim quotes and that are no explanation."""
    beginnings = tuple(one for reasons in EXPLAINED.values() for one in reasons)
    quotes = [claim.quote for claim in CLAIMS]
    return [
        sentence
        for sentence in sentences(text)
        if not sentence.startswith(beginnings) and not any(quote in sentence for quote in quotes)
    ]


def test_every_sentence_of_the_course_is_held_by_a_claim_or_explains():
    assert unheld(TEXT) == []


def test_a_sentence_that_nothing_holds_is_found():
    assert unheld(f"{TEXT}\nAdagrad always wins.\n") == ["Adagrad always wins."]


def test_no_explanation_is_left_over():
    found = sentences(TEXT)

    for beginning in (one for reasons in EXPLAINED.values() for one in reasons):
        assert any(sentence.startswith(beginning) for sentence in found), beginning


def test_each_claim_quotes_what_is_said():
    texts = [" ".join(TEXT.split()), *headings().values()]

    assert [claim.quote for claim in CLAIMS if not any(claim.quote in text for text in texts)] == []


def test_what_each_experiment_promises_is_claimed():
    commands = " ".join(claim.command for claim in CLAIMS)

    promised = {name for name in options("experiment", None) if f"experiment={name}" in commands}

    of_any_table = {"table", "table_best", "robust"}  # benchmarks/quality.py measures these
    assert set(options("experiment", None)) - promised == {"smoke"} | of_any_table


def test_an_interval_is_that_of_students_t():
    found = Interval.of(np.array([1.0, 2.0, 3.0, 4.0]))

    assert (found.mean, found.count) == (2.5, 4)
    assert found.high - found.mean == pytest.approx(3.182446 * 1.290994 / 2, rel=1e-6)
    assert found.within(0.4, 4.6)
    assert not found.within(0.5, 4.6)
    assert not found.within(0.4, 4.5)


def test_a_seed_without_a_number_holds_nothing():
    assert not Interval.of(np.array([1.0, np.nan, 1.0])).within(-np.inf, np.inf)


def test_the_table_marks_what_does_not_hold():
    resting = CLAIMS[0]

    assert row(resting, Interval(0, 0, 0, 8)).endswith("| 0, 8 seeds | < 1.00e-9 |")
    assert row(resting, Interval(-1, 0.5, 2, 8)).endswith("| < 1.00e-9, **not held** |")


# What is seen


@pytest.fixture(scope="module")
def lessons() -> Lessons:
    return Lessons()


def by_command(long: bool) -> Callable:
    """One test for each command, whose claims share a training."""
    first = {claim.command: claim.name for claim in reversed(chosen([], long))}
    return pytest.mark.parametrize("command", first, ids=first.values())


def check(command: str, lessons: Lessons) -> None:
    for claim in (claim for claim in CLAIMS if claim.command == command):
        interval = lessons.interval(claim)
        assert interval.within(claim.least, claim.most), f"{claim.name}: {interval}, {claim.bounds}"


@pytest.mark.slow
@by_command(long=False)
def test_what_the_course_says_is_seen(command, lessons):
    check(command, lessons)


@pytest.mark.lesson
@by_command(long=True)
def test_what_the_course_says_is_seen_on_whole_data_sets(command, lessons, published):
    if "mnist" in command or "fashion" in command:
        lessons.images = published("mnist").parent
    check(command, lessons)
