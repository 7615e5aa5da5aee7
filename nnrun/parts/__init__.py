"""What a configuration may name: the classes of each group. No other is ever built from a configuration or a file."""

from importlib import import_module

from nnrun.mistake import listing, nearest

PARTS = {
    "dataset": (
        *("Arkoma", "Table", "Digits"),
        *("Iris", "Wine", "BreastCancer", "Diabetes"),
        *("Moons", "Circles", "Blobs", "Spirals", "Xor", "Curve"),
        *("Mnist", "FashionMnist"),
        *("California", "Openml"),
    ),
    "model": ("Mlp", "Linear"),
    "optimizer": ("Adam", "AdamW", "Sgd"),
    "scheduler": ("Constant", "Step", "Cosine"),
    "loss": ("Auto", "Mse", "Mae", "CrossEntropy"),
}


def part(group: str, target: object) -> tuple[type | None, list[str]]:
    """The class that `_target_` names, or the problem; the text is judged before anything is imported."""
    home = f"nnrun.parts.{group}"
    targets = [f"{home}.{name}" for name in PARTS[group]]
    if target not in targets:
        hint = nearest(str(target), targets) or f"known: {listing(targets)}"
        return None, [f"{group}._target_={target!r}: names no {group} of nnrun; {hint}"]
    return named(group, str(target).rpartition(".")[2]), []


def named(group: str, name: str) -> type:
    """The class of a group by its bare name."""
    if name not in PARTS[group]:
        raise LookupError(f"{group} {name!r} is not one of {listing(PARTS[group])}")
    return getattr(import_module(f"nnrun.parts.{group}"), name)
