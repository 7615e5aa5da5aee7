"""Experiments beside other choices: what their files set gives way to what it does not go with.

Who types `experiment=moons model=residual` has chosen a model, and with it that the widths of the
experiment's own model mean nothing; and who types folds beside a recipe in bags wants no bags.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import ClassVar

from hydra._internal.core_plugins.file_config_source import FileConfigSource
from hydra.plugins.config_source import ConfigResult
from omegaconf import DictConfig, OmegaConf

from nnrun.config.catalogue import defaults, groups, options, settings, text
from nnrun.errors import listing
from nnrun.parts.interface import Dataset
from nnrun.parts.registry import TARGET, class_at

FOLDER = "experiment"
BAGS = "dataset.split.bags"
ENSEMBLE = "training.ensemble"
INSTEAD_OF_BAGS = [f"dataset.split.{way}" for way in ("folds", "by", "column", "train", "val")]


class ExperimentSource(FileConfigSource):
    """A folder of options of which Hydra reads experiments alone, as they are beside others."""

    # Hydra makes the object, so what is known while it reads waits here.
    chosen: ClassVar[dict[str, str] | None] = None  # from each group; None before it is known
    instead: ClassVar[str | None] = None  # of bags: what was typed that does not go with them
    told: ClassVar[dict[str, None]] = {}
    # from each experiment that others are built on, which are read before it, to what these choose
    around: ClassVar[dict[str, dict[str, str]]] = {}

    @staticmethod
    def scheme() -> str:
        """Name the source as it stands in front of a folder."""
        return "experiments"

    def is_group(self, config_path: str) -> bool:
        """Have no group but that of experiments."""
        return config_path == FOLDER and super().is_group(config_path)

    def is_config(self, config_path: str) -> bool:
        """Have no files but experiments."""
        return config_path.startswith(f"{FOLDER}/") and super().is_config(config_path)

    def load_config(self, config_path: str) -> ConfigResult:
        """Read an experiment without what gives way."""
        return beside_choices(config_path, super().load_config(config_path))


def beside_choices(config_path: str, result: ConfigResult) -> ConfigResult:
    """Take out of an experiment what it sets for groups that were chosen otherwise, and tell it."""
    if not config_path.startswith(f"{FOLDER}/") or not isinstance(result.config, DictConfig):
        return result
    name, config = config_path.partition("/")[2].removesuffix(".yaml"), result.config
    listed = defaults_of(config)
    outer = ExperimentSource.around.get(name, {})
    for base in bases(listed):
        ExperimentSource.around[base] = choices(listed) | outer
    for group, option in (outer | (ExperimentSource.chosen or {})).items():
        own = own_option(listed, group)
        if group not in config or option == own:
            continue
        stay = staying(group, own, option)
        given = [str(key) for key in config[group] or {} if key not in stay]
        for key in given:
            config[group].pop(key)
        tell(name, [f"{group}.{key}" for key in given], f"{group}={option}")
    if ExperimentSource.instead and OmegaConf.select(config, BAGS):
        networks = unbagged(config)
        tell(name, [BAGS], f"{ExperimentSource.instead} (training.ensemble={networks} instead)")
    return result


def unbagged(config: DictConfig) -> int:
    """Take bags out of an experiment, and leave as many networks as there would have been."""
    bags = config.dataset.split.pop("bags")
    networks = bags * (OmegaConf.select(config, ENSEMBLE) or 1)
    OmegaConf.update(config, ENSEMBLE, networks, force_add=True)
    return networks


def tell(experiment: str, keys: Sequence[str], other: str) -> None:
    """Keep a line about what gave way."""
    if keys:
        gives = "gives" if len(keys) == 1 else "give"
        told = f"experiment={experiment}: its {listing(keys)} {gives} way to {other}"
        ExperimentSource.told[told] = None


def staying(group: str, own: str, option: str) -> set[str]:
    """Name the settings of a recipe for tables that mean the same beside another data set.

    Tables read column by column have all of theirs in common; others are scaled and split alike,
    unless their option says how, or they come with a split.
    """
    if group != "dataset" or not class_of(own).of_columns:
        return set()
    known, cls = settings_of(option), class_of(option)
    if cls.of_columns:
        return {*known, "scale", "split"}
    drawn = cls.splits_itself is Dataset.splits_itself
    return {"scale", *(["split"] if drawn else [])} - {*known}


def class_of(option: str) -> type[Dataset]:
    """Give the class of a data set's option; of what is none, one that says nothing."""
    cls = class_at(settings_of(option).get(TARGET))
    return cls if cls and issubclass(cls, Dataset) else Dataset


def settings_of(option: str) -> dict:
    """Read the settings of a data set's option, with those of the options that it begins with."""
    files = options("dataset")
    if option not in files:
        return {}
    written = settings(text(files[option]), option)
    begun: dict = {}
    for base in written.get("defaults") or []:
        if isinstance(base, str) and base not in ("_self_", option):
            begun |= settings_of(base)
    return begun | written


def defaults_of(config: DictConfig) -> list:
    """Read what an experiment begins with."""
    return OmegaConf.to_container(config).get("defaults") or []  # type: ignore[union-attr]


def choices(listed: list) -> dict[str, str]:
    """Find the options that an experiment chooses by itself, each from its group."""
    entries = [entry.items() for entry in listed if isinstance(entry, dict)]
    chosen = {str(key): option for items in entries for key, option in items if option}
    return {
        group: str(chosen[key]) for group in groups() if (key := f"override /{group}") in chosen
    }


def bases(listed: list) -> list[str]:
    """Name the experiments that an experiment is built on."""
    return [entry for entry in listed if isinstance(entry, str) and entry != "_self_"]


def own_option(listed: list, group: str) -> str:
    """Find the option that an experiment chooses from a group, or the one that all runs have.

    What it does not choose itself, those choose that it is built on.
    """
    if option := choices(listed).get(group):
        return option
    files = options(FOLDER)
    for base in bases(listed):
        if base in files:
            written = settings(text(files[base]), base)
            return own_option(written.get("defaults") or [], group)
    return defaults()[group]


@contextmanager
def beside(words: Iterable[str]) -> Iterator[dict[str, None]]:
    """Let experiments that are read in here give way to what these words choose.

    Gives the lines that tell what gave way, each once.
    """
    typed, source = [*words], ExperimentSource
    before = source.chosen, source.instead, source.around
    source.chosen, source.instead, source.around = chosen_by(typed), instead_of_bags(typed), {}
    if before[0] is None:
        source.told = {}
    try:
        yield source.told
    finally:
        source.chosen, source.instead, source.around = before


def chosen_by(words: Iterable[str]) -> dict[str, str]:
    """Find the options that words choose, each from its group; several values choose none yet."""
    typed = (word.partition("=") for word in words)
    return {key: value for key, _, value in typed if key in groups() and plain(value)}


def instead_of_bags(words: Iterable[str]) -> str | None:
    """Find a word that splits the rows in a way of its own."""
    for word in words:
        key, _, value = word.partition("=")
        if key in INSTEAD_OF_BAGS and value != "null" and plain(value):
            return word
    return None


def plain(value: str) -> bool:
    """Tell whether a value is one option, or a list of options that combine."""
    return value.startswith("[") or "," not in value
