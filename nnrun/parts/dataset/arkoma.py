"""ARKOMA: poses of a NAO robot's hand and the joint angles behind them, as published or drawn anew.

A. Nugroho, E. M. Yuniarno, M. H. Purnomo, "ARKOMA: The dataset to build neural networks-based inverse kinematics for
NAO robot arms", Data in Brief, 2023. The files are at DOI 10.17632/brg4dz8nbb.1.
"""

import math
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np

from nnrun.errors import Mistake, Problem, did_you_mean, listing, nearest
from nnrun.parts.dataset.data import Column, Data
from nnrun.parts.dataset.nao import MIRROR, Arm, ArmMetrics, pose
from nnrun.parts.interface import Dataset
from nnrun.parts.kinds import Bound, Seed, show

INPUTS = ("Px", "Py", "Pz", "Rx", "Ry", "Rz")  # millimetres; degrees of a rotation vector
TARGETS = (
    "joint1",
    "joint2",
    "joint3",
    "joint4",
    "joint5",
)  # radians, from the shoulder to the wrist
SPLITS = ("Train", "Val", "Test")
AGAIN = "take the file from the published zip again"
FOLDER = "give the folder that holds the published CSV files"

# How the published joints are distributed: quantiles of real rows, the right arm's mirrored to the left.
QUANTILES = (0, 0.05, 0.25, 0.50, 0.75, 0.95, 1)
LEFT_JOINTS = (
    (-2.059, -1.461, -0.623, 0.242, 0.816, 1.739, 2.084),
    (-0.249, 0.141, 0.396, 0.623, 0.831, 1.105, 1.322),
    (-2.073, -1.572, -0.777, -0.330, 0.218, 1.003, 1.880),
    (-1.475, -1.210, -0.889, -0.715, -0.531, -0.314, -0.132),
    (-1.818, -1.343, -0.464, 0.067, 0.538, 1.212, 1.823),
)


@dataclass(frozen=True)
class Arkoma(Dataset):
    """Inverse kinematics of a NAO arm: from where the hand is to the five joint angles that put it there."""

    arm: Arm
    rows: Annotated[int, Bound(least=50, most=1_000_000)]
    seed: Seed
    path: str | None

    task = "regression"
    draws = True

    def load(self) -> Data:
        if self.path is None:
            return synthesis(self.arm, self.rows, self.seed)
        return published(self.arm, self.path)

    def expected_rows(self) -> int | None:
        return None if self.path else self.rows

    def without_effect(self) -> dict[str, tuple[str, str]]:
        if self.path is None:
            return {}
        why = "the files in dataset.path have rows and a split of their own"
        advice = "leave it out, or dataset.path"
        return dict.fromkeys(("dataset.rows", "dataset.seed", "dataset.split"), (why, advice))

    def draw(self, rows: int, seed: int) -> Data:
        return synthesis(self.arm, rows, seed)

    def own_metrics(self) -> ArmMetrics:
        return ArmMetrics(self.arm)


def synthesis(arm: Arm, rows: int, seed: int) -> Data:
    """Rows made by the published recipe; the same seed gives both arms the same poses, mirrored."""
    joints = draw_joints(rows, seed) * (MIRROR if arm == "right" else 1)
    return Data(
        title=f"ARKOMA synthesis, {arm} arm",
        columns=tuple(Column(name) for name in INPUTS),
        inputs=pose(joints, arm),
        target_names=TARGETS,
        targets=joints,
        notes=(
            "a synthesis drawn by the published recipe, not the published files; dataset.path reads those",
        ),
    )


def draw_joints(rows: int, seed: int) -> np.ndarray:
    """Draw joints of the left arm, (rows, 5), each on its own; more rows continue the fewer."""
    shares = np.random.default_rng([seed, *b"arkoma"]).random((rows, len(TARGETS)))
    columns = [
        np.interp(share, QUANTILES, joint)
        for share, joint in zip(shares.T, LEFT_JOINTS, strict=True)
    ]
    return np.round(np.column_stack(columns), 5)  # the files have five decimals


def published(arm: Arm, path: str) -> Data:
    """The published files of one arm, with their own split."""
    tables = read_tables(find_files(arm, path))
    inputs, targets = np.concatenate(tables[0::2]), np.concatenate(tables[1::2])
    first_val, first_test, rows = np.cumsum([len(table) for table in tables[0::2]])
    train, val, test = np.split(np.arange(rows), [first_val, first_test])
    return Data(
        title=f"ARKOMA, {arm} arm",
        columns=tuple(Column(name) for name in INPUTS),
        inputs=inputs,
        target_names=TARGETS,
        targets=targets,
        given_split=(train, val, test),
        notes=doubts(arm, inputs, targets),
    )


def doubts(arm: Arm, inputs: np.ndarray, targets: np.ndarray) -> tuple[str, ...]:
    """A note when joints do not lead to their pose, as with the other arm, degrees, or rows in another order."""
    astray = (
        np.linalg.norm(pose(targets, arm)[:, :3] - inputs[:, :3], axis=1) > 1
    )  # mm; true rows are equal
    if not astray.any():
        return ()
    return (
        f"in {astray.sum()} of {len(astray)} rows the joints do not put the hand of the {arm} arm at Px, Py, Pz",
    )


def file_names(arm: Arm) -> list[str]:
    """The six files of an arm, the poses of each split before its joints."""
    return [f"{arm[0].upper()}{split}_{side}.csv" for split in SPLITS for side in "xy"]


def find_files(arm: Arm, path: str) -> list[Path]:
    """The six files, in the folder or in the subfolder that the published zip has for the arm."""
    where, folder = f"dataset.path={show(path)}", Path(os.path.expanduser(path))
    if not os.path.isdir(folder):
        raise Mistake(f"{where}: {no_folder(folder)}")
    places = [folder, folder / f"{arm.title()} Arm Dataset"]
    place = min(places, key=lambda place: len(missing(arm, place)))
    if lacking := missing(arm, place):
        raise Mistake(f"{where}: no {listing(lacking)} in '{place}'; {other_way(arm, folder)}")
    return [place / name for name in file_names(arm)]


def missing(arm: Arm, folder: Path) -> list[str]:
    return [name for name in file_names(arm) if not os.path.isfile(folder / name)]


def no_folder(path: Path) -> str:
    """What is wrong with a path that is no folder, and what to do."""
    if os.path.exists(path):
        return f"is a file; {FOLDER}"
    siblings = [entry.name for entry in path.parent.glob("*") if os.path.isdir(entry)]
    return f"not found; {did_you_mean(nearest(path.name, siblings)) or FOLDER}"


def other_way(arm: Arm, folder: Path) -> str:
    """What to do in a folder without the files of this arm."""
    other: Arm = "left" if arm == "right" else "right"
    if not missing(other, folder):
        return f"set dataset.arm={other}, whose files are there"
    return "unpack the published zip there, or set dataset.path=null for a synthesis"


def read_tables(files: list[Path]) -> list[np.ndarray]:
    """The numbers of all files, or one Mistake with what is wrong in any of them."""
    tables: list[np.ndarray] = []
    problems: list[Problem | str] = []
    for file, names in zip(files, (INPUTS, TARGETS) * len(SPLITS), strict=True):
        try:
            tables.append(read_table(file, names))
        except Mistake as mistake:
            problems += mistake.problems
    problems = problems or [*unequal(files, tables)]
    if problems:
        raise Mistake(*problems)
    return tables


def unequal(files: list[Path], tables: list[np.ndarray]) -> list[str]:
    """The pairs of files that do not describe the same rows."""
    return [
        f"{files[i + 1]}: {len(tables[i + 1])} rows, {files[i].name} has {len(tables[i])}; {AGAIN}"
        for i in range(0, len(files), 2)
        if len(tables[i]) != len(tables[i + 1])
    ]


def read_table(file: Path, names: tuple[str, ...]) -> np.ndarray:
    """The numbers of one file, (rows, columns)."""
    header, *lines = read_lines(file)
    if [name.strip() for name in header.split(",")] != list(names):
        raise Mistake(
            f"{file}:1: the header is {show(header[:80])}; it must be {show(','.join(names))}"
        )
    if not lines:
        raise Mistake(f"{file}: has a header but no rows; {AGAIN}")
    rows = [[number(cell) for cell in line.split(",")] for line in lines]
    problems = [
        f"{file}:{at}: {fault(line, names)}; {AGAIN}"
        for at, (row, line) in enumerate(zip(rows, lines, strict=True), start=2)
        if len(row) != len(names) or not all(map(math.isfinite, row))
    ]
    if problems:
        raise Mistake(*few(file, problems))
    return np.array(rows)


def read_lines(file: Path) -> list[str]:
    """The lines of a text file, without the empty ones at its end."""
    try:
        text = file.read_text(encoding="utf-8-sig").rstrip()
    except UnicodeDecodeError as error:
        raise Mistake(
            f"{file}: byte 0x{error.object[error.start]:02X} is not UTF-8 text; {AGAIN}"
        ) from None
    except OSError as error:
        raise Mistake(
            f"{file}: cannot be read ({error.strerror}); check the file and its permissions"
        ) from None
    if not text:
        raise Mistake(f"{file}: the file is empty; {AGAIN}")
    return text.split("\n")


def number(cell: str) -> float:
    """The number in a cell, or NaN where there is none."""
    try:
        return float(cell) if "_" not in cell else math.nan  # Python reads 1_000 as a thousand
    except ValueError:
        return math.nan


def fault(line: str, names: tuple[str, ...]) -> str:
    """What is wrong with a line that cannot be a row."""
    cells = line.split(",")
    if len(cells) != len(names):
        return f"{len(cells)} field{'s' * (len(cells) != 1)}, the header has {len(names)}"
    name, cell = next(
        (name, cell)
        for name, cell in zip(names, cells, strict=True)
        if not math.isfinite(number(cell))
    )
    return f"column '{name}': {show(cell[:40])} is not a number"


def few(file: Path, problems: list[str], most: int = 3) -> list[str]:
    """The first problems of a file and the count of the others."""
    rest = len(problems) - most
    return problems[:most] + ([f"{file}: {rest} more like these; {AGAIN}"] if rest > 0 else [])
