"""Who gets which shard, and what the workers' events mean."""

from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field

from nnrun.engine.cores import cores
from nnrun.errors import TrainingFailed
from nnrun.runs.ledger import Ledger
from nnrun.runs.record import begun, ended
from nnrun.sweep import compare
from nnrun.sweep.board import Board
from nnrun.sweep.pool import WorkerPool, WorkerProcess

ALIKE = 3  # members that fail in the same way before any other is through


@dataclass
class Dispatch:
    """Shards on their way through the workers."""

    ledger: Ledger
    pool: WorkerPool
    board: Board
    orders: deque[list[int]]  # shards that nobody has yet
    reasons: list[str] = field(
        default_factory=list
    )  # why members failed whose whole shard is through
    failed_starts: int = 0  # workers that died before they were ready

    def run(self) -> str:
        """Give shards to workers until none is left; what to say when that was given up."""
        for worker in self.pool.workers:
            open_sweep(self.ledger, self.pool, worker)
            self.give(worker)
        while any(worker.order for worker in self.pool.workers):
            self.handle(*self.pool.next_event())
            for worker in self.pool.workers:
                if not worker.order:
                    self.give(worker)
        return self.verdict() if self.alike() else ""

    def give(self, worker: WorkerProcess) -> None:
        """The next shard for a worker that has nothing to do; none as long as all that is through has failed alike."""
        worker.order = None
        if self.orders and not self.alike():
            self.pool.assign(worker, train=self.orders.popleft())

    def alike(self) -> bool:
        """Whether the first members have all failed in one way: the configuration is at fault then, not a setting."""
        kinds = {kind(reason) for reason in self.reasons}
        return not self.board.successes and len(self.reasons) >= ALIKE and len(kinds) == 1

    def verdict(self) -> str:
        left = sum(map(len, self.orders))
        return (
            f"the first {len(self.reasons)} members all failed alike ({self.reasons[0]}); the configuration is at"
            " fault, not the luck" + (f", so the other {left} were not begun" if left else "")
        )

    def handle(self, worker: WorkerProcess, event: dict) -> None:
        """What a worker's event means."""
        mine = worker.order["train"] if worker.order else []
        if "done" in event:
            mine.remove(event["done"])
            self.done(event["done"])
        elif "failed" in event:
            mine.remove(event["failed"])
            worker.failed.append(event["word"])
            self.fail(event["failed"], event["word"])
        elif "epoch" in event:
            self.board.progress(worker, event)
        elif "idle" in event:
            self.ledger.about["peak"] = max(self.ledger.about.get("peak", 0), event["peak"])
            self.reasons += worker.failed
            worker.order = None
        elif "broken" in event:
            self.isolate(mine, event["broken"], worker.failed)
            worker.order = None
        elif "gone" in event:
            self.replace(worker, mine)

    def replace(self, worker: WorkerProcess, members: list[int]) -> None:
        """A new worker for one that has died; what had not begun is begun again."""
        reason = f"its worker died: {worker.last_line() or 'killed'}"
        if not worker.ready:
            self.failed_starts += 1
            if self.failed_starts >= ALIKE:
                raise TrainingFailed(
                    f"workers cannot start ({reason}); try hydra/launcher=basic to see more"
                )
        if worker.ready:
            self.isolate(members, reason, worker.failed)
        elif members:
            self.orders.appendleft(members)
        if self.orders:
            open_sweep(self.ledger, self.pool, self.pool.replace(worker))
        else:
            self.pool.stop_one(worker)

    def done(self, member: int) -> None:
        self.ledger.note(member, "done")
        summary = self.ledger.summary(member)
        name, score = self.ledger.names[member], compare.score(summary)
        self.board.done(compare.Row(member, name, {}, "done", score, summary))

    def fail(self, member: int, reason: str) -> None:
        with suppress(OSError):  # the ledger and the screen tell it in any case
            if not self.ledger.failed(member):  # a worker that broke down has not written it
                folder, job = self.ledger.fresh(member), self.ledger.jobs[member]
                ended(folder, begun(folder, job.config, job.overrides), "failed", reason)
        self.ledger.note(member, "failed", reason)
        self.board.failed(member, reason)

    def isolate(self, members: list[int], reason: str, failed: list[str]) -> None:
        """Members whose shard broke down are tried in two halves, until the one that is at fault is alone."""
        self.reasons += failed
        if len(members) == 1:
            self.fail(members[0], reason)
            self.reasons.append(reason)
        elif members:
            self.board.broken(members, reason)
            half = len(members) // 2
            self.orders.extendleft([members[half:], members[:half]])


def kind(reason: str) -> str:
    """A failure without its numbers."""
    return "".join(letter for letter in reason.partition(";")[0] if not letter.isdigit())


def open_sweep(ledger: Ledger, pool: WorkerPool, worker: WorkerProcess) -> None:
    """Tell a worker which sweep it works on, and how many threads are its own."""
    pool.send(worker, {"sweep": str(ledger.path), "threads": max(1, cores() // len(pool.workers))})
