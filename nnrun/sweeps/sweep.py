"""A sweep under way."""

from dataclasses import dataclass, field

from nnrun import tasks
from nnrun.config.experiment import Experiment
from nnrun.report.screen import Screen
from nnrun.runs.commands import typed
from nnrun.runs.ledger import Ledger
from nnrun.sweeps.pool import WorkerPool
from nnrun.sweeps.settings import SweepSettings
from nnrun.tasks.interface import Score


@dataclass(frozen=True)
class Sweep:
    """What is trained, in what way, by whom, and where it is told."""

    ledger: Ledger
    experiments: list[Experiment]
    settings: SweepSettings
    pool: WorkerPool
    screen: Screen
    summaries: dict[int, dict] = field(default_factory=dict)  # of members that were done meanwhile

    @property
    def races(self) -> bool:
        """Whether members race for a goal."""
        return all(tasks.of(experiment.data.task).race for experiment in self.experiments)

    @property
    def scores(self) -> list[Score]:
        """What ranks each member."""
        return [experiment.score for experiment in self.experiments]

    @property
    def resuming(self) -> str:
        """The command that goes on with it."""
        return f"nnrun resume {typed(self.ledger.path)}"
