"""The loss of poses equals the metrics of the arm, has a slope everywhere, and none where the hand is right."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from nnrun.arm.kinematics import forward
from nnrun.arm.rotations import angle_between
from nnrun.parts.dataset.arkoma import Arkoma
from nnrun.parts.dataset.scaling import Affine
from nnrun.parts.loss import Mae
from nnrun.parts.loss import Pose as Settings
from nnrun.parts.loss.pose import Pose, degrees

SHIFT, SPREAD = (0.1, 0.3, -0.2, -0.8, 0.0), (1.2, 0.4, 1.1, 0.3, 0.9)
MEMBERS, ROWS = 3, 11


def pose(mm=1.0, degrees=1.0, arm="right", joints=0.0, shift=SHIFT, spread=SPREAD, first=0.0):
    return Pose(mm, degrees, joints, first, arm, shift, spread)


def scaled(dtype=torch.float32, apart=0.5):
    stream = torch.Generator().manual_seed(0)
    targets = torch.randn(MEMBERS, ROWS, 5, generator=stream, dtype=dtype)
    return targets + apart * torch.randn(targets.shape, generator=stream, dtype=dtype), targets


def joints(numbers):
    return numbers.double().numpy() * SPREAD + SHIFT


@pytest.mark.parametrize("arm", ["right", "left"])
def test_the_loss_is_what_the_metrics_call_the_mean_errors(arm):
    outputs, targets = (numbers[0] for numbers in scaled())
    hand, true = forward(joints(outputs), arm), forward(joints(targets), arm)
    mm = np.linalg.norm(hand[:, :3, 3] - true[:, :3, 3], axis=1).mean()
    turned = angle_between(hand[:, :3, :3], true[:, :3, :3]).mean()

    assert pose(1.0, 0.0, arm)(outputs, targets).item() == pytest.approx(mm, abs=2e-3)
    assert pose(0.0, 1.0, arm)(outputs, targets).item() == pytest.approx(turned, abs=2e-3)
    assert pose(0.5, 3.0, arm)(outputs, targets).item() == pytest.approx(
        0.5 * mm + 3 * turned, abs=8e-3
    )


def test_joints_cost_their_mean_error_in_degrees():
    outputs, targets = (numbers[0] for numbers in scaled())
    off = np.degrees(np.abs(joints(outputs) - joints(targets))).mean()

    assert pose(0.0, 0.0, joints=0.5)(outputs, targets).item() == pytest.approx(0.5 * off, rel=1e-5)


def test_joints_teach_alone_for_a_share_of_the_training():
    loss = pose(0.3, 2.0, joints=1.0, first=0.75)

    assert loss.stages == ((0.0, Mae()), (0.75, pose(0.3, 2.0, joints=1.0)))
    assert pose().stages == ((0.0, pose()),)


@pytest.mark.parametrize(
    ("mm", "degrees", "joints"), [(1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.3, 2.0, 0.5)]
)
def test_the_slope_is_that_of_finite_differences(mm, degrees, joints):
    outputs, targets = scaled(torch.float64)

    assert torch.autograd.gradcheck(
        lambda x: pose(mm, degrees, joints=joints)(x, targets), outputs.requires_grad_()
    )


def test_what_is_right_costs_nothing_and_has_no_slope():
    _, targets = scaled()
    outputs = targets.clone().requires_grad_()

    loss = pose()(outputs, targets).sum()
    loss.backward()

    assert loss.item() == pytest.approx(0, abs=1e-6)
    assert outputs.grad.abs().max() < 1e-6


@pytest.mark.parametrize("angle", [0, 1e-9, 1e-6, 1e-3, 1.0, 90.0, 179.0, 180.0])
def test_every_angle_is_met_and_has_a_slope(angle):
    half = torch.tensor(np.radians(angle / 2), dtype=torch.float32).requires_grad_()

    found = degrees(half.sin().square())
    found.backward()

    assert found.item() == pytest.approx(angle, abs=3e-3)
    assert half.grad.isfinite()


def test_members_have_weights_and_scalings_of_their_own():
    outputs, targets = scaled()
    each = [
        pose(mm, 1.0, joints=2 * mm, shift=tuple(mm * s for s in SHIFT)) for mm in (0.3, 0.7, 1.1)
    ]
    own = {name: torch.tensor([getattr(loss, name) for loss in each]) for name in Pose.varies}

    found = replace(each[0], **own)(outputs, targets)

    alone = torch.stack([loss(x, y) for loss, x, y in zip(each, outputs, targets, strict=True)])
    assert torch.equal(found, alone)


def test_a_member_without_numbers_leaves_the_others_theirs():
    outputs, targets = scaled()
    expected = pose()(outputs, targets)

    outputs[1] = torch.nan
    found = pose()(outputs, targets)

    assert found.isnan().tolist() == [False, True, False]
    assert torch.equal(found[[0, 2]], expected[[0, 2]])


def test_the_scaling_comes_from_the_data():
    scaling, left = (
        Affine(np.array(SHIFT), np.array(SPREAD)),
        Arkoma("left", 100, 0.1, 0, None, "vector"),
    )

    found = Settings(1.0, 2.0, 0.5, 0.7).for_targets(scaling, left)

    assert found == pose(1.0, 2.0, "left", joints=0.5, first=0.7)


def test_a_network_that_learns_poses_puts_the_hand_nearer_than_one_that_learns_joints(small):
    words = ("dataset.rows=1000", "training.epochs=30", "model.widths=[64]")

    hands, angles = small(*words, "loss=pose", "loss.degrees=0.3"), small(*words, "loss=mse")

    nearer, other = (
        ran.json("summary.json")["test"]["position_error_mm"]["median"] for ran in (hands, angles)
    )
    assert nearer < 0.7 * other


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (
            ("dataset=curve",),
            "loss=pose: compares poses of an arm's hand, but dataset=curve has no arm",
        ),
        (("dataset=digits",), "loss=pose: is for regression, but dataset=digits has classes"),
        (
            ("dataset.scale.targets=quantile",),
            "dataset.scale.targets=quantile: loss=pose cannot take joints back",
        ),
        (
            ("loss.mm=0", "loss.degrees=0"),
            "loss.mm=0: leaves nothing to learn, as loss.degrees and loss.joints are 0 as well; raise one",
        ),
    ],
)
def test_where_there_is_nothing_to_compare_one_line_says_so(words, line, nnrun):
    ran = nnrun("loss=pose", *words)

    assert ran.code == 2
    assert line in ran.err
    assert not ran.folders
