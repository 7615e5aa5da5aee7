"""Sweeps on Hydra's side: a sweeper that spans grids, a launcher that hands over all at once."""

from abc import ABC, abstractmethod
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
from hydra.core.override_parser.types import IntervalSweep, Override, OverrideType
from hydra.core.plugins import Plugins
from hydra.plugins.launcher import Launcher
from hydra.plugins.sweeper import Sweeper
from omegaconf import DictConfig, OmegaConf

from nnrun.config.catalogue import groups
from nnrun.config.giving_way import beside
from nnrun.config.other_splits import OTHER_KEYS
from nnrun.config.overrides import listed
from nnrun.config.writing import as_typed
from nnrun.errors import Mistake, Problem

MOST = 20_000  # members of a sweep; to compose as many takes two minutes


class Composed(NamedTuple):
    """One run of a sweep, as Hydra composes it."""

    config: DictConfig  # without Hydra's part, references not yet followed
    overrides: list[str]
    choices: dict[str, Any]


class SweepTask(ABC):
    """A task that takes all runs of a sweep together."""

    @abstractmethod
    def __call__(self, config: DictConfig) -> None:
        """Take one run."""

    @abstractmethod
    def together(self, runs: Iterator[Composed], workers: Any) -> None:
        """Take the runs of a sweep; each configuration holds until the next run is asked for."""


class Together(Launcher):
    """The launcher: a SweepTask gets all runs together, any other task one after the other."""

    def __init__(self, workers: Any):
        self.workers = workers

    def setup(self, *, hydra_context, task_function, config) -> None:
        """Keep what Hydra gives before the runs are known."""
        self.context, self.task, self.config = hydra_context, task_function, config

    def launch(self, job_overrides, initial_job_idx):
        """Hand over the runs."""
        if not isinstance(self.task, SweepTask):
            return self.launch_one_by_one(job_overrides, initial_job_idx)
        runs = compose_all(self.context.config_loader, self.config, job_overrides)
        self.task.together(runs, self.workers)
        return []

    def launch_one_by_one(self, job_overrides, initial_job_idx):
        """Do as Hydra's own launcher."""
        from hydra._internal.core_plugins.basic_launcher import BasicLauncher

        basic = BasicLauncher()
        basic.setup(hydra_context=self.context, task_function=self.task, config=self.config)
        return basic.launch(job_overrides, initial_job_idx)


def compose_all(loader: Any, config: DictConfig, runs: list[list[str]]) -> Iterator[Composed]:
    """Compose each choice of options once, and set the values of each run in it.

    All runs set the same keys, so nothing of a run is left in the next one; where values are added,
    each has a copy.
    """
    composed: dict[tuple, tuple[DictConfig, dict[str, Any]]] = {}
    parser = OverridesParser.create(config_loader=loader)
    words = {word for run in runs for word in run}
    parsed = {word: parser.parse_overrides([word])[0] for word in words}
    for run in runs:
        choosing = tuple(word for word in run if chooses(parsed[word]))
        if choosing not in composed:
            with beside(choosing):
                whole = loader.load_sweep_config(config, list(choosing))
            composed[choosing] = without_hydra(whole), dict(whole.hydra.runtime.choices)
        common, choices = composed[choosing]
        setting = [parsed[word] for word in run if word not in choosing]
        values_set = common if all(map(replaces, setting)) else deepcopy(common)
        ConfigLoaderImpl._apply_overrides_to_config(setting, values_set)
        yield Composed(values_set, list(run), choices)


def chooses(override: Override) -> bool:
    """Ask whether an override is about an option, or about what makes an experiment give way."""
    key = override.key_or_group
    return key in {*groups(), *OTHER_KEYS} or "/" in key or override.package is not None


def replaces(override: Override) -> bool:
    """Tell whether an override leaves nothing of the value that was there."""
    return override.type == OverrideType.CHANGE and not isinstance(override.value(), dict)


def without_hydra(config: DictConfig) -> DictConfig:
    """Leave out Hydra's part."""
    rest = OmegaConf.create({key: config._get_node(key) for key in config if key != "hydra"})
    OmegaConf.set_struct(rest, True)
    return rest


class Grid(Sweeper):
    """The sweeper: every combination of the listed values, for each draw of the intervals."""

    def __init__(self, samples: int, params: dict[str, str] | None):
        self.samples, self.params = samples, params or {}

    def setup(self, *, hydra_context, task_function, config) -> None:
        """Get ready to read settings and to launch runs."""
        self.parser = OverridesParser.create(config_loader=hydra_context.config_loader)
        self.launcher = Plugins.instance().instantiate_launcher(
            hydra_context=hydra_context, task_function=task_function, config=config
        )

    def sweep(self, arguments: list[str]) -> Any:
        """Launch all runs in one batch; they are all composed before the first starts."""
        words = [*(f"{key}={value}" for key, value in self.params.items()), *arguments]
        overrides = self.parser.parse_overrides(words)
        latest = {(one.key_or_group, one.package): one for one in overrides}
        runs = self.runs(list(latest.values()))
        results = self.launcher.launch(runs, initial_job_idx=0)  # type: ignore[union-attr]
        for result in results:
            _ = result.return_value  # raises what a run has raised
        return [results]

    def runs(self, overrides: list[Override]) -> list[list[str]]:
        """List the settings of each run."""
        drawn = [one for one in overrides if isinstance(one.value(), IntervalSweep)]
        if drawn and not (type(self.samples) is int and self.samples >= 1):
            wrong = "expected a whole number >= 1"
            raise Mistake(Problem("sweep.samples", str(self.samples), wrong))
        listed = [values(one) for one in overrides if one not in drawn]
        draws = self.samples if drawn else 1
        refuse_too_many(prod(map(len, listed)) * draws)
        combinations = [list(each) for each in product(*listed)]
        samples = [[draw(one, number) for one in drawn] for number in range(draws)]
        return [combination + sample for sample in samples for combination in combinations]


def refuse_too_many(members: int) -> None:
    """Refuse a sweep that would take too long to compose."""
    if members > MOST:
        wrong = f"{members:,} members are more than a sweep can hold"
        advice = f"ask for {MOST:,} at most, or draw samples"
        raise Mistake(Problem("", None, wrong, advice))


def values(override: Override) -> list[str]:
    """List a setting's values, each as it would be typed alone."""
    if "=" not in str(override.input_line):
        return [str(override.input_line)]
    key = override.get_key_element()
    if override.is_discrete_sweep():
        return [f"{key}={value}" for value in listed(override)]
    return [f"{key}={as_typed(override.value())}"]


def draw(override: Override, number: int) -> str:
    """Draw from a setting's interval: uniform, in its logarithm where both ends are above 0."""
    interval: Any = override.value()
    whole = isinstance(interval.start, int) and isinstance(interval.end, int)
    low, high = float(interval.start), float(interval.end) + whole
    # The same draws whenever it is asked again.
    text = sha256(f"{override.key_or_group}/{number}".encode()).hexdigest()
    share = Random(text).random()
    if low > 0:
        drawn = exp(log(low) + share * (log(high) - log(low)))
    else:
        drawn = low + share * (high - low)
    value = int(drawn) if whole else float(f"{drawn:.6g}")
    return f"{override.get_key_element()}={value}"


@dataclass
class TogetherConf:
    """The launcher's settings."""

    _target_: str = "nnrun.config.launcher.Together"
    workers: Any = "auto"


@dataclass
class GridConf:
    """The sweeper's settings."""

    _target_: str = "nnrun.config.launcher.Grid"
    samples: Any = "${sweep.samples}"
    params: dict[str, str] | None = None


def register() -> None:
    """Make both known to Hydra."""
    for plugin in (Together, Grid):
        Plugins.instance().register(plugin)
    announce()


def announce() -> None:
    """Tell Hydra their names and settings."""
    # Hydra wants plugins in a package of its own name, and asks for that by a test.
    here = f"{__name__}."
    if not Plugins.is_in_toplevel_plugins_module(here):
        stock = Plugins.is_in_toplevel_plugins_module
        with_ours = staticmethod(lambda name: name.startswith(here) or stock(name))
        Plugins.is_in_toplevel_plugins_module = with_ours  # type: ignore[assignment,method-assign]
    store = ConfigStore.instance()
    store.store(group="hydra/launcher", name="together", node=TogetherConf, provider="nnrun")
    store.store(group="hydra/sweeper", name="grid", node=GridConf, provider="nnrun")
