"""What bags come to together: one answer, of networks of which each validated on other rows."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy import ndarray

from nnrun.bundle.bundle import Bundle
from nnrun.bundle.predictions import averaged
from nnrun.config.experiment import Experiment
from nnrun.training.bundling import bundle_of, together
from nnrun.training.calibration import calibrated, temperature_of
from nnrun.training.ensemble import half_way, mean_records
from nnrun.training.measured import best_threshold
from nnrun.training.training import Trained
from nnrun.training.true_values import TrueValuesCache

Said = dict[str, ndarray]


def as_one(
    experiment: Experiment, each: Sequence[Trained], cache: TrueValuesCache
) -> tuple[Experiment, Trained, Bundle]:
    """Put together what bags came to; a temperature and a threshold are those of all of them."""
    whole, bags = experiment_of_all(experiment), experiment.each_fold
    temperature = temperature_of(whole, {"val": of_all(each, "val")})
    surer = [calibrated(own, temperature) for own in each]
    threshold = best_threshold(whole, {"val": of_all(surer, "val")})
    pairs = zip(bags, each, strict=True)
    bundle = together([bundle_of(bag, own.tensors, threshold, temperature) for bag, own in pairs])
    trained = trained_of_all(experiment, surer, bundle)
    if temperature != 1:
        trained = replace(trained, uncalibrated=said_of_all(each, bundle))
    if experiment.settings.output.baselines:
        cache.truths(whole).know(whole, bundle, simple_of_all(bags, bundle, cache))
    return whole, trained, bundle


def experiment_of_all(experiment: Experiment) -> Experiment:
    """Give an experiment all of whose rows validate that do not test."""
    return replace(experiment, prepared=experiment.prepared_together, folds=())


def trained_of_all(experiment: Experiment, each: Sequence[Trained], bundle: Bundle) -> Trained:
    """Put together what bags reached."""
    first = each[0]
    networks = [network for own in each for network in own.networks]
    last = {**first.last, "val": np.concatenate([own.last["val"] for own in each])}
    spreads = {**first.spreads, "val": np.concatenate([own.spreads["val"] for own in each])}
    if len(experiment.rows.test):
        said = voices(bundle, cells_of_each(experiment, experiment.rows.test))
        spreads["test"] = bundle.spread_of(said)
    return Trained(
        epochs=mean_records([network.epochs for network in networks]),
        best_epoch=half_way(networks),
        tensors={},
        predictions=said_of_all(each, bundle),
        last=last,
        spreads=spreads,
        networks=networks,
        whole=all(own.whole for own in each),
    )


def said_of_all(each: Sequence[Trained], bundle: Bundle) -> Said:
    """Put together what was said: of validation rows, by networks that had not learnt from them.

    Of test rows it is the mean, and of training rows what the first bag said of its own.
    """
    said = {"train": each[0].predictions["train"], "val": of_all(each, "val")}
    tests = [own.predictions["test"] for own in each if "test" in own.predictions]
    return said | ({"test": averaged(tests, bundle)} if tests else {})


def of_all(each: Sequence[Trained], part: str) -> ndarray:
    return np.concatenate([own.predictions[part] for own in each])


def cells_of_each(experiment: Experiment, rows: ndarray) -> list[ndarray]:
    """Give rows as each bag reads them, as a category may stand at another place in each."""
    return [bag.data.inputs[rows] for bag in experiment.each_fold]


def voices(bundle: Bundle, cells: Sequence[ndarray]) -> list[ndarray]:
    """Tell what each network says of the same rows, given as each bag reads them."""
    return [
        said
        for own, model in zip(cells, bundle.members, strict=True)
        for said in model.infer_each(own)
    ]


def answer_of_all(bundle: Bundle, cells: Sequence[ndarray]) -> ndarray:
    """Predict rows, given as each bag reads them."""
    return bundle.mean_of(voices(bundle, cells))


def judged_together(experiment: Experiment, bundle: Bundle) -> ndarray:
    """Predict the rows that judge: test rows, or what each bag held out."""
    if len(experiment.rows.test):
        return answer_of_all(bundle, cells_of_each(experiment, experiment.rows.test))
    pairs = zip(experiment.each_fold, bundle.members, strict=True)
    return np.concatenate([model.infer(bag.data.inputs[bag.rows.val]) for bag, model in pairs])


def simple_of_all(bags: Sequence[Experiment], bundle: Bundle, cache: TrueValuesCache) -> Said:
    """Let simple methods do the same: each bag's say what it held out, and their mean the tests."""
    each = [cache.truths(bag).simple_methods(bag, bundle).predictions for bag in bags]
    held_out = [len(bag.rows.val) for bag in bags]
    told = {}
    for name in each[0]:
        said = [own[name] for own in each]
        val = [one[:rows] for one, rows in zip(said, held_out, strict=True)]
        tests = [one[rows:] for one, rows in zip(said, held_out, strict=True)]
        told[name] = np.concatenate([*val, *([averaged(tests, bundle)] if len(tests[0]) else [])])
    return told
