"""Sweeps on Hydra's side: a sweeper that spans grids and draws samples, a launcher that hands over all runs at once."""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from hashlib import sha256
from itertools import product
from math import exp, log, prod
from random import Random
from typing import Any, NamedTuple

from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra.core.config_store import ConfigStore
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import IntervalSweep, Override
from hydra.core.plugins import Plugins
from hydra.plugins.launcher import Launcher
from hydra.plugins.sweeper import Sweeper
from omegaconf import DictConfig, OmegaConf

from nnrun.config.catalogue import groups
from nnrun.errors import Mistake

MOST = 20_000  # members of a sweep; to compose as many takes two minutes


class Composed(NamedTuple):
    """One run of a sweep, as Hydra composes it."""

    config: DictConfig  # without Hydra's part, references not yet followed
    overrides: list[str]
    choices: dict[str, Any]


class Together(Launcher):
    """Hands all runs of a sweep to a task that takes them together; any other task gets them one after the other."""

    def __init__(self, workers: Any):
        self.workers = workers

    def setup(self, *, hydra_context, task_function, config) -> None:
        self.context, self.task, self.config = hydra_context, task_function, config

    def launch(self, job_overrides, initial_job_idx):
        if not hasattr(self.task, "together"):
            return self.one_by_one(job_overrides, initial_job_idx)
        runs = composed(self.context.config_loader, self.config, job_overrides)
        self.task.together(list(runs), self.workers)
        return []

    def one_by_one(self, job_overrides, initial_job_idx):
        """As Hydra's own launcher does it."""
        from hydra._internal.core_plugins.basic_launcher import BasicLauncher

        basic = BasicLauncher()
        basic.setup(hydra_context=self.context, task_function=self.task, config=self.config)
        return basic.launch(job_overrides, initial_job_idx)


def composed(loader: Any, config: DictConfig, runs: list[list[str]]) -> Iterator[Composed]:
    """Each run's configuration; Hydra composes each choice of options once, and values are set in copies of it."""
    cache: dict[tuple, DictConfig] = {}
    parser = OverridesParser.create(config_loader=loader)
    parsed = {word: parser.parse_overrides([word])[0] for run in runs for word in run}
    for run in runs:
        choosing = tuple(word for word in run if chooses(parsed[word]))
        if choosing not in cache:
            cache[choosing] = loader.load_sweep_config(config, list(choosing))
        taken = cache[choosing]
        own = deepcopy(without_hydra(taken))
        ConfigLoaderImpl._apply_overrides_to_config(
            [parsed[word] for word in run if word not in choosing], own
        )
        yield Composed(own, list(run), dict(taken.hydra.runtime.choices))


def chooses(override: Override) -> bool:
    """Whether an override asks for an option, and not for a value."""
    return (
        override.key_or_group in groups()
        or "/" in override.key_or_group
        or override.package is not None
    )


def without_hydra(config: DictConfig) -> DictConfig:
    own = OmegaConf.create({key: config._get_node(key) for key in config if key != "hydra"})
    OmegaConf.set_struct(own, True)
    return own


class Grid(Sweeper):
    """Every combination of the listed values, for each draw of the intervals."""

    def __init__(self, samples: int, params: dict[str, str] | None):
        self.samples, self.params = samples, params or {}

    def setup(self, *, hydra_context, task_function, config) -> None:
        self.parser = OverridesParser.create(config_loader=hydra_context.config_loader)
        self.launcher = Plugins.instance().instantiate_launcher(
            hydra_context=hydra_context, task_function=task_function, config=config
        )

    def sweep(self, arguments: list[str]) -> Any:
        """All runs in one batch; the launcher composes them all before the first starts."""
        words = [*(f"{key}={value}" for key, value in self.params.items()), *arguments]
        latest = {
            (one.key_or_group, one.package): one for one in self.parser.parse_overrides(words)
        }
        results = self.launcher.launch(  # type: ignore[union-attr]
            self.runs(list(latest.values())), initial_job_idx=0
        )
        for result in results:
            _ = result.return_value  # raises what a run has raised
        return [results]

    def runs(self, overrides: list[Override]) -> list[list[str]]:
        """The settings of each run."""
        drawn = [one for one in overrides if isinstance(one.value(), IntervalSweep)]
        if drawn and not (type(self.samples) is int and self.samples >= 1):
            raise Mistake(f"sweep.samples={self.samples}: expected a whole number >= 1")
        listed = [values(one) for one in overrides if one not in drawn]
        many = prod(map(len, listed)) * (self.samples if drawn else 1)
        if many > MOST:
            raise Mistake(
                f"{many:,} members are more than a sweep can hold; ask for {MOST:,} at most, or draw samples"
            )
        combinations = [list(each) for each in product(*listed)]
        draws = [[draw(one, i) for one in drawn] for i in range(self.samples)] if drawn else [[]]
        return [combination + sample for sample in draws for combination in combinations]


def values(override: Override) -> list[str]:
    """A setting's values, each as it would be typed alone."""
    key = override.get_key_element()
    if override.is_discrete_sweep():
        return [f"{key}={value}" for value in override.sweep_string_iterator()]
    return [f"{key}={override.get_value_element_as_str()}"]


def draw(override: Override, number: int) -> str:
    """The setting with a number from its interval: uniform, or in its logarithm where both ends are above 0."""
    interval: Any = override.value()
    start, end = interval.start, interval.end
    text = sha256(
        f"{override.key_or_group}/{number}".encode()
    ).hexdigest()  # the same draws whenever it is asked again
    share = Random(text).random()
    whole = isinstance(start, int) and isinstance(end, int)
    low, high = (float(start), float(end) + 1) if whole else (float(start), float(end))
    number_drawn = (
        exp(log(low) + share * (log(high) - log(low))) if low > 0 else low + share * (high - low)
    )
    return f"{override.get_key_element()}={int(number_drawn) if whole else float(f'{number_drawn:.6g}')}"


@dataclass
class TogetherConf:
    _target_: str = "nnrun.config.launcher.Together"
    workers: Any = "auto"


@dataclass
class GridConf:
    _target_: str = "nnrun.config.launcher.Grid"
    samples: Any = "${sweep.samples}"
    params: dict[str, str] | None = None


def register() -> None:
    """Make both known to Hydra."""
    for plugin in (Together, Grid):
        Plugins.instance().register(plugin)
    announce()


def announce() -> None:
    """Their names and settings. Hydra wants plugins in a package of its own name, and asks for that by a test."""
    if not Plugins.is_in_toplevel_plugins_module("nnrun.config.launcher."):
        stock = Plugins.is_in_toplevel_plugins_module
        Plugins.is_in_toplevel_plugins_module = staticmethod(  # type: ignore[assignment,method-assign]
            lambda name: name.startswith("nnrun.config.launcher.") or stock(name)
        )
    store = ConfigStore.instance()
    store.store(group="hydra/launcher", name="together", node=TogetherConf, provider="nnrun")
    store.store(group="hydra/sweeper", name="grid", node=GridConf, provider="nnrun")
