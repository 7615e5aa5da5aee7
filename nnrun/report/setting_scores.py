"""The picture of a sweep's members: their scores against each setting that varies."""

from statistics import mean, stdev

from matplotlib.axes import Axes

from nnrun.report.figure import BLUE, GREY, ORANGE, Look, blank, open_frame, png, rows_for
from nnrun.report.numbers import number, within

MOST = 7  # settings of a sweep that fit on a page
ABREAST = 3  # of their panels in a row
MARKED = 8  # values of a setting that are written beside its axis


def setting_scores(
    values: dict[str, list], scores: list[float], name: str, best: int | None, alike: bool
) -> bytes:
    """Draw the scores against each setting, and below each member as a line through all of them.

    The place of the best has a star. Members that are alike but for their seeds have a mean.
    """
    shown = {key: values[key] for key in list(values)[:MOST]}
    several = len(shown) > 1
    across = min(len(shown), ABREAST)
    down = rows_for(len(shown), across)
    figure = blank(max(6, 3.1 * across), 3 * down + (3.6 if several else 1))
    grid = figure.add_gridspec(down + several, across)
    floor = lowest_shown(scores)
    for place, (key, members) in enumerate(shown.items()):
        axes = figure.add_subplot(grid[divmod(place, across)])
        if alike:
            draw_mean(axes, scores)
        draw_scores(axes, members, scores, floor, best)
        axes.set_xlabel(key)
        if place % across == 0:
            axes.set_ylabel(name)
        open_frame(axes)
        if place == 0:
            axes.legend(frameon=False)
    if several:
        draw_members(figure.add_subplot(grid[down, :]), shown, scores, name, floor, best)
    return png(figure)


def lowest_shown(scores: list[float]) -> float:
    """Find where the axis begins, so that a few lost members do not press the others together."""
    best, middle = max(scores), sorted(scores)[len(scores) // 2]
    return max(min(scores), best - 10 * max(best - middle, 1e-3))


# A setting


def draw_mean(axes: Axes, scores: list[float]) -> None:
    """Draw the mean of members that differ in seeds alone, and their deviation around it."""
    middle, deviation = mean(scores), stdev(scores) if len(scores) > 1 else 0.0
    ends = middle - deviation, middle + deviation
    label = f"mean {within(middle, deviation)}"
    axes.axhline(middle, color=GREY, linewidth=0.8, label=label)
    axes.axhspan(*ends, color=GREY, alpha=0.12, linewidth=0)


def draw_scores(
    axes: Axes, values: list, scores: list[float], floor: float, best: int | None
) -> None:
    """Draw the score of each member above its value of a setting."""
    points = list(zip(places_on(axes, values), scores, strict=True))
    places, heights = zip(*(point for point in points if point[1] >= floor), strict=True)
    below = [x for x, score in points if score < floor]
    axes.scatter(places, heights, s=14, color=BLUE, alpha=0.5, linewidths=0)
    if below:
        floors, label = [floor] * len(below), f"below {number(floor)}"
        axes.scatter(below, floors, s=20, color=GREY, marker="v", label=label)
    if best is not None:
        x, score = points[best]
        axes.scatter([x], [score], s=60, color=ORANGE, marker="*", label="best")


def places_on(axes: Axes, values: list) -> list[float]:
    """Place numbers as they are, over decades in their logarithm; anything else in a row."""
    if numeric(values):
        if min(values) > 0 and max(values) >= 20 * min(values):
            axes.set_xscale("log")
        return values
    kinds = list(dict.fromkeys(map(str, values)))
    axes.set_xticks(range(len(kinds)), kinds, rotation=90 if sum(map(len, kinds)) > 24 else 0)
    axes.set_xlim(-0.5, len(kinds) - 0.5)
    return [kinds.index(str(value)) for value in values]


def numeric(values: list) -> bool:
    return all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)


# All settings


def draw_members(
    axes: Axes,
    values: dict[str, list],
    scores: list[float],
    name: str,
    floor: float,
    best: int | None,
) -> None:
    """Draw each member as a line through its settings to its score; better ones are darker."""
    columns = [shares(members) for members in values.values()]
    top = max(scores)
    heights = [(max(score, floor) - floor) / ((top - floor) or 1) for score in scores]
    for i in sorted(range(len(scores)), key=scores.__getitem__):  # the best on top
        line = [*(column[i] for column in columns), heights[i]]
        colour = ORANGE if i == best else BLUE
        axes.plot(line, color=colour, alpha=0.15 + 0.85 * heights[i] ** 3, linewidth=1.2)
    headings = [key.replace(".", ".\n") for key in [*values, name]]
    axes.set_xticks(range(len(headings)), headings)
    axes.set_yticks([])
    for place, (members, column) in enumerate(zip(values.values(), columns, strict=True)):
        draw_axis(axes, place, marks(members, column))
    draw_axis(axes, len(columns), [(number(floor), 0), (number(top), 1)])
    axes.spines[["top", "right", "left", "bottom"]].set_visible(False)


def shares(values: list) -> list[float]:
    """Place values between 0 and 1 in their order, equally far apart."""
    if numeric(values):
        kinds = sorted(set(values))
    else:
        values = [str(value) for value in values]
        kinds = list(dict.fromkeys(values))
    return [kinds.index(value) / max(1, len(kinds) - 1) for value in values]


def marks(values: list, shares: list[float]) -> list[tuple[str, float]]:
    """Tell where values are written beside their axis; nowhere if there are too many."""
    share_of = dict(zip(map(str, values), shares, strict=True))
    return list(share_of.items()) if len(share_of) <= MARKED else []


def draw_axis(axes: Axes, place: int, marks: list[tuple[str, float]]) -> None:
    """Draw a vertical line with what is written beside it."""
    axes.axvline(place, color=GREY, linewidth=0.8)
    look: Look = {"textcoords": "offset points", "fontsize": 9, "color": GREY}
    for text, height in marks:
        axes.annotate(text, (place, height), xytext=(4, 0), **look)
