"""What model.json must look like, and which of it has to fit together."""

from typing import Any

import numpy as np

from nnrun.parts.dataset.encoding import InputEncoding, places_of_numbers
from nnrun.parts.dataset.scaling import Quantiles, Scaling
from nnrun.parts.model.margins import Margins, unfit_margins
from nnrun.reading.shapes import NUMBER, Each, Keys

NOTHING = type(None)
TEXTS, NUMBERS = [str], [NUMBER]
SCALING = Keys(must={"kind": str}, may={"shift": NUMBERS, "spread": NUMBERS, "knots": [NUMBERS]})
COLUMN = Keys(must={"name": str, "levels": TEXTS}, may={"rare": int})
INPUTS = Keys(
    must={"columns": [COLUMN], "fills": (NUMBERS, NOTHING), "scaling": SCALING},
    may={"seen": ([NUMBERS], NOTHING), "rotation": (int, NOTHING), "flagged": [int]},
)
READING = Keys(
    may={
        **dict.fromkeys(["decimal", "delimiter", "encoding", "id", "weight", "unfit"], str),
        **dict.fromkeys(["missing_values", "order"], TEXTS),
        "decimal_found": bool,
        "dates": Each(Keys(must={"order": str, "parts": TEXTS})),
        "units": Each(str),
    }
)
MARGINS = Keys(
    must={"by": str, "floors": NUMBERS, "rows": int, "ranks": [int], "errors": [NUMBERS]}
)
OF_MODEL = Keys(
    must={
        "format": int,
        "model": Keys(must={"kind": str}),
        "inputs": INPUTS,
        "targets": SCALING,
        "target_names": TEXTS,
        "classes": TEXTS,
        "judge": (Keys(must={"kind": str}), NOTHING),
        "reading": READING,
    },
    may={
        "chances": str,
        "per_target": int,
        "share_below": (*NUMBER, NOTHING),
        "threshold": NUMBER,
        "temperature": NUMBER,
        "networks": int,
        "margins": (MARGINS, NOTHING),
    },
)
COUNTED = Keys(must={"count": int, "model": OF_MODEL})
SHAPE = Keys(OF_MODEL.must, {**OF_MODEL.may, "average": [COUNTED]})


def refuse_misfits(
    inputs: InputEncoding, targets: Scaling, margins: Margins | None, about: dict[str, Any]
) -> None:
    """Stop where parts of a model.json do not fit together."""
    classes, names = about["classes"], about["target_names"]
    told = {
        "inputs": unfit_inputs(inputs),
        "targets": "" if classes else unfit_scaling(targets, len(names)),
        "target_names": "" if names else "names no target",
        "classes": "are one alone" if len(classes) == 1 else "",
        "networks": "" if about["networks"] > 0 else f"are {about['networks']}",
        "temperature": "" if about["temperature"] > 0 else f"is {about['temperature']}",
        "per_target": "" if about["per_target"] in (1, 2) else f"is {about['per_target']}",
        "margins": unfit_margins(margins, len(names)),
    }
    for key, wrong in told.items():
        if wrong:
            raise ValueError(f"its {key} {wrong}")


def unfit_inputs(inputs: InputEncoding) -> str:
    """Say which of the inputs' numbers are not as many as there are columns."""
    count = len(inputs.columns)
    if not count or any(not 0 <= column.rare <= len(column.levels) for column in inputs.columns):
        return "have columns that cannot be"
    if inputs.fills is not None and len(inputs.fills) != count:
        return f"have {len(inputs.fills)} fills for {count} columns"
    if inputs.seen is not None and len(inputs.seen) != count:
        return f"have seen {len(inputs.seen)} of {count} columns"
    if inputs.seen and not all(map(as_seen, inputs.columns, inputs.seen)):
        return "have seen what cannot be"
    flagged = list(inputs.flagged)
    if flagged and (inputs.fills is None or flagged != sorted({*flagged} & {*range(count)})):
        return "flag gaps that cannot be"
    last = len(places_of_numbers(inputs.columns)) - 3
    if inputs.rotation is not None and not 0 <= inputs.rotation <= last:
        return "have a rotation that cannot be"
    return unfit_scaling(inputs.scaling, inputs.reads.numbers)


def as_seen(column: Any, shown: tuple[float, ...]) -> bool:
    """Tell whether a column may have shown this in training."""
    if not column.levels:
        return len(shown) in (0, 2)
    return all(0 <= place < len(column.levels) for place in shown)


def unfit_scaling(scaling: Scaling, columns: int) -> str:
    """Say what is wrong with the numbers of a scaling."""
    arrays = scaling.arrays
    axes = 2 if isinstance(scaling, Quantiles) else 1
    if any(array.ndim != axes or array.shape[-1] != columns for array in arrays):
        return f"are scaled by other than {columns} columns"
    if axes == 2 and (np.diff(arrays[0], axis=0) < 0).any():
        return "are scaled by quantiles that fall"
    return "are divided by 0" if axes == 1 and not np.all(arrays[1]) else ""
