"""What a run came to, in a few words and a large number."""

from __future__ import annotations

import re
from dataclasses import dataclass

from markupsafe import Markup

from nnrun.report import verdict as verdicts
from nnrun.report.metric_tables import ROWS, Lines
from nnrun.report.numbers import NONE, count, number
from nnrun.report.pages.intervals import Interval, intervals
from nnrun.report.pages.run_facts import RunFacts, whole_numbers
from nnrun.report.scores import with_direction, written
from nnrun.runs.summary import metric_at

GOOD, BAD = (verdicts.FITTED,), (verdicts.DIVERGED, verdicts.NOTHING)
OF_FOLDS = (
    "It takes the test and validation rows of all folds as one set; metrics are means over folds."
)
ENDED_EARLY = "it ended before an epoch was over"
SETTING = re.compile(r"[\w.]+=[^\s;,]+")  # in words that advise


@dataclass(frozen=True)
class Said:
    """A verdict in its parts."""

    kind: str
    told: str
    advice: str  # what may help
    look: str  # good, bad, or fair
    of_folds: str = ""  # on which rows it is judged, where there are folds

    @property
    def line(self) -> str:
        """The verdict without what may help; that of a model of all rows has one part alone."""
        return ": ".join(filter(None, [self.kind, self.told]))

    @property
    def typed(self) -> list[str]:
        """The settings that are advised, as one types them; none where words advise."""
        return SETTING.findall(self.advice)

    @property
    def is_typed(self) -> bool:
        """Whether the advice is nothing but settings."""
        return " ".join(self.typed) == self.advice


def verdict_of(facts: RunFacts) -> Said:
    """Take a verdict apart; where there is none, say how far the run came, and what ended it."""
    status = facts.entry.status
    said = str(facts.summary.get("verdict") or "")
    if not said:
        wrong, _, advice = str(facts.record.get("word", "")).partition("; ")
        told = ". ".join(filter(None, [wrong, progress(facts)]))
        look = "bad" if status == "failed" else "fair"
        return Said(status or "no verdict", told, advice, look)
    kind, _, rest = said.partition(": ")
    told, _, advice = rest.partition("; try ")
    look = "good" if kind in GOOD else "bad" if kind in BAD else "fair"
    return Said(kind, told, advice, look, OF_FOLDS if facts.in_folds else "")


def progress(facts: RunFacts) -> str:
    """Tell how many epochs are over."""
    asked = facts.config.get("training", {}).get("epochs")
    done = len(facts.epochs)
    are = "are" if facts.under_way else "were"
    return (
        f"{done:,} of {asked} epochs {are} over" if asked else f"{count(done, 'epoch')} {are} over"
    )


def stats_of(facts: RunFacts) -> Lines:
    """Tell in a few words what was trained on what."""
    choices, parameters = facts.record.get("choices", {}), facts.described.parameters
    told = [
        ["data", str(choices.get("dataset", ""))],
        ["model", str(choices.get("model", facts.described.kind))],
        ["parameters", f"{parameters:,}" if parameters else ""],
        ["learnt from", learnt_from(facts)],
        ["best epoch" if facts.summary else "epochs", epochs_told(facts)],
    ]
    return [line for line in told if line[1]]


def learnt_from(facts: RunFacts) -> str:
    """Count the rows that trained: where a run was trained once more, all of them."""
    if every := metric_at(facts.summary, "refit.rows"):
        return f"all {count(int(every), 'row')}"
    rows = dict(whole_numbers(facts.summary.get("rows") or facts.record.get("rows")))
    return count(rows["train"], "row") + of_bags(facts) if "train" in rows else ""


def of_bags(facts: RunFacts) -> str:
    """Say that other rows train in other bags, where a run has several."""
    bags, fold = (metric_at(facts.config, f"dataset.split.{name}") for name in ("bags", "fold"))
    return f" in the first of {count(int(bags), 'bag')}" if bags and fold is None else ""


@dataclass(frozen=True)
class Hero:
    """The score in large letters, and beside it what simple methods reach."""

    name: str
    value: str
    told: str
    beside: Markup


def hero_of(facts: RunFacts) -> Hero:
    """Put the score beside those of the baselines."""
    name = facts.score
    value = metric_at(facts.metrics, name)
    if value is None:
        return hero_under_way(facts)
    ends = facts.interval(name)
    told = sureness(facts)
    shown = [Interval("this run", value, *(ends or (value, value)))]
    for method, metrics in (facts.summary.get("baselines") or {}).items():
        theirs = metric_at(metrics, name) if isinstance(metrics, dict) else None
        if theirs is not None:
            shown.append(Interval(method, theirs, theirs, theirs, "other"))
    label = f"{written(name)} of this run and of simple methods on the {facts.rows_told}"
    better = facts.entry.known.better
    drawn = intervals(shown, label) if len(shown) > 1 else Markup("")
    return Hero(with_direction(written(name), better), number(value), told, drawn)


def sureness(facts: RunFacts) -> str:
    """Say between which numbers the score is, and of what."""
    if facts.walks:
        return f"after step {number(facts.summary.get('best_epoch'))} of {len(facts.epochs):,}"
    ends, folds = facts.interval(facts.score), len(facts.folds)
    interval = f"95 % interval {number(ends[0])} to {number(ends[1])}" if ends else ""
    over = f"mean of {count(folds, 'fold')}" if folds else ""
    return ", ".join(filter(None, [interval, over, f"on the {facts.rows_told}"]))


def hero_under_way(facts: RunFacts) -> Hero:
    """Tell the newest score, where nothing has been measured at the end."""
    if not facts.epochs:
        told = "no epoch is over yet" if facts.under_way else ENDED_EARLY
        return Hero(told, NONE, "", Markup(""))
    newest = facts.epochs[-1]
    told = f"after epoch {newest.number:,}, on the {ROWS['val']}"
    return Hero(written(facts.score), number(newest.score), told, Markup(""))


def epochs_told(facts: RunFacts) -> str:
    """Tell the best epoch of all, or how many are over where none is known to be the best."""
    if not facts.learnt:
        return ""
    best, done = facts.summary.get("best_epoch"), len(facts.epochs)
    if isinstance(best, int):
        return f"{best:,} of {done:,}"
    return f"{done:,} so far" if facts.under_way else f"{done:,}"
