"""The worker processes of a sweep: their start, their orders and events, their end."""

import json
import os
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from math import inf
from pathlib import Path
from queue import Empty, SimpleQueue
from tempfile import TemporaryFile
from time import monotonic
from typing import IO, Any

from nnrun.engine.cores import cores

FAREWELL = 3.5  # seconds that workers may take to end
LOADING = 60  # seconds more that a worker may take to load torch
WORKER = [sys.executable, "-P", "-m", "nnrun.sweeps"]


@dataclass(eq=False)
class WorkerProcess:
    """One worker: its process, and the order it is busy with."""

    process: subprocess.Popen
    errors: IO[bytes]
    events: SimpleQueue  # of whoever gives the orders
    listener: threading.Thread = field(init=False)  # reads its events
    order: dict | None = None
    sweep: Path | None = None  # that it works on
    ready: bool = False  # has loaded torch, and reads orders
    last_event: float = field(default_factory=monotonic)

    def listen(self) -> None:
        """Pass on each event, and that it has exited."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            with suppress(ValueError):  # the last line of a worker that was killed
                self.events.put((self, json.loads(line)))
        self.events.put((self, {"exited": True}))

    def last_line(self) -> str:
        """Read the end of what it wrote to its standard error."""
        self.errors.seek(0)
        lines = self.errors.read().decode(errors="replace").strip().splitlines()
        return lines[-1] if lines else ""

    def silent(self, timeout: float) -> bool:
        """Tell whether it has been busy for too long without an event."""
        most = timeout if self.ready else timeout + LOADING
        return bool(self.order) and monotonic() - self.last_event > most


class WorkerPool:
    """Workers, and one queue in which their events arrive."""

    def __init__(self, count: int):
        # seconds without an event after which a busy worker is killed
        self.timeout: float | None = None
        self.events: SimpleQueue = SimpleQueue()
        self.workers: list[WorkerProcess] = []
        self.resize(count)

    def resize(self, count: int) -> None:
        """Start or stop workers until there are so many."""
        while len(self.workers) < count:
            self.start_one()
        for worker in self.workers[count:]:
            self.stop_one(worker)

    def start_one(self) -> WorkerProcess:
        errors = TemporaryFile()  # noqa: SIM115, closed when the worker is stopped
        process = subprocess.Popen(
            WORKER,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            start_new_session=True,
        )
        worker = WorkerProcess(process, errors, self.events)
        worker.listener = threading.Thread(target=worker.listen, daemon=True)
        worker.listener.start()
        self.workers.append(worker)
        return worker

    def open_sweep(self, worker: WorkerProcess, path: Path) -> None:
        """Tell a worker which sweep it works on, from where, and how many threads it may take."""
        if worker.sweep == path:
            return
        worker.sweep, threads = path, max(1, cores() // len(self.workers))
        self.send(worker, {"sweep": str(path), "cwd": os.getcwd(), "threads": threads})

    def assign(self, worker: WorkerProcess, **order: Any) -> None:
        """Give an order; should the worker have exited, an event will tell."""
        worker.order, worker.last_event = order, monotonic()
        self.send(worker, order)

    def send(self, worker: WorkerProcess, line: dict) -> None:
        assert worker.process.stdin is not None
        with suppress(OSError):
            worker.process.stdin.write(json.dumps(line) + "\n")
            worker.process.stdin.flush()

    def next_event(self) -> tuple[WorkerProcess, dict]:
        """Wait for an event of any worker; killing one that is silent for too long gives one."""
        while True:
            self.kill_silent()
            with suppress(Empty):
                worker, event = self.events.get(timeout=0.2 if self.timeout else 60)
                worker.last_event, worker.ready = monotonic(), worker.ready or "ready" in event
                if worker in self.workers:
                    return worker, event

    def kill_silent(self) -> None:
        """Kill the workers that have been silent for too long."""
        for worker in self.workers:
            if worker.silent(self.timeout or inf) and worker.process.poll() is None:
                line = f"\nno sign of life for {self.timeout:g} s, sweep.timeout\n"
                worker.errors.write(line.encode())
                worker.process.kill()

    def replace(self, worker: WorkerProcess) -> WorkerProcess:
        """Start a worker in the place of one that has exited."""
        self.stop_one(worker)
        return self.start_one()

    def stop_one(self, worker: WorkerProcess) -> None:
        worker.process.kill()
        worker.listener.join()
        self.workers.remove(worker)
        self.hang_up(worker)
        with worker.process, worker.errors:
            pass

    def hang_up(self, worker: WorkerProcess) -> None:
        """Give no more orders, at which a worker ends; who trains writes down where that stands."""
        with suppress(OSError):  # what it has not read any more
            worker.process.stdin.close()  # type: ignore[union-attr]

    def stop(self) -> None:
        """Let workers write down where members stand, and kill those that take too long."""
        for worker in self.workers:
            self.hang_up(worker)
        until = monotonic() + FAREWELL
        for worker in list(self.workers):
            if worker.ready and worker.order:
                with suppress(subprocess.TimeoutExpired):
                    worker.process.wait(max(0.0, until - monotonic()))
            self.stop_one(worker)
