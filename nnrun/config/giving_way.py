"""Experiments beside other choices: what their files set gives way to what it does not go with.

Who types `experiment=moons model=residual` has chosen a model, and with it that the widths of the
experiment's own model mean nothing; and who types folds beside a recipe in bags wants no bags.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import ClassVar, NamedTuple

from hydra._internal.core_plugins.file_config_source import FileConfigSource
from hydra.plugins.config_source import ConfigResult
from omegaconf import DictConfig, OmegaConf

from nnrun.config.catalogue import defaults, groups, options, settings, text
from nnrun.config.other_splits import (
    BAGS,
    ENSEMBLE,
    SPLIT,
    keep_networks,
    sets_ensemble,
    split_of,
    typed_split,
)
from nnrun.errors import listing
from nnrun.parts.interface import Dataset, Model
from nnrun.parts.registry import TARGET, class_at

FOLDER = "experiment"
DROPOUT = "regularisation.dropout"


class Around(NamedTuple):
    """What experiments that are built on another say of it: options, and how rows are split."""

    choices: dict[str, str]
    split: str | None


class ExperimentSource(FileConfigSource):
    """A folder of options of which Hydra reads experiments alone, as they are beside others."""

    # Hydra makes the object, so what is known while it reads waits here.
    chosen: ClassVar[dict[str, str] | None] = None  # from each group; None before it is known
    typed: ClassVar[Sequence[str]] = ()
    told: ClassVar[dict[str, None]] = {}
    # from each experiment that others are built on, which are read before it, to what these say
    around: ClassVar[dict[str, "Around"]] = {}

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
    outer = ExperimentSource.around.get(name, Around({}, None))
    split = split_of(OmegaConf.select(config, SPLIT))
    for base in bases(listed):
        chosen = choices(listed) | outer.choices
        ExperimentSource.around[base] = Around(chosen, outer.split or split)
    bags, others = OmegaConf.select(config, BAGS), outer.choices | (ExperimentSource.chosen or {})
    for group, option in others.items():
        give_way(name, config, group, own_option(listed, group), option)
    silence_none(name, config, others.get("model", ""))
    if isinstance(bags, int):
        split = outer.split or split_of(settings_of(others.get("dataset", "")).get("split"))
        unbag(name, config, bags, typed_split(ExperimentSource.typed) or split)
    return result


def give_way(experiment: str, config: DictConfig, group: str, own: str, option: str) -> None:
    """Take out what an experiment sets for its own option of a group, where another was chosen."""
    if group not in config or option == own:
        return
    stay = staying(group, own, option)
    given = [str(key) for key in config[group] or {} if key not in stay]
    for key in given:
        config[group].pop(key)
    tell(experiment, [f"{group}.{key}" for key in given], f"{group}={option}")


def silence_none(experiment: str, config: DictConfig, model: str) -> None:
    """Take out the dropout of an experiment beside a model that it cannot silence anything of."""
    cls = class_at(settings_of(model, "model").get(TARGET))
    if not cls or cls.hidden_units is not Model.hidden_units:
        return
    if OmegaConf.select(config, DROPOUT):
        config.regularisation.pop("dropout")
        tell(experiment, [DROPOUT], f"model={model}")


def unbag(experiment: str, config: DictConfig, bags: int, split: str | None) -> None:
    """Take out the bags of an experiment beside another way to split, and keep its networks."""
    given = bool(split and OmegaConf.select(config, BAGS))
    if given:
        config.dataset.split.pop("bags")
    said = ""
    if not OmegaConf.select(config, BAGS) and not sets_ensemble(ExperimentSource.typed):
        said = f" ({ENSEMBLE}={keep_networks(config, bags)} instead)"
    if given:
        tell(experiment, [BAGS], f"{split}{said}")


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


def settings_of(option: str, group: str = "dataset") -> dict:
    """Read the settings of a group's option, with those of the options that it begins with."""
    files = options(group)
    if option not in files:
        return {}
    written = settings(text(files[option]), option)
    begun: dict = {}
    for base in written.get("defaults") or []:
        if isinstance(base, str) and base not in ("_self_", option):
            begun |= settings_of(base, group)
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
    before = source.chosen, source.typed, source.around
    source.chosen, source.typed, source.around = chosen_by(typed), typed, {}
    if before[0] is None:
        source.told = {}
    try:
        yield source.told
    finally:
        source.chosen, source.typed, source.around = before


def chosen_by(words: Iterable[str]) -> dict[str, str]:
    """Find the options that words choose, each from its group; several values choose none yet."""
    typed = (word.partition("=") for word in words)
    return {key: value for key, _, value in typed if key in groups() and plain(value)}


def plain(value: str) -> bool:
    """Tell whether a value is one option, or a list of options that combine."""
    return value.startswith("[") or "," not in value
