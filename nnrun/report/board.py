"""What a person sees of a sweep: its plan, a line for each member, the best so far, the table."""

from rich.console import Group
from rich.live import Live
from rich.table import Column, Table
from rich.text import Text

from nnrun.errors import listing
from nnrun.report.compare import (
    RANKED,
    MemberRow,
    combinations,
    kinds_of_scores,
    ranking_part,
    score_heading,
    table,
)
from nnrun.report.numbers import count, number
from nnrun.report.screen import Screen, bar
from nnrun.report.ties import tie_line, tie_marks
from nnrun.runs.job import without_folder
from nnrun.runs.ledger import Ledger

UNVALIDATED = {  # what is said where members are ranked by other rows
    "test": "the test rows rank the members, so the best one's score there flatters it",
    "train": "the training rows rank the members, which says little of other rows",
}
LEADERS = 5  # of the live table
LINES = 20  # of the table at the end


class Board:
    """Lines as members are done, and on a terminal a table of the best that stays below them."""

    def __init__(self, screen: Screen, ledger: Ledger, finished: int):
        self.screen, self.ledger = screen, ledger
        self.total, self.finished = len(ledger.names), finished
        self.successes = finished
        self.failures = 0
        self.leaders: list[MemberRow] = []
        self.steps: dict[object, str] = {}
        self.parts: dict[object, float] = {}  # members' worth that each worker has done
        self.bar = bar(screen.console, "{task.description}", "{task.fields[left]}")
        self.task = self.bar.add_task("", total=self.total, completed=finished, left="")
        self.live = Live(console=screen.console, auto_refresh=False, transient=True)

    def __enter__(self) -> "Board":
        if not self.screen.plain:
            self.live.start()
            self.refresh()
        return self

    def __exit__(self, *_) -> None:
        if not self.screen.plain:
            self.live.stop()

    def done(self, row: MemberRow) -> None:
        self.finished += 1
        self.successes += 1
        self.leaders = sorted([*self.leaders, row], key=lambda row: row.rank)[:LEADERS]
        score = f"{score_heading([row])} {number(row.score)}"
        epochs = f"best epoch {row.summary['best_epoch']} of {row.summary['epochs']}"
        if row.part != RANKED[0]:
            epochs = f"after {count(row.summary['epochs'], 'epoch')}"
        told = f"{self.place()} {row.name}  {score}  {epochs}"
        self.screen.say(told, indent=self.indent)
        self.refresh()

    def failed(self, member: int, reason: str) -> None:
        self.finished += 1
        self.failures += 1
        job = self.ledger.jobs[member]
        told = f"{self.place()} {self.ledger.names[member]}  failed: {reason}"
        self.screen.say(told, "red", self.indent)
        self.screen.command(["nnrun", *job.flags, *without_folder(job.overrides)], self.indent)
        self.refresh()

    def split(self, members: list[int], reason: str) -> None:
        """Tell that a shard cannot go on together."""
        count = len(members)
        text = f"{count} members cannot go on together ({reason}); trying each half"
        self.screen.say(text, "magenta")

    def progress(self, worker: object, epoch: int, epochs: int, members: int) -> None:
        """Tell how far a worker is."""
        self.steps[worker] = f"{members} together, epoch {epoch}/{epochs}"
        self.parts[worker] = members * epoch / epochs
        self.refresh()

    def idle(self, worker: object) -> None:
        """Note that a worker is through with its members."""
        self.steps.pop(worker, None)
        self.parts.pop(worker, None)

    @property
    def indent(self) -> int:
        return len(self.place()) + 1

    def place(self) -> str:
        return f"{self.finished:>{len(str(self.total))}}/{self.total}"

    def refresh(self) -> None:
        if self.screen.plain:
            return
        grid = Table.grid(Column(no_wrap=True), Column(no_wrap=True), padding=(0, 2))
        for row in self.leaders:
            grid.add_row(Text(number(row.score), "bold"), self.screen.shown(row.name))
        told = "; ".join(self.steps.values()) or "workers begin"
        steps = Text(told, no_wrap=True, overflow="ellipsis")
        self.advance()
        self.live.update(Group(grid, steps, self.bar), refresh=True)

    def advance(self) -> None:
        """Move the bar to where the members are, those under way by their epochs."""
        far = min(self.total, self.finished + sum(self.parts.values()))
        left = f"{self.total - self.finished} left"
        lost = f", {self.failures} failed" if self.failures else ""
        self.bar.update(self.task, description=self.place(), completed=far, left=f"{left}{lost}")


def show_plan(screen: Screen, sizes: list[list[int]], workers: int, differences: list[str]) -> None:
    """Tell the plan: the sizes of each cohort's shards, and what sets it apart."""
    members, cohorts = sum(map(sum, sizes)), len(sizes)
    together = f"{count(members, 'member')} in {count(cohorts, 'cohort')}"
    screen.pair("sweep", f"{together}, {count(workers, 'worker')}")
    for i, (shards, difference) in enumerate(zip(sizes, differences, strict=True)):
        reason = f": {difference}" if difference else ""
        screen.pair("", f"cohort {i + 1}, {company(shards)}{reason}")


def company(shards: list[int]) -> str:
    """Tell how a cohort's members train: how many of them together."""
    if max(shards) > 1:
        return f"{' + '.join(map(str, shards))} together"
    return f"{len(shards)} one by one" if len(shards) > 1 else "1 alone"


def show_result(
    screen: Screen, rows: list[MemberRow], paths: list[str], leader: MemberRow | None
) -> None:
    """Tell the table of the varied settings with these metrics, and the best member."""
    marks = tie_marks(combinations(rows)) if leader else []
    settings = max(1, len(combinations(rows)[0].values))
    screen.table(*table(rows, paths, LINES, marks), settings)
    first, *_ = every = combinations(rows)
    if any(len(one.scores) > 1 for one in every):
        over = f"the standard deviation over {first.repeats}s, not the error of their mean"
        screen.pair("±", over)
    if leader:
        screen.pair("best", leader.name)
        if told := tie_line(rows):
            screen.pair("", told)
    if len(kinds := kinds_of_scores(rows)) > 1:
        told = "cannot be compared: each is ranked apart, and nobody is the best of all"
        screen.pair("scores", f"{listing(kinds)} {told}")
    elif any(row.over_folds for row in rows):
        screen.pair("", "ranked by rows out of fold, so the best one's score there flatters it")
    elif unvalidated := UNVALIDATED.get(ranking_part(rows)):
        screen.pair("", f"no rows validate: {unvalidated}")
