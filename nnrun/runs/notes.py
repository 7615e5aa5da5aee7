"""What a person adds to a run: a name, tags, a note. They lie beside the files that are proved."""

import re
from pathlib import Path
from typing import NamedTuple

from nnrun.reading.files import read_own
from nnrun.reading.proofs import as_settings
from nnrun.reading.shapes import Keys
from nnrun.runs.folder import RunFolder

NOTES = "notes.json"
LARGEST = 2**20  # bytes
LONGEST = 10_000  # letters of a note
SHAPE = Keys(may={"name": str, "tags": [str], "note": str})
FIT = r"\w[\w.+-]{0,99}"
TAKEN = ("last", "best")
FORM = "expected letters, digits, and . + - _ within, such as night or lr-2"


class Notes(NamedTuple):
    """What a person says of a run or a sweep."""

    name: str = ""
    tags: tuple[str, ...] = ()
    note: str = ""


def read_notes(folder: Path) -> Notes:
    """Read what was noted; nothing where nothing was."""
    try:
        told = as_settings(folder / NOTES, read_own(folder, NOTES, LARGEST), SHAPE)
    except FileNotFoundError:
        return Notes()
    return Notes(told.get("name", ""), tuple(told.get("tags", ())), told.get("note", ""))


def write_notes(folder: Path, notes: Notes) -> None:
    RunFolder(folder).put_json(NOTES, notes._asdict())


def unfit(name: str) -> str:
    """Say why a run or a tag cannot be called so; empty where it can."""
    if name in TAKEN:
        return "means another run each day; choose another name"
    return "" if re.fullmatch(FIT, name) else FORM
