"""The loss that compares poses of an arm's hand: joint angles to places and orientations, in tensors."""

from __future__ import annotations

from dataclasses import dataclass
from math import atan, pi
from typing import TYPE_CHECKING, ClassVar

from nnrun.parts.dataset.nao import Arm, travel
from nnrun.parts.interface import Loss

if TYPE_CHECKING:
    from torch import Tensor

NEAR_MM = 1e-3  # below this a distance is rounded off to a parabola, whose slope at 0 is 0
NEAR = 1e-5  # and below this the sine of half an angle


@dataclass(frozen=True)
class Pose(Loss):
    """How far the hand is from where the true joints put it, on average: in millimetres and in degrees, weighted."""

    mm: float | Tensor
    degrees: float | Tensor
    arm: Arm
    shift: tuple[float, ...] | Tensor  # of the targets' scaling
    spread: tuple[float, ...] | Tensor
    task: ClassVar[str] = "regression"
    varies: ClassVar[tuple[str, ...]] = ("mm", "degrees", "shift", "spread")

    def __call__(self, outputs: Tensor, targets: Tensor) -> Tensor:
        spread, shift = (each_row(numbers, targets) for numbers in (self.spread, self.shift))
        *axes, place = hand(outputs * spread + shift, self.arm)
        *true_axes, true_place = hand(targets * spread + shift, self.arm)
        mm = (squares(place - true_place) + NEAR_MM**2).sqrt() - NEAR_MM
        x, y, z = (squares(a - b) for a, b in zip(axes, true_axes, strict=True))
        return self.mm * mm.mean(-1) + self.degrees * degrees((x + y + z) / 8).mean(-1)


def each_row(numbers: tuple[float, ...] | Tensor, rows: Tensor) -> Tensor:
    """A number for each target in the shape in which it meets rows; members may have their own."""
    return rows.new_tensor(numbers) if isinstance(numbers, tuple) else numbers.unsqueeze(-2)


def hand(joints: Tensor, arm: Arm) -> tuple[Tensor, ...]:
    """The three axes of the hand's frame and its place, ([members,] 3, rows) each, for joints in radians."""
    import torch

    angles = joints.movedim(-1, 0).unsqueeze(-2)
    return travel(torch.eye(3, device=joints.device)[:, :, None], angles.cos(), angles.sin(), arm)


def squares(vectors: Tensor) -> Tensor:
    """The square of each vector's length."""  # ([members,] rows)
    x, y, z = vectors.unbind(-2)
    return x * x + y * y + z * z


def degrees(sine2: Tensor) -> Tensor:
    """An angle by the square of the sine of its half; the slope is finite wherever it is, and 0 at 0."""
    sine, cosine = (sine2 + NEAR**2).sqrt(), ((1 - sine2).clamp(min=0) + NEAR**2).sqrt()
    return (720 / pi) * ((sine / (1 + cosine)).atan() - atan(NEAR / 2))
