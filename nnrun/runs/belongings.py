"""What may lie in the folder of a run or a sweep that somebody else may have made."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from nnrun.errors import Mistake, Problem
from nnrun.reading.proofs import BEST, SWEEP_RECORD, linked_member


def refuse_strangers(folder: Path) -> None:
    """Stop where a folder holds anything but files and folders of its own.

    What is written through a link lies elsewhere, and a pipe never ends.
    """
    linked_member(folder)
    for entry, what in strangers(folder):
        wrong = f"{what}, and a run's folder holds files of its own alone"
        raise Mistake(Problem(str(entry), None, wrong, "take it out"))


def strangers(folder: Path) -> Iterator[tuple[Path, str]]:
    """Find what does not belong there, and say what it is."""
    for place, folders, files in os.walk(folder):
        for name in (*folders, *files):
            entry = Path(place, name)
            mode = entry.lstat().st_mode
            if stat.S_ISLNK(mode):
                if entry != folder / BEST or SWEEP_RECORD not in files:
                    yield entry, "is a link"
            elif not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
                yield entry, "is a pipe, a socket or a device"
