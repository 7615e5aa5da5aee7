"""What a run was: its settings, data, model and machine, and how it is made again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from nnrun.report.metric_tables import Lines
from nnrun.report.numbers import NONE, amount, count, number
from nnrun.report.pages.page import Grid
from nnrun.report.pages.run_facts import RunFacts, whole_numbers
from nnrun.report.pages.run_verdict import epochs_told, learnt_from, of_bags, verdict_of
from nnrun.report.run_list import duration
from nnrun.runs.commands import anew
from nnrun.runs.commands import typed as as_typed
from nnrun.runs.described import InputColumn
from nnrun.runs.filters import written as as_setting

MOST_COLUMNS = 60  # of the data that are told one by one
MOST_LEVELS = 8


def settings_grid(facts: RunFacts) -> Grid:
    """List what differs from the defaults, or what was typed where these are unknown."""
    if facts.departures is None:
        rows = [[*word.partition("=")[::2]] for word in facts.typed]
        return Grid("What was typed", ["setting", "value"], rows)
    told = [
        [one.key, as_setting(one.value), NONE if one.usual is None else as_setting(one.usual)]
        for one in facts.departures
    ]
    return Grid("What differs from the defaults", ["setting", "here", "default"], told)


def all_settings(facts: RunFacts) -> Grid:
    """List every setting."""
    choices = facts.record.get("choices", {})
    rows = [[key, as_setting(value)] for key, value in {**choices, **facts.judged.settings}.items()]
    return Grid("Every setting", ["setting", "value"], rows)


@dataclass(frozen=True)
class DataTold:
    """What is known of the data."""

    facts: Lines
    columns: Grid | None


def data_of(facts: RunFacts) -> DataTold:
    """Tell rows, columns, targets and classes as the folder has them."""
    described, dataset = facts.described, facts.config.get("dataset")
    path = dataset.get("path") if isinstance(dataset, dict) else None
    told = [
        ["data set", str(facts.record.get("choices", {}).get("dataset", ""))],
        ["file", str(path or "")],
        ["rows", rows_told(facts)],
        ["columns", f"{len(described.columns):,}" if described.columns else ""],
        ["targets", listed(described.targets)],
        ["classes", listed(described.classes)],
        ["repeated", repeated(facts.summary)],
        ["sha256", str(facts.record.get("data_sha256") or "")],
    ]
    return DataTold([line for line in told if line[1]], columns_grid(described.columns))


def rows_told(facts: RunFacts) -> str:
    """Count the rows of each part; of a model trained once more they are those of its run."""
    rows = facts.summary.get("rows") or facts.record.get("rows") or {}
    also = {"train": of_bags(facts)}
    parts = ", ".join(f"{many:,} {part}{also.get(part, '')}" for part, many in whole_numbers(rows))
    return (
        f"{learnt_from(facts)} train; judged with {parts}" if facts.summary.get("refit") else parts
    )


def repeated(summary: dict[str, Any]) -> str:
    """Tell how many judged rows training had already."""
    pairs = whole_numbers(summary.get("repeated"))
    return ", ".join(f"{many:,} {part} rows stand among the training rows" for part, many in pairs)


def listed(names: tuple[str, ...]) -> str:
    """Name the first of many, and count them."""
    if not names:
        return ""
    more = f" and {len(names) - MOST_LEVELS} more" if len(names) > MOST_LEVELS else ""
    return f"{len(names)}: {', '.join(names[:MOST_LEVELS])}{more}"


def columns_grid(columns: tuple[InputColumn, ...]) -> Grid | None:
    """List the columns, unless these are very many, such as pixels."""
    if not 0 < len(columns) <= MOST_COLUMNS:
        return None
    rows = [[one.name, kind_of(one), range_of(one), fill_of(one)] for one in columns]
    headings = ["column", "kind", "in the training rows", "a gap counts as"]
    gaps = any(row[3] for row in rows)
    kept = 4 if gaps else 3
    return Grid("Columns", headings[:kept], [row[:kept] for row in rows])


def kind_of(column: InputColumn) -> str:
    return f"category of {len(column.levels)}" if column.levels else "number"


def range_of(column: InputColumn) -> str:
    if column.levels:
        return listed(column.levels).partition(": ")[2]
    return f"{amount(column.seen[0])} to {amount(column.seen[-1])}" if column.seen else ""


def fill_of(column: InputColumn) -> str:
    fill = column.fill_told
    return fill if isinstance(fill, str) else "" if fill is None else amount(fill)


def model_of(facts: RunFacts) -> Lines:
    """Tell what the network is."""
    described, choices = facts.described, facts.record.get("choices", {})
    widths = facts.judged.settings.get("model.widths")
    size = f"{number(described.bytes / 1000)} kB as float32" if described.bytes else ""
    told = [
        ["model", str(choices.get("model", described.kind))],
        ["hidden layers", as_setting(widths) if widths else ""],
        ["activation", str(facts.judged.settings.get("model.activation") or "")],
        ["parameters", f"{described.parameters:,}" if described.parameters else ""],
        ["networks", f"{described.networks:,}, averaged" if described.networks > 1 else ""],
        ["size", size],
        *([name, str(choices.get(name, ""))] for name in ("optimizer", "scheduler", "loss")),
        ["regularisation", str(choices.get("regularisation", "")).replace("none", "")],
        ["best epoch" if facts.summary else "epochs", epochs_told(facts)],
    ]
    return [line for line in told if line[1]]


def environment_of(facts: RunFacts) -> Lines:
    """Tell on what it ran."""
    record, versions = facts.record, facts.record.get("versions", {})
    git = record.get("git")
    commit = str(git.get("commit", "")) if isinstance(git, dict) else ""
    told = [
        ["started", facts.entry.started],
        ["took", duration(facts.entry.known.seconds)],
        ["device", f"{record.get('device', '')}, {count(record.get('threads', 1), 'thread')}"],
        ["processor", str(record.get("gpu") or record.get("processor") or "")],
        ["system", str(record.get("platform", ""))],
        ["precision", str(record.get("precision", ""))],
        ["versions", ", ".join(f"{name} {version}" for name, version in versions.items())],
        ["commit", commit],
    ]
    return [line for line in told if line[1]]


def commands_of(facts: RunFacts) -> list[tuple[str, str]]:
    """Give what to type to make it again, and what may come next."""
    folder, said = as_typed(facts.entry.folder), verdict_of(facts)
    command = anew(str(facts.record.get("command", "")))
    if not facts.learnt:
        return [("average the same", command)] if command else []
    told = [("train the same", command)]
    if said.typed:
        told.append(("what is advised", f"nnrun again {folder} {' '.join(said.typed)}"))
    if facts.entry.status == "interrupted":
        told.append(("go on with it", f"nnrun resume {folder}"))
    if facts.entry.status == "done" and "refit" not in facts.summary:
        told.append(("train again and compare bit by bit", f"nnrun reproduce {folder}"))
    return [(why, command) for why, command in told if command]
