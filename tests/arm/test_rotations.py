"""Orientations, held against scipy's rotations."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.spatial.transform import Rotation

from nnrun.arm.rotations import angle_between, rotation_matrix, rotation_vector


@pytest.mark.parametrize("size", [1e-9, 1e-4, 1.0, 3.1415])
def test_rotation_vectors_become_the_matrices_that_scipy_makes(size):
    vectors = size * directions()

    found = rotation_matrix(vectors)

    assert_allclose(found, Rotation.from_rotvec(vectors).as_matrix(), atol=1e-14)


@pytest.mark.parametrize("size", [1e-9, 1e-4, 1.0, 3.1415])
def test_rotation_vectors_come_back_from_their_matrices(size):
    vectors = size * directions()

    found = rotation_vector(rotation_matrix(vectors))

    assert_allclose(found, vectors, atol=1e-12)


def directions(rows=300):
    vectors = np.random.default_rng(3).normal(size=(rows, 3))
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def test_no_rotation_is_the_zero_vector():
    none = np.eye(3)[None]

    found = rotation_vector(none)

    assert_array_equal(found, np.zeros((1, 3)))


def test_half_turns_keep_their_axis():
    halves = np.stack([np.diag(signs) for signs in ([1.0, -1, -1], [-1.0, 1, -1], [-1.0, -1, 1])])

    found = rotation_vector(halves)

    assert_allclose(np.abs(found), np.pi * np.eye(3))


def test_the_angle_between_orientations_is_the_angle_of_the_turn_that_joins_them():
    first, second = Rotation.random(300, rng=1), Rotation.random(300, rng=2)

    found = angle_between(first.as_matrix(), second.as_matrix())

    assert_allclose(found, np.degrees((first * second.inv()).magnitude()), atol=1e-5)
