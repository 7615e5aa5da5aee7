"""How counts, cells, columns and what is wrong with them are written for a person."""

import re
from pathlib import Path

from nnrun.errors import Mistake, Problem

EXAMPLES = 3  # lines shown of one kind of problem


def counted(count: int, thing: str) -> str:
    """Write a number of things: 1 row, 12 rows."""
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"


def if_several(rows: int) -> str:
    """Say in how many rows it is so, unless it is one alone."""
    return f" ({counted(rows, 'row')})" if rows > 1 else ""


def shorten(text: str, most: int = 40) -> str:
    """Cut a text where a line would burst."""
    return text if len(text) <= most else text[: most - 3] + "..."


def as_list(*names: str) -> str:
    """Write names as one would give them on the command line: [age, 'first name']."""
    plain = re.compile(r"[A-Za-z_]\w*")
    return f"[{', '.join(name if plain.fullmatch(name) else repr(name) for name in names)}]"


def problem_at(place: str | Path, wrong: str, advice: str = "") -> Problem:
    """Tell what is wrong at a place that says it all: a file, a line, a setting without value."""
    return Problem(str(place), None, wrong, advice)


def mistake_at(place: str | Path, wrong: str, advice: str = "") -> Mistake:
    """Tell what is wrong at a place where nothing can go on."""
    return Mistake(problem_at(place, wrong, advice))
