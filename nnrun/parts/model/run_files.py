"""Files of a run folder that may be damaged, or a stranger's: read as its record proves them."""

import json
from hashlib import sha256
from pathlib import Path

RECORD = "run.json"
LARGEST = 2**30  # bytes of a file


def read_proved(folder: Path, name: str) -> bytes:
    """Read a file that is no link and, where the record knows it, is what that tells of."""
    content = read_own(folder, name)
    known = proofs(folder).get(name)
    if known not in (None, sha256(content).hexdigest()):
        raise ValueError(f"{name} is not the file that {RECORD} tells of: damaged, or another's")
    return content


def read_own(folder: Path, name: str) -> bytes:
    """Read a file that lies in the folder itself, and is not so large that it floods the memory."""
    path = folder / name
    if path.is_symlink():
        raise ValueError(f"{name} is a link, which may lead out of the folder")
    if (size := path.stat().st_size) > LARGEST:
        raise ValueError(f"{name} has {size:,} bytes, more than any model")
    return path.read_bytes()


def proofs(folder: Path) -> dict[str, str]:
    """Read the sha256 of each file; of none where there is no record, or the run goes on."""
    if not (folder / RECORD).is_file():
        return {}
    record = json.loads(read_own(folder, RECORD))
    files = record.get("files", {}) if isinstance(record, dict) else {}
    return files if isinstance(files, dict) else {}
