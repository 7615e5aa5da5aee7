"""Whether two run folders are the same: from which epoch they differ, by how much, and beside what.

Both are read as text, so that a number is the same where every digit is.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any, NamedTuple

from nnrun.errors import listing
from nnrun.reading.files import read_own
from nnrun.runs.epochs import METRICS, WEIGHTS
from nnrun.runs.folder import differing_results
from nnrun.runs.record import read_record

# What a run's numbers may depend on, of its record.
FACTS = (
    *("versions", "platform", "processor", "device", "gpu", "driver", "cuda", "vectors"),
    *("precision", "threads", "together", "data_files", "data_sha256", "git"),
)
GROWN = (METRICS, WEIGHTS)
HASH = "sha256"  # the column of weights.csv

Line = Mapping[str, str]  # of a table, by its columns


class Change(NamedTuple):
    """What is not as it was."""

    name: str
    was: Any
    now: Any

    @property
    def apart(self) -> float | None:
        """Tell how far two numbers lie apart; None of what is no number."""
        try:
            return abs(float(self.was) - float(self.now))
        except (TypeError, ValueError):
            return None


class EpochChanges(NamedTuple):
    """What differs in an epoch."""

    number: int
    changes: list[Change]

    @property
    def numbers(self) -> list[Change]:
        """Leave out the hash of the weights, which is no number."""
        return [change for change in self.changes if change.name != HASH]


@dataclass(frozen=True)
class Comparison:
    """How a run that was trained again compares with what it was."""

    folder: Path
    epochs: int  # that were compared
    hashed: bool  # whether weights were compared after each of them
    whole: bool  # whether the results at the end were compared, too
    first: EpochChanges | None  # the first epoch that differs
    last: EpochChanges | None  # the last one, where others differ before it
    files: list[str]  # the results that differ
    facts: list[Change]

    @property
    def identical(self) -> bool:
        return self.first is None and not self.files


def compare(before: Path, again: Path, epochs: int, whole: bool) -> Comparison:
    """Compare so many epochs of two run folders; of a whole run its results as well."""
    tables = [epoch_lines(folder, epochs) for folder in (before, again)]
    hashed = all(HASH in line for lines in tables for line in lines)
    differing = [epoch for epoch in changes_by_epoch(*tables) if epoch.changes]
    first, last = (differing[0], differing[-1]) if differing else (None, None)
    files = differing_results(again, before) if whole else []
    facts = changed_facts(read_record(before), read_record(again))
    later = last if last is not first else None
    return Comparison(before, epochs, hashed, whole, first, later, files, facts)


# Epochs


def epoch_lines(folder: Path, epochs: int | None = None) -> list[Line]:
    """Read the lines of the first epochs, with the hashes of the weights where there are any."""
    metrics, hashes = (table(folder / name) for name in GROWN)
    known = {line["epoch"]: {HASH: line[HASH]} for line in hashes if line.get(HASH)}
    return [{**line, **known.get(line["epoch"], {})} for line in metrics[:epochs]]


def table(file: Path) -> list[Line]:
    """Read the whole lines of a table; one that a kill cut short is left out."""
    text = read_own(file.parent, file.name).decode(errors="replace") if file.is_file() else ""
    heading, *lines = text.split("\n")[:-1] or [""]
    names = heading.split(",")
    cells = [line.split(",") for line in lines]
    return [dict(zip(names, one, strict=True)) for one in cells if len(one) == len(names)]


def changes_by_epoch(before: list[Line], again: list[Line]) -> Iterator[EpochChanges]:
    """Compare the epochs of two runs, which may not have as many."""
    none: Line = {}
    for number, (was, now) in enumerate(zip_longest(before, again, fillvalue=none), 1):
        yield EpochChanges(number, list(changes(was, now)))


def changes(was: Mapping, now: Mapping) -> Iterator[Change]:
    """List what differs of what both know; an epoch that one lacks differs as a whole."""
    if not (was and now):
        yield Change("epoch", was.get("epoch"), now.get("epoch"))
        return
    for name in was:
        if name in now and was[name] != now[name]:
            yield Change(name, was[name], now[name])


# Facts


def changed_facts(was: dict, now: dict) -> list[Change]:
    """List what both records tell, and tell otherwise."""
    before, after = (dict(leaves(record)) for record in (was, now))
    return list(changes(before, after)) if before and after else []


def changed_data(record: dict, now: dict) -> str:
    """Say that rows are others than those that a record tells of, and which file differs."""
    was = record.get("data_files", {})
    differing = [name for name in was if now.get(name, was[name]) != was[name]]
    files = listing(told_file(name, was[name], now[name]) for name in differing)
    told = "its data, or how they are split, have changed since it began"
    return f"{told} ({files})" if files else told


def told_file(name: str, was: dict, now: dict) -> str:
    """Say how a data file is another one."""
    before, after = f"{was['bytes']:,} bytes", f"{now['bytes']:,} bytes"
    if before == after:
        return f"{name} holds something else, in {after} as before"
    return f"{name} has {after}, and had {before}"


def leaves(record: dict) -> Iterator[tuple[str, Any]]:
    """Go through the facts of a record, those within another by a dotted name."""
    for name in FACTS:
        value = record.get(name)
        if isinstance(value, dict):
            yield from ((f"{name}.{inner}", told) for inner, told in value.items())
        elif value is not None:
            yield name, value
