"""How good predicted joints of an arm are: where they put the hand, and how far that misses."""

from dataclasses import dataclass

import numpy as np
from numpy import ndarray

from nnrun.arm.kinematics import JOINTS, Arm, forward, frames, limits
from nnrun.arm.solution import TOLERANCE, inverse, misses
from nnrun.parts.interface import OwnMetrics

# of a row: the frame of its hand, and whether any joints put the hand there
ASKED = np.dtype([("hand", np.float64, (4, 4)), ("reachable", np.bool_)], align=True)


@dataclass(frozen=True)
class ArmMetrics(OwnMetrics):
    """How far the hand and the joints are from where they should be."""

    arm: Arm
    headlines = (
        "position_error_mm.median",
        "position_error_mm.p95",
        "position_error_mm.p99",
        "position_error_mm.max",
        "orientation_error_deg.median",
        "joint_error_deg.median",
        "outside_limits",
        "unreachable",
    )

    def asked(self, cells: ndarray, true: ndarray) -> ndarray:
        """Make frames of poses as ARKOMA writes them, and tell which of these can be reached."""
        asked = np.empty(len(cells), ASKED)
        asked["hand"] = frames(cells)
        asked["reachable"] = reachable(asked["hand"], self.arm, true)
        return asked

    @np.errstate(invalid="ignore")  # what diverged is told as nan
    def __call__(self, asked: ndarray, predicted: ndarray, true: ndarray) -> dict:
        joints = np.asarray(predicted, np.float64)
        mm, degrees = misses(joints, asked["hand"], self.arm)
        return {
            "position_error_mm": spread(mm),
            # the rounding in the published poses alone makes 0.24 degrees in the median
            "orientation_error_deg": spread(degrees),
            "joint_error_deg": spread(np.degrees(np.abs(joints - true))),
            "outside_limits": float((~within_limits(joints, self.arm)).mean()),
            "unreachable": float((~asked["reachable"]).mean()),
        }

    def misses(self, cells: ndarray, predicted: ndarray) -> tuple[ndarray, ndarray]:
        """Tell how far each hand is from its place, in millimetres, and the places."""
        hands, places = forward(predicted[:, : len(JOINTS)], self.arm)[:, :3, 3], cells[:, :3]
        return np.linalg.norm(hands - places, axis=1), places


def reachable(hands: ndarray, arm: Arm, joints: ndarray) -> ndarray:
    """Tell which hands can be reached; nearly always the true joints show it."""
    mm, degrees = misses(joints, hands, arm)
    shown = within_limits(joints, arm) & (mm <= TOLERANCE[0]) & (degrees <= TOLERANCE[1])
    doubtful = ~shown
    shown[doubtful] = inverse(hands[doubtful], arm, joints[doubtful]).reachable
    return shown


def within_limits(joints: ndarray, arm: Arm) -> ndarray:
    """Tell of which rows all joints are within their limits."""
    low, high = limits(arm)
    return np.all((joints >= low) & (joints <= high), axis=1)


def spread(errors: ndarray) -> dict[str, float]:
    """Tell what is usual, what is average, what is bad and what is worst."""
    in_order = np.sort(errors, axis=None)  # numpy sorts faster than it looks for three
    median, p95, p99 = np.percentile(in_order, [50, 95, 99])
    return {
        "median": float(median),
        "mean": float(errors.mean()),
        "p95": float(p95),
        "p99": float(p99),
        "max": float(in_order[-1]),
    }
