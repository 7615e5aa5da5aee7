"""nnrun predict on a run of the robot's arm: joints are checked, and refined where that is asked for."""

import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import nnrun as package
from nnrun.errors import Mistake

ARM = Path(__file__).resolve().parent.parent / "fixtures" / "0.1.0"
JOINTS = [f"joint{number}" for number in range(1, 6)]


def test_the_joints_of_an_arm_are_told_with_where_they_put_the_hand(nnrun):
    ran = nnrun("predict", str(ARM / "arm"), str(ARM / "arm.csv"))

    assert ran.code == 0
    told = pd.read_csv(io.StringIO(ran.out))
    assert list(told) == [
        *JOINTS,
        *("ShoulderPitch", "ShoulderRoll", "ElbowYaw", "ElbowRoll", "WristYaw"),
        *("position_error_mm", "orientation_error_deg", "within_limits", "reachable"),
    ]
    assert told["position_error_mm"].median() > 50  # it learnt for four epochs
    assert told["reachable"].all()
    assert "though they can be reached; --refine goes on until they are met\n" in ran.err


def test_refined_joints_put_the_hand_where_it_was_asked_to_be(nnrun):
    words = ("predict", str(ARM / "arm"), str(ARM / "arm.csv"))

    ran = nnrun(*words, "--refine", "--degrees", "--tolerance", "0.1", "0.7")

    told = pd.read_csv(io.StringIO(ran.out))
    assert (ran.code, ran.err) == (0, "")
    assert told["position_error_mm"].max() <= 0.01
    assert told["orientation_error_deg"].max() <= 0.7
    assert told["ElbowRoll"].max() == pytest.approx(np.degrees(told["joint4"].max()))
    frame = package.load(ARM / "arm").checked(
        pd.read_csv(ARM / "arm.csv"), refine=True, degrees=True, tolerance=(0.1, 0.7)
    )
    pd.testing.assert_frame_equal(frame, told)


def test_what_only_an_arm_can_do_is_refused_elsewhere(nnrun):
    words = ("predict", str(ARM / "classes"), str(ARM / "classes.csv"))

    ran = nnrun(*words, "--refine", "--degrees")

    assert (ran.code, ran.out) == (2, "")
    assert ran.err == (
        "error: --refine: the run predicts no joints of an arm, which could be checked;"
        " leave it out\n"
        "error: --degrees: the run predicts no joints of an arm, which could be checked;"
        " leave it out\n"
    )


@pytest.mark.parametrize("tolerance", [1, (1,), (-1, 2)])
def test_a_tolerance_of_other_than_two_numbers_is_refused_in_python(tolerance):
    with pytest.raises(Mistake, match=r"tolerance=.*: expected two numbers, none below 0"):
        package.load(ARM / "arm").checked(pd.read_csv(ARM / "arm.csv"), tolerance=tolerance)


def test_a_tolerance_below_nothing_is_refused(nnrun):
    ran = nnrun("predict", str(ARM / "arm"), str(ARM / "arm.csv"), "--tolerance", "-1", "2")

    assert ran.code == 2
    assert ran.err == (
        "error: --tolerance -1 2: expected two numbers, none below 0;"
        " give millimetres and degrees, such as --tolerance 0.1 0.6\n"
    )
