"""Training rows as they might have been: noise, images bent, categories hidden, rows drawn anew.

Each takes an epoch's stream of random numbers and gives what alters a batch in place. Batches draw
one after the other, so that what a batch draws does not depend on how many are prepared at once.
"""

from collections.abc import Callable
from math import radians

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

Alter = Callable[[Tensor, Tensor], None]  # features and targets of a batch, in place
Augmentation = Callable[[Generator], Alter]
# along each side of an image move by themselves when it is bent; what lies between follows smoothly
POINTS = 5


def in_turn(several: list[Augmentation]) -> Augmentation:
    """Let one augmentation follow the other."""

    def begin(stream: Generator) -> Alter:
        alters = [augmentation(stream) for augmentation in several]

        def alter(x: Tensor, y: Tensor) -> None:
            for alter_more in alters:
                alter_more(x, y)

        return alter

    return begin


def noise(deviation: float) -> Augmentation:
    """Add normal noise to every feature."""

    def begin(stream: Generator) -> Alter:
        def alter(x: Tensor, y: Tensor) -> None:
            x.add_(normal(x.shape, stream), alpha=deviation)

        return alter

    return begin


def hidden(categories: list[slice], share: float) -> Augmentation:
    """Hide each category in a share of the rows: its units are zero, as of an unknown one."""

    def begin(stream: Generator) -> Alter:
        def alter(x: Tensor, y: Tensor) -> None:
            drawn = torch.empty(len(categories), len(x), 1, device=stream.device)
            kept = drawn.uniform_(generator=stream) >= share
            for units, rows in zip(categories, kept, strict=True):
                x[:, units].mul_(rows)

        return alter

    return begin


def new_rows(
    draw: Callable[[int, int], tuple[Tensor, Tensor]], share: float, rows: int
) -> Augmentation:
    """Replace a share of each batch by rows that `draw` makes of a number of rows and a seed."""

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


def mirrored(shape: tuple[int, int], share: float) -> Augmentation:
    """Change left and right of a share of the images."""

    def begin(stream: Generator) -> Alter:
        def alter(x: Tensor, y: Tensor) -> None:
            drawn = torch.empty(len(x), 1, device=stream.device).uniform_(generator=stream)
            in_mirror = x.unflatten(1, shape).flip(-1).flatten(1)
            x.copy_(torch.where(drawn < share, in_mirror, x))

        return alter

    return begin


def distortion(
    shape: tuple[int, int], shift: float, rotation: float, elastic: float, whole_pixels: bool
) -> Augmentation:
    """Move images by `shift` pixels and turn them by `rotation` degrees at most, and bend them.

    Bent they are by about `elastic` pixels. What only moves, by whole pixels, stays as sharp as it
    was.
    """

    def begin(stream: Generator) -> Alter:
        still = grid(shape, stream.device)
        # pixels from the middle to the rim
        half = torch.tensor([shape[1] / 2, shape[0] / 2], device=stream.device)

        def alter(x: Tensor, y: Tensor) -> None:
            count = len(x)
            places = turned(still, evenly((count,), stream) * radians(rotation))
            moves = shift * evenly((count, 1, 1, 2), stream)
            places = places + (moves.round() if whole_pixels else moves)
            if elastic:
                places = places + elastic * bend(normal((count, 2, POINTS, POINTS), stream), shape)
            images = x.view(count, 1, *shape)
            moved = F.grid_sample(images, places / half, padding_mode="border", align_corners=False)
            x.copy_(moved.view(x.shape))

        return alter

    return begin


def grid(shape: tuple[int, int], device: torch.device) -> Tensor:
    """Tell where each pixel lies, in pixels from the middle of the image."""
    down, across = (torch.arange(size, device=device) - (size - 1) / 2 for size in shape)
    places = torch.meshgrid(across, down, indexing="xy")
    return torch.stack(places, -1)  # (height, width, 2): across, down


def turned(places: Tensor, angles: Tensor) -> Tensor:
    """Turn the places about the middle, by an angle for each image."""
    c, s = angles.cos()[:, None, None], angles.sin()[:, None, None]
    across, down = places.unbind(-1)
    turned_places = [c * across - s * down, s * across + c * down]
    return torch.stack(turned_places, -1)  # (images, height, width, 2)


def bend(moves: Tensor, shape: tuple[int, int]) -> Tensor:
    """Spread the moves of a few points over all pixels between them."""
    smooth = F.interpolate(moves, shape, mode="bicubic", align_corners=True)
    return smooth.movedim(1, -1)  # (images, height, width, 2)


def normal(shape: tuple[int, ...] | torch.Size, stream: Generator) -> Tensor:
    return torch.empty(shape, device=stream.device).normal_(generator=stream)


def evenly(shape: tuple[int, ...], stream: Generator) -> Tensor:
    """Draw numbers between −1 and 1."""
    return torch.empty(shape, device=stream.device).uniform_(-1, 1, generator=stream)
