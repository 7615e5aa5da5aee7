"""Dates and times become numbers: what comes again turns on a circle, what passes goes on."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from itertools import chain, islice
from math import cos, pi, sin

from nnrun.errors import Problem, Problems
from nnrun.parts.dataset.data import Columns
from nnrun.parts.dataset.sheet import Sheet
from nnrun.parts.dataset.wording import if_several, problem_at, shorten
from nnrun.parts.kinds import Names

TIME = r"(?P<hour>\d{1,2}):(?P<minute>\d\d)(:(?P<second>\d\d)([.,](?P<fraction>\d+))?)?"
ZONE = r"\s*(Z|UTC|(?P<zone>[+-]\d\d)(:?(?P<zone_minutes>\d\d))?)?"
REST = rf"([T ]\s*{TIME}{ZONE})?"
NO_NUMBER = r"(?!\d+\.\d+$)"
YEAR_AND_MONTH = rf"{NO_NUMBER}(?P<year>\d{{4}})[-/.](?P<month>\d{{1,2}})"
ORDERS = {  # how a date is written, by the order of its numbers
    "year_first": rf"{YEAR_AND_MONTH}([-/.](?P<day>\d{{1,2}}){REST})?",
    "day_first": rf"(?P<day>\d{{1,2}})[-/.](?P<month>\d{{1,2}})[-/.](?P<year>\d{{4}}|\d\d){REST}",
    "month_first": rf"(?P<month>\d{{1,2}})[-/.](?P<day>\d{{1,2}})[-/.](?P<year>\d{{4}}|\d\d){REST}",
    "time": TIME,
}
MOSTLY = 0.8  # of the cells that a column of dates may be told by
EXAMPLES = {
    "year_first": "2026-01-31",
    "day_first": "31/1/2026",
    "month_first": "1/31/2026",
    "time": "18:30",
}
SPARE = "fix it, or name it in dataset.missing_values"
FEW = 100  # different cells, none of which is a date in a column of something else
SECONDS = "seconds"
DAY = 24 * 60 * 60  # seconds


@dataclass(frozen=True)
class DateColumn:
    """How the dates of a column are written, and which of their parts are learnt."""

    order: str
    parts: Names

    def plain(self) -> dict:
        return {"order": self.order, "parts": list(self.parts)}


Dates = Mapping[str, DateColumn]


def dates_from_plain(plain: Mapping[str, dict]) -> Dates:
    return {
        name: DateColumn(column["order"], tuple(column["parts"])) for name, column in plain.items()
    }


# A cell


@lru_cache(2**18)  # a cell is asked about several times
def moment(cell: str, order: str) -> datetime | None:
    """Read a date and a time; None where the cell is neither, or no day of the calendar."""
    found = re.fullmatch(ORDERS[order], cell)
    if not found:
        return None
    written = found.groupdict()
    year, month, day = (int(written.get(name) or 1) for name in ("year", "month", "day"))
    hour, minute, second = (int(written[name] or 0) for name in ("hour", "minute", "second"))
    micro = int((written["fraction"] or "")[:6].ljust(6, "0"))
    if len(written.get("year") or "") == 2:
        year += 1900 if year > 68 else 2000  # as the C library reads them
    try:
        return datetime(year, month, day, hour, minute, second, micro, zone_of(written))
    except ValueError:
        return None


def zone_of(written: Mapping[str, str | None]) -> tzinfo:
    """Read how far a time is ahead of UTC, which it is of unless it says otherwise."""
    hours, minutes = written.get("zone"), int(written.get("zone_minutes") or 0)
    if not hours:
        return UTC
    ahead = timedelta(hours=int(hours[1:]), minutes=minutes)
    return timezone(-ahead if hours[0] == "-" else ahead)


def parts_of(time: datetime) -> dict[str, float]:
    """Take a moment apart: the year, the seconds since 1970, and places on circles."""
    second = (time.hour * 60 + time.minute) * 60 + time.second
    return {
        "year": time.year,
        **circle("month", (time.month - 1) / 12),
        **circle("weekday", time.weekday() / 7),
        **circle("time", second / DAY),
        SECONDS: time.timestamp(),
    }


def circle(name: str, turn: float) -> dict[str, float]:
    """Give the place after a share of a turn, so that the last stands beside the first."""
    angle = 2 * pi * turn
    return {f"{name}.sin": sin(angle), f"{name}.cos": cos(angle)}


def day(seconds: float) -> str:
    """Write the day of so many seconds since 1970."""
    return datetime.fromtimestamp(seconds, UTC).date().isoformat()


# A column


def find_dates(
    sheet: Sheet, names: Sequence[str], deciding: Sequence[int] | None = None
) -> tuple[Dates, Problems]:
    """Find the columns of dates among these, as some rows say, or all of them."""
    found, problems = {}, []
    for name in names:
        order, wrong = order_of(sheet, name, deciding=deciding)
        problems += wrong
        if order:
            cells = list(sheet.texts(name).counted(deciding))
            found[name] = DateColumn(order, parts_that_differ(cells, order))
    return found, problems


def order_of(
    sheet: Sheet,
    name: str,
    share: float = MOSTLY,
    deciding: Sequence[int] | None = None,
) -> tuple[str, Problems]:
    """Tell how the dates of a column are written, and what is wrong with them.

    It is none where no more than a share of the cells are dates.
    """
    counts = sheet.texts(name).counted(deciding)
    orders = likely_orders(counts, sheet.date_order, share)
    if not orders:
        return in_several_ways(sheet, name, counts)
    unclear = ambiguous(sheet, name, list(counts), orders)
    return orders[0], not_alike(sheet, name, orders[0], SPARE) or unclear


def in_several_ways(sheet: Sheet, name: str, cells: Counter[str]) -> tuple[str, Problems]:
    """Tell of a column of dates that are written in one way here and in another there."""
    orders = likely_orders(cells, "", 0)
    if not orders or dates_in_any_order(cells) <= MOSTLY * cells.total():
        return "", []
    given = [cell for cell in sheet.cells[name] if cell in cells]
    first = next(cell for cell in given if moment(cell, orders[0]))
    other = next((cell for cell in given if not moment(cell, orders[0])), first)
    row = sheet.cells[name].index(other)
    wrong = f"column '{name}': dates are written in several ways ('{first}', '{other}')"
    advice = "write them alike, such as 2026-01-31"
    if sheet.date_order in ORDERS:
        wrong = f"column '{name}': '{first}' is no date by dataset.dates={sheet.date_order}"
        advice = f"write it otherwise, or set dataset.dates={orders[0]}"
        row = sheet.cells[name].index(first)
    return orders[0], [problem_at(sheet.at(row), wrong, advice)]


def seconds_of(sheet: Sheet, name: str, order: str) -> list[float]:
    """Count the seconds since 1970 to each date of a column."""
    known = {cell: moment(cell, order) for cell in set(sheet.cells[name])}
    seconds = {cell: time.timestamp() for cell, time in known.items() if time}
    return [seconds[cell] for cell in sheet.cells[name]]


def likely_orders(cells: Counter[str], wanted: str, share: float) -> list[str]:
    """List the orders in which most cells are dates, and more than a share of them."""
    orders = (wanted, "year_first", "time") if wanted in ORDERS else tuple(ORDERS)
    few = list(islice(cells, FEW))
    tried = [order for order in orders if any(moment(cell, order) for cell in few)]
    fits = {order: dates_among(cells, order) for order in tried}
    most = max(fits.values(), default=0)
    return [order for order in fits if fits[order] == most > share * cells.total()]


def dates_among(cells: Counter[str], order: str) -> int:
    """Count the rows whose cell is a date in this order."""
    return sum(rows for cell, rows in cells.items() if moment(cell, order))


def dates_in_any_order(cells: Counter[str]) -> int:
    """Count the rows whose cell is a date in one order or another."""
    return sum(rows for cell, rows in cells.items() if any(moment(cell, one) for one in ORDERS))


def not_alike(sheet: Sheet, name: str, order: str, advice: str) -> Problems:
    """Find cells that are no dates in a column of dates."""
    cells = sheet.cells[name]
    wrong = {cell for cell in set(cells) if cell and not moment(cell, order)}
    rows = [row for row, cell in enumerate(cells) if cell in wrong]
    if not rows:
        return []
    told = f"column '{name}': {shorten(cells[rows[0]])!r} is no date{if_several(len(rows))}"
    return [problem_at(sheet.at(rows[0]), told, advice)]


def ambiguous(sheet: Sheet, name: str, cells: Sequence[str], orders: Sequence[str]) -> Problems:
    """Find dates of which nobody can tell whether the day or the month comes first."""
    if len(orders) == 1:
        return []
    unclear = [cell for cell in cells if moment(cell, orders[0]) != moment(cell, orders[1])]
    if not unclear or all("." in cell for cell in cells):  # nobody begins with a month there
        return []
    wrong = f"column '{name}': dates such as '{unclear[0]}' may begin with the day or the month"
    advice = "set dataset.dates=day_first or dataset.dates=month_first"
    return [problem_at(sheet.where, wrong, advice)]


def parts_that_differ(cells: Sequence[str], order: str) -> Names:
    """Name the parts of dates that are not the same in every row."""
    moments = [time for cell in cells if (time := moment(cell, order))]
    values: dict[str, set[float]] = {}
    for name, value in chain.from_iterable(parts_of(time).items() for time in moments):
        values.setdefault(name, set()).add(value)
    usual = ("time.sin", "time.cos") if order == "time" else tuple(values)
    return tuple(name for name in usual if len(values[name]) > 1) or usual[-1:]


# A sheet


def with_dates(sheet: Sheet, dates: Dates) -> tuple[Sheet, Problems]:
    """Put the parts of dates in the place of their columns, written as numbers."""
    cells: dict[str, list[str]] = {}
    problems: list[Problem] = []
    for name, column in sheet.cells.items():
        if name in dates:
            advice = f"write it as in training, such as {EXAMPLES[dates[name].order]}"
            problems += not_alike(sheet, name, dates[name].order, advice)
            cells |= written_parts(name, column, dates[name], sheet.decimal)
        else:
            cells[name] = column
    return sheet.with_cells(cells), problems


def written_parts(
    name: str, cells: Sequence[str], dates: DateColumn, decimal: str
) -> dict[str, list[str]]:
    """Write the parts of a column's dates, each under a name such as sold.year; a gap stays one."""
    known = {cell: moment(cell, dates.order) for cell in set(cells)}
    parts = {cell: parts_of(time) if time else {} for cell, time in known.items()}
    return {
        f"{name}.{part}": [as_number(parts[cell].get(part), decimal) for cell in cells]
        for part in dates.parts
    }


def as_number(value: float | None, decimal: str) -> str:
    return "" if value is None else repr(float(value)).replace(".", decimal)


def names_of_parts(dates: Dates) -> dict[str, str]:
    """Tell from which column each part of a date is."""
    return {f"{name}.{part}": name for name, dated in dates.items() for part in dated.parts}


def given_names(columns: Columns, dates: Dates) -> list[str]:
    """Name the columns that a table has, of which some may be read as several."""
    whole = names_of_parts(dates)
    return list(dict.fromkeys(whole.get(column.name, column.name) for column in columns))
