"""The person's own options, as a source of configurations that Hydra looks into before ours."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import ClassVar, cast

from hydra._internal.core_plugins.file_config_source import FileConfigSource
from hydra.core.config_search_path import ConfigSearchPath
from hydra.core.plugins import Plugins
from hydra.plugins.config_source import ConfigResult
from hydra.plugins.search_path_plugin import SearchPathPlugin
from omegaconf import DictConfig, OmegaConf

from nnrun.config.catalogue import builtin_conf, groups, refuse_flood, shown
from nnrun.config.giving_way import ExperimentSource, beside_choices
from nnrun.config.launcher import register
from nnrun.config.yaml_values import otherwise_read
from nnrun.errors import Mistake, Problem, refuse


class UserConfSource(FileConfigSource):
    """A person's folder: it adds and replaces options of our groups.

    It reaches neither the root nor Hydra.
    """

    @staticmethod
    def scheme() -> str:
        """Name the source as it stands in front of a folder."""
        return "user"

    def is_group(self, config_path: str) -> bool:
        """Have no groups but ours."""
        return of_a_group(config_path, depth=1) and super().is_group(config_path)

    def is_config(self, config_path: str) -> bool:
        """Have no files outside of our groups."""
        return of_a_group(config_path, depth=2) and super().is_config(config_path)

    def available(self) -> bool:
        """Ask whether the folder is there."""
        return Path(self.path).is_dir()

    def load_config(self, config_path: str) -> ConfigResult:
        """Read an option, which may set anything but Hydra."""
        file = Path(self.path) / self._normalize_file_name(config_path)
        refuse_flood(file)
        result = beside_choices(config_path, super().load_config(config_path))
        refuse(otherwise_read(file))
        if touches_hydra(result):
            wrong = "sets hydra, which an option may not"
            raise Mistake(Problem(shown(file), None, wrong, "set it on the command line"))
        return result


class UserConfFirst(SearchPathPlugin):
    """The order of the folders: the person's options are looked up before ours."""

    folder: ClassVar[Path | None] = None  # Hydra makes the object, so the folder waits here

    def manipulate_search_path(self, search_path: ConfigSearchPath) -> None:
        """Put the person's folder first."""
        if self.folder:
            search_path.prepend("user", f"user://{self.folder}", anchor="main")
        search_path.prepend("nnrun", f"experiments://{builtin_conf()}", anchor="main")


@contextmanager
def options_of(folder: Path | None) -> Iterator[None]:
    """Let options of the person's folder be chosen in here."""
    for source in (UserConfSource, ExperimentSource):
        Plugins.instance().register(source)
    Plugins.instance().register(UserConfFirst)
    register()
    UserConfFirst.folder = folder
    try:
        yield
    finally:
        UserConfFirst.folder = None


def of_a_group(config_path: str, depth: int) -> bool:
    """Ask whether a path lies below one of our groups."""
    steps = PurePosixPath(os.path.normpath(config_path)).parts
    return len(steps) >= depth and steps[0] in groups()


def touches_hydra(option: ConfigResult) -> bool:
    """Ask whether an option reaches for Hydra's own settings, apart from the values of a sweep."""
    if not isinstance(option.config, DictConfig):
        return False
    config = cast(dict, OmegaConf.to_container(option.config, resolve=False))
    theirs = config.get("hydra") or {}
    sweeper = theirs.get("sweeper") or {}
    if set(theirs) - {"mode", "sweeper"} or set(sweeper) - {"params"}:
        return True
    reaching = f"{option.header.get('package')} {config.get('defaults')} {sweeper}"
    return re.search(r"\bhydra\b", reaching) is not None
