"""How good predicted joints of an arm are: where they put the hand, and how far that misses."""

from dataclasses import dataclass

import numpy as np
from numpy import ndarray

from nnrun.arm.kinematics import JOINTS, Arm, forward, frames, limits
from nnrun.arm.rotations import angle_between
from nnrun.parts.interface import OwnMetrics


@dataclass(frozen=True)
class ArmMetrics(OwnMetrics):
    """How far the hand and the joints are from where they should be."""

    arm: Arm
    headlines = (
        "position_error_mm.median",
        "position_error_mm.p95",
        "orientation_error_deg.median",
        "joint_error_deg.median",
        "outside_limits",
    )

    def asked(self, cells: ndarray) -> ndarray:
        """Make frames, (rows, 4, 4), of poses as ARKOMA writes them."""
        return frames(cells)

    @np.errstate(invalid="ignore")  # what diverged is told as nan
    def __call__(self, asked: ndarray, predicted: ndarray, true: ndarray) -> dict:
        joints = np.asarray(predicted, np.float64)
        hand = forward(joints, self.arm)
        low, high = limits(self.arm)
        return {
            "position_error_mm": spread(np.linalg.norm(hand[:, :3, 3] - asked[:, :3, 3], axis=1)),
            # the rounding in the published poses alone makes 0.24 degrees in the median
            "orientation_error_deg": spread(angle_between(hand[:, :3, :3], asked[:, :3, :3])),
            "joint_error_deg": spread(np.degrees(np.abs(joints - true))),
            "outside_limits": float(((joints < low) | (joints > high)).any(axis=1).mean()),
        }

    def misses(self, cells: ndarray, predicted: ndarray) -> tuple[ndarray, ndarray]:
        """Tell how far each hand is from its place, in millimetres, and the places."""
        hands, places = forward(predicted[:, : len(JOINTS)], self.arm)[:, :3, 3], cells[:, :3]
        return np.linalg.norm(hands - places, axis=1), places


def spread(errors: ndarray) -> dict[str, float]:
    """Tell what is usual, what is average and what is bad."""
    # numpy sorts faster than it looks for two
    median, p95 = np.percentile(np.sort(errors, axis=None), [50, 95])
    return {"median": float(median), "mean": float(errors.mean()), "p95": float(p95)}
