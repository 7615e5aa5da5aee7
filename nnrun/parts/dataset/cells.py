"""The cells of one column: what stands in them, and how one speaks of them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from numpy import ndarray

from nnrun.errors import Problem
from nnrun.parts.dataset.numbers import positions
from nnrun.parts.dataset.sheet import Sheet
from nnrun.parts.dataset.texts import Texts
from nnrun.parts.dataset.wording import as_list, counted, problem_at
from nnrun.parts.kinds import Names

GAP_SIGNS = {
    *("?", "-", "--", "---", "–", "—", ".", "..", "...", "…", "*", "_", "\\n"),
    *(
        "na",
        "n/a",
        "n.a.",
        "n.a",
        "k.a.",
        "nan",
        "null",
        "none",
        "nil",
        "<na>",
        "(null)",
        "missing",
    ),
    *("unknown", "n.d.", "nd", "tbd", "not available", "(blank)"),
    *("#n/a", "#div/0!", "#value!", "#ref!", "#name?", "#num!", "#null!"),
}


@dataclass(frozen=True)
class Cells:
    """The cells of one column, how one speaks of it, and what takes it as other than numbers."""

    sheet: Sheet
    name: str
    called: str  # column 'age', target 'price'
    remedy: str = ""  # a setting; new rows have none
    of_dates: str = ""  # what takes it as dates, in front of that
    train: Sequence[int] | None = None  # the rows that decide what it holds; None for all of them

    @property
    def texts(self) -> Texts:
        return self.sheet.texts(self.name)

    @cached_property
    def learnt(self) -> list[str]:
        """The cells that decide what the column holds."""
        return self.texts if self.train is None else [self.texts[row] for row in self.train]

    @cached_property
    def filled(self) -> int:
        """Count those of them that are not empty."""
        return self.levels.total()

    @property
    def learnt_rows(self) -> str:
        """Write how many rows decide: 12 rows, 12 train rows."""
        if self.train is None:
            return counted(len(self.texts), "row")
        return counted(len(self.train), "train row")

    @property
    def every_row(self) -> str:
        return "every row" if self.train is None else "every train row"

    @property
    def whole(self) -> str:
        """Write where the column is: houses.csv: column 'age'."""
        return f"{self.sheet.where}: {self.called}"

    @property
    def asked(self) -> str:
        """Write its name as a setting has it."""
        return as_list(self.name)

    @property
    def keeping_text(self) -> str:
        """Write the setting that takes its cells as texts."""
        return f"dataset.categorical={self.asked}"

    @property
    def as_id(self) -> str:
        """Write the setting that carries it along."""
        return f"dataset.id={self.asked.strip('[]')}"

    @cached_property
    def levels(self) -> Counter[str]:
        """Count the rows of each different text, of those that decide."""
        return self.texts.counted(self.train)

    def numbers(self) -> tuple[ndarray, list[int]]:
        return self.texts.numbers(self.sheet.decimal)

    def deciding(self, rows: list[int]) -> list[int]:
        """Keep those of the rows that decide what the column holds."""
        if self.train is None or not rows:
            return rows
        train = set(self.train)
        return [row for row in rows if row in train]

    def of_learnt(self, values: ndarray) -> ndarray:
        """Take the values of the rows that decide."""
        return values if self.train is None else values[self.train]

    def positions(self, levels: Names) -> tuple[ndarray, list[int]]:
        return positions(self.texts, levels, self.sheet.decimal)

    def problem(self, wrong: str, advice: str = "") -> Problem:
        """Tell what is wrong with the whole column."""
        return problem_at(self.sheet.where, f"{self.called} {wrong}", advice)

    def problem_at(self, row: int, wrong: str, advice: str = "") -> Problem:
        """Tell what is wrong with a cell."""
        return problem_at(self.sheet.at(row), f"{self.called}: {wrong}", advice)
