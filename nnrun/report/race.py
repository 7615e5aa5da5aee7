"""A race of points on landscapes, each runner at its best learning rate: steps and paths."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import inf
from typing import TYPE_CHECKING, NamedTuple

from nnrun.report.arrival import steps_to_goal
from nnrun.report.compare import MemberRow, digits
from nnrun.report.metric_tables import Table
from nnrun.report.numbers import count
from nnrun.report.pictures.loss_panels import History, arrange, label, scale_keys
from nnrun.runs.ledger import Ledger
from nnrun.runs.names import as_text, exact
from nnrun.runs.tables import line

if TYPE_CHECKING:
    from nnrun.report.pictures.map_paths import Map, Place

RATE = "optimizer.lr"
RUNNERS = 16  # on a map


@dataclass(frozen=True)
class Race:
    """The fastest member of each runner on each landscape, without its rate among its values."""

    fastest: list[MemberRow]
    rates: dict[int, str]  # of each member, where they vary
    steps: dict[int, int | None]  # to the goal, None for never
    maps: dict[str, Map]  # by the names of the landscapes

    def place(self, row: MemberRow) -> tuple[str, str]:
        """Tell who ran, and where."""
        lands = scale_keys(self.fastest)
        runner = [key for key in row.values if key not in lands]
        return label(row.values, runner) or "all members", label(row.values, lands)


def race_of(rows: list[MemberRow], ledger: Ledger, maps: Sequence[Map] = ()) -> Race:
    """Find the fastest of each runner among members, each with the map on which it went if any."""
    several_rates = RATE in rows[0].values
    chosen = several_rates and len(rows[0].values) > 1  # the rate alone would be what runs
    runners = [without_rate(row) for row in rows] if chosen else rows
    lands = scale_keys(rows)
    steps = {row.member: steps_to_goal(ledger.epochs(row.member)) for row in rows}
    return Race(
        fastest(runners, steps),
        rates={row.member: as_text(row.values[RATE]) for row in rows if chosen},
        steps=steps,
        maps={label(row.values, lands): maps[row.member] for row in rows} if maps else {},
    )


def without_rate(row: MemberRow) -> MemberRow:
    return replace(row, values={key: row.values[key] for key in row.values if key != RATE})


def fastest(runners: list[MemberRow], steps: dict[int, int | None]) -> list[MemberRow]:
    """Choose of members with the same values the one with fewest steps, then the lowest height."""
    grouped: dict[str, list[MemberRow]] = {}
    for row in runners:
        grouped.setdefault(exact(row.values), []).append(row)

    def needed(row: MemberRow) -> tuple[float, float]:
        return steps[row.member] or inf, row.summary.get("val_loss", inf)

    return [min(members, key=needed) for members in grouped.values()]


class Standing(NamedTuple):
    """How many of the goals a runner reached, and in how many steps altogether."""

    runner: str
    reached: int
    goals: int
    steps: int


def standings(race: Race) -> list[Standing]:
    """Rank the runners: first who reached most goals, then in the fewest steps."""
    needed: dict[str, list[int | None]] = {}
    for row in race.fastest:
        runner, _ = race.place(row)
        needed.setdefault(runner, []).append(race.steps[row.member])
    each = (
        Standing(runner, len(steps) - steps.count(None), len(steps), sum(filter(None, steps)))
        for runner, steps in needed.items()
    )
    return sorted(each, key=lambda one: (one.goals - one.reached, one.steps))


def table(race: Race) -> Table:
    """Lay out the steps to the goal, the first of the runners first."""
    row_at = {race.place(row): row for row in race.fastest}
    lands = list(dict.fromkeys(land for _, land in row_at))
    lines = [
        [one.runner, *(cell(race, row_at.get((one.runner, land))) for land in lands)]
        for one in standings(race)
    ]
    return ["steps to the goal", *(land or "steps" for land in lands)], lines


def cell(race: Race, row: MemberRow | None) -> str:
    """Write the steps and the learning rate, or a dash."""
    steps = race.steps[row.member] if row else None
    if row is None or steps is None:
        return "–"
    return f"{steps} at {race.rates[row.member]}" if race.rates else str(steps)


def as_csv(race: Race) -> str:
    """Write steps.csv: each runner's best rate on each landscape, its steps, its lowest height."""
    rate = [RATE] if race.rates else []
    lines = [line([*race.fastest[0].values, *rate, "steps", "lowest_height", "member"])]
    for row in race.fastest:
        values = [as_text(value) for value in row.values.values()]
        rate = [race.rates[row.member]] if race.rates else []
        steps, height = race.steps[row.member], row.summary.get("val_loss")
        lines.append(line([*values, *rate, steps or "", digits(height), row.name]))
    return "".join(lines)


def paths(race: Race, ledger: Ledger) -> bytes:
    """Draw paths.png: where each runner went, and at what rates."""
    from nnrun.report.pictures.map_paths import MapPanel, Walks, map_paths

    shown = arrange(race.fastest, ledger, "", RUNNERS)
    panels = []
    for panel in shown.panels:
        map = race.maps[panel.title]
        ways = {runner: way(histories, map) for runner, histories in panel.lines.items()}
        panels.append(MapPanel(panel.title, map, ways))
    lands = [panel.title for panel in shown.panels]
    labels = {line.name: with_rates(race, line.name, lands) for line in shown.lines}
    title = f"Ways to the goal on {count(len(lands), 'surface')}"
    best = ", each at the best of its learning rates" if race.rates else ""
    heading = rates_heading(race, shown.legend, lands)
    return map_paths(Walks(panels, shown.lines, labels, title + best, shown.subtitle, heading))


def with_rates(race: Race, runner: str, lands: list[str]) -> str:
    """Write a runner's name, and its learning rate on each landscape, or once if it is the same."""
    member_at = {race.place(row): row.member for row in race.fastest}
    places = [(runner, land) for land in lands]
    rates = [race.rates.get(member_at[place], "") for place in places if place in member_at]
    told = rates[:1] if len(set(rates)) == 1 else rates
    return f"{runner}, {' / '.join(told)}" if any(rates) else runner


def rates_heading(race: Race, heading: str, lands: list[str]) -> str:
    """Say what stands behind the names of the runners."""
    if not race.rates:
        return heading
    where = f" on\n{' / '.join(lands)}" if len(lands) > 1 else ""
    return f"{heading or 'settings'}, best learning rate{where}"


def way(histories: list[History], map: Map) -> list[Place]:
    """List the places where a runner was, from the start."""
    return [map.start, *(epoch.place for history in histories for epoch in history.epochs)]
