"""Missing cells of a table: counted, told with their lines, or left out with their rows."""

from collections.abc import Sequence

from nnrun.errors import Problems, listing
from nnrun.parts.dataset.sheet import Sheet
from nnrun.parts.dataset.wording import as_list, counted, mistake_at, problem_at


def empty_columns(sheet: Sheet, names: Sequence[str]) -> Problems:
    """Find columns without any value."""
    empty = [name for name in names if not any(sheet.cells[name])]
    advice = f"drop it with dataset.drop={as_list(*empty)}"
    return [problem_at(sheet.where, f"column '{name}' has no values", advice) for name in empty]


def drop_gaps(sheet: Sheet, names: Sequence[str]) -> tuple[Sheet, list[str]]:
    """Leave out the rows that have a gap in one of these columns, with a note on them."""
    counts = count_gaps(sheet, names)
    if not counts:
        return sheet, []
    whole = [all(cells) for cells in zip(*(sheet.cells[name] for name in names), strict=True)]
    if not any(whole):
        wrong = f"every row has a missing value ({by_column(counts)})"
        raise mistake_at(sheet.where, wrong, "set dataset.missing=median")
    left_out = f"left out {whole.count(False)} of {counted(sheet.rows, 'row')}"
    note = f"{sheet.where}: {left_out} with missing values ({by_column(counts)})"
    return sheet.keep(whole), [note]


def gaps_in_inputs(sheet: Sheet, names: Sequence[str]) -> Problems:
    """Tell how many input cells are missing, if any are."""
    counts = count_gaps(sheet, names)
    if not counts:
        return []
    first = min(sheet.cells[name].index("") for name in counts)
    wrong = f"{missing_cells(counts)} ({by_column(counts)}; first at {sheet.places([first])})"
    return [problem_at(sheet.where, wrong, "set dataset.missing=median or dataset.missing=drop")]


def gaps_in_target(sheet: Sheet, name: str, advice: str) -> Problems:
    """Tell where a target is missing, if it is anywhere."""
    gaps = [row for row, cell in enumerate(sheet.cells[name]) if not cell]
    if not gaps:
        return []
    wrong = f"target '{name}' is empty"
    if len(gaps) > 1:
        wrong += f" in {len(gaps)} rows ({sheet.places(gaps)})"
    return [problem_at(sheet.at(gaps[0]), wrong, advice)]


def filled_later(sheet: Sheet, names: Sequence[str]) -> list[str]:
    """Note how many cells are filled once the training rows are known."""
    counts = count_gaps(sheet, names)
    if not counts:
        return []
    gaps = f"{missing_cells(counts)} ({by_column(counts)})"
    return [f"{sheet.where}: {gaps} are filled from the training rows"]


def count_gaps(sheet: Sheet, names: Sequence[str]) -> dict[str, int]:
    """Count the missing cells of each column that has some."""
    counts = {name: sheet.cells[name].count("") for name in names}
    return {name: count for name, count in counts.items() if count}


def missing_cells(counts: dict[str, int]) -> str:
    """Write how many cells are missing: 4 missing values in 2 columns."""
    cells = counted(sum(counts.values()), "missing value")
    return f"{cells} in {counted(len(counts), 'column')}"


def by_column(counts: dict[str, int]) -> str:
    """Write how many gaps the columns have, the worst first: age 30, fare 4."""
    worst = sorted(counts, key=lambda name: counts[name], reverse=True)
    return listing([f"{name} {counts[name]}" for name in worst], 6)
