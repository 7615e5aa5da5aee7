"""Bundles of what was trained: of one network or several, and of folds that answer together."""

from collections.abc import Mapping, Sequence

from torch import Tensor

from nnrun.bundle.average import average_of
from nnrun.bundle.bundle import Bundle, with_tensors
from nnrun.bundle.metrics import MIDDLE
from nnrun.config.experiment import Experiment
from nnrun.training.measured import trained_model


def together(bundles: Sequence[Bundle]) -> Bundle:
    """Let the networks of all folds answer, by their mean."""
    if len(bundles) == 1:
        return bundles[0]
    middle = sum(bundle.threshold for bundle in bundles) / len(bundles)
    return average_of(bundles, [1] * len(bundles), middle)


def bundle_of_folds(experiment: Experiment, tensors: Sequence[Mapping[str, Tensor]]) -> Bundle:
    """Bundle all that was trained, as it stands."""
    each = zip(experiment.each_fold, tensors, strict=True)
    return together([bundle_of(fold, own) for fold, own in each])


def bundle_of(
    experiment: Experiment,
    tensors: Mapping[str, Tensor],
    threshold: float = MIDDLE,
    temperature: float = 1.0,
) -> Bundle:
    """Bundle a trained experiment, so that it can be used without its configuration."""
    about = trained_model(experiment, threshold, temperature)
    return with_tensors(about, {name: tensor.cpu() for name, tensor in tensors.items()})
