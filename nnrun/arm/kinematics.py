"""Forward kinematics: from the angles of an arm's five joints to where its hand is."""

from typing import Literal, get_args

import numpy as np
from numpy import ndarray
from numpy.typing import ArrayLike

from nnrun.arm.rotations import rotation_matrix, rotation_vector
from nnrun.errors import Mistake, Problem, did_you_mean, listing, nearest

Arm = Literal["right", "left"]

ARMS = get_args(Arm)
JOINTS = ("ShoulderPitch", "ShoulderRoll", "ElbowYaw", "ElbowRoll", "WristYaw")
SIDE = {"left": 1, "right": -1}  # the sign of y
# joints of one arm to those of the other, in the mirrored pose
MIRROR = np.array([1, -1, -1, -1, -1])
LEFT_LIMITS = np.array(
    [(-2.0857, 2.0857), (-0.3142, 1.3265), (-2.0857, 2.0857), (-1.5446, -0.0349), (-1.8238, 1.8238)]
)


def limits(arm: Arm) -> tuple[ndarray, ndarray]:
    """Give the least and the greatest angle of each joint."""
    ends = LEFT_LIMITS if known(arm) == "left" else LEFT_LIMITS * MIRROR[:, None]
    return ends.min(axis=1), ends.max(axis=1)


def forward(joints: ArrayLike, arm: Arm) -> ndarray:
    """Compute the hand's frame in the torso, (..., 4, 4), for joints of shape (..., 5)."""
    angles = ending(joints, len(JOINTS), "joints")
    hand, _ = travel(*turning(angles.reshape(-1, len(JOINTS))), known(arm))
    return frame(*hand).reshape(*angles.shape[:-1], 4, 4)


def limbs(joints: ArrayLike, arm: Arm) -> ndarray:
    """Compute where shoulder, elbow, wrist and hand are, (..., 4, 3), for joints (..., 5)."""
    angles = ending(joints, len(JOINTS), "joints")
    (*_, hand), turns = travel(*turning(angles.reshape(-1, len(JOINTS))), known(arm))
    (_, shoulder), _, (_, elbow), _, (_, wrist) = turns
    places = np.broadcast_arrays(shoulder, elbow, wrist, hand)  # (3, rows) each
    return np.stack(places).transpose(2, 0, 1).reshape(*angles.shape[:-1], 4, 3)


def turning(joints: ndarray) -> tuple[ndarray, ndarray, ndarray]:
    """Give the torso's axes, and cosines and sines of joints, (rows, 5), ready to travel."""
    angles = joints.T[:, None]  # (5, 1, rows)
    return np.eye(3)[:, :, None], np.cos(angles), np.sin(angles)


def ending(numbers: ArrayLike, last: int, name: str) -> ndarray:
    """Give numbers as an array, the last axis of which has so many."""
    array = np.asarray(numbers, np.float64)
    if array.shape[-1:] != (last,):
        raise misshapen(name, array, f"(..., {last})")
    return array


def misshapen(name: str, array: ndarray, wanted: str) -> Mistake:
    """Tell that an array has another shape than is wanted."""
    return Mistake(Problem(name, None, f"have the shape {array.shape}", f"give {wanted}"))


def known(arm: Arm) -> Arm:
    """Give an arm's name back if it is one."""
    if arm in ARMS:
        return arm
    advice = did_you_mean(nearest(arm, ARMS)) or f"there are {listing(ARMS)}"
    raise Mistake(Problem("arm", repr(arm), "there is no such arm", advice))


def travel(axes, cosines, sines, arm: Arm) -> tuple[tuple, tuple]:
    """Let a frame travel from the torso to the hand: its axes x, y, z and its place there.

    The axes begin as (3, 1) each, the five joints' cosines and sines as (..., 1, rows): arrays of
    numpy, or tensors. What comes out has (..., 3, rows) each. Second come the joints that it
    passes: the axis about which each turns, and where that is.
    """
    side, (x, y, z) = SIDE[arm], axes
    turns = zip(cosines, sines, strict=True)
    shoulder_pitch, shoulder_roll, elbow_yaw, elbow_roll, wrist_yaw = turns
    shoulder = 98 * side * y + 100 * z
    pitch = y, shoulder
    z, x = swing(z, x, *shoulder_pitch)
    roll = z, shoulder
    x, y = swing(x, y, *shoulder_roll)
    elbow = shoulder + 105 * x + 15 * side * y  # the upper arm, and the elbow beside it
    yaw = x, elbow
    y, z = swing(y, z, *elbow_yaw)
    bend = z, elbow
    x, y = swing(x, y, *elbow_roll)
    wrist = elbow + 55.95 * x  # the lower arm
    twist = x, wrist
    y, z = swing(y, z, *wrist_yaw)
    hand = wrist + 57.75 * x - 12.31 * z  # a little below the wrist
    return (x, y, z, hand), (pitch, roll, yaw, bend, twist)


def swing(first, second, cosine, sine) -> tuple:
    """Turn two axes in their plane by an angle, the first towards the second."""
    return cosine * first + sine * second, cosine * second - sine * first


def frame(x, y, z, place) -> ndarray:
    """Write axes and origin, (3, rows) each, as homogeneous matrices, (rows, 4, 4)."""
    frames = np.zeros((place.shape[1], 4, 4))
    frames[:, :3] = np.stack([x, y, z, place], axis=-1).swapaxes(0, 1)
    frames[:, 3, 3] = 1
    return frames


# As six numbers


def pose(joints: ArrayLike, arm: Arm) -> ndarray:
    """Compute Px, Py, Pz in millimetres and Rx, Ry, Rz in degrees, (..., 6), as published."""
    hands = np.round(forward(joints, arm), 2)  # the files were made from matrices rounded like this
    flat = hands.reshape(-1, 4, 4)
    turns = np.degrees(rotation_vector(flat[:, :3, :3]))
    poses = np.column_stack([flat[:, :3, 3], np.round(turns, 2)])
    return poses.reshape(*hands.shape[:-2], 6)


def frames(poses: ArrayLike) -> ndarray:
    """Make frames, (..., 4, 4), of poses as ARKOMA writes them, (..., 6)."""
    numbers = ending(poses, 6, "poses")
    flat = numbers.reshape(-1, 6)
    hands = np.zeros((len(flat), 4, 4))
    hands[:, :3, :3] = rotation_matrix(np.radians(flat[:, 3:]))
    hands[:, :3, 3] = flat[:, :3]
    hands[:, 3, 3] = 1
    return hands.reshape(*numbers.shape[:-1], 4, 4)
