"""How the pictures of a sweep name what varies in it."""

from collections.abc import Sequence

from nnrun.errors import listing
from nnrun.report.compare import SEEDS, MemberRow
from nnrun.runs.names import short_key

NAMED = 4  # settings in a title


def settings(rows: Sequence[MemberRow]) -> str:
    """Name what varies; the seeds where nothing else does."""
    keys = [key for key in rows[0].values if key not in SEEDS] or [*rows[0].values]
    return listing([short_key(key, keys) for key in keys], NAMED)
