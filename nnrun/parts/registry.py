"""What a configuration may name: the classes of each group.

No other is ever built from a configuration or a file. The one exception is a network of a package
that the person who types has trusted, by --trust or $NNRUN_TRUST.
"""

import os
import re
import sys
from importlib import import_module
from typing import Any

from nnrun.errors import (
    Mistake,
    Problem,
    Problems,
    by_signal,
    described,
    did_you_mean,
    listing,
    nearest,
    refuse,
    under,
)

PARTS = {
    "dataset": (
        *("Arkoma", "Table", "Digits"),
        *("Iris", "Wine", "BreastCancer", "Diabetes"),
        *("Moons", "Circles", "Blobs", "Spirals", "Xor", "Curve"),
        *("Mnist", "FashionMnist"),
        *("California", "Openml"),
        "Landscape",
    ),
    "model": (
        *("Mlp", "Linear", "Polynomial", "Maxout", "Residual", "Tabm", "RealMlp", "Cnn"),
        *("Perceptron", "Pretrained", "Module"),
        "Point",
    ),
    "optimizer": (
        *("Adam", "AdamW", "NAdam", "Adagrad", "Adadelta", "RmsProp"),
        *("Gd", "Sgd", "Muon", "Lbfgs", "Torch"),
    ),
    "scheduler": (
        *("Constant", "Step", "MultiStep", "Exponential", "Linear"),
        *("Cosine", "CosineRestarts", "OneCycle", "CosLog", "Plateau", "Chained"),
    ),
    "loss": (
        *("Auto", "Mse", "Mae", "Mape", "Huber", "LogCosh", "Quantile", "GaussianNll", "Pose"),
        *("CrossEntropy", "KlDiv", "Bce", "Hinge", "Perceptron", "Ordinal"),
        "Height",
    ),
}
TARGET = "_target_"


def class_named(group: str, target: object) -> tuple[type | None, Problems]:
    """Find the class that `_target_` names; it is judged before anything is imported."""
    home = f"nnrun.parts.{group}"
    targets = [f"{home}.{name}" for name in PARTS[group]]
    if target in targets:
        return named(group, str(target).rpartition(".")[2]), []
    near = nearest(str(target).rpartition(".")[2], PARTS[group])
    known = f"known in {home}: {listing(PARTS[group])}"
    advice = did_you_mean(f"{home}.{near}") if near else known
    return None, [Problem(TARGET, repr(target), f"names no {group} of nnrun", advice)]


def class_at(target: object) -> type[Any] | None:
    """Find the class that a `_target_` of any group names."""
    group = str(target).removeprefix("nnrun.parts.").partition(".")[0]
    return class_named(group, target)[0] if group in PARTS else None


def named(group: str, name: str) -> type:
    """Find the class of a group by its bare name."""
    if name not in PARTS[group]:
        raise LookupError(f"{group} {name!r} is not one of {listing(PARTS[group])}")
    return getattr(import_module(f"nnrun.parts.{group}"), name)


def untrusted(name: str) -> Problems:
    """Tell why model.module may not be this, before anything is imported."""
    if not re.fullmatch(r"[A-Za-z]\w*(\.[A-Za-z]\w*)*:[A-Za-z]\w*", name):
        wrong = "expected package.module:Class, such as torch.nn:Linear"
        return [Problem("module", repr(name), wrong)]
    package = name.partition(":")[0]
    trusted = ("torch.nn", *filter(None, os.environ.get("NNRUN_TRUST", "").split(",")))
    if any(f"{package}.".startswith(f"{one}.") for one in trusted):
        return []
    outer = package.partition(".")[0]
    in_python = f"in Python: os.environ['NNRUN_TRUST'] = '{outer}'"
    advice = f"if you trust it, add --trust {outer}; {in_python}"
    return [Problem("module", repr(name), f"would run code of {package}", advice)]


def trusted(name: str) -> type:
    """Import a class from outside that is trusted; the current folder is looked into last."""
    refuse(under("model", untrusted(name)))
    package, _, cls = name.partition(":")
    sys.path.append(os.getcwd())
    try:
        outside = getattr(import_module(package), cls)
    except (ImportError, AttributeError) as error:
        advice = "give package.module:Class of something that is installed or here"
        raise Mistake(Problem("model.module", repr(name), str(error), advice)) from error
    except (Exception, SystemExit) as error:
        if by_signal(error):
            raise
        wrong = f"cannot be imported ({described(error)})"
        raise Mistake(Problem("model.module", repr(name), wrong)) from error
    finally:
        sys.path.pop()
    if not isinstance(outside, type):
        wrong, advice = "is no class", "name a torch.nn.Module"
        raise Mistake(Problem("model.module", repr(name), wrong, advice))
    return outside
