"""What is told of predicted joints: where they put the hand, and whether they keep to the limits."""

import numpy as np
import pytest

from nnrun.arm import JOINTS, forward, limits, pose
from nnrun.arm.rotations import rotation_vector
from nnrun.parts.dataset.arm_metrics import ArmMetrics


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
