"""Options of two groups at a time: each pair trains to finite losses, or is refused in lines that name a setting."""

import math
import re

import pytest
import torch

from nnrun.config.catalogue import options
from nnrun.config.experiment import DataCache, build
from nnrun.errors import Mistake
from nnrun.training.training import Training

ELSEWHERE = {  # what needs a file, the internet or code of one's own is crossed by tests/test_conformance.py
    "dataset": ("table", "mnist", "fashion_mnist", "california", "openml", "landscape"),
    "model": ("module", "pretrained", "point"),
    "loss": ("height",),
    "regularisation": ("none",),
}
PAIRS = (
    ("dataset", "model"),
    ("model", "loss"),
    ("model", "regularisation"),
)  # others: tests/test_together.py
CACHE = DataCache()
SMALL = ("training.epochs=2", "training.device=cpu", "training.threads=1")
FITTING = {  # what lets an option be tried in two epochs on few rows
    "dataset=arkoma": ("dataset.rows=60",),
    **{
        f"dataset={toy}": ("dataset.rows=60",)
        for toy in ("moons", "circles", "blobs", "spirals", "xor", "curve")
    },
    "model=mlp": ("model.widths=[8]",),
    "model=maxout": ("model.widths=[8]",),
    "model=cnn": ("model.filters=[2]", "model.widths=[8]"),
    "model=residual": ("model.width=8", "model.hidden=8"),
    "model=realmlp": ("model.widths=[8]", "model.frequencies=3"),
    "model=tabm": ("model.widths=[8]", "model.heads=3"),
    "regularisation=early_stopping": ("regularisation.patience=1",),
    "scheduler=plateau": ("scheduler.patience=1", "training.epochs=3"),
}


def pairs():
    for one, other in PAIRS:
        for name in options(one, None):
            if name not in ELSEWHERE.get(one, ()):
                yield f"{one}={name}", other


def suited(words):
    """Options with what they need: images for what looks at images, pixels that images can be moved in."""
    typed = " ".join(words)
    if "dataset=" not in typed:
        classes = ("model=cnn", "model=perceptron", "distortion", "label_smoothing", "cross_entropy", "kl_div", "bce", "ordinal",
                   "hinge", "loss=perceptron")  # fmt: skip
        curve = "model=polynomial" in typed
        words = (
            *words,
            "dataset="
            + ("curve" if curve else "digits" if any(w in typed for w in classes) else "arkoma"),
        )
    if "model=" not in typed:
        words = (*words, "model=mlp")
    settings = [setting for word in words for setting in FITTING.get(word, ())]
    if "regularisation=distortion" in words:
        settings.append("dataset.scale.inputs=pixels")
    if "loss=mape" in words:
        settings.append("dataset.scale.targets=none")
    settings.append(f"training.batch_size={512 if 'dataset=digits' in words else 16}")
    by_key = {word.partition("=")[0]: word for word in (*SMALL, *words, *settings)}
    return list(by_key.values())


def built(job):
    """The experiment, or why there is none."""
    try:
        return build(job.config, job.overrides, job.choices, CACHE), []
    except Mistake as refused:
        return None, str(refused).splitlines()


@pytest.mark.parametrize(("option", "group"), list(pairs()))
def test_an_option_with_every_option_of_another_group(option, group, composer):
    for name in options(group, None):
        if name in ELSEWHERE.get(group, ()):
            continue
        words = suited((option, f"{group}={name}"))
        (job,) = composer(*words)
        experiment, problems = built(job)
        assert all(re.match(r"[a-z_.]+(, [a-z_.]+)*[=:]", line) for line in problems), problems
        if not experiment:
            continue
        training = Training([experiment], torch.device("cpu"))
        list(training.epochs())
        if training.failures:
            assert "; lower optimizer.lr" in str(training.failures[0])
            continue
        assert all(math.isfinite(seen.train_loss) for seen in training.history[0]), words
        assert all(
            torch.isfinite(tensor).all() for tensor in training.reached(0)[0].tensors.values()
        )
