"""The folder `checkpoint` of a run: what it would go on from, and what was there before.

Each file has its own sha256 in its name, so that one which is cut or changed is no checkpoint. In
the folder of a sweep it holds such a folder for each member that is under way.
"""

import re
from hashlib import sha256
from pathlib import Path

from nnrun.reading.files import read_own
from nnrun.runs.folder import sync, write

FOLDER = "checkpoint"
NAME = re.compile(r"\d+-[0-9a-f]{64}\.safetensors")


def put_checkpoint(place: Path, epoch: int, content: bytes) -> None:
    """Write what a run would go on from after an epoch, and keep the one of an epoch before."""
    if not place.is_dir():
        place.mkdir(parents=True)
        sync(place.parent)
    new = place / f"{epoch:06}-{sha256(content).hexdigest()}.safetensors"
    write(new, content)
    others = [path for path in checkpoints(place) if path != new]
    before = [path for path in others if epoch_of(path) < epoch]
    drafts = place.glob(".*")  # of a write that a kill cut short
    for path in {*others, *drafts} - {*before[:1]}:
        path.unlink(missing_ok=True)


def checkpoints(place: Path) -> list[Path]:
    """List the checkpoints in a folder, the newest first."""
    named = [path for path in place.glob("*") if NAME.fullmatch(path.name)]
    return sorted(named, key=epoch_of, reverse=True)


def epoch_of(checkpoint: Path) -> int:
    return int(checkpoint.name.partition("-")[0])


def read_whole(checkpoint: Path, most: int) -> bytes | None:
    """Read a checkpoint of so many bytes at most; None where it is not what its name says."""
    content = read_own(checkpoint.parent, checkpoint.name, most)
    whole = checkpoint.name.endswith(f"-{sha256(content).hexdigest()}.safetensors")
    return content if whole else None
