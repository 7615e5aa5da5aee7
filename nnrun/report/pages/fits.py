"""What was predicted of numbers, drawn beside what is true: dots on a diagonal, and the errors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from markupsafe import Markup
from numpy import ndarray

from nnrun.report.metric_tables import Table
from nnrun.report.numbers import NONE, count, number, side_by_side
from nnrun.report.pages.svg import Axis, around, bottom, dots, drawing, left, line, tag, text
from nnrun.report.pages.thinning import rows_shown
from nnrun.runs.predictions import Predictions

SHOWN = 6  # targets that are drawn
POINTS = 2_400  # dots of all panels together
MOST = 900  # of one
BINS = 31
SIDE, LEFT, RIGHT, TOP, FOOT = 320, 52, 10, 10, 36
HIGH = 150  # of the drawing of errors
WORST = 10  # rows that are told


@dataclass(frozen=True)
class FittedTarget:
    """A target: what is true of each row, and what was predicted."""

    name: str
    rows: tuple[str, ...]
    true: ndarray
    predicted: ndarray
    counted: ndarray  # what each row counts, 1 on average

    @property
    def errors(self) -> ndarray:
        return self.predicted - self.true

    @property
    def r2(self) -> float:
        """The share of its variance that is explained; 0 where it does not vary."""
        middle = (self.true * self.counted).mean()
        variance = (np.square(self.true - middle) * self.counted).mean()
        missed = (np.square(self.errors) * self.counted).mean()
        return float(1 - missed / variance) if variance else 0.0

    @property
    def in_deviations(self) -> ndarray:
        """The sizes of its errors, in deviations of what is true, so that targets compare."""
        return np.abs(self.errors) / (self.true.std() or 1.0)


def fitted_targets(said: Predictions) -> list[FittedTarget]:
    """Read predicted numbers; nothing where they are none."""
    try:
        true, predicted = (np.array(told, dtype=float) for told in (said.true, said.predicted))
    except ValueError:
        return []
    if not (np.isfinite(true).all() and np.isfinite(predicted).all()):
        return []
    named = zip(said.names, true, predicted, strict=True)
    counted = np.array(said.counted)
    return [FittedTarget(name, said.rows, right, told, counted) for name, right, told in named]


@dataclass(frozen=True)
class FitPanel:
    """The drawings of a target, and what a person reads who points at a dot."""

    name: str
    told: str
    dots: Markup
    errors: Markup
    points: dict


def panels(targets: list[FittedTarget]) -> list[FitPanel]:
    """Draw the targets that are predicted worst, these first."""
    shown = sorted(targets, key=lambda one: one.r2)[:SHOWN]
    most = min(MOST, POINTS // max(1, len(shown)))
    return [panel(one, most) for one in shown]


def panel(one: FittedTarget, most: int) -> FitPanel:
    """Draw a target."""
    chosen = rows_shown(np.abs(one.errors), most)
    fewer = f", {count(len(chosen), 'row')} drawn" if len(chosen) < len(one.rows) else ""
    pairs = [in_words(one, place) for place in chosen]
    points = {
        "rows": [one.rows[place] for place in chosen],
        "true": [true for true, _ in pairs],
        "predicted": [predicted for _, predicted in pairs],
    }
    told = f"R² {number(one.r2)}{fewer}"
    return FitPanel(one.name, told, draw_dots(one, chosen), draw_errors(one), points)


def in_words(one: FittedTarget, row: int) -> list[str]:
    """Write what is true of a row, and what was predicted."""
    return side_by_side([float(one.true[row]), float(one.predicted[row])])


def draw_dots(one: FittedTarget, chosen: ndarray) -> Markup:
    """Draw predicted above true; on the diagonal both are the same."""
    ends = around([*one.true, *one.predicted])
    across = Axis(*ends, LEFT, SIDE - RIGHT, named=True)
    up = Axis(*ends, SIDE - FOOT, TOP, named=True)
    places = zip(one.true[chosen], one.predicted[chosen], strict=True)
    return drawing(
        SIDE,
        SIDE,
        f"{one.name}: predicted above true values of {count(len(one.rows), 'row')}",
        bottom(across, SIDE - FOOT, TOP),
        left(up, LEFT, SIDE - RIGHT),
        line(across.at(ends[0]), up.at(ends[0]), across.at(ends[1]), up.at(ends[1]), "mark"),
        dots([(across.at(x), up.at(y)) for x, y in places], "own many read"),
        text((LEFT + SIDE - RIGHT) / 2, SIDE - 4, across.called("true"), "axis", "middle"),
        text(LEFT - 40, TOP + 2, up.called("predicted"), "axis"),
        kind="fit",
    )


def draw_errors(one: FittedTarget) -> Markup:
    """Draw how the errors are spread: a bar for each of some ranges."""
    reach = float(np.quantile(np.abs(one.errors), 0.99)) or 1.0
    counts, edges = np.histogram(np.clip(one.errors, -reach, reach), BINS, (-reach, reach))
    axis = Axis(-reach, reach, LEFT, SIDE - RIGHT)
    foot, most = HIGH - FOOT, max(1, counts.max())
    bars = []
    for many, start, end in zip(counts, edges[:-1], edges[1:], strict=True):
        high = (foot - TOP) * many / most
        place = {"x": axis.at(start) + 0.5, "width": axis.at(end) - axis.at(start) - 1}
        bars.append(tag("rect", y=float(foot - high), height=float(high), class_="column", **place))
    told = "predicted − true; the last per cent in the bars at both ends"
    return drawing(
        SIDE,
        HIGH,
        f"{one.name}: how errors are spread, {told}",
        bottom(axis, foot, TOP),
        *bars,
        line(axis.at(0), TOP, axis.at(0), foot, "mark"),
        text((LEFT + SIDE - RIGHT) / 2, HIGH - 4, "predicted − true", "axis", "middle"),
        kind="errors",
    )


def worst_rows(targets: list[FittedTarget]) -> Table:
    """Tell the rows that are predicted worst, and of each the target that is farthest off."""
    sizes = np.array([one.in_deviations for one in targets])  # (targets, rows)
    order = np.argsort(-sizes.max(axis=0), kind="stable")[:WORST]
    several = len(targets) > 1
    headings = ["row", *(["target"] if several else []), "true", "predicted", "off by"]
    lines = []
    for row in order:
        one = targets[int(sizes[:, row].argmax())]
        told = [*in_words(one, row), number(float(one.errors[row]))]
        lines.append([one.rows[row], *([one.name] if several else []), *told])
    return headings, lines or [[NONE] * len(headings)]
