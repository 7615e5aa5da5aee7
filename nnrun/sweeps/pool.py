"""The worker processes of a sweep: their start, their orders and events, their end."""

import json
import os
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from math import inf
from pathlib import Path
from queue import Empty, SimpleQueue
from time import monotonic
from typing import Any

from nnrun.engine.cores import cores
from nnrun.sweeps.processes import Process, begun, begun_with_forks, can_fork

FAREWELL = 3.5  # seconds that workers may take to end
LOADING = 60  # seconds more that a worker may take to load torch
WORKER = [sys.executable, "-P", "-m", "nnrun.sweeps"]


@dataclass(eq=False)
class WorkerProcess:
    """One worker: its process, and the order it is busy with."""

    process: Process
    events: SimpleQueue  # of whoever gives the orders
    listener: threading.Thread = field(init=False)  # reads its events
    order: dict | None = None
    sweep: Path | None = None  # that it works on
    ready: bool = False  # has loaded torch, and reads orders
    last_event: float = field(default_factory=monotonic)

    def listen(self) -> None:
        """Pass on each event, and that it has exited."""
        with self.process.events as events:
            for line in events:
                with suppress(ValueError):  # the last line of a worker that was killed
                    self.events.put((self, json.loads(line)))
        self.events.put((self, {"exited": True}))

    def last_line(self) -> str:
        """Read the end of what it wrote to its standard error."""
        self.process.errors.seek(0)
        lines = self.process.errors.read().decode(errors="replace").strip().splitlines()
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
        missing = count - len(self.workers)
        if missing > 1 and can_fork():
            for process in begun_with_forks(WORKER, missing):
                self.take_on(process)
        else:
            for _ in range(missing):
                self.start_one()
        for worker in self.workers[count:]:
            self.stop_one(worker)

    def start_one(self) -> WorkerProcess:
        return self.take_on(begun(WORKER))

    def take_on(self, process: Process) -> WorkerProcess:
        """Hear what a process tells from now on."""
        worker = WorkerProcess(process, self.events)
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
        with suppress(OSError):
            worker.process.orders.write(json.dumps(line) + "\n")
            worker.process.orders.flush()

    def next_event(self) -> tuple[WorkerProcess, dict]:
        """Wait for an event of any worker; killing one that is silent for too long gives one."""
        while True:
            self.kill_silent()
            with suppress(Empty):
                worker, event = self.events.get(timeout=0.2 if self.timeout else 60)
                worker.last_event = monotonic()
                if "ready" in event:
                    worker.ready = True
                    worker.process.known_as(event["ready"])
                if worker in self.workers:
                    return worker, event

    def kill_silent(self) -> None:
        """Kill the workers that have been silent for too long."""
        for worker in self.workers:
            if worker.silent(self.timeout or inf) and worker.listener.is_alive():
                line = f"\nno sign of life for {self.timeout:g} s, sweep.timeout\n"
                worker.process.errors.write(line.encode())
                worker.process.kill()

    def replace(self, worker: WorkerProcess) -> WorkerProcess:
        """Start a worker in the place of one that has exited."""
        self.stop_one(worker)
        return self.start_one()

    def stop_one(self, worker: WorkerProcess) -> None:
        self.workers.remove(worker)
        worker.process.kill()
        worker.process.hang_up()
        if worker.process.is_there:  # one that is not made yet is not waited for
            worker.listener.join()
        worker.process.close()

    def stop(self) -> None:
        """Let workers write down where members stand, and kill those that take too long."""
        for worker in self.workers:
            worker.process.hang_up()
        until = monotonic() + FAREWELL
        for worker in self.workers[::-1]:  # who has made forks waits for them
            if worker.ready:
                worker.listener.join(max(0.0, until - monotonic()))
            self.stop_one(worker)
