"""The bundle of a run folder: data that become a network, and nothing that runs."""

from pathlib import Path

import numpy as np

from nnrun.bundle.average import average_of
from nnrun.bundle.bundle import Bundle, with_tensors
from nnrun.bundle.predictions import CHANCES
from nnrun.engine.surroundings import torch_as_usual
from nnrun.errors import listing
from nnrun.parts.dataset.checking import Wishes
from nnrun.parts.model.saved import read_saved, readable


@torch_as_usual()
def load(run: str | Path) -> Bundle:
    """Load the bundle of a run folder."""
    saved = read_saved(run)
    with readable(saved.folder):
        pairs = zip(saved.models, saved.tensors_of_each(), strict=True)
        bundles = [with_tensors(about, tensors) for about, tensors in pairs]
        for bundle in bundles:
            if bundle.chances not in CHANCES:
                raise ValueError(f"chances {bundle.chances!r}; this nnrun knows {listing(CHANCES)}")
            refuse_nonsense(bundle)
        bundle = bundles[0]
        if saved.average:
            bundle = average_of(bundles, saved.counts, saved.threshold, saved.margins)
        refuse_other_margins(bundle)
    return bundle


def refuse_other_margins(bundle: Bundle) -> None:
    """Stop at margins in units of what the model does not say."""
    said = {"deviation": bundle.per_target > 1, "spread": bundle.voices > 1}
    if bundle.margins and not said.get(bundle.margins.by, True):
        raise ValueError(f"its margins are by a {bundle.margins.by} that it does not say")


def refuse_nonsense(bundle: Bundle) -> None:
    """Stop at weights that are no numbers, and at parts that do not work together on a row."""
    for name, tensor in bundle.network.state_dict().items():
        if not tensor.isfinite().all():
            raise ValueError(f"its tensor {name} holds what is no number")
    row = np.zeros((1, len(bundle.inputs.columns)))
    with np.errstate(all="ignore"):
        predicted = bundle.infer(row)
        if bundle.own_metrics.checks:
            means = predicted[:, : len(bundle.target_names)]
            bundle.own_metrics.check(row[:0], means[:0], Wishes())  # a pose may take a search
