"""Average trained models that learnt from the same rows, as the validation rows choose them."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import torch
from numpy import ndarray

from nnrun import tasks
from nnrun.bundle.average import Average, average_of
from nnrun.bundle.bundle import Bundle
from nnrun.bundle.loading import load
from nnrun.bundle.measuring import measure_one
from nnrun.bundle.metrics import MIDDLE
from nnrun.bundle.predictions import averaged
from nnrun.config.experiment import Experiment
from nnrun.errors import Mistake, Problem, listing
from nnrun.report.numbers import number
from nnrun.runs.folder import RunFolder, as_json
from nnrun.runs.record import ENSEMBLE, begin_record, command, put_results, taken_over
from nnrun.runs.summary import SUMMARY
from nnrun.tasks.interface import Score
from nnrun.training.facts import facts_of
from nnrun.training.finished import finished_run
from nnrun.training.intervals import Answered, interval_told, with_margins
from nnrun.training.measured import Said, best_threshold
from nnrun.training.outcome import drawn, measured_of, predictions_csv, tests_told
from nnrun.training.selection import Selection, select
from nnrun.training.true_values import TrueValuesCache

# what hears how sure answers are; they choose where no score is named
SURE = ("log_loss", "log_likelihood")


class Candidate(NamedTuple):
    """A trained member of a sweep."""

    name: str
    folder: Path


class Choice:
    """Candidates, and which of them the validation rows choose."""

    def __init__(self, candidates: Sequence[Candidate], experiment: Experiment):
        self.candidates = candidates
        self.bundles = [load(one.folder) for one in candidates]
        refuse_unlike(candidates, self.bundles)
        refuse_no_rows(experiment)
        self.experiment, self.score = experiment, chosen_by(experiment)
        self.selection: Selection = self.select()

    def select(self) -> Selection:
        data, rows = self.experiment.data, self.experiment.rows.val
        about = replace(self.bundles[0], threshold=MIDDLE, temperature=1.0)  # each has its own
        asked = about.asked(data.inputs[rows], data.targets[rows])
        true, weights = data.targets[rows], data.weights_of(rows)

        def cost(predicted: ndarray) -> float:
            path = self.score.name
            return -self.score.better * measure_one(about, path, asked, predicted, true, weights)

        said = [bundle.infer(data.inputs[rows]) for bundle in self.bundles]
        return select(said, cost, lambda each, counts: averaged(each, about, counts))

    @property
    def best(self) -> Candidate:
        """The best alone, on the validation rows."""
        return self.candidates[self.selection.best]

    @cached_property
    def bundle(self) -> Average:
        """Those that were chosen, as one."""
        counts = self.selection.counts
        models = [self.bundles[place] for place in counts]
        together = average_of(models, [*counts.values()], MIDDLE)
        rows = self.experiment.rows.val
        said = {"val": together.infer(self.experiment.data.inputs[rows])}
        return average_of(models, [*counts.values()], best_threshold(self.experiment, said))

    def shown(self, cost: float) -> float:
        """Give the score that a cost is."""
        return -self.score.better * cost

    def told(self) -> list[dict]:
        """Tell of each that was chosen, and how good it is alone."""
        alone = self.selection.alone
        return [
            {
                "name": self.candidates[place].name,
                "count": count,
                f"val_{self.score.name}": self.shown(alone[place]),
            }
            for place, count in self.selection.counts.items()
        ]

    @property
    def verdict(self) -> str:
        """Say what averaging came to on the rows that chose."""
        costs = self.selection.costs
        name = f"validation {self.score.name}"
        many = f"the mean of {len(self.selection.counts)} of {len(self.candidates)} members"
        if len(self.selection.counts) == 1:
            return f"one member alone, as no mean of {len(self.candidates)} had a better {name}"
        reached, alone = (number(self.shown(cost)) for cost in (costs[-1], costs[0]))
        return f"{many}: {name} {reached}, of the best alone {alone}"


def chosen_by(experiment: Experiment) -> Score:
    """Find what candidates are chosen by: the score that is named, or one that hears certainty."""
    if experiment.settings.training.score != "auto":
        return experiment.score
    own = experiment.settings.dataset.own_metrics()
    known = tasks.of(experiment.data.task).scores(experiment.loss, own)
    return next((score for score in known if score.name in SURE), experiment.score)


def refuse_no_rows(experiment: Experiment) -> None:
    """Stop where no rows can choose, or there is nothing to average."""
    folder = "nnrun ensemble"
    if tasks.of(experiment.data.task).race:
        wrong, advice = "a point on a landscape answers nothing", "give a sweep on a table"
        raise Mistake(Problem(folder, None, wrong, advice))
    if experiment.folds:
        fold = experiment.settings.split.fold_word
        wrong = f"each {fold} of its members has other rows to choose by"
        bags_give_way = "with dataset.split.val=0.2 in place of bags"
        instead = bags_give_way if fold == "bag" else "without dataset.split.folds"
        advice = f"sweep {instead}; a run in {fold}s is a mean already"
        raise Mistake(Problem(folder, None, wrong, advice))
    if not len(experiment.rows.val):
        wrong = "no rows validated the members, so nothing can choose"
        raise Mistake(Problem(folder, None, wrong, "sweep with dataset.split.val=0.1"))


def refuse_unlike(candidates: Sequence[Candidate], bundles: Sequence[Bundle]) -> None:
    """Stop where members answer different questions."""
    first = bundles[0].says
    others = [
        one.name for one, bundle in zip(candidates, bundles, strict=True) if bundle.says != first
    ]
    if others:
        wrong = f"does not say the same as {listing(others, 3)}, so there is no mean"
        advice = "sweep over losses of one kind: numbers, deviations, or one quantile"
        raise Mistake(Problem(candidates[0].name, None, wrong, advice))


# The folder


def begin_average(choice: Choice, folder: RunFolder, sweep: str, words: list[str]) -> dict:
    """Write down what is about to be averaged, with the settings of the best alone."""
    taken = ", ".join(f"{one['count']} x {one['name']}" for one in choice.told())
    config = {**taken_over(choice.experiment.config), ENSEMBLE: f"{sweep}: {taken}"}
    facts = facts_of(choice.experiment, torch.device("cpu"), torch.get_num_threads())
    asked = {"command": command([], words), "flags": []}
    return begin_record(folder, config, [], **facts | asked)


def write_average(choice: Choice, folder: RunFolder) -> dict:
    """Write what is used as a run's results are, and give the summary."""
    experiment = choice.experiment
    cache = TrueValuesCache()
    truths = cache.truths(experiment)
    said, spreads = predictions_of(choice.bundle, experiment)
    answered = [Answered(experiment, said, spreads)]
    bundle = with_margins(choice.bundle, answered)
    measured, _ = measured_of(experiment, bundle, said, truths)
    chosen = {"members": choice.told(), "verdict": choice.verdict}
    found = interval_told(bundle, answered) | tests_told(experiment, bundle, cache)
    summary = {**measured, **found, **chosen}
    table = predictions_csv(experiment, bundle, said, spreads, truths)
    told = {SUMMARY: as_json(summary), "predictions.csv": table.encode()}
    put_results(folder, {**bundle.files(), **told})
    if experiment.settings.output.pictures:
        run = finished_run(experiment, bundle, [], 0)
        put_results(folder, drawn(tasks.of(experiment.data.task).pictures(run)))
    return summary


def predictions_of(bundle: Average, experiment: Experiment) -> tuple[Said, Said]:
    """Predict each part of the rows, and tell how far models differ about them."""
    inputs, rows = experiment.data.inputs, experiment.rows.items()
    each = {name: bundle.infer_each(inputs[numbers]) for name, numbers in rows}
    means = {name: bundle.mean_of(own) for name, own in each.items()}
    return means, {name: bundle.spread_of(own) for name, own in each.items()}
