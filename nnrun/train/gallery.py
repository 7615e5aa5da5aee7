"""Which pictures a run leaves, by what its data are."""

from __future__ import annotations

import numpy as np

from nnrun.bundle.bundle import Bundle
from nnrun.bundle.metric import confuse
from nnrun.config.experiment import Experiment
from nnrun.parts.dataset.data import Data
from nnrun.runs.course import EpochRecord

PAGE = 12  # mistakes on a page


def gallery(
    experiment: Experiment, bundle: Bundle, seen: list[EpochRecord], best_epoch: int, score: str
) -> dict[str, bytes]:
    """Every picture by the name of its file."""
    from nnrun.report import fits, pictures  # their import takes half a second

    data, parts = experiment.data, experiment.parts
    rows = {"train": parts.train, "test": parts.test}
    xy = {part: (data.inputs[own], data.targets[own]) for part, own in rows.items()}
    inputs, true = xy["test"]
    predicted = bundle.infer(inputs)
    title = f"{data.title}, {experiment.choices['model']}"
    losses = ([epoch.train_loss for epoch in seen], [epoch.val_loss for epoch in seen])
    found = {
        "curves.png": pictures.curves(
            *losses, [epoch.score for epoch in seen], score, best_epoch, title
        )
    }
    if data.landscape:
        return found | {"path.png": path(experiment, seen)}
    if not np.isfinite(predicted).all():
        return found
    plain = not any(column.levels for column in data.columns) and not np.isnan(data.inputs).any()
    names = tuple(column.name for column in data.columns)
    if data.classes:
        table = confuse(true, predicted.argmax(1), len(data.classes))
        found["confusion.png"] = fits.confusion(table, data.classes)
        if data.image_shape:
            found |= worst(data, inputs, true, predicted, data.image_shape)
        if plain and len(names) == 2:
            found["regions.png"] = fits.regions(
                bundle.infer, xy, (names[0], names[1]), data.classes
            )
    else:
        found["fit.png"] = fits.regression(true, predicted, data.target_names)
        if plain and len(names) == 1:
            found["curve.png"] = fits.curve(bundle.infer, xy, names[0], data.target_names)
    if misses := bundle.own_metrics.misses(inputs, predicted):
        found["workspace.png"] = fits.workspace(*misses)
    return found


def path(experiment: Experiment, seen: list[EpochRecord]) -> bytes:
    """Where the point of a landscape went."""
    from nnrun.report.relief import Walk, walks

    map = experiment.settings.dataset.map
    return walks(
        [Walk(experiment.data.title, map, {"": [map.start, *(epoch.place for epoch in seen)]})],
        "",
        "",
    )


def worst(
    data: Data, inputs: np.ndarray, true: np.ndarray, predicted: np.ndarray, shape: tuple[int, int]
) -> dict:
    """The mistakes of which the network was surest; nothing when there is none."""
    from nnrun.report import fits

    taken = predicted.argmax(1)
    wrong = np.flatnonzero(taken != true)
    if not len(wrong):
        return {}
    chosen = wrong[predicted[wrong].max(1).argsort()[::-1][:PAGE]]
    names = np.array(data.classes)
    images = inputs[chosen].reshape(-1, *shape)
    page = fits.mistakes(
        images, list(names[true[chosen]]), list(names[taken[chosen]]), predicted[chosen].max(1)
    )
    return {"mistakes.png": page}
