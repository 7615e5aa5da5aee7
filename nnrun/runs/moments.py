"""Moments: as records hold them, and as a person types them."""

import re
from datetime import datetime
from typing import NamedTuple

FORMS = (
    *("%Y", "%Y-%m", "%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S"),
    *("%Y-%m-%d %H:%M%z", "%Y-%m-%d %H:%M:%S%z"),
)
LIKE = "2026-11-20, '2026-11-20 14:45' or 2026-11-20T14:45:00+00:00"


class Typed(NamedTuple):
    """A moment as a person typed it: a year, a month or a day is its beginning."""

    moment: datetime
    form: str

    def holds(self, other: datetime) -> bool:
        """Tell whether another moment lies within: on this day, in this minute.

        Where no zone is typed, clocks here tell, which may be put forward within a month.
        """
        zone = self.moment.tzinfo if "%z" in self.form else None
        there = other.astimezone(zone)
        return there.strftime(self.form) == self.moment.strftime(self.form)


def read_typed(text: str) -> Typed | None:
    """Read a date, or a date and a time, by the clocks here unless a zone is typed."""
    spaced = re.sub(r"(?<=\d)T(?=\d)", " ", text.strip())
    for form in FORMS:
        try:
            moment = datetime.strptime(spaced, form)
            return Typed(moment if moment.tzinfo else moment.astimezone(), form)
        except (ValueError, OverflowError):
            continue
    return None


def read_moment(text: str) -> datetime | None:
    """Read a moment of a record, by the clocks here; None where it tells none."""
    try:
        return datetime.fromisoformat(text).astimezone()
    except (ValueError, OverflowError):
        return None
