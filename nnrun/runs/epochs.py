"""The epochs of a run as its folder tells of them: metrics.csv, and weights.csv and timing.csv."""

from __future__ import annotations

from collections.abc import Sequence
from math import isnan
from pathlib import Path
from typing import NamedTuple

from nnrun.reading.files import refusal
from nnrun.reading.plain import plain_lines
from nnrun.reading.proofs import GROWING, read_proved, understood
from nnrun.runs.folder import FOLDS, NETWORKS, RunFolder

METRICS, WEIGHTS, TIMING = GROWING
OF_SCORE = "val_"  # how the column of the score begins, in which its name follows


class EpochRecord(NamedTuple):
    """What one member showed in an epoch."""

    number: int
    train_loss: float
    val_loss: float
    score: float
    lr: float
    seconds: float  # of its whole cohort
    place: tuple[float, ...] = ()  # where its point stands, if it has one
    weights: str = ""  # the hash of them all, and of the epochs before

    @property
    def validated(self) -> bool:
        """Whether there were validation rows; else their loss and score are NaN."""
        return not isnan(self.val_loss)

    @property
    def watched_loss(self) -> float:
        """The loss that tells the course: the validation rows', or else the training rows'."""
        return self.val_loss if self.validated else self.train_loss

    @classmethod
    def read(cls, line: str) -> EpochRecord:
        """Read a line of metrics.csv."""
        number, *numbers = line.split(",")
        train_loss, val_loss, score, lr, *place = (float(text or "nan") for text in numbers)
        return cls(int(number), train_loss, val_loss, score, lr, seconds=0.0, place=tuple(place))

    def metrics_line(self) -> str:
        numbers = (self.train_loss, self.val_loss, self.score, self.lr, *self.place)
        return ",".join([str(self.number), *map(written, numbers)])

    def weights_line(self) -> str:
        return f"{self.number},{self.weights}"

    def timing_line(self) -> str:
        return f"{self.number},{self.seconds:.6f}"

    def lines(self) -> tuple[str, str, str]:
        """Write its line of each file that grows."""
        return self.metrics_line(), self.weights_line(), self.timing_line()


def written(number: float) -> str:
    """Write a number; nothing where there is none."""
    return "" if isnan(number) else f"{number:.9g}"


def metrics_heading(score: str, place_names: Sequence[str]) -> str:
    return ",".join(["epoch", "train_loss", "val_loss", f"{OF_SCORE}{score}", "lr", *place_names])


WEIGHTS_HEADING, TIMING_HEADING = "epoch,sha256", "epoch,seconds"


def add_epoch(folder: RunFolder, epoch: EpochRecord) -> None:
    """Add an epoch's lines to the files that grow."""
    for name, line in zip(GROWING, epoch.lines(), strict=True):
        folder.append(name, line)


def write_epochs(
    folder: RunFolder, epochs: list[EpochRecord], score: str, place_names: Sequence[str]
) -> None:
    """Write the files that grow with each epoch, with those that are over."""
    headings = metrics_heading(score, place_names), WEIGHTS_HEADING, TIMING_HEADING
    tables = zip(headings, *(epoch.lines() for epoch in epochs), strict=True)
    for name, lines in zip(GROWING, tables, strict=True):
        folder.put(name, "".join(f"{line}\n" for line in lines))


def score_name(folder: Path) -> str:
    """Read the name of the score in a run folder; empty where nothing tells it."""
    heading = next(iter(metrics_lines(folder)), "").split(",")
    return heading[3].removeprefix(OF_SCORE) if len(heading) > 3 else ""


def read_epochs(folder: Path) -> list[EpochRecord]:
    """Read the epochs of a run folder; none where none was over."""
    lines = metrics_lines(folder)
    try:
        return [EpochRecord.read(line) for line in lines[1:]]
    except (TypeError, ValueError):
        raise refusal(folder / METRICS, "tells of no epochs") from None


def read_courses(folder: Path) -> list[list[EpochRecord]]:
    """Read the epochs of each fold of a run, or else of each network; none where there is one."""
    for name in (FOLDS, NETWORKS):
        if lines := lines_of(folder, name):
            try:
                return [*courses(lines).values()]
            except (TypeError, ValueError):
                raise refusal(folder / name, "tells of no epochs") from None
    return []


def courses(lines: Sequence[str]) -> dict[tuple[str, ...], list[EpochRecord]]:
    """Part lines by what stands before the epoch: the fold, the network."""
    heading, *rows = [line.split(",") for line in lines]
    before = heading.index("epoch")
    parted: dict[tuple[str, ...], list[EpochRecord]] = {}
    for row in rows:
        of, own = tuple(row[:before]), ",".join(row[before:])
        parted.setdefault(of, []).append(EpochRecord.read(own))
    return parted


def own_epochs(folder: RunFolder) -> list[EpochRecord]:
    """Read the epochs that this process has written, which no record needs to prove."""
    _, *lines = (folder.path / METRICS).read_text(encoding="utf-8").splitlines()
    return [EpochRecord.read(line) for line in lines]


def metrics_lines(folder: Path) -> list[str]:
    return lines_of(folder, METRICS)


def lines_of(folder: Path, name: str) -> list[str]:
    """Read the lines of a table; nothing where there is none."""
    try:
        content = read_proved(folder, name)
    except FileNotFoundError:
        return []
    return understood(folder / name, content, plain_lines)
