"""What a person sees while a run goes on, and the same lines in its log."""

import os
import sys
from collections.abc import Callable, Iterable
from io import StringIO
from math import isnan
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from nnrun.report.numbers import number, setting

if TYPE_CHECKING:
    from nnrun.engine.fit import Epoch

WIDTH = 100  # columns of the log, and of a screen that has no width


class PatientConsole(Console):
    """A console whose reader may leave, as `head` does; the training goes on."""

    def on_broken_pipe(self) -> None:
        self.quiet = True
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


class Screen:
    """A terminal with colours and a bar; plain lines where there is no terminal or `CI` is set."""

    def __init__(self, log: Callable[[str], None] = lambda line: None, quiet: bool = False):
        self.plain = quiet or not sys.stdout.isatty() or bool(os.environ.get("CI"))
        self.console = PatientConsole(
            width=WIDTH if self.plain else None,
            highlight=False,
            no_color=self.plain,
            force_terminal=not self.plain,
            quiet=quiet,  # the log alone is written
        )
        self.log = log

    def say(self, text: str, style: str = "") -> None:
        """Write a line on the screen and in the log."""
        self.console.print(Text(text, style), soft_wrap=True)
        self.log(text)

    def pair(self, name: str, text: str) -> None:
        """Write a line with a heading of its own."""
        self.console.print(Text.assemble((f"{name:<10}", "bold cyan"), text), soft_wrap=True)
        self.log(f"{name:<10}{text}")

    def pairs(self, lines: Iterable[tuple[str, str]]) -> None:
        """Write several such lines."""
        for name, text in lines:
            self.pair(name, text)

    def table(self, title: str, headings: list[str], rows: list[list[str]]) -> None:
        """Write a table whose first column is words and whose others are numbers."""
        look: dict[str, Any] = {"box": None, "pad_edge": False, "padding": (0, 2, 0, 0)}
        table = Table(title=title, title_justify="left", title_style="bold", **look)
        for i, heading in enumerate(headings):
            table.add_column(heading, justify="right" if i else "left", style="" if i else "cyan")
        for row in rows:
            table.add_row(*row)
        self.console.print(table)
        text = StringIO()
        Console(file=text, width=WIDTH, no_color=True).print(table)
        self.log("\n".join(line.rstrip() for line in text.getvalue().rstrip().splitlines()))

    def epochs(self, total: int, steps: int, score: str) -> "EpochLines":
        return EpochLines(self, total, steps, score)


class EpochLines:
    """A progress bar, or without a terminal a line now and then; the log gets those lines too."""

    def __init__(self, screen: Screen, total: int, steps: int, score: str):
        self.screen, self.total, self.steps, self.score = screen, total, steps, score
        self.untold = ""
        columns = (
            TextColumn("{task.description}"),
            BarColumn(bar_width=20),
            TextColumn("{task.fields[numbers]}"),
        )
        self.bar = Progress(
            *columns,
            TimeRemainingColumn(),
            console=screen.console,
            disable=screen.plain,
            transient=True,
        )
        self.task = self.bar.add_task("epoch 0", total=total, numbers="")

    def __enter__(self) -> "EpochLines":
        self.bar.start()
        return self

    def __exit__(self, *_) -> None:
        self.bar.stop()
        self.tell()

    def show(self, epoch: "Epoch") -> None:
        """Show an epoch of a run alone."""
        number, numbers = epoch.number, self.numbers(epoch)
        heading = f"epoch {number}/{self.total}"
        self.bar.update(self.task, description=heading, numbers=numbers, completed=number)
        self.untold = f"epoch {number:>{len(str(self.total))}}/{self.total}  {numbers}"
        if number == 1 or number % max(1, self.total // 10) == 0:
            self.tell()

    def numbers(self, epoch: "Epoch") -> str:
        """Write what the one member showed."""
        (train,), (val,), (score,) = epoch.train_loss, epoch.val_loss, epoch.score
        watched = "" if isnan(val) else f"  val {number(val)}  {self.score} {number(score)}"
        losses = f"train {number(train)}{watched}"
        pace = epoch.training / self.steps * 1e6
        return f"{losses}  lr {setting(epoch.lr[0])}  {number(round(pace))} µs/step"

    def tell(self) -> None:
        """Tell the newest epoch's line, unless it has been told."""
        if self.untold:
            self.screen.log(self.untold)
            if self.screen.plain:
                self.screen.console.print(Text(self.untold), soft_wrap=True)
            self.untold = ""
