"""Missing cells of a table: counted, told with their lines, or left out with their rows."""

from collections.abc import Sequence

from nnrun.errors import Mistake, Problems, listing
from nnrun.parts.dataset.sheet import Sheet
from nnrun.parts.dataset.wording import as_list, counted, mistake_at, problem_at


def empty_columns(sheet: Sheet, names: Sequence[str]) -> Problems:
    """Find columns without any value."""
    empty = [name for name in names if not any(sheet.cells[name])]
    advice = f"drop it with dataset.drop={as_list(*empty)}"
    return [problem_at(sheet.where, f"column '{name}' has no values", advice) for name in empty]


def empty_in_training(sheet: Sheet, name: str) -> Problems:
    """Tell of a column that has values, but none in a row that trains."""
    advice = f"drop it with dataset.drop={as_list(name)}, or split the rows otherwise"
    return [problem_at(sheet.where, f"column '{name}' has no values in the train rows", advice)]


def drop_gaps(sheet: Sheet, names: Sequence[str]) -> tuple[Sheet, list[str]]:
    """Leave out the rows that have a gap in one of these columns, with a note on them."""
    nowhere = f"every row has a missing value ({by_column(count_gaps(sheet, names))})"
    nothing_left = mistake_at(sheet.where, nowhere, "set dataset.missing=median")
    return leave_out(sheet, names, "with missing values", nothing_left)


def drop_without_target(
    sheet: Sheet, targets: Sequence[str], advice: str
) -> tuple[Sheet, list[str]]:
    """Leave out the rows of which a target is missing, with a note on them."""
    nowhere = f"no row has {'all targets' if len(targets) > 1 else 'a target'}"
    gaps = by_column(count_gaps(sheet, targets))
    nothing_left = mistake_at(sheet.where, f"{nowhere} ({gaps})", advice)
    return leave_out(sheet, targets, "without a target", nothing_left)


def drop_without_side(sheet: Sheet, names: Sequence[str]) -> tuple[Sheet, list[str]]:
    """Leave out the rows of which nothing tells on which side of the split they belong."""
    nowhere = f"no row has what rows are split by ({by_column(count_gaps(sheet, names))})"
    nothing_left = mistake_at(sheet.where, nowhere, "split by another column")
    return leave_out(sheet, names, "without what rows are split by", nothing_left)


def drop_without_weight(sheet: Sheet, names: Sequence[str]) -> tuple[Sheet, list[str]]:
    """Leave out the rows of which nothing tells how much they count."""
    nowhere = f"no row has a weight ({by_column(count_gaps(sheet, names))})"
    nothing_left = mistake_at(sheet.where, nowhere, "choose another dataset.weight")
    return leave_out(sheet, names, "without a weight", nothing_left)


def leave_out(
    sheet: Sheet, names: Sequence[str], why: str, nothing_left: Mistake
) -> tuple[Sheet, list[str]]:
    """Keep the rows that have a value in all of these columns; note how many have not."""
    counts = count_gaps(sheet, names)
    if not counts:
        return sheet, []
    whole = [all(cells) for cells in zip(*(sheet.cells[name] for name in names), strict=True)]
    if not any(whole):
        raise nothing_left
    left_out = f"left out {whole.count(False)} of {counted(sheet.rows, 'row')}"
    return sheet.keep(whole), [f"{sheet.where}: {left_out} {why} ({by_column(counts)})"]


def gaps_in_inputs(sheet: Sheet, names: Sequence[str]) -> Problems:
    """Tell how many input cells are missing, if any are."""
    counts = count_gaps(sheet, names)
    if not counts:
        return []
    first = min(sheet.cells[name].index("") for name in counts)
    wrong = f"{missing_cells(counts)} ({by_column(counts)}; first at {sheet.places([first])})"
    return [problem_at(sheet.where, wrong, "set dataset.missing=median or dataset.missing=drop")]


def gaps_in_target(sheet: Sheet, name: str) -> Problems:
    """Tell where a target is missing, if it is anywhere."""
    gaps = [row for row, cell in enumerate(sheet.cells[name]) if not cell]
    if not gaps:
        return []
    wrong = f"target '{name}' is empty"
    if len(gaps) > 1:
        wrong += f" in {len(gaps)} rows ({sheet.places(gaps)})"
    advice = "leave such rows out by dataset.missing=drop or dataset.missing=median"
    return [problem_at(sheet.at(gaps[0]), wrong, advice)]


def gaps_by_which_rows_are_split(sheet: Sheet, names: Sequence[str]) -> Problems:
    """Tell where a column by which rows are split is empty."""
    problems = []
    for name, count in count_gaps(sheet, names).items():
        rows = [row for row, cell in enumerate(sheet.cells[name]) if not cell]
        lines = f" in {count} rows ({sheet.places(rows)})" if count > 1 else ""
        wrong = f"column '{name}', by which rows are split, is empty{lines}"
        advice = "leave such rows out by dataset.missing=drop or dataset.missing=median"
        problems.append(problem_at(sheet.at(rows[0]), wrong, advice))
    return problems


def filled_later(sheet: Sheet, names: Sequence[str]) -> list[str]:
    """Note how many cells are filled once the training rows are known."""
    counts = count_gaps(sheet, names)
    if not counts:
        return []
    gaps = f"{missing_cells(counts)} ({by_column(counts)})"
    are = "is" if sum(counts.values()) == 1 else "are"
    return [f"{sheet.where}: {gaps} {are} filled from the training rows"]


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
