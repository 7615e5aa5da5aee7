"""The bundle of a run folder: data that become a network, and nothing that runs."""

from pathlib import Path

from torch import Generator

from nnrun.bundle.bundle import Bundle
from nnrun.bundle.predictions import CHANCES
from nnrun.errors import listing
from nnrun.parts.dataset.own_metrics import own_metrics_from_plain
from nnrun.parts.model.saved import Saved, read_saved, readable


def load(run: str | Path) -> Bundle:
    """Load the bundle of a run folder."""
    saved = read_saved(run)
    with readable(saved.folder):
        return bundle_from_saved(saved)


def bundle_from_saved(saved: Saved) -> Bundle:
    """Make a bundle from what was saved."""
    network = saved.model.build(saved.inputs.features, saved.outputs, Generator())
    network.load_state_dict(saved.tensors())
    network.eval()
    chances = saved.about["chances"]
    if chances not in CHANCES:
        raise ValueError(f"chances {chances!r}; this nnrun knows {listing(CHANCES)}")
    return Bundle(
        model=saved.model,
        network=network,
        inputs=saved.inputs,
        targets=saved.targets,
        target_names=saved.target_names,
        classes=saved.classes,
        own_metrics=own_metrics_from_plain(saved.about["judge"]),
        reading=dict(saved.about["reading"]),
        chances=chances,
        per_target=saved.per_target,
    )
