"""What may cure a fault: a setting that the same configuration accepts, or none.

Only what was seen to help stands here (benchmarks/verdict.py); against too few rows no setting did.
"""

from collections.abc import Callable, Iterator
from copy import deepcopy
from functools import cache

import yaml

from nnrun.config.catalogue import options
from nnrun.config.experiment import Experiment, examine
from nnrun.errors import Mistake
from nnrun.report.verdict import (
    DIVERGED,
    NOTHING,
    RATE_TOO_LARGE,
    RATE_TOO_SMALL,
    TOO_SIMPLE,
    UNFINISHED,
    WORSE,
    Verdict,
)
from nnrun.runs.job import setting_of

LONGER = 4  # times the epochs
TENFOLD = 10.0  # times the rate, or a part of it
WIDTHS = [64, 64]  # of a network that is too simple

POORER = ("linear", "perceptron", "polynomial")  # models without hidden units
FREE = {  # values at rest that are not 0
    **dict.fromkeys(("regularisation.max_norm", "regularisation.clip_norm"), "null"),
    "model.init": "torch",
}


def advice(experiment: Experiment, verdict: Verdict) -> str:
    """Give the first setting that may help and that the same configuration accepts."""
    candidates = CURES.get(verdict.kind, no_cure)(experiment, verdict)
    return next((word for word in candidates if accepted(experiment, word)), "")


def accepted(experiment: Experiment, word: str) -> bool:
    """Try a setting in the place of what was typed for its key."""
    key, _, value = word.partition("=")
    if "." not in key:
        others = [typed for typed in experiment.overrides if setting_of(typed) != key]
        return composes((*others, word))
    config = deepcopy(experiment.config)
    block, _, setting = key.partition(".")
    config[block][setting] = yaml.safe_load(value)
    others = [typed for typed in experiment.overrides if setting_of(typed) != key]
    return examined(config, [*others, word], experiment.choices)


@cache
def composes(words: tuple[str, ...]) -> bool:
    """Compose what would be typed, and judge it."""
    from nnrun.config.compose import compose  # Hydra, which nothing else here needs

    try:
        (job,) = compose(list(words)).jobs
    except (Mistake, ValueError):
        return False
    return examined(job.config, job.overrides, job.choices)


def examined(config: dict, overrides: list[str], choices: dict[str, str]) -> bool:
    try:
        examine(config, overrides, choices)
    except Mistake:
        return False
    return True


# What may help, the best first

Words = Iterator[str]


def no_cure(experiment: Experiment, verdict: Verdict) -> Words:
    yield from ()


def longer(experiment: Experiment, verdict: Verdict) -> Words:
    yield f"training.epochs={LONGER * experiment.epochs}"


def slower(experiment: Experiment, verdict: Verdict) -> Words:
    rate = experiment.settings.optimizer.lr / TENFOLD
    yield f"optimizer.lr={min(rate, usual_rate(experiment)):.2g}"


def faster(experiment: Experiment, verdict: Verdict) -> Words:
    rate = experiment.settings.optimizer.lr * TENFOLD
    yield f"optimizer.lr={max(rate, usual_rate(experiment)):.2g}"


def usual_rate(experiment: Experiment) -> float:
    """Read the rate that the optimizer's option has."""
    file = options("optimizer").get(experiment.choices["optimizer"])
    written = yaml.safe_load(file.read_text(encoding="utf-8")) if file else {}
    return float(written.get("lr", experiment.settings.optimizer.lr))


def richer(experiment: Experiment, verdict: Verdict) -> Words:
    widths = experiment.config["model"].get("widths")
    if widths and max(widths) < max(WIDTHS):
        yield f"model.widths=[{','.join(map(str, WIDTHS))}]"
    if experiment.choices["model"] in POORER:
        yield "model=mlp"


def plainer(experiment: Experiment, verdict: Verdict) -> Words:
    if verdict.better == "linear":
        yield "model=linear"
    yield from freer(experiment, verdict)


def freer(experiment: Experiment, verdict: Verdict) -> Words:
    """Give the value at rest of what holds the network back."""
    key, _, _ = verdict.cause.partition("=")
    if key:
        yield f"{key}={FREE.get(key, 0)}"


CURES: dict[str, Callable[[Experiment, Verdict], Words]] = {
    UNFINISHED: longer,
    RATE_TOO_SMALL: faster,
    RATE_TOO_LARGE: slower,
    DIVERGED: slower,
    TOO_SIMPLE: richer,
    WORSE: plainer,
    NOTHING: freer,
}
