"""The list of runs: what differs between them, their scores, when they were, how long they took."""

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from statistics import mean, stdev
from typing import Any

from nnrun.report.layout import GAP, column_width, narrow
from nnrun.report.metric_tables import Table
from nnrun.report.numbers import number, setting, within
from nnrun.runs.commands import shown
from nnrun.runs.entries import SWEEP, TAKEN, TRAINING, Entry
from nnrun.runs.filters import is_number, written
from nnrun.runs.names import short_key, typed_key
from nnrun.runs.record import ENSEMBLE, REFIT
from nnrun.runs.summary import PARTS
from nnrun.runs.tables import line, no_formula

LEAST = 10  # columns for what differs, however narrow the terminal is
CUT = "…"
NOT_OF_A_RUN = ("hydra", "sweep", "output")  # settings that make no other numbers
SETTINGS = (
    *("seed", "dataset", "model", "optimizer", "scheduler", "loss", "regularisation", "training"),
    *("experiment", "output"),
)
UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"))
OF_CSV = ("name", "folder", "kind", "status", "started", "seconds", "score")

Cells = tuple[str, list[str]]  # a column: its heading, and a text for each run


# What differs


def differing(entries: Sequence[Entry]) -> list[str]:
    """List the settings that were typed, but for those that are the same in all."""
    keys = dict.fromkeys(typed_key(word) for one in entries for word in one.known.typed)
    kept = [key for key in keys if key.partition(".")[0] not in NOT_OF_A_RUN]
    if len(entries) == 1:
        return kept
    return [key for key in kept if len({said(one, key) for one in entries}) > 1]


def said(entry: Entry, key: str) -> str:
    """Tell what a setting is: as it was typed, or else as it came to be."""
    return typed_values(entry).get(key) or written(entry.fact(key))


def typed_values(entry: Entry) -> dict[str, str]:
    pairs = (word.partition("=") for word in entry.known.typed)
    return {typed_key(key): value for key, _, value in pairs}


def difference(entry: Entry, keys: list[str]) -> str:
    """Write what is typed for a run and not for all."""
    typed = typed_values(entry)
    told = " ".join(f"{short_key(key, keys)}={typed[key]}" for key in keys if key in typed)
    return told or made_of(entry)


def made_of(entry: Entry) -> str:
    """Tell of what a model was made for which no settings were typed; nothing of a training."""
    if entry.known.typed:
        return ""
    told = ((key, entry.fact(key)) for key in (ENSEMBLE, REFIT))
    return "".join(f"{key}={str(of).partition(': ')[0]}" for key, of in told if of)


# The table


def table(entries: Sequence[Entry], width: int) -> Table:
    """Lay out the list; what differs takes the room that the other columns leave."""
    keys = differing(entries)
    differs = [difference(one, keys) for one in entries]
    columns = [
        ("name", [one.name for one in entries]),
        ("status", [status(one) for one in entries]),
        score_column(entries),
        ("started", [short_time(one.started) for one in entries]),
        ("took", [duration(one.known.seconds) for one in entries]),
    ]
    if any(one.tags for one in entries):
        columns.insert(1, ("tags", [" ".join(one.tags) for one in entries]))
    if any(one.known.taken for one in entries):
        columns.append(("taken over from", [taken_from(one) for one in entries]))
    taken = sum(column_width(narrow(heading), cells) + GAP for heading, cells in columns)
    room = max(width - taken, LEAST)
    columns.insert(1, ("differs", [cut(text, room) for text in differs]))
    return as_table(columns)


def taken_from(entry: Entry) -> str:
    """Tell where a member lies that its sweep took over."""
    return shown(Path(entry.known.taken)) if entry.known.taken else ""


def short_time(moment: str) -> str:
    """Write when a run began: the day and the hour of this year, the day alone of another."""
    this_year = moment.startswith(f"{datetime.now():%Y}-")
    return moment[5:16] if this_year else moment[:10]


def as_table(columns: Sequence[Cells]) -> Table:
    headings = [heading for heading, _ in columns]
    texts = [cells for _, cells in columns]
    return headings, [list(row) for row in zip(*texts, strict=True)]


def cut(text: str, room: int) -> str:
    return text if len(text) <= room else text[: room - 1] + CUT


def status(entry: Entry) -> str:
    """Say how a run ended; of a sweep, how many members are done."""
    known = entry.known
    if entry.status == TRAINING:
        return f"epoch {entry.fact('epochs')} of {entry.fact('training.epochs')}"
    if known.kind != SWEEP:
        return entry.status
    if entry.status == "done":
        return f"done {known.members:,}"
    return f"{entry.status} {known.done:,} of {known.members:,}"


def score_column(entries: Sequence[Entry]) -> Cells:
    """Show scores; where they are of several kinds, each with its name."""
    kinds = {one.known.score for one in entries if one.known.score}
    if len(kinds) == 1:
        return kinds.pop(), [number(one.known.value) for one in entries]
    return "score", [f"{one.known.score} {number(one.known.value)}".strip() for one in entries]


def duration(seconds: float | None) -> str:
    """Write how long something took: 7 s, 12 min, 3.4 h."""
    if seconds is None:
        return ""
    for length, unit in UNITS:
        if seconds >= 2 * length:
            amount = seconds / length
            return f"{amount:.1f} {unit}" if amount < 10 else f"{amount:.0f} {unit}"
    return f"{seconds:.0f} s"


# Columns of one's own


def own_table(entries: Sequence[Entry], columns: list[str]) -> Table:
    """Lay out the columns that were asked for."""
    return as_table([(key, [cell(key, one.fact(key)) for one in entries]) for key in columns])


def cell(key: str, value: Any) -> str:
    """Write a value for people: of a setting as it is typed."""
    if value is None:
        return ""
    if not isinstance(value, float):
        return written(value)
    return setting(value) if key.partition(".")[0] in SETTINGS else number(value)


def order(key: str) -> Callable[[Entry], tuple]:
    """Sort by a setting or a metric: numbers, then texts, then runs that lack it."""

    def place(entry: Entry) -> tuple:
        value = entry.fact(key)
        if is_number(value):
            return 0, value, ""
        return (2, 0, "") if value is None else (1, 0, written(value))

    return place


# Groups


def groups(entries: Sequence[Entry], key: str) -> dict[str, list[Entry]]:
    """Group runs by what a setting is; one that a sweep took over counts once."""
    made: dict[str, list[Entry]] = {}
    for one in sorted(each_once(entries), key=order(key)):
        made.setdefault(written(one.fact(key)), []).append(one)
    return made


def each_once(entries: Sequence[Entry]) -> list[Entry]:
    """Leave out members that were taken over from runs that are listed, too, or more than once."""
    if not any(one.known.taken for one in entries):
        return [*entries]
    at_home_first = sorted(entries, key=lambda one: bool(one.known.taken))
    return [*{one.folder.resolve(): one for one in reversed(at_home_first)}.values()]


def group_table(grouped: dict[str, list[Entry]], key: str) -> Table:
    """Lay out groups: how many, their mean score, the best; a row for each kind of score."""
    rows = []
    for value, entries in grouped.items():
        scored = [one for one in entries if one.known.value is not None]
        kinds = sorted({one.known.score for one in scored})
        rows += [group_row(value, [o for o in scored if o.known.score == kind]) for kind in kinds]
        if not kinds:
            rows.append([value, str(len(entries)), "", "", ""])
    return [key, "runs", "score", "mean", "best"], rows


def group_row(value: str, entries: list[Entry]) -> list[str]:
    """Lay out runs with the same kind of score."""
    scores = [one.known.value or 0.0 for one in entries]
    best = min(entries, key=lambda one: one.rank)
    spread = within(mean(scores), stdev(scores)) if len(scores) > 1 else number(scores[0])
    shown = f"{number(best.known.value)} {best.name}"
    return [value, str(len(entries)), best.known.score, spread, shown]


# For programs


def as_json(entry: Entry) -> dict[str, Any]:
    """Give all that is known of a run."""
    known = entry.known
    score = {"name": known.score, "value": known.value, "better": direction(known.better)}
    return {
        "name": entry.name,
        "folder": str(entry.folder),
        "kind": known.kind,
        "status": entry.status,
        "started": known.started,
        "seconds": known.seconds,
        **({"members": known.members, "done": known.done} if known.kind == SWEEP else {}),
        "score": score if known.score else None,
        **({"taken_over_from": known.taken} if known.taken else {}),
        "tags": entry.tags,
        "note": known.note,
        "typed": known.typed,
        "facts": entry.facts,
    }


def direction(better: int) -> str:
    return "higher" if better > 0 else "lower"


def as_csv(entries: Sequence[Entry], columns: list[str]) -> str:
    """Write the list as a table; of texts none is a formula."""
    lines = [line(map(no_formula, columns))]
    for one in entries:
        lines.append(line(no_formula(digits(one.fact(key))) for key in columns))
    return "".join(lines)


def digits(value: Any) -> str:
    """Write a value with all its digits; nothing where there is none."""
    if value is None:
        return ""
    return repr(value) if isinstance(value, float) else written(value)


def usual_columns(entries: Sequence[Entry]) -> list[str]:
    """Name what a CSV tells: of all runs, settings that differ, and metrics of their rows."""
    keys = dict.fromkeys(key for one in entries for key in one.facts)
    metrics = [key for key in keys if is_metric(key)]
    settings = [key for key in differing(entries) if key in keys]
    away = [TAKEN] if any(one.known.taken for one in entries) else []
    return [*OF_CSV, *away, *settings, *metrics]


def is_metric(key: str) -> bool:
    part, _, name = key.partition(".")
    return part in PARTS and "." not in name
