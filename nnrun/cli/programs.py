"""What programs ask of a command: one JSON object, silence, and a condition that must hold."""

import json
import os
import re
import sys
from argparse import Namespace
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout
from operator import ge, gt, le, lt
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from nnrun.cli.arguments import Parser
from nnrun.errors import (
    ConditionUnmet,
    Mistake,
    Problem,
    Problems,
    did_you_mean,
    listing,
    nearest,
    refuse,
)
from nnrun.report.numbers import number
from nnrun.runs.summary import OTHERS, PARTS, SHAPE

if TYPE_CHECKING:
    from nnrun.config.experiment import Experiment

RELATIONS = {">=": ge, "<=": le, ">": gt, "<": lt}
FLAG = "--fail-unless"
CONDITION = re.compile(
    r"""\s*(\w[^<>=]*?|"\w[^"]*")\s*  # a class may be called in any way
    (>=|<=|>|<)\s*([-+.\deE]+)\s*""",
    re.VERBOSE,
)


class Condition(NamedTuple):
    """What has to be true of a run's summary."""

    typed: str
    path: str
    relation: str
    bound: float

    def check(self, summary: dict) -> None:
        """Raise that it is not true, or that there is no such number."""
        numbers = dict(every_number(summary))
        if self.path not in numbers:
            raise Mistake(self.unknown(numbers, "was left"))
        if not RELATIONS[self.relation](numbers[self.path], self.bound):
            raise ConditionUnmet(f"{self.path} is {self.told(numbers[self.path])}")

    def in_vain(self, metrics: dict, missing: Mapping[str, str]) -> Problems:
        """Find out whether it asks for what the summary will lack, or for a metric of no rows."""
        first = self.path.partition(".")[0]
        if first in missing:
            wrong = f"summary.json will have no '{first}'"
            return [Problem(FLAG, self.typed, wrong, missing[first])]
        numbers, of_rows = dict(every_number(metrics)), first in PARTS
        return (
            [self.unknown(numbers, "will be left")] if of_rows and self.path not in numbers else []
        )

    def unknown(self, numbers: Mapping[str, float], never: str) -> Problem:
        advice = did_you_mean(nearest(self.path, numbers)) or f"there are {listing(numbers)}"
        return Problem(FLAG, self.typed, f"no number '{self.path}' {never}", advice)

    def told(self, reached: float) -> str:
        """Write what was reached beside what was wanted; in full where both would look alike."""
        short, bound = number(reached), number(self.bound)
        shown = f"{reached:.9g}" if short == bound else short
        return f"{shown}, wanted {self.typed}"


def every_number(node: Any, path: str = "") -> Iterator[tuple[str, float]]:
    """Go through the numbers of a summary by their dotted paths."""
    if isinstance(node, dict):
        for name, value in node.items():
            yield from every_number(value, f"{path}.{name}" if path else name)
    elif isinstance(node, int | float):
        yield path, node


def read_condition(typed: str) -> Condition:
    """Read test.r2>0.98."""
    read = CONDITION.fullmatch(typed)
    try:
        path = read[1].strip('"')  # type: ignore[index]
        condition = Condition(typed, path, read[2], float(read[3]))  # type: ignore[index]
    except (TypeError, ValueError):
        advice = "write a metric of summary.json, > or <, and a number: 'test.r2>0.98'"
        raise Mistake(Problem(FLAG, typed, "is no condition", advice)) from None
    refuse(about_nothing(condition))
    return condition


def about_nothing(condition: Condition) -> Problems:
    """Find a condition on what no summary holds, before anything is trained."""
    first, _, rest = condition.path.partition(".")
    if first in OTHERS or (first in PARTS and rest):
        return []
    wrong = f"summary.json has no '{first}'"
    if first in PARTS:
        wrong = f"'{first}' alone is no number"
    elif first in SHAPE.may:
        wrong = f"'{first}' of summary.json is no number"
    return [Problem(FLAG, condition.typed, wrong, meant(first, rest))]


def meant(first: str, rest: str) -> str:
    """Say what may have been meant by the first word of a condition."""
    if first in PARTS:
        return f"write {first}.accuracy, {first}.r2 or another"
    if first not in SHAPE.may and (near := nearest(first, [*PARTS, *OTHERS])):
        return did_you_mean(f"{near}.{rest}" if rest else near)
    if not rest:
        return f"write a metric with its rows, as in test.r2, or {listing(OTHERS[:4])}"
    return f"there are {listing([*PARTS, *OTHERS])}"


def refuse_in_vain(conditions: Sequence[Condition], experiment: "Experiment") -> None:
    """Stop before a training that is to meet what nobody will measure."""
    if not conditions:
        return
    from nnrun.training.to_come import metrics_to_come, missing  # torch comes with it

    to_come = metrics_to_come(experiment), missing(experiment)
    refuse([problem for condition in conditions for problem in condition.in_vain(*to_come)])


def read_wishes(argv: list[str]) -> tuple[Namespace, list[str]]:
    """Take out what programs ask for; the rest is a training as anybody would type it."""
    parser = Parser("nnrun", add_help=False, allow_abbrev=False)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("-q", "--quiet", action="store_true")
    parser.add_argument(FLAG, dest="conditions", action="append", type=read_condition, default=[])
    return parser.parse_known_args(argv)


@contextmanager
def kept_from_stdout(wishes: Namespace) -> Iterator[None]:
    """Let what people would read go to standard error, or nowhere."""
    if wishes.quiet:
        with (
            open(os.devnull, "w", encoding="utf-8", errors="replace") as nowhere,
            redirect_stdout(nowhere),
        ):
            yield
    elif wishes.json:
        with redirect_stdout(sys.stderr):
            yield
    else:
        yield


@contextmanager
def told_to_programs(wishes: Namespace) -> Iterator[list[dict]]:
    """Let a training in here say what it left, and tell it as it is wished."""
    left: list[dict] = []
    try:
        with kept_from_stdout(wishes):
            yield left
    finally:
        if wishes.json and left:
            print_json(left[0] if len(left) == 1 else left)
    for result in left:
        for condition in wishes.conditions:
            condition.check(result.get("best") or result)


def print_json(content: Any) -> None:
    """Print an object, with null for every number that JSON cannot hold."""
    if not isinstance(content, dict):
        print(spread_out(content))
        return
    told = [f" {json.dumps(key)}: {spread_out(value, ' ')}" for key, value in content.items()]
    print("{\n" + ",\n".join(told) + "\n}" if told else "{}")


def spread_out(value: Any, before: str = "") -> str:
    """Write a value over several lines; of many objects one on each, which is much quicker."""
    from nnrun.runs.folder import finite

    if isinstance(value, list) and value and all(isinstance(one, dict) for one in value):
        rows = ",\n".join(f"{before} {in_a_line(one)}" for one in value)
        return f"[\n{rows}\n{before}]"
    return json.dumps(finite(value), indent=1, allow_nan=False).replace("\n", f"\n{before}")


def in_a_line(row: dict) -> str:
    """Write an object in a line."""
    from nnrun.runs.folder import finite

    try:
        return json.dumps(row, allow_nan=False)
    except ValueError:  # a number in it is none
        return json.dumps(finite(row))


# What a training left


def left_by_run(folder: Path) -> dict:
    """Tell what a run left: its folder, how it ended, and its summary."""
    from nnrun.runs.record import read_record
    from nnrun.runs.summary import read_summary

    return {
        "folder": str(folder),
        "status": read_record(folder).get("status"),
        **read_summary(folder),
    }


def left_by_sweep(folder: Path) -> dict:
    """Tell what a sweep left: how its members ended, and the best of them."""
    from nnrun.reading.proofs import best_member
    from nnrun.runs.opening import open_ledger, read_influence

    ledger = open_ledger(folder)
    names, failures, best = ledger.names, ledger.failures(), best_member(folder)
    done = [names[member] for member in range(len(names)) if ledger.done(member)]
    return {
        "folder": str(folder),
        "status": ledger.about["status"],
        "done": done,
        "failed": {names[member]: failure.reason for member, failure in failures.items()},
        "reused": {names[member]: str(ledger.folder(member)) for member in ledger.taken},
        "best": left_by_run(best) if best else None,
        "influence": read_influence(folder),
    }
