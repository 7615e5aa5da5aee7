"""The arms of the NAO robot: from joint angles to where the hand is, and how far it misses.

The torso frame has x forward, y left, z up. Positions are in millimetres, joints in radians, and an
orientation is a rotation matrix or a rotation vector (axis times angle). The lengths are those of
the robot's published geometry.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy import ndarray

from nnrun.parts.interface import OwnMetrics

Arm = Literal["right", "left"]

JOINTS = ("ShoulderPitch", "ShoulderRoll", "ElbowYaw", "ElbowRoll", "WristYaw")
SIDE = {"left": 1, "right": -1}  # the sign of y
# joints of one arm to those of the other, in the mirrored pose
MIRROR = np.array([1, -1, -1, -1, -1])
LEFT_LIMITS = np.array(
    [(-2.0857, 2.0857), (-0.3142, 1.3265), (-2.0857, 2.0857), (-1.5446, -0.0349), (-1.8238, 1.8238)]
)


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
        """Make frames, (rows, 3, 4), of poses as ARKOMA writes them."""
        poses = np.asarray(cells, np.float64)
        turns = rotation_matrix(np.radians(poses[:, 3:]))
        return np.concatenate([turns, poses[:, :3, None]], axis=2)

    @np.errstate(invalid="ignore")  # what diverged is told as nan
    def __call__(self, asked: ndarray, predicted: ndarray, true: ndarray) -> dict:
        joints = np.asarray(predicted, np.float64)
        hand = forward(joints, self.arm)
        low, high = limits(self.arm)
        return {
            "position_error_mm": spread(np.linalg.norm(hand[:, :3, 3] - asked[:, :, 3], axis=1)),
            # the rounding in the published poses alone makes 0.24 degrees in the median
            "orientation_error_deg": spread(angle_between(hand[:, :3, :3], asked[:, :, :3])),
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


def limits(arm: Arm) -> tuple[ndarray, ndarray]:
    """Give the least and the greatest angle of each joint."""
    ends = LEFT_LIMITS if arm == "left" else LEFT_LIMITS * MIRROR[:, None]
    return ends.min(axis=1), ends.max(axis=1)


def forward(joints: ndarray, arm: Arm) -> ndarray:
    """Compute the hand's frame in the torso, (rows, 4, 4), for joints of shape (rows, 5)."""
    angles = np.asarray(joints, np.float64).T[:, None]  # (5, 1, rows)
    return frame(*travel(np.eye(3)[:, :, None], np.cos(angles), np.sin(angles), arm))


def travel(axes, cosines, sines, arm: Arm) -> tuple:
    """Let a frame travel from the torso to the hand: its axes x, y, z and its place there.

    The axes begin as (3, 1) each, the five joints' cosines and sines as (..., 1, rows): arrays of
    numpy, or tensors. What comes out has (..., 3, rows) each.
    """
    side, (x, y, z) = SIDE[arm], axes
    turns = zip(cosines, sines, strict=True)
    shoulder_pitch, shoulder_roll, elbow_yaw, elbow_roll, wrist_yaw = turns
    place = 98 * side * y + 100 * z
    z, x = swing(z, x, *shoulder_pitch)
    x, y = swing(x, y, *shoulder_roll)
    place = place + 105 * x + 15 * side * y  # the upper arm, and the elbow beside it
    y, z = swing(y, z, *elbow_yaw)
    x, y = swing(x, y, *elbow_roll)
    place = place + 55.95 * x  # the lower arm
    y, z = swing(y, z, *wrist_yaw)
    return x, y, z, place + 57.75 * x - 12.31 * z  # the hand, a little below the wrist


def swing(first, second, cosine, sine) -> tuple:
    """Turn two axes in their plane by an angle, the first towards the second."""
    return cosine * first + sine * second, cosine * second - sine * first


def frame(x, y, z, place) -> ndarray:
    """Write axes and origin, (3, rows) each, as homogeneous matrices, (rows, 4, 4)."""
    frames = np.zeros((place.shape[1], 4, 4))
    frames[:, :3] = np.stack([x, y, z, place], axis=-1).swapaxes(0, 1)
    frames[:, 3, 3] = 1
    return frames


def pose(joints: ndarray, arm: Arm) -> ndarray:
    """Compute Px, Py, Pz in millimetres and Rx, Ry, Rz in degrees, (rows, 6), as published."""
    hand = np.round(forward(joints, arm), 2)  # the files were made from matrices rounded like this
    turn = np.degrees(rotation_vector(hand[:, :3, :3]))
    return np.column_stack([hand[:, :3, 3], np.round(turn, 2)])


def rotation_vector(matrices: ndarray) -> ndarray:
    """Compute axis times angle in radians, (rows, 3), of matrices that may be rounded."""
    turn = quaternion(matrices)
    turn = np.where(turn[:, 3:] < 0, -turn, turn)
    axis, size = turn[:, :3], np.linalg.norm(turn[:, :3], axis=1)
    angle = 2 * np.arctan2(size, turn[:, 3])
    scale = np.divide(angle, size, out=np.full_like(size, 2.0), where=size > 0)
    return axis * scale[:, None]


def quaternion(matrices: ndarray) -> ndarray:
    """Compute unit quaternions x, y, z, w, (rows, 4), by Shepperd's method (1978).

    It goes by the largest of the diagonal and the trace.
    """
    m = matrices
    trace = np.trace(m, axis1=1, axis2=2)[:, None]
    # four times the outer product of the quaternion with itself
    candidates = np.empty((len(m), 4, 4))
    candidates[:, :3, :3] = m + m.swapaxes(1, 2) + (1 - trace[:, :, None]) * np.eye(3)
    candidates[:, :3, 3] = m[:, [2, 0, 1], [1, 2, 0]] - m[:, [1, 2, 0], [2, 0, 1]]
    candidates[:, 3, :3] = candidates[:, :3, 3]
    candidates[:, 3, 3:] = 1 + trace
    largest = np.hstack([np.diagonal(m, axis1=1, axis2=2), trace]).argmax(axis=1)
    chosen = candidates[np.arange(len(m)), largest]
    return chosen / np.linalg.norm(chosen, axis=1, keepdims=True)


def rotation_matrix(vectors: ndarray) -> ndarray:
    """Compute matrices (rows, 3, 3) of rotation vectors in radians by Rodrigues' formula."""
    angle = np.linalg.norm(vectors, axis=1)[:, None, None]
    cross = np.cross(np.eye(3), vectors[:, None, :])  # cross @ a is vector × a
    sine = np.sinc(angle / np.pi)  # sin(angle) / angle, and 1 at zero
    versine = 0.5 * np.sinc(angle / (2 * np.pi)) ** 2  # (1 - cos(angle)) / angle², and 1/2 at zero
    return np.eye(3) + sine * cross + versine * (cross @ cross)


def angle_between(first: ndarray, second: ndarray) -> ndarray:
    """Compute the angle in degrees, (rows,), by which one orientation is turned to the other."""
    chord = np.linalg.norm(first - second, axis=(1, 2)) / np.sqrt(8)  # the sine of half the angle
    return 2 * np.degrees(np.arcsin(np.minimum(chord, 1)))
