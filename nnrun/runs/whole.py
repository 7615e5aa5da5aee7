"""A folder that is made whole, or not at all, as nothing could go on with a part of it."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def gone_unless_whole(folder: Path, command: str, tell: Callable[[str], None]) -> Iterator[None]:
    """Leave no half of a folder behind; whoever stops it is told how it begins again."""
    try:
        yield
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt | SystemExit):
            with suppress(OSError):
                tell(f"interrupted, and nothing of it is kept; begin again: {command}")
        shutil.rmtree(folder, ignore_errors=True)
        raise
