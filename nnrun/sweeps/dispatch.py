"""Who gets which shard, and what the workers' events mean."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from nnrun.errors import Problem, Problems, TrainingFailed
from nnrun.report.board import Board
from nnrun.report.compare import MemberRow
from nnrun.runs.ledger import DONE
from nnrun.sweeps.pool import WorkerProcess
from nnrun.sweeps.sweep import Sweep

ALIKE = 3  # members that fail in the same way before any other is done


@dataclass
class RunningShard:
    """Members that a worker trains together."""

    members: list[int] = field(default_factory=list)  # that have neither finished nor failed yet
    problems: Problems = field(default_factory=list)  # of others, which have failed


class Dispatch:
    """Shards on their way through the workers."""

    def __init__(self, sweep: Sweep, board: Board, shards: list[list[int]], finished: int):
        self.ledger, self.pool, self.scores = sweep.ledger, sweep.pool, sweep.scores
        self.summaries = sweep.summaries
        self.board = board
        self.waiting = deque(shards)
        self.running: dict[WorkerProcess, RunningShard] = {}
        self.successes = finished  # members
        self.problems: Problems = []  # of failed members whose whole shard is through
        self.failed_starts = 0  # workers that died before they were ready

    def run(self, meanwhile: Callable[[], object]) -> str:
        """Give shards to workers until none is left; what to say when that was given up.

        Something else is done while they load torch.
        """
        for worker in self.pool.workers:
            self.pool.open_sweep(worker, self.ledger.path)
            self.assign_next(worker)
        meanwhile()
        while self.running:
            self.handle(*self.pool.next_event())
            for worker in self.pool.workers:
                if worker not in self.running:
                    self.assign_next(worker)
        return self.verdict() if self.alike() else ""

    def assign_next(self, worker: WorkerProcess) -> None:
        """Give the next shard to a free worker; none while all that is through has failed alike."""
        if self.waiting and not self.alike():
            members = self.waiting.popleft()
            self.running[worker] = RunningShard(list(members))
            self.pool.assign(worker, train=members)

    def alike(self) -> bool:
        """Tell whether the first members all failed in one way, so that no setting is at fault."""
        kinds = {kind(problem) for problem in self.problems}
        return not self.successes and len(self.problems) >= ALIKE and len(kinds) == 1

    def verdict(self) -> str:
        failed, left = len(self.problems), sum(map(len, self.waiting))
        rest = f"; {left} more {'was' if left == 1 else 'were'} not begun" if left else ""
        return (
            f"the first {failed} members all failed alike ({self.problems[0]});"
            f" so the settings are at fault, not chance{rest}"
        )

    # Events

    def handle(self, worker: WorkerProcess, event: dict) -> None:
        """Do what follows from a worker's event."""
        shard = self.running.get(worker, RunningShard())
        if "done" in event:
            shard.members.remove(event["done"])
            self.done(event["done"])
        elif "failed" in event:
            shard.members.remove(event["failed"])
            shard.problems.append(Problem(**event["problem"]))
            self.fail(event["failed"], shard.problems[-1])
        elif "note" in event:
            self.board.screen.say(event["note"], "yellow")
        elif "epoch" in event:
            self.board.progress(worker, **event)
        elif "finished" in event:
            self.ledger.about["peak"] = max(self.ledger.about.get("peak", 0), event["peak"])
            self.problems += shard.problems
            self.free(worker)
        elif "error" in event:
            self.isolate(shard, Problem(**event["error"]))
            self.free(worker)
        elif "exited" in event:
            self.free(worker)
            self.replace(worker, shard)

    def free(self, worker: WorkerProcess) -> None:
        worker.order = None
        self.running.pop(worker, None)
        self.board.idle(worker)

    def done(self, member: int) -> None:
        self.ledger.note(member, DONE)
        name, summary = self.ledger.names[member], self.ledger.summary(member)
        self.summaries[member] = summary
        self.board.done(MemberRow(member, name, {}, "done", self.scores[member], summary))
        self.successes += 1

    def fail(self, member: int, problem: Problem) -> None:
        self.ledger.fail(member, problem)
        self.board.failed(member, str(problem))

    def isolate(self, shard: RunningShard, problem: Problem) -> None:
        """Try the members of a broken shard in two halves, until the one at fault is alone."""
        self.problems += shard.problems
        if len(shard.members) == 1:
            self.fail(shard.members[0], problem)
            self.problems.append(problem)
        elif shard.members:
            self.board.split(shard.members, str(problem))
            half = len(shard.members) // 2
            self.waiting.extendleft([shard.members[half:], shard.members[:half]])

    def replace(self, worker: WorkerProcess, shard: RunningShard) -> None:
        """Start a worker for one that has died; what that had not begun is begun again."""
        death = Problem(
            "", None, f"its worker died: {worker.last_line() or worker.process.ending()}"
        )
        if worker.ready:
            self.isolate(shard, death)
        else:
            self.count_failed_start(worker, death)
            self.waiting.extendleft([shard.members] if shard.members else [])
        if self.waiting:
            self.pool.open_sweep(self.pool.replace(worker), self.ledger.path)
        else:
            self.pool.stop_one(worker)

    def count_failed_start(self, worker: WorkerProcess, death: Problem) -> None:
        """Give up where no worker comes to life; a fork that was never made has not failed."""
        self.failed_starts += worker.process.is_there
        if self.failed_starts >= ALIKE:
            advice = "try hydra/launcher=basic to see more"
            raise TrainingFailed(f"workers cannot start ({death}); {advice}")


def kind(problem: Problem) -> str:
    """Tell what is wrong without its numbers, and without the tensor where it was first seen."""
    wrong, _, _ = problem.wrong.partition(", where ")
    return "".join(letter for letter in wrong if not letter.isdigit())
