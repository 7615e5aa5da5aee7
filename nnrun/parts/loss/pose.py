"""The loss that compares poses of an arm's hand: by joint angles its places and orientations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import atan, pi
from typing import TYPE_CHECKING, ClassVar

from nnrun.arm.kinematics import Arm, travel
from nnrun.errors import Problem, Problems
from nnrun.parts.dataset.arkoma import Arkoma
from nnrun.parts.dataset.scaling import Affine
from nnrun.parts.interface import ChosenParts, Dataset, Loss, part
from nnrun.parts.kinds import Fraction, NotNegative
from nnrun.parts.loss.numbers import Mae

if TYPE_CHECKING:
    from torch import Tensor

    from nnrun.parts.dataset.scaling import Scaling

NEAR_MM = 1e-3  # below this a distance is rounded off to a parabola, whose slope at 0 is 0
NEAR = 1e-5  # and below this the sine of half an angle


@part
class PoseSettings(Loss):
    """How much millimetres and degrees weigh, and when; an arm and a scaling make it a loss."""

    mm: NotNegative
    degrees: NotNegative
    joints: NotNegative
    joints_first: Fraction
    task = "regression"
    added: ClassVar = {"joints": 0.0, "joints_first": 0.0}

    def problems(self) -> Problems:
        if self.mm or self.degrees or self.joints:
            return []
        wrong = "leaves nothing to learn, as loss.degrees and loss.joints are 0 as well"
        return [self.problem("mm", wrong, "raise one of them")]

    def unfit_beside(self, chosen: ChosenParts) -> Problems:
        if problems := super().unfit_beside(chosen):
            return problems
        if not isinstance(chosen.dataset, Arkoma):
            wrong = f"compares poses of an arm's hand, but {chosen.choice('dataset')} has no arm"
            return [chosen.problem("loss", wrong, "use dataset=arkoma, or loss=mse")]
        if chosen.target_kind == "quantile":
            wrong = f"{chosen.choice('loss')} cannot take joints back from it"
            advice = "use dataset.scale.targets=standard"
            return [Problem("dataset.scale.targets", chosen.target_kind, wrong, advice)]
        return []

    def for_targets(self, scaling: Scaling, dataset: Dataset) -> Pose:
        """Give the loss of scaled joints of the arm."""
        assert isinstance(scaling, Affine)
        assert isinstance(dataset, Arkoma)
        shift, spread = tuple(scaling.shift.tolist()), tuple(scaling.spread.tolist())
        weights = self.mm, self.degrees, self.joints
        return Pose(*weights, self.joints_first, dataset.arm, shift, spread)


@part
class Pose(Loss):
    """How far the hand is on average from where the true joints put it, weighted."""

    mm: float | Tensor
    degrees: float | Tensor
    joints: float | Tensor
    joints_first: float
    arm: Arm
    shift: tuple[float, ...] | Tensor  # of the targets' scaling
    spread: tuple[float, ...] | Tensor
    task = "regression"
    varies = ("mm", "degrees", "joints", "shift", "spread")

    @property
    def stages(self) -> Sequence[tuple[float, Loss]]:
        """Joints alone at first, which poses would leave a turn away."""
        poses = replace(self, joints_first=0.0)
        return ((0.0, Mae()), (self.joints_first, poses)) if self.joints_first else ((0.0, self),)

    def __call__(self, outputs: Tensor, targets: Tensor, weights: Tensor | None = None) -> Tensor:
        spread, shift = (each_row(numbers, targets) for numbers in (self.spread, self.shift))
        *axes, place = hand(outputs * spread + shift, self.arm)
        *true_axes, true_place = hand(targets * spread + shift, self.arm)
        mm = (squares(place - true_place) + NEAR_MM**2).sqrt() - NEAR_MM
        x, y, z = (squares(a - b) for a, b in zip(axes, true_axes, strict=True))
        angle = degrees((x + y + z) / 8)
        off = ((outputs - targets) * spread).abs().mean(-1) * (180 / pi)
        if weights is not None:
            mm, angle, off = mm * weights, angle * weights, off * weights
        missed = self.mm * mm.mean(-1) + self.degrees * angle.mean(-1)
        return missed + self.joints * off.mean(-1)


def each_row(numbers: tuple[float, ...] | Tensor, rows: Tensor) -> Tensor:
    """Give the targets' numbers the shape in which they meet rows; members may have their own."""
    return rows.new_tensor(numbers) if isinstance(numbers, tuple) else numbers.unsqueeze(-2)


def hand(joints: Tensor, arm: Arm) -> tuple[Tensor, ...]:
    """Compute the axes of the hand's frame and its place for joints in radians.

    They are ([members,] 3, rows) each.
    """
    import torch

    angles = joints.movedim(-1, 0).unsqueeze(-2)
    axes = torch.eye(3, device=joints.device)[:, :, None]
    reached, _ = travel(axes, angles.cos(), angles.sin(), arm)
    return reached


def squares(vectors: Tensor) -> Tensor:
    """Compute the square of each vector's length."""  # ([members,] rows)
    x, y, z = vectors.unbind(-2)
    return x * x + y * y + z * z


def degrees(sine2: Tensor) -> Tensor:
    """Compute an angle by the square of the sine of its half; its slope is finite, and 0 at 0."""
    sine = (sine2 + NEAR**2).sqrt()
    cosine = ((1 - sine2).clamp(min=0) + NEAR**2).sqrt()
    return (720 / pi) * ((sine / (1 + cosine)).atan() - atan(NEAR / 2))
