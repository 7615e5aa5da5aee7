"""Experiments beside other choices: what their files set for a part gives way to another part.

Who types `experiment=moons model=residual` has chosen a model, and with it that the widths of the
experiment's own model mean nothing.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import ClassVar

from hydra._internal.core_plugins.file_config_source import FileConfigSource
from hydra.plugins.config_source import ConfigResult
from omegaconf import DictConfig, OmegaConf

from nnrun.config.catalogue import defaults, groups
from nnrun.errors import listing

FOLDER = "experiment"


class ExperimentSource(FileConfigSource):
    """A folder of options of which Hydra reads experiments alone, as they are beside others."""

    # Hydra makes the object, so what is known while it reads waits here.
    chosen: ClassVar[dict[str, str] | None] = None  # from each group; None before it is known
    told: ClassVar[dict[str, None]] = {}

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
    for group, option in (ExperimentSource.chosen or {}).items():
        if group in config and option != own_option(config, group):
            keys = [f"{group}.{key}" for key in config.pop(group) or {}]
            gives = "gives" if len(keys) == 1 else "give"
            told = f"experiment={name}: its {listing(keys)} {gives} way to {group}={option}"
            ExperimentSource.told[told] = None
    return result


def own_option(config: DictConfig, group: str) -> str:
    """Find the option that an experiment chooses from a group, or the one that all runs have."""
    listed = OmegaConf.to_container(config).get("defaults") or []  # type: ignore[union-attr]
    for entry in listed:
        if isinstance(entry, dict) and (option := entry.get(f"override /{group}")):
            return str(option)
    return defaults()[group]


@contextmanager
def beside(words: Iterable[str]) -> Iterator[dict[str, None]]:
    """Let experiments that are read in here give way to the options that these words choose.

    Gives the lines that tell what gave way, each once.
    """
    before = ExperimentSource.chosen
    ExperimentSource.chosen = chosen_by(words)
    if before is None:
        ExperimentSource.told = {}
    try:
        yield ExperimentSource.told
    finally:
        ExperimentSource.chosen = before


def chosen_by(words: Iterable[str]) -> dict[str, str]:
    """Find the options that words choose, each from its group; several values choose none yet."""
    typed = (word.partition("=") for word in words)
    return {key: value for key, _, value in typed if key in groups() and plain(value)}


def plain(value: str) -> bool:
    """Tell whether a value is one option, or a list of options that combine."""
    return value.startswith("[") or "," not in value
