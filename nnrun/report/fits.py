"""Pictures of what a trained network says: beside the truth, class by class, over the plane, along the line."""

from collections.abc import Callable
from textwrap import fill

import numpy as np
from matplotlib.colors import ListedColormap, to_rgba
from matplotlib.figure import Figure

from nnrun.report.pictures import BLUE, GREY, ORANGE, WIDEST, blank, png, tiles

SHOWN = 6  # targets on a page
ABREAST = 3  # of them in a row
POINTS = 3000  # dots of a scatter
LEAST_MM = 1e-3  # position errors below are drawn as this
BINS = 60  # of a histogram, at most
LEGEND = 16  # classes in a column of the legend
GRID = 150  # steps along each side of a plane
TEN = [
    "#0072B2",
    "#D55E00",
    "#009E73",
    "#CC79A7",
    "#E69F00",
    "#56B4E9",
    "#F0E442",
    "#000000",
    "#999999",
    "#882255",
]
MARKS = "os^Dv"
PLAIN = "#DDDDDD"  # behind what is right in a confusion


def regression(true: np.ndarray, predicted: np.ndarray, names: tuple[str, ...]) -> bytes:
    """Predicted against true for each target, and below how the errors are spread."""
    many = min(len(names), SHOWN)
    down = -(-many // ABREAST)
    across = -(-many // down)
    figure = blank(max(4.2, 3.1 * across), 5.4 * down)
    grid = figure.add_gridspec(2 * down, across, height_ratios=[3, 2] * down)
    few = np.linspace(0, len(true) - 1, min(len(true), POINTS)).astype(int)
    size, alpha = dots(len(few))
    for j in range(many):
        row, column = divmod(j, across)
        axes, errors = (figure.add_subplot(grid[2 * row + i, column]) for i in (0, 1))
        axes.plot(
            true[few, j],
            predicted[few, j],
            ".",
            markersize=size,
            color=BLUE,
            alpha=alpha,
            markeredgewidth=0,
        )
        ends = [
            min(true[:, j].min(), predicted[:, j].min()),
            max(true[:, j].max(), predicted[:, j].max()),
        ]
        axes.plot(ends, ends, color=GREY, linewidth=0.8)
        axes.set(title=names[j], xlabel="true", ylabel="predicted" if column == 0 else "")
        off = predicted[:, j] - true[:, j]
        errors.stairs(*np.histogram(off, bins(off)), fill=True, color=BLUE)
        errors.axvline(0, color=GREY, linewidth=0.8)
        errors.set(xlabel="predicted − true", ylabel="test rows" if column == 0 else "")
        plain(axes, errors)
    return png(figure)


def dots(rows: int) -> tuple[float, float]:
    """Their size and alpha: large and dark where they are few, small where they would run into each other."""
    return float(np.clip(80 / rows**0.5, 3, 8)), float(np.clip(10 / rows**0.5, 0.3, 0.8))


def bins(values: np.ndarray) -> int:
    """How many numpy's "auto" would take, up to a limit; it would take millions where a few values are far off."""
    reach = float(np.ptp(values))
    if (
        reach <= 1e-5 * np.abs(values).max()
    ):  # the edges of more could not be told apart in single precision
        return 1
    upper, lower = np.percentile(values, [75, 25])
    sturges = reach / (np.log2(len(values)) + 1)
    freedman_diaconis = 2 * float(upper - lower) / len(values) ** (1 / 3)
    width = max(min(sturges, freedman_diaconis or sturges), reach / BINS)
    return int(np.ceil(reach / width))


def confusion(table: np.ndarray, classes: tuple[str, ...]) -> bytes:
    """Which class was taken for which: rows are true, columns predicted; only mistakes have a colour."""
    many = len(classes)
    side = max(3.6, min(WIDEST - 1.4, 0.55 * many + 2))
    figure = blank(side + 1.4, side)
    axes = figure.subplots()
    shares = table / np.maximum(table.sum(1, keepdims=True), 1)
    wrong = np.ma.masked_array(shares, np.eye(many, dtype=bool))
    most = float(wrong.max() or 1) if many > 1 else 1.0
    image = axes.imshow(wrong, cmap="Blues", vmin=0, vmax=most)
    axes.set_facecolor(PLAIN)
    label = "mistaken share of the true class, %"
    figure.colorbar(image, label=label, shrink=0.8, format=lambda share, _: f"{100 * share:.3g}")
    if many <= 20:
        for i, j in np.ndindex(*table.shape):
            if table[i, j]:
                colour = "white" if i != j and shares[i, j] > 0.6 * most else "black"
                axes.text(
                    j, i, f"{table[i, j]}", ha="center", va="center", color=colour, fontsize=9
                )
    axes.set_xticks(range(many), classes, rotation=90 if max(map(len, classes)) > 3 else 0)
    axes.set_yticks(range(many), classes)
    axes.set(xlabel="predicted", ylabel="true")
    return png(figure)


def regions(
    infer: Callable[[np.ndarray], np.ndarray],
    parts: dict[str, tuple[np.ndarray, np.ndarray]],
    names: tuple[str, str],
    classes: tuple[str, ...],
) -> bytes:
    """The plane in the colour of the class that is predicted there, with the training and the test rows on it."""
    every = np.concatenate([x for x, _ in parts.values()])
    low, high = every.min(0), every.max(0)
    low, high = low - 0.08 * (high - low), high + 0.08 * (high - low)
    across, up = (np.linspace(low[i], high[i], GRID) for i in (0, 1))
    plane = np.stack(np.meshgrid(across, up), -1).reshape(-1, 2)
    said = infer(plane).argmax(1).reshape(GRID, GRID)
    figure = blank(WIDEST, 4.2)
    colours = ListedColormap([tint(k) for k in range(len(classes))])
    for axes, (part, (x, y)) in zip(
        figure.subplots(1, 2, sharex=True, sharey=True), parts.items(), strict=True
    ):
        axes.pcolormesh(
            across, up, said, cmap=colours, vmin=-0.5, vmax=len(classes) - 0.5, shading="nearest"
        )
        for k, name in enumerate(classes):
            own = x[y == k]
            axes.scatter(
                *own.T, s=14, color=TEN[k % len(TEN)], marker=mark(k), linewidths=0, label=name
            )
        axes.set(title=f"{part} rows", xlabel=names[0], ylabel=names[1] if part == "train" else "")
        plain(axes)
    handles, columns = axes.get_legend_handles_labels()[0], -(-len(classes) // LEGEND)
    figure.legend(
        handles=handles, loc="outside right center", frameon=False, ncols=columns, markerscale=1.5
    )
    return png(figure)


def mark(k: int) -> str:
    """Of a class: of two with the same colour each has its own."""
    return MARKS[(k + k // len(TEN)) % len(MARKS)]


def tint(k: int) -> tuple[float, float, float, float]:
    """Behind the points of a class: paler where its colour is used a second time."""
    return to_rgba(TEN[k % len(TEN)], alpha=0.12 if k // len(TEN) % 2 else 0.3)


def curve(
    infer: Callable[[np.ndarray], np.ndarray],
    parts: dict[str, tuple[np.ndarray, np.ndarray]],
    name: str,
    targets: tuple[str, ...],
) -> bytes:
    """What is predicted along the one input, with twice its deviation where that is said, through the rows."""
    every = np.concatenate([x[:, 0] for x, _ in parts.values()])
    line = np.linspace(every.min(), every.max(), 600)
    said = infer(line[:, None])
    many = min(len(targets), SHOWN)
    across = min(many, 2)
    figure = blank(WIDEST if across > 1 else 7.5, 4 * -(-many // across))
    for j, axes in enumerate(tiles(figure, many, across)[0]):
        for (part, (x, y)), colour, mark in zip(parts.items(), (GREY, ORANGE), "o^", strict=True):
            axes.scatter(
                x[:, 0],
                y[:, j],
                s=14,
                color=colour,
                marker=mark,
                linewidths=0,
                label=f"{part} rows",
            )
        axes.plot(line, said[:, j], color=BLUE, linewidth=2, label="predicted")
        for deviation in said.T[len(targets) :][j : j + 1]:
            ends = said[:, j] - 2 * deviation, said[:, j] + 2 * deviation
            axes.fill_between(
                line, *ends, color=BLUE, alpha=0.15, linewidth=0, label="± 2 deviations"
            )
        axes.set(xlabel=name, ylabel=targets[j])
        axes.legend(frameon=False)
        plain(axes)
    return png(figure)


def workspace(errors_mm: np.ndarray, hands_mm: np.ndarray) -> bytes:
    """How far hands are from where they were asked to be, and where in front of the robot that happens."""
    figure = blank(9, 7)
    grid = figure.add_gridspec(2, 2, height_ratios=[2, 3])
    spread, side, top = (
        figure.add_subplot(place) for place in (grid[0, :], grid[1, 0], grid[1, 1])
    )
    seen = np.maximum(errors_mm, LEAST_MM)
    edges = np.geomspace(seen.min(), max(seen.max(), 10 * LEAST_MM), bins(np.log(seen)) + 1)
    spread.stairs(*np.histogram(seen, edges), fill=True, color=BLUE)
    spread.axvline(
        np.median(errors_mm), color=ORANGE, label=f"median, {np.median(errors_mm):.3g} mm"
    )
    spread.set(xscale="log", xlabel="position error in mm", ylabel="test rows")
    spread.legend(frameon=False)
    order, (size, _) = errors_mm.argsort(), dots(len(errors_mm))  # the worst on top
    bright = np.clip(errors_mm, *np.percentile(errors_mm, [5, 95]))[order]
    for axes, (i, j), names in (
        (side, (0, 2), ("forward", "up")),
        (top, (0, 1), ("forward", "left")),
    ):
        drawn = axes.scatter(
            hands_mm[order, i],
            hands_mm[order, j],
            c=bright,
            s=2 * size + 1,
            cmap="cividis",
            linewidths=0,
        )
        axes.set(xlabel=f"{names[0]}, mm", ylabel=f"{names[1]}, mm", aspect="equal")
    figure.colorbar(drawn, ax=[side, top], label="position error in mm, ends cut", shrink=0.8)
    plain(spread, side, top)
    return png(figure)


def mistakes(images: np.ndarray, true: list[str], predicted: list[str], sure: np.ndarray) -> bytes:
    """The images that the network was surest about and wrong."""
    figure: Figure = blank(9, 6.6)
    for axes in (every := np.ravel(figure.subplots(3, 4))):
        axes.set_axis_off()
    for axes, image, own, taken, share in zip(every, images, true, predicted, sure, strict=False):
        axes.imshow(image, cmap="gray_r")
        axes.set_title(fill(f"{own}, taken for {taken} ({share:.0%})", 26), fontsize=10)
    return png(figure)


def plain(*every) -> None:
    for axes in every:
        axes.grid(alpha=0.3)
        axes.spines[["top", "right"]].set_visible(False)
