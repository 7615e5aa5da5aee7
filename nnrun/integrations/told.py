"""What trackers are told of a run: its name and group, its settings, its epochs, its metrics."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from nnrun.errors import Mistake
from nnrun.runs.entries import asked_name, flat, numbers_in
from nnrun.runs.epochs import EpochRecord, read_epochs, score_name
from nnrun.runs.ledger import ABOUT
from nnrun.runs.opening import taken_over
from nnrun.runs.record import RECORD, read_config, read_record
from nnrun.runs.summary import PARTS, read_summary

PROJECT = "nnrun"
REACHED = (*PARTS, "best_epoch")


class RunPlace(NamedTuple):
    """Where a run lies, and of which sweep it is a member."""

    folder: Path
    name: str
    sweep: Path | None = None

    @property
    def taken(self) -> bool:
        """Whether its sweep took it over, and it lies elsewhere."""
        return self.sweep is not None and self.folder.parent != self.sweep


@dataclass(frozen=True)
class ToldRun:
    """A run as trackers call it."""

    folder: Path
    name: str
    group: str  # the sweep of which it is a member; empty of a run alone
    project: str  # the data set
    root: Path  # below which trackers keep what they keep in files
    settings: dict[str, Any]

    @property
    def place(self) -> Path:
        """Where it is found among others."""
        return Path(self.project, self.group, self.name)


def runs_in(folder: Path) -> list[RunPlace]:
    """Find the run itself, or the members of a sweep that there are, wherever they lie."""
    if not (folder / ABOUT).exists():
        return [RunPlace(folder, folder.name)] if (folder / RECORD).exists() else []
    inner = (path for path in folder.iterdir() if path.is_dir() and not path.is_symlink())
    here = {path.name: path for path in inner if (path / RECORD).exists()}
    away = {name: one.folder(folder) for name, one in taken_over(folder).items()}
    return [RunPlace(path, name, folder) for name, path in sorted((here | away).items())]


def told_run(place: RunPlace) -> ToldRun:
    """Read what a run is."""
    run, sweep = place.folder, place.sweep
    config, choices = read_config(run), read_record(run).get("choices", {})
    training = sweep or run
    asked = asked_name(training) if place.taken else config.get("output", {}).get("name")
    given = asked or training.name
    settings = {key: value for key, value in flat(config).items() if not key.startswith("output.")}
    from_elsewhere = {"taken_over_from": str(run)} if place.taken else {}
    return ToldRun(
        run,
        place.name if sweep else given,
        given if sweep else "",
        choices.get("dataset", PROJECT),
        training.parent.parent,
        settings | choices | from_elsewhere,
    )


def epochs_of(run: Path) -> list[EpochRecord]:
    """Read the epochs that are over; none while the files are being written."""
    try:
        return read_epochs(run)
    except (Mistake, OSError):
        return []


def numbers_of(epoch: EpochRecord, score: str) -> dict[str, float]:
    """Give an epoch's numbers by the names that they have in metrics.csv."""
    told = {"train_loss": epoch.train_loss, "lr": epoch.lr}
    watched = {"val_loss": epoch.val_loss, f"val_{score}": epoch.score}
    return told | (watched if epoch.validated else {})


def score_of(run: Path) -> str:
    return score_name(run)


def metrics_of(run: Path) -> dict[str, float]:
    """Give what the model reached in the end, by the dotted names of summary.json."""
    numbers = numbers_in(read_summary(run))
    return {name: value for name, value in numbers if name.partition(".")[0] in REACHED}


def status_of(run: Path) -> str:
    """Tell how a run ended, or that it has not."""
    try:
        return read_record(run).get("status", "")
    except (Mistake, OSError):
        return ""
