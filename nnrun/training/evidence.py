"""What a verdict goes by: what the network and simple methods miss of the same rows."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from statistics import fmean

import numpy as np
from numpy import ndarray

from nnrun import tasks
from nnrun.config.experiment import Experiment
from nnrun.report.verdict import Evidence, InFolds, Misses
from nnrun.training.ensemble import mean_records
from nnrun.training.training import Trained

ALIKE = 1e-2  # of an answer, by which answers for different rows may differ
UNIFORM = ("zeros", "constant")  # first weights by which the units of a layer stay the same

Said = dict[str, ndarray]  # predictions by the name of whoever makes them


def evidence(experiment: Experiment, trained: Trained, simple: Said) -> Evidence:
    """Compare a training with what simple methods predict of its validation and test rows."""
    rows, best, last = experiment.rows, trained.predictions, trained.last
    new_rows = rows.new
    said = {"network": np.concatenate([best[name] for name in ("val", "test") if name in best])}
    task, judged = tasks.of(experiment.data.task), judge_of(experiment)
    first = rows.train[: len(last["train"])]
    return Evidence(
        score=judged.score,
        epochs=trained.epochs,
        best_epoch=trained.best_epoch,
        train=judged.misses(first, best["train"][: len(first)], last["train"]),
        val=judged.misses(rows.val, best["val"], last["val"]),
        new=judged.of_new(new_rows, said | simple),
        ranking=task.ranking(experiment.data, new_rows, said["network"]),
        straight=experiment.settings.model.straight,
        one_loss=len(experiment.loss.stages) == 1,
        alike=alike(said["network"], experiment.data.targets[new_rows]),
        steps=len(trained.epochs) * experiment.clock.epoch_steps,
        held=tuple(held(experiment)),
    )


def alike(predicted: ndarray, true: ndarray) -> bool:
    """Say whether all rows get the same answer, but for what no loss would notice.

    Numbers may lie far from 0, so they are measured by how far apart the true ones are.
    """
    lowest, highest = predicted.min(0), predicted.max(0)
    size = np.maximum(abs(lowest), abs(highest))
    if predicted.shape == true.shape:
        size = np.minimum(size, np.ptp(true, 0))
    return bool((highest - lowest <= ALIKE * size).all())


def held(experiment: Experiment) -> Iterator[str]:
    """List the settings that keep a network from its training rows, as one types them."""
    regularisation = experiment.settings.regularisation
    for name, value in regularisation.restraints:
        yield f"regularisation.{name}={value}"
    init = experiment.config["model"].get("init")
    if init in UNIFORM:
        yield f"model.init={init}"


def evidence_together(each: Sequence[Evidence], overlap: float) -> Evidence:
    """Put side by side what was found in folds that share no row of those that judge.

    What they learn from is shared, so they are less sure than as many rows of their own.
    """
    first, *_ = each
    networks = [one.epochs for one in each]
    methods = [name for name in first.new if all(name in one.new for one in each)]
    return replace(
        first,
        epochs=mean_records(networks),
        best_epoch=sorted(one.best_epoch for one in each)[(len(each) - 1) // 2],
        train=misses_together([one.train for one in each]),
        val=misses_together([one.val for one in each]),
        alike=all(one.alike for one in each),
        new={name: np.concatenate([one.new[name] for one in each]) for name in methods},
        ranking=fmean(one.ranking for one in each) / (1 / len(each) + overlap) ** 0.5,
        new_in_folds=in_folds([len(one.network) for one in each], overlap),
        val_in_folds=in_folds([len(one.val.last) for one in each], overlap),
    )


def in_folds(rows: Sequence[int], overlap: float) -> InFolds:
    return InFolds(np.repeat(np.arange(len(rows)), rows), overlap)


def misses_together(each: Sequence[Misses]) -> Misses:
    parts = zip(*((one.best, one.last, one.constant) for one in each), strict=True)
    return Misses(*(np.concatenate(part) for part in parts))


class RowJudge:
    """What predictions miss of rows, as a share of what one answer for all misses."""

    def __init__(self, experiment: Experiment):
        self.data, self.rows = experiment.data, experiment.rows
        self.task = tasks.of(self.data.task)
        self.score = self.task.usual
        if experiment.settings.training.threshold:
            # one that is best for another metric costs accuracy, as would simple methods' own
            self.score = f"{self.score} without the threshold"

    def missed(self, rows: ndarray, predicted: ndarray) -> ndarray:
        """Tell what is missed of each row: 1 less their mean is the score."""
        return self.task.misses(self.data, rows, predicted)

    def answer(self) -> ndarray:
        """Give the one prediction that is best for all training rows."""
        return self.task.constant_answer(self.data, self.rows.train)

    def aimed(self, simple: Said) -> Said:
        """Let simple methods aim where the network does."""
        return simple

    def constant(self, rows: ndarray) -> ndarray:
        return self.missed(rows, np.repeat(self.answer()[None], len(rows), 0))

    def misses(self, rows: ndarray, best: ndarray, last: ndarray) -> Misses:
        return Misses(self.missed(rows, best), self.missed(rows, last), self.constant(rows))

    def of_new(self, rows: ndarray, said: Said) -> Said:
        misses = {name: self.missed(rows, predicted) for name, predicted in said.items()}
        return {"constant": self.constant(rows), **misses}


class WeightedJudge(RowJudge):
    """The same where classes weigh as the loss has it: what is missed of a rare one weighs more."""

    def __init__(self, experiment: Experiment, weights: ndarray):
        super().__init__(experiment)
        unseen = len(experiment.data.unseen_classes)
        self.weights = np.pad(weights, (0, unseen), constant_values=1.0)
        self.score = f"{self.score}, weighted as the loss is,"

    def missed(self, rows: ndarray, predicted: ndarray) -> ndarray:
        of_rows = self.weights[self.data.targets[rows]]
        whole = self.data.weigh(rows, of_rows).mean()
        return super().missed(rows, predicted) * of_rows / whole


class QuantileJudge(RowJudge):
    """The same for a quantile, by the cost of which it is the least; all targets count alike."""

    def __init__(self, experiment: Experiment, share: float):
        super().__init__(experiment)
        self.share, self.score = share, "share of a constant's cost that is spared"

    def costs(self, rows: ndarray, predicted: ndarray) -> ndarray:
        """Tell what each row and target costs."""
        above = self.data.targets[rows] - predicted
        return self.share * above + np.maximum(-above, 0)

    def missed(self, rows: ndarray, predicted: ndarray) -> ndarray:
        of_constant = self.costs(rows, self.answer())
        usual = np.average(of_constant, 0, self.data.weights_of(rows))  # (targets,)
        with np.errstate(over="ignore", invalid="ignore"):  # of what diverged
            costs = self.costs(rows, predicted)
            shares = np.where(usual > 0, costs / np.where(usual > 0, usual, 1), costs > 0)
            return self.data.weigh(rows, shares.mean(1))

    def answer(self) -> ndarray:
        return self.quantile_of(self.rows.train, self.data.targets[self.rows.train])

    def quantile_of(self, rows: ndarray, values: ndarray) -> ndarray:
        """Give the quantile of what stands beside rows, (rows, targets), by their weights."""
        weights = self.data.weights_of(rows)
        if weights is None:
            return np.quantile(values, self.share, axis=0)
        return np.quantile(values, self.share, axis=0, weights=weights, method="inverted_cdf")

    def aimed(self, simple: Said) -> Said:
        """Move what predicts the middle by the quantile of what it misses of validation rows."""
        count, true = len(self.rows.val), self.data.targets[self.rows.val]
        if not count:
            return simple
        return {
            name: predicted + self.quantile_of(self.rows.val, true - predicted[:count])
            for name, predicted in simple.items()
        }


def judge_of(experiment: Experiment) -> RowJudge:
    loss = experiment.loss
    if loss.share_below is not None:
        return QuantileJudge(experiment, loss.share_below)
    if loss.class_weights:
        return WeightedJudge(experiment, np.array(loss.class_weights))
    return RowJudge(experiment)
