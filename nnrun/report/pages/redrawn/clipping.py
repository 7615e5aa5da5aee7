"""What of a way lies within a frame: its pieces, which end where it leaves the frame."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import isfinite

Place = tuple[float, float]
Frame = tuple[tuple[float, float], tuple[float, float]]  # the ends along each axis


def pieces_within(places: Sequence[Place], frame: Frame) -> list[list[Place]]:
    """Cut a way where it leaves a frame, and join what lies within."""
    pieces: list[list[Place]] = []
    for one, other in pairwise(places):
        part = clipped(one, other, frame)
        if part is None:
            continue
        start, end = part
        if pieces and pieces[-1][-1] == start:
            pieces[-1].append(end)
        else:
            pieces.append([start, end])
    return pieces


def clipped(one: Place, other: Place, frame: Frame) -> tuple[Place, Place] | None:
    """Give the part of a line that lies within a frame, if any does (Liang and Barsky, 1984)."""
    if not all(map(isfinite, (*one, *other))):
        return None
    first, last = 0.0, 1.0  # of the line, its part within
    for start, end, (low, high) in zip(one, other, frame, strict=True):
        if start == end:
            if not low <= start <= high:
                return None
            continue
        enters, leaves = sorted([(low - start) / (end - start), (high - start) / (end - start)])
        first, last = max(first, enters), min(last, leaves)
    if first > last:
        return None
    return along(one, other, first), along(one, other, last)


def along(one: Place, other: Place, share: float) -> Place:
    """Give a place between two, which are met exactly."""
    if share in (0, 1):
        return other if share else one
    across, up = (start + share * (end - start) for start, end in zip(one, other, strict=True))
    return across, up


def is_within(place: Place, frame: Frame) -> bool:
    return all(low <= value <= high for value, (low, high) in zip(place, frame, strict=True))
