"""Where a key belongs that was typed in another place, or under the name it has elsewhere."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from nnrun.config.catalogue import builtin_conf, defaults, groups
from nnrun.config.catalogue import text as text_of
from nnrun.config.overrides import CommandLine
from nnrun.errors import listing

WORKERS = "hydra.launcher.workers"  # the one key of Hydra that is ours to tell
MOST = 4  # options that are named
SEVERAL = 3  # places that are told of one name

# What other programs and books call our settings.
OTHER_NAMES = {
    "learning_rate": "lr",
    "eta": "lr",
    "rate": "lr",
    "hidden": "widths",
    "hidden_layers": "widths",
    "hidden_sizes": "widths",
    "hidden_units": "widths",
    "layer_sizes": "widths",
    "neurons": "widths",
    "units": "widths",
    "width": "widths",
    "nonlinearity": "activation",
    "act": "activation",
    "initialization": "init",
    "initializer": "init",
    "weight_init": "init",
    "batch": "batch_size",
    "minibatch": "batch_size",
    "max_epochs": "epochs",
    "n_epochs": "epochs",
    "num_epochs": "epochs",
    "wd": "weight_decay",
    "decay": "weight_decay",
    "dropout_rate": "dropout",
    "clip": "clip_norm",
    "grad_clip": "clip_norm",
    "gradient_clip": "clip_norm",
    "smoothing": "label_smoothing",
    "criterion": "loss",
    "objective": "loss",
    "data": "dataset",
    "architecture": "model",
    "net": "model",
    "network": "model",
    "lr_scheduler": "scheduler",
    "schedule": "scheduler",
    "regularizer": "regularisation",
    "random_seed": "seed",
    "random_state": "seed",
    "manual_seed": "seed",
    "csv": "path",
    "data_path": "path",
    "file": "path",
    "label": "target",
    "target_column": "target",
    "y": "target",
    "normalise": "dataset.scale.inputs",
    "normalize": "dataset.scale.inputs",
    "scaling": "dataset.scale.inputs",
    "test_size": "dataset.split.test",
    "val_size": "dataset.split.val",
    "out": "output.folder",
    "output_dir": "output.folder",
    "plots": "output.pictures",
    "num_workers": WORKERS,
    "workers": WORKERS,
    "n_jobs": WORKERS,
}


@dataclass(frozen=True)
class Place:
    """A key that may have been meant."""

    key: str
    options: tuple[str, ...] = ()  # that have it, as optimizer=sgd; none if the configuration has
    listed: bool = False  # whether it holds a list

    def written(self, value: str) -> str:
        """Write it as one would type it, with a value."""
        alone = self.listed and not value.startswith("[")
        setting = f"{self.key}=[{value}]" if alone else f"{self.key}={value}"
        return f"{setting} with {alternatives(self.options)}" if self.options else setting


def advice(found: list[Place], typed: str, value: str) -> str:
    """Advise to write what was meant by a key that was typed with a value."""
    if [place.key for place in found] == [typed]:
        return f"it goes with {alternatives(found[0].options)}"
    return f"write {' or '.join(place.written(value) for place in found[:SEVERAL])}"


def places(typed: str, config: dict, line: CommandLine) -> list[Place]:
    """Find where a key belongs, in this configuration or in others."""
    here = {**dict.fromkeys([*groups(), WORKERS]), **own_settings(config)}
    return places_among(typed, here, keys_of_options(line))


def places_among(
    typed: str, here: Mapping[str, Any], elsewhere: Mapping[str, Sequence[str]]
) -> list[Place]:
    """Find the keys that end as a typed one does, or bear its other name.

    The more they share with it, the better.
    `here` are settings with their values, `elsewhere` keys with the options that have them.
    """
    steps = typed.split(".")
    for first in range(len(steps)):
        name, ours = names_of(steps[first:])
        near = keys_ending(here, name)
        far = [] if near else keys_ending(elsewhere, name)
        near = near or keys_ending(here, ours)
        far = far or ([] if near else keys_ending(elsewhere, ours))
        if near or far:
            chosen = [Place(key, listed=isinstance(here[key], list)) for key in near]
            return chosen + [Place(key, tuple(elsewhere[key])) for key in far]
    return []


def names_of(steps: list[str]) -> tuple[str, str]:
    """Give the last steps of a key as they are, and by the name that we have for the last."""
    *head, last = steps
    ours = OTHER_NAMES.get(last.lower(), last)
    return ".".join(steps), ".".join([*head, ours])


def keys_ending(keys: Collection[str], name: str) -> list[str]:
    """Find the key of this name, or else those that end with it."""
    if name in keys:
        return [name]
    return [key for key in keys if f".{key}".endswith(f".{name}")]


def own_settings(config: dict) -> dict[str, Any]:
    """Gather the settings of a configuration by their keys, without those that follow others."""
    return {
        key: value
        for key, value in every_setting(config)
        if not (isinstance(value, str) and value.startswith("${"))
        and not any(step.startswith("_") for step in key.split("."))
        and not key.startswith("hydra.")
    }


def every_setting(node: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Go through all dotted keys of a configuration, each with its value."""
    if isinstance(node, dict):
        for name, value in node.items():
            yield f"{path}{name}", value
            yield from every_setting(value, f"{path}{name}.")


def keys_of_options(line: CommandLine) -> dict[str, list[str]]:
    """Find the keys of all options, each with the options that have it."""
    found: dict[str, list[str]] = {}
    for group in groups():
        if group == "experiment":
            continue
        for option, file in line.options(group).items():
            settings = settings_of(text_of(file))
            for key in own_settings(settings):
                found.setdefault(f"{group}.{key}", []).append(f"{group}={option}")
    return found


def usual_settings(line: CommandLine) -> dict:
    """Read the configuration of a run for which nothing is typed, without composing it."""
    usual = settings_of(text_of(builtin_conf() / "config.yaml"))
    del usual["defaults"], usual["hydra"]
    for group, option in defaults().items():
        if file := line.options(group).get(option):
            usual[group] = (usual.get(group) or {}) | settings_of(text_of(file))
    return usual


def settings_of(text: str) -> dict:
    """Read an option's settings; one that cannot be read has none to offer."""
    try:
        read = yaml.safe_load(text)
    except yaml.YAMLError:
        return {}
    return read if isinstance(read, dict) else {}


def alternatives(options: Sequence[str]) -> str:
    """List some options of one group: optimizer=gd, momentum or sgd."""
    shown = [option if at == 0 else option.partition("=")[2] for at, option in enumerate(options)]
    if not 1 < len(shown) <= MOST + 1:
        return listing(shown, MOST)
    return f"{', '.join(shown[:-1])} or {shown[-1]}"
