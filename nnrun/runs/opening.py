"""The sweep's folder is opened: what stands in it is judged before anybody goes by it."""

import os
from hashlib import sha256
from pathlib import Path

from nnrun.errors import Mistake, Problem, folder_beside
from nnrun.reading.files import expanded, read_own, refusal
from nnrun.reading.plain import json_object, refuse_references
from nnrun.reading.proofs import BEST, OF_FILES, RECORD, Taken, read_sealed, understood
from nnrun.reading.seals import SEAL
from nnrun.reading.shapes import NUMBER, Each, Keys, misfit
from nnrun.runs.checkpoints import FOLDER as CHECKPOINTS
from nnrun.runs.folder import INFLUENCE, LOG, why_taken
from nnrun.runs.job import Job
from nnrun.runs.ledger import (
    ABOUT,
    LARGEST_LIST,
    LEDGER,
    MEMBERS,
    OF_LINE,
    PROOF,
    REUSED,
    SETTINGS,
    Ledger,
    seal_of,
    taken_of,
)
from nnrun.runs.record import flags_of

ADVICE = "give the folder of an nnrun -m, or write last"
OF_SWEEP = Keys(
    must={"members": int, SETTINGS: dict},
    may={
        **dict.fromkeys(["command", "cwd", "status", "started", "went_on", "data_sha256"], str),
        **dict.fromkeys(["pid", "planned", "peak", "worked"], NUMBER),
        PROOF: (str, type(None)),
        "data_files": OF_FILES,
        BEST: Keys(must={"path": str, "sha256": str}),
    },
)
OF_MEMBER = Keys(
    must={"name": str, "config": dict, "overrides": [str], "choices": Each(str)},
    may={"flags": [str]},
)


def open_ledger(path: Path) -> Ledger:
    """Read the ledger of a sweep's folder."""
    refuse_other_folders(path)
    about, content = read_sealed(path, ABOUT, OF_SWEEP), read_own(path, MEMBERS, LARGEST_LIST)
    if about.get(PROOF) not in (None, sha256(content).hexdigest()):
        raise changed(path, "has been changed since the sweep began")
    lines = content.splitlines()
    if about["members"] != len(lines):
        told = f"{ABOUT} tells of {about['members']} members, {MEMBERS} of {len(lines)}"
        damaged = "a file is damaged, and the sweep cannot be resumed"
        raise Mistake(Problem(str(path), None, told, damaged))
    members = [read_member(path, place, line) for place, line in enumerate(lines, 1)]
    names, jobs = [name for name, _ in members], [job for _, job in members]
    if len({name.casefold() for name in names}) < len(names):
        raise changed(path, "has members of the same name")
    ledger = Ledger(path, names, jobs, about)
    ledger.read_taken()
    return ledger


def read_influence(path: Path) -> dict | None:
    """Read which settings mattered in a sweep; None where nothing could be said of it."""
    try:
        content = read_own(path, INFLUENCE)
    except FileNotFoundError:
        return None
    return understood(path / INFLUENCE, content, json_object)


def read_member(path: Path, place: int, line: bytes) -> tuple[str, Job]:
    """Read the name of a member, and what it was asked for."""
    try:
        told = json_object(line)
        refuse_references(told.get("config"))
        wrong = misfit(told, OF_MEMBER)
    except ValueError as error:
        wrong = str(error)
    if wrong:
        raise refusal(path / f"{MEMBERS}:{place}", wrong, "nothing can be resumed")
    name = told["name"]
    if not fit_name(name):
        raise changed(path, f"{name[:60]!a} is no name of a member")
    return name, Job(told["config"], told["overrides"], told["choices"], flags_of(told))


def fit_name(name: str) -> bool:
    """Tell whether a member may be called so: a folder in here, which nothing else is."""
    taken = (BEST, MEMBERS, LEDGER, ABOUT, LOG, CHECKPOINTS, RECORD)
    plain = name.isprintable() and "/" not in name and not name.startswith(".")
    return bool(name) and plain and name not in taken


def taken_over(path: Path) -> dict[str, Taken]:
    """Read which members of a sweep lie elsewhere; quick, as a list of many sweeps needs it.

    Members are not read for that, so it is no proof. Nothing is told of what cannot be read.
    """
    try:
        content = read_own(path, LEDGER, LARGEST_LIST)
        if REUSED.encode() not in content:
            return {}
        about = read_sealed(path, ABOUT, OF_SWEEP)
    except (OSError, Mistake):
        return {}
    taken: dict[str, Taken] = {}
    for line in filter(None, map(read_plainly, content.splitlines())):
        if line.get(SEAL) == seal_of(line, about):
            taken.pop(line["name"], None)
            if line["status"] == REUSED:
                taken[line["name"]] = taken_of(line)
    return taken


def read_plainly(line: bytes) -> dict | None:
    """Read a line of the ledger; None of one that is damaged, or names no folder of a member."""
    try:
        told = json_object(line)
    except ValueError:
        return None
    return None if misfit(told, OF_LINE) or not fit_name(told["name"]) else told


def refuse_other_folders(path: Path) -> None:
    """Stop where a folder is no sweep's."""
    if not path.is_dir():
        advice = folder_beside(path) or ADVICE
        raise Mistake(Problem(str(path), None, "no such folder", advice))
    missing = [name for name in (ABOUT, MEMBERS) if not os.path.lexists(path / name)]
    if missing:
        wrong = f"is no sweep's folder, as it has no {' and no '.join(missing)}"
        raise Mistake(Problem(str(path), None, wrong, ADVICE))


def refuse_unfit_place(out: str) -> None:
    """Stop at a folder that cannot be made for what members come to together."""
    above = expanded(out).absolute().parents
    wrong = why_taken(out) if out.strip() else "names no folder"
    if out == "-":
        wrong = "is standard output, and this makes a folder"
    if not wrong and any((folder / ABOUT).exists() for folder in above):
        wrong = "lies in a sweep, which holds members alone"
    if not wrong and any((folder / RECORD).exists() for folder in above):
        wrong = "lies in a run's folder, which holds that run alone"
    if wrong:
        raise Mistake(Problem(f"-o {out!r}", None, wrong, "choose a new folder or an empty one"))


def changed(path: Path, wrong: str) -> Mistake:
    """Refuse a list of members that is not as it was written."""
    return Mistake(Problem(str(path / MEMBERS), None, wrong, "nothing can be resumed"))
