"""What is predicted along one input, through the rows."""

from collections.abc import Callable, Sequence

import numpy as np
from markupsafe import Markup
from numpy import ndarray

from nnrun.report.metric_tables import ROWS
from nnrun.report.pages.redrawn.task_drawing import TaskDrawing
from nnrun.report.pages.svg import Axis, around, bottom, dots, drawing, left, path, text
from nnrun.report.pages.thinning import rows_shown

WIDTH, HEIGHT, LEFT, RIGHT, TOP, FOOT = 520, 330, 60, 12, 22, 40
STEPS = 300  # along the line
MOST = 400  # rows of each part that are drawn
SHOWN = 6  # targets
Rows = dict[str, tuple[ndarray, ndarray]]


def along(
    infer: Callable[[ndarray], ndarray], rows: Rows, name: str, targets: Sequence[str]
) -> TaskDrawing:
    """Draw a line for each target; what deviations are told is a band of two to each side."""
    inputs = np.concatenate([x[:, 0] for x, _ in rows.values()])
    line = np.linspace(inputs.min(), inputs.max(), STEPS)
    means, deviations = np.split(infer(line[:, None]), [len(targets)], axis=1)
    panels = []
    for place, target in enumerate(targets[:SHOWN]):
        own = means[:, place], deviations[:, place] if deviations.size else None
        of_target = {part: (x[:, 0], y[:, place]) for part, (x, y) in rows.items()}
        panels.append((target, panel(line, own, of_target, (name, target))))
    colours = [
        ("c1", "predicted"),
        *((f"c{place}", ROWS[part]) for place, part in enumerate(rows, 2)),
    ]
    return TaskDrawing("line", f"Predicted along {name}", "", tuple(panels), colours)


def panel(
    line: ndarray, said: tuple[ndarray, ndarray | None], rows: Rows, names: tuple[str, str]
) -> Markup:
    """Draw one target."""
    means, deviations = said
    spread = np.zeros_like(means) if deviations is None else 2 * deviations
    every = np.concatenate([means - spread, means + spread, *(y for _, y in rows.values())])
    reach, heights = around([line[0].item(), line[-1].item()], 0.02), around(every.tolist())
    across = Axis(*reach, LEFT, WIDTH - RIGHT, named=True)
    up = Axis(*heights, HEIGHT - FOOT, TOP, named=True)
    made = [bottom(across, HEIGHT - FOOT, TOP), left(up, LEFT, WIDTH - RIGHT)]
    if deviations is not None:
        ends = [*points(line, means + spread, across, up)]
        ends += [*points(line, means - spread, across, up)][::-1]
        made.append(path(ends, "band"))
    for place, (x, y) in enumerate(rows.values(), 2):
        kept = rows_shown(np.zeros(len(x)), MOST)
        made.append(dots(points(x[kept], y[kept], across, up), f"row c{place}"))
    made.append(path(points(line, means, across, up), "line"))
    middle = (LEFT + WIDTH - RIGHT) / 2
    made.append(text(middle, HEIGHT - 4, across.called(names[0]), "axis", "middle"))
    if up.origin:
        made.append(text(LEFT, TOP - 8, up.called(names[1]), "axis"))
    label = f"{names[1]} as it is predicted along {names[0]}, and the rows"
    return drawing(WIDTH, HEIGHT, label, *made, kind="along")


def points(x: ndarray, y: ndarray, across: Axis, up: Axis) -> list[tuple[float, float]]:
    return [(across.at(float(one)), up.at(float(other))) for one, other in zip(x, y, strict=True)]
