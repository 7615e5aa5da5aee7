"""Pictures of what a trained network says: beside the truth, class by class, over the plane, along the line."""

from collections.abc import Callable

import numpy as np
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure

from nnrun.results.pictures import BLUE, GREY, ORANGE, blank, png

SHOWN = 6  # targets on a page
POINTS = 3000  # dots of a scatter
GRID = 150  # steps along each side of a plane
TEN = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#F0E442", "#000000", "#999999", "#882255"]
MARKS = "os^Dv"


def regression(true: np.ndarray, predicted: np.ndarray, names: tuple[str, ...]) -> bytes:
    """Predicted against true for each target, and below how the errors are spread."""
    many = min(len(names), SHOWN)
    figure = blank(max(4.2, 3.2 * many), 6.4)
    upper, lower = figure.subplots(2, many, squeeze=False, gridspec_kw={"height_ratios": [3, 2]})
    few = np.linspace(0, len(true) - 1, min(len(true), POINTS)).astype(int)
    for axes, errors, j in zip(upper, lower, range(many), strict=False):
        axes.plot(true[few, j], predicted[few, j], ".", markersize=3, color=BLUE, alpha=0.3, markeredgewidth=0)
        ends = [min(true[:, j].min(), predicted[:, j].min()), max(true[:, j].max(), predicted[:, j].max())]
        axes.plot(ends, ends, color=GREY, linewidth=0.8)
        axes.set(title=names[j], xlabel="true", ylabel="predicted" if j == 0 else "")
        errors.stairs(*np.histogram(predicted[:, j] - true[:, j], bins=60), fill=True, color=BLUE)
        errors.axvline(0, color=GREY, linewidth=0.8)
        errors.set(xlabel="predicted − true", ylabel="test rows" if j == 0 else "")
        plain(axes, errors)
    return png(figure)


def confusion(table: np.ndarray, classes: tuple[str, ...]) -> bytes:
    """Which class was taken for which: rows are true, columns predicted, colours the share of the row."""
    many = len(classes)
    side = max(3.6, min(11, 0.55 * many + 2))
    figure = blank(side + 1, side)
    axes = figure.subplots()
    shares = table / np.maximum(table.sum(1, keepdims=True), 1)
    image = axes.imshow(shares, cmap="cividis", vmin=0, vmax=1)
    figure.colorbar(image, label="share of the true class", shrink=0.8)
    if many <= 20:
        for i, j in np.ndindex(*table.shape):
            if table[i, j]:
                colour = "black" if shares[i, j] > 0.6 else "white"
                axes.text(
                    j, i, f"{table[i, j]}", ha="center", va="center", color=colour, fontsize=9 if many < 12 else 6
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
    figure = blank(10, 4.8)
    for axes, (part, (x, y)) in zip(figure.subplots(1, 2, sharex=True, sharey=True), parts.items(), strict=True):
        colours = ListedColormap([TEN[k % len(TEN)] for k in range(len(classes))])
        axes.pcolormesh(
            across, up, said, cmap=colours, vmin=-0.5, vmax=len(classes) - 0.5, alpha=0.3, shading="nearest"
        )
        for k, name in enumerate(classes):
            own = x[y == k]
            axes.scatter(*own.T, s=12, color=TEN[k % len(TEN)], marker=MARKS[k % len(MARKS)], linewidths=0, label=name)
        axes.set(title=f"{part} rows", xlabel=names[0], ylabel=names[1] if part == "train" else "")
        plain(axes)
    axes.legend(frameon=False, loc="best", fontsize=8)
    return png(figure)


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
    figure = blank(7.5, 4 * many)
    for axes, j in zip(np.ravel(figure.subplots(many, 1, squeeze=False)), range(many), strict=True):
        for (part, (x, y)), colour, mark in zip(parts.items(), (GREY, ORANGE), "o^", strict=True):
            axes.scatter(x[:, 0], y[:, j], s=14, color=colour, marker=mark, linewidths=0, label=f"{part} rows")
        axes.plot(line, said[:, j], color=BLUE, linewidth=2, label="predicted")
        for deviation in said.T[len(targets) :][j : j + 1]:
            ends = said[:, j] - 2 * deviation, said[:, j] + 2 * deviation
            axes.fill_between(line, *ends, color=BLUE, alpha=0.15, linewidth=0, label="± 2 deviations")
        axes.set(xlabel=name, ylabel=targets[j])
        axes.legend(frameon=False)
        plain(axes)
    return png(figure)


def workspace(errors_mm: np.ndarray, hands_mm: np.ndarray) -> bytes:
    """How far hands are from where they were asked to be, and where in front of the robot that happens."""
    figure = blank(13, 4)
    spread, side, top = figure.subplots(1, 3)
    bins = np.geomspace(max(errors_mm.min(), 1e-3), max(errors_mm.max(), 1e-2), 60)
    spread.stairs(*np.histogram(errors_mm, bins), fill=True, color=BLUE)
    spread.axvline(np.median(errors_mm), color=ORANGE, label=f"median, {np.median(errors_mm):.3g} mm")
    spread.set(xscale="log", xlabel="position error in mm", ylabel="test rows")
    spread.legend(frameon=False)
    order = errors_mm.argsort()  # the worst on top
    bright = np.clip(errors_mm, *np.percentile(errors_mm, [5, 95]))[order]
    for axes, (i, j), names in ((side, (0, 2), ("forward", "up")), (top, (0, 1), ("forward", "left"))):
        dots = axes.scatter(hands_mm[order, i], hands_mm[order, j], c=bright, s=7, cmap="cividis", linewidths=0)
        axes.set(xlabel=f"{names[0]}, mm", ylabel=f"{names[1]}, mm", aspect="equal")
    figure.colorbar(dots, ax=[side, top], label="position error in mm, ends cut", shrink=0.8)
    plain(spread, side, top)
    return png(figure)


def mistakes(images: np.ndarray, true: list[str], predicted: list[str], sure: np.ndarray) -> bytes:
    """The images that the network was surest about and wrong."""
    figure: Figure = blank(9, 5.4)
    for axes in (every := np.ravel(figure.subplots(3, 4))):
        axes.set_axis_off()
    for axes, image, own, taken, share in zip(every, images, true, predicted, sure, strict=False):
        axes.imshow(image, cmap="gray_r")
        axes.set_title(f"{own}, taken for {taken} ({share:.0%})", fontsize=8)
    return png(figure)


def plain(*every) -> None:
    for axes in every:
        axes.grid(alpha=0.3)
        axes.spines[["top", "right"]].set_visible(False)
