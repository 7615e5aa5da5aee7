"""How the values of a setting are spaced along an axis: as words, evenly, or over decades."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log10
from statistics import median
from typing import TYPE_CHECKING, Any, Literal

from nnrun.runs.names import as_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Kind = Literal["words", "even", "decades", "zero and decades"]
NEAR = 3  # times the least of several values: what spans no more is spaced evenly
DECADE = 10  # times the less of two values, or of those beside a zero
MARKED = 8  # values that are all written at their axis
LETTER = 0.085  # inches of its width
LINE = 0.17  # inches of its height
SLANT = 45  # degrees of words that would touch


@dataclass(frozen=True)
class Spacing:
    """The different values of a setting in their order, and how they are spaced."""

    kind: Kind
    values: list[Any]

    def places(self, values: Sequence[Any]) -> list[float]:
        """Tell where values stand on an axis."""
        if self.kind == "words":
            return [float(self.values.index(as_text(value))) for value in values]
        return [float(value) for value in values]

    def shares(self, values: Sequence[Any]) -> list[float]:
        """Tell where values stand between 0, the first, and 1, the last."""
        places = [self.along(place) for place in self.places(values)]
        low, high = (self.along(end) for end in self.places([self.values[0], self.values[-1]]))
        return [(place - low) / (high - low) if high > low else 0.5 for place in places]

    def along(self, place: float) -> float:
        """Bring a place onto a line that is even."""
        if self.kind == "decades":
            return log10(place)
        if self.kind == "zero and decades":
            return log10(place) if place > 0 else log10(self.values[1]) - 1
        return place

    def prepare(self, axes: Axes, inches: float) -> None:
        """Scale the lower axis of a panel that is so wide, and write values beside it."""
        margin = 0.4 if self.kind == "words" else 0.08
        if self.kind == "decades":
            axes.set_xscale("log")
        if self.kind == "zero and decades":
            axes.set_xscale("symlog", linthresh=self.values[1], linscale=1.0)
        axes.set_xlim(*self.ends(margin))
        if self.kind == "words":
            write_words(axes, self.values, inches)
        elif len(self.values) <= MARKED:
            texts = [as_text(value) for value in self.values]
            kept = apart(self.shares(self.values), texts, inches)
            places = self.places(self.values)
            axes.set_xticks([places[i] for i in kept], [texts[i] for i in kept])
            axes.minorticks_off()
        elif self.kind != "even":
            from nnrun.report.pictures.figure import number_places  # matplotlib comes with it

            number_places(axes.xaxis)

    def ends(self, margin: float) -> tuple[float, float]:
        """Tell where an axis begins and ends, with a margin."""
        low, high = self.places([self.values[0], self.values[-1]])
        if self.kind == "words":
            return low - margin, high + margin
        if self.kind == "decades":
            room = (high / low) ** margin if high > low else 2
            return low / room, high * room
        if self.kind == "zero and decades":
            return -margin * 5 * self.values[1], high * (high / self.values[1]) ** margin
        room = margin * (high - low) or 1
        return low - room, high + room


def spacing(values: Sequence[Any]) -> Spacing:
    """Choose how values are spaced."""
    if not all(is_number(value) for value in values):
        return words(values)
    different = sorted(set(values))
    positive = [value for value in different if value > 0]
    if different[0] < 0 or not positive:
        return Spacing("even", different)
    if different[0] == 0:
        kind: Kind = "zero and decades" if spans_decades(positive, DECADE) else "even"
    else:
        kind = "decades" if spans_decades(positive, NEAR) else "even"
    return Spacing(kind, different)


def words(values: Sequence[Any]) -> Spacing:
    """Space values evenly in the order in which they come, whatever they are."""
    return Spacing("words", list(dict.fromkeys(map(as_text, values))))


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def spans_decades(positive: list[float], least: float) -> bool:
    """Tell whether values are spaced by factors: the middle one is much nearer to the middle so."""
    low, high, middle = positive[0], positive[-1], median(positive)
    if len(positive) < 3:
        return high >= DECADE * low
    if high < least * low:
        return False
    evenly = (middle - low) / (high - low)
    by_factors = log10(middle / low) / log10(high / low)
    return abs(by_factors - 0.5) < abs(evenly - 0.5) / 2


# What is written at an axis


def write_words(axes: Axes, texts: list[str], inches: float) -> None:
    """Write words below an axis: slanted where they would touch, some where even these would."""
    step = inches / len(texts)
    every = max(1, -(-LINE // step))
    slanted = max(map(len, texts)) * LETTER > step
    look: dict[str, Any] = {}
    if slanted:
        look = {"rotation": SLANT, "ha": "right", "rotation_mode": "anchor"}
    kept = range(0, len(texts), int(every))
    axes.set_xticks(kept, [texts[i] for i in kept], **look)


def apart(shares: Sequence[float], texts: Sequence[str], inches: float) -> list[int]:
    """Choose texts that do not touch along an axis, the first of those that would."""
    kept: list[int] = []
    end = -1.0
    for i, (share, text) in enumerate(zip(shares, texts, strict=True)):
        half = (len(text) + 1) * LETTER / inches / 2
        if share - half >= end:
            kept.append(i)
            end = share + half
    return kept
