"""How far the members of a sweep are that train: files that are there meanwhile, and no longer.

Whoever trains members together adds a line about all of them, once a second at most; whoever shows
the sweep reads it. It proves nothing: what became of a member is what its own folder says.
"""

import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from math import isfinite, nan
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

from nnrun.errors import Mistake
from nnrun.reading.files import LARGEST_TEXT, read_own
from nnrun.reading.plain import json_object
from nnrun.reading.shapes import NUMBER, Each, Keys, misfit
from nnrun.runs.epochs import EpochRecord
from nnrun.runs.lock import held

FOLDER = ".training"  # in that of a sweep; no member has a name that begins so
FILE = r"\d+\.jsonl"  # of those that train together, by the first of them
EVERY, SELDOM = 1.0, 60.0  # seconds from a line to the next
LATER = 1 / 50  # of the time so far: a curve needs no more points than some hundreds
SHARE = 1 / 200  # of the time that writing may take
HEADING = Keys(must={"members": [int], "epochs": int, "scores": [[(str, int)]], "started": str})
LINE = Keys(must={"epoch": int, "members": Each([(*NUMBER, type(None))])})
UNREADABLE = (OSError, Mistake, ValueError, TypeError, LookupError)


class ScoreTold(NamedTuple):
    """What ranks a member."""

    name: str
    better: int  # 1 where more of it is better, -1 where less is


class UnderWay(NamedTuple):
    """A member that trains."""

    started: str
    most: int  # epochs
    score: ScoreTold
    epochs: list[EpochRecord]  # some of those that are over, the last of them too

    @property
    def epoch(self) -> int:
        """The last one of which a line tells; 0 before the first."""
        return self.epochs[-1].number if self.epochs else 0

    @property
    def value(self) -> float | None:
        """The score of the validation rows after that epoch."""
        last = self.epochs[-1].score if self.epochs else nan
        return last if isfinite(last) else None

    @property
    def told(self) -> str:
        return f"epoch {self.epoch} of {self.most}"


# Written


class Progress:
    """The file of members that train together. Where it cannot be written, there is none."""

    def __init__(self, sweep: Path, members: Sequence[int], most: int, scores: Sequence[ScoreTold]):
        self.path = sweep / FOLDER / f"{min(members):06}.jsonl"
        self.began = self.next = perf_counter()
        now = f"{datetime.now().astimezone():%Y-%m-%dT%H:%M:%S%z}"
        heading = {"members": [*members], "epochs": most, "scores": scores, "started": now}
        with suppress(OSError):
            self.path.parent.mkdir(exist_ok=True)
            self.path.write_text(f"{json.dumps(heading)}\n", encoding="utf-8")

    @property
    def due(self) -> bool:
        return perf_counter() >= self.next

    def add(self, told: Sequence[Mapping[int, EpochRecord]]) -> None:
        """Add a line for each epoch of these, with what members showed in it."""
        started = perf_counter()
        lines = "".join(f"{line_of(newest)}\n" for newest in told if newest)
        with suppress(OSError), open(self.path, "r+", encoding="utf-8") as file:
            file.seek(0, 2)
            file.write(lines)
        ended = perf_counter()
        pause = min(SELDOM, max(EVERY, LATER * (ended - self.began)))
        self.next = ended + max(pause, (ended - started) / SHARE)


def line_of(newest: Mapping[int, EpochRecord]) -> str:
    """Write what members showed in an epoch, at the length that a drawing needs."""
    numbers = {
        member: [short(one.train_loss), short(one.val_loss), short(one.score)]
        for member, one in newest.items()
    }
    epoch = next(iter(newest.values())).number
    return json.dumps({"epoch": epoch, "members": numbers}, separators=(",", ":"))


def short(value: float) -> float | None:
    return float(f"{value:.6g}") if isfinite(value) else None


@contextmanager
def progress(
    sweep: Path, members: Sequence[int], most: int, scores: Sequence[ScoreTold]
) -> Iterator[Progress]:
    """Tell of members as long as they train."""
    made = Progress(sweep, members, most, scores)
    try:
        yield made
    finally:
        with suppress(OSError):
            made.path.unlink()


@contextmanager
def told_meanwhile(sweep: Path) -> Iterator[None]:
    """Let nothing be there of a training that was killed, and nothing stay of this one."""
    shutil.rmtree(sweep / FOLDER, ignore_errors=True)
    try:
        yield
    finally:
        shutil.rmtree(sweep / FOLDER, ignore_errors=True)


# Read


def under_way(sweep: Path) -> dict[int, UnderWay]:
    """Read how far members are that train; nothing where nobody works on the sweep."""
    found: dict[int, UnderWay] = {}
    with suppress(OSError):
        files = sorted((sweep / FOLDER).glob("*.jsonl"), key=lambda file: file.lstat().st_mtime)
        for file in files if files and held(sweep) else []:
            found |= read_file(file)
    return found


def read_file(file: Path) -> dict[int, UnderWay]:
    """Read the members of a file; nothing of one that is not as we write it."""
    with suppress(*UNREADABLE):
        heading, *lines = read_own(file.parent, file.name, LARGEST_TEXT).split(b"\n")
        told = json_object(heading)
        if not misfit(told, HEADING):
            return members_of(told, [json_object(line) for line in lines[:-1]])
    return {}


def members_of(told: dict, lines: Sequence[dict]) -> dict[int, UnderWay]:
    """Give each member the epochs that lines tell of it."""
    epochs: dict[int, list[EpochRecord]] = {member: [] for member in told["members"]}
    for line in lines:
        if not misfit(line, LINE):
            add_epochs(epochs, line)
    began, most = told["started"], told["epochs"]
    scores = dict(zip(told["members"], told["scores"], strict=True))
    return {
        member: UnderWay(began, most, ScoreTold(*scores[member]), own)
        for member, own in epochs.items()
    }


def add_epochs(epochs: dict[int, list[EpochRecord]], line: dict) -> None:
    """Add the epoch of a line to the members that it tells of."""
    for member, values in line["members"].items():
        train_loss, val_loss, score = (nan if value is None else float(value) for value in values)
        record = EpochRecord(line["epoch"], train_loss, val_loss, score, lr=nan, seconds=0.0)
        epochs[int(member)].append(record)
