"""What a person sees while a run goes on, and the same lines in its log."""

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext, redirect_stdout
from io import StringIO
from threading import Timer
from typing import TYPE_CHECKING, Any

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.table import Column, Table
from rich.text import Text
from rich.theme import Theme

from nnrun.characters import encodable, paintable, quoted, visible, visible_lines
from nnrun.report.layout import GAP, as_many_as_fit, command_lines, folded, lines_within, pieces
from nnrun.report.numbers import number, setting

if TYPE_CHECKING:
    from rich.live import Live
    from rich.progress import Progress

    from nnrun.runs.epochs import EpochRecord

HEADING = 10  # columns that a line's heading takes
BAR = 20  # columns of a bar
BESIDE_BAR = BAR + 12  # with the time that is left, and what lies between
UNBOUNDED = 10_000  # columns of the log, and of output that no terminal shows
PATIENCE = 1.0  # seconds after which a line says for what one waits, where there is no terminal

# Readable on light ground and on dark.
THEME = Theme(
    {
        "bar.complete": "green",
        "bar.finished": "green",
        "bar.pulse": "green",
        "bar.back": "bright_black",
        "progress.remaining": "none",
        "status.spinner": "green",
    }
)


class PatientConsole(Console):
    """A console that takes texts as they are: what stands in them is neither markup nor obeyed.

    Its reader may leave, as `head` does; the training goes on.
    """

    def __init__(self, stream: Any, **look: Any):
        look |= {"highlight": False, "markup": False, "emoji": False, "theme": THEME}
        super().__init__(file=paintable(stream), **look)

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterator[Segment]:
        for segment in super().render(renderable, options):
            shown = Segment(visible_lines(segment.text), segment.style)
            yield segment if segment.control else shown  # rich's own controls move the cursor

    def on_broken_pipe(self) -> None:
        self.quiet = True
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


class Screen:
    """A terminal with colours and a bar; plain lines where there is no terminal or `CI` is set."""

    def __init__(self, log: Callable[[str], None] = lambda line: None, quiet: bool = False):
        self.plain = quiet or not sys.stdout.isatty() or bool(os.environ.get("CI"))
        self.console = PatientConsole(
            sys.stdout,
            width=UNBOUNDED if self.plain else None,
            no_color=self.plain,
            force_terminal=not self.plain,
            quiet=quiet,  # the log alone is written
        )
        self.log = log

    def shown(self, text: str) -> str:
        """Write a text as it will stand on the screen, so that one knows how much room it takes."""
        return encodable(visible(text), self.console.encoding)

    def say(self, text: str, style: str = "", indent: int = 0) -> None:
        """Write a line on the screen and in the log; what has no room goes on below, indented."""
        for line in lines_within(self.shown(text), self.console.width, indent):
            self.console.print(Text(line, style), soft_wrap=True)
        self.log(visible(text))

    def command(self, words: list[str], indent: int) -> None:
        """Write a command such that it can be pasted, though it may take several lines."""
        for line in command_lines(words, indent, self.console.width):
            self.console.print(Text(line, "dim"), soft_wrap=True)
        self.log(f"{'':{indent}}{' '.join(map(quoted, words))}")

    def pair(self, name: str, text: str) -> None:
        """Write a line with a heading of its own."""
        whole = f"{name:<{HEADING}}{text}"
        first, *others = lines_within(self.shown(whole), self.console.width, HEADING)
        self.console.print(
            Text.assemble((first[:HEADING], "bold"), first[HEADING:]), soft_wrap=True
        )
        for line in others:
            self.console.print(Text(line), soft_wrap=True)
        self.log(visible(whole))

    def pairs(self, lines: Iterable[tuple[str, str]]) -> None:
        """Write several such lines."""
        for name, text in lines:
            self.pair(name, text)

    def table(self, headings: list[str], rows: list[list[str]], naming: int = 1) -> None:
        """Write a table whose first column is words and whose others are numbers.

        So many columns name the rows; where there is no room for all, each piece begins with them.
        """
        cells = [[self.shown(cell) for cell in row] for row in (headings, *rows)]
        self.console.print(*tables(cells[0], cells[1:], self.console.width, naming))
        cells = [[visible(cell) for cell in row] for row in (headings, *rows)]
        text = StringIO()
        whole = PatientConsole(text, width=UNBOUNDED, no_color=True)
        whole.print(*tables(cells[0], cells[1:], UNBOUNDED))
        lines = text.getvalue().rstrip().split("\n")
        self.log("\n".join(line.rstrip() for line in lines))

    def epochs(self, total: int, steps: int, score: str) -> "EpochLines":
        return EpochLines(self, total, steps, score)

    @contextmanager
    def waiting(self, word: str) -> Iterator[None]:
        """Say for what one waits: on a terminal until it is over, elsewhere if it takes a while."""
        if not self.plain:
            with spinner(self.console, word):
                yield
            return
        line = Timer(PATIENCE, self.console.print, [self.shown(f"{word} …")])
        line.daemon = True
        line.start()
        try:
            yield
        finally:
            line.cancel()


@contextmanager
def waiting_aside(word: str) -> Iterator[None]:
    """Say for what one waits where output may be piped: on standard error, if it is a terminal.

    What a network of one's own prints meanwhile goes there, too, and into nobody's table.
    """
    shown = sys.stderr.isatty() and not os.environ.get("CI")
    aside = PatientConsole(sys.stderr)
    turning = spinner(aside, word, takes_stdout=False) if shown else nullcontext()
    with turning, redirect_stdout(sys.stderr):
        yield


def spinner(console: Console, word: str, takes_stdout: bool = True) -> "Live":
    """Make a line that turns at its beginning, and is gone when what it says is over."""
    from rich.live import Live
    from rich.spinner import Spinner

    turning = Spinner("dots", Text(visible(f"{word} …")), style="status.spinner")
    live = Live(
        turning,
        console=console,
        transient=True,
        refresh_per_second=4,
        redirect_stdout=takes_stdout,
    )
    live.start(refresh=True)  # at once, not at the next tick
    return live


def tables(headings: list[str], rows: list[list[str]], width: int, naming: int = 1) -> list[Table]:
    """Lay a table out within a width, in pieces below each other where it is too wide."""
    headings = folded(headings, rows, width)
    made = []
    for columns in pieces(headings, rows, width, naming):
        table = Table(box=None, pad_edge=False, padding=(0, GAP, 0, 0))
        for i in columns:
            side: Any = "right" if i else "left"
            table.add_column(headings[i], justify=side, no_wrap=True, vertical="bottom")
        for row in rows:
            table.add_row(*(row[i] for i in columns))
        made.append(table)
    return made


def bar(console: Console, *texts: str, **settings: Any) -> "Progress":
    """Make a bar of fixed width, its texts beside it, and the time that is left."""
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    first, *others = (
        TextColumn(text, table_column=Column(no_wrap=True), markup=False) for text in texts
    )
    middle = BarColumn(bar_width=BAR, table_column=Column(min_width=BAR, no_wrap=True))
    return Progress(first, middle, *others, TimeRemainingColumn(), console=console, **settings)


class EpochLines:
    """A line now and then, on a terminal above a bar; the log gets these lines too."""

    def __init__(self, screen: Screen, total: int, steps: int, score: str):
        self.screen, self.total, self.steps, self.score = screen, total, steps, score
        self.untold: list[str] = []
        self.bar = bar(
            screen.console,
            "{task.description}",
            "{task.fields[numbers]}",
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

    def show(self, epoch: "EpochRecord", seconds: float) -> None:
        """Show an epoch of a run alone, whose steps took so many seconds."""
        parts = self.numbers(epoch, seconds)
        heading = f"epoch {epoch.number:>{len(str(self.total))}}/{self.total}"
        room = self.screen.console.width - len(heading) - BESIDE_BAR
        numbers = as_many_as_fit(parts, room)
        self.bar.update(self.task, description=heading, numbers=numbers, completed=epoch.number)
        self.untold = [heading, *parts]
        if epoch.number == 1 or epoch.number % max(1, self.total // 10) == 0:
            self.tell()

    def numbers(self, epoch: "EpochRecord", seconds: float) -> list[str]:
        """Write what it showed, what matters most first."""
        watched = [f"val {number(epoch.val_loss)}", f"{self.score} {number(epoch.score)}"]
        shown = [f"train {number(epoch.train_loss)}", *(watched if epoch.validated else [])]
        pace = number(round(seconds / self.steps * 1e6))
        return [*shown, f"lr {setting(epoch.lr)}", f"{pace} µs/step"]

    def tell(self) -> None:
        """Tell the newest epoch's line, unless it has been told; the log has all of it."""
        if self.untold:
            parts = [self.screen.shown(part) for part in self.untold]
            line = as_many_as_fit(parts, self.screen.console.width)
            self.screen.console.print(Text(line), soft_wrap=True)
            self.screen.log("  ".join(self.untold))
            self.untold = []
