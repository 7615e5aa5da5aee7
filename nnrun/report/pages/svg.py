"""Drawings as text: tags, axes and their ticks. Colours are classes, which the page has."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil, floor, isfinite, log10
from typing import Any

from markupsafe import Markup, escape

from nnrun.characters import visible
from nnrun.report.numbers import setting, settings_apart

LETTER = 6.4  # units of the width of a letter
STEPS = (1, 2, 2.5, 5, 10)


def tag(name: str, *inner: str | Markup, **attributes: Any) -> Markup:
    """Write a tag; class_ is class, and stroke_width is stroke-width."""
    given = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(written(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    within = Markup("").join(one if isinstance(one, Markup) else visible(one) for one in inner)
    return Markup(f"<{name}{given}>{within}</{name}>" if inner else f"<{name}{given}/>")


def written(value: Any) -> str:
    """Write a place to a tenth, which nobody can tell from a hundredth."""
    return f"{value:.1f}".removesuffix(".0") if isinstance(value, float) else visible(str(value))


def drawing(width: float, height: float, label: str, *inner: Markup, kind: str = "") -> Markup:
    """Put together a drawing, with what it shows for those who hear it."""
    return tag(
        "svg",
        tag("title", label),
        *inner,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {width:g} {height:g}",
        role="img",
        class_=f"drawing {kind}".strip(),
    )


def text(x: float, y: float, words: str, look: str = "", anchor: str = "start") -> Markup:
    """Write words at a place."""
    anchored = None if anchor == "start" else anchor
    return tag("text", words, x=float(x), y=float(y), class_=look or None, text_anchor=anchored)


def line(x1: float, y1: float, x2: float, y2: float, look: str) -> Markup:
    places = {"x1": float(x1), "y1": float(y1), "x2": float(x2), "y2": float(y2)}
    return tag("line", class_=look, **places)


def path(points: Iterable[tuple[float, float]], look: str) -> Markup:
    """Join points by a line."""
    told = "L".join(f"{written(float(x))} {written(float(y))}" for x, y in points)
    return tag("path", d=f"M{told}", class_=look)


def circle(x: float, y: float) -> Markup:
    """Draw a ring around a dot."""
    return tag("circle", cx=float(x), cy=float(y), r=6, class_="ring")


def dots(points: Iterable[tuple[float, float]], look: str) -> Markup:
    """Draw many dots by one path of lines without length, whose round ends are the dots."""
    told = "".join(f"M{written(float(x))} {written(float(y))}h0" for x, y in points)
    return tag("path", d=told, class_=f"dots {look}")


@dataclass(frozen=True)
class Axis:
    """Where numbers stand between two places of a drawing."""

    low: float
    high: float
    start: float
    end: float
    decades: bool = False
    named: bool = False  # whether a name beside it tells from which number it counts

    def at(self, value: float) -> float:
        """Tell where a number stands; what lies beyond an end stands at it."""
        if self.decades:
            value, low, high = log10(value), log10(self.low), log10(self.high)
        else:
            low, high = self.low, self.high
        share = (value - low) / (high - low) if high > low else 0.5
        return self.start + min(max(share, 0.0), 1.0) * (self.end - self.start)

    @property
    def ticks(self) -> list[float]:
        """Choose the numbers that are written beside it."""
        if self.decades:
            powers = range(ceil(log10(self.low) - 1e-9), floor(log10(self.high) + 1e-9) + 1)
            every = max(1, len(powers) // 5)
            return [10.0**power for power in powers[::every]]
        return even_ticks(self.low, self.high, max(2, int(abs(self.end - self.start) // 55)))

    @property
    def origin(self) -> float:
        """Find the round number from which it counts where its own would look alike; 0 else."""
        ticks = self.ticks
        if not self.named or len(set(map(setting, ticks))) == len(ticks):
            return 0.0
        step = 10.0 ** ceil(log10(self.high - self.low))
        return round((self.low + self.high) / 2 / step) * step

    @property
    def numbers(self) -> list[tuple[float, str]]:
        """Tell where a number is written beside it, and which."""
        ticks, origin = self.ticks, self.origin
        texts = settings_apart([tick - origin for tick in ticks])
        return [*zip(map(self.at, ticks), texts, strict=True)]

    def called(self, name: str) -> str:
        """Name what it shows: its numbers, or how far they lie from one."""
        sign = "+" if self.origin < 0 else "−"
        return f"{name} {sign} {abs(self.origin):,.15g}" if self.origin else name


def even_ticks(low: float, high: float, most: int) -> list[float]:
    """Choose round numbers between two others."""
    if not high > low or not isfinite(high - low):
        return [low] if isfinite(low) else []
    rough = (high - low) / most
    power = 10.0 ** floor(log10(rough))
    step = next(power * factor for factor in STEPS if power * factor >= rough * 0.999)
    first = ceil(low / step - 1e-9)
    return [round(step * place, 12) for place in range(first, floor(high / step + 1e-9) + 1)]


def around(values: Sequence[float], margin: float = 0.05) -> tuple[float, float]:
    """Find the ends of an axis that holds some numbers."""
    low, high = min(values), max(values)
    room = margin * ((high - low) or abs(high) or 1.0)
    return low - room, high + room


def bottom(axis: Axis, y: float, top: float) -> Markup:
    """Draw the lower axis: its ticks as thin lines through the panel, and their numbers."""
    made = [line(place, top, place, y, "grid") for place, _ in axis.numbers]
    made += [text(place, y + 15, number, "tick", "middle") for place, number in axis.numbers]
    return Markup("").join(made)


def left(axis: Axis, x: float, right: float) -> Markup:
    """Draw the left axis."""
    made = [line(x, place, right, place, "grid") for place, _ in axis.numbers]
    made += [text(x - 6, place + 4, number, "tick", "end") for place, number in axis.numbers]
    return Markup("").join(made)


def cut(words: str, units: float) -> str:
    """Shorten words to the room that there is."""
    most = max(3, int(units / LETTER))
    return words if len(words) <= most else f"{words[: most - 1]}…"
