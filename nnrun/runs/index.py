"""All runs below a folder, many thousands of them at once.

What was read of a folder is kept in a cache of one's own, outside of the folders, and read again as
soon as a file of it looks changed. Nothing is proved by the cache: a list shows what it holds, and
whoever uses a run reads its files.
"""

import json
import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, suppress
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from time import time_ns
from typing import Any, NamedTuple

from nnrun.errors import Mistake, Problem, folder_beside
from nnrun.reading.proofs import BEST, RECORD
from nnrun.runs.checkpoints import FOLDER as CHECKPOINTS
from nnrun.runs.entries import Entry, Known, read_known
from nnrun.runs.ledger import ABOUT, LEDGER, MEMBERS
from nnrun.runs.notes import NOTES
from nnrun.runs.record import CONFIG, OVERRIDES
from nnrun.runs.summary import SUMMARY

FORMAT = 3  # of the cache; another one is made anew
VARIABLE = "NNRUN_CACHE"
DEEPEST = 3  # folders from a root down to a training
OF_RUN = (RECORD, SUMMARY, CONFIG, OVERRIDES, NOTES)
OF_SWEEP = (
    *(ABOUT, LEDGER, MEMBERS, NOTES),
    *(f"{BEST}/{RECORD}", f"{BEST}/{SUMMARY}", f"{BEST}/{CONFIG}"),
)
SETTLED = 2 * 10**9  # nanoseconds after which a file that changes gets another time
AT_ONCE = 500  # folders that are read and kept
WAIT = 0.5  # seconds for another nnrun that writes the cache
TABLES = """
    CREATE TABLE names (id INTEGER PRIMARY KEY, names TEXT UNIQUE);
    CREATE TABLE runs (place BLOB PRIMARY KEY, stamp TEXT, known TEXT, names INTEGER, facts TEXT);
"""


UNREADABLE = (OSError, sqlite3.Error, ValueError, TypeError, KeyError)
Facts = dict[str, Any]
Names = tuple[str, ...]


class Listing(NamedTuple):
    """What lies below a folder."""

    entries: list[Entry]  # the newest first
    damaged: list[Entry]  # of which nothing but why can be told


class Told(NamedTuple):
    """What was read of a folder, and of which files."""

    stamp: str
    known: Known


UNKNOWN = Told("", Known())


def listing(root: Path, members: bool = False) -> Listing:
    """List all runs and sweeps below a folder; or in the place of sweeps their members."""
    if not root.is_dir():
        advice = folder_beside(root) or "give a folder with runs"
        raise Mistake(Problem(str(root), None, "no such folder", advice))
    cache = Cache(root)
    held = cache.told()
    told: dict[str, Told] = {}
    fresh: dict[str, Facts] = {}
    unkept: dict[str, tuple[Told, Facts]] = {}
    for place, stamp in stamps(str(root), members):
        told[place] = held.get(place, UNKNOWN)
        if told[place].stamp != stamp:
            known, fresh[place] = read_known(root / place)
            told[place] = Told(stamp, known)
            unkept[place] = told[place], fresh[place]
        if len(unkept) == AT_ONCE:  # so that Ctrl-C costs no more than these
            cache.put(unkept, ())
            unkept = {}
    cache.put(unkept, held.keys() - told.keys())
    facts = LazyFacts(root, fresh, cache)
    return sorted_out(Entry(root, place, one.known, facts) for place, one in told.items())


class LazyFacts:
    """Settings and metrics of runs, read from the cache once somebody asks for one's."""

    def __init__(self, root: Path, fresh: dict[str, Facts], cache: "Cache"):
        self.root, self.fresh, self.cache = root, fresh, cache

    def of(self, place: str) -> Facts:
        """Give those of a run."""
        if place not in self.fresh:
            self.fresh = self.cache.facts() | self.fresh
        if place not in self.fresh:  # the cache has gone meanwhile
            self.fresh[place] = read_known(self.root / place)[1]
        return self.fresh[place]


def sorted_out(entries: Iterable[Entry]) -> Listing:
    """Part what can be told from what is damaged, the newest first."""
    every = sorted(entries, key=lambda one: (one.known.started, one.place), reverse=True)
    whole = [one for one in every if not one.known.wrong]
    return Listing(whole, [one for one in every if one.known.wrong])


# Folders


def stamps(root: str, members: bool) -> Iterator[tuple[str, str]]:
    """Go through the folders of runs and sweeps, with what changes when their files do."""
    for path, names in folders(root, DEEPEST):
        if members and names is OF_SWEEP:
            yield from ((below(root, one), stamp(one, OF_RUN)) for one in members_in(path))
        else:
            yield below(root, path), stamp(path, names)


def below(root: str, path: str) -> str:
    """Write a path as seen from the folder through which it was found."""
    return path[len(root) :].lstrip("/") or "."


def folders(path: str, depth: int) -> Iterator[tuple[str, Names]]:
    """Find them, with the files that tell of each; no link is followed."""
    if os.path.lexists(f"{path}/{ABOUT}"):
        yield path, OF_SWEEP
    elif os.path.lexists(f"{path}/{RECORD}"):
        yield path, OF_RUN
    elif depth:
        for inner in folders_in(path):
            yield from folders(inner, depth - 1)


def members_in(sweep: str) -> list[str]:
    return [path for path in folders_in(sweep) if os.path.lexists(f"{path}/{RECORD}")]


def folders_in(path: str) -> list[str]:
    """List the folders in a folder; none where one may not look."""
    with suppress(OSError), os.scandir(path) as inner:
        real = [one for one in inner if one.is_dir(follow_symlinks=False)]
        return [one.path for one in real if one.name != CHECKPOINTS]
    return []


def stamp(path: str, names: Names) -> str:
    """Tell by size, time and number which files these are; never alike of one that just changed."""
    told, newest = "", 0
    for name in names:
        try:
            status = os.stat(f"{path}/{name}")
        except OSError:
            told += "-"
            continue
        newest = max(newest, status.st_mtime_ns, status.st_ctime_ns)
        told += f" {status.st_size} {status.st_mtime_ns} {status.st_ctime_ns} {status.st_ino}"
    settled = time_ns() - newest > SETTLED
    return told if settled else f"{told} {time_ns()}"


# The cache


def as_row(place: str, told: Told, facts: Facts) -> tuple[str | bytes, ...]:
    """Lay out what was read of a folder; many have the same names of settings and metrics."""
    texts = [json.dumps([*part]) for part in (asdict(told.known).values(), facts, facts.values())]
    return os.fsencode(place), told.stamp, *texts


def cache_folder() -> Path:
    """Name the folder of one's own in which caches lie."""
    if named := os.environ.get(VARIABLE):
        return Path(named)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "nnrun"


class Cache:
    """What was read of the folders below one; where it cannot be kept, nothing is."""

    def __init__(self, root: Path):
        name = sha256(os.fsencode(root.resolve())).hexdigest()[:16]
        self.file = cache_folder() / f"runs-{name}.sqlite"

    def told(self) -> dict[str, Told]:
        """Read what lists tell; nothing where there is no cache, or a damaged one."""
        with suppress(*UNREADABLE), closing(self.opened()) as base:
            rows = base.execute("SELECT place, stamp, known FROM runs")
            return {
                os.fsdecode(place): Told(stamp, Known(*json.loads(known)))
                for place, stamp, known in rows
            }
        return {}

    def facts(self) -> dict[str, Facts]:
        """Read all settings and metrics."""
        with suppress(*UNREADABLE), closing(self.opened()) as base:
            base.execute("BEGIN")  # both tables as they stood at one time
            names = {i: json.loads(text) for i, text in base.execute("SELECT * FROM names")}
            rows = base.execute("SELECT place, names, facts FROM runs")
            return {
                os.fsdecode(place): dict(zip(names[i], json.loads(text), strict=True))
                for place, i, text in rows
            }
        return {}

    def put(self, fresh: dict[str, tuple[Told, Facts]], gone: Iterable[str]) -> None:
        """Write what was read, and forget what is gone; a damaged cache is begun anew."""
        if not fresh and not gone:
            return
        with suppress(OSError, sqlite3.Error):
            try:
                self.write(fresh, gone)
            except sqlite3.DatabaseError:
                self.file.unlink(missing_ok=True)
                self.write(fresh, gone)

    def write(self, fresh: dict[str, tuple[Told, Facts]], gone: Iterable[str]) -> None:
        """Write in one step; who reads meanwhile sees all of it or nothing."""
        rows = [as_row(place, *read) for place, read in fresh.items()]
        with closing(self.opened()) as base, base:
            base.executemany(
                "DELETE FROM runs WHERE place = ?", [(os.fsencode(place),) for place in gone]
            )
            base.executemany(
                "INSERT OR IGNORE INTO names (names) VALUES (?)", [(row[3],) for row in rows]
            )
            base.executemany(
                "INSERT OR REPLACE INTO runs"
                " VALUES (?, ?, ?, (SELECT id FROM names WHERE names = ?), ?)",
                rows,
            )

    def opened(self) -> sqlite3.Connection:
        """Open the file, which only its owner can read; one of another format is emptied."""
        self.file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        base = sqlite3.connect(self.file, timeout=WAIT)
        if base.execute("PRAGMA user_version").fetchone()[0] != FORMAT:
            base.executescript(
                "DROP TABLE IF EXISTS runs; DROP TABLE IF EXISTS names;"
                f"{TABLES} PRAGMA user_version = {FORMAT}"
            )
        return base
