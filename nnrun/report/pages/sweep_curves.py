"""The courses of a sweep's best choices and of the middle one, with bands over seeds."""

from __future__ import annotations

from typing import Any

import numpy as np

from nnrun.report.compare import Combination
from nnrun.report.pages.bands import Panel, over_each, table_of, thinned, with_band
from nnrun.report.pages.sweep_facts import SweepFacts
from nnrun.report.pages.thinning import epochs_shown
from nnrun.report.scores import written
from nnrun.report.titles import differing, values_of
from nnrun.runs.epochs import EpochRecord

BEST = 4  # choices whose curves are drawn
COLOURS = ("one", "two", "three", "four")
MOST = 400  # epochs of a curve, of which there are many


def curves_of_sweep(facts: SweepFacts) -> dict[str, Any]:
    """Lay out validation losses and scores of the best choices, and of the one in the middle."""
    shown = chosen(facts.scored_so_far)
    courses = [(name, colour, read_courses(facts, one)) for name, colour, one in shown]
    courses = [one for one in courses if one[2]]
    if not courses:
        return {"id": "course", "epochs": [], "panels": [], "best": None, "bands": ""}
    longest = max(len(epochs) for _, _, members in courses for epochs in members)
    score = shown[0][2].members[0].watched.name
    panels = [
        panel(f"validation {written(score)}", "score", courses, longest),
        panel("loss of the validation rows", "val_loss", courses, longest),
        panel("loss of the training rows", "train_loss", courses, longest),
    ]
    panels = [one for one in panels if one["series"]]
    every = [one["values"] for each in panels for one in each["series"]]
    kept = epochs_shown(every, MOST) if every else np.arange(longest)
    bands = "seeds of a choice" if any(one["bands"] for one in panels) else ""
    return {
        "id": "course",
        "best": None,
        "bands": bands,
        **thinned(panels, range(1, longest + 1), kept),
    }


def chosen(scored: list[Combination]) -> list[tuple[str, str, Combination]]:
    """Choose the best and the middle one, and name them; none where none has a score."""
    if not scored:
        return []
    keys = differing(scored[:BEST])
    named = enumerate(scored[:BEST])
    best = [(values_of(one, keys), COLOURS[place], one) for place, one in named]
    middle = [("the middle one of all", "soft", scored[len(scored) // 2])]
    return best + (middle if len(scored) > 2 * BEST else [])


def read_courses(facts: SweepFacts, one: Combination) -> list[list[EpochRecord]]:
    scored = [row for row in one.members if row.score is not None]
    return [epochs for row in scored if (epochs := facts.epochs(row))]


def panel(name: str, field: str, courses: list, longest: int) -> Panel:
    """Lay out one quantity: the mean of each choice, and between which numbers its seeds are."""
    made: Panel = {"name": name, "series": [], "bands": []}
    for called, colour, members in courses:
        table = table_of(members, field, longest)
        if np.isnan(table).all():
            continue
        middle, *ends = over_each(table)
        made["series"].append({"name": called, "values": middle, "colour": colour})
        if len(members) > 1:
            with_band(made, ends, colour)
    return made
