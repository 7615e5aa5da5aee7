"""What a person sees of a sweep: the plan, a line for each member, the best so far, the table at the end."""

from rich.live import Live
from rich.table import Table
from rich.text import Text

from nnrun.report.metric_tables import number
from nnrun.report.screen import Screen
from nnrun.runs.ledger import Ledger
from nnrun.sweep.compare import Row, score_name, table
from nnrun.sweep.plan import Shard

LEADERS = 5  # of the live table
LINES = 20  # of the table at the end


class Board:
    """Lines as members come through, and on a terminal a table of the best that stays below them."""

    def __init__(self, screen: Screen, ledger: Ledger, finished: int):
        self.screen, self.ledger = screen, ledger
        self.total, self.through = len(ledger.names), finished
        self.successes = finished
        self.leaders: list[tuple[float, str]] = []
        self.steps: dict[object, str] = {}
        self.live = Live(console=screen.console, auto_refresh=False, transient=True)

    def __enter__(self) -> "Board":
        if not self.screen.plain:
            self.live.start()
        return self

    def __exit__(self, *_) -> None:
        if not self.screen.plain:
            self.live.stop()

    def done(self, row: Row) -> None:
        self.through += 1
        self.successes += 1
        self.leaders = sorted([*self.leaders, (row.score or 0.0, row.name)], reverse=True)[:LEADERS]
        epochs = f"best epoch {row.summary['best_epoch']} of {row.summary['epochs']}"
        self.screen.say(
            f"{self.place()} {row.name}  val {score_name([row])} {number(row.score)}  {epochs}"
        )
        self.refresh()

    def failed(self, member: int, reason: str) -> None:
        self.through += 1
        command = " ".join(self.ledger.jobs[member].overrides)
        self.screen.say(f"{self.place()} {self.ledger.names[member]}  failed: {reason}", "red")
        self.screen.say(f"{'':{len(self.place())}} nnrun {command}", "dim")
        self.refresh()

    def broken(self, members: list[int], reason: str) -> None:
        """A shard that could not go on together."""
        self.screen.say(
            f"{len(members)} members cannot go on together ({reason}); trying each half", "yellow"
        )

    def progress(self, worker: object, event: dict) -> None:
        """How far a worker is."""
        self.steps[worker] = (
            f"{event['members']} together, epoch {event['epoch']}/{event['epochs']}"
        )
        self.refresh()

    def place(self) -> str:
        return f"{self.through:>{len(str(self.total))}}/{self.total}"

    def refresh(self) -> None:
        if self.screen.plain:
            return
        grid = Table.grid(padding=(0, 2))
        for score, name in self.leaders:
            grid.add_row(Text(number(score), "bold"), name)
        grid.add_row(Text(self.place(), "cyan"), Text("; ".join(self.steps.values()), "cyan"))
        self.live.update(grid, refresh=True)


def plan_lines(screen: Screen, shards: list[Shard], workers: int, apart: list[str]) -> None:
    """The plan in a few lines: which cohorts, how they are cut, and why they are apart."""
    members = sum(len(shard.members) for shard in shards)
    screen.pair(
        "sweep",
        f"{count(members, 'member')} in {count(len(apart), 'cohort')}, {count(workers, 'worker')}",
    )
    for number_, difference in enumerate(apart):
        sizes = [len(shard.members) for shard in shards if shard.cohort == number_]
        who = f"{' + '.join(map(str, sizes))} together"
        if max(sizes) == 1:
            who = f"{len(sizes)} one by one" if len(sizes) > 1 else "1 alone"
        screen.pair("", f"cohort {number_ + 1}, {who}" + (f": {difference}" if difference else ""))


def conclude(screen: Screen, found: list[Row], leader: Row | None) -> None:
    """The table of the varied settings, and the best member."""
    heads, lines = table(found, LINES)
    screen.table("", heads, lines)
    if leader:
        screen.pair("best", leader.name)


def count(number_: int, noun: str) -> str:
    return f"{number_:,} {noun}{'' if number_ == 1 else 's'}"


def size(memory: int) -> str:
    return f"{memory / 2**20:,.0f} MB"
