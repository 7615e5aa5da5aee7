"""The metrics of a run, beside those of simple methods and of other rows."""

from __future__ import annotations

from nnrun.report.metric_tables import ROWS
from nnrun.report.numbers import number
from nnrun.report.pages.page import Grid
from nnrun.report.pages.run_facts import RunFacts
from nnrun.report.scores import written
from nnrun.runs.summary import PARTS, metric_at

OF_TARGET = ("r2", "rmse", "mae", "pinball", "crps", "max_error")
OF_CLASS = ("precision", "recall", "f1", "auc", "average_precision")


def metrics_grid(facts: RunFacts) -> Grid:
    """Put the metrics of the judged rows beside baselines, and beside those of other rows."""
    simple = facts.summary.get("baselines") or {}
    others = [] if facts.walks else other_parts(facts)
    tests = facts.summary.get("tests") or {}
    columns = [*simple.values(), *(facts.summary[part] for part in others), *tests.values()]
    rows = []
    for name in plain_metrics(facts):
        theirs = [number(metric_at(metrics or {}, name)) for metrics in columns]
        value = number(metric_at(facts.metrics, name))
        rows.append([written(name), value, interval_told(facts, name), *theirs])
    headings = ["", "this run", "95 % interval", *simple, *(ROWS[part] for part in others), *tests]
    place = "at its best step" if facts.walks else f"on the {facts.rows_told}"
    if facts.in_folds:
        place = f"on the {facts.rows_told}, each the mean over folds"
    return Grid(f"Metrics {place}", headings, rows)


def tests_told(facts: RunFacts) -> list[str]:
    """Say what the rows are of each further test."""
    tests = facts.summary.get("tests") or {}
    return [f"{name}: {one['rows']:,} {one['of']}" for name, one in tests.items()]


def other_parts(facts: RunFacts) -> list[str]:
    """Name the parts of the rows beside the one that judges."""
    return [part for part in PARTS[::-1] if part != facts.part and facts.summary.get(part)]


def plain_metrics(facts: RunFacts) -> list[str]:
    """List the metrics that are one number, the score first."""
    names = [name for name, value in facts.metrics.items() if isinstance(value, int | float)]
    deeper = [
        f"{name}.median"
        for name, value in facts.metrics.items()
        if metric_at(facts.metrics, f"{name}.median") is not None and isinstance(value, dict)
    ]
    every = [*names, *deeper]
    return sorted(every, key=lambda name: name != facts.score)


def interval_told(facts: RunFacts, name: str) -> str:
    ends = facts.interval(name)
    return f"{number(ends[0])} to {number(ends[1])}" if ends else ""


def inner_grid(facts: RunFacts) -> Grid | None:
    """Lay out the metrics of each target or class, where there are several."""
    for key, names, noun in (("per_target", OF_TARGET, "target"), ("per_class", OF_CLASS, "class")):
        each = facts.metrics.get(key)
        if isinstance(each, dict) and len(each) > 1:
            known = [
                name for name in names if metric_at(next(iter(each.values())), name) is not None
            ]
            rows = [
                [one, *(number(metric_at(of, name)) for name in known)] for one, of in each.items()
            ]
            headings = [noun, *map(written, known)]
            return Grid(f"By {noun}, on the {facts.rows_told}", headings, rows, sortable=True)
    return None
