"""One column of a sheet becomes numbers or categories; what cannot is told with its line."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy import ndarray

from nnrun.errors import Problem, Problems, listing
from nnrun.parts.dataset.cells import GAP_SIGNS, Cells
from nnrun.parts.dataset.doubts import may_be_thousands, meant, odd_sign, stand_in, sums_up
from nnrun.parts.dataset.numbers import UNKNOWN, as_typed, in_order, number
from nnrun.parts.dataset.sheet import Sheet
from nnrun.parts.dataset.spelling import (
    SAMPLE,
    alike,
    beyond_a_day,
    mixed_truths,
    otherwise_written,
    shown,
)
from nnrun.parts.dataset.wording import EXAMPLES, as_list, counted, if_several, shorten
from nnrun.parts.kinds import Names

LARGEST = float(np.finfo(np.float32).max)
EXACT = 2**53  # below, a float64 holds every whole number
MOST_LEVELS = 100  # text with more levels than this, or than half of the rows, is no category


@dataclass(frozen=True)
class Reading:
    """One column as numbers, or as positions in its levels; what is wrong and what is notable."""

    values: ndarray  # (rows,) float64, a gap is NaN
    levels: Names = ()
    rare: int = 0  # so many levels, the last, are one together
    unseen: Names = ()  # levels of other rows than those that decide; only classes have them
    problems: Sequence[Problem] = ()
    notes: Sequence[str] = ()


# An input that nobody has read before


def as_input(sheet: Sheet, name: str, train: Sequence[int] | None = None) -> Cells:
    asked = as_list(name)
    remedy = f"dataset.categorical={asked} or dataset.drop={asked}"
    of_dates = "dataset.dates=parts or " if sheet.date_order in ("", "refuse") else ""
    return Cells(sheet, name, f"column '{name}'", remedy, of_dates, train)


def read_input(column: Cells, rare: int) -> Reading:
    """Read the column as numbers when most cells of training rows are, else as categories."""
    values, others = column.numbers()
    texts = column.deciding(others)
    if 2 * len(texts) > column.filled:
        problems = other_writing(column, texts) or alike_but_for_looks(column)
        problems = problems or too_many_levels(column, rare)
        return Reading(values, problems=problems) if problems else read_categories(column, rare)
    problems = not_numbers(column, others) or too_large(column, values)
    notes = [] if problems else number_notes(column, values)
    return Reading(values, problems=problems, notes=notes)


def read_categories(column: Cells, rare: int) -> Reading:
    """Read the column as positions in the levels of training rows, whatever they look like.

    Those of fewer than `rare` rows come last, and are one together.
    """
    every = column.levels
    frequent = in_order([level for level, rows in every.items() if rows >= rare])
    few = in_order([level for level, rows in every.items() if rows < rare])
    levels = (*frequent, *few)
    values, others = column.positions(levels)
    values[others] = UNKNOWN
    notes = [constant(column, len(every)), kept_signs(column, levels), unseen_signs(column)]
    told = [*notes, total(column), grouped(column, len(few), rare)]
    return Reading(values, levels, len(few), notes=told)


# What makes a column unreadable; nothing when all is well


def not_numbers(column: Cells, others: list[int]) -> Problems:
    """Find cells that are no numbers in a column of numbers."""
    if not others:
        return []
    texts = list(dict.fromkeys(column.texts[row] for row in others))
    if all(text.lower() in GAP_SIGNS for text in texts):
        return [signs_of_gaps(column, others, texts)]
    lines = f": {column.sheet.places(others)}" if len(others) > 1 else ""
    share = f"{len(others)} of {counted(column.sheet.rows, 'row')}{lines}"
    wrong = f"{shorten(texts[0])!r} is not a number ({share})"
    problem = column.problem_at(others[0], wrong, f"fix it, or set {column.remedy}")
    return other_writing(column, others) or [problem]


def signs_of_gaps(column: Cells, rows: list[int], signs: list[str]) -> Problem:
    """Tell how cells are taken as missing that look so."""
    shown = listing(map(repr, signs))
    look = "looks like a missing value" if len(rows) == 1 else "look like missing values"
    wrong = f"{shown} in {counted(len(rows), 'row')} {look}"
    advice = f"set dataset.missing_values=[{shown}] or {column.remedy}"
    return column.problem_at(rows[0], wrong, advice)


def other_writing(column: Cells, rows: list[int]) -> Problems:
    """Find out whether most of these cells are numbers or dates that are written otherwise."""
    remedy = column.remedy
    or_remedy = f", or set {remedy}" if remedy else ""
    late = beyond_a_day([column.texts[row] for row in rows])
    if late is not None:
        wrong = f"{column.texts[rows[late]]!r} is no time of a day"
        advice = f"write how long it is as a number{or_remedy}"
        return [column.problem_at(rows[late], wrong, advice)]
    found = otherwise_written([column.texts[row] for row in rows[:SAMPLE]], column.sheet.decimal)
    if not found:
        return []
    place, wrong, advice = found
    row = rows[place]
    and_dates = " and set dataset.dates=parts" if column.of_dates else ""
    ways = {"remedy": remedy, "or_remedy": or_remedy, "of_dates": column.of_dates}
    way_out = advice.format(**ways, and_dates=and_dates)
    return [column.problem_at(row, wrong.format(cell=shorten(column.texts[row])), way_out)]


def alike_but_for_looks(column: Cells) -> Problems:
    """Find levels that a person would read as one."""
    levels = column.levels
    same = alike(levels)
    truths = [] if same else mixed_truths(levels)
    if not same and not truths:
        return []
    kind = "differ in looks alone" if same else "are truth values written in several ways"
    texts = same or truths
    row = next(row for row, text in enumerate(column.texts) if text == texts[-1])
    advice = f"write them alike, or set dataset.categorical={column.asked} if they differ"
    return [column.problem_at(row, f"{shown(texts)} {kind}", advice)]


def too_many_levels(column: Cells, rare: int) -> Problems:
    """Find text that differs from row to row, and so is no category."""
    levels, filled = column.levels, column.filled
    most = max(levels.values())
    grouped_well = 0 < rare <= most
    if grouped_well or len(levels) <= min(MOST_LEVELS, filled / 2):
        return []
    drop, keep = f"dataset.drop={column.asked}", f"dataset.categorical={column.asked}"
    if len(levels) == filled:
        wrong = f"is different in {column.every_row}, which tells nothing about new rows"
        advice = f"leave it out with {drop}, carry it along with {column.as_id}, or set {keep}"
    else:
        wrong = f"has {counted(len(levels), 'different text')} in {counted(filled, 'row')}"
        group = "dataset.rare=10 to group those of few rows, " if not rare and most >= 10 else ""
        advice = f"set {group}{drop}, or {keep} if these are categories"
    return [column.problem(wrong, advice)]


def too_large(column: Cells, values: ndarray) -> Problems:
    """Find numbers that training in float32 cannot hold."""
    beyond = np.flatnonzero(np.abs(values) > LARGEST)
    if not len(beyond):
        return []
    cell = column.texts[beyond[0]]
    size = "is infinite" if "inf" in cell.lower() else "is beyond the largest float32, 3.4e38"
    wrong, advice = f"{cell} {size}{if_several(len(beyond))}", "fix it"
    texts = list(dict.fromkeys(column.texts[row] for row in beyond))
    if column.remedy and len(texts) <= EXAMPLES:
        advice += f", or set dataset.missing_values=[{listing(map(repr, texts))}]"
    elif "dataset.drop" in column.remedy:
        advice = f"fix these, or set dataset.drop={column.asked}"
    return [column.problem_at(beyond[0], wrong, advice)]


# What a person should hear about a column that is read all the same; empty when nothing is odd


def number_notes(column: Cells, values: ndarray) -> list[str]:
    """Note what is odd about a column of numbers."""
    learnt = column.of_learnt(values)
    filled = learnt[~np.isnan(learnt)]
    same = len(filled) and filled.min() == filled.max()
    notes = [constant(column, 1) if same else "", *written_notes(column, values)]
    whole = bool((filled == np.floor(filled)).all())
    return [*notes, counting(column, values)] if whole else notes


def written_notes(column: Cells, values: ndarray) -> list[str]:
    """Note what numbers lose that are written in an unusual way."""
    learnt = column.of_learnt(values)
    filled = learnt[~np.isnan(learnt)]
    usual = [typeset(column), standing_in(column, values), thousands(column)]
    if not (filled == np.floor(filled)).all():
        return usual
    return [*usual, rounded(column, values), leading_zeros(column)]


def standing_in(column: Cells, values: ndarray) -> str:
    """Note a number such as -999 that may stand for none."""
    learnt = column.of_learnt(values)
    end = stand_in(learnt[~np.isnan(learnt)])
    if end is None:
        return ""
    rows = np.flatnonzero(values == end)
    cell = column.texts[rows[0]]
    far = f"{column.whole}: {cell} lies far from all others ({counted(len(rows), 'row')})"
    return f"{far}; set dataset.missing_values=['{cell}'] if it means that there is no value"


def thousands(column: Cells) -> str:
    """Note numbers of which the decimal sign may be none."""
    sign = column.sheet.decimal
    cell = may_be_thousands(column.texts, sign)
    if not cell:
        return ""
    read = f"{column.whole}: '{cell}' is read as {number(cell, sign):g}"
    return f"{read}; write it without '{sign}' if that parts thousands"


def typeset(column: Cells) -> str:
    """Note numbers with a minus or with spaces that no keyboard has."""
    if "".join(column.texts).isascii():
        return ""
    cell = next((text for text in column.texts if as_typed(text) != text), "")
    return f"{column.whole}: numbers such as '{cell}' are read as {as_typed(cell)}" if cell else ""


def constant(column: Cells, levels: int) -> str:
    """Note a column that is the same in every row."""
    if levels != 1 or column.filled < max(2, len(column.learnt)):
        return ""
    advice = f"leave it out with dataset.drop={column.asked}"
    where = "" if len(set(column.texts)) == 1 else " in the train rows"
    return f"{column.whole} is constant{where} ({shorten(column.learnt[0])}); {advice}"


def kept_signs(column: Cells, levels: Names) -> str:
    """Note levels that look like missing values, such as Namibia's NA."""
    signs = listing(repr(level) for level in levels if level.lower() in GAP_SIGNS)
    if not signs:
        return ""
    return f"{column.whole}: text {signs} kept as a category; empty cells are missing"


def unseen_signs(column: Cells) -> str:
    """Note a text with a sign that nobody sees."""
    if "".join(column.levels).isascii():
        return ""
    found = next(filter(odd_sign, column.levels), "")
    garbled = next(filter(meant, column.levels), "")
    if garbled:
        may_be = f"{garbled!r} may be {meant(garbled)!r}, read in another encoding once"
        return f"{column.whole}: {may_be}; write it anew if so"
    if not found:
        return ""
    return f"{column.whole}: {shorten(found)!a} holds a {odd_sign(found)}, and is kept as it is"


def total(column: Cells) -> str:
    """Note a last row that may sum up those above."""
    if not sums_up(column.texts):
        return ""
    last = column.texts[-1]
    looks = f"{last!r} looks like a sum of the rows above; take the row out if it is"
    return str(column.problem_at(len(column.texts) - 1, looks))


def grouped(column: Cells, few: int, rare: int) -> str:
    """Note levels that are one together, because each of them is rare."""
    if not few:
        return ""
    some = f"{few} of {len(column.levels)} categories stand in fewer than {counted(rare, 'row')}"
    return f"{column.whole}: {some}; they are one together"


def rounded(column: Cells, values: ndarray) -> str:
    """Note whole numbers that a float64 rounds."""
    beyond = np.flatnonzero(np.abs(values) >= EXACT)
    if not len(beyond):
        return ""
    wrong = f"{column.texts[beyond[0]]} is beyond 2^53, where whole numbers are rounded"
    return str(column.problem_at(beyond[0], wrong))


def leading_zeros(column: Cells) -> str:
    """Note codes that lose their zeros as numbers."""
    code = next(filter(is_code, column.texts), "")
    if not code:
        return ""
    advice = f"set {column.keeping_text} to keep them"
    return f"{column.whole}: codes such as '{code}' are read as numbers; {advice}"


def counting(column: Cells, values: ndarray) -> str:
    """Note a number for each row, which says nothing about a new row."""
    if len(values) < 10 or not counts_rows(column.name, values):
        return ""
    advice = f"it will not generalise; drop with dataset.drop={column.asked}"
    different = f"{column.whole} is a different number in every row"
    return f"{different}; {advice}, or carry it along with {column.as_id}"


def counts_rows(name: str, values: ndarray) -> bool:
    """Tell whether numbers count the rows, or are different and named as an id."""
    if np.all(np.diff(values) == 1):
        return True
    return named_as_id(name) and len(np.unique(values)) == len(values)


def named_as_id(name: str) -> bool:
    of_ids = r"(.*[_ .-])?(id|ids|index|key|nr|no|uuid|guid|identifier|serial)"
    return bool(re.fullmatch(of_ids, name.lower())) or name.endswith(("Id", "ID"))


def is_code(text: str) -> bool:
    """Tell whether a text is digits that lose something as a number: 007."""
    return text[:1] == "0" and len(text) > 1 and text.isdigit()


# Several columns


def problems_of(readings: Sequence[Reading]) -> Problems:
    return [problem for reading in readings for problem in reading.problems]


def as_targets(targets: Sequence[Reading]) -> ndarray:
    """Join class positions as (rows,) int64, or quantities as (rows, targets)."""
    if targets[0].levels:
        return targets[0].values.astype(np.int64)
    return np.column_stack([reading.values for reading in targets])
