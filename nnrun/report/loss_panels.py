"""The losses of a sweep's members: which of them share a panel, and under what names."""

from dataclasses import dataclass, replace
from typing import NamedTuple

from nnrun.report.compare import Combination, MemberRow, combinations, unseeded
from nnrun.runs.epochs import EpochRecord
from nnrun.runs.ledger import Ledger
from nnrun.runs.names import as_text, short_key

LINES = 12  # on a picture
PANELS = 6
OWN_SCALE = ("dataset", "loss")  # losses of other data, or of another loss, cannot be compared


@dataclass(frozen=True)
class History:
    """A member's epochs, and whether it failed after the last of them."""

    epochs: list[EpochRecord]
    failed: bool


@dataclass(frozen=True)
class Panel:
    """Losses that can be compared, by the name of their line; a line has a history a seed."""

    title: str
    lines: dict[str, list[History]]

    @property
    def histories(self) -> list[History]:
        return [history for histories in self.lines.values() for history in histories]


class Arrangement(NamedTuple):
    """What goes on a picture of losses."""

    panels: list[Panel]
    left_out: str  # what does not
    legend: str  # its heading


def picture(rows: list[MemberRow], ledger: Ledger) -> bytes:
    """Draw curves.png: the losses of all members against their epochs."""
    from nnrun.report.sweep_curves import sweep_curves

    return sweep_curves(*arrange(rows, ledger))


def arrange(rows: list[MemberRow], ledger: Ledger) -> Arrangement:
    """Give a line to each combination of the varied settings, and a panel to losses of a kind.

    Lines and panels come in the order in which members were asked for.
    """
    kinds = scale_keys(rows)
    keys = [key for key in unseeded(rows[0]) if key not in kinds]
    kind_of = {row.member: label(row.values, kinds) for row in rows}
    compared = [replace(row, values={key: row.values[key] for key in keys}) for row in rows]
    shown, lines_left = few(combinations(compared))
    panels: dict[str, dict[str, list[History]]] = {}
    for row in in_order(shown):
        lines = panels.setdefault(kind_of[row.member], {})
        lines.setdefault(label(row.values, keys) or "all members", []).append(history(row, ledger))
    panels_left = f"the first {PANELS} of {len(panels)} kinds of losses"
    left_out = [lines_left, panels_left if len(panels) > PANELS else ""]
    return Arrangement(
        [Panel(kind, lines) for kind, lines in list(panels.items())[:PANELS]],
        "; ".join(filter(None, left_out)),
        short_key(keys[0], keys) if len(keys) == 1 else "",
    )


def in_order(shown: list[Combination]) -> list[MemberRow]:
    """List the members of some combinations as they were asked for."""
    members = [row for combination in shown for row in combination.members]
    return sorted(members, key=lambda row: row.member)


def scale_keys(rows: list[MemberRow]) -> list[str]:
    """List the varied settings that give losses a scale of their own."""
    return [key for key in unseeded(rows[0]) if key.partition(".")[0] in OWN_SCALE]


def few(every: list[Combination]) -> tuple[list[Combination], str]:
    """Keep all combinations, or the best and the worst of too many; say what is left out."""
    if len(every) <= LINES:
        return every, ""
    left_out = f"the best {LINES - 1} and the worst of {len(every)} combinations"
    return [*every[: LINES - 1], every[-1]], left_out


def label(values: dict, keys: list[str]) -> str:
    """Write some of a member's values: one alone, several each with its key."""
    if len(keys) == 1:
        return as_text(values[keys[0]])
    return ", ".join(f"{short_key(key, keys)} {as_text(values[key])}" for key in keys)


def history(row: MemberRow, ledger: Ledger) -> History:
    """Read a member's epochs, as its folder tells of them."""
    return History(ledger.epochs(row.member), row.status == "failed")
