"""The course of a training, as the browser draws it."""

from __future__ import annotations

from typing import Any

import numpy as np

from nnrun.report.pages.bands import Panel, over_each, padded, table_of, thinned, with_band
from nnrun.report.pages.run_facts import RunFacts
from nnrun.report.pages.thinning import epochs_shown
from nnrun.report.scores import written

Curves = list[tuple[str, str, str]]  # a name, what is drawn, its colour


def curves_of(facts: RunFacts) -> dict[str, Any]:
    """Lay out losses, the score and the learning rate, at no more epochs than can be seen."""
    if not facts.epochs:
        return {"id": "course", "best": None, "bands": "", "epochs": [], "panels": []}
    losses = [("training", "train_loss", "one"), ("validation", "val_loss", "two")]
    score = written(facts.score)
    panels = [
        panel("loss", losses, facts),
        panel(f"validation {score}", [(score, "score", "one")], facts),
        panel("learning rate", [("learning rate", "lr", "one")], facts),
    ]
    panels = [one for one in panels if one["series"]]
    numbers = [epoch.number for epoch in facts.epochs]
    kept = epochs_shown([one["values"] for each in panels for one in each["series"]])
    of = "folds" if "out_of_fold" in facts.summary else "networks"
    bands = of if len(facts.courses) > 1 else ""
    best = facts.summary.get("best_epoch")
    return {"id": "course", "best": best, "bands": bands, **thinned(panels, numbers, kept)}


def panel(name: str, curves: Curves, facts: RunFacts) -> Panel:
    """Lay out one quantity, and between which numbers it is of folds or networks."""
    made: Panel = {"name": name, "series": [], "bands": []}
    longest = len(facts.epochs)
    known = [one for one in curves if not np.isnan(padded(facts.epochs, one[1], longest)).all()]
    for label, field, colour in known:
        values = np.array(padded(facts.epochs, field, longest))
        made["series"].append({"name": label, "values": values, "colour": colour})
    for _, field, colour in known if len(facts.courses) > 1 else ():
        _, *ends = over_each(table_of(facts.courses, field, longest))
        with_band(made, ends, colour)
    return made
