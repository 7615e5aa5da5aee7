"""The picture of predicted numbers beside the true ones, and of how far they are off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator
from numpy import ndarray

from nnrun.report.numbers import number, share
from nnrun.report.pictures.figure import (
    BLUE,
    GREY,
    ORANGE,
    PER_INCH,
    WIDEST,
    Look,
    add_legend,
    add_title,
    blank,
    in_lines,
    open_frame,
    png,
    rows_for,
)
from nnrun.report.scores import axis_ends, written

SHOWN = 6  # targets on a page
ABREAST = 3  # of them in a row
POINTS = 3000  # dots of a scatter
BARRED = 150  # of them whose deviations can be told apart
BINS = 60  # of a histogram, at most
TAILS = 100  # rows from which the first and the last per cent are told apart
FAR = 1.0  # ranges of the true values beyond them: what is predicted farther off is cut
MEASURED = ("r2", "below", "pinball", "rmse", "coverage_90")  # that a title tells
IN_UNITS = ("rmse", "pinball")  # of these, those that have the target's unit
CURVE = 200  # steps of a normal curve


@dataclass(frozen=True)
class FittedTarget:
    """What was predicted of a target, beside what is true of the same rows."""

    name: str
    unit: str  # empty where nobody knows
    true: ndarray
    predicted: ndarray
    deviations: ndarray  # that were predicted; empty where none were
    metrics: dict[str, float]
    share_below: float | None = None  # where a quantile was predicted, which

    @property
    def title(self) -> str:
        """The target's name, and how well it is predicted."""
        told = [self.measured(name) for name in MEASURED if name in self.metrics]
        return f"{self.name}: {', '.join(told)}"

    def measured(self, name: str) -> str:
        """Write a metric with its unit."""
        value = self.metrics[name]
        if name == "below":
            return f"{share(value)} at or below, {share(self.share_below or 0)} aimed at"
        if name == "coverage_90":
            return f"{share(value)} within the 90% interval"
        told = f"{written(name)} {number(value)}"
        return self.with_unit(told, told) if name in IN_UNITS else told

    def with_unit(self, text: str, without: str) -> str:
        """Add the unit to a text; give another where it is not known."""
        return f"{text} {self.unit}" if self.unit else without

    @property
    def what(self) -> str:
        """What the predicted number is."""
        if self.share_below is None:
            return self.with_unit("predicted,", "predicted")
        return f"predicted {share(self.share_below)} quantile"

    @property
    def errors(self) -> ndarray:
        return self.predicted - self.true


def fit(targets: Sequence[FittedTarget], rows: str, title: str) -> bytes:
    """Draw predicted against true for each target, and below how the errors are spread."""
    shown = worst(targets)
    across = rows_for(len(shown), rows_for(len(shown), ABREAST))
    down = rows_for(len(shown), across)
    figure = blank(min(WIDEST, max(6.0, 3.15 * across)), 5.4 * down + 0.6)
    grid = figure.add_gridspec(2 * down, across, height_ratios=[3, 2] * down)
    letters = int(figure.get_figwidth() / across * PER_INCH)
    for place, target in enumerate(shown):
        row, column = divmod(place, across)
        upper = figure.add_subplot(grid[2 * row, column])
        lower = figure.add_subplot(grid[2 * row + 1, column])
        draw_dots(upper, target)
        draw_errors(lower, target)
        upper.set_title(in_lines(target.title, letters), fontsize=10)
        if column == 0:
            upper.set_ylabel(target.what)
            lower.set_ylabel(rows)
        open_frame(upper, lower)
    add_legend(figure, marks(shown), "", [])
    left = f"; the {SHOWN} worst of {len(targets)} targets" if len(shown) < len(targets) else ""
    add_title(figure, title, f"{len(shown[0].true):,} {rows}{left}")
    return png(figure)


def marks(shown: list[FittedTarget]) -> list[Artist]:
    """Make the legend's marks of all that is drawn beside dots and bars."""
    made: list[Artist] = [Line2D([], [], color=GREY, linewidth=0.8, label=line_name(shown[0]))]
    rows = len(shown[0].true)
    if shown[0].deviations.size:
        few = f", of {BARRED} rows" if rows > BARRED else ""
        bar: Look = {"color": BLUE, "alpha": 0.35, "marker": "|", "markersize": 12}
        made.append(Line2D([], [], linestyle="none", label=f"± predicted deviation{few}", **bar))
        made.append(Line2D([], [], color="black", label="if these deviations are right"))
    if rows >= TAILS:
        made.append(Patch(color=ORANGE, label="errors beyond, 1% on either side"))
    if any(far_off(target).any() for target in shown):
        look: Look = {"color": ORANGE, "linestyle": "none", "marker": "."}
        made.append(Line2D([], [], **look, label="predicted far beyond the edge"))
    return made


def line_name(target: FittedTarget) -> str:
    """Tell what the line is; a quantile is not to lie on it, but mostly to one side."""
    line = "the line where predicted = true"
    if target.share_below is None:
        return line
    return f"{line}: {share(target.share_below)} of the dots are to lie on or above it"


def far_off(target: FittedTarget) -> ndarray:
    """Tell which rows are drawn at the edge, as they are too far beyond it."""
    low, high = ends_of(target)
    return (target.predicted < low) | (target.predicted > high)


def worst(targets: Sequence[FittedTarget]) -> list[FittedTarget]:
    """Keep the targets whose errors are the greatest beside how far the target strays."""

    def missed(target: FittedTarget) -> float:
        return float(np.square(target.errors).mean() / (target.true.var() or 1))

    kept = sorted(range(len(targets)), key=lambda place: -missed(targets[place]))[:SHOWN]
    return [targets[place] for place in sorted(kept)]


# Beside the truth


def draw_dots(axes: Axes, target: FittedTarget) -> None:
    """Draw predicted against true, and the line on which they would be equal."""
    true, predicted = target.true, target.predicted
    few = np.linspace(0, len(true) - 1, min(len(true), POINTS)).astype(int)
    size, alpha = dots(len(few))
    look: Look = {"markersize": size, "alpha": alpha, "markeredgewidth": 0, "clip_on": False}
    if target.deviations.size:
        draw_deviations(axes, target)
    low, high = ends_of(target)
    axes.plot(true[few], predicted[few].clip(low, high), ".", color=BLUE, **look)
    across = axis_ends((true.min(), true.max()))
    axes.plot(across, across, color=GREY, linewidth=0.8, scaley=False)
    out = np.flatnonzero(far_off(target))
    axes.scatter(true[out], predicted[out].clip(low, high), s=12, color=ORANGE, clip_on=False)
    axes.set(xlabel=target.with_unit("true,", "true"), xlim=across)
    axes.set_ylim(*axis_ends((low, high)))


def ends_of(target: FittedTarget) -> tuple[float, float]:
    """Tell between which numbers predictions are drawn, so that a lost one hides no others."""
    true, predicted = target.true, target.predicted
    reach = FAR * (float(np.ptp(true)) or abs(float(true[0])) or 1)
    low = max(float(predicted.min()), float(true.min()) - reach)
    high = min(float(predicted.max()), float(true.max()) + reach)
    return min(low, float(true.min())), max(high, float(true.max()))


def draw_deviations(axes: Axes, target: FittedTarget) -> None:
    """Draw the deviations that were predicted of some rows."""
    rows = len(target.true)
    few = np.linspace(0, rows - 1, min(rows, BARRED)).astype(int)
    look: Look = {"color": BLUE, "alpha": 0.35, "linewidth": 0.8, "linestyle": "none"}
    axes.errorbar(target.true[few], target.predicted[few], target.deviations[few], **look)


def dots(rows: int) -> tuple[float, float]:
    """Choose size and alpha: large and dark where dots are few, small where they would touch."""
    return float(np.clip(80 / rows**0.5, 3, 8)), float(np.clip(10 / rows**0.5, 0.3, 0.8))


# How far off


def draw_errors(axes: Axes, target: FittedTarget) -> None:
    """Draw how errors are spread; the first and the last per cent are a bar at either edge."""
    errors, label = target.errors, target.with_unit("predicted − true,", "predicted − true")
    if target.deviations.size:
        errors, label = errors / target.deviations, "error / predicted deviation"
    counts, edges = histogram(errors)
    axes.stairs(counts, edges, fill=True, color=BLUE)
    axes.axvline(0, color=GREY, linewidth=0.8)
    if target.deviations.size:
        draw_normal(axes, edges, len(errors))
    if len(errors) >= TAILS:
        draw_tails(axes, errors, edges)
        label += f"\nfrom {signed(errors.min().item())} to {signed(errors.max().item())}"
    axes.set_xlabel(label)
    axes.xaxis.set_major_locator(MaxNLocator(4))
    axes.ticklabel_format(axis="x", scilimits=(-2, 4))  # else small errors have long numbers


def signed(value: float) -> str:
    """Write an error with as many digits below zero as above it."""
    return f"-{number(-value)}" if value < 0 else number(value)


def histogram(errors: ndarray) -> tuple[ndarray, ndarray]:
    """Count errors in bins, of many rows between the first and the last per cent."""
    inner = errors
    if len(errors) >= TAILS:
        low, high = np.percentile(errors, [1, 99])
        inner = errors[(errors >= low) & (errors <= high)]
    counts, edges = np.histogram(inner, bins(inner))
    return counts, edges


def draw_tails(axes: Axes, errors: ndarray, edges: ndarray) -> None:
    """Draw what lies beyond the histogram as a bar at each edge."""
    width = edges[1] - edges[0]
    below, above = errors[errors < edges[0]], errors[errors > edges[-1]]
    places = [edges[0] - width, edges[-1] + width]
    axes.bar(places, [len(below), len(above)], width, color=ORANGE)


def draw_normal(axes: Axes, edges: ndarray, rows: int) -> None:
    """Draw what the counts would be if the deviations that were predicted were right."""
    z = np.linspace(min(edges[0], -3), max(edges[-1], 3), CURVE)
    density = np.exp(-z * z / 2) / np.sqrt(2 * np.pi)
    expected = rows * (edges[1] - edges[0]) * density
    axes.plot(z, expected, color="black", linewidth=1.2)


def bins(values: ndarray) -> int:
    """Count the bins of numpy's "auto", which would take millions for a few far values."""
    reach = float(np.ptp(values))
    if reach <= 1e-5 * np.abs(values).max():  # single precision could not tell more edges apart
        return 1
    upper, lower = np.percentile(values, [75, 25])
    sturges = reach / (np.log2(len(values)) + 1)
    freedman_diaconis = 2 * float(upper - lower) / len(values) ** (1 / 3)
    width = max(min(sturges, freedman_diaconis or sturges), reach / BINS)
    return int(np.ceil(reach / width))
