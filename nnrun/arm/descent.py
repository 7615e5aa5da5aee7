"""Damped least squares, after Levenberg and Marquardt: many arms at once move towards their poses.

Each row has a damping of its own: a step that brings nothing is taken back, and the next one is
shorter. A joint that is pushed against its limit stands still, and the others do what they can.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy import ndarray

from nnrun.arm.kinematics import JOINTS, Arm, limits, travel, turning

ROUNDS = 30  # at most
STILL = 1e-7  # radians; who moves less has arrived
LEAST_GAIN = 1e-4  # of the cost; who gains less has, too
FIRST_DAMPING = 1e-4  # a share of the mean curvature
LEAST_DAMPING = 1e-9


class Weights(NamedTuple):
    """What counts how much: a millimetre, and a radian."""

    mm: float
    turn: float


class Standing(NamedTuple):
    """Where rows stand, and what they see of their way."""

    joints: ndarray  # (rows, 5)
    cost: ndarray  # (rows,)
    pull: ndarray  # (rows, 5), downhill
    curvature: ndarray  # (rows, 5, 5)

    def only(self, rows: ndarray) -> Standing:
        return Standing(*(values[rows] for values in self))

    def unless(self, better: ndarray, there: Standing) -> Standing:
        """Stay here, but stand there in rows where that is better."""
        pairs = zip(there, self, strict=True)
        return Standing(*(np.where(per_row(better, a), a, b) for a, b in pairs))


def per_row(values: ndarray, like: ndarray) -> ndarray:
    """Give values of rows the axes that another array has."""
    return values.reshape(-1, *[1] * (like.ndim - 1))


def descend(start: ndarray, hands: ndarray, arm: Arm, weights: Weights) -> tuple[ndarray, ndarray]:
    """Move joints, (rows, 5), within their limits to where it costs least, and tell the cost."""
    asked = hands[:, :3].transpose(2, 1, 0)  # (x, y, z and place; 3; rows)
    here = stand(np.clip(start, *limits(arm)), asked, arm, weights)
    joints, cost = here.joints.copy(), here.cost.copy()
    rows, damping = np.arange(len(start)), np.full(len(start), FIRST_DAMPING)
    for _ in range(ROUNDS):
        if not rows.size:
            break
        there = stand(step(here, damping, arm), asked, arm, weights)
        better = there.cost <= here.cost
        moving = is_moving(here, there, better)
        here = here.unless(better, there)
        joints[rows], cost[rows] = here.joints, here.cost
        damping = np.where(better, np.maximum(damping / 10, LEAST_DAMPING), damping * 10)
        here, rows, damping = here.only(moving), rows[moving], damping[moving]
        asked = asked[..., moving]
    return joints, cost


def is_moving(here: Standing, there: Standing, better: ndarray) -> ndarray:
    """Tell whose way goes on: where a step gains something, or has to be tried shorter."""
    far = np.abs(there.joints - here.joints).max(axis=1) > STILL
    worth = here.cost - there.cost > LEAST_GAIN * here.cost
    return far & (worth | ~better)


def step(here: Standing, damping: ndarray, arm: Arm) -> ndarray:
    """Go where the damped parabola is lowest, but not beyond a limit."""
    joints, pull, (low, high) = here.joints, here.pull, limits(arm)
    stuck = (joints <= low) & (pull < 0) | (joints >= high) & (pull > 0)
    there = joints + lowest(here, damping, stuck, np.where(stuck, 0, pull))
    inside = there.clip(low, high)
    beyond = inside != there
    rows = np.flatnonzero(beyond.any(axis=1))
    if rows.size:
        # the other joints have counted on more than one could go, so they are asked again
        held, by = stuck[rows] | beyond[rows], np.where(beyond, inside - joints, 0)[rows]
        again = here.only(rows)
        left = again.pull - (again.curvature @ by[:, :, None])[:, :, 0]
        moved = lowest(again, damping[rows], held, np.where(held, by, left))
        inside[rows] = (again.joints + moved).clip(low, high)
    return inside


def lowest(here: Standing, damping: ndarray, held: ndarray, pull: ndarray) -> ndarray:
    """Tell where the damped parabola is lowest; joints that are held go by their pull."""
    mean = here.curvature.trace(axis1=1, axis2=2) / len(JOINTS)
    diagonal = np.where(held, 1, (damping * mean)[:, None])
    system = here.curvature * ~(held[:, :, None] | held[:, None])
    system += diagonal[:, :, None] * np.eye(len(JOINTS))
    return np.linalg.solve(system, pull[:, :, None])[:, :, 0]


def stand(joints: ndarray, asked: ndarray, arm: Arm, weights: Weights) -> Standing:
    """Look at what is missing, and at what each joint can do about it."""
    (*axes, hand), hinges = travel(*turning(joints), arm)
    slopes = slopes_of(hinges, hand, weights)
    turned, away = np.stack(axes), weights.mm * (asked[3] - hand)
    missing = cross(turned, asked[:3]).sum(axis=0) / 2  # as long as the sine of its angle
    both = np.concatenate([away, weights.turn * missing])  # (6, rows)
    chord = np.square(turned - asked[:3]).sum(axis=(0, 1)) / 2
    return Standing(
        joints,
        cost=np.square(away).sum(axis=0) + weights.turn**2 * chord,
        pull=(slopes @ both.T[:, :, None])[:, :, 0],
        curvature=slopes @ slopes.swapaxes(1, 2),
    )


def slopes_of(hinges: tuple, hand: ndarray, weights: Weights) -> ndarray:
    """Tell how each joint moves the hand and turns it, (rows, 5, 6)."""
    axes, places = np.empty((2, len(JOINTS), *hand.shape))
    for joint, hinge in enumerate(hinges):
        axes[joint], places[joint] = hinge
    moves = weights.mm * cross(axes, hand - places)
    slopes = np.concatenate([moves, weights.turn * axes], axis=1)
    return np.ascontiguousarray(slopes.transpose(2, 0, 1))


def cross(a: ndarray, b: ndarray) -> ndarray:
    """Multiply vectors, (..., 3, rows) each."""
    a, b = (np.concatenate([vectors, vectors], axis=-2) for vectors in (a, b))
    ahead, behind = np.s_[..., 1:4, :], np.s_[..., 2:5, :]
    return a[ahead] * b[behind] - a[behind] * b[ahead]
