"""ARKOMA: poses of a NAO robot's hand and the joint angles behind them, as published or drawn anew.

A. Nugroho, E. M. Yuniarno, M. H. Purnomo, "ARKOMA: The dataset to build neural networks-based
inverse kinematics for NAO robot arms", Data in Brief, 2023. The files are at
DOI 10.17632/brg4dz8nbb.1.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, ClassVar, Literal

import numpy as np
from numpy import ndarray

from nnrun.arm.kinematics import MIRROR, Arm, limits, pose
from nnrun.errors import Problems
from nnrun.parts.dataset.arkoma_files import INPUTS, TARGETS, doubts, find_files, read_files
from nnrun.parts.dataset.arm_metrics import ArmMetrics
from nnrun.parts.dataset.data import Column, Data
from nnrun.parts.dataset.origin import Origin
from nnrun.parts.dataset.published import no_folder
from nnrun.parts.interface import Dataset, Reasons, part
from nnrun.parts.kinds import Bound, Level, Seed

# How the published joints are distributed: quantiles of real rows, the right arm's mirrored; at 0
# and 1 stand the joints' limits, which the published rows reach.
QUANTILES = (0, 0.05, 0.25, 0.50, 0.75, 0.95, 1)
LEFT_JOINTS = (
    (-1.461, -0.623, 0.242, 0.816, 1.739),
    (0.141, 0.396, 0.623, 0.831, 1.105),
    (-1.572, -0.777, -0.330, 0.218, 1.003),
    (-1.210, -0.889, -0.715, -0.531, -0.314),
    (-1.343, -0.464, 0.067, 0.538, 1.212),
)
# of the rows that test evenly; by no other seed is anything drawn that is learnt from
TESTED, TEST_SEED = 2000, 2**63
ROTATION = INPUTS.index("Rx")  # where the rotation vector begins


@part
class Arkoma(Dataset):
    """Inverse kinematics of a NAO arm: from where its hand is to the five joint angles."""

    arm: Arm
    rows: Annotated[int, Bound(least=50, most=1_000_000)]
    uniform: Level
    seed: Seed
    path: str | None
    rotation: Literal["vector", "matrix"]

    task = "regression"
    draws = True
    added: ClassVar = {"uniform": 0.0, "rotation": "vector"}

    def load(self) -> Data:
        if self.path is None:
            data = synthesis(self.arm, self.rows, self.seed, self.uniform)
        else:
            data = published(self.arm, self.path)
        return replace(data, rotation=ROTATION if self.rotation == "matrix" else None)

    def problems(self) -> Problems:
        return no_folder(self.path)

    def expected_rows(self) -> int | None:
        return None if self.path else self.rows

    @property
    def splits_itself(self) -> bool:
        return self.path is not None

    def without_effect(self) -> Reasons:
        if self.path is None:
            return {}
        why = "the files in dataset.path have rows and a split of their own"
        advice = "leave it out, or dataset.path"
        return dict.fromkeys(("dataset.rows", "dataset.seed", "dataset.split"), (why, advice))

    def draw(self, rows: int, seed: int) -> Data:
        return synthesis(self.arm, rows, seed, self.uniform)

    def tests(self) -> Mapping[str, Data]:
        drawn = synthesis(self.arm, TESTED, TEST_SEED, 1.0)
        title = "rows drawn evenly within the joints' limits"
        return {"uniform": replace(drawn, title=title)}

    def own_metrics(self) -> ArmMetrics:
        return ArmMetrics(self.arm)


def synthesis(arm: Arm, rows: int, seed: int, uniform: float) -> Data:
    """Draw rows by the published recipe; a seed gives both arms the same poses, mirrored."""
    joints = draw_joints(rows, seed, uniform)
    if arm == "right":
        joints = joints * MIRROR
    notes = [
        "a synthesis drawn by the published recipe, not the published files;"
        " dataset.path reads those"
    ]
    if uniform:
        notes.append(f"of {100 * uniform:g} % of the rows, joints lie anywhere within their limits")
    return as_data(f"ARKOMA synthesis, {arm} arm", pose(joints, arm), joints, notes=notes)


def draw_joints(rows: int, seed: int, uniform: float) -> ndarray:
    """Draw joints of the left arm, (rows, 5), each on its own; more rows continue the fewer.

    A share of the rows, `uniform`, is drawn evenly within the limits, so that corners, where
    several joints are near theirs, are no rarity.
    """
    shares = np.random.default_rng([seed, *b"arkoma"]).random((rows, len(TARGETS)))
    evenly = np.random.default_rng([seed, *b"uniform"]).random(rows) < uniform
    low, high = limits("left")
    joints = np.column_stack([*map(at_shares, shares.T, low, LEFT_JOINTS, high)])
    joints[evenly] = low + shares[evenly] * (high - low)
    return np.round(joints, 5)  # the files have five decimals


def at_shares(shares: ndarray, low: float, inner: tuple[float, ...], high: float) -> ndarray:
    """Give the angles of a joint below which such shares of the published ones lie."""
    return np.interp(shares, QUANTILES, (low, *inner, high))


def published(arm: Arm, path: str) -> Data:
    """Read the published files of one arm, with their own split."""
    files = find_files(arm, path)
    poses, joints = read_files(files)
    inputs, targets = np.concatenate(poses), np.concatenate(joints)
    first_val, first_test, rows = np.cumsum([len(table) for table in poses])
    train, val, test = np.split(np.arange(rows), [first_val, first_test])
    notes = doubts(arm, inputs, targets)
    told = {"notes": notes, "origins": [*map(Origin.of_file, files)]}
    return as_data(f"ARKOMA, {arm} arm", inputs, targets, given_split=(train, val, test), **told)


def as_data(title: str, inputs: ndarray, targets: ndarray, **more) -> Data:
    """Give the numbers the names that the files have for them."""
    columns = tuple(map(Column, INPUTS))
    return Data(title, columns, inputs, TARGETS, targets, unit="rad", **more)
