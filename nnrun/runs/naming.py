"""Runs and sweeps by their names, or by an unambiguous beginning of these."""

import os
from pathlib import Path

from nnrun.errors import Mistake, Problem, listing
from nnrun.runs.entries import Entry
from nnrun.runs.index import listing as listed

BEGINNING = "type more of its name, or its folder"
THE_SAME = "all have this name, so type the folder"
MOST = 6  # that are told where a beginning is that of several


def named(typed: str, root: Path) -> Path | None:
    """Find the folder of a run, a sweep or a member; None where nothing is called so.

    Where a folder stands in front, as in results/night, names below it are meant.
    """
    if not typed.strip("./"):
        return None
    above, _, last = typed.rstrip(os.sep).rpartition(os.sep)
    if above and os.path.isdir(above):
        return one_of(typed, last, Path(above))
    if not root.is_dir():
        return None
    return one_of(typed, typed, root) or member_of(typed, above, last, root)


def one_of(typed: str, name: str, root: Path) -> Path | None:
    """Find the one that is called so; or else that whose name begins so."""
    entries = listed(root).entries
    exact = [one for one in entries if name in names_of(one)]
    found = exact or [one for one in entries if any(n.startswith(name) for n in names_of(one))]
    return only(typed, found, THE_SAME if exact else BEGINNING)


def member_of(typed: str, sweep: str, name: str, root: Path) -> Path | None:
    """Find a member of a sweep that is named in front of it."""
    if not sweep:
        return None
    folder = one_of(typed, sweep, root)
    return one_of_members(typed, name, folder) if folder else None


def one_of_members(typed: str, name: str, sweep: Path) -> Path | None:
    members = listed(sweep, members=True).entries
    exact = [one for one in members if one.place == name]
    found = exact or [one for one in members if one.place.startswith(name)]
    return only(typed, found, BEGINNING)


def names_of(entry: Entry) -> tuple[str, ...]:
    """List what a run may be called: its name, its folder with the data set's, its folder."""
    return entry.name, entry.place, entry.folder.name


def only(typed: str, found: list[Entry], advice: str) -> Path | None:
    """Take the only one; of several nobody can tell which is meant."""
    folders = sorted(str(one.folder) for one in found)
    if len(folders) > 1:
        raise Mistake(Problem(typed, None, f"may be {listing(folders, MOST)}", advice))
    return Path(folders[0]) if folders else None
