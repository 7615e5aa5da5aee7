"""A race: points on landscapes, each runner at the best of its learning rates; how many steps, and on which path."""

import csv
from dataclasses import dataclass, replace
from io import StringIO
from math import inf
from typing import Any

from nnrun.config.experiment import Experiment
from nnrun.runs.course import steps_to_goal
from nnrun.runs.ledger import Ledger
from nnrun.runs.names import as_text, exact
from nnrun.sweep.compare import Row
from nnrun.sweep.courses import arranged, course, kinds_of, name

RATE = "optimizer.lr"


@dataclass(frozen=True)
class Race:
    """The fastest member of each runner on each landscape; its learning rate is not among its values any more."""

    fastest: list[Row]
    rates: dict[int, str]  # of each member, where they vary
    steps: dict[int, int | None]  # to the goal, None for never
    maps: dict[str, Any]  # by the names of the landscapes

    @property
    def keys(self) -> list[str]:
        """What makes a runner."""
        return [key for key in self.fastest[0].values if key not in kinds_of(self.fastest)]

    def place(self, row: Row) -> tuple[str, str]:
        """Who ran, and where."""
        return name(row.values, self.keys) or "all members", name(
            row.values, kinds_of(self.fastest)
        )


def held(found: list[Row], ledger: Ledger, experiments: list[Experiment]) -> Race | None:
    """The race that a sweep was; None where it was about other data than landscapes."""
    if not all(experiment.data.landscape for experiment in experiments):
        return None
    chosen = (
        RATE in found[0].values and len(found[0].values) > 1
    )  # the rate alone would be what runs
    runners = [
        replace(row, values={key: row.values[key] for key in row.values if key != RATE})
        for row in found
    ]
    steps = {row.member: steps_to_goal(course(row, ledger).epochs) for row in found}
    groups: dict[str, list[Row]] = {}
    for row in runners if chosen else found:
        groups.setdefault(exact(row.values), []).append(row)
    fastest = [
        min(own, key=lambda row: (steps[row.member] or inf, row.summary.get("val_loss", inf)))
        for own in groups.values()
    ]
    kinds = kinds_of(found)
    maps = {name(row.values, kinds): experiments[row.member].settings.dataset.map for row in found}
    rates = {row.member: as_text(row.values[RATE]) for row in found if chosen}
    return Race(fastest, rates, steps, maps)


def table(race: Race) -> tuple[list[str], list[list[str]]]:
    """Steps to the goal: a row for each runner, who reached most goals in the fewest steps first."""
    found = {race.place(row): row for row in race.fastest}
    runners, lands = (list(dict.fromkeys(place[i] for place in found)) for i in (0, 1))

    def total(runner: str) -> tuple[int, int]:
        steps = [race.steps[row.member] for (who, _), row in found.items() if who == runner]
        return steps.count(None), sum(own or 0 for own in steps)

    lines = [
        [runner, *(cell(race, found.get((runner, land))) for land in lands)]
        for runner in sorted(runners, key=total)
    ]
    return ["steps to the goal", *(land or "steps" for land in lands)], lines


def cell(race: Race, row: Row | None) -> str:
    """Steps and the learning rate, or a dash."""
    steps = race.steps[row.member] if row else None
    if row is None or steps is None:
        return "–"
    return f"{steps} at {race.rates[row.member]}" if race.rates else str(steps)


def as_csv(race: Race) -> str:
    """steps.csv: each runner on each landscape, its best rate, its steps to the goal and the lowest height."""
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(
        [
            *race.fastest[0].values,
            *([RATE] if race.rates else []),
            "steps",
            "lowest_height",
            "member",
        ]
    )
    for row in race.fastest:
        rate = [race.rates[row.member]] if race.rates else []
        steps, height = race.steps[row.member], row.summary.get("val_loss")
        ends = ["" if steps is None else steps, "" if height is None else f"{height:.9g}", row.name]
        writer.writerow([*map(as_text, row.values.values()), *rate, *ends])
    return text.getvalue()


def paths(race: Race, ledger: Ledger) -> bytes:
    """paths.png: where each runner went."""
    from nnrun.report.relief import Walk, walks

    panels, heading, legend = arranged(race.fastest, ledger)
    shown = []
    for panel in panels:
        map = race.maps[panel.title]
        own = {
            who: [epoch.place for course in courses for epoch in course.epochs]
            for who, courses in panel.lines.items()
        }
        shown.append(
            Walk(panel.title, map, {who: [map.start, *places] for who, places in own.items()})
        )
    return walks(shown, heading, legend)
