"""How pictures and pages of a sweep name what varies in it."""

from collections.abc import Sequence

from nnrun.errors import listing
from nnrun.report.compare import SEEDS, Combination, MemberRow
from nnrun.runs.names import as_text, exact, short_key

NAMED = 4  # settings in a title


def settings(rows: Sequence[MemberRow]) -> str:
    """Name what varies; the seeds where nothing else does."""
    keys = [key for key in rows[0].values if key not in SEEDS] or [*rows[0].values]
    return listing([short_key(key, keys) for key in keys], NAMED)


def differing(shown: Sequence[Combination]) -> list[str]:
    """List the settings in which a few combinations differ; all where none does."""
    keys = [*shown[0].values]
    return [key for key in keys if len({exact(one.values[key]) for one in shown}) > 1] or keys


def values_of(one: Combination, keys: Sequence[str]) -> str:
    """Write the values of some settings: 0.1, 64x64."""
    return ", ".join(as_text(one.values[key]) for key in keys) or one.every


def settings_of(one: Combination) -> str:
    """Write the settings of a combination: widths=32, lr=0.1; or that seeds alone vary."""
    keys = list(one.values)
    told = [f"{short_key(key, keys)}={as_text(one.values[key])}" for key in keys]
    return ", ".join(told) or one.every
