"""summary.json: the metrics of a run, its baselines, its best epoch and the verdict."""

from collections.abc import Container
from pathlib import Path

from nnrun.reading.proofs import read_settings
from nnrun.reading.shapes import NUMBER, Each, Keys
from nnrun.runs.folder import RunFolder

SUMMARY = "summary.json"
PARTS = ("test", "val", "train")  # the first that has rows tells how good a run is
# what else holds numbers, one or several
OTHERS = (
    *("best_epoch", "epochs", "val_loss", "threshold"),
    *("rows", "repeated", "standard_error", "baselines"),
    *("out_of_fold", "calibration", "interval_90", "tests"),
)
RANKED = ("val", "test", "train")  # the first that has rows ranks it among others
# of the score over folds; overlap is test rows by training rows
OVER_FOLDS = ("mean", "deviation", "low", "high", "folds", "repeats", "overlap")
NOTHING = type(None)
NETWORK = Keys(
    must={"seed": int},
    may={"bag": int, "best_epoch": int, "val_loss": (*NUMBER, NOTHING)},
)
HELD = {"coverage": NUMBER}
INTERVAL = Keys(
    must={**HELD, "per_target": Each(Keys(must=HELD, may={"width": NUMBER}))},
)
SHAPE = Keys(
    may={
        **dict.fromkeys([*PARTS, "baselines", "rows", "repeated"], (dict, NOTHING)),
        "without_groups": Keys(may={"of_rows": str, "scores": [(*NUMBER, NOTHING)]}),
        "score": Keys(must={"name": str, "better": str}),
        "standard_error": Each((*NUMBER, NOTHING)),
        **dict.fromkeys(["val_loss", "best_epoch", "epochs", "threshold"], (*NUMBER, NOTHING)),
        "refit": Keys(must={"of": str, "epochs": int, "rows": int}),
        "networks": [NETWORK],
        "members": [Keys(must={"name": str, "count": int})],
        "verdict": str,
        "folds": [dict],
        "calibration": dict,
        "tests": Each(Keys(must={"of": str, "rows": int})),
        "interval_90": INTERVAL,
        "out_of_fold": Keys(may={**dict.fromkeys(OVER_FOLDS, (*NUMBER, NOTHING))}),
    }
)


def judged_by(summary: dict) -> str:
    """Name the part of the rows by which a run is judged; test where nothing is known."""
    return next((part for part in PARTS if part in summary), PARTS[0])


def ranked_by(parts: Container[str]) -> str:
    """Name the part of the rows that ranks a run among others; val where nothing is known."""
    return next((part for part in RANKED if part in parts), RANKED[0])


def write_summary(folder: RunFolder, summary: dict) -> None:
    folder.put_json(SUMMARY, summary)


def read_summary(folder: Path) -> dict:
    """Read the summary of a run folder; nothing where there is none."""
    try:
        return read_settings(folder, SUMMARY, SHAPE)
    except FileNotFoundError:
        return {}


def metric_at(metrics: dict, path: str) -> float | None:
    """Find a metric by its dotted path; None where there is none such."""
    value: object = metrics
    for key in path.split("."):
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, int | float) else None
