"""What makes a score better than it is: rows that stand twice, and columns that give targets."""

from collections.abc import Iterator

import numpy as np
from numpy import ndarray

from nnrun.errors import listing
from nnrun.parts.dataset.data import Data
from nnrun.parts.dataset.split import SplitRows

FACTOR = np.uint64(0x9E3779B97F4A7C15)  # 2^64 over the golden ratio, which spreads bits well
SHIFT = np.uint64(29)
FEW = 1000  # rows that clear most columns
SURE = 20.0  # nats: what agrees by chance so well does it once in 500 million times
ROUNDING = 1e-6  # share of a target's variance that is left where units were rounded


# Rows


def repeated_rows(data: Data, rows: SplitRows) -> dict[str, int]:
    """Count the rows of each part, but those that train, whose like is among those that do."""
    hashes, trained = hashes_of(data), np.zeros(data.rows, bool)
    trained[rows.train] = True
    known = np.sort(hashes[trained])
    counts = {}
    for name, own in rows.items():
        asked = hashes[own[~trained[own]]]
        nearest = known[np.searchsorted(known, asked).clip(max=len(known) - 1)]
        counts[name] = int((nearest == asked).sum())
    return {name: count for name, count in counts.items() if count}


def repeats_note(repeated: dict[str, int], rows: SplitRows) -> list[str]:
    """Tell how many rows are judged that were learnt."""
    sizes = {name: len(own) for name, own in rows.items()}
    found = [
        f"{count:,} of {sizes[name]:,} {name} rows ({count / sizes[name]:.1%})"
        for name, count in repeated.items()
    ]
    again = "the train rows hold again, inputs and target alike,"
    return [f"{again} {' and '.join(found)}"] if found else []


def hashes_of(data: Data) -> ndarray:
    """Reduce each row to 64 bits, alike for rows whose inputs and targets are alike."""
    hashes = np.zeros(data.rows, np.uint64)
    for table in (data.inputs, data.targets):
        for words in words_of(table.reshape(data.rows, -1)):
            hashes = (hashes ^ words) * FACTOR
            hashes ^= hashes >> SHIFT
    return hashes


def words_of(table: ndarray) -> Iterator[ndarray]:
    """Take a table apart into columns of 64 bits."""
    if table.dtype == np.uint8:
        whole = np.pad(table, ((0, 0), (0, -table.shape[1] % 8)))
        yield from whole.view(np.uint64).T
        return
    for column in table.T:
        values = column + 0.0  # which makes -0 a 0
        yield np.where(np.isnan(values), np.nan, values).view(np.uint64)


# Columns


def telling_note(data: Data, train: ndarray) -> list[str]:
    """Tell of columns beside others by which alone a target of the training rows is known."""
    if len(data.columns) < 2 or data.inputs.dtype == np.uint8:
        return []
    targets = data.targets[train].reshape(len(train), -1).T
    cells = data.inputs[train].T
    found = [
        f"'{column.name}'"
        for column, values in zip(data.columns, cells, strict=True)
        if any(tells(values, target) for target in targets)
    ]
    if not found:
        return []
    columns = "column" if len(found) == 1 else "each of the columns"
    told = f"{columns} {listing(found, 6)} alone tells the target of every train row"
    return [f"{told}; leave it out if it is not known of new rows"]


def tells(values: ndarray, target: ndarray) -> bool:
    """Tell whether a column is the target in other units, or has one target for each value."""
    if is_line(values[:FEW], target[:FEW]) and is_line(values, target):
        return True
    few = has_one_each(values[:FEW], target[:FEW])
    return few and is_no_chance(values, target) and has_one_each(values, target)


def has_one_each(values: ndarray, target: ndarray) -> bool:
    _, first, place = np.unique(values, return_index=True, return_inverse=True)
    return bool((target[first][place] == target).all())


def is_line(values: ndarray, target: ndarray) -> bool:
    """Tell whether the target is the column, perhaps in other units."""
    if np.isnan(values).any() or not values.std() or not target.std() or len(values) < 4:
        return False
    return bool(np.corrcoef(values, target)[0, 1] ** 2 > 1 - ROUNDING)


def is_no_chance(values: ndarray, target: ndarray) -> bool:
    """Tell whether so many rows of equal values hardly agree by chance."""
    shares = np.unique(target, return_counts=True)[1] / len(target)
    repeats = len(values) - len(np.unique(values))
    return repeats > len(values) / 2 and -repeats * np.log(np.square(shares).sum()) > SURE
