"""nnrun compare: which of several is better, and whether that is luck."""

import os
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from nnrun.bundle import scores
from nnrun.cli.arguments import Parser
from nnrun.cli.programs import print_json
from nnrun.cli.reproduce import done_members
from nnrun.cli.resume import refuse_no_run
from nnrun.cli.run_and_table import print_notes
from nnrun.cli.verbs import Verb
from nnrun.errors import Mistake, Problem, did_you_mean, listing, nearest
from nnrun.report.screen import Screen, waiting_aside
from nnrun.runs.entries import numbers_in
from nnrun.runs.filters import is_condition, joined, read_filter
from nnrun.runs.finding import ROOT, WORDS, find_training
from nnrun.runs.ledger import ABOUT
from nnrun.runs.opening import open_ledger
from nnrun.runs.summary import PARTS

if TYPE_CHECKING:
    from nnrun.report.cells import Cell

MOST_ROWS = 5  # of disagreement
MOST_CELLS = 30  # on the screen
DIRECTIONS = {
    one.name: one.better
    for one in chain(
        *(scores.NUMBERS, scores.DEVIATIONS, scores.QUANTILE, scores.DECIDED),
        *(scores.PROBABLE, scores.ORDERED, scores.POINT),
    )
}


def run(argv: list[str]) -> None:
    """Read the arguments and compare."""
    typed = parser().parse_intermixed_args(argv)
    with waiting_aside("reading"):
        compared = Compared(runs_meant(typed.words), typed.metric)
    if typed.json:
        print_json(compared.as_data())
    else:
        compared.show(Screen())


def parser() -> Parser:
    """Say which arguments there are."""
    description = (
        "Compare runs, members of sweeps, or what conditions choose, with the best of them. Runs"
        " that differ by their seeds alone count as one. It is said how sure a difference is,"
        " over what, and how many more seeds would tell."
    )
    arguments = Parser("nnrun compare", description=description)
    words = "folders, last or best; or conditions, as of nnrun runs"
    arguments.add_argument("words", metavar="RUN|SWEEP|CONDITION", nargs="+", help=words)
    metric = "what to compare by, such as rmse; the score if none is named"
    arguments.add_argument("--metric", metavar="NAME", help=metric)
    arguments.add_argument("--json", action="store_true", help="the comparison as JSON")
    return arguments


# What is compared


def runs_meant(words: list[str]) -> list[Path]:
    """Find the folders of all runs that are meant."""
    conditions = [word for word in words if is_condition(word) and not os.path.isdir(word)]
    found = chosen_by(joined(conditions)) if conditions else []
    for word in words:
        if word not in conditions:
            folder, note = find_training(word)
            print_notes([note] if note else [])
            if not (folder / ABOUT).is_file():
                refuse_no_run(folder)
            found += members_of(folder)
    return found


def chosen_by(conditions: str) -> list[Path]:
    """Find the runs below outputs for which conditions hold, those of sweeps, too."""
    from nnrun.runs.index import listing as runs_below

    entries = runs_below(Path(ROOT), members=True).entries
    holds = read_filter(conditions, entries)
    found = [one.folder for one in entries if holds(one) and one.known.status == "done"]
    if not found:
        wrong = f"no finished run below {ROOT} is so"
        raise Mistake(Problem(conditions, None, wrong, "nnrun runs lists what there is"))
    return found


def members_of(folder: Path) -> list[Path]:
    """List the members of a sweep that are done, or the run itself."""
    if not (folder / ABOUT).is_file():
        return [folder]
    ledger = open_ledger(folder)
    members, done = len(ledger.names), done_members(ledger)
    if len(done) < members:
        print_notes([f"{folder}: {members - len(done)} of {members} are not done"])
    return done


class Compared:
    """Runs that are compared, and what that came to."""

    def __init__(self, folders: list[Path], name: str | None):
        from nnrun.report.cells import cells_of, read_judged, refuse_unlike
        from nnrun.report.contrasts import contrasts, ranked

        judged = [read_judged(folder) for folder in folders]
        cells = cells_of(judged)
        refuse_single(cells, len(judged))
        self.metric = metric_of(judged[0], name)
        refuse_unlike(cells, self.metric)
        self.cells = ranked(cells, self.metric)
        self.found = contrasts(self.cells, self.metric)

    def show(self, screen: Screen) -> None:
        """Print the tables, and what they mean."""
        from nnrun.report import contrast_tables as tables

        cells, found = self.cells[:MOST_CELLS], self.found[: MOST_CELLS - 1]
        screen.table(*tables.main_table(cells, found, self.metric))
        if len(self.cells) > len(cells):
            screen.say(f"and {len(self.cells) - len(cells):,} more, which --json tells")
        screen.pairs(tables.explanations(cells, found))
        screen.say("")
        screen.table(*tables.metric_table(cells, self.metric))
        if rows := self.rows_apart(0):
            targets = self.cells[0].members[0].predictions.names
            screen.say("")
            screen.say("The rows in which A and B differ most:")
            screen.table(*tables.row_table(rows, targets, tables.label(1)))

    def rows_apart(self, place: int) -> list:
        from nnrun.report.contrasts import disagreements

        return disagreements(self.found[place], MOST_ROWS)

    def as_data(self) -> dict:
        """Give the comparison as programs read it; the first is the best."""
        from nnrun.report import contrast_tables as tables

        keys = tables.differing(self.cells)
        told = [tables.cell_json(cell, keys, self.metric) for cell in self.cells]
        told[0]["verdict"] = "best"
        for place, one in enumerate(self.found):
            told[place + 1] |= tables.contrast_json(one, self.rows_apart(place))
        better = "higher" if self.metric.better > 0 else "lower"
        return {"metric": str(self.metric), "better": better, "compared": told}


def refuse_single(cells: list["Cell"], given: int) -> None:
    """Stop where all runs are one cell; copies of a run are no more than this one."""
    if len(cells) > 1:
        return
    runs = len(cells[0].members)
    wrong = f"this is about {runs} runs that differ by their seeds alone"
    if runs == 1:
        wrong = "this is one run"
        if given > 1:
            wrong = f"these {given} are one run, as their settings and their seeds are the same"
    advice = "give one or more with other settings, too"
    raise Mistake(Problem("nnrun compare", None, wrong, advice))


def metric_of(first, name: str | None):
    """Find what runs are compared by: the score, or a metric that is named."""
    from nnrun.report.cells import Metric

    score = first.summary.get("score") or {}
    directions = {score.get("name", "r2"): -1 if score.get("better") == "lower" else 1}
    part, known = first.part, dict(numbers_in(first.summary.get(first.part) or {}))
    wanted = score.get("name", "r2")
    if name:
        head, _, rest = name.partition(".")
        part, wanted = (head, rest) if head in PARTS else (part, name)
    if part != first.part:
        wrong = f"is not of the {first.part} rows, by which {first.folder} is judged"
        raise Mistake(Problem("--metric", name, wrong, f"write {first.part}.{wanted}"))
    if wanted not in known:
        advice = did_you_mean(nearest(wanted, known)) or f"there are {listing(known)}"
        raise Mistake(Problem("--metric", wanted, f"{first.folder} has no such number", advice))
    return Metric(part, wanted, directions.get(wanted) or direction_of(wanted))


def direction_of(name: str) -> int:
    """Tell whether more of a metric is better; errors are better where they are less."""
    last = name.rpartition(".")[2]
    if last in DIRECTIONS:
        return DIRECTIONS[last]
    if "error" in name:
        return -1
    wrong = "of this number neither more nor less is better"
    raise Mistake(Problem("--metric", name, wrong, f"known: {listing(DIRECTIONS, 30)}"))


VERB = Verb(
    "nnrun compare RUN|SWEEP|CONDITION ...",
    "which is better, and whether that is luck",
    run,
    lambda: [*WORDS],
)
