"""How good predicted joints of an arm are: where they put the hand, and how far that misses."""

from dataclasses import dataclass

import numpy as np
from numpy import ndarray

from nnrun.arm.kinematics import JOINTS, Arm, forward, frames, limbs, limits
from nnrun.arm.solution import TOLERANCE, inverse, misses
from nnrun.parts.dataset.checking import Checked, Wishes
from nnrun.parts.interface import OwnMetrics

DECIMALS = 6  # of errors in tables
ERRORS = ("position_error_mm", "orientation_error_deg", "joint_error_deg")
SPREADS = ("median", "mean", "p95", "p99", "max")

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
    errors = tuple(f"{name}.{spread}" for name in ERRORS for spread in SPREADS)
    checks = True

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

    @np.errstate(invalid="ignore")
    def check(self, cells: ndarray, predicted: ndarray, wishes: Wishes) -> Checked:
        """Tell where joints put the hand, whether they can be, and whether others could do it."""
        hands, tolerance = frames(cells), wishes.tolerance or TOLERANCE
        found = inverse(hands, self.arm, predicted, tolerance)
        joints = found.joints if wishes.refine else predicted
        mm, degrees = misses(joints, hands, self.arm)
        told = {
            "position_error_mm": np.round(mm, DECIMALS),
            "orientation_error_deg": np.round(degrees, DECIMALS),
            "within_limits": within_limits(joints, self.arm),
            "reachable": found.reachable,
        }
        missed = ~((mm <= tolerance[0]) & (degrees <= tolerance[1]))
        notes = notes_on(told, missed, tolerance)
        return Checked(joints, {**by_name(joints, wishes.degrees), **told}, notes)

    def misses(self, cells: ndarray, predicted: ndarray) -> tuple[ndarray, ndarray]:
        """Tell how far each hand is from its place, in millimetres, and the places."""
        hands, places = forward(predicted[:, : len(JOINTS)], self.arm)[:, :3, 3], cells[:, :3]
        return np.linalg.norm(hands - places, axis=1), places

    def limbs(self, predicted: ndarray) -> ndarray:
        return limbs(predicted[:, : len(JOINTS)], self.arm)


def reachable(hands: ndarray, arm: Arm, joints: ndarray) -> ndarray:
    """Tell which hands can be reached; nearly always the true joints show it."""
    mm, degrees = misses(joints, hands, arm)
    shown = within_limits(joints, arm) & (mm <= TOLERANCE[0]) & (degrees <= TOLERANCE[1])
    doubtful = ~shown
    shown[doubtful] = inverse(hands[doubtful], arm, joints[doubtful]).reachable
    return shown


def by_name(joints: ndarray, in_degrees: bool) -> dict[str, ndarray]:
    """Give joints under the names that the robot has for them."""
    angles = np.degrees(joints) if in_degrees else joints
    return dict(zip(JOINTS, angles.T, strict=True))


def notes_on(
    told: dict[str, ndarray], missed: ndarray, tolerance: tuple[float, float]
) -> list[str]:
    """Say how many poses cannot be reached, or could be and were not."""
    reachable, (mm, degrees) = told["reachable"], tolerance
    no_way = f"cannot be reached within {mm:g} mm and {degrees:g} degrees"
    astray = f"are missed by more than {mm:g} mm or {degrees:g} degrees, though they can be reached"
    notes = {
        f"poses {no_way}": ~reachable,
        f"poses {astray}; --refine goes on until they are met": missed & reachable,
        "answers are beyond the limits of the joints": ~told["within_limits"],
    }
    return [f"{rows.sum()} of {len(rows)} {note}" for note, rows in notes.items() if rows.any()]


def within_limits(joints: ndarray, arm: Arm) -> ndarray:
    """Tell of which rows all joints are within their limits."""
    low, high = limits(arm)
    return np.all((joints >= low) & (joints <= high), axis=1)


def spread(errors: ndarray) -> dict[str, float]:
    """Tell what is usual, what is average, what is bad and what is worst."""
    in_order = np.sort(errors, axis=None)  # numpy sorts faster than it looks for three
    median, p95, p99 = np.percentile(in_order, [50, 95, 99])
    numbers = median, errors.mean(), p95, p99, in_order[-1]
    return dict(zip(SPREADS, map(float, numbers), strict=True))
