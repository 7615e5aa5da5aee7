"""What makes a score better than it is: rows that stand twice, and columns that give targets."""

from collections.abc import Iterator, Sequence

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
LEAST, MANY = 4, 10  # rows of which a line says something; numbers of which an order does
ENOUGH = 20  # rows that agree nearly, and hardly by chance


# Rows


def repeated_rows(each: Sequence[tuple[Data, SplitRows]]) -> dict[str, int]:
    """Count the rows that judge, by their part, whose like is among those that train.

    Of bags, each validates by its own, and what any of them learns counts for the test rows.
    """
    found = [rows_known(data, rows) for data, rows in each]
    val = sum(int(known[rows.val].sum()) for known, (_, rows) in zip(found, each, strict=True))
    test = int(np.any(found, axis=0)[each[0][1].test].sum())
    return {name: count for name, count in (("val", val), ("test", test)) if count}


def rows_known(data: Data, rows: SplitRows) -> ndarray:
    """Tell of each row that does not train whether its like does; of those that train, no."""
    hashes, learnt = hashes_of(data), np.zeros(data.rows, bool)
    learnt[rows.train] = True
    trained, others = np.sort(hashes[learnt]), hashes[~learnt]
    nearest = trained[np.searchsorted(trained, others).clip(max=len(trained) - 1)]
    known = np.zeros(data.rows, bool)
    known[~learnt] = nearest == others
    return known


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
    wholly: list[str] = []
    nearly: list[str] = []
    for column, values in zip(data.columns, cells, strict=True):
        if any(tells(values, target) for target in targets):
            wholly.append(f"'{column.name}'")
        elif any(nearly_tells(values, target, bool(data.classes)) for target in targets):
            nearly.append(f"'{column.name}'")
    return [
        *told(wholly, "tells the target of every train row"),
        *told(nearly, "nearly tells the target of the train rows"),
    ]


def told(columns: list[str], what: str) -> list[str]:
    if not columns:
        return []
    named = "column" if len(columns) == 1 else "each of the columns"
    known = "leave it out if it is not known of new rows"
    return [f"{named} {listing(columns, 6)} alone {what}; {known}"]


def tells(values: ndarray, target: ndarray) -> bool:
    """Tell whether a column is the target in other units, or has one target for each value."""
    if is_line(values[:FEW], target[:FEW]) and is_line(values, target):
        return True
    pairs = set(zip(values[:FEW].tolist(), target[:FEW].tolist(), strict=True))
    few = len(pairs) == len({value for value, _ in pairs})  # quicker than to sort them
    return few and is_no_chance(values, target) and has_one_each(values, target)


def has_one_each(values: ndarray, target: ndarray) -> bool:
    _, first, place = np.unique(values, return_index=True, return_inverse=True)
    return bool((target[first][place] == target).all())


def is_line(values: ndarray, target: ndarray) -> bool:
    """Tell whether the target is the column, perhaps in other units."""
    return not np.isnan(values).any() and explained(values, target) > 1 - ROUNDING


def is_no_chance(values: ndarray, target: ndarray) -> bool:
    """Tell whether so many rows of equal values hardly agree by chance."""
    shares = np.unique(target, return_counts=True)[1] / len(target)
    repeats = len(values) - len(np.unique(values))
    return repeats > len(values) / 2 and -repeats * np.log(np.square(shares).sum()) > SURE


# Nearly


def nearly_tells(values: ndarray, target: ndarray, classes: bool) -> bool:
    """Tell whether little of the target is left open by a column, of whose gaps nothing is said."""
    known = ~np.isnan(values)
    if known.sum() < max(ENOUGH, len(values) / 2):
        return False
    values, target = values[known], target[known]
    left_open, little = (open_classes, 0.03) if classes else (open_numbers, 1e-3)
    few = left_open(values[:FEW], target[:FEW]) < 2 * little
    return few and left_open(values, target) < little


def open_numbers(values: ndarray, target: ndarray) -> float:
    """Give the share of a number's variance that a line, an order or groups leave open."""
    in_order = 0.0
    if len(np.unique(target)) > MANY:
        in_order = explained(ranks(values), ranks(target))
    return 1 - max(explained(values, target), in_order, explained_by_groups(values, target))


def open_classes(values: ndarray, target: ndarray) -> float:
    """Give the share of one answer's mistakes that each value's usual class makes, too."""
    counts = np.unique(target, return_counts=True)[1]
    wrong_by_one = len(target) - counts.max()
    if not wrong_by_one or not is_no_chance(values, target):
        return 1.0
    pairs, of_pairs = np.unique(np.stack([values, target]), axis=1, return_counts=True)
    _, starts = np.unique(pairs[0], return_index=True)
    right = np.maximum.reduceat(of_pairs, starts).sum()
    return float((len(target) - right) / wrong_by_one)


def explained(values: ndarray, target: ndarray) -> float:
    """Give the share of the target's variance that a line through the column explains."""
    if len(values) < LEAST:
        return 0.0
    apart, wanted = values - values.mean(), target - target.mean()
    spread = np.sqrt(apart @ apart) * np.sqrt(wanted @ wanted)
    return float((apart @ wanted / spread) ** 2) if spread else 0.0


def explained_by_groups(values: ndarray, target: ndarray) -> float:
    """Give the share that rows of equal values have in common, where few are alone."""
    names, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    if 2 * len(names) > len(values) or not target.std():
        return 0.0
    means = np.bincount(place, target) / counts
    return 1 - float(((target - means[place]) ** 2).mean() / target.var())


def ranks(values: ndarray) -> ndarray:
    """Give each number's place in the order of all, equal ones the same."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    return (np.cumsum(counts) - (counts - 1) / 2)[place]
