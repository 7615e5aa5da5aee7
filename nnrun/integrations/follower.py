"""The process that follows a folder: every second, what is new goes to the trackers."""

import json
import os
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

from nnrun.errors import first_line
from nnrun.integrations.told import (
    RunPlace,
    ToldRun,
    epochs_of,
    metrics_of,
    numbers_of,
    runs_in,
    score_of,
    status_of,
    told_run,
)
from nnrun.integrations.trackers import Tracker, opened

EVERY = 1.0  # seconds
OVER = ("done", "failed", "interrupted")


class Follower:
    """Tells trackers of runs as these go on; one that fails is told of no more."""

    def __init__(self, folder: Path, names: list[str], known: dict[str, int]):
        self.folder = folder
        self.sent = {Path(run).resolve(): count for run, count in known.items()}
        self.runs: dict[Path, ToldRun] = {}
        self.ended: set[Path] = set()
        self.trackers: dict[str, Tracker] = {}
        for name in names:
            self.guarded(name, partial(self.open, name))

    def open(self, name: str) -> None:
        self.trackers[name] = opened(name)

    def guarded(self, name: str, step: Callable[[], object]) -> None:
        """Take a step of a tracker; whatever goes wrong there is one line, and its end."""
        try:
            step()
        except Exception as error:
            told = f"logger={name}: {type(error).__name__}: {first_line(error)}"
            print(f"{told}; nothing more is sent to it", file=CHANNEL, flush=True)
            self.trackers.pop(name, None)

    def every(self, step: Callable[[Tracker], object]) -> None:
        for name, tracker in list(self.trackers.items()):
            self.guarded(name, partial(step, tracker))

    def look(self) -> None:
        """Send what is new since the last look."""
        for place in runs_in(self.folder):
            if place.folder not in self.ended:
                self.follow(place)

    def follow(self, place: RunPlace) -> None:
        run = place.folder
        over = status_of(run) in OVER  # asked first, so that no epoch comes after it
        known = self.sent.get(run, 0)
        fresh = epochs_of(run)[known:]
        if fresh:
            about, score = self.about(place), score_of(run)
            told = [(epoch.number, numbers_of(epoch, score)) for epoch in fresh]
            self.every(lambda tracker: tracker.log(about, told))
            self.sent[run] = known + len(fresh)
        if over:
            self.end(run)

    def about(self, place: RunPlace) -> ToldRun:
        """Give what a run is; trackers hear of it when it is first asked for."""
        if place.folder not in self.runs:
            self.runs[place.folder] = told = told_run(place)
            self.every(lambda tracker: tracker.begin(told))
        return self.runs[place.folder]

    def end(self, run: Path) -> None:
        """Tell that a run is over, if anything of it was told."""
        self.ended.add(run)
        if run in self.runs:
            about, status = self.runs[run], status_of(run)
            metrics, last = metrics_of(run) if status == "done" else {}, self.sent.get(run, 0)
            self.every(lambda tracker: tracker.end(about, status, metrics, last))

    def finish(self) -> None:
        """Send the rest; what has not ended by now was killed."""
        self.look()
        for run in set(self.runs) - self.ended:
            self.end(run)
        self.every(lambda tracker: tracker.close())


def serve() -> None:
    """Follow the folder that the first line names, until there are no more lines."""
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # these are for the training, whose end ends us
    with suppress(OSError):
        os.nice(10)
    order = json.loads(sys.stdin.readline())
    over = threading.Event()
    threading.Thread(target=wait_for_end, args=(over,), daemon=True).start()
    follower = Follower(Path(order["folder"]), order["trackers"], order["known"])
    while not over.wait(EVERY):
        follower.look()
    follower.finish()


def wait_for_end(over: threading.Event) -> None:
    """Tell that whoever trains has closed our standard input, or is gone."""
    sys.stdin.read()
    over.set()


if __name__ == "__main__":
    CHANNEL = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what trackers print is for nobody
    serve()
    CHANNEL.flush()
    os._exit(0)  # threads of trackers may not end by themselves
