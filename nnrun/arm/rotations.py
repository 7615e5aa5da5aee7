"""Orientations: rotation matrices, rotation vectors (axis times angle), angles between them."""

import numpy as np
from numpy import ndarray


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
