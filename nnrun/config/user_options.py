"""The person's own options, as a source of configurations that Hydra looks into before ours."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import ClassVar

from hydra._internal.core_plugins.file_config_source import FileConfigSource
from hydra.core.config_search_path import ConfigSearchPath
from hydra.core.plugins import Plugins
from hydra.plugins.config_source import ConfigResult
from hydra.plugins.search_path_plugin import SearchPathPlugin
from omegaconf import DictConfig, OmegaConf

from nnrun.config.catalogue import groups, shown
from nnrun.config.launcher import register
from nnrun.errors import Mistake


class UserConfSource(FileConfigSource):
    """A person's folder: it adds and replaces options of our groups, and reaches neither the root nor Hydra."""

    @staticmethod
    def scheme() -> str:
        return "user"

    def is_group(self, config_path: str) -> bool:
        return of_a_group(config_path, parts=1) and super().is_group(config_path)

    def is_config(self, config_path: str) -> bool:
        return of_a_group(config_path, parts=2) and super().is_config(config_path)

    def available(self) -> bool:
        return Path(self.path).is_dir()

    def load_config(self, config_path: str) -> ConfigResult:
        result = super().load_config(config_path)
        if touches_hydra(result):
            file = shown(Path(self.path) / self._normalize_file_name(config_path))
            raise Mistake(
                f"{file}: sets hydra, which an option may not; set it on the command line"
            )
        return result


class UserConfFirst(SearchPathPlugin):
    """Has the person's options looked up before ours."""

    folder: ClassVar[Path | None] = None  # Hydra makes the object, so the folder waits here

    def manipulate_search_path(self, search_path: ConfigSearchPath) -> None:
        if self.folder:
            search_path.prepend("user", f"user://{self.folder}", anchor="main")


@contextmanager
def options_of(folder: Path | None) -> Iterator[None]:
    """Options of the person's folder can be chosen in here."""
    Plugins.instance().register(UserConfSource)
    Plugins.instance().register(UserConfFirst)
    register()
    UserConfFirst.folder = folder
    try:
        yield
    finally:
        UserConfFirst.folder = None


def of_a_group(config_path: str, parts: int) -> bool:
    steps = PurePosixPath(os.path.normpath(config_path)).parts
    return len(steps) >= parts and steps[0] in groups()


def touches_hydra(option: ConfigResult) -> bool:
    """Whether an option reaches for Hydra's own settings; the values of a sweep are the one thing it may set there."""
    if not isinstance(option.config, DictConfig):
        return False
    config = OmegaConf.to_container(option.config, resolve=False)
    own = config.get("hydra") or {}  # type: ignore[union-attr]
    sweeper = own.get("sweeper") or {}
    beyond = set(own) - {"mode", "sweeper"} or set(sweeper) - {"params"}
    reaching = f"{option.header.get('package')} {config.get('defaults')} {sweeper}"  # type: ignore[union-attr]
    return bool(beyond) or re.search(r"\bhydra\b", reaching) is not None
