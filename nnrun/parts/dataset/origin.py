"""The files that rows come from, as they were when they were read."""

import os
from dataclasses import dataclass
from hashlib import file_digest, sha256
from pathlib import Path


@dataclass(frozen=True)
class Origin:
    """A file, as it was typed, and what it held."""

    path: str
    size: int  # bytes
    sha256: str

    @staticmethod
    def of(path: str, content: bytes) -> "Origin":
        return Origin(path, len(content), sha256(content).hexdigest())

    @staticmethod
    def of_file(path: Path) -> "Origin":
        """Read the file once more, as one that takes little time."""
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            return Origin(str(path), size, file_digest(file, "sha256").hexdigest())

    def plain(self) -> dict:
        return {"bytes": self.size, "sha256": self.sha256}
