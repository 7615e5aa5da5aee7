"""What mattered in a sweep, as people and programs read it."""

from dataclasses import asdict
from typing import Any

from nnrun.report.influence import Effect, Influence, Level
from nnrun.report.metric_tables import Table
from nnrun.report.numbers import number, share
from nnrun.runs.names import short_key

MOST = 8  # effects that are shown
UNSURE = "cannot tell"


def table(found: Influence, score: str, better: int) -> Table:
    """Lay out settings and pairs by their shares, with the values of the worst and best mean."""
    keys = [*found.levels]
    ends = {key: worst_and_best(levels, better) for key, levels in found.levels.items()}
    if not found.effects:
        rows = [[short_key(key, keys), *ends[key]] for key in keys]
        return ["", f"{score}, worst", "best"], rows
    rows = []
    for one in found.effects[:MOST]:
        name = " × ".join(short_key(key, keys) for key in one.settings)
        alone = ends[one.settings[0]] if len(one.settings) == 1 else ["", ""]
        rows.append([name, *shares(one), *alone, "" if one.told else UNSURE])
    if found.left:
        rows.append([found.left_is, *shares(found.left), "", "", ""])
    headings = ["what moved the score", "share", "in nine of ten", f"{score}, worst", "best", ""]
    return headings, rows


def worst_and_best(levels: list[Level], better: int) -> list[str]:
    """Write the values of a setting at which the score is the worst and the best on average."""
    ordered = sorted(levels, key=lambda level: (not level.lost, better * level.score))
    return [f"{score_of(level)} at {level.value}" for level in (ordered[0], ordered[-1])]


def score_of(level: Level) -> str:
    return "failed" if level.lost else number(level.score)


def shares(effect: Effect) -> list[str]:
    low, high = (f"{end:.0%}" for end in (effect.low, effect.high))
    return [share(effect.share), low if low == high else f"{low} to {high}"]


def as_plain(found: Influence) -> dict[str, Any]:
    """Give all of it for programs: influence.json."""
    plain = asdict(found)
    edges = [{**asdict(one), "told": str(one)} for one in found.edges]
    return {**plain, "edges": edges}
