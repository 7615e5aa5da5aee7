"""All runs below a folder, many thousands of them at once.

What was read of a folder is kept in a cache of one's own, outside of the folders, and read again as
soon as a file of it looks changed. Nothing is proved by the cache: a list shows what it holds, and
whoever uses a run reads its files.
"""

import json
import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, suppress
from hashlib import sha256
from pathlib import Path
from time import time_ns
from typing import Any, NamedTuple

from nnrun.errors import Mistake, Problem, folder_beside
from nnrun.garbage import uncollected
from nnrun.reading.proofs import BEST, RECORD, Taken
from nnrun.runs.checkpoints import FOLDER as CHECKPOINTS
from nnrun.runs.entries import RUN, Entry, Known, read_known, read_taken_over
from nnrun.runs.ledger import ABOUT, LEDGER, MEMBERS
from nnrun.runs.notes import NOTES, Notes, read_notes
from nnrun.runs.opening import taken_over
from nnrun.runs.record import CONFIG, OVERRIDES
from nnrun.runs.summary import SUMMARY

FORMAT = 7  # of the cache; another one is made anew
VARIABLE = "NNRUN_CACHE"
DEEPEST = 3  # folders from a root down to a training
OF_RUN = (RECORD, SUMMARY, CONFIG, OVERRIDES, NOTES)
OF_SWEEP = (
    *(ABOUT, LEDGER, MEMBERS, NOTES),
    *(f"{BEST}/{RECORD}", f"{BEST}/{SUMMARY}", f"{BEST}/{CONFIG}"),
)
UNCHANGED = ()  # no file of a run that is what it was has to be looked at again
SETTLED = 2 * 10**9  # nanoseconds after which a file that changes gets another time
AT_ONCE = 500  # folders that are read and kept
WAIT = 0.5  # seconds for another nnrun that writes the cache
TABLES = """
    CREATE TABLE names (id INTEGER PRIMARY KEY, names TEXT UNIQUE);
    CREATE TABLE runs (place BLOB PRIMARY KEY, stamp TEXT, known TEXT, names INTEGER, facts TEXT);
    CREATE INDEX runs_of_names ON runs (names);
"""
COLUMN = "SELECT place, facts -> ? FROM runs WHERE names = ?"  # of SQLite 3.38; or all are read


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

    @property
    def is_run(self) -> bool:
        """Whether it is a run that could be read, and lies where it is listed."""
        return self.known.kind == RUN and not (self.known.wrong or self.known.taken)


class Seen(NamedTuple):
    """A folder that is there: its place below the root, and what its files look like."""

    place: str
    stamp: str
    sweep: Notes | None = None  # of a member: what a person says of its sweep
    taken: Taken | None = None  # of a member: that it lies elsewhere


UNKNOWN = Told("", Known())


def listing(root: Path, members: bool = False) -> Listing:
    """List all runs and sweeps below a folder; or in the place of sweeps their members."""
    if not root.is_dir():
        advice = folder_beside(root) or "give a folder with runs"
        raise Mistake(Problem(str(root), None, "no such folder", advice))
    with uncollected():
        return listed(root, members)


def listed(root: Path, members: bool) -> Listing:
    cache = Cache(root)
    held = cache.told()
    told: dict[str, tuple[Seen, Known]] = {}
    fresh: dict[str, Facts] = {}
    unkept: dict[str, tuple[Told, Facts]] = {}
    for seen in seen_below(str(root), members, held):
        before = held.get(seen.place, UNKNOWN)
        known = before.known
        if before.stamp != seen.stamp:
            known, fresh[seen.place] = read_seen(root, seen)
            unkept[seen.place] = Told(seen.stamp, known), fresh[seen.place]
        told[seen.place] = seen, known
        if len(unkept) == AT_ONCE:  # so that Ctrl-C costs no more than these
            cache.put(unkept, ())
            unkept = {}
    cache.put(unkept, gone_from(held, told))
    facts = LazyFacts(fresh, cache, lambda place: read_seen(root, told[place][0])[1])
    entries = [Entry(root, seen.place, known, facts, seen.sweep) for seen, known in told.values()]
    return sorted_out(entries)


def known_below(root: Path) -> Iterator[tuple[str, Known | None]]:
    """Go through what lies below a folder; None where the cache does not know a folder as it is.

    Nothing is read for that, and nothing is kept.
    """
    held = Cache(root).told()
    with uncollected():
        for seen in seen_below(str(root), False, held):
            told = held.get(seen.place, UNKNOWN)
            whole = told.stamp == seen.stamp and not told.known.wrong
            yield seen.place, told.known if whole else None


def gone_from(held: Iterable[str], seen: Mapping[str, object]) -> set[str]:
    """Tell what is not there any more; members of sweeps that are seen are, and their sweeps."""
    sweeps = {place.rpartition("/")[0] for place in seen}
    unseen = {place for place in held if place not in seen}
    return {one for one in unseen if one not in sweeps and one.rpartition("/")[0] not in seen}


def read_seen(root: Path, seen: Seen) -> tuple[Known, Facts]:
    """Read what is known of a folder, wherever it lies."""
    if seen.taken is None:
        return read_known(root / seen.place)
    sweep, _, name = seen.place.rpartition("/")
    return read_taken_over(root / sweep, name, seen.taken)


class LazyFacts:
    """Settings and metrics of runs, read from the cache once somebody asks for them."""

    def __init__(self, fresh: dict[str, Facts], cache: "Cache", read: Callable[[str], Facts]):
        self.fresh, self.cache, self.read = fresh, cache, read
        self.columns: dict[str, dict[str, Any]] = {}

    def of(self, place: str) -> Facts:
        """Give those of a run."""
        if place not in self.fresh:
            self.fresh = self.cache.facts() | self.fresh
        if place not in self.fresh:  # the cache has gone meanwhile
            self.fresh[place] = self.read(place)
        return self.fresh[place]

    def value(self, place: str, key: str) -> Any:
        """Give one of a run's; the same of all others is read with it, and nothing else."""
        if place in self.fresh:
            return self.fresh[place].get(key)
        if key not in self.columns:
            self.columns[key] = self.cache.column(key)
        column = self.columns[key]
        return column[place] if place in column else self.of(place).get(key)

    def names(self) -> list[str]:
        """List all that any run has."""
        known = dict.fromkeys(name for facts in self.fresh.values() for name in facts)
        return [*(known | dict.fromkeys(self.cache.names()))]


def sorted_out(entries: Iterable[Entry]) -> Listing:
    """Part what can be told from what is damaged, the newest first."""
    every = sorted(entries, key=lambda one: (one.known.started, one.place), reverse=True)
    whole = [one for one in every if not one.known.wrong]
    return Listing(whole, [one for one in every if one.known.wrong])


# Folders


def seen_below(root: str, members: bool, held: Mapping[str, Told]) -> Iterator[Seen]:
    """Go through the folders of runs and sweeps, with what changes when their files do."""

    def unchanged(path: str) -> bool:
        before = held.get(below(root, path))
        return before is not None and before.is_run and stamp(path, OF_RUN) == before.stamp

    for path, names in folders(root, DEEPEST, unchanged):
        place = below(root, path)
        if names is UNCHANGED:
            yield Seen(place, held[place].stamp)
        elif members and names is OF_SWEEP:
            yield from members_seen(root, path)
        else:
            yield Seen(place, stamp(path, names))


def members_seen(root: str, sweep: str) -> Iterator[Seen]:
    """Go through the members of a sweep, those too that it took over, where they lie."""
    notes, taken = notes_of(Path(sweep)), taken_over(Path(sweep))
    for path in members_in(sweep):
        if os.path.basename(path) not in taken:
            yield Seen(below(root, path), stamp(path, OF_RUN), notes)
    for name, one in taken.items():
        told = stamp(str(one.folder(Path(sweep))), OF_RUN)
        yield Seen(below(root, f"{sweep}/{name}"), f"{told} {one.sha256}", notes, one)


def notes_of(sweep: Path) -> Notes:
    """Read what a person says of a sweep; nothing where none can be read."""
    try:
        return read_notes(sweep)
    except (OSError, Mistake):
        return Notes()


def below(root: str, path: str) -> str:
    """Write a path as seen from the folder through which it was found."""
    return path[len(root) :].lstrip("/") or "."


def never(path: str) -> bool:
    return False


def folders(
    path: str, depth: int, unchanged: Callable[[str], bool] = never
) -> Iterator[tuple[str, Names]]:
    """Find them, with the files that tell of each; no link is followed.

    A run that is said to be what it was needs no look at what else the folder may be.
    """
    if unchanged(path):
        yield path, UNCHANGED
    elif os.path.lexists(f"{path}/{ABOUT}"):
        yield path, OF_SWEEP
    elif os.path.lexists(f"{path}/{RECORD}"):
        yield path, OF_RUN
    elif depth:
        for inner in folders_in(path):
            yield from folders(inner, depth - 1, unchanged)


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
    told, times = [], [0]
    for name in names:
        try:
            status = os.stat(f"{path}/{name}")
        except OSError:
            told.append("-")
            continue
        written, changed = status.st_mtime_ns, status.st_ctime_ns
        times += written, changed
        told.append(f"{status.st_size} {written} {changed} {status.st_ino}")
    settled = time_ns() - max(times) > SETTLED
    return " ".join(told if settled else [*told, str(time_ns())])


# The cache


def all_of(texts: Iterable[str]) -> list[Any]:
    """Read many texts of JSON as one, which takes half the time."""
    return json.loads(f"[{','.join(texts)}]")


def as_row(place: str, told: Told, facts: Facts) -> tuple[str | bytes, ...]:
    """Lay out what was read of a folder; many have the same names of settings and metrics."""
    texts = [json.dumps([*part]) for part in (told.known, facts, facts.values())]
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
            rows = base.execute("SELECT place, stamp, known FROM runs").fetchall()
            every = all_of(known for _, _, known in rows)
            return {
                os.fsdecode(place): Told(stamp, Known(*known))
                for (place, stamp, _), known in zip(rows, every, strict=True)
            }
        return {}

    def names(self) -> list[str]:
        """Read the names of all settings and metrics."""
        with suppress(*UNREADABLE), closing(self.opened()) as base:
            lists = all_of(text for (text,) in base.execute("SELECT names FROM names"))
            return [*dict.fromkeys(name for names in lists for name in names)]
        return []

    def column(self, key: str) -> dict[str, Any]:
        """Read one setting or metric of each run; None of those that lack it.

        SQLite looks for it in the text, in a tenth of the time in which all of that is read.
        """
        with suppress(*UNREADABLE), closing(self.opened()) as base:
            base.execute("BEGIN")
            column = dict.fromkeys(place for (place,) in base.execute("SELECT place FROM runs"))
            for i, text in base.execute("SELECT id, names FROM names").fetchall():
                if (names := json.loads(text)).count(key):
                    asked = f"$[{names.index(key)}]", i
                    rows = base.execute(COLUMN, asked).fetchall()
                    values = all_of(value for _, value in rows)
                    column |= zip((place for place, _ in rows), values, strict=True)
            return {os.fsdecode(place): value for place, value in column.items()}
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
            base.execute("DELETE FROM names WHERE id NOT IN (SELECT names FROM runs)")

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
