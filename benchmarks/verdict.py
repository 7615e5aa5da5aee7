"""Whether the verdict is right: trainings whose truth is known, and what is said of them.

    python benchmarks/verdict.py                  # the table of truth against verdict; minutes
    python benchmarks/verdict.py --advice         # and whether the advice, followed, helps

Each kind of situation is drawn from several seeds: half of them stay the same, half follow from
the version, so that no threshold can be fitted to them. Which verdicts are right is listed beside
each kind, before anything runs; where two words describe the same fault, both are right.
"""

import argparse
import warnings
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch
from numpy import ndarray

import nnrun
from nnrun.config.compose import compose
from nnrun.config.experiment import DataCache, Experiment, build
from nnrun.report.verdict import (
    CANNOT_TELL,
    DIVERGED,
    FITTED,
    MEMORISED,
    NOTHING,
    OVERFITTED,
    RATE_TOO_LARGE,
    RATE_TOO_SMALL,
    TOO_SIMPLE,
    UNFINISHED,
    WORSE,
    Verdict,
    lead,
    verdict,
)
from nnrun.runs.job import setting_of
from nnrun.sweeps.plan import cohorts
from nnrun.training.advice import advice
from nnrun.training.evidence import evidence
from nnrun.training.outcome import bundle_of
from nnrun.training.training import Trained, Training
from nnrun.training.true_values import TrueValues, TrueValuesCache

SEEDS = 4  # of each kind that stay, and as many that change with each release
PLAIN = ("dataset=table", "dataset.target=y", "training.device=cpu", "training.threads=1")


@dataclass(frozen=True)
class Situation:
    """A training whose truth is known: its rows, what is typed, and what may be said of it."""

    kind: str
    seed: int
    table: tuple[ndarray, ndarray]  # inputs and target
    words: tuple[str, ...]
    right: frozenset[str]


Made = tuple[tuple[ndarray, ndarray], list[str]]
KINDS: dict[str, tuple[Callable[[np.random.Generator], Made], frozenset[str]]] = {}


def kind(*right: str) -> Callable:
    """List a kind of situation, with the verdicts that are right."""

    def listed(make: Callable[[np.random.Generator], Made]) -> Callable:
        KINDS[make.__name__.replace("_", " ")] = make, frozenset(right)
        return make

    return listed


# Worlds


def smooth(rng: np.random.Generator, rows: int, inputs: int = 4) -> tuple[ndarray, ndarray]:
    """Draw inputs, and a smooth function of them with deviation 1."""
    x = rng.uniform(-2, 2, (rows, inputs))
    weights = 0.6 * rng.normal(size=(inputs, 3))
    y = np.sin(x @ weights + rng.uniform(0, 6, 3)).sum(1) + 0.5 * x[:, 0] * x[:, 1]
    return x, (y - y.mean()) / y.std()


def noisy(rng: np.random.Generator, y: ndarray, share: float) -> ndarray:
    """Add noise that makes up a share of the variance."""
    return np.sqrt(1 - share) * y + np.sqrt(share) * rng.normal(size=len(y))


def named(labels: ndarray) -> ndarray:
    return np.array([f"k{label}" for label in labels])


def two_classes(
    rng: np.random.Generator, rows: int, flipped: float, inputs: int = 2
) -> tuple[ndarray, ndarray]:
    """Draw two classes that a curved line parts, of which a share is named wrong."""
    x, y = smooth(rng, rows, inputs)
    labels = (y > np.median(y)) ^ (rng.random(rows) < flipped)
    return x, named(labels.astype(int))


# Where all is well


@kind(FITTED)
def enough_of_everything(rng: np.random.Generator) -> Made:
    x, y = smooth(rng, 1500)
    return (x, noisy(rng, y, rng.uniform(0.02, 0.3))), [
        "model.widths=[64,64]",
        "training.epochs=60",
    ]


@kind(FITTED)
def a_line_by_a_linear_model(rng: np.random.Generator) -> Made:
    x = rng.normal(size=(800, 5))
    y = noisy(rng, x @ rng.normal(size=5) / 2, rng.uniform(0.05, 0.5))
    return (x, y), ["model=linear", "optimizer.lr=0.01", "training.epochs=60"]


@kind(FITTED)
def classes_far_apart(rng: np.random.Generator) -> Made:
    labels = rng.integers(0, 3, 600)
    x = rng.normal(size=(600, 3)) + 8 * np.eye(3)[labels]
    return (x, named(labels)), ["model.widths=[16]", "training.epochs=40"]


@kind(FITTED)
def a_tenth_of_the_labels_wrong(rng: np.random.Generator) -> Made:
    return two_classes(rng, 2000, 0.1), ["model.widths=[32,32]", "training.epochs=40"]


@kind(FITTED, CANNOT_TELL)
def one_class_is_rare(rng: np.random.Generator) -> Made:
    x = rng.normal(size=(3000, 4))
    chance = 1 / (1 + np.exp(-(x @ np.array([1.2, -0.8, 0.5, 0]) - 4)))
    labels = (rng.random(3000) < chance).astype(int)
    return (x, named(labels)), ["model.widths=[16]", "training.epochs=30", "optimizer.lr=1e-3"]


@kind(FITTED)
def a_bold_rate_that_comes_to_rest(rng: np.random.Generator) -> Made:
    x, y = smooth(rng, 1500)
    words = ["model.widths=[64,64]", "training.epochs=60", "optimizer.lr=0.02"]
    return (x, noisy(rng, y, 0.1)), words


@kind(FITTED)
def much_noise_and_many_rows(rng: np.random.Generator) -> Made:
    x, y = smooth(rng, 3000, 3)
    return (x, noisy(rng, y, 0.7)), ["model.widths=[16,16]", "training.epochs=40"]


@kind(FITTED)
def dropout_and_noise(rng: np.random.Generator) -> Made:
    x, y = smooth(rng, 1500, 3)
    words = ["model.widths=[128,128]", "training.epochs=60", "regularisation.dropout=0.1"]
    return (x, noisy(rng, y, 0.3)), words


@kind(FITTED, OVERFITTED, MEMORISED)
def stopped_early(rng: np.random.Generator) -> Made:
    x, y = smooth(rng, 900, 3)
    words = ["model.widths=[128,128]", "training.epochs=200", "regularisation.patience=8"]
    return (x, noisy(rng, y, 0.3)), [*words, "scheduler=constant"]


# Where the model cannot


@kind(TOO_SIMPLE)
def a_wave_by_a_polynomial_of_degree_two(rng: np.random.Generator) -> Made:
    x = rng.uniform(-3, 3, (800, 1))
    y = noisy(rng, np.sin(rng.uniform(3, 5) * x[:, 0]) * 1.4, 0.03)
    words = ["model=polynomial", "model.degree=2", "optimizer.lr=0.02", "training.epochs=80"]
    return (x, y), words


@kind(TOO_SIMPLE)
def a_curve_by_a_linear_model(rng: np.random.Generator) -> Made:
    x, y = smooth(rng, 1200, 2)
    return (x, noisy(rng, y, 0.03)), ["model=linear", "optimizer.lr=0.02", "training.epochs=60"]


@kind(TOO_SIMPLE, WORSE)
def a_curve_by_one_unit(rng: np.random.Generator) -> Made:
    x, y = smooth(rng, 1500, 2)
    return (x, noisy(rng, y, 0.03)), ["model.widths=[1]", "optimizer.lr=0.02", "training.epochs=80"]


@kind(TOO_SIMPLE)
def rings_by_a_linear_model(rng: np.random.Generator) -> Made:
    labels = rng.integers(0, 2, 800)
    angle = rng.uniform(0, 2 * np.pi, 800)
    x = (1 + labels)[:, None] * np.stack([np.cos(angle), np.sin(angle)], 1)
    x = x + 0.15 * rng.normal(size=x.shape)
    return (x, named(labels)), ["model=linear", "optimizer.lr=0.02", "training.epochs=40"]


@kind(TOO_SIMPLE)
def exclusive_or_by_a_perceptron(rng: np.random.Generator) -> Made:
    x = rng.uniform(-1, 1, (800, 2))
    words = ["model=perceptron", "optimizer=sgd", "optimizer.lr=1", "scheduler=constant"]
    return (x, named((x[:, 0] * x[:, 1] > 0).astype(int))), [*words, "training.epochs=20"]


# Where there are too few rows, or there is nothing to learn


@kind(OVERFITTED, MEMORISED, WORSE, CANNOT_TELL)
def few_rows_and_a_wide_network(rng: np.random.Generator) -> Made:
    x, y = smooth(rng, 110, 8)
    words = ["model.widths=[256,256]", "training.epochs=200", "training.batch_size=16"]
    return (x, noisy(rng, y, 0.4)), words


@kind(OVERFITTED, MEMORISED)
def a_third_of_the_labels_wrong_and_a_wide_network(rng: np.random.Generator) -> Made:
    words = ["model.widths=[256,256]", "training.epochs=250", "optimizer.lr=3e-3"]
    return two_classes(rng, 700, 0.25, 10), words


@kind(NOTHING, MEMORISED)
def numbers_without_a_cause(rng: np.random.Generator) -> Made:
    x = rng.normal(size=(700, 6))
    return (x, rng.normal(size=700)), ["model.widths=[64,64]", "training.epochs=60"]


@kind(NOTHING, MEMORISED)
def labels_without_a_cause(rng: np.random.Generator) -> Made:
    x = rng.normal(size=(700, 6))
    return (x, named(rng.integers(0, 3, 700))), ["model.widths=[64,64]", "training.epochs=60"]


@kind(NOTHING, CANNOT_TELL)
def almost_one_class_without_a_cause(rng: np.random.Generator) -> Made:
    x = rng.normal(size=(900, 4))
    labels = (rng.random(900) < 0.04).astype(int)
    return (x, named(labels)), ["model.widths=[8]", "training.epochs=20"]


@kind(CANNOT_TELL)
def a_handful_of_rows(rng: np.random.Generator) -> Made:
    x, y = smooth(rng, 24, 2)
    words = ["model.widths=[8]", "training.epochs=40", "training.batch_size=4"]
    return (x, noisy(rng, y, 0.5)), words


@kind(WORSE, OVERFITTED, MEMORISED)
def a_line_in_noise_by_a_wide_network(rng: np.random.Generator) -> Made:
    x = rng.normal(size=(260, 20))
    y = noisy(rng, x @ rng.normal(size=20) / np.sqrt(20), 0.4)
    words = ["model.widths=[256,256]", "training.epochs=100", "training.batch_size=32"]
    return (x, y), words


# Where the training is at fault


@kind(UNFINISHED, RATE_TOO_SMALL)
def few_epochs(rng: np.random.Generator) -> Made:
    x, y = smooth(rng, 1500)
    epochs = rng.integers(3, 6)
    words = ["model.widths=[64,64]", f"training.epochs={epochs}", "optimizer.lr=1e-3"]
    return (x, noisy(rng, y, 0.05)), words


@kind(UNFINISHED, RATE_TOO_SMALL)
def too_few_epochs_at_a_constant_rate(rng: np.random.Generator) -> Made:
    x, y = smooth(rng, 1500)
    words = ["model.widths=[64,64]", "training.epochs=8", "scheduler=constant"]
    return (x, noisy(rng, y, 0.05)), [*words, "optimizer.lr=1e-3"]


@kind(RATE_TOO_SMALL, UNFINISHED)
def a_rate_too_small_for_numbers(rng: np.random.Generator) -> Made:
    x, y = smooth(rng, 1200)
    rate = 10 ** rng.uniform(-5.5, -4.3)
    return (x, noisy(rng, y, 0.05)), ["model.widths=[64,64]", f"optimizer.lr={rate:.1e}"] + [
        "training.epochs=50"
    ]


@kind(RATE_TOO_SMALL, UNFINISHED)
def a_rate_too_small_for_classes(rng: np.random.Generator) -> Made:
    rate = 10 ** rng.uniform(-5.5, -4.5)
    words = ["model.widths=[32,32]", f"optimizer.lr={rate:.1e}", "training.epochs=40"]
    return two_classes(rng, 1500, 0.02), words


@kind(RATE_TOO_SMALL, UNFINISHED)
def small_steps_of_plain_descent(rng: np.random.Generator) -> Made:
    x, y = smooth(rng, 1200)
    words = ["model.widths=[64,64]", "optimizer=sgd", "optimizer.lr=1e-4"]
    return (x, noisy(rng, y, 0.05)), [*words, "training.epochs=40"]


@kind(RATE_TOO_LARGE, DIVERGED)
def a_rate_too_large_for_numbers(rng: np.random.Generator) -> Made:
    x, y = smooth(rng, 1200)
    rate = 10 ** rng.uniform(0, 1)
    words = ["model.widths=[64,64]", f"optimizer.lr={rate:.2g}", "scheduler=constant"]
    return (x, noisy(rng, y, 0.05)), [*words, "training.epochs=40"]


@kind(RATE_TOO_LARGE, DIVERGED)
def a_rate_too_large_for_classes(rng: np.random.Generator) -> Made:
    rate = 10 ** rng.uniform(0.3, 1.3)
    words = ["model.widths=[32,32]", f"optimizer.lr={rate:.2g}", "scheduler=constant"]
    return two_classes(rng, 1500, 0.02), [*words, "training.epochs=40"]


@kind(RATE_TOO_LARGE, DIVERGED)
def plain_descent_that_leaps(rng: np.random.Generator) -> Made:
    rate = 10 ** rng.uniform(0.5, 1.5)
    words = ["model.widths=[64,64]", "optimizer=sgd", f"optimizer.lr={rate:.2g}"]
    return two_classes(rng, 1500, 0.02), [*words, "scheduler=constant", "training.epochs=40"]


# Where training was too short, badly begun, or held back: which says nothing of the model


def two_spirals(rng: np.random.Generator, rows: int) -> tuple[ndarray, ndarray]:
    labels = rng.integers(0, 2, rows)
    turn = 3 * np.pi * np.sqrt(rng.random(rows))
    angle = turn + np.pi * labels
    x = turn[:, None] * np.stack([np.cos(angle), np.sin(angle)], 1) / 5
    return x + 0.03 * rng.normal(size=x.shape), named(labels)


def three_groups(rng: np.random.Generator, apart: float = 4) -> tuple[ndarray, ndarray]:
    labels = rng.integers(0, 3, 300)
    return rng.normal(size=(300, 4)) + apart * np.eye(4)[labels], named(labels)


@kind(WORSE, NOTHING, UNFINISHED, RATE_TOO_SMALL)
def spirals_for_a_dozen_epochs(rng: np.random.Generator) -> Made:
    model = rng.choice(["mlp", "tabm", "maxout", "residual"])
    scheduler = rng.choice(["multistep", "cosine", "step"])
    words = [f"model={model}", f"scheduler={scheduler}", "training.epochs=12"]
    return two_spirals(rng, 250), words


@kind(WORSE, UNFINISHED, RATE_TOO_SMALL)
def a_wave_for_a_dozen_epochs(rng: np.random.Generator) -> Made:
    x = rng.uniform(-3, 3, (300, 1))
    y = noisy(rng, np.sin(rng.uniform(2, 3) * x[:, 0]) * 1.4, 0.02)
    words = ["optimizer=adamw", "scheduler=constant", "training.epochs=12"]
    return (x, y), words


@kind(WORSE, UNFINISHED, RATE_TOO_SMALL, NOTHING)
def a_wave_through_nine_tenths_dropout(rng: np.random.Generator) -> Made:
    table, words = a_wave_for_a_dozen_epochs(rng)
    return table, [*words, "regularisation.dropout=0.9"]


@kind(NOTHING, WORSE, UNFINISHED, RATE_TOO_SMALL)
def first_weights_of_zero(rng: np.random.Generator) -> Made:
    return three_groups(rng), ["model.init=zeros", "training.epochs=12"]


@kind(NOTHING, WORSE)
def held_by_regularisation(rng: np.random.Generator) -> Made:
    holds = ["l2=1e6", "l2=10", "l1=1", "max_norm=1e-9", "gradient_noise=1000"]
    words = [f"regularisation.{rng.choice(holds)}", "training.epochs=80"]
    return three_groups(rng), words


@kind(WORSE, FITTED, UNFINISHED, CANNOT_TELL)
def a_perceptron_for_four_epochs(rng: np.random.Generator) -> Made:
    words = ["model=perceptron", "scheduler=step", "training.epochs=4"]
    return three_groups(rng, 2), words


# Running them


@dataclass(frozen=True)
class Told:
    """What was said of a training, what it left, and the setting that was advised."""

    kind: str
    sentence: str
    val: ndarray  # what it missed of each validation row
    cure: str


def situations(version: str, seeds: int) -> Iterator[Situation]:
    """Draw each kind from seeds that stay, and from as many that change with the version."""
    changing = int.from_bytes(sha256(version.encode()).digest()[:4])
    for name, (make, right) in KINDS.items():
        for seed in [*range(seeds), *range(changing, changing + seeds)]:
            table, words = make(np.random.default_rng([seed, *name.encode()]))
            yield Situation(name, seed, table, tuple(words), right)


def write(table: tuple[ndarray, ndarray], file: Path) -> None:
    x, y = table
    heading = ",".join([*(f"x{i}" for i in range(x.shape[1])), "y"])
    rows = zip(x, y, strict=True)
    lines = [",".join([*(f"{cell:.6g}" for cell in row), str(said)]) for row, said in rows]
    file.write_text("\n".join([heading, *lines]) + "\n")


def experiment(words: list[str], cache: DataCache) -> Experiment:
    (job,) = compose(words).jobs
    return build(job.config, job.overrides, job.choices, cache)


def judged(experiments: list[Experiment]) -> dict[int, Told]:
    """Train experiments, those together that can, and judge each."""
    told, cache = {}, TrueValuesCache()
    for places in cohorts(experiments):
        training = Training([experiments[place] for place in places], torch.device("cpu"))
        for _ in training.epochs():
            pass
        for m, place in enumerate(places):
            given = experiments[place]
            reached = None if m in training.failures else training.reached(m)[0]
            told[place] = judge(given, reached, cache.truths(given))
    return told


def judge(given: Experiment, reached: Trained | None, truths: TrueValues) -> Told:
    """Say what nnrun says; a training that failed is told as diverged, with its numbers lost."""
    if reached is None:
        said = Verdict(DIVERGED, "a loss became no number")
        return Told(said.kind, str(said), np.ones(len(given.rows.val)), advice(given, said))
    bundle = bundle_of(given, reached.tensors)
    shown = evidence(given, reached, truths.simple_methods(given, bundle).predictions)
    said = verdict(shown)
    return Told(said.kind, str(said), shown.val.best, advice(given, said))


def followed(given: Experiment, cure: str, cache: DataCache) -> Experiment:
    """Give the experiment that was advised."""
    key = setting_of(cure)
    others = [word for word in given.overrides if setting_of(word) != key]
    return experiment([*others, cure], cache)


# Telling


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--advice", action="store_true", help="train again as advised")
    parser.add_argument("--wrong", action="store_true", help="print each that is told wrong")
    asked = parser.parse_args()
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    drawn, cache, experiments = list(situations(nnrun.__version__, asked.seeds)), DataCache(), []
    with TemporaryDirectory() as folder:
        for i, situation in enumerate(drawn):
            file = Path(folder, f"{i}.csv")
            write(situation.table, file)
            words = [*PLAIN, f"dataset.path={file}", f"seed={situation.seed % 1000}"]
            experiments.append(experiment([*words, *situation.words], cache))
        told = judged(experiments)
        show(drawn, told, asked.wrong)
        if asked.advice:
            advised = [place for place in told if told[place].cure]
            again = [followed(experiments[p], told[p].cure, cache) for p in advised]
            show_advice([told[p] for p in advised], judged(again))


def show(drawn: list[Situation], told: dict[int, Told], wrong: bool) -> None:
    """Print what is said of each kind, and how often that is right."""
    said: dict[str, Counter] = defaultdict(Counter)
    for place, situation in enumerate(drawn):
        said[situation.kind][told[place].kind] += 1
        if wrong and told[place].kind not in situation.right:
            print(f"  {situation.kind}, seed {situation.seed}: {told[place].sentence}")
    for name, counts in said.items():
        good = sum(counts[one] for one in KINDS[name][1])
        words = ", ".join(f"{one} {count}" for one, count in counts.most_common())
        print(f"{name:48} {good:>2} of {counts.total()}   {words}")
    unsure = [
        place
        for place, situation in enumerate(drawn)
        if told[place].kind == CANNOT_TELL and CANNOT_TELL not in situation.right
    ]
    sure = [place for place in range(len(drawn)) if place not in unsure]
    good = sum(told[place].kind in drawn[place].right for place in sure)
    print(f"right: {good} of {len(sure)} ({good / len(sure):.1%}); cannot tell: {len(unsure)}")


def show_advice(before: list[Told], after: dict[int, Told]) -> None:
    """Print how often the validation rows were told surely better, by the fault and its cure."""
    outcome: dict[tuple[str, str], list[bool]] = defaultdict(list)
    for place, first in enumerate(before):
        better = lead(first.val, after[place].val) > 2
        outcome[first.kind, setting_of(first.cure)].append(better)
    for (fault, setting), helped in outcome.items():
        print(f"{fault:28} {setting:32} helped {sum(helped)} of {len(helped)}")
    every = [one for helped in outcome.values() for one in helped]
    print(f"advice helped: {sum(every)} of {len(every)} ({sum(every) / len(every):.0%})")


if __name__ == "__main__":
    main()
