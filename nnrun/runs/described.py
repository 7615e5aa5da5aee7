"""What a run's model and its data are, as model.json tells of both, and how many numbers it has."""

from collections.abc import Sequence
from math import prod
from pathlib import Path
from typing import Any, NamedTuple

from nnrun.reading.files import LARGEST, opened_own, refusal
from nnrun.reading.proofs import prove, read_settings
from nnrun.reading.shapes import NUMBER, Keys
from nnrun.reading.tensors import read_header
from nnrun.runs.folder import MODEL

NOTHING = type(None)
OF_COLUMN = Keys(must={"name": str}, may={"levels": [str]})
OF_INPUTS = Keys(
    must={"columns": [OF_COLUMN]},
    may={"seen": ([[NUMBER]], NOTHING), "fills": ([NUMBER], NOTHING)},
)
SHAPE = Keys(
    must={"model": Keys(must={"kind": str}), "inputs": OF_INPUTS},
    may={"target_names": [str], "classes": [str], "networks": int, "average": list},
)


class InputColumn(NamedTuple):
    """A column that a network reads, and what its training rows showed of it."""

    name: str
    levels: tuple[str, ...]  # of a category; none of a number
    seen: tuple[float, ...]  # of a number the least and the greatest, of a category which levels
    fill: float | None  # what stands for a gap, where the data had any

    @property
    def fill_told(self) -> str | float | None:
        """What stands for a gap, a category by its name."""
        if self.fill is None or not self.levels:
            return self.fill
        place = int(self.fill)
        return self.levels[place] if 0 <= place < len(self.levels) else None


class Described(NamedTuple):
    """A model and its data."""

    kind: str = ""
    columns: tuple[InputColumn, ...] = ()
    targets: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    networks: int = 1
    parameters: int = 0
    bytes: int = 0


def read_described(folder: Path) -> Described:
    """Read what a run's folder tells of its model; nothing where there is none yet."""
    try:
        told = read_settings(folder, MODEL[1], SHAPE)
        parameters, size = size_of(folder)
    except FileNotFoundError:
        return Described()
    return Described(
        told["model"]["kind"],
        columns_of(told["inputs"]),
        tuple(told.get("target_names", ())),
        tuple(told.get("classes", ())),
        len(told.get("average", ())) or told.get("networks", 1),
        parameters,
        size,
    )


def columns_of(inputs: dict[str, Any]) -> tuple[InputColumn, ...]:
    """Put beside each column what training showed of it."""
    columns = inputs["columns"]
    seen = padded(inputs.get("seen") or [], len(columns))
    fills = padded(inputs.get("fills") or [], len(columns))
    return tuple(
        InputColumn(column["name"], tuple(column.get("levels", ())), tuple(shown or ()), fill)
        for column, shown, fill in zip(columns, seen, fills, strict=True)
    )


def padded(values: Sequence[Any], length: int) -> list[Any]:
    """Put nothing in the place of what is not told."""
    return [*values[:length], *[None] * (length - len(values))]


def size_of(folder: Path) -> tuple[int, int]:
    """Count the numbers of a model, and the bytes of their file."""
    prove(folder, MODEL[0])
    path = folder / MODEL[0]
    size = path.lstat().st_size
    with opened_own(folder, MODEL[0], LARGEST) as file:
        try:
            header = read_header(file, size)
        except ValueError as error:
            raise refusal(path, str(error)) from None
    return sum(prod(told.shape) for told in header.tensors.values()), size
