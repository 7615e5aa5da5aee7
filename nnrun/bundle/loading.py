"""The bundle of a run folder: data that become a network, and nothing that runs."""

from pathlib import Path

from nnrun.bundle.bundle import Bundle, with_tensors
from nnrun.bundle.predictions import CHANCES
from nnrun.errors import listing
from nnrun.parts.model.saved import read_saved, readable


def load(run: str | Path) -> Bundle:
    """Load the bundle of a run folder."""
    saved = read_saved(run)
    with readable(saved.folder):
        bundle = with_tensors(saved.about, saved.tensors())
        if bundle.chances not in CHANCES:
            raise ValueError(f"chances {bundle.chances!r}; this nnrun knows {listing(CHANCES)}")
    return bundle
