"""The page of a comparison: which is best, how far others lie behind, whether that is luck."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from nnrun.report import contrast_tables as tables
from nnrun.report.cells import Cell, Metric, differing
from nnrun.report.contrasts import Contrast, Disagreement, Verdict
from nnrun.report.metric_tables import Lines
from nnrun.report.numbers import count, number
from nnrun.report.pages.intervals import Interval, intervals, strips
from nnrun.report.pages.page import Grid, grid, write_page
from nnrun.report.scores import with_direction, written
from nnrun.runs.names import short_key

MOST = 200  # cells of a page
DRAWN = 16  # in a drawing
LEADERS = 8  # beside the verdict
NAMED = 4  # settings of a cell in a title
PHRASES = {
    Verdict.WORSE: "worse, beyond doubt",
    Verdict.TIED: "tied with it",
    Verdict.UNKNOWN: "not to be told from it yet",
}
LOOKS = {Verdict.WORSE: "own", Verdict.TIED: "other", Verdict.UNKNOWN: "other"}


@dataclass(frozen=True)
class Comparison:
    """Cells, the best first, and how far the others lie behind it."""

    cells: Sequence[Cell]
    found: Sequence[Contrast]
    metric: Metric
    apart: Sequence[Disagreement]  # rows in which the first two differ most

    @property
    def keys(self) -> list[str]:
        return differing(self.cells)

    def name(self, place: int) -> str:
        """Name a cell by its letter and by what is its own."""
        values = [tables.value_of(self.cells[place], key) for key in self.keys[:NAMED]]
        return f"{tables.label(place)}  {', '.join(values)}"

    def settings(self, place: int) -> str:
        """Write in what a cell differs."""
        pairs = [
            f"{short_key(key, self.keys)}={tables.value_of(self.cells[place], key)}"
            for key in self.keys
        ]
        return ", ".join(pairs) or self.cells[place].members[0].folder.name


def comparison_page(told: Comparison, view: str = "") -> str:
    """Write the page of a comparison."""
    return write_page(
        "comparison.html",
        f"{count(len(told.cells), 'choice')} by {written(told.metric.name)}",
        {"curves": []},
        view=view,
        metric=metric_told(told.metric),
        headline=told.cells[0].spread(told.metric.name),
        best=told.settings(0),
        sure=sure(told),
        look="good" if all(one.verdict is Verdict.WORSE for one in told.found) else "fair",
        next=next_steps(told),
        stats=stats_of(told),
        behind=behind(told),
        values=values(told),
        main=main_grid(told),
        explanations=explanations(told),
        metrics=grid("Metrics of the first few", tables.metric_table(told.cells, told.metric)),
        apart=apart_grid(told),
        folders=folders_grid(told),
    )


def metric_told(metric: Metric) -> str:
    return f"{metric.part} {with_direction(written(metric.name), metric.better)}"


def sure(told: Comparison) -> str:
    """Say of how many others it is known that they are worse, and over what."""
    others = [one.verdict for one in told.found]
    over = f", over {told.found[0].over}" if told.found[0].over else ""
    if len(set(others)) == 1:
        who = "The other one is" if len(others) == 1 else f"All of the other {len(others)} are"
        return f"{who} {PHRASES[others[0]]}{over}"
    parts = [f"{others.count(one)} {phrase}" for one, phrase in PHRASES.items() if one in others]
    return f"Of the other {len(others)}, {', '.join(parts)}{over}"


def next_steps(told: Comparison) -> list[str]:
    """Say what would tell more."""
    lines = tables.explanations(told.cells[:MOST], told.found[: MOST - 1])
    few = [text for name, text in lines if name == "interval" and "train at least" in text]
    return [*few, *(text for name, text in lines if name == "seeds")][:5]


def stats_of(told: Comparison) -> Lines:
    """Count what is compared."""
    runs = sum(len(cell.members) for cell in told.cells)
    first = told.cells[0].members[0]
    rows = (first.summary.get("rows") or {}).get(told.metric.part)
    lines = [["runs", f"{runs:,}"], ["choices of settings", f"{len(told.cells):,}"]]
    return [*lines, [f"{told.metric.part} rows", f"{rows:,}"]] if isinstance(rows, int) else lines


# Drawings


def behind(told: Comparison) -> Markup:
    """Draw how far each lies behind the best, with its interval."""
    shown = []
    for place, one in enumerate(told.found[:LEADERS], 1):
        estimate = one.estimate
        ends = (estimate.low, estimate.high) if estimate.told else (estimate.mean, estimate.mean)
        shown.append(Interval(told.name(place), estimate.mean, *ends, LOOKS[one.verdict]))
    label = f"how far each lies behind the best, in {written(told.metric.name)}; 0 is no difference"
    return intervals(shown, label, mark=0.0)


def values(told: Comparison) -> Markup:
    """Draw what each run reached."""
    shown = [
        (told.name(place), cell.values(told.metric.name))
        for place, cell in enumerate(told.cells[:DRAWN])
    ]
    return strips(shown, f"{metric_told(told.metric)} of each run, and their means")


# Tables


def main_grid(told: Comparison) -> Grid:
    """List the cells, the best first."""
    cells, found = told.cells[:MOST], told.found[: MOST - 1]
    more = len(told.cells) - len(cells)
    left = f"; {more:,} more are left out" if more else ""
    table = tables.main_table(cells, found, told.metric)
    headings, rows = table
    return Grid(f"The best first{left}", ["", *headings[1:-1], "verdict"], rows, True, (0,))


def explanations(told: Comparison) -> list[list[str]]:
    """Say over what intervals are, a line for each."""
    lines = tables.explanations(told.cells[:MOST], told.found[: MOST - 1])
    return [list(one) for one in lines if one[0] != "seeds"]


def apart_grid(told: Comparison) -> Grid | None:
    """List the rows in which the first two differ most."""
    if not told.apart:
        return None
    names = told.cells[0].members[0].predictions.names
    table = tables.row_table(told.apart, names, tables.label(1))
    return grid("The rows in which A and B differ most", table)


def folders_grid(told: Comparison) -> Grid:
    """List all runs, with the seeds in which they differ."""
    every = [one.seeds for cell in told.cells for one in cell.members]
    varied = [place for place, seeds in enumerate(zip(*every, strict=True)) if len({*seeds}) > 1]
    rows = []
    for place, cell in enumerate(told.cells[:MOST]):
        for one in cell.members:
            seeds = ", ".join(one.seeds[place] for place in varied or [0])
            value = number(one.metric(told.metric.name))
            rows.append([tables.label(place), str(one.folder), seeds, value])
    return Grid("Every run", ["", "folder", "seeds", str(told.metric)], rows, True)
