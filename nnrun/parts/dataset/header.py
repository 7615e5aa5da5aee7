"""The first line of a table: the names of its columns, or something else in their place."""

import re
from collections import Counter
from collections.abc import Sequence

from nnrun.errors import Problems, listing, refuse
from nnrun.parts.dataset.spelling import alike, as_seen
from nnrun.parts.dataset.text import WORD_OF
from nnrun.parts.dataset.wording import EXAMPLES, counted, if_several, problem_at
from nnrun.parts.kinds import Names

COMMENTS = ("#", "//", "%", "--")  # how a line begins that is no row
SEPARATOR = re.compile(r"sep=(.?).*", re.IGNORECASE)
BREAKS = re.compile(r"\s*[\t\r\n\v\f\u2028\u2029]\s*")
MOST = 0.8  # of the rows that agree on a number of fields
SAMPLE = 20  # rows that are looked at below a line of names
NUMBER = re.compile(r"[+-]?\d+(\.\d+)?(e[+-]?\d+)?", re.IGNORECASE)


def clean_names(header: Sequence[str], where: str) -> tuple[list[str], tuple[str, ...]]:
    """Strip the names of outer spaces and of signs that nobody sees, with notes on both."""
    names = [BREAKS.sub(" ", as_seen(name.strip())).strip() for name in header]
    odd = [given for given, name in zip(header, names, strict=True) if given != name and name]
    hidden = [given for given, name in zip(header, names, strict=True) if given.strip() != name]
    spaced = [given.strip() for given in odd if given not in hidden]
    notes = [
        (hidden, f"{where}: took line breaks or signs that nobody sees out of"),
        (spaced, f"{where}: stripped spaces from"),
    ]
    return names, tuple(
        f"{told} {counted(len(found), 'column name')} ({listing(map(ascii, found), EXAMPLES)})"
        for found, told in notes
        if found
    )


def repeated_names(names: list[str], at: str) -> Problems:
    """Find names that stand twice; an empty one is judged later, by what is below it."""
    places: dict[str, list[int]] = {}
    for place, name in enumerate(names, 1):
        places.setdefault(name, []).append(place)
    return [
        problem_at(
            at,
            f"column '{name}' appears {len(positions)} times (positions {listing(positions)})",
            "give each a name of its own",
        )
        for name, positions in places.items()
        if len(positions) > 1 and name
    ]


def told_apart(names: list[str], where: str) -> tuple[list[str], Names]:
    """Number the names that stand more than once: a, a (2), with a note on them."""
    times: Counter[str] = Counter()
    apart = []
    for name in names:
        times[name] += 1
        apart.append(f"{name} ({times[name]})" if name and times[name] > 1 else name)
    renamed = [name for name, given in zip(apart, names, strict=True) if name != given]
    told = f"{where}: names that stand there twice are numbered ({listing(renamed, EXAMPLES)})"
    return apart, (told,) if renamed else ()


def alike_names(names: list[str], where: str) -> Names:
    """Note names that differ in looks alone, of which each is a column by itself."""
    same = alike([name for name in names if name])
    told = (
        f"{where}: columns {listing(map(repr, same))} differ in looks alone, and are not the same"
    )
    return (told,) if same else ()


def number_names(names: list[str], where: str) -> Names:
    """Note names that may be a row of data."""
    numbers = [name for name in names if NUMBER.fullmatch(name)]
    if not numbers:
        return ()
    called = f"{counted(len(numbers), 'column')} called by numbers ({listing(numbers, EXAMPLES)})"
    return (f"{where}: {called}; put a line with names first if these are a row of data",)


def excels_first_line(header: Sequence[str], at: str, delimiter: str) -> Problems:
    """Find the line by which a spreadsheet is told the delimiter."""
    told = SEPARATOR.fullmatch(delimiter.join(header).strip())
    if not told:
        return []
    advice = "take the line out"
    if told[1] not in ("", delimiter):
        advice += f", and set dataset.delimiter={WORD_OF.get(told[1], told[1])}"
    return [problem_at(at, "is no header but a spreadsheet's 'sep='", advice)]


def no_header(header: Sequence[str], rows: Sequence[Sequence[str]], at: str) -> Problems:
    """Find a title, a comment or a header that is too short where the rows agree on more fields."""
    fields, usual = len(header), Counter(map(len, rows)).most_common(1)[0]
    if fields == usual[0] or usual[1] <= max(1, MOST * len(rows)):
        return []
    usual_rows = [row for row in rows if len(row) == usual[0]]
    wrong, advice = why_uneven(header, usual_rows, fields - usual[0])
    few = f"{counted(fields, 'field')}, where {counted(usual[1], 'row')} below have {usual[0]}"
    return [problem_at(at, f"{wrong} ({few})", advice)] if wrong else []


def why_uneven(header: Sequence[str], rows: Sequence[Sequence[str]], more: int) -> tuple[str, str]:
    """Tell why a header has so many more fields than its rows; empty where nothing explains it."""
    if sum(map(bool, header)) == 1 or header[0].lstrip().startswith(COMMENTS):
        names = f"the names of the {len(rows[0])} columns"
        return "is a title or a comment", f"take out what stands above {names}"
    if more == 1 and not header[-1].strip():
        wrong = "the header ends with a delimiter, and the rows do not"
        return wrong, "remove the delimiter at its end"
    if more != -1:
        return "", ""
    if any(row[-1].strip() for row in rows):
        return "the header lacks a name", "give each column one"
    wrong = "the rows end with a delimiter, and the header does not"
    return wrong, "remove the delimiters at the end"


def second_header(columns: list[list[str]], at: str) -> Problems:
    """Find names or units in the first row, where only numbers follow."""
    few = [column[: SAMPLE + 1] for column in columns]
    odd = [
        first
        for first, *below in few
        if first and not NUMBER.fullmatch(first) and all_numbers(below)
    ]
    filled = [first for first, *_ in few if first]
    if len(odd) < max(2, len(filled) / 2) or any(map(NUMBER.fullmatch, filled)):
        return []
    shown = listing(map(repr, odd), EXAMPLES)
    wrong = f"looks like a second line of the header ({shown}), as only numbers follow"
    return [problem_at(at, wrong, "keep one line of names")]


def all_numbers(cells: Sequence[str]) -> bool:
    return len(cells) > 1 and all(map(NUMBER.fullmatch, cells))


def header_again(
    names: list[str], columns: list[list[str]], lines: Sequence[int], path: str
) -> Problems:
    """Find the header among the rows, as where files were joined."""
    firsts = (row for row, cell in enumerate(columns[0]) if cell == names[0])
    again = [row for row in firsts if [column[row] for column in columns] == names]
    if not again or not any(names):
        return []
    told = f"the header stands there again{if_several(len(again))}"
    advice = "take the line out, or put a line with column names first if it is a row of data"
    return [problem_at(f"{path}:{lines[again[0]]}", told, advice)]


def header_of_cells(names: list[str], columns: list[list[str]], at: str) -> Problems:
    """Find a row of data in the header's place, which is like the cells below it."""
    numbers = [name for name in names if NUMBER.fullmatch(name)]
    below = [name for name, cells in zip(names, columns, strict=True) if name in cells]
    odd = list(dict.fromkeys([*below, *(name for name in numbers if not name.isdigit())]))
    if len(odd) < len(names) / 2 or (not below and len(odd) < 2):
        return []
    if len(numbers) > 8 and not below:  # a spectrum
        return []
    shown = listing(map(repr, odd), EXAMPLES)
    wrong = f"the header looks like a row of data ({shown})"
    return [problem_at(at, wrong, "put a line with column names first")]


def header_of_numbers(names: list[str], at: str) -> Problems:
    """Find a row of data in the header's place, which is mostly numbers."""
    numbers = [name for name in names if NUMBER.fullmatch(name)]
    if len(numbers) < 2 or len(numbers) < len(names) / 2 or are_names(numbers):
        return []
    shown = listing(map(repr, numbers), EXAMPLES)
    wrong = f"the header is made of numbers ({shown})"
    return [problem_at(at, wrong, "put a line with column names first")]


def are_names(numbers: list[str]) -> bool:
    """Tell whether numbers may be names of columns: years, pixels, or a spectrum in its order."""
    values = [float(number) for number in numbers]
    in_order = values in (sorted(values), sorted(values, reverse=True))
    if len(set(values)) < len(values) or not in_order:
        return False
    return len(values) > 8 or all(number.isdigit() for number in numbers)


def call_nameless(names: list[str], columns: list[list[str]]) -> list[str]:
    """Call by its place each column without a name that has values and does not count the rows."""
    return [
        name if name or not any(column) or counts_rows(column) else f"column {place}"
        for place, (name, column) in enumerate(zip(names, columns, strict=True), 1)
    ]


def leave_out_nameless(names: list[str], columns: list[list[str]], path: str, at: str) -> Names:
    """Note the columns without a name that are empty or count the rows, and refuse the others."""
    notes, problems = [], []
    for place, column in enumerate(columns, 1):
        left_out = f"{path}: left out column {place}, which has no name and"
        if names[place - 1]:
            continue
        if not any(column):
            notes.append(f"{left_out} no values")
        elif counts_rows(column):
            notes.append(f"{left_out} counts the rows")
        else:
            problems.append(problem_at(at, f"column {place} has no name", "give it one"))
    refuse(problems)
    return tuple(notes)


def counts_rows(column: list[str]) -> bool:
    """Tell whether the cells are 0, 1, 2, ... or 1, 2, 3, ..."""
    if column[0] not in ("0", "1"):
        return False
    return all(cell == str(place) for place, cell in enumerate(column, int(column[0])))
