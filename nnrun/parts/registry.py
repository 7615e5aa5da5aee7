"""What a configuration may name: the classes of each group. No other is ever built from a configuration or a file.

The one exception is a network of a package that the person who types has trusted, by --trust or $NNRUN_TRUST.
"""

import os
import re
import sys
from importlib import import_module

from nnrun.errors import Mistake, did_you_mean, listing, nearest

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
        *(
            "Mlp",
            "Linear",
            "Polynomial",
            "Maxout",
            "Residual",
            "Cnn",
            "Perceptron",
            "Pretrained",
            "Module",
        ),
        "Point",
    ),
    "optimizer": (
        "Adam",
        "AdamW",
        "NAdam",
        "Adagrad",
        "Adadelta",
        "RmsProp",
        "Gd",
        "Sgd",
        "Lbfgs",
        "Torch",
    ),
    "scheduler": (
        "Constant",
        "Step",
        "MultiStep",
        "Exponential",
        "Linear",
        "Cosine",
        "CosineRestarts",
        "OneCycle",
        "Plateau",
        "Chained",
    ),
    "loss": (
        *("Auto", "Mse", "Mae", "Mape", "Huber", "LogCosh", "Quantile", "GaussianNll", "Pose"),
        *("CrossEntropy", "KlDiv", "Bce", "Hinge", "Perceptron"),
        "Height",
    ),
}


def part(group: str, target: object) -> tuple[type | None, list[str]]:
    """The class that `_target_` names, or the problem; the text is judged before anything is imported."""
    home = f"nnrun.parts.{group}"
    targets = [f"{home}.{name}" for name in PARTS[group]]
    if target not in targets:
        known = f"known in {home}: {listing(PARTS[group])}"
        hint = did_you_mean(nearest(str(target), targets)) or known
        return None, [f"{group}._target_={target!r}: names no {group} of nnrun; {hint}"]
    return named(group, str(target).rpartition(".")[2]), []


def named(group: str, name: str) -> type:
    """The class of a group by its bare name."""
    if name not in PARTS[group]:
        raise LookupError(f"{group} {name!r} is not one of {listing(PARTS[group])}")
    return getattr(import_module(f"nnrun.parts.{group}"), name)


def untrusted(where: str, name: str) -> list[str]:
    """The problem with the name of a class from outside, judged before anything is imported."""
    if not re.fullmatch(r"[A-Za-z]\w*(\.[A-Za-z]\w*)*:[A-Za-z]\w*", name):
        return [f"{where}={name!r}: expected package.module:Class, such as torch.nn:Linear"]
    package, known = (
        name.partition(":")[0],
        ("torch.nn", *os.environ.get("NNRUN_TRUST", "").split(",")),
    )
    if not any(package == one or package.startswith(f"{one}.") for one in known if one):
        return [
            f"{where}={name!r}: would run code of {package}; if you trust it, add --trust {package.partition('.')[0]}"
        ]
    return []


def trusted(where: str, name: str) -> type:
    """A class from outside that is trusted; the current folder is looked into last."""
    if problems := untrusted(where, name):
        raise Mistake(*problems)
    package, _, cls = name.partition(":")
    sys.path.append(os.getcwd())
    try:
        found = getattr(import_module(package), cls)
    except (ImportError, AttributeError) as error:
        raise Mistake(
            f"{where}={name!r}: {error}; give package.module:Class of something that is installed or here"
        ) from error
    finally:
        sys.path.pop()
    if not isinstance(found, type):
        raise Mistake(f"{where}={name!r}: is no class; name a torch.nn.Module")
    return found
