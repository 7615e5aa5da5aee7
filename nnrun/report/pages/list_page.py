"""The page that lists runs and sweeps, of which one opens one or compares several."""

from __future__ import annotations

import json
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from nnrun.report.numbers import number
from nnrun.report.pages.page import visible_data, write_page
from nnrun.report.run_list import difference, differing, duration, status
from nnrun.runs.entries import Entry

COLUMNS = ("name", "differs", "status", "score", "value", "started", "took", "tags")


def list_page(root: Path, entries: Sequence[Entry]) -> str:
    """Write the page; the browser draws the rows that are seen."""
    return write_page(
        "list.html", f"Runs in {root.name}", list_data(entries), view="live", root=root
    )


def list_data(entries: Sequence[Entry]) -> dict[str, Any]:
    """Give a row for each run, and what changes once any of them does."""
    whole = [one for one in entries if not one.known.wrong]
    keys = differing(whole) if whole else []
    rows = [row_of(one, keys) for one in entries]
    stamp = sha256(json.dumps(rows).encode()).hexdigest()[:16]
    return visible_data({"columns": COLUMNS, "rows": rows, "stamp": stamp})


def row_of(one: Entry, keys: list[str]) -> list[str]:
    """Tell of a run; first where it lies, by which it is asked for."""
    known = one.known
    if known.wrong:
        return [one.place, one.place, known.wrong, "damaged", *[""] * (len(COLUMNS) - 3)]
    value = number(known.value) if known.value is not None else ""
    told = [one.name, difference(one, keys), status(one), known.score, value]
    return [one.place, *told, one.started[:16], duration(known.seconds), " ".join(one.tags)]
