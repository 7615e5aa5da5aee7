"""Missing cells of a table: counted, refused with their lines, or left out with their rows."""

from collections.abc import Sequence

from nnrun.errors import Mistake, listing
from nnrun.parts.dataset.columns import as_list, rows
from nnrun.parts.dataset.sheet import Sheet


def refuse_empty_columns(sheet: Sheet, names: Sequence[str]) -> None:
    """No column is without any value."""
    empty = [name for name in names if not any(sheet.cells[name])]
    advice = f"drop it with dataset.drop={as_list(*empty)}"
    if empty:
        raise Mistake(
            *(f"{sheet.where}: column '{name}' has no values; {advice}" for name in empty)
        )


def drop_gaps(sheet: Sheet, names: Sequence[str]) -> tuple[Sheet, list[str]]:
    """The sheet without the rows that have a gap in one of these columns, and a note on them."""
    counts = count_gaps(sheet, names)
    if not counts:
        return sheet, []
    whole = [all(cells) for cells in zip(*(sheet.cells[name] for name in names), strict=True)]
    gone = whole.count(False)
    if gone == sheet.rows:
        raise Mistake(
            f"{sheet.where}: every row has a missing value ({by_column(counts)}); set dataset.missing=median"
        )
    note = f"{sheet.where}: left out {gone} of {rows(sheet.rows)} with missing values ({by_column(counts)})"
    return sheet.keep(whole), [note]


def gaps_in_inputs(sheet: Sheet, names: Sequence[str]) -> list[str]:
    """The line that says how many input cells are missing; none when all are there."""
    counts = count_gaps(sheet, names)
    if not counts:
        return []
    first = min(sheet.cells[name].index("") for name in counts)
    found = f"{missing_cells(counts)} ({by_column(counts)}; first at {sheet.places([first])})"
    return [f"{sheet.where}: {found}; set dataset.missing=median or dataset.missing=drop"]


def gaps_in_target(sheet: Sheet, name: str, advice: str) -> list[str]:
    """The line that says where a target is missing; none when it is always there."""
    gaps = [row for row, cell in enumerate(sheet.cells[name]) if not cell]
    if not gaps:
        return []
    told = f"{sheet.at(gaps[0])}: target '{name}' is empty"
    many = f" in {rows(len(gaps))} ({sheet.places(gaps)})" if len(gaps) > 1 else ""
    return [f"{told}{many}; {advice}"]


def filled_later(sheet: Sheet, names: Sequence[str]) -> list[str]:
    """The note that says how many cells are filled once the training rows are known."""
    counts = count_gaps(sheet, names)
    told = f"{sheet.where}: {missing_cells(counts)} ({by_column(counts)})"
    return [f"{told} are filled from the training rows"] if counts else []


def count_gaps(sheet: Sheet, names: Sequence[str]) -> dict[str, int]:
    counts = {name: sheet.cells[name].count("") for name in names}
    return {name: count for name, count in counts.items() if count}


def missing_cells(counts: dict[str, int]) -> str:
    total, columns = sum(counts.values()), len(counts)
    return f"{total} missing value{'s' if total > 1 else ''} in {columns} column{'s' if columns > 1 else ''}"


def by_column(counts: dict[str, int]) -> str:
    """How many gaps the columns have, the worst first: age 30, fare 4."""
    worst = sorted(counts, key=lambda name: counts[name], reverse=True)
    return listing([f"{name} {counts[name]}" for name in worst], 6)
