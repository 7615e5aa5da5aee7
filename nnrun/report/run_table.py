"""All that is known of runs as one table for other programs: a row a run, a column a name."""

import json
from collections.abc import Sequence
from typing import Any

from nnrun.report.run_list import digits
from nnrun.runs.entries import TAKEN, Entry
from nnrun.runs.tables import line, no_formula

Columns = dict[str, list[Any]]


def columns(entries: Sequence[Entry]) -> Columns:
    """Gather what is known of runs; None where one has no such setting or metric."""
    keys = dict.fromkeys(key for one in entries for key in one.facts)
    own = [own_values(one) for one in entries]
    table = {key: [values[key] for values in own] for key in own[0]} if own else {}
    for key in keys:
        name = key if key not in table else f"{key}_"
        table[name] = alike([one.facts.get(key) for one in entries])
    return table


def own_values(entry: Entry) -> dict[str, Any]:
    known = entry.known
    return {
        "name": whole_text(entry.name),
        "folder": whole_text(str(entry.folder)),
        "status": entry.status,
        "started": known.started,
        "seconds": known.seconds,
        "score_of": known.score,
        "score": known.value,
        "tags": " ".join(entry.tags),
        "note": known.note,
        TAKEN: whole_text(known.taken) or None,
        "typed": whole_text(" ".join(known.typed)),
    }


def alike(values: list[Any]) -> list[Any]:
    """Let a column hold values of one kind: truths, numbers, or else texts."""
    there = [value for value in values if value is not None]
    if all(isinstance(value, bool) for value in there):
        return values
    if all(isinstance(value, int | float) and not isinstance(value, bool) for value in there):
        whole = all(isinstance(value, int) for value in there)
        return values if whole else [None if v is None else float(v) for v in values]
    return [None if value is None else as_text(value) for value in values]


def as_text(value: Any) -> str:
    return whole_text(value) if isinstance(value, str) else json.dumps(value)


def whole_text(text: str) -> str:
    """Replace what is no Unicode, as the name of a folder may hold."""
    return text.encode(errors="replace").decode()


def as_csv(table: Columns) -> bytes:
    """Write the table as CSV; of texts none is a formula."""
    lines = [line(map(no_formula, table))]
    for row in zip(*table.values(), strict=True):
        lines.append(line(no_formula(digits(value)) for value in row))
    return "".join(lines).encode()


def as_parquet(table: Columns) -> bytes:
    """Write the table as Parquet, each column with its kind."""
    import pyarrow
    from pyarrow.parquet import write_table

    written = pyarrow.BufferOutputStream()
    write_table(pyarrow.table(table), written)
    return written.getvalue().to_pybytes()
