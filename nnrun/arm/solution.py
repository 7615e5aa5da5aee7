"""Inverse kinematics: the joints that put a hand where it is asked to be.

Five joints cannot meet every pose of six numbers. So the position comes first; and of the joints
that meet it within their limits, those with the least angle that remains are looked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy import ndarray
from numpy.typing import ArrayLike

from nnrun.arm.descent import Weights, descend
from nnrun.arm.kinematics import (
    JOINTS,
    Arm,
    ending,
    forward,
    frames,
    known,
    limits,
    misshapen,
)
from nnrun.arm.rotations import angle_between
from nnrun.errors import Mistake, Problem

# Millimetres and degrees within which a pose is reached: two decimals in each of its six numbers
# make .005 mm, and .24 degrees in the median, hardly ever more than .6.
TOLERANCE = (0.1, 0.6)
MET_MM = 0.01  # where the search ends, whatever tolerance judges it

# While a millimetre counts little the way is short. It counts more and more for those whose angle
# keeps them from their position.
TOGETHER = Weights(0.01, 1)
NEARER = tuple(Weights(mm, 1) for mm in (0.1, 0.3, 1, 10, 100))
# what a pose within the tolerance costs at most; who pays more has lost the way
ENOUGH = (TOGETHER.mm * MET_MM) ** 2 + np.radians(TOLERANCE[1]) ** 2

TRIES = 8  # from other joints each, for those who lost it
POSITION_TRIES = 4  # for those whose position is not met
DRAWN = 2000  # joints to choose from for a try
AT_ONCE = 4_000  # rows
ROUNDED = 1e-3  # how far a frame may be off, as by a few decimals


@dataclass(frozen=True)
class Solution:
    """Joints within the limits, and how far the hand is then from its place."""

    joints: ndarray  # (..., 5), radians
    position_error_mm: ndarray  # (...)
    orientation_error_deg: ndarray
    reachable: ndarray  # whether both errors are within the tolerance


def inverse(
    hands: ArrayLike,
    arm: Arm,
    start: ArrayLike | None = None,
    tolerance: tuple[float, float] = TOLERANCE,
) -> Solution:
    """Find joints for hands: frames, (..., 4, 4), or six numbers each, (..., 6).

    The search goes on from joints that are nearly right, (..., 5), where there are any. The
    tolerance is in millimetres and degrees.
    """
    asked, side, (mm_most, degrees_most) = as_frames(hands), known(arm), ends_of(tolerance)
    shape, flat = asked.shape[:-2], asked.reshape(-1, 4, 4)
    begin = begin_at(start, shape).reshape(-1, len(JOINTS))
    portions = [slice(first, first + AT_ONCE) for first in range(0, len(flat), AT_ONCE)]
    found = [search(begin[rows], flat[rows], side) for rows in portions]
    joints = np.concatenate([*found, begin[:0]])
    mm, degrees = (errors.reshape(shape) for errors in misses(joints, flat, side))
    reachable = (mm <= mm_most) & (degrees <= degrees_most)
    return Solution(joints.reshape(*shape, len(JOINTS)), mm, degrees, reachable)


def as_frames(hands: ArrayLike) -> ndarray:
    """Give hands as frames, (..., 4, 4)."""
    array = np.asarray(hands, np.float64)
    if array.shape[-1:] != (6,) and array.shape[-2:] != (4, 4):
        raise misshapen("hands", array, "(..., 4, 4) or (..., 6)")
    if not np.isfinite(array).all():
        raise Mistake(Problem("hands", None, "hold what is no number", "give hands that are known"))
    if array.shape[-1:] == (6,):
        return frames(array)
    if not are_frames(array):
        wrong = "hold a matrix that is no frame"
        advice = "give axes of length 1 that are square to each other, and 0, 0, 0, 1 below"
        raise Mistake(Problem("hands", None, wrong, advice))
    return array


def are_frames(matrices: ndarray) -> bool:
    """Tell whether matrices, (..., 4, 4), turn and move without more."""
    axes = matrices[..., :3, :3]
    square = np.swapaxes(axes, -1, -2) @ axes - np.eye(3)
    below = matrices[..., 3, :] - (0, 0, 0, 1)
    near = max(np.abs(square).max(initial=0), np.abs(below).max(initial=0)) < ROUNDED
    return bool(near and (np.linalg.det(axes) > 0).all())


def ends_of(tolerance: object) -> tuple[float, float]:
    """Give a tolerance in millimetres and degrees, or tell what it should be."""
    if isinstance(tolerance, list | tuple) and len(tolerance) == 2:
        mm, degrees = tolerance
        if all(isinstance(end, int | float) and 0 <= end < np.inf for end in tolerance):
            return mm, degrees
    advice = "give millimetres and degrees, such as (0.1, 0.6)"
    wrong = "expected two numbers, none below 0"
    raise Mistake(Problem("tolerance", repr(tolerance), wrong, advice))


def begin_at(start: ArrayLike | None, shape: tuple[int, ...]) -> ndarray:
    """Give each hand its joints to begin with; no numbers where there are none."""
    wanted = (*shape, len(JOINTS))
    given = ending(np.full(len(JOINTS), np.nan) if start is None else start, len(JOINTS), "start")
    try:
        return np.broadcast_to(given, wanted).copy()
    except ValueError:
        raise misshapen("start", given, f"{wanted} or ({len(JOINTS)},)") from None


def misses(joints: ndarray, hands: ndarray, arm: Arm) -> tuple[ndarray, ndarray]:
    """Tell by how many millimetres and degrees hands miss, (rows,) each."""
    reached = forward(joints, arm)
    mm = np.linalg.norm(reached[:, :3, 3] - hands[:, :3, 3], axis=1)
    return mm, angle_between(reached[:, :3, :3], hands[:, :3, :3])


# The search


def search(begin: ndarray, hands: ndarray, arm: Arm) -> ndarray:
    """Find joints, (rows, 5), for hands, where there are none to begin with from others."""
    lost = ~np.isfinite(begin).all(axis=1)
    begin[lost] = near(hands[lost], arm, TOGETHER, 0)
    joints = meet_positions(meet_poses(begin, hands, arm), hands, arm)
    for attempt in range(POSITION_TRIES):
        mm, _ = misses(joints, hands, arm)
        away = np.flatnonzero(~(mm <= MET_MM))
        if not away.size:
            break
        others = meet_positions(near(hands[away], arm, NEARER[0], attempt), hands[away], arm)
        nearer = misses(others, hands[away], arm)[0] < mm[away]
        joints[away[nearer]] = others[nearer]
    return joints


def meet_poses(begin: ndarray, hands: ndarray, arm: Arm) -> ndarray:
    """Descend from joints; where that leads astray, from others whose hands are near."""
    joints, cost = descend(begin, hands, arm, TOGETHER)
    for attempt in range(1, TRIES):
        astray = np.flatnonzero(~(cost <= ENOUGH))
        if not astray.size:
            break
        wanted = hands[astray]
        others, their_cost = descend(near(wanted, arm, TOGETHER, attempt), wanted, arm, TOGETHER)
        better = their_cost < cost[astray]
        joints[astray[better]], cost[astray[better]] = others[better], their_cost[better]
    return joints


def meet_positions(joints: ndarray, hands: ndarray, arm: Arm) -> ndarray:
    """Descend further where the position is not met yet."""
    away = np.arange(len(joints))
    for weights in NEARER:
        mm, _ = misses(joints[away], hands[away], arm)
        away = away[~(mm <= MET_MM)]
        if not away.size:
            break
        joints[away], _ = descend(joints[away], hands[away], arm, weights)
    return joints


# Joints to begin with


def near(hands: ndarray, arm: Arm, weights: Weights, attempt: int) -> ndarray:
    """Choose joints whose hands are near, (rows, 5); from others in each attempt."""
    joints, reached = drawn(arm, attempt)
    places = places_of(reached, weights)
    # the square of the distance, less what is the same for all joints
    distance = np.square(places).sum(axis=1) - 2 * places_of(hands, weights) @ places.T
    return joints[distance.argmin(axis=1)]


@cache
def drawn(arm: Arm, attempt: int) -> tuple[ndarray, ndarray]:
    """Draw joints within the limits, and tell where they put the hand.

    A stretched arm puts it in the same place with its elbow turned either way, and only one of
    these may lead on; so attempts take turns in the sign of the elbow's yaw.
    """
    low, high = limits(arm)
    joints = np.random.default_rng(attempt).uniform(low, high, (DRAWN, len(JOINTS)))
    yaw = joints[:, JOINTS.index("ElbowYaw")]
    yaw[:] = np.abs(yaw) if attempt % 2 else -np.abs(yaw)
    return joints, forward(joints, arm)


def places_of(hands: ndarray, weights: Weights) -> ndarray:
    """Write hands as points, (rows, 12), whose distance is what a descent begins with."""
    axes = hands[:, :3, :3].reshape(len(hands), 9)
    return np.hstack([weights.mm * hands[:, :3, 3], weights.turn * axes / np.sqrt(2)])
