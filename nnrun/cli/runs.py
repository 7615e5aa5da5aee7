"""nnrun runs: what lies below a folder, the newest first."""

import os
from argparse import Namespace
from pathlib import Path
from typing import Any, NamedTuple

from nnrun.cli.arguments import Parser
from nnrun.cli.programs import print_json
from nnrun.cli.run_and_table import print_notes
from nnrun.cli.verbs import Verb
from nnrun.errors import Mistake, Problem
from nnrun.garbage import uncollected
from nnrun.report import run_list
from nnrun.report.screen import Screen, waiting_aside
from nnrun.runs.entries import Entry, in_training
from nnrun.runs.filters import FORM, Names, is_condition, joined, read_filter
from nnrun.runs.finding import ROOT, find_training
from nnrun.runs.index import listing
from nnrun.runs.ledger import ABOUT

MOST = 30  # lines that are shown unless all are asked for


def run(argv: list[str]) -> None:
    """Read the arguments and list."""
    typed = parser().parse_intermixed_args(argv)
    with uncollected():  # all that is made here stays until the list is there
        list_runs(typed)


def list_runs(typed: Namespace) -> None:
    """List what was asked for, as it was asked for."""
    folder, conditions = read_words(typed.words)
    with waiting_aside(f"reading {folder}"):
        is_sweep = (folder / ABOUT).is_file()
        found = listing(folder, typed.members or is_sweep)
        entries = [*(in_training(folder) if is_sweep else []), *found.entries]
        wanted = names_wanted(entries, typed)
        chosen = chosen_from(entries, conditions, wanted, typed.reverse)
    if typed.json:
        print_json(as_data(folder, chosen, found.damaged, wanted))
        return
    if typed.csv:
        columns = wanted.columns or run_list.usual_columns(chosen)
        print(run_list.as_csv(chosen, columns), end="")
    else:
        show(folder, chosen, conditions, wanted, len(chosen) if typed.all else MOST)
    tell_damaged(found.damaged)


class Wanted(NamedTuple):
    """Names of settings and metrics, as runs know them; empty where none was given."""

    sort: str
    group: str
    columns: list[str]


def names_wanted(entries: list[Entry], typed: Namespace) -> Wanted:
    """Find the names that are meant."""
    refuse_nothing(typed)
    columns = [name.strip() for name in typed.columns.split(",")] if typed.columns else []
    if typed.group and (typed.csv or columns):
        other = "--csv" if typed.csv else "--columns"
        raise Mistake(Problem("--group", typed.group, f"does not go with {other}", "keep one"))
    if not entries or not (typed.sort or typed.group or columns):
        return Wanted("", "", [])
    names = Names.of(entries)
    sort = names.whole(typed.sort, "--sort") if typed.sort else ""
    group = names.whole(typed.group, "--group") if typed.group else ""
    return Wanted(sort, group, [names.whole(name, "--columns") for name in columns])


def refuse_nothing(typed: Namespace) -> None:
    """Stop at a flag that names no setting and no metric."""
    for flag, given in vars(typed).items():
        if flag in ("sort", "group", "columns") and given is not None and not given.strip():
            raise Mistake(Problem(f"--{flag}", "", "names nothing", "write a setting or a metric"))


def parser() -> Parser:
    """Say which arguments there are."""
    description = (
        "List the runs and sweeps below a folder, the newest first; of a sweep's folder, its"
        " members. Conditions choose: model=mlp 'test.r2>0.98', or 'lr<1e-2 and not status=done'."
    )
    arguments = Parser("nnrun runs", description=description)
    words = f"a folder or a sweep, {ROOT} if none is given; and conditions, which have to hold all"
    arguments.add_argument("words", metavar="DIR|CONDITION", nargs="*", default=[], help=words)
    by = "by a setting, a metric, or score, which puts the best first"
    arguments.add_argument("--sort", metavar="KEY", help=by)
    arguments.add_argument("--reverse", action="store_true", help="the other way round")
    arguments.add_argument("--group", metavar="KEY", help="a row for each value of a setting")
    own = "other columns, such as name,lr,test.r2"
    arguments.add_argument("--columns", metavar="KEY,KEY", help=own)
    inner = "the members of sweeps, each as a run"
    arguments.add_argument("--members", action="store_true", help=inner)
    arguments.add_argument("--all", action="store_true", help=f"more than the first {MOST}")
    forms = arguments.add_mutually_exclusive_group()
    forms.add_argument("--json", action="store_true", help="all that is known, as JSON")
    forms.add_argument("--csv", action="store_true", help="a table for other programs")
    return arguments


def read_words(words: list[str]) -> tuple[Path, str]:
    """Part the folder from the conditions, which are joined by and."""
    places = [word for word in words if os.path.isdir(word) or not is_condition(word)]
    conditions = [word for word in words if word not in places]
    if len(places) > 1:
        raise Mistake(Problem(places[1], None, "is a second folder, and no condition", FORM))
    return folder_meant(places[0]) if places else Path(ROOT), joined(conditions)


def folder_meant(typed: str) -> Path:
    """Take a folder as it was typed, or that of a run or a sweep that is called so."""
    if os.path.isdir(typed):
        return Path(typed)
    folder, note = find_training(typed)
    print_notes([note] if note else [])
    return folder


def chosen_from(
    entries: list[Entry], conditions: str, wanted: Wanted, reverse: bool
) -> list[Entry]:
    """Take the runs for which the conditions hold, in the order that is asked for."""
    chosen = chosen_by_conditions(entries, conditions)
    if wanted.sort == "score":
        chosen = sorted(chosen, key=lambda one: one.rank)
    elif wanted.sort:
        chosen = sorted(chosen, key=run_list.order(wanted.sort))
    return chosen[::-1] if reverse else chosen


def chosen_by_conditions(entries: list[Entry], conditions: str) -> list[Entry]:
    """Take the runs for which the conditions hold; all where there are none."""
    if not conditions:
        return entries
    holds = read_filter(conditions, entries)
    return [one for one in entries if holds(one)]


def nothing_told(folder: Path, conditions: str) -> str:
    """Say that nothing is listed, and why."""
    if conditions:
        return f"no run below {folder} is so; nnrun runs {folder} lists what there is"
    if (folder / ABOUT).is_file():
        return f"no member of {folder} has begun"
    return f"no run lies below {folder}"


def show(folder: Path, chosen: list[Entry], conditions: str, wanted: Wanted, most: int) -> None:
    """Print the table, and say how much it leaves out."""
    screen = Screen()
    shown = chosen[:most]
    if not chosen:
        screen.say(nothing_told(folder, conditions))
    elif wanted.group:
        grouped = run_list.groups(chosen, wanted.group)
        screen.table(*run_list.group_table(grouped, wanted.group))
        return
    elif wanted.columns:
        screen.table(*run_list.own_table(shown, wanted.columns))
    else:
        screen.table(*run_list.table(shown, screen.console.width))
    if len(shown) < len(chosen):
        screen.say(f"and {len(chosen) - len(shown):,} more; --all shows them")


def tell_damaged(damaged: list[Entry]) -> None:
    """Name what cannot be read."""
    told = [f"{one.folder}: {one.known.wrong}" for one in damaged[:MOST]]
    more = [f"and {len(damaged) - MOST:,} more damaged"] if len(damaged) > MOST else []
    print_notes([*told, *more])


def as_data(folder: Path, chosen: list[Entry], damaged: list[Entry], wanted: Wanted) -> dict:
    """Give the list as programs read it."""
    told: dict[str, Any] = {"folder": str(folder)}
    if wanted.group:
        grouped = run_list.groups(chosen, wanted.group)
        told["groups"] = [
            {wanted.group: value, "runs": rows_of(runs, [])} for value, runs in grouped.items()
        ]
    else:
        told["runs"] = rows_of(chosen, wanted.columns)
    told["damaged"] = [{"folder": str(one.folder), "wrong": one.known.wrong} for one in damaged]
    return told


def rows_of(runs: list[Entry], columns: list[str]) -> list[dict]:
    """Give all that is known of runs, or what was asked for."""
    if not columns:
        return [run_list.as_json(one) for one in runs]
    return [{key: one.fact(key) for key in columns} for one in runs]


VERB = Verb(
    "nnrun runs [DIR] [CONDITION ...]",
    "what was run, the newest first; filtered, sorted, grouped",
    run,
)
