"""What is told of predicted joints: where they put the hand, and whether they keep to the limits."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from nnrun.arm import JOINTS, forward, limits, pose
from nnrun.arm.rotations import rotation_vector
from nnrun.parts.dataset.arm_metrics import ArmMetrics
from nnrun.parts.dataset.checking import Wishes


def some_joints(arm, rows=200):
    return np.random.default_rng(7).uniform(*limits(arm), size=(rows, len(JOINTS)))


def judged(arm, poses, predicted, true):
    own_metrics = ArmMetrics(arm)
    return own_metrics(own_metrics.asked(poses, true), predicted, true)


def test_true_joints_leave_only_the_rounding_of_the_published_poses():
    joints = some_joints("right", rows=2000)

    found = judged("right", pose(joints, "right"), joints, joints)

    assert found["position_error_mm"]["p95"] < 0.01
    assert 0.1 < found["orientation_error_deg"]["median"] < 0.3
    assert set(found["joint_error_deg"].values()) == {0.0}
    assert found["outside_limits"] == 0.0
    assert found["unreachable"] <= 0.001


def test_a_twisted_wrist_is_told_as_its_angle():
    joints = some_joints("left") * [1, 1, 1, 1, 0.5]
    hands = forward(joints, "left")
    asked = np.column_stack([hands[:, :3, 3], np.degrees(rotation_vector(hands[:, :3, :3]))])

    found = judged("left", asked, joints + [0, 0, 0, 0, np.radians(10)], joints)

    assert list(found["orientation_error_deg"].values()) == pytest.approx([10] * 5)
    assert found["position_error_mm"]["mean"] == pytest.approx(2 * 12.31 * np.sin(np.radians(5)))
    assert found["joint_error_deg"] == pytest.approx(
        {"median": 0, "mean": 2, "p95": 10, "p99": 10, "max": 10}
    )


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
    assert (found["mean"], found["p99"]) == (missed.mean(), np.percentile(missed, 99))
    assert found["max"] == missed.max()


def test_a_pose_is_unreachable_when_no_joints_within_the_limits_meet_it():
    joints = some_joints("left", rows=4)
    low, high = limits("left")
    joints[1] = (low + high) / 2 + [0, 0, 0, 0, 2.5]
    asked = pose(joints, "left")
    asked[2, :3] += 1000
    guessed = joints + [0, 0, 0, 0.3, 0]

    found = judged("left", asked, joints, guessed)

    assert found["unreachable"] == 0.5
    assert found["outside_limits"] == 0.25


# Joints of which nobody knows the true ones


def checked(joints, cells, **wished):
    return ArmMetrics("left").check(cells, joints, Wishes(**wished))


def test_joints_are_told_by_their_names_and_by_where_they_put_the_hand():
    joints = some_joints("left", rows=3)
    off = joints + [[0, 0, 0, 0, 0], [0, 0, 0, 0, 0.1], [0, 0, 0, 0, 9]]

    found = checked(off, pose(joints, "left"))

    assert list(found.columns) == [
        *JOINTS,
        "position_error_mm",
        "orientation_error_deg",
        "within_limits",
        "reachable",
    ]
    assert_array_equal(found.predicted, off)
    assert_array_equal(np.transpose([found.columns[name] for name in JOINTS]), off)
    near, far, _ = found.columns["position_error_mm"]
    assert near < 0.01 < far
    assert found.columns["orientation_error_deg"][1] == pytest.approx(np.degrees(0.1), abs=0.6)
    assert_array_equal(found.columns["within_limits"], [True, True, False])
    assert found.columns["reachable"].all()
    assert found.notes == [
        "2 of 3 poses are missed by more than 0.1 mm or 0.6 degrees, though they can be reached;"
        " --refine goes on until they are met",
        "1 of 3 answers are beyond the limits of the joints",
    ]


def test_refined_joints_take_the_place_of_the_predicted_ones():
    joints = some_joints("left", rows=50)
    cells = pose(joints, "left")
    cells[7, 0] += 1000

    found = checked(joints + 0.1, cells, refine=True, degrees=True)

    mm, degrees = found.columns["position_error_mm"], found.columns["orientation_error_deg"]
    within = np.arange(50) != 7
    assert_array_equal(found.columns["reachable"], within)
    assert mm[within].max() <= 0.01
    assert degrees[within].max() <= 0.6
    assert found.columns["within_limits"].all()
    assert_allclose(found.columns["WristYaw"], np.degrees(found.predicted[:, 4]))
    assert found.notes == ["1 of 50 poses cannot be reached within 0.1 mm and 0.6 degrees"]


def test_the_tolerance_decides_what_is_reachable():
    joints = some_joints("left", rows=50)
    cells = pose(joints, "left")

    found = checked(joints, cells, refine=True, tolerance=(0.01, 0.1))

    close = found.columns["orientation_error_deg"] <= 0.1
    assert_array_equal(found.columns["reachable"], close)
    assert 0 < close.sum() < 50


def test_joints_that_diverged_are_checked_without_a_warning():
    joints = some_joints("left", rows=4)

    found = checked(np.full_like(joints, np.inf), pose(joints, "left"))

    assert np.isnan(found.columns["position_error_mm"]).all()
    assert found.columns["reachable"].all()
    assert not found.columns["within_limits"].any()
