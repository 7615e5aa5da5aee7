"""What a run consists of: the folds that it is judged in, and the networks that it averages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from nnrun.report.metric_tables import ROWS
from nnrun.report.numbers import NONE, count, number, within
from nnrun.report.pages.intervals import Interval, intervals
from nnrun.report.pages.page import Grid
from nnrun.report.pages.run_facts import SURE, RunFacts, told_in, within_bounds
from nnrun.report.scores import written
from nnrun.runs.summary import metric_at

MOST_DRAWN = 30  # folds and networks of which each is drawn and listed


@dataclass(frozen=True)
class Parts:
    """How the parts of a run differ."""

    heading: str
    told: str
    drawn: Markup
    table: Grid


def folds_of(facts: RunFacts) -> Parts | None:
    """Tell each fold's score on the rows that it never saw; nothing of a run without folds."""
    each = facts.folds
    if not each:
        return None
    rows = [fold_row(place, one, facts.score) for place, one in enumerate(each, 1)]
    score = written(facts.score)
    headings = ["fold", f"{score} on its test rows", f"{score} on its validation rows"]
    headings += ["test rows", "best epoch"]
    table = Grid(f"Each fold{left_out(each)}", headings, rows[:MOST_DRAWN])
    return Parts("Fold by fold", over_folds(facts), drawn_folds(facts, each), table)


def fold_row(place: int, one: dict[str, Any], score: str) -> list[str]:
    """Tell of one fold."""
    test = within(metric_at(one, f"test.{score}"), metric_at(one, "standard_error.test"))
    val, rows = metric_at(one, f"val.{score}"), metric_at(one, "rows.test")
    best, epochs = (metric_at(one, name) for name in ("best_epoch", "epochs"))
    return [str(place), test, number(val), number(rows), f"{number(best)} of {number(epochs)}"]


def drawn_folds(facts: RunFacts, each: Sequence[dict[str, Any]]) -> Markup:
    """Draw each fold's score with its interval over rows, and where the mean is."""
    shown = []
    for place, one in enumerate(each[:MOST_DRAWN], 1):
        value = metric_at(one, f"test.{facts.score}")
        if value is not None:
            reach = SURE * (metric_at(one, "standard_error.test") or 0.0)
            ends = within_bounds(facts.score, value, reach)
            shown.append(Interval(f"fold {place}", value, *ends))
    label = f"{written(facts.score)} of each fold on its test rows, with 95 % intervals"
    return intervals(shown, label, metric_at(facts.summary, "out_of_fold.mean"))


def over_folds(facts: RunFacts) -> str:
    """Say how the score differs from fold to fold, and what that allows to say of its mean."""
    told = {
        name: metric_at(facts.summary, f"out_of_fold.{name}")
        for name in ("mean", "deviation", "low", "high", "repeats")
    }
    many = len(facts.folds)
    spread = f"Mean ± deviation of {count(many, 'fold')}: {within(told['mean'], told['deviation'])}"
    if (told["repeats"] or 1) > 1:
        spread += f", of {number(told['repeats'])} ways to divide the rows"
    if told["low"] is None:
        return f"{spread}. So few folds allow no interval of the mean."
    ends = f"{number(told['low'])} to {number(told['high'])}"
    return (
        f"{spread}. The mean of other folds like these is {ends} in 95 of 100 cases, wider"
        " than their deviation alone would say, as folds learn from rows in common (Nadeau–Bengio)."
    )


def networks_of(facts: RunFacts) -> Parts | None:
    """Tell of each network that is averaged; nothing where there is one alone."""
    each = told_in(facts.summary, "networks")
    if len(each) < 2:
        return None
    bags = {metric_at(one, "bag") for one in each}
    bagged = bags != {None}
    rows = [network_row(place, one, bagged) for place, one in enumerate(each, 1)]
    judged_by = "rows that its bag held out" if len(bags) > 1 else ROWS["val"]
    headings = ["network", *(["bag"] if bagged else []), "seed"]
    headings += [f"loss of the {judged_by}", "best epoch"]
    table = Grid(f"Each network{left_out(each)}", headings, rows[:MOST_DRAWN])
    values = [metric_at(one, "val_loss") for one in each[:MOST_DRAWN]]
    shown = [
        Interval(f"network {place}", value, value, value)
        for place, value in enumerate(values, 1)
        if value is not None
    ]
    label = f"loss of each network at its best epoch, of the {judged_by}"
    told = f"It answers with the mean of {count(len(each), 'network')}, {apart(len(bags))}"
    return Parts("Network by network", told, intervals(shown, label), table)


def apart(bags: int) -> str:
    """Say in what networks differ."""
    if bags < 2:
        return "which differ in their seeds alone."
    rows = f"which differ in their seeds and, in {count(bags, 'bag')}, in the rows that taught them"
    return f"{rows}. Losses of unlike bags are of other rows, and say little of which is better."


def members_of(facts: RunFacts) -> Parts | None:
    """List the members of a sweep of which it is the mean; nothing of any other run."""
    each = told_in(facts.summary, "members")
    if not each:
        return None
    score = f"val_{facts.score}"
    rows = [
        [str(one.get("name", "")), number(metric_at(one, "count")), number(metric_at(one, score))]
        for one in each
    ]
    headings = ["member", "times", f"{written(facts.score)} on the {ROWS['val']}"]
    table = Grid(f"The members that were chosen{left_out(each)}", headings, rows[:MOST_DRAWN])
    told = f"It answers with the mean of {count(len(each), 'member')} of a sweep"
    return Parts(
        "What it averages", f"{told}; who counts more is taken several times.", Markup(""), table
    )


def network_row(place: int, one: dict[str, Any], bagged: bool) -> list[str]:
    """Tell of one network."""
    seed, bag = metric_at(one, "seed"), metric_at(one, "bag")
    loss, best = metric_at(one, "val_loss"), metric_at(one, "best_epoch")
    before = [str(place), *([number(bag)] if bagged else [])]
    return [*before, NONE if seed is None else f"{seed:.0f}", number(loss), number(best)]


def left_out(each: Sequence[Any]) -> str:
    return f"; the first {MOST_DRAWN} of {len(each):,}" if len(each) > MOST_DRAWN else ""
