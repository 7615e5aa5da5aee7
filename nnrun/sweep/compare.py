"""What a sweep found: a row for each member, seeds taken together, the best."""

import csv
from dataclasses import dataclass
from io import StringIO
from statistics import mean, stdev
from typing import Any

from nnrun import tasks
from nnrun.report.metric_tables import metric_at, number
from nnrun.runs.ledger import Ledger
from nnrun.runs.names import as_text, exact, short_key, value_of, varied

SEEDS = ("seed", "dataset.split.seed")
MIXED = "score"  # what is said for the score where some members have one and some the other


@dataclass(frozen=True)
class Row:
    """A member: what is its own, and how it did."""

    member: int
    name: str
    values: dict[str, Any]  # of the varied settings
    status: str  # done, failed, or missing
    score: float | None  # R², accuracy or nearness of the validation rows
    summary: dict
    word: str = ""  # why it failed

    def metric(self, path: str) -> float | None:
        """A metric of the test rows."""
        return metric_at(self.summary.get("test", {}), path)


def rows(ledger: Ledger) -> list[Row]:
    """All members of a sweep, in their order."""
    keys, failures = varied(ledger.jobs), ledger.failures()
    found = []
    for member, (name, job) in enumerate(zip(ledger.names, ledger.jobs, strict=True)):
        done = ledger.done(member)
        summary = ledger.summary(member) if done else {}
        status = "done" if done else "failed" if member in failures else "missing"
        values = {key: value_of(job, key) for key in keys}
        found.append(
            Row(member, name, values, status, score(summary), summary, failures.get(member, ""))
        )
    return found


def score(summary: dict) -> float | None:
    scored = tasks.score_in(summary.get("val", {}))
    return scored[1] if scored else None


def best(found: list[Row]) -> Row | None:
    """The member that the validation rows speak for; of equals the one with the lower loss, then the first.

    There is none where R² would have to be compared with accuracy.
    """
    scored = [
        (-row.score, row.summary["val_loss"], row.member) for row in found if row.score is not None
    ]
    return found[min(scored)[2]] if scored and score_name(found) != MIXED else None


def score_name(found: list[Row]) -> str:
    """What the score is, where all members have the same."""
    scored = [tasks.score_in(row.summary.get("val", {})) for row in found]
    names = {name for name, _ in filter(None, scored)}
    return names.pop() if len(names) == 1 else MIXED


def headlines(found: list[Row]) -> list[str]:
    """List the test metrics that tables show."""
    return tasks.headlines_in(row.summary.get("test", {}) for row in found)


def as_csv(found: list[Row]) -> str:
    """sweep.csv: varied settings, scores, test metrics. No times, so that the same sweep gives the same file."""
    keys = list(found[0].values)
    metrics = headlines(found)
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    scores = [
        f"val_{score_name(found)}",
        "val_loss",
        "best_epoch",
        "epochs",
        *(f"test_{path}" for path in metrics),
    ]
    writer.writerow(["member", *keys, "status", *scores, "error"])
    for row in found:
        learnt = [row.summary.get(key) for key in ("val_loss", "best_epoch", "epochs")]
        cells = [row.score, *learnt, *(row.metric(path) for path in metrics)]
        own = [as_text(value) for value in row.values.values()]
        writer.writerow([row.name, *own, row.status, *map(written, cells), row.word])
    return text.getvalue()


def written(cell: float | None) -> str:
    return "" if cell is None else f"{cell:.9g}"


# The table


@dataclass(frozen=True)
class Cell:
    """Members that differ in nothing but seeds."""

    values: dict[str, Any]
    members: list[Row]

    @property
    def scores(self) -> list[float]:
        return [row.score for row in self.members if row.score is not None]

    def metrics(self, path: str) -> list[float]:
        found = (row.metric(path) for row in self.members)
        return [value for value in found if value is not None]


def cells(found: list[Row]) -> list[Cell]:
    """Members by their settings without the seeds, best mean first, those that all failed last."""
    grouped: dict[str, list[Row]] = {}
    for row in found:
        grouped.setdefault(
            exact([value for key, value in row.values.items() if key not in SEEDS]), []
        ).append(row)
    made = [
        Cell({key: value for key, value in own[0].values.items() if key not in SEEDS}, own)
        for own in grouped.values()
    ]
    return sorted(made, key=lambda cell: -mean(cell.scores) if cell.scores else float("inf"))


def table(found: list[Row], most: int) -> tuple[list[str], list[list[str]]]:
    """The headings and the first rows of the table at the end; seeds are one row with mean, deviation and count."""
    keys = [key for key in found[0].values if key not in SEEDS]
    name, paths = score_name(found), headlines(found)
    shown = [path for path in paths if path in tasks.SCORES] + [
        path for path in paths if path.endswith("median")
    ][:1]
    made = cells(found)
    seeded = any(len(cell.members) > 1 for cell in made)
    failing = any(row.status != "done" for row in found)
    heads = [
        *(short_key(key, keys) for key in keys),
        f"val {name}",
        *(f"test {path}" for path in shown),
    ]
    heads += [*(["seeds"] if seeded else []), *(["failed"] if failing else [])]
    lines = []
    for cell in made[:most]:
        line = [
            *map(as_text, cell.values.values()),
            spread(cell.scores),
            *(spread(cell.metrics(path)) for path in shown),
        ]
        line += [str(len(cell.scores))] if seeded else []
        line += [str(sum(row.status != "done" for row in cell.members) or "")] if failing else []
        lines.append(line)
    return (
        (heads, lines)
        if keys
        else (["", *heads], [["all seeds" if seeded else "one member", *line] for line in lines])
    )


def spread(numbers: list[float]) -> str:
    """A number, or the mean of several and their standard deviation."""
    if len(numbers) < 2:
        return number(numbers[0] if numbers else None)
    return f"{number(mean(numbers))} ± {stdev(numbers):.2g}"
