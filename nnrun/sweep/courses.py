"""The courses of a sweep's members: which of them go on one picture, and under what names."""

from dataclasses import replace

from nnrun.runs.course import Course, EpochRecord, Panel
from nnrun.runs.ledger import Ledger
from nnrun.runs.names import as_text, short_key
from nnrun.sweep.compare import SEEDS, Cell, Row, cells

LINES = 12  # on a picture
PANELS = 6
OWN_SCALE = ("dataset", "loss")  # losses of other data, or of another loss, cannot be compared


def picture(found: list[Row], ledger: Ledger) -> bytes:
    """curves.png: the losses of all members against their epochs."""
    from nnrun.report.overlay import overlay

    return overlay(*arranged(found, ledger))


def arranged(found: list[Row], ledger: Ledger) -> tuple[list[Panel], str, str]:
    """A line for each combination of the varied settings, a panel for losses of a kind.

    Lines and panels come in the order in which members were asked for; then what is left out, and the legend's heading.
    """
    keys = [key for key in found[0].values if key not in SEEDS]
    kinds = kinds_of(found)
    keys = [key for key in keys if key not in kinds]
    kind_of = {row.member: name(row.values, kinds) for row in found}
    shown, left_out = few(
        cells([replace(row, values={key: row.values[key] for key in keys}) for row in found])
    )
    panels: dict[str, dict[str, list[Course]]] = {}
    for row in sorted((row for cell in shown for row in cell.members), key=lambda row: row.member):
        lines = panels.setdefault(kind_of[row.member], {})
        lines.setdefault(name(row.values, keys) or "all members", []).append(course(row, ledger))
    more = f"the first {PANELS} of {len(panels)} kinds of losses" if len(panels) > PANELS else ""
    made = [Panel(kind, lines) for kind, lines in list(panels.items())[:PANELS]]
    heading = short_key(keys[0], keys) if len(keys) == 1 else ""
    return made, "; ".join(word for word in (left_out, more) if word), heading


def kinds_of(found: list[Row]) -> list[str]:
    """The varied settings that give losses a scale of their own."""
    return [
        key for key in found[0].values if key not in SEEDS and key.partition(".")[0] in OWN_SCALE
    ]


def few(found: list[Cell]) -> tuple[list[Cell], str]:
    """All combinations, or the best and the worst of too many for a picture, and what to say then."""
    if len(found) <= LINES:
        return found, ""
    return [
        *found[: LINES - 1],
        found[-1],
    ], f"the best {LINES - 1} and the worst of {len(found)} combinations"


def name(values: dict, keys: list[str]) -> str:
    """Some of a member's values: the value alone where there is one, otherwise each with its key."""
    if len(keys) == 1:
        return as_text(values[keys[0]])
    return ", ".join(f"{short_key(key, keys)} {as_text(values[key])}" for key in keys)


def course(row: Row, ledger: Ledger) -> Course:
    """A member's epochs, as its folder tells of them."""
    file = ledger.folder(row.member) / "metrics.csv"
    lines = file.read_text().splitlines()[1:] if file.exists() else []
    return Course([EpochRecord.read(line) for line in lines], row.status == "failed")
