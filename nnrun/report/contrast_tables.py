"""A comparison as people and programs read it."""

from collections.abc import Sequence
from math import isfinite
from typing import Any

from nnrun.report.cells import ORIGINS, Cell, Metric, differing
from nnrun.report.compare import SEEDS
from nnrun.report.contrasts import Contrast, Disagreement, Verdict
from nnrun.report.metric_tables import Lines, Table
from nnrun.report.numbers import NONE, amount, count, number
from nnrun.runs.filters import written
from nnrun.runs.names import short_key

SIDE_BY_SIDE = 6  # cells of which all metrics are shown beside each other
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def label(place: int) -> str:
    """Name a cell: A to Z, then 27 and on."""
    return ALPHABET[place] if place < len(ALPHABET) else str(place + 1)


def main_table(cells: Sequence[Cell], found: Sequence[Contrast], metric: Metric) -> Table:
    """Lay out the cells: what differs, the metric, and how far each is behind the best."""
    keys = differing(cells)
    headings = ["", *(short_key(key, keys) for key in keys), str(metric), f"{repeats_of(cells)}s"]
    headings += ["behind the best", "p", "effect", ""]
    tellings = [["", "", "", Verdict.BEST], *map(telling, found)]
    rows = [
        [
            label(place),
            *(value_of(cell, key) for key in keys),
            cell.spread(metric.name),
            str(len(cell.members)),
            *told,
        ]
        for place, (cell, told) in enumerate(zip(cells, tellings, strict=True))
    ]
    return headings, rows


def repeats_of(cells: Sequence[Cell]) -> str:
    """Name what the runs of a cell are: seeds, unless some differ by their folds."""
    several = dict.fromkeys(cell.repeats for cell in cells if len(cell.members) > 1)
    return next(iter(several)) if len(several) == 1 else "run" if several else "seed"


def value_of(cell: Cell, key: str) -> str:
    known = key in cell.members[0].settings
    if known and key in ORIGINS:  # the sweep or the run alone
        return str(cell.setting(key)).partition(": ")[0]
    return written(cell.setting(key)) if known else NONE


def telling(one: Contrast) -> list[str]:
    """Write how far a cell is behind the best, and how sure that is."""
    estimate = one.estimate
    if not estimate.told:
        return [amount(estimate.mean), "", "", str(one.verdict)]
    behind = f"{amount(estimate.mean)} ({amount(estimate.low)} to {amount(estimate.high)})"
    effect = number(estimate.effect) if isfinite(estimate.effect) else ""
    return [behind, number(one.p), effect, str(one.verdict)]


def explanations(cells: Sequence[Cell], found: Sequence[Contrast]) -> list[tuple[str, str]]:
    """Say over what the intervals are, and what would tell more."""
    told: list[tuple[str, str]] = []
    if any(len(cell.members) > 1 for cell in cells):
        told.append(("±", f"the standard deviation over {repeats_of(cells)}s"))
    elif any(one.folds for cell in cells for one in cell.members):
        told.append(("±", "the standard deviation over folds"))
    if len(found) > 1:
        told.append(
            ("p", f"corrected for {len(found)} comparisons with the best of all, after Holm")
        )
    for over in dict.fromkeys(one.over for one in found if one.estimate.told):
        whose = letters(cells, [one for one in found if one.over == over])
        told.append(("interval", f"{whose}: 95 % over {over}"))
    if few := [one for one in found if not one.estimate.told]:
        wrong = "so few seeds allow no interval; train at least three of each"
        told.append(("interval", f"{letters(cells, few)}: {wrong}"))
    for one in found:
        if one.verdict is Verdict.UNKNOWN and one.seeds_wanted:
            many = f"about {count(one.seeds_wanted, 'seed')} of each would tell"
            told.append(("seeds", f"{letters(cells, [one])}: {many}, if they differ as these do"))
    return told


def letters(cells: Sequence[Cell], found: Sequence[Contrast]) -> str:
    """Name the cells of some comparisons."""
    places = [place for place, cell in enumerate(cells) if any(one.cell is cell for one in found)]
    return ", ".join(map(label, places))


def metric_table(cells: Sequence[Cell], metric: Metric) -> Table:
    """Put the metrics of a few cells side by side."""
    shown = cells[:SIDE_BY_SIDE]
    names = metric_names(shown, metric.part)
    rows: Lines = [[name, *(cell.spread(name) for cell in shown)] for name in names]
    return [metric.part, *(label(place) for place in range(len(shown)))], rows


def metric_names(cells: Sequence[Cell], part: str) -> list[str]:
    """List the metrics that all have."""
    first = cells[0].members[0].summary.get(part) or {}
    numbers = [name for name, value in first.items() if isinstance(value, int | float)]
    medians = [
        f"{name}.median"
        for name, value in first.items()
        if isinstance(value, dict) and "median" in value
    ]
    return [name for name in (*numbers, *medians) if all(cell.values(name) for cell in cells)]


def row_table(found: Sequence[Disagreement], names: Sequence[str], other: str) -> Table:
    """Lay out the rows in which two cells differ most."""
    several = len(names) > 1
    headings = ["row", *(["target"] if several else []), "true", "A", other]
    rows = [
        [one.row, *([names[one.target]] if several else []), one.true, *one.said] for one in found
    ]
    return headings, rows


# For programs


def cell_json(cell: Cell, keys: Sequence[str], metric: Metric) -> dict[str, Any]:
    """Give a cell."""
    names = metric_names([cell], metric.part)
    return {
        "settings": {key: cell.setting(key) for key in keys},
        "runs": [str(one.folder) for one in cell.members],
        "seeds": [[one.settings.get(key) for key in SEEDS] for one in cell.members],
        metric.part: {name: cell.values(name) for name in names},
        "mean": cell.mean(metric.name),
    }


def contrast_json(one: Contrast, rows: Sequence[Disagreement]) -> dict[str, Any]:
    """Give a comparison with the best."""
    estimate = one.estimate
    told = estimate.told
    return {
        "behind": estimate.mean,
        "interval": [estimate.low, estimate.high] if told else None,
        "over": one.over or None,
        "p": one.p if told else None,
        "effect": estimate.effect if told else None,
        "verdict": str(one.verdict),
        "seeds_wanted": one.seeds_wanted,
        "rows": [
            {"row": each.row, "true": each.true, "said": list(each.said), "behind": each.behind}
            for each in rows
        ],
    }
