"""The page of a run: what it came to, how it got there, and what it was."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import Any

import numpy as np
from markupsafe import Markup

from nnrun.report import verdict as verdicts
from nnrun.report.metric_tables import ROWS, Lines
from nnrun.report.numbers import NONE, count, number
from nnrun.report.pages import confusion, fits
from nnrun.report.pages.intervals import Interval, intervals
from nnrun.report.pages.page import Grid, grid, write_page
from nnrun.report.pages.run_facts import RunFacts
from nnrun.report.pages.thinning import epochs_shown
from nnrun.report.run_list import duration
from nnrun.report.scores import with_direction, written
from nnrun.runs.commands import typed as as_typed
from nnrun.runs.described import InputColumn
from nnrun.runs.epochs import EpochRecord
from nnrun.runs.filters import written as as_setting
from nnrun.runs.summary import PARTS, metric_at

GOOD, BAD = (verdicts.FITTED,), (verdicts.DIVERGED, verdicts.NOTHING)
MOST_COLUMNS = 60  # of the data that are told one by one
MOST_LEVELS = 8
OF_TARGET = ("r2", "rmse", "mae", "pinball", "crps", "max_error")
OF_CLASS = ("precision", "recall", "f1", "auc", "average_precision")


def run_page(facts: RunFacts, view: str = "") -> str:
    """Write the page of a run."""
    shown, pictures = curves_of(facts), pictures_of(facts)
    return write_page(
        "run.html",
        facts.entry.name,
        {"curves": [shown], "fits": [panel.points for panel in pictures.fits] if pictures else []},
        view=view,
        run=facts,
        entry=facts.entry,
        said=verdict_of(facts),
        typed=[word for word in facts.typed if not word.startswith("output.")],
        stats=stats_of(facts),
        took=duration(facts.entry.known.seconds),
        hero=hero_of(facts),
        metrics=metrics_grid(facts),
        inner=inner_grid(facts),
        pictures=pictures,
        course=shown,
        settings=settings_grid(facts),
        everything=all_settings(facts),
        data=data_of(facts),
        model=model_of(facts),
        environment=environment_of(facts),
        commands=commands_of(facts),
    )


# The verdict


@dataclass(frozen=True)
class Said:
    """A verdict in its parts."""

    kind: str
    told: str
    advice: str  # a setting that may help, as it is typed
    look: str  # good, bad, or fair


def verdict_of(facts: RunFacts) -> Said:
    """Take a verdict apart; where there is none, say how far the run has come."""
    status = facts.entry.status
    said = str(facts.summary.get("verdict") or "")
    if not said:
        told = facts.record.get("word", "") or progress(facts)
        return Said(status or "no verdict", told, "", "bad" if status == "failed" else "fair")
    kind, _, rest = said.partition(": ")
    told, _, advice = rest.partition("; try ")
    look = "good" if kind in GOOD else "bad" if kind in BAD else "fair"
    return Said(kind, told, advice, look)


def progress(facts: RunFacts) -> str:
    """Tell how many epochs are over."""
    asked = facts.config.get("training", {}).get("epochs")
    done = len(facts.epochs)
    return f"{done:,} of {asked} epochs are over" if asked else f"{count(done, 'epoch')} are over"


def stats_of(facts: RunFacts) -> Lines:
    """Tell in a few words what was trained on what."""
    rows = dict(whole_numbers(facts.summary.get("rows") or facts.record.get("rows")))
    choices, parameters = facts.record.get("choices", {}), facts.described.parameters
    told = [
        ["data", str(choices.get("dataset", ""))],
        ["model", str(choices.get("model", facts.described.kind))],
        ["parameters", f"{parameters:,}" if parameters else ""],
        ["learnt from", count(rows["train"], "row") if "train" in rows else ""],
        ["best epoch" if facts.summary else "epochs", epochs_told(facts)],
    ]
    return [line for line in told if line[1]]


@dataclass(frozen=True)
class Hero:
    """The score in large letters, and beside it what simple methods reach."""

    name: str
    value: str
    told: str
    beside: Markup


def hero_of(facts: RunFacts) -> Hero:
    """Put the score beside those of the baselines."""
    name = facts.score
    value = metric_at(facts.metrics, name)
    if value is None:
        return hero_under_way(facts)
    ends = facts.interval(name)
    told = f"on the {facts.rows_told}"
    if ends:
        told = f"95 % interval {number(ends[0])} to {number(ends[1])}, {told}"
    shown = [Interval("this run", value, *(ends or (value, value)))]
    for method, metrics in (facts.summary.get("baselines") or {}).items():
        theirs = metric_at(metrics, name) if isinstance(metrics, dict) else None
        if theirs is not None:
            shown.append(Interval(method, theirs, theirs, theirs, "other"))
    label = f"{written(name)} of this run and of simple methods on the {facts.rows_told}"
    better = facts.entry.known.better
    drawn = intervals(shown, label) if len(shown) > 1 else Markup("")
    return Hero(with_direction(written(name), better), number(value), told, drawn)


def hero_under_way(facts: RunFacts) -> Hero:
    """Tell the newest score, where nothing has been measured at the end."""
    if not facts.epochs:
        under_way = facts.record.get("status") == "running"
        told = "no epoch is over yet" if under_way else "it ended before an epoch was over"
        return Hero(told, NONE, "", Markup(""))
    newest = facts.epochs[-1]
    told = f"after epoch {newest.number:,}, on the {ROWS['val']}"
    return Hero(written(facts.score), number(newest.score), told, Markup(""))


# Curves


def curves_of(facts: RunFacts) -> dict[str, Any]:
    """Give the course of a training as the browser draws it."""
    return {"id": "course", "best": facts.summary.get("best_epoch"), **course(facts.epochs, facts)}


def course(epochs: list[EpochRecord], facts: RunFacts) -> dict[str, Any]:
    """Lay out losses, the score and the learning rate, at no more epochs than can be seen."""
    if not epochs:
        return {"epochs": [], "panels": []}
    names = ("train_loss", "val_loss", "score", "lr")
    table = np.array([[one.number, *(one._asdict()[name] for name in names)] for one in epochs]).T
    chosen = table[:, epochs_shown([*table[1:]])]
    told = [short(numbers) for numbers in chosen]
    losses = [{"name": "training", "values": told[1]}, {"name": "validation", "values": told[2]}]
    shown = [
        {"name": "loss", "series": losses},
        {"name": f"validation {written(facts.score)}", "series": [series("score", told[3])]},
        {"name": "learning rate", "series": [series("lr", told[4])]},
    ]
    panels = [panel for panel in map(with_numbers, shown) if panel["series"]]
    return {"epochs": [int(epoch) for epoch in chosen[0]], "panels": panels}


def series(name: str, values: list[float | None]) -> dict[str, Any]:
    return {"name": name, "values": values}


def with_numbers(panel: dict[str, Any]) -> dict[str, Any]:
    """Leave out curves of which nothing is known."""
    kept = [one for one in panel["series"] if any(value is not None for value in one["values"])]
    return {**panel, "series": kept}


def short(numbers: np.ndarray) -> list[float | None]:
    """Write numbers at a length that shows no steps; nothing where there are none."""
    return [float(f"{value:.6g}") if isfinite(value) else None for value in numbers]


# Metrics


def metrics_grid(facts: RunFacts) -> Grid:
    """Put the metrics of the judged rows beside baselines, and beside those of other rows."""
    simple = facts.summary.get("baselines") or {}
    others = [part for part in PARTS[::-1] if part != facts.part and facts.summary.get(part)]
    columns = [*simple.values(), *(facts.summary[part] for part in others)]
    rows = []
    for name in plain_metrics(facts):
        theirs = [number(metric_at(metrics or {}, name)) for metrics in columns]
        value = number(metric_at(facts.metrics, name))
        rows.append([written(name), value, interval_told(facts, name), *theirs])
    headings = ["", "this run", "95 % interval", *simple, *(ROWS[part] for part in others)]
    return Grid(f"Metrics on the {facts.rows_told}", headings, rows)


def plain_metrics(facts: RunFacts) -> list[str]:
    """List the metrics that are one number, the score first."""
    names = [name for name, value in facts.metrics.items() if isinstance(value, int | float)]
    deeper = [
        f"{name}.median"
        for name, value in facts.metrics.items()
        if metric_at(facts.metrics, f"{name}.median") is not None and isinstance(value, dict)
    ]
    every = [*names, *deeper]
    return sorted(every, key=lambda name: name != facts.score)


def interval_told(facts: RunFacts, name: str) -> str:
    ends = facts.interval(name)
    return f"{number(ends[0])} to {number(ends[1])}" if ends else ""


def inner_grid(facts: RunFacts) -> Grid | None:
    """Lay out the metrics of each target or class, where there are several."""
    for key, names, noun in (("per_target", OF_TARGET, "target"), ("per_class", OF_CLASS, "class")):
        each = facts.metrics.get(key)
        if isinstance(each, dict) and len(each) > 1:
            known = [
                name for name in names if metric_at(next(iter(each.values())), name) is not None
            ]
            rows = [
                [one, *(number(metric_at(of, name)) for name in known)] for one, of in each.items()
            ]
            headings = [noun, *map(written, known)]
            return Grid(f"By {noun}, on the {facts.rows_told}", headings, rows, sortable=True)
    return None


# Pictures


@dataclass(frozen=True)
class Pictures:
    """What the predictions look like, and which of them are worst."""

    heading: str
    told: str
    fits: list[fits.FitPanel]
    confusion: Markup
    tables: list[Grid]

    @property
    def layout(self) -> str:
        """Whether tables stand beside the drawing, where this is one alone."""
        if self.confusion:
            return "beside broad"
        return "beside" if len(self.fits) == 1 else "below"


def pictures_of(facts: RunFacts) -> Pictures | None:
    """Draw the predictions; nothing where there are none."""
    if facts.predictions is None:
        return None
    if not facts.described.classes and (targets := fits.fitted_targets(facts.predictions)):
        worst = grid("The rows that are predicted worst", fits.worst_rows(targets), True)
        more = len(targets) - fits.SHOWN
        told = f"the {fits.SHOWN} worst of {len(targets)} targets" if more > 0 else ""
        return Pictures("Predicted and true", told, fits.panels(targets), Markup(""), [worst])
    if len(facts.predictions.true) != 1:
        return None
    pairs = confusion.pairs_of(facts.predictions)
    found = sorted({name for pair in pairs for name in pair})
    classes = facts.described.classes or found
    surest = grid("The mistakes it was surest about", confusion.surest_mistakes(facts.predictions))
    usual = grid("What is mistaken most often", confusion.usual_mistakes(pairs))
    tables = [table for table in (usual, surest) if table.rows]
    drawn = confusion.confusion(pairs, classes)
    return Pictures("Which class was taken for which", confusion.told(pairs), [], drawn, tables)


# What it was


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
    rows = facts.summary.get("rows") or facts.record.get("rows") or {}
    told = [
        ["data set", str(facts.record.get("choices", {}).get("dataset", ""))],
        ["file", str(path or "")],
        ["rows", ", ".join(f"{many:,} {part}" for part, many in whole_numbers(rows))],
        ["columns", f"{len(described.columns):,}" if described.columns else ""],
        ["targets", listed(described.targets)],
        ["classes", listed(described.classes)],
        ["repeated", repeated(facts.summary)],
        ["sha256", str(facts.record.get("data_sha256") or "")],
    ]
    return DataTold([line for line in told if line[1]], columns_grid(described.columns))


def whole_numbers(rows: Any) -> list[tuple[str, int]]:
    pairs = rows.items() if isinstance(rows, dict) else ()
    return [(str(part), many) for part, many in pairs if isinstance(many, int)]


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
    return f"{number(column.seen[0])} to {number(column.seen[-1])}" if column.seen else ""


def fill_of(column: InputColumn) -> str:
    fill = column.fill_told
    return fill if isinstance(fill, str) else "" if fill is None else number(fill)


def model_of(facts: RunFacts) -> Lines:
    """Tell what the network is."""
    described, choices = facts.described, facts.record.get("choices", {})
    widths = facts.judged.settings.get("model.widths")
    size = f"{described.bytes / 1e6:.2f} MB as float32" if described.bytes else ""
    told = [
        ["model", str(choices.get("model", described.kind))],
        ["hidden layers", as_setting(widths) if widths else ""],
        ["activation", str(facts.judged.settings.get("model.activation") or "")],
        ["parameters", f"{described.parameters:,}" if described.parameters else ""],
        ["networks", f"{described.networks:,}, averaged" if described.networks > 1 else ""],
        ["size", size],
        *([name, str(choices.get(name, ""))] for name in ("optimizer", "scheduler", "loss")),
        ["regularisation", str(choices.get("regularisation", "")).replace("none", "")],
        ["best epoch", epochs_told(facts)],
    ]
    return [line for line in told if line[1]]


def epochs_told(facts: RunFacts) -> str:
    if not facts.learnt:
        return ""
    best, done = facts.summary.get("best_epoch"), len(facts.epochs)
    return f"{best:,} of {done:,}" if isinstance(best, int) else f"{done:,} so far"


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
    command = str(facts.record.get("command", ""))
    if not facts.learnt:
        return [("average the same", command)] if command else []
    told = [("train the same", command)]
    if said.advice:
        told.append(("what the verdict advises", f"nnrun again {folder} {said.advice}"))
    told.append(("train again and compare bit by bit", f"nnrun reproduce {folder}"))
    return [(why, command) for why, command in told if command]
