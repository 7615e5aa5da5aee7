"""The folder `checkpoint` of a run: what it would go on from, and what was there before.

Each file has its own sha256 in its name, so that one which is cut or changed is no checkpoint.
"""

import re
from hashlib import sha256
from pathlib import Path

from nnrun.runs.folder import RunFolder, sync

FOLDER = "checkpoint"
NAME = re.compile(r"\d+-[0-9a-f]{64}\.safetensors")


def put_checkpoint(folder: RunFolder, epoch: int, content: bytes) -> None:
    """Write what a run would go on from after an epoch, and keep the one of an epoch before."""
    place = folder.path / FOLDER
    place.mkdir(exist_ok=True)
    sync(folder.path)
    name = f"{FOLDER}/{epoch:06}-{sha256(content).hexdigest()}.safetensors"
    folder.put(name, content)
    others = [path for path in checkpoints(folder.path) if path != folder.path / name]
    before = [path for path in others if epoch_of(path) < epoch]
    drafts = place.glob(".*")  # of a write that a kill cut short
    for path in {*others, *drafts} - {*before[:1]}:
        path.unlink()


def checkpoints(folder: Path) -> list[Path]:
    """List the checkpoints of a run folder, the newest first."""
    named = [path for path in (folder / FOLDER).glob("*") if NAME.fullmatch(path.name)]
    return sorted(named, key=epoch_of, reverse=True)


def epoch_of(checkpoint: Path) -> int:
    return int(checkpoint.name.partition("-")[0])


def read_checkpoint(folder: Path) -> tuple[bytes | None, list[Path]]:
    """Read the newest checkpoint that is whole, and list newer ones that are not."""
    damaged: list[Path] = []
    for path in checkpoints(folder):
        content = path.read_bytes()
        if path.name.endswith(f"-{sha256(content).hexdigest()}.safetensors"):
            return content, damaged
        damaged.append(path)
    return None, damaged
