"""The worker processes of a sweep: started, given orders, heard, and given up when they die or fall silent."""

import json
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from math import inf
from queue import Empty, SimpleQueue
from tempfile import TemporaryFile
from time import monotonic
from typing import IO, Any

LOADING = 60  # seconds more that a worker may take to load torch
WORKER = [sys.executable, "-P", "-m", "nnrun.sweep.worker"]


@dataclass(eq=False)
class WorkerProcess:
    """One worker: its process, and the order it is busy with."""

    process: subprocess.Popen
    errors: IO[bytes]
    listener: threading.Thread = field(init=False)  # hears its events
    order: dict | None = None
    failed: list[str] = field(default_factory=list)  # why members of its shard failed
    ready: bool = False  # has loaded torch, and listens
    last_event: float = field(default_factory=monotonic)

    def last_line(self) -> str:
        """The end of what it wrote to its standard error."""
        self.errors.seek(0)
        lines = self.errors.read().decode(errors="replace").strip().splitlines()
        return lines[-1] if lines else ""


class WorkerPool:
    """Workers, and one queue in which their events arrive."""

    def __init__(self, count: int):
        self.timeout: float | None = (
            None  # seconds without a sign of life after which a busy worker is given up
        )
        self.events: SimpleQueue = SimpleQueue()
        self.workers: list[WorkerProcess] = []
        self.resize(count)

    def resize(self, count: int) -> None:
        """Hire or dismiss until there are so many."""
        while len(self.workers) < count:
            self.start_one()
        for worker in self.workers[count:]:
            self.stop_one(worker)

    def start_one(self) -> WorkerProcess:
        errors = TemporaryFile()  # noqa: SIM115, closed when the worker is dismissed
        process = subprocess.Popen(
            WORKER,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            start_new_session=True,
        )
        worker = WorkerProcess(process, errors)
        worker.listener = threading.Thread(target=self.listen, args=(worker,), daemon=True)
        worker.listener.start()
        self.workers.append(worker)
        return worker

    def listen(self, worker: WorkerProcess) -> None:
        """Pass on each event of a worker, and that it is gone."""
        assert worker.process.stdout is not None
        for line in worker.process.stdout:
            with suppress(ValueError):  # the last line of a worker that was killed
                self.events.put((worker, json.loads(line)))
        self.events.put((worker, {"gone": True}))

    def assign(self, worker: WorkerProcess, **order: Any) -> None:
        """Give an order; should the worker be gone, that will be heard."""
        worker.order, worker.failed, worker.last_event = order, [], monotonic()
        self.send(worker, order)

    def send(self, worker: WorkerProcess, line: dict) -> None:
        assert worker.process.stdin is not None
        try:
            worker.process.stdin.write(json.dumps(line) + "\n")
            worker.process.stdin.flush()
        except OSError:
            return

    def next_event(self) -> tuple[WorkerProcess, dict]:
        """The next event of any worker; one that has been silent for too long is killed, which is an event too."""
        while True:
            self.kill_the_silent()
            with suppress(Empty):
                worker, event = self.events.get(timeout=0.2 if self.timeout else 60)
                worker.last_event, worker.ready = monotonic(), worker.ready or "ready" in event
                if worker in self.workers:
                    return worker, event

    def kill_the_silent(self) -> None:
        for worker in self.workers:
            most = (self.timeout or inf) + (0 if worker.ready else LOADING)
            silent = worker.order and monotonic() - worker.last_event > most
            if silent and worker.process.poll() is None:
                worker.errors.write(
                    f"\nno sign of life for {self.timeout:g} s, sweep.timeout\n".encode()
                )
                worker.process.kill()

    def replace(self, worker: WorkerProcess) -> WorkerProcess:
        """A new worker in the place of one that is gone."""
        self.stop_one(worker)
        return self.start_one()

    def stop_one(self, worker: WorkerProcess) -> None:
        worker.process.kill()
        worker.listener.join()
        self.workers.remove(worker)
        with suppress(OSError):  # what it has not read any more
            worker.process.stdin.close()  # type: ignore[union-attr]
        with worker.process, worker.errors:
            pass

    def stop(self) -> None:
        for worker in list(self.workers):
            self.stop_one(worker)
