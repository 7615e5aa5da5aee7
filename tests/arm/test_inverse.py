"""Joints are found for poses: exactly where that can be, else position first and the least angle."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.optimize import minimize

from nnrun.arm import ARMS, JOINTS, forward, inverse, limits, pose
from nnrun.arm.rotations import rotation_matrix
from nnrun.errors import Mistake


def some_joints(arm, rows, seed=7):
    return np.random.default_rng(seed).uniform(*limits(arm), size=(rows, len(JOINTS)))


def stray(joints, by, seed=1):
    return joints + np.random.default_rng(seed).normal(0, by, joints.shape)


def share_met(found):
    return ((found.position_error_mm <= 0.01) & (found.orientation_error_deg <= 0.01)).mean()


def assert_within_limits(joints, arm):
    low, high = limits(arm)
    assert ((joints >= low) & (joints <= high)).all()


@pytest.mark.parametrize("arm", ARMS)
@pytest.mark.parametrize("off", [0.05, 0.15, 0.4])
def test_poses_within_the_limits_are_met_from_joints_that_are_nearly_right(arm, off):
    joints = some_joints(arm, rows=1000)

    found = inverse(forward(joints, arm), arm, stray(joints, off))

    assert share_met(found) >= 0.999
    assert_within_limits(found.joints, arm)


@pytest.mark.parametrize("arm", ARMS)
def test_poses_are_met_from_nothing_at_all(arm):
    hands = forward(some_joints(arm, rows=1000), arm)

    found = inverse(hands, arm)

    assert share_met(found) >= 0.999
    assert_allclose(forward(found.joints[found.reachable], arm), hands[found.reachable], atol=0.01)


@pytest.mark.parametrize("start", [np.nan, np.inf, 100.0])
def test_joints_that_say_nothing_do_no_harm(start):
    hands = forward(some_joints("left", rows=100), "left")

    found = inverse(hands, "left", np.full(5, start))

    assert share_met(found) == 1


def test_poses_rounded_to_two_decimals_are_reached():
    joints = some_joints("right", rows=1000)

    found = inverse(pose(joints, "right"), "right", stray(joints, 0.1))

    assert found.reachable.mean() >= 0.999
    assert found.position_error_mm.max() <= 0.01
    assert 0.05 < np.median(found.orientation_error_deg) < 0.24  # what rounding alone leaves


@pytest.mark.parametrize(
    ("arm", "joints"),
    [
        ("left", (-1.1966, 1.1841, -1.2732, -0.0374, 1.7012)),
        ("left", (-0.7197, 1.2997, -0.2234, -0.0363, 0.7611)),
        ("left", (0.6601, 0.7438, 1.0486, -0.0353, 1.3481)),
        ("right", (-1.4691, 0.1386, -1.0142, 0.0354, -0.6747)),
        ("right", (-1.5971, -0.3027, -0.0887, 0.0361, -0.7274)),
        ("right", (0.7604, -0.3776, -1.4484, 0.0357, -0.4751)),
    ],
)
def test_a_stretched_arm_is_found_at_its_limit(arm, joints):
    found = inverse(pose(joints, arm), arm)

    assert found.reachable
    assert found.position_error_mm <= 0.01
    assert_within_limits(found.joints, arm)


def test_the_angle_that_remains_is_the_least():
    arm, joints = "left", some_joints("left", rows=6)
    turned = np.random.default_rng(3).normal(0, 0.3, (6, 3))
    hands = forward(joints, arm)
    hands[:, :3, :3] @= rotation_matrix(turned)

    found = inverse(hands, arm, joints)

    least = [least_angle(hand, arm, start) for hand, start in zip(hands, joints, strict=True)]
    assert found.position_error_mm.max() <= 0.01
    assert_allclose(found.orientation_error_deg, least, atol=0.02)
    assert found.orientation_error_deg.min() > 0.6
    assert not found.reachable.any()


def least_angle(hand, arm, start):
    """The least angle in degrees that scipy finds with the hand in its place."""

    def chord(joints):
        return np.square(forward(joints, arm)[:3, :3] - hand[:3, :3]).sum()

    def away(joints):
        return (forward(joints, arm)[:3, 3] - hand[:3, 3]) / 10

    bounds, place = np.transpose(limits(arm)), {"type": "eq", "fun": away}
    found = minimize(chord, start, bounds=bounds, constraints=place, options={"ftol": 1e-10})
    return 2 * np.degrees(np.arcsin(np.sqrt(found.fun / 8)))


@pytest.mark.parametrize("arm", ARMS)
def test_the_position_comes_first_however_the_hand_is_to_be_turned(arm):
    hands = forward(some_joints(arm, rows=300), arm)
    hands[:, :3, :3] @= rotation_matrix(np.random.default_rng(3).normal(0, 1, (300, 3)))

    found = inverse(hands, arm)

    assert (found.position_error_mm <= 0.01).mean() >= 0.99
    assert_within_limits(found.joints, arm)


def test_a_pose_beyond_the_limits_ends_at_them_and_is_told_as_unreachable():
    low, high = limits("right")
    beyond = (low + high) / 2 + [0, 0, 0, 0, 2.5]

    found = inverse(forward(beyond, "right"), "right", beyond)

    assert not found.reachable
    assert found.position_error_mm <= 0.01
    assert_within_limits(found.joints, "right")


def test_a_place_out_of_reach_is_unreachable_and_the_hand_as_near_as_can_be():
    far = np.array([1000.0, 113, 100, 0, 0, 0])
    others = forward(some_joints("left", rows=20_000), "left")[:, :3, 3]

    found = inverse(far, "left")

    nearest = np.linalg.norm(others - far[:3], axis=1).min()
    assert not found.reachable
    assert nearest - 10 < found.position_error_mm < nearest
    assert_within_limits(found.joints, "left")


def test_the_tolerance_judges_what_was_found_and_does_not_change_it():
    joints = some_joints("left", rows=50)
    hands = pose(joints, "left")

    strict, usual = (inverse(hands, "left", joints, (0.1, most)) for most in (0.1, 0.6))

    assert_array_equal(strict.joints, usual.joints)
    assert usual.reachable.all()
    assert_array_equal(strict.reachable, usual.orientation_error_deg <= 0.1)
    assert not strict.reachable.all()


def test_frames_and_six_numbers_keep_their_shape():
    joints = some_joints("right", rows=6).reshape(2, 3, 5)
    hands = forward(joints, "right")

    grid, one = inverse(hands, "right"), inverse(hands[1, 2], "right")
    six = inverse(pose(joints, "right"), "right")
    none = inverse(hands[:0], "right")

    assert grid.joints.shape == six.joints.shape == (2, 3, 5)
    assert grid.reachable.shape == grid.position_error_mm.shape == (2, 3)
    assert_allclose(one.joints, grid.joints[1, 2], atol=1e-6)
    assert_allclose(forward(six.joints, "right")[..., :3, 3], hands[..., :3, 3], atol=0.02)
    assert none.joints.shape == (0, 3, 5)


@pytest.mark.parametrize(
    ("hands", "told"),
    [
        ([np.nan] * 6, "hands: hold what is no number; give hands that are known"),
        (np.full((2, 4, 4), np.inf), "hands: hold what is no number"),
        (np.zeros((4, 4)), "hands: hold a matrix that is no frame; give axes of length 1"),
        (np.diag([1, 1, -1, 1]), "hands: hold a matrix that is no frame"),
        ([np.eye(4), np.ones((4, 4))], "hands: hold a matrix that is no frame"),
    ],
)
def test_what_is_no_hand_is_refused(hands, told):
    with pytest.raises(Mistake) as mistake:
        inverse(hands, "left")

    assert str(mistake.value).startswith(told)


def test_a_rounded_frame_is_one():
    hand = forward(some_joints("left", rows=1), "left").round(4)

    assert inverse(hand, "left", tolerance=(1, 1)).reachable.all()


@pytest.mark.parametrize("tolerance", [1, (1,), (1, -1), (np.nan, 1), ("1", "2"), "12", None])
def test_what_is_no_tolerance_is_refused(tolerance):
    with pytest.raises(Mistake) as mistake:
        inverse(np.eye(4), "left", tolerance=tolerance)

    assert str(mistake.value) == (
        f"tolerance={tolerance!r}: expected two numbers, none below 0;"
        " give millimetres and degrees, such as (0.1, 0.6)"
    )


@pytest.mark.parametrize(
    ("hands", "start", "told"),
    [
        (np.zeros(5), None, "hands: have the shape (5,); give (..., 4, 4) or (..., 6)"),
        (np.zeros((2, 6)), np.zeros(4), "start: have the shape (4,); give (..., 5)"),
        (np.zeros((2, 6)), np.zeros((3, 5)), "start: have the shape (3, 5); give (2, 5) or (5,)"),
    ],
)
def test_other_shapes_are_refused(hands, start, told):
    with pytest.raises(Mistake) as mistake:
        inverse(hands, "left", start)

    assert str(mistake.value) == told
