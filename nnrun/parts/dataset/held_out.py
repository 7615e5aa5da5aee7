"""Test rows from a file of their own, read as new rows are."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from nnrun.errors import refuse
from nnrun.parts.dataset.data import Data
from nnrun.parts.dataset.dates import dates_from_plain, given_names
from nnrun.parts.dataset.gaps import drop_gaps, drop_without_weight, gaps_in_inputs
from nnrun.parts.dataset.new_rows import (
    absent,
    read_inputs,
    read_targets,
    with_targets,
)
from nnrun.parts.dataset.sheet import Sheet
from nnrun.parts.dataset.weights import joined, read_weights
from nnrun.parts.kinds import Names


@dataclass(frozen=True)
class HeldOutFile:
    """A table of test rows, and how its gaps are met."""

    sheet: Sheet
    decimal: str
    missing_values: Names
    missing: str  # refuse, drop or median
    drop: Names  # columns that nobody misses, nor is told of
    unfit: str  # refuse, or drop: cells of another kind are gaps

    def added_to(self, data: Data) -> Data:
        """Give the data with these rows at their end."""
        dates = data.reading["dates"]
        names = given_names(data.columns, dates_from_plain(dates))
        written = self.decimal, self.missing_values
        units = data.reading.get("units", {})
        as_known = *written, units, self.unfit
        known, left_out = with_targets(self.sheet, data.target_names, *as_known)
        carried = [data.id_name] if data.ids else []
        weighed = [data.weight_name] if data.weight_name else []
        refuse(absent(known, [*names, *carried, *weighed]))
        sheet, more_left_out = self.without_gaps(known, names, weighed)
        apart = data.apart.names if data.apart else ()
        others = (*data.target_names, data.id_name, data.weight_name, *apart, *self.drop)
        as_read = *written, dates, others, self.unfit, units
        inputs, notes = read_inputs(sheet, data.columns, *as_read)
        targets = read_targets(sheet, data.target_names, data.classes)
        weights, unweighted = read_weights(sheet, data.weight_name)
        refuse(unweighted)
        told = f"{sheet.where}: {sheet.rows:,} test rows"
        return replace(
            data,
            inputs=np.concatenate([data.inputs, inputs]),
            targets=np.concatenate([data.targets, targets]),
            tested=sheet.rows,
            numbers=None if data.numbers is None else [*data.numbers, *sheet.numbers],
            weights=joined(data.weights, weights),
            ids=[*data.ids, *(sheet.cells[data.id_name] if data.ids else [])],
            origins=(*data.origins, *sheet.origins),
            notes=(*data.notes, told, *notes, *left_out, *more_left_out),
        )

    def without_gaps(
        self, sheet: Sheet, names: Sequence[str], more: Sequence[str]
    ) -> tuple[Sheet, list[str]]:
        """Leave rows with gaps out, or refuse them, as among the other rows."""
        if self.missing == "refuse":
            refuse(gaps_in_inputs(sheet, names))
        if self.missing == "median":
            return drop_without_weight(sheet, more)
        return drop_gaps(sheet, [*names, *more]) if self.missing == "drop" else (sheet, [])
