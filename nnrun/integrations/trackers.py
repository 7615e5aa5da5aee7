"""The trackers: what each is told, by its own library, which is loaded when it is asked for."""

import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from time import time
from typing import Any

from nnrun.integrations.told import PROJECT, ToldRun

Numbers = Mapping[str, float]
Epochs = Sequence[tuple[int, Numbers]]
LONGEST = 500  # letters of a setting that mlflow keeps
BATCH = 1000  # numbers that mlflow takes at once
TENSORBOARD_ENDINGS = {"done": 1, "failed": 2}  # its STATUS_SUCCESS and STATUS_FAILURE
ENDINGS = {"done": "FINISHED", "failed": "FAILED"}  # others were killed


class Tracker(ABC):
    """Whoever keeps numbers of runs."""

    @abstractmethod
    def begin(self, run: ToldRun) -> None: ...

    @abstractmethod
    def log(self, run: ToldRun, epochs: Epochs) -> None: ...

    @abstractmethod
    def end(self, run: ToldRun, status: str, metrics: Numbers, last: int) -> None: ...

    def close(self) -> None:  # noqa: B027  (most share nothing)
        """Let go of what several runs share."""


def opened(name: str) -> Tracker:
    """Load a tracker's library."""
    known: dict[str, Callable[[], Tracker]]
    known = {"tensorboard": TensorBoard, "mlflow": Mlflow, "trackio": Trackio}
    return known[name]()


class TensorBoard(Tracker):
    """Event files below <root>/tensorboard: a folder for each run, those of a sweep in one."""

    def __init__(self) -> None:
        from tensorboard.compat.proto.event_pb2 import Event
        from tensorboard.compat.proto.summary_pb2 import Summary, SummaryMetadata
        from tensorboard.plugins.hparams import plugin_data_pb2
        from tensorboard.summary.writer.event_file_writer import EventFileWriter

        self.event, self.summary, self.about = Event, Summary, SummaryMetadata
        self.of_settings, self.writer = plugin_data_pb2, EventFileWriter
        self.writers: dict[Path, Any] = {}

    def begin(self, run: ToldRun) -> None:
        self.writers[run.folder] = self.writer(str(run.root / "tensorboard" / run.place))
        start = self.of_settings.SessionStartInfo()
        for key, value in run.settings.items():
            put_setting(start.hparams[key], as_plain(value))
        told = self.of_settings.HParamsPluginData(session_start_info=start)
        self.add_settings(run, "session_start_info", told)

    def log(self, run: ToldRun, epochs: Epochs) -> None:
        for step, numbers in epochs:
            values = [
                self.summary.Value(tag=name, simple_value=value) for name, value in numbers.items()
            ]
            self.add(run, values, step)
        self.writers[run.folder].flush()

    def end(self, run: ToldRun, status: str, metrics: Numbers, last: int) -> None:
        self.log(run, [(last, metrics)])
        outcome = self.of_settings.SessionEndInfo(status=TENSORBOARD_ENDINGS.get(status, 0))
        told = self.of_settings.HParamsPluginData(session_end_info=outcome)
        self.add_settings(run, "session_end_info", told)
        self.writers.pop(run.folder).close()

    def add_settings(self, run: ToldRun, tag: str, told: Any) -> None:
        """Add what the tab HPARAMS shows."""
        content = told.SerializeToString()
        plugin = self.about.PluginData(plugin_name="hparams", content=content)
        about = self.about(plugin_data=plugin)
        self.add(run, [self.summary.Value(tag=f"_hparams_/{tag}", metadata=about)], 0)

    def add(self, run: ToldRun, values: Sequence[Any], step: int) -> None:
        event = self.event(wall_time=time(), step=step, summary=self.summary(value=values))
        self.writers[run.folder].add_event(event)


def put_setting(place: Any, value: str | float | bool) -> None:
    """Put a setting where its kind belongs."""
    if isinstance(value, bool):
        place.bool_value = value
    elif isinstance(value, str):
        place.string_value = value
    else:
        place.number_value = value


class Mlflow(Tracker):
    """Runs at $MLFLOW_TRACKING_URI, or below <root>/mlruns; a sweep's members have one parent."""

    def __init__(self) -> None:
        os.environ.setdefault("MLFLOW_ALLOW_FILE_STORE", "true")  # a folder, and no database
        os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")
        from mlflow.entities import Metric, Param
        from mlflow.tracking import MlflowClient

        self.metric, self.param, self.client_at = Metric, Param, MlflowClient
        self.client: Any = None
        self.ids: dict[Any, str] = {}  # of runs by their folders, of parents by their groups

    def begin(self, run: ToldRun) -> None:
        if self.client is None:
            place = os.environ.get("MLFLOW_TRACKING_URI") or (run.root / "mlruns").as_uri()
            self.client = self.client_at(place)
        found = self.client.get_experiment_by_name(run.project)
        home = found.experiment_id if found else self.client.create_experiment(run.project)
        tags = {"nnrun.folder": str(run.folder)}
        if run.group:
            tags |= {"mlflow.parentRunId": self.parent(run, home), "nnrun.sweep": run.group}
        made = self.client.create_run(home, tags=tags, run_name=run.name)
        self.ids[run.folder] = made.info.run_id
        params = [self.param(key, str(value)[:LONGEST]) for key, value in run.settings.items()]
        for first in range(0, len(params), 100):
            self.client.log_batch(self.ids[run.folder], params=params[first : first + 100])

    def parent(self, run: ToldRun, home: str) -> str:
        """Find the run that stands for a sweep, also where an earlier process made it."""
        if run.group not in self.ids:
            wanted = f"tags.`nnrun.group` = '{run.group}'"
            found = self.client.search_runs([home], wanted)
            tags = {"nnrun.group": run.group}
            one = found[0] if found else self.client.create_run(home, tags=tags, run_name=run.group)
            self.ids[run.group] = one.info.run_id
        return self.ids[run.group]

    def log(self, run: ToldRun, epochs: Epochs) -> None:
        now = int(time() * 1000)
        metrics = [
            self.metric(name, value, now, step)
            for step, numbers in epochs
            for name, value in numbers.items()
        ]
        for first in range(0, len(metrics), BATCH):
            self.client.log_batch(self.ids[run.folder], metrics=metrics[first : first + BATCH])

    def end(self, run: ToldRun, status: str, metrics: Numbers, last: int) -> None:
        self.log(run, [(last, metrics)])
        self.client.set_terminated(self.ids[run.folder], ENDINGS.get(status, "KILLED"))

    def close(self) -> None:
        for key, parent in self.ids.items():
            if isinstance(key, str):
                self.client.set_terminated(parent)


class Trackio(Tracker):
    """Runs of trackio's own files; a sweep's members are a group."""

    def __init__(self) -> None:
        import trackio

        self.library = trackio
        self.current: ToldRun | None = None

    def begin(self, run: ToldRun) -> None:
        """Go on with a run, the only one at a time."""
        if self.current == run:
            return
        self.close()
        settings = {key: as_plain(value) for key, value in run.settings.items()}
        self.library.init(
            f"{PROJECT}-{run.project}",
            name=f"{run.group}/{run.name}" if run.group else run.name,
            group=run.group or None,
            config=settings,
            resume="allow",
            embed=False,
            auto_log_gpu=False,
            auto_log_cpu=False,
        )
        self.current = run

    def log(self, run: ToldRun, epochs: Epochs) -> None:
        self.begin(run)
        for step, numbers in epochs:
            self.library.log(dict(numbers), step=step)

    def end(self, run: ToldRun, status: str, metrics: Numbers, last: int) -> None:
        self.log(run, [(last, metrics)])
        self.close()

    def close(self) -> None:
        if self.current:
            self.library.finish()
        self.current = None


def as_plain(value: Any) -> str | float | bool:
    """Give a setting as a tracker takes it: a number, a truth or a text."""
    return value if isinstance(value, bool | int | float | str) else str(value)
