"""Pictures of a run, drawn without a screen; colours that the colour-blind can tell apart."""

import warnings
from io import BytesIO

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

BLUE, ORANGE, GREY = "#0072B2", "#D55E00", "#666666"
WIDEST = 9.5  # inches of a figure, whose words can still be read when a page makes 6.5 of them
NARROW = 24  # letters of a legend that fits beside two panels
WIDE = 45  # letters of a legend that fits into the place of a panel


def curves(
    train: list[float], val: list[float], score: list[float], name: str, best_epoch: int, title: str
) -> bytes:
    """Losses and the score against epochs, the best epoch marked."""
    figure = blank(9, 3.8)
    figure.suptitle(title, fontsize=12)
    left, right = figure.subplots(1, 2)
    epochs = range(1, len(train) + 1)
    left.plot(epochs, train, color=BLUE, label="training")
    left.plot(epochs, val, color=ORANGE, label="validation")
    left.set(xlabel="epoch", ylabel="loss")
    if min(train + val) > 0:
        left.set_yscale("log")
    right.plot(epochs, score, color=ORANGE, label="validation")
    right.set(xlabel="epoch", ylabel=name)
    if max(score) > 0:
        right.set_ylim(bottom=max(0, min(score)))
    for axes in (left, right):
        axes.axvline(best_epoch, color=GREY, linestyle=":", label=f"best epoch, {best_epoch}")
        axes.grid(alpha=0.3)
        axes.spines[["top", "right"]].set_visible(False)
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.legend(frameon=False)
    return png(figure)


MOST = 7  # settings of a sweep that fit on a page
ABREAST = 3  # of their panels in a row


def sweep(values: dict[str, list], scores: list[float], name: str) -> bytes:
    """The score against each varied setting, and below each member as a line through all its settings."""
    keys = list(values)[:MOST]
    across = min(len(keys), ABREAST)
    down = -(-len(keys) // across)
    both = len(keys) > 1
    figure = blank(max(6, 3.1 * across), 3 * down + (3.6 if both else 1))
    grid = figure.add_gridspec(down + both, across)
    floor = bottom(scores)
    leader = max(range(len(scores)), key=lambda i: scores[i])
    for i, key in enumerate(keys):
        axes = figure.add_subplot(grid[divmod(i, across)])
        places = along(axes, key, values[key])
        inside = [j for j, score in enumerate(scores) if score >= floor]
        below = [j for j, score in enumerate(scores) if score < floor]
        axes.scatter(
            [places[j] for j in inside],
            [scores[j] for j in inside],
            s=14,
            color=BLUE,
            alpha=0.5,
            linewidths=0,
        )
        if below:
            label = f"below {floor:.3g}"
            axes.scatter(
                [places[j] for j in below],
                [floor] * len(below),
                s=20,
                color=GREY,
                marker="v",
                label=label,
            )
        axes.scatter(
            [places[leader]], [scores[leader]], s=60, color=ORANGE, marker="*", label="best"
        )
        axes.set(xlabel=key, ylabel=f"validation {name}" if i % across == 0 else "")
        axes.grid(alpha=0.3)
        axes.spines[["top", "right"]].set_visible(False)
        if i == 0:
            axes.legend(frameon=False)
    if both:
        parallel(
            figure.add_subplot(grid[down, :]),
            {key: values[key] for key in keys},
            scores,
            name,
            floor,
        )
    return png(figure)


def bottom(scores: list[float]) -> float:
    """Where the axis of scores begins, so that a few lost members do not press the others together."""
    best, middle = max(scores), sorted(scores)[len(scores) // 2]
    return max(min(scores), best - 10 * max(best - middle, 1e-3))


def along(axes, key: str, own: list) -> list[float]:
    """Where values stand on an axis: numbers as they are, over decades in their logarithm; anything else in a row."""
    if all(isinstance(value, int | float) and not isinstance(value, bool) for value in own):
        if min(own) > 0 and max(own) >= 20 * min(own):
            axes.set_xscale("log")
        return own
    kinds = list(dict.fromkeys(map(str, own)))
    axes.set_xticks(range(len(kinds)), kinds, rotation=90 if sum(map(len, kinds)) > 24 else 0)
    axes.set_xlim(-0.5, len(kinds) - 0.5)
    return [kinds.index(str(value)) for value in own]


def parallel(axes, values: dict[str, list], scores: list[float], name: str, floor: float) -> None:
    """Each member as a line through its settings to its score; better ones are darker and on top."""
    columns = [shares(own) for own in values.values()]
    top = max(scores)
    heights = [(max(score, floor) - floor) / ((top - floor) or 1) for score in scores]
    for i in sorted(range(len(scores)), key=lambda i: scores[i]):
        line = [column[i] for column in columns] + [heights[i]]
        axes.plot(
            line,
            color=ORANGE if scores[i] == top else BLUE,
            alpha=0.15 + 0.85 * heights[i] ** 3,
            linewidth=1.2,
        )
    axes.set_xticks(range(len(columns) + 1), [key.replace(".", ".\n") for key in [*values, name]])
    axes.set_yticks([])
    for i, own in enumerate(values.values()):
        axes.axvline(i, color=GREY, linewidth=0.8)
        for value, share in {
            str(value): share for value, share in zip(own, columns[i], strict=True)
        }.items():
            if len(set(map(str, own))) <= 8:
                axes.annotate(
                    value,
                    (i, share),
                    xytext=(4, 0),
                    textcoords="offset points",
                    fontsize=9,
                    color=GREY,
                )
    for height, score in ((0, floor), (1, top)):
        text = f"{score:.4g}"
        axes.annotate(
            text,
            (len(columns), height),
            xytext=(4, 0),
            textcoords="offset points",
            fontsize=9,
            color=GREY,
        )
    axes.axvline(len(columns), color=GREY, linewidth=0.8)
    axes.spines[["top", "right", "left", "bottom"]].set_visible(False)


def shares(own: list) -> list[float]:
    """Values between 0 and 1 in their order, equally far apart."""
    numeric = all(isinstance(value, int | float) and not isinstance(value, bool) for value in own)
    kinds = sorted(set(own)) if numeric else list(dict.fromkeys(map(str, own)))
    return [kinds.index(value if numeric else str(value)) / max(1, len(kinds) - 1) for value in own]


def blank(width: float, height: float) -> Figure:
    """An empty page of so many inches."""
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def tiles(figure: Figure, count: int, across: int) -> tuple[list[Axes], list[Axes]]:
    """So many panels in rows, and the places that are left in the last of them."""
    down = -(-count // across)
    every = list(figure.subplots(down, across, squeeze=False).flat)
    for axes in every[count:]:
        axes.set_axis_off()
    return every[:count], every[count:]


def explain(figure: Figure, handles: list[Artist], title: str, free: list[Axes]) -> None:
    """The legend in the place of a panel where one is free, otherwise beside the panels; below them if it is wide."""
    longest = max(len(str(handle.get_label())) for handle in handles)
    if free and longest <= WIDE:
        free[0].legend(handles=handles, title=title, loc="center", frameon=False, alignment="left")
    elif longest <= NARROW:
        figure.legend(
            handles=handles,
            title=title,
            loc="outside right center",
            frameon=False,
            alignment="left",
        )
    else:
        abreast = 2 if longest <= WIDE else 1
        figure.set_figheight(figure.get_figheight() + 0.22 * (len(handles) // abreast + 1))
        below = figure.legend(
            handles=handles, title=title, loc="outside lower center", ncols=abreast, frameon=False
        )
        below.set_alignment("left")


def png(figure: Figure) -> bytes:
    """The figure as a file; without a date in it, so that the same run gives the same bytes."""
    buffer = BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore", UserWarning
        )  # a glyph that the font lacks is drawn as a box
        figure.savefig(buffer, dpi=120, metadata={"Software": None})
    return buffer.getvalue()
