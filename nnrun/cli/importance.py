"""nnrun importance: which columns matter to a trained run."""

from argparse import Namespace
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from nnrun.cli.arguments import Parser
from nnrun.cli.programs import print_json
from nnrun.cli.run_and_table import RUN, print_notes, run_meant
from nnrun.cli.verbs import Verb
from nnrun.errors import Mistake, Problem
from nnrun.garbage import loading
from nnrun.report.metric_tables import ROWS
from nnrun.report.numbers import amount, count, number
from nnrun.report.screen import Screen, waiting_aside
from nnrun.runs.finding import WORDS

if TYPE_CHECKING:
    from nnrun.training.importance import Importance

LEAST = 2  # shuffles that have a spread


def run(argv: list[str]) -> None:
    """Read the arguments, and shuffle columns."""
    description = (
        "Say which columns matter to a trained run: by how much its score is worse on the test"
        " rows where a column is shuffled among them, on average over several shuffles."
    )
    arguments = Parser("nnrun importance", description=description)
    arguments.add_argument("run", metavar="RUN", help=RUN)
    times = "how often each column is shuffled (10)"
    arguments.add_argument("--repeats", type=int, metavar="TIMES", default=10, help=times)
    picture = "the picture to write, a name that ends in .png"
    arguments.add_argument("-o", "--out", metavar="PNG", help=picture)
    arguments.add_argument("--json", action="store_true", help="the same, as JSON")
    typed = arguments.parse_intermixed_args(argv)
    refuse_unfit(typed)
    tell(typed)


def refuse_unfit(typed: Namespace) -> None:
    """Stop at what cannot be, before anything is computed."""
    if typed.repeats < LEAST:
        wrong, advice = "has no spread to tell how sure it is", f"give {LEAST} or more"
        raise Mistake(Problem("--repeats", str(typed.repeats), wrong, advice))
    if typed.out is None:
        return
    out = Path(typed.out)
    if out.suffix != ".png" or out.is_dir():
        raise Mistake(Problem(f"-o {typed.out!r}", None, "is no .png", "give a name that ends so"))
    if not out.absolute().parent.is_dir():
        wrong = f"there is no folder '{out.parent}'"
        raise Mistake(Problem(f"-o {typed.out!r}", None, wrong, "give another place"))


def tell(typed: Namespace) -> None:
    folder = run_meant(typed.run)
    with waiting_aside("shuffling columns"):
        with loading():
            from nnrun.training.importance import importance  # torch comes with it
        found = importance(folder, typed.repeats)
    if typed.out is not None:
        draw(found, typed.out, str(folder))
    if typed.json:
        print_json({"run": str(folder), "repeats": typed.repeats, **asdict(found)})
    else:
        show(found, typed.repeats)


def show(found: "Importance", repeats: int) -> None:
    screen = Screen()
    rows = [
        [one.name, amount(one.mean), f"{amount(one.low)} to {amount(one.high)}"]
        for one in found.columns
    ]
    screen.table(["column", f"{found.score} lost", "95 % over shuffles"], rows)
    times = count(repeats, "shuffle")
    told = f"{found.score} {number(found.reached)} on {found.rows:,} {ROWS[found.part]}"
    screen.pair("reached", f"{told}; of columns that tell alike, one stands in for the other")
    screen.pair("shuffled", f"{times} of each column among these rows")


def draw(found: "Importance", out: str, run: str) -> None:
    from nnrun.report.pictures.column_bars import column_bars  # matplotlib takes half a second
    from nnrun.runs.folder import write

    columns = found.columns
    numbers = [one.mean for one in columns], [one.high - one.mean for one in columns]
    title = f"Which columns matter to {run}"
    drawn = column_bars([one.name for one in columns], *numbers, found.score, title)
    try:
        write(Path(out), drawn)
    except OSError as error:
        wrong = error.strerror or str(error)
        raise Mistake(Problem(out, None, wrong, "give another place")) from error
    print_notes([f"the picture is {out}"])


VERB = Verb(
    "nnrun importance RUN [-o PNG]",
    "which columns matter to a trained run",
    run,
    lambda: [*WORDS],
)
