"""Taking away what a run or a sweep left, and nothing else: what a person added stays."""

import os
import re
import stat
from pathlib import Path

from nnrun.errors import Mistake, Problem
from nnrun.reading.proofs import BEST, RECORD
from nnrun.runs.checkpoints import FOLDER as CHECKPOINTS
from nnrun.runs.folder import INFLUENCE, OWN
from nnrun.runs.ledger import ABOUT, LEDGER, MEMBERS
from nnrun.runs.lock import claimed
from nnrun.runs.notes import NOTES
from nnrun.runs.under_way import FILE as UNDER_WAY_FILE
from nnrun.runs.under_way import FOLDER as UNDER_WAY

DRAFT = r"\.(.+)\.[0-9a-f]{6}"  # of a file that a kill kept from its place
OF_SWEEP = re.compile(
    rf"{re.escape(ABOUT)}|{re.escape(MEMBERS)}|{re.escape(LEDGER)}|{re.escape(NOTES)}"
    rf"|log\.txt|\.?{BEST}|(sweep|steps)\.csv|(sweep|curves|paths)\.png|{re.escape(INFLUENCE)}"
    rf"|{CHECKPOINTS}/[^/]+/\d+-[0-9a-f]{{64}}\.safetensors|{re.escape(UNDER_WAY)}/{UNDER_WAY_FILE}"
)


def refuse_unremovable(folder: Path) -> None:
    """Stop at what is no whole run or sweep of its own."""
    wrong = ""
    if folder.is_symlink():
        wrong = "is a link, and what it leads to is not removed by it"
    elif not folder.exists():
        wrong = "no such folder"
    elif not any(os.path.lexists(folder / name) for name in (RECORD, ABOUT)):
        wrong = "is the folder of no run and no sweep"
    elif os.path.lexists(folder.resolve().parent / ABOUT):
        wrong = "is a member of a sweep, which keeps its members"
    if wrong:
        advice = "nnrun runs lists what may be removed"
        raise Mistake(Problem(str(folder), None, wrong, advice))


def remove(folder: Path) -> list[str]:
    """Take away all files that nnrun wrote; give those that stay, and their folders with them."""
    sweep = os.path.lexists(folder / ABOUT)
    kept: list[str] = []
    with claimed(folder):
        # each folder is opened, and no link followed, so that nothing outside is reached
        for place, folders, files, opened in os.fwalk(folder, topdown=False):
            links = [name for name in folders if is_link(name, opened)]
            for name in (*files, *links):
                path = os.path.relpath(os.path.join(place, name), folder)
                if is_ours(path, sweep):
                    os.unlink(name, dir_fd=opened)
                else:
                    kept.append(path)
            for name in set(folders) - set(links):
                remove_if_empty(name, opened)
    if not kept:
        folder.rmdir()
    return sorted(kept)


def is_link(name: str, opened: int) -> bool:
    return stat.S_ISLNK(os.stat(name, dir_fd=opened, follow_symlinks=False).st_mode)


def remove_if_empty(name: str, opened: int) -> None:
    try:
        os.rmdir(name, dir_fd=opened)
    except OSError:  # something in it stays
        return


def is_ours(path: str, sweep: bool) -> bool:
    """Tell whether nnrun wrote a file, by its place in the folder."""
    if of_run(path) or (sweep and OF_SWEEP.fullmatch(whole(path))):
        return True
    member, _, inner = path.partition("/")
    return sweep and member not in (CHECKPOINTS, UNDER_WAY) and bool(inner) and of_run(inner)


def of_run(path: str) -> bool:
    return whole(path) in (RECORD, NOTES) or bool(OWN.fullmatch(whole(path)))


def whole(path: str) -> str:
    """Give the path of the file that a draft was for; any other as it is."""
    above, mark, name = path.rpartition("/")
    draft = re.fullmatch(DRAFT, name)
    return f"{above}{mark}{draft[1]}" if draft else path
