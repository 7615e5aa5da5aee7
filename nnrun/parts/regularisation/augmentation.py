"""Training rows as they might have been: noise, images moved and bent, rows drawn anew.

Each takes an epoch's stream of random numbers and gives what alters a batch in place. Batches draw one after the other,
so that what a batch draws does not depend on how many are prepared at once.
"""

from collections.abc import Callable
from math import radians

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

Alter = Callable[[Tensor, Tensor], None]  # features and targets of a batch, in place
Augmentation = Callable[[Generator], Alter]
POINTS = 5  # along each side of an image move by themselves when it is bent; what lies between follows smoothly


def in_turn(several: list[Augmentation]) -> Augmentation:
    """One augmentation after the other."""

    def begin(stream: Generator) -> Alter:
        alters = [augmentation(stream) for augmentation in several]

        def alter(x: Tensor, y: Tensor) -> None:
            for own in alters:
                own(x, y)

        return alter

    return begin


def noise(deviation: float) -> Augmentation:
    """Normal noise on every feature."""

    def begin(stream: Generator) -> Alter:
        def alter(x: Tensor, y: Tensor) -> None:
            x.add_(normal(x.shape, stream), alpha=deviation)

        return alter

    return begin


def rows_anew(
    draw: Callable[[int, int], tuple[Tensor, Tensor]], share: float, rows: int
) -> Augmentation:
    """A share of each batch replaced by rows that `draw` makes from a number of rows and a seed."""

    def begin(stream: Generator) -> Alter:
        seed = torch.randint(2**31, (1,), generator=stream, device=stream.device).item()
        xs, ys = draw(rows, int(seed))
        place = 0

        def alter(x: Tensor, y: Tensor) -> None:
            nonlocal place
            count = round(share * len(x))
            x[:count], y[:count] = xs[place : place + count], ys[place : place + count]
            place += count

        return alter

    return begin


def distortion(
    shape: tuple[int, int], shift: float, rotation: float, elastic: float
) -> Augmentation:
    """Images moved by up to `shift` pixels, turned by up to `rotation` degrees, and bent by about `elastic` pixels."""

    def begin(stream: Generator) -> Alter:
        still = grid(shape, stream.device)
        half = torch.tensor(
            [shape[1] / 2, shape[0] / 2], device=stream.device
        )  # pixels from the middle to the rim

        def alter(x: Tensor, y: Tensor) -> None:
            count = len(x)
            places = turned(still, evenly((count,), stream) * radians(rotation))
            places = places + shift * evenly((count, 1, 1, 2), stream)
            if elastic:
                places = places + elastic * bend(normal((count, 2, POINTS, POINTS), stream), shape)
            images = x.view(count, 1, *shape)
            moved = F.grid_sample(images, places / half, padding_mode="border", align_corners=False)
            x.copy_(moved.view(x.shape))

        return alter

    return begin


def grid(shape: tuple[int, int], device: torch.device) -> Tensor:
    """Where each pixel lies, in pixels from the middle of the image."""  # (height, width, 2): across, down
    down, across = (torch.arange(size, device=device) - (size - 1) / 2 for size in shape)
    return torch.stack(torch.meshgrid(across, down, indexing="xy"), -1)


def turned(places: Tensor, angles: Tensor) -> Tensor:
    """The places turned about the middle, by an angle for each image."""  # (images, height, width, 2)
    c, s = angles.cos()[:, None, None], angles.sin()[:, None, None]
    across, down = places.unbind(-1)
    return torch.stack([c * across - s * down, s * across + c * down], -1)


def bend(moves: Tensor, shape: tuple[int, int]) -> Tensor:
    """The moves of a few points, and of all pixels between them."""  # (images, height, width, 2)
    return F.interpolate(moves, shape, mode="bicubic", align_corners=True).movedim(1, -1)


def normal(shape: tuple[int, ...] | torch.Size, stream: Generator) -> Tensor:
    return torch.empty(shape, device=stream.device).normal_(generator=stream)


def evenly(shape: tuple[int, ...], stream: Generator) -> Tensor:
    """Numbers between −1 and 1."""
    return torch.empty(shape, device=stream.device).uniform_(-1, 1, generator=stream)
