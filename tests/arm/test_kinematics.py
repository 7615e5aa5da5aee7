"""The arm's geometry, held against printed rows of the published data and a product of matrices."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.spatial.transform import Rotation

from nnrun.arm import JOINTS, forward, frames, limits, pose
from nnrun.arm.kinematics import MIRROR, limbs
from nnrun.errors import Mistake


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


def test_the_limits_of_the_right_arm_are_the_published_ones():
    low, high = limits("right")

    assert_array_equal(low, [-2.0857, -1.3265, -2.0857, 0.0349, -1.8238])
    assert_array_equal(high, [2.0857, 0.3142, 2.0857, 1.5446, 1.8238])


def test_one_row_or_a_grid_of_rows_keeps_its_shape():
    joints = some_joints("left", rows=6)

    hands = forward(joints, "left")

    assert_array_equal(forward(joints[4], "left"), hands[4])
    assert_array_equal(forward(joints.reshape(2, 3, 5), "left"), hands.reshape(2, 3, 4, 4))
    assert_array_equal(pose(joints[4], "left"), pose(joints, "left")[4])


def test_six_numbers_become_the_frame_they_tell():
    joints = some_joints("right", rows=50)

    found = frames(pose(joints, "right"))

    hands = forward(joints, "right")
    assert_allclose(found[:, :3, 3], hands[:, :3, 3], atol=0.005001)
    assert_allclose(found[:, :3, :3], hands[:, :3, :3], atol=0.01)
    assert_array_equal(found[:, 3], np.tile([0, 0, 0, 1], (50, 1)))


@pytest.mark.parametrize(
    ("joints", "arm", "told"),
    [
        (np.zeros(10), "left", "joints: have the shape (10,); give (..., 5)"),
        (np.zeros(5), "rigth", "arm='rigth': there is no such arm; did you mean 'right'?"),
        (np.zeros(5), "third", "arm='third': there is no such arm; there are right, left"),
    ],
)
def test_what_is_no_arm_is_refused(joints, arm, told):
    with pytest.raises(Mistake) as mistake:
        forward(joints, arm)

    assert str(mistake.value) == told


def test_limbs_lead_from_the_shoulder_to_the_hand_in_the_arms_own_lengths():
    joints = np.random.default_rng(0).uniform(*limits("left"), (20, 5))

    places = limbs(joints, "left")

    assert np.allclose(places[:, 0], [0, 98, 100])
    assert np.allclose(places[:, -1], forward(joints, "left")[:, :3, 3])
    lengths = np.linalg.norm(np.diff(places, axis=1), axis=2)
    assert np.allclose(lengths, [np.hypot(105, 15), 55.95, np.hypot(57.75, 12.31)])
