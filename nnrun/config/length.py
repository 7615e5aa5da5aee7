"""How long a training is where nobody says: rows and columns tell its steps and their batch."""

from collections.abc import Mapping
from dataclasses import replace
from math import ceil, log2, sqrt
from typing import Any, Literal, NamedTuple

from nnrun.config.settings import AUTO, Settings
from nnrun.errors import refuse, under
from nnrun.parts.dataset.data import Data

EPOCHS, BATCH_SIZE = "training.epochs", "training.batch_size"
PATIENCE = "regularisation.patience"

BATCH = 16, 1024  # rows of a step, at least and at most
MOST = 12_000  # steps
LOOKED_AT = 1_500_000  # rows of all steps, up to which there may be more of these
PASSES = 4, 1000
WAITED = 1 / 5  # share of the epochs without a better one after which training stops


class Wanted(NamedTuple):
    """Steps that rows want."""

    of_one: int  # for a row a column
    least: int


NUMBERS = Wanted(120, 800)
CLASSES = Wanted(40, 300)  # surer answers cost more where they are wrong, which comes soon

Taken = Mapping[str, int | Literal["full"] | None]  # by settings, what stands for auto


def taken_for(settings: Settings, data: Data, train_rows: int, validated: bool) -> Taken:
    """Give what is taken for each setting that is `auto`.

    Steps are counted, not epochs, as a small table has few batches in each; and patience goes with
    epochs that nobody chose.
    """
    training, batch = settings.training, settings.batch_size
    taken: dict[str, Any] = {}
    if batch == AUTO:
        batch = batch_for(train_rows)
    if training.batch_size == AUTO:
        taken[BATCH_SIZE] = batch
    size = batch if isinstance(batch, int) else train_rows
    columns = data.reads.count - len(data.flagged)  # which tell nothing in most rows
    epochs = epochs_for(train_rows, columns, size, CLASSES if data.classes else NUMBERS)
    if training.epochs == AUTO:
        taken[EPOCHS] = epochs
    if settings.regularisation.patience == AUTO:
        stops = training.epochs == AUTO and training.minutes is None and validated
        taken[PATIENCE] = ceil(WAITED * epochs) if stops else None
    return taken


def batch_for(rows: int) -> int:
    """Give a power of two near the root of the rows, or one more so that no row is left alone."""
    size = min(rows, within(2 ** round(log2(sqrt(rows))), BATCH))
    return size + 1 if rows % size == 1 else size


def epochs_for(rows: int, columns: int, batch: int, wanted: Wanted = NUMBERS) -> int:
    """Give as many epochs as the steps make that so many rows of so many columns want.

    Small batches may have more of them, which cost little. Full batches of many rows have fewer, so
    that none looks at more rows than others do.
    """
    bounds = wanted.least, max(MOST, LOOKED_AT // batch)
    steps = within(round(wanted.of_one * rows / columns), bounds)
    epochs = round(steps / ceil(rows / batch))
    return within(min(epochs, MOST * BATCH[1] // rows), PASSES)


def within(number: int, bounds: tuple[int, int]) -> int:
    least, most = bounds
    return min(max(number, least), most)


# In the place of auto

Values = dict[str, Any]


def config_with(config: dict, taken: Taken) -> dict:
    """Write what is taken into a configuration."""
    return config | {block: config[block] | values for block, values in by_block(taken).items()}


def settings_with(settings: Settings, taken: Taken) -> Settings:
    """Put what is taken into the settings, and see whether these go with it."""
    blocks = by_block(taken)
    training = replace(settings.training, **blocks.get("training", {}))
    limits = replace(settings.regularisation, **blocks.get("regularisation", {}))
    refuse(under("regularisation", limits.problems()))
    return replace(settings, training=training, regularisation=limits)


def by_block(taken: Taken) -> dict[str, Values]:
    """Gather values by the blocks that their settings stand in."""
    blocks: dict[str, Values] = {}
    for key, value in taken.items():
        block, _, name = key.partition(".")
        blocks.setdefault(block, {})[name] = value
    return blocks
