"""What workers do once all members are trained: complete the best one's folder, and verify."""

from collections import deque
from random import Random

from nnrun.errors import Problem
from nnrun.report.compare import MemberRow
from nnrun.sweeps.pool import WorkerProcess
from nnrun.sweeps.sweep import Sweep

PAINTERS = 4  # workers at most that draw a member's pictures, which are hardly more
PICTURE = "curves.png"  # that every run has


class FollowUp:
    """Orders that workers carry out while the sweep's own pictures are drawn."""

    def __init__(self, sweep: Sweep, orders: list[dict]):
        self.sweep, self.orders = sweep, deque(orders)
        self.workers: list[WorkerProcess] = []

    def begin(self) -> None:
        """Give an order to each worker, and start one where there is none.

        Who has trained still has the data, and what was computed of it.
        """
        for _ in range(min(len(self.orders), max(1, len(self.sweep.pool.workers)))):
            worker = self.free_worker()
            self.sweep.pool.open_sweep(worker, self.sweep.ledger.path)
            self.assign_next(worker)
            self.workers.append(worker)

    def free_worker(self) -> WorkerProcess:
        pool = self.sweep.pool
        free = [worker for worker in pool.workers if not worker.order]
        return free[0] if free else pool.start_one()

    def assign_next(self, worker: WorkerProcess) -> None:
        worker.order = None
        if self.orders:
            self.sweep.pool.assign(worker, **self.orders.popleft())

    def finish(self) -> dict[int, str]:
        """Let workers carry out the rest; gives what they say of each member that they verified."""
        verified: dict[int, str] = {}
        while any(worker.order for worker in self.workers):
            worker, event = self.sweep.pool.next_event()
            if "verified" in event:
                verified[event["verified"]] = event["result"]
            elif "finished" in event:
                self.assign_next(worker)
            elif "error" in event:
                problem = Problem(**event["error"])
                self.sweep.screen.say(f"{worker.order} was not done: {problem}", "magenta")
                self.assign_next(worker)
            elif "exited" in event:
                worker.order = None
        return verified


def additions(sweep: Sweep, leader: MemberRow | None) -> list[dict]:
    """Order what every run gets alone, where the best member lacks it and lies in here."""
    if leader is None or leader.member in sweep.ledger.taken:
        return []
    member = leader.member
    output = sweep.ledger.jobs[member].config["output"]
    orders = []
    if output["baselines"] and not leader.summary["baselines"]:
        orders.append({"baselines": member})
    # its record tells of pictures once all are drawn
    if output["pictures"] and PICTURE not in sweep.ledger.record(member).get("files", {}):
        orders += drawing(member, len(sweep.pool.workers))
    return orders


def drawing(member: int, workers: int) -> list[dict]:
    """Order a member's pictures, a share of them from each of a few workers."""
    shares = min(max(1, workers), PAINTERS)
    return [{"draw": member, "first": first, "step": shares} for first in range(shares)]


def verified_members(sweep: Sweep, rows: list[MemberRow]) -> list[int]:
    """Draw the members that are trained once more, alone."""
    done = [row.member for row in rows if row.status == "done"]
    count = min(sweep.settings.verify, len(done))
    return Random(sweep.ledger.about["started"]).sample(done, count)
