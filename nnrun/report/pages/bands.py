"""Curves by epoch as the browser draws them, each with a band in which those of several lie."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from math import isfinite
from typing import Any

import numpy as np
from numpy import ndarray

from nnrun.runs.epochs import EpochRecord

Panel = dict[str, Any]


def with_band(panel: Panel, ends: Sequence[ndarray], colour: str) -> None:
    """Add the highest and the lowest of several curves, between which the browser fills."""
    panel["series"] += [{"name": "", "values": end, "hidden": True} for end in ends]
    last = len(panel["series"]) - 1
    panel["bands"].append([last - 1, last, colour])


def table_of(courses: Sequence[list[EpochRecord]], field: str, longest: int) -> ndarray:
    """Lay courses beside each other; NaN stands where one has ended."""
    return np.array([padded(epochs, field, longest) for epochs in courses])


def padded(epochs: list[EpochRecord], field: str, longest: int) -> list[float]:
    values = [float(one._asdict()[field]) for one in epochs[:longest]]
    return values + [np.nan] * (longest - len(values))


def over_each(table: ndarray) -> tuple[ndarray, ndarray, ndarray]:
    """Compute mean, greatest and least of courses; nothing where none came so far."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # of epochs that none reached
        return np.nanmean(table, 0), np.nanmax(table, 0), np.nanmin(table, 0)


def thinned(panels: Sequence[Panel], numbers: Sequence[int], kept: ndarray) -> dict[str, Any]:
    """Keep some of the epochs alone."""
    for panel in panels:
        for one in panel["series"]:
            one["values"] = short(np.asarray(one["values"])[kept])
    return {"epochs": [int(numbers[place]) for place in kept], "panels": [*panels]}


def short(numbers: ndarray) -> list[float | None]:
    """Write numbers at a length that shows no steps; nothing where there are none."""
    return [float(f"{value:.6g}") if isfinite(value) else None for value in numbers]
