"""The published files of ARKOMA: read whole, or refused by file and line."""

import math
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy import ndarray

from nnrun.arm.kinematics import Arm, pose
from nnrun.errors import Mistake, Problem, Problems, listing, refuse
from nnrun.parts.dataset.numbers import number
from nnrun.parts.dataset.published import damaged, folder_named, unreadable
from nnrun.parts.dataset.text import no_file
from nnrun.parts.dataset.wording import counted, problem_at
from nnrun.parts.kinds import Names, show

INPUTS = ("Px", "Py", "Pz", "Rx", "Ry", "Rz")  # millimetres; degrees of a rotation vector
# radians, from the shoulder to the wrist
TARGETS = ("joint1", "joint2", "joint3", "joint4", "joint5")
SPLITS = ("Train", "Val", "Test")
ZIP = "the published zip"
FOLDER = "give the folder that holds the published CSV files"


def read_files(files: list[Path]) -> tuple[list[ndarray], list[ndarray]]:
    """Read the poses and the joints of each split, or tell what is wrong in any of the files."""
    tables: list[ndarray] = []
    problems: Problems = []
    for file, names in zip(files, (INPUTS, TARGETS) * len(SPLITS), strict=True):
        try:
            tables.append(read_table(file, names))
        except Mistake as mistake:
            problems += mistake.problems
    refuse(problems or unequal(files, tables))
    return tables[0::2], tables[1::2]


def doubts(arm: Arm, inputs: ndarray, targets: ndarray) -> Sequence[str]:
    """Note joints that miss their pose, as with the other arm, degrees or another order."""
    misses = np.linalg.norm(pose(targets, arm)[:, :3] - inputs[:, :3], axis=1)
    astray = misses > 1  # mm; true rows are equal
    if not astray.any():
        return ()
    rows = f"in {astray.sum()} of {len(astray)} rows"
    return (f"{rows} the joints do not put the hand of the {arm} arm at Px, Py, Pz",)


# Where the files are


def find_files(arm: Arm, path: str) -> list[Path]:
    """Find the six files, in the folder or in the subfolder that the published zip has."""
    folder = folder_named(path, FOLDER)
    places = [folder, folder / f"{arm.title()} Arm Dataset"]
    place = min(places, key=lambda place: len(missing(arm, place)))
    if lacking := missing(arm, place):
        wrong = f"no {listing(lacking)} in '{place}'"
        raise Mistake(Problem("dataset.path", show(path), wrong, other_way(arm, folder)))
    return [place / name for name in file_names(arm)]


def file_names(arm: Arm) -> list[str]:
    """Name the six files of an arm, the poses of each split before its joints."""
    return [f"{arm[0].upper()}{split}_{side}.csv" for split in SPLITS for side in "xy"]


def missing(arm: Arm, folder: Path) -> list[str]:
    return [name for name in file_names(arm) if not os.path.isfile(folder / name)]


def other_way(arm: Arm, folder: Path) -> str:
    """Tell what to do in a folder without the files of this arm."""
    other: Arm = "left" if arm == "right" else "right"
    if not missing(other, folder):
        return f"set dataset.arm={other}, whose files are there"
    return "unpack the published zip there, or set dataset.path=null for a synthesis"


# What they hold


def read_table(file: Path, names: Names) -> ndarray:
    """Read the numbers of one file, (rows, columns)."""
    header, *lines = read_lines(file)
    if [name.strip() for name in header.split(",")] != list(names):
        wrong = f"the header is {show(header[:80])}"
        raise Mistake(problem_at(f"{file}:1", wrong, f"it must be {show(','.join(names))}"))
    if not lines:
        raise Mistake(damaged(file, "has a header but no rows", ZIP))
    rows = list(map(numbers_in, lines))
    problems = [
        damaged(f"{file}:{at}", fault(line, names), ZIP)
        for at, (row, line) in enumerate(zip(rows, lines, strict=True), start=2)
        if len(row) != len(names) or not all(map(math.isfinite, row))
    ]
    refuse(few(file, problems))
    return np.array(rows)


def read_lines(file: Path) -> list[str]:
    """Read the lines of a text file, without the empty ones at its end."""
    try:
        if wrong := no_file(file):
            raise Mistake(damaged(file, wrong))
        text = file.read_text(encoding="utf-8-sig").rstrip()
    except UnicodeDecodeError as error:
        wrong = f"byte 0x{error.object[error.start]:02X} is not UTF-8 text"
        raise Mistake(damaged(file, wrong, ZIP)) from None
    except OSError as error:
        raise unreadable(file, error) from None
    if not text:
        raise Mistake(damaged(file, "the file is empty", ZIP))
    return text.split("\n")


def numbers_in(line: str) -> list[float]:
    return [number(cell.strip()) for cell in line.split(",")]


def fault(line: str, names: Names) -> str:
    """Tell what is wrong with a line that cannot be a row."""
    cells = line.split(",")
    if len(cells) != len(names):
        return f"{counted(len(cells), 'field')}, the header has {len(names)}"
    at = list(map(math.isfinite, numbers_in(line))).index(False)
    return f"column '{names[at]}': {show(cells[at][:40])} is not a number"


def few(file: Path, problems: Problems, most: int = 3) -> Problems:
    """Keep the first problems of a file and the count of the others."""
    rest = len(problems) - most
    if rest <= 0:
        return problems
    return [*problems[:most], damaged(file, f"{rest} more like these", ZIP)]


def unequal(files: list[Path], tables: list[ndarray]) -> Problems:
    """Find pairs of files that do not describe the same rows."""
    pairs = zip(files[0::2], tables[0::2], files[1::2], tables[1::2], strict=True)
    return [
        damaged(file, f"{len(joints)} rows, {other.name} has {len(poses)}", ZIP)
        for other, poses, file, joints in pairs
        if len(joints) != len(poses)
    ]
