"""The arm's geometry, held against printed rows of the published data and against scipy's rotations."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.spatial.transform import Rotation

from nnrun.parts.dataset.nao import (
    JOINTS,
    MIRROR,
    ArmMetrics,
    angle_between,
    forward,
    limits,
    pose,
    rotation_matrix,
    rotation_vector,
)


def some_joints(arm, rows=200):
    return np.random.default_rng(7).uniform(*limits(arm), size=(rows, len(JOINTS)))


@pytest.mark.parametrize(("arm", "side"), [("left", 1), ("right", -1)])
def test_the_zero_pose_stretches_the_arm_forward(arm, side):
    zero = np.zeros((1, 5))

    hand = forward(zero, arm)

    expected = np.eye(4)
    expected[:3, 3] = 218.70, 113 * side, 87.69
    assert_allclose(hand, [expected], atol=1e-12)


def test_the_first_published_row_of_the_right_arm_is_met_to_the_digit():
    joints = np.array([[-0.98727, -1.03049, -0.29515, 1.19638, 0.01696]])

    found = pose(joints, "right")

    assert_array_equal(found, [[116.12, -180.97, 198.59, -10.39, -41.23, 5.04]])


def test_a_published_row_of_the_left_arm_is_met_to_the_digit():
    joints = np.array([[1.45139, 0.81636, 0.43327, -0.86791, -0.47177]])

    found = pose(joints, "left")

    assert_array_equal(found, [[-27.92, 182.21, -69.34, -7.65, 101.56, 8.92]])


def test_the_right_arm_is_the_left_arm_in_a_mirror():
    left = some_joints("left")

    found = pose(left * MIRROR, "right")

    assert_allclose(found, pose(left, "left") * [1, -1, 1, -1, 1, -1], atol=1e-9)


def test_the_chain_equals_the_product_of_its_matrices():
    joints = some_joints("left", rows=20)

    found = forward(joints, "left")

    assert_allclose(found, [product_of_matrices(row) for row in joints], atol=1e-12)


def product_of_matrices(joints):
    """The chain of the left arm as it stands in a book, one matrix after the other."""

    def move(x, y, z):
        matrix = np.eye(4)
        matrix[:3, 3] = x, y, z
        return matrix

    def turn(axis, angle):
        matrix = np.eye(4)
        matrix[:3, :3] = Rotation.from_euler(axis, angle).as_matrix()
        return matrix

    upper = move(0, 98, 100) @ turn("y", joints[0]) @ turn("z", joints[1]) @ move(105, 15, 0)
    lower = turn("x", joints[2]) @ turn("z", joints[3]) @ move(55.95, 0, 0)
    return upper @ lower @ turn("x", joints[4]) @ move(57.75, 0, -12.31)


def test_a_block_of_rows_equals_its_rows_one_by_one():
    joints = some_joints("right", rows=33)

    together = pose(joints, "right")

    assert_array_equal(together, np.concatenate([pose(row[None], "right") for row in joints]))


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


def test_the_limits_of_the_right_arm_are_the_published_ones():
    low, high = limits("right")

    assert_array_equal(low, [-2.0857, -1.3265, -2.0857, 0.0349, -1.8238])
    assert_array_equal(high, [2.0857, 0.3142, 2.0857, 1.5446, 1.8238])


def judged(arm, poses, predicted, true):
    own_metrics = ArmMetrics(arm)
    return own_metrics(own_metrics.asked(poses), predicted, true)


def test_true_joints_leave_only_the_rounding_of_the_published_poses():
    joints = some_joints("right", rows=2000)

    found = judged("right", pose(joints, "right"), joints, joints)

    assert found["position_error_mm"]["p95"] < 0.01
    assert 0.1 < found["orientation_error_deg"]["median"] < 0.3
    assert found["joint_error_deg"] == {"median": 0.0, "mean": 0.0, "p95": 0.0}
    assert found["outside_limits"] == 0.0


def test_a_twisted_wrist_is_told_as_its_angle():
    joints = some_joints("left") * [1, 1, 1, 1, 0.5]
    hands = forward(joints, "left")
    asked = np.column_stack([hands[:, :3, 3], np.degrees(rotation_vector(hands[:, :3, :3]))])

    found = judged("left", asked, joints + [0, 0, 0, 0, np.radians(10)], joints)

    assert found["orientation_error_deg"] == pytest.approx({"median": 10, "mean": 10, "p95": 10})
    assert found["position_error_mm"]["mean"] == pytest.approx(2 * 12.31 * np.sin(np.radians(5)))
    assert found["joint_error_deg"] == pytest.approx({"median": 0, "mean": 2, "p95": 10})


def test_a_row_is_outside_the_limits_when_any_joint_is():
    joints = some_joints("left", rows=4)
    asked = pose(joints, "left")

    found = judged(
        "left", asked, joints + [[0, 0, 0, 0, 9], [0] * 5, [0] * 5, [9, 0, 0, 0, 9]], joints
    )

    assert found["outside_limits"] == 0.5


def test_predictions_may_be_float32():
    joints = some_joints("left")
    asked = pose(joints, "left")

    found = judged("left", asked.astype(np.float32), joints.astype(np.float32), joints)

    assert found["position_error_mm"]["p95"] < 0.01
    assert found["joint_error_deg"]["p95"] < 1e-4


def test_predictions_that_diverged_are_told_without_a_warning():
    joints = some_joints("left")
    asked = pose(joints, "left")

    found = judged("left", asked, np.full_like(joints, np.inf), joints)

    assert np.isnan(found["position_error_mm"]["mean"])
    assert found["outside_limits"] == 1.0


def test_errors_are_told_by_numpys_percentiles():
    joints = some_joints("right", rows=101)
    predicted = joints + np.random.default_rng(0).normal(0, 0.1, joints.shape)
    missed = np.linalg.norm(
        forward(predicted, "right")[:, :3, 3] - pose(joints, "right")[:, :3], axis=1
    )

    found = judged("right", pose(joints, "right"), predicted, joints)["position_error_mm"]

    assert (found["median"], found["p95"]) == (np.percentile(missed, 50), np.percentile(missed, 95))
    assert found["mean"] == missed.mean()
