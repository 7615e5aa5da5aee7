"""The losses of a sweep's members: which of them share a panel, and under what names."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from nnrun.report.compare import Combination, MemberRow, combinations, unseeded
from nnrun.report.influence import by_influence
from nnrun.report.numbers import count
from nnrun.report.pictures.spacing import spacing
from nnrun.report.titles import settings
from nnrun.runs.epochs import EpochRecord
from nnrun.runs.ledger import Ledger
from nnrun.runs.names import as_text, short_key

LINES = 8  # on a picture: as many as there are colours
PANELS = 6
NAMED = 4  # combinations without a line of their own, up to which they are named
SOME = 200  # members that such a band is made of
ALL = "all members"  # a line's name where nothing but seeds varies
OWN_SCALE = ("dataset", "loss")  # losses of other data, or of another loss, cannot be compared


@dataclass(frozen=True)
class History:
    """A member's epochs, and whether it failed after the last of them."""

    epochs: list[EpochRecord]
    failed: bool


@dataclass(frozen=True)
class Panel:
    """Losses that can be compared, by the name of their line; a line has a history a seed.

    Those of the others have no line of their own.
    """

    title: str
    lines: dict[str, list[History]]
    others: list[History] = field(default_factory=list)

    @property
    def histories(self) -> list[History]:
        return [history for histories in self.lines.values() for history in histories]


class Line(NamedTuple):
    """How a line looks: the places of its colour, and of its dashes among those of its colour."""

    name: str
    colour: int
    dash: int


@dataclass(frozen=True)
class Arrangement:
    """What goes on a picture of losses."""

    panels: list[Panel]
    lines: list[Line]
    legend: str = ""  # its heading
    title: str = ""
    subtitle: str = ""  # what is left out
    others: str = ""  # who they are


def picture(rows: list[MemberRow], ledger: Ledger, data: str) -> bytes:
    """Draw curves.png: the losses of all members against their epochs."""
    from nnrun.report.pictures.sweep_curves import sweep_curves  # matplotlib takes half a second

    return sweep_curves(arrange(rows, ledger, data))


def arrange(rows: list[MemberRow], ledger: Ledger, data: str, most: int = LINES) -> Arrangement:
    """Give a line to each of the best combinations of settings, and a panel to losses of a kind.

    Lines and panels come in the order in which members were asked for.
    """
    kinds = scale_keys(rows)
    keys = [key for key in unseeded(rows[0]) if key not in kinds]
    compared = [replace(row, values={key: row.values[key] for key in keys}) for row in rows]
    every = combinations(compared)
    shown, others = in_order(every[:most]), in_order(every[most:])
    kind_of = {row.member: label(row.values, kinds) for row in rows}
    panels: dict[str, Panel] = {}
    for row in shown:
        panel = panels.setdefault(kind_of[row.member], Panel(kind_of[row.member], {}))
        own = panel.lines.setdefault(label(row.values, keys) or ALL, [])
        own.append(history(row, ledger))
    for row in some(others):
        if kind_of[row.member] in panels:
            panels[kind_of[row.member]].others.append(history(row, ledger))
    return Arrangement(
        list(panels.values())[:PANELS],
        looks(every, shown, keys),
        legend=heading(keys, every, shown),
        title=f"{data}: {count(len(rows), 'member')} by {settings(rows)}",
        subtitle=left_out(len(panels), len(every), most),
        others=named([label(one.values, keys) for one in every[most:]], others),
    )


def in_order(shown: list[Combination]) -> list[MemberRow]:
    """List the members of some combinations as they were asked for."""
    members = [row for combination in shown for row in combination.members]
    return sorted(members, key=lambda row: row.member)


def some(rows: list[MemberRow]) -> list[MemberRow]:
    """Take members here and there of very many."""
    return rows[:: -(-len(rows) // SOME) or 1]


def scale_keys(rows: list[MemberRow]) -> list[str]:
    """List the varied settings that give losses a scale of their own."""
    return [key for key in unseeded(rows[0]) if key.partition(".")[0] in OWN_SCALE]


def label(values: dict, keys: list[str]) -> str:
    """Write some of a member's values: one alone, several each with its key."""
    if len(keys) == 1:
        return as_text(values[keys[0]])
    return ", ".join(f"{short_key(key, keys)} {as_text(values[key])}" for key in keys)


def history(row: MemberRow, ledger: Ledger) -> History:
    """Read a member's epochs, as its folder tells of them."""
    return History(ledger.epochs(row.member), row.status == "failed")


# Colours


def colouring(every: list[Combination], shown: list[MemberRow], keys: list[str]) -> str:
    """Choose the setting by which lines are coloured: what matters most and is not one colour."""
    differing = [key for key in keys if len({as_text(row.values[key]) for row in shown}) > 1]
    if not differing:
        return ""
    scored = [one for one in every if one.scores]
    values = {key: [one.values[key] for one in scored] for key in differing}
    return by_influence(values, [-one.rank for one in scored])[0] if scored else differing[0]


def looks(every: list[Combination], shown: list[MemberRow], keys: list[str]) -> list[Line]:
    """Give each line the colour of its value of the setting that matters most, and dashes."""
    key = colouring(every, shown, keys)
    colours = colour_of_values([one.values.get(key) for one in every], shown, key)
    used = [0] * LINES
    lines = []
    for name, value in {label(row.values, keys): row.values.get(key) for row in shown}.items():
        colour = colours[as_text(value)] % LINES
        lines.append(Line(name or ALL, colour, used[colour]))
        used[colour] += 1
    return lines


def colour_of_values(values: list, shown: list[MemberRow], key: str) -> dict[str, int]:
    """Number the colours as on sweep.png, where there are enough of them for all values."""
    kinds = [as_text(value) for value in spacing(values).values]
    if len(kinds) > LINES:
        kinds = list(dict.fromkeys(as_text(row.values.get(key)) for row in shown))
    return {kind: place for place, kind in enumerate(kinds)}


# What is told


def heading(keys: list[str], every: list[Combination], shown: list[MemberRow]) -> str:
    """Say what the names of the lines are, or what their colours mean."""
    if len(keys) < 2:
        return short_key(keys[0], keys) if keys else ""
    key = colouring(every, shown, keys)
    return f"colours by {short_key(key, keys)}, which matters most" if key else ""


def left_out(panels: int, combinations: int, most: int) -> str:
    """Say what is not on the picture, or has no line of its own."""
    told = []
    if combinations > most:
        told.append(f"a line for each of the best {most} of {combinations} combinations")
    if panels > PANELS:
        told.append(f"the first {PANELS} of {panels} kinds of losses")
    return "; ".join(told)


def named(names: Sequence[str], left: list[MemberRow]) -> str:
    """Say who has no line of its own, and how many of them failed."""
    if not names:
        return ""
    told = ", ".join(names) if len(names) <= NAMED else f"the other {len(names)}"
    failed = sum(row.status == "failed" for row in left)
    return f"{told}, {failed} failed" if failed else told
