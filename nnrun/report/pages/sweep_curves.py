"""The courses of a sweep's best choices and of the middle one, with bands over seeds."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from numpy import ndarray

from nnrun.report.compare import Combination
from nnrun.report.pages.run_page import short
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
    shown = chosen(facts.scored)
    courses = [(name, colour, read_courses(facts, one)) for name, colour, one in shown]
    courses = [one for one in courses if one[2]]
    if not courses:
        return {"id": "course", "epochs": [], "panels": [], "best": None}
    longest = max(len(epochs) for _, _, members in courses for epochs in members)
    panels = [
        panel(f"validation {written(facts.watched.name)}", "score", courses, longest),
        panel("loss of the validation rows", "val_loss", courses, longest),
        panel("loss of the training rows", "train_loss", courses, longest),
    ]
    panels = [one for one in panels if one["series"]]
    return {"id": "course", "best": None, **thinned(panels, longest)}


def chosen(scored: list[Combination]) -> list[tuple[str, str, Combination]]:
    """Choose the best and the middle one, and name them."""
    keys = differing(scored[:BEST]) if scored else []
    named = enumerate(scored[:BEST])
    best = [(values_of(one, keys), COLOURS[place], one) for place, one in named]
    middle = [("the middle one of all", "soft", scored[len(scored) // 2])]
    return best + (middle if len(scored) > 2 * BEST else [])


def read_courses(facts: SweepFacts, one: Combination) -> list[list[EpochRecord]]:
    members = [row.member for row in one.members if row.score is not None]
    return [epochs for member in members if (epochs := facts.ledger.epochs(member))]


def panel(name: str, field: str, courses: list, longest: int) -> dict[str, Any]:
    """Lay out one quantity: the mean of each choice, and between which numbers its seeds are."""
    series: list[dict[str, Any]] = []
    bands: list[list[Any]] = []
    for called, colour, members in courses:
        table = np.array([padded(epochs, field, longest) for epochs in members])
        if np.isnan(table).all():
            continue
        middle, low, high = over_seeds(table)
        series.append({"name": called, "values": middle, "colour": colour})
        if len(members) > 1:
            series += [{"name": "", "values": end, "hidden": True} for end in (high, low)]
            bands.append([len(series) - 2, len(series) - 1, colour])
    return {"name": name, "series": series, "bands": bands}


def padded(epochs: list[EpochRecord], field: str, longest: int) -> list[float]:
    values = [float(one._asdict()[field]) for one in epochs]
    return values + [np.nan] * (longest - len(values))


def over_seeds(table: ndarray) -> tuple[ndarray, ndarray, ndarray]:
    """Compute mean, least and greatest over seeds; nothing where no seed came so far."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # of epochs that none reached
        return np.nanmean(table, 0), np.nanmin(table, 0), np.nanmax(table, 0)


def thinned(panels: list[dict[str, Any]], longest: int) -> dict[str, Any]:
    """Keep no more epochs than can be seen."""
    every = [one["values"] for panel in panels for one in panel["series"]]
    kept = epochs_shown(every, MOST) if every else np.arange(longest)
    for panel in panels:
        for one in panel["series"]:
            one["values"] = short(one["values"][kept])
    return {"epochs": [int(place) + 1 for place in kept], "panels": panels}
