"""Randomness as a pure function of (seed, purpose, epoch).

So there is nothing to save, and a member draws the same alone and among others.
"""

from contextlib import AbstractContextManager
from hashlib import sha256

import numpy as np
import torch
from torch import Tensor

from nnrun.streams import begun_at


def generator(
    seed: int, purpose: str, epoch: int = 0, device: torch.device | str = "cpu"
) -> torch.Generator:
    """Begin a stream of random numbers; the same three words give the same stream."""
    return torch.Generator(device).manual_seed(mixed(seed, purpose, epoch))


def mixed(seed: int, purpose: str, epoch: int) -> int:
    """Make one number of three words."""
    digest = sha256(f"{seed}/{purpose}/{epoch}".encode()).digest()
    return int.from_bytes(digest[:8]) >> 1


def of_networks(seed: int, epoch: int) -> AbstractContextManager:
    """Let the streams that a network of one's own draws from follow from two words, in here."""
    return begun_at(mixed(seed, "network", epoch))


def order(seeds: tuple[int, ...], epoch: int, rows: int) -> Tensor:
    """Draw each member's order of the training rows in one epoch."""  # (members, rows)
    orders = torch.empty(len(seeds), rows, dtype=torch.int64)
    for of_member, seed in zip(orders, seeds, strict=True):
        torch.randperm(rows, generator=generator(seed, "order", epoch), out=of_member)
    return orders


def mixture(seed: int, epoch: int, alpha: float, steps: int) -> np.ndarray:
    """Draw the share of a row in its mixture with another from Beta(α, α), for each step."""
    stream = np.random.default_rng(mixed(seed, "mixture", epoch))
    return stream.beta(alpha, alpha, steps)


class GradientNoise:
    """Normal noise on the gradient, drawn member by member and step by step."""

    def __init__(self, seeds: tuple[int, ...], epoch: int, device: torch.device):
        self.streams = [generator(seed, "shake", epoch, device) for seed in seeds]
        self.device = device

    def draw(self, deviations: Tensor, columns: int) -> Tensor:
        """Draw the noise of several steps, for deviations of shape (steps, members)."""
        noise = torch.empty(*deviations.shape, columns, device=self.device)
        for of_step in noise:
            for of_member, stream in zip(of_step, self.streams, strict=True):
                of_member.normal_(generator=stream)
        return noise.mul_(deviations[..., None])  # (steps, members, columns)


class DropoutMasks:
    """Dropout masks, drawn member by member: zero for a silenced unit, 1/(1-rate) for the others.

    Sixteen bits decide about a unit; they are drawn four at a time, which takes a quarter of the
    time of floats.
    """

    def __init__(
        self, seeds: tuple[int, ...], epoch: int, rates: tuple[float, ...], device: torch.device
    ):
        self.streams = [generator(seed, "dropout", epoch, device) for seed in seeds]
        self.rates, self.device = np.array(rates)[:, None], device

    def draw(self, steps: int, rows: int, units: int, factors: np.ndarray | float = 1.0) -> Tensor:
        """Draw the masks of several steps; factors on the rates are of shape (members, steps)."""
        # (steps, [members,] rows, units)
        size = rows * units
        shares = np.broadcast_to(self.rates * factors, (len(self.rates), steps))
        cuts = torch.from_numpy(np.minimum(np.round(shares * 2**16), 2**16 - 1)).to(self.device)
        least = (cuts - 2**15).to(torch.int16)[..., None]
        gain = (2**16 / (2**16 - cuts)).float()[..., None]
        shape = len(self.streams), steps, -(-size // 4)
        words = torch.empty(shape, dtype=torch.int64, device=self.device)
        for words_of_member, stream in zip(words, self.streams, strict=True):
            words_of_member.random_(-(2**63), None, generator=stream)
        bits = words.view(torch.int16)[..., :size]  # (members, steps, rows * units)
        masks = (bits >= least) * gain
        lead = (steps, len(masks)) if len(masks) > 1 else (steps,)
        return masks.transpose(0, 1).reshape(*lead, rows, units)
