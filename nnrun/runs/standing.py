"""How good a run is, to be compared with others that were judged on the same rows."""

from __future__ import annotations

import json
from hashlib import sha256
from math import isfinite
from pathlib import Path
from typing import NamedTuple

from nnrun.reading.proofs import read_settings
from nnrun.reading.shapes import NUMBER, Keys
from nnrun.runs.epochs import score_name
from nnrun.runs.folder import MODEL
from nnrun.runs.record import read_config
from nnrun.runs.summary import metric_at, ranked_by, read_summary

# Settings of the data that make no other rows; the last two, where the rows themselves are told.
NO_OTHER_ROWS = ("scale", "split", "drop")
SIGNS = 16  # of a hash that tells what has to agree
OF_MODEL = Keys(may={"share_below": (*NUMBER, type(None))})


class Reached(NamedTuple):
    """A run's score."""

    score: str  # with its rows: val r2
    value: float
    better: int  # 1 where more of it is better, -1 where less is


class Standing(NamedTuple):
    """A run's score, and what it has to share with another one's to be compared."""

    folder: Path
    score: str  # with its rows: val r2
    value: float
    better: int  # 1 where more of it is better, -1 where less is
    loss: float  # of the validation rows, which parts equals
    measured_on: str  # a hash of what has to agree

    @property
    def rank(self) -> tuple[float, float]:
        """The score, turned so that less is better."""
        return -self.better * self.value, self.loss

    def comparable(self, other: Standing) -> bool:
        """Tell whether the scores are of the same kind, and of the same rows."""
        return (self.score, self.measured_on) == (other.score, other.measured_on)


def standing(folder: Path) -> Standing | None:
    """Read how good a run is; None where it has no score."""
    summary = read_summary(folder)
    if score_reached(folder, summary) is None:
        return None
    return standing_of(folder, summary, read_config(folder))


def standing_of(folder: Path, summary: dict, config: dict) -> Standing | None:
    """Tell how good a run is whose files were read."""
    reached = score_reached(folder, summary)
    if reached is None:
        return None
    loss = metric_at(summary, "val_loss") or 0.0
    told = json.dumps(has_to_agree(folder, summary, config), default=str)
    measured_on = sha256(told.encode()).hexdigest()[:SIGNS]
    return Standing(folder, *reached, loss, measured_on)


def score_reached(folder: Path, summary: dict) -> Reached | None:
    """Find the score in the summary of a run; None where it has none."""
    part = ranked_by(summary)
    about = summary.get("score") or {"name": score_name(folder), "better": "higher"}
    value = metric_at(summary.get(part, {}), about["name"])
    if value is None or not isfinite(value):
        return None
    return Reached(f"{part} {about['name']}", value, -1 if about["better"] == "lower" else 1)


def has_to_agree(folder: Path, summary: dict, config: dict) -> list:
    """Tell what has to agree: the rows that rank, what is known of them, and a quantile."""
    dataset = config.get("dataset")
    of_rows = summary.get("without_groups", {}).get("of_rows")
    left_out = NO_OTHER_ROWS if of_rows else NO_OTHER_ROWS[:1]
    settings = dataset.items() if isinstance(dataset, dict) else ()
    told = {key: value for key, value in settings if key not in left_out}
    return [of_rows, summary.get("rows"), told, share_below(folder)]


def share_below(folder: Path) -> float | None:
    """Read at which quantile a model aims; None in the middle, and where there is no model."""
    try:
        return read_settings(folder, MODEL[1], OF_MODEL).get("share_below")
    except FileNotFoundError:
        return None
