"""The run folder: the one place that writes files, whole or not at all, or line by line."""

import json
import math
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from nnrun.characters import visible_lines
from nnrun.errors import Mistake, Problem
from nnrun.reading.files import expanded
from nnrun.reading.seals import sealed
from nnrun.runs.lock import held

LOG = "log.txt"
NOT_EMPTY = "is not empty"
MODEL = ("model.safetensors", "model.json")
CHAIN = "weights.csv"  # which earlier versions did not leave
# what a run leaves at its end
OUTCOME = re.compile(
    r"(predictions|networks|folds)\.csv|(summary|model)\.json|model\.safetensors"
    r"|(curves?|fit|confusion|reliability|regions|workspace|mistakes|path)\.png"
)
# what a run writes, of which its record tells; all else in its folder is the user's
OWN = re.compile(
    r"config\.yaml|overrides\.txt|log\.txt|(metrics|weights|timing)\.csv"
    rf"|checkpoint/\d+-[0-9a-f]{{64}}\.safetensors|{OUTCOME.pattern}"
)
# what else is written whole, in the folder of a run or a sweep
WRITTEN = re.compile(
    rf"{OWN.pattern}|(run|sweep)\.json|members\.jsonl|(sweep|steps)\.csv|(sweep|paths)\.png"
    r"|influence\.json"
)
DRAFT = re.compile(r"\.(.+)\.[0-9a-f]{6}")  # of such a file
NETWORKS, FOLDS = "networks.csv", "folds.csv"
INFLUENCE = "influence.json"  # of a sweep: which settings mattered
# alike in runs that are alike
RESULTS = ("metrics.csv", NETWORKS, FOLDS, CHAIN, "predictions.csv", MODEL[0])


def write(path: Path, content: bytes, durable: bool = True) -> None:
    """Put a file in its place in one move; durable is what reaches the disk before and after."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(3)}")
    with naming(path, len(content)):
        try:
            with open(draft, "wb") as file:
                file.write(content)
                if durable:
                    file.flush()
                    os.fsync(file.fileno())
            os.replace(draft, path)
            if durable:
                sync(path.parent)
        finally:
            draft.unlink(missing_ok=True)


@contextmanager
def naming(path: Path, size: int) -> Iterator[None]:
    """Name the file that cannot be written, which the system may not, and its bytes."""
    try:
        yield
    except OSError as error:
        told = f"{error.strerror} ({size:,} bytes were to be written)"
        raise OSError(error.errno, told, str(path)) from error


def sync(path: Path) -> None:
    """Let a file, or the names in a folder, reach the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error
    finally:
        os.close(descriptor)


class RunFolder:
    """A folder made by this run and written by nobody else."""

    def __init__(self, path: Path, durable: bool = True):
        self.path, self.durable = path, durable

    def put(self, name: str, content: str | bytes) -> None:
        """Write a whole file."""
        content = content.encode() if isinstance(content, str) else content
        write(self.path / name, content, self.durable)

    def put_json(self, name: str, content: Any) -> None:
        self.put(name, as_json(content))

    def put_record(self, name: str, content: dict) -> None:
        """Write a record with the proof that it is whole."""
        self.put_json(name, sealed(finite(content)))

    def append(self, name: str, line: str) -> None:
        """Add a line at the end of a file."""
        path = self.path / name
        with naming(path, len(line) + 1), open(path, "a", encoding="utf-8") as file:
            file.write(line + "\n")

    def sync(self, name: str) -> None:
        """Let a file that grows reach the disk."""
        path = self.path / name
        with naming(path, path.stat().st_size):
            sync(path)

    def log(self, line: str) -> None:
        """Add a line to what the screen has shown."""
        self.append(LOG, visible_lines(line))

    def drop_drafts(self) -> None:
        """Take away what a kill left of files that were being written."""
        for path in self.path.glob(".*"):
            draft = DRAFT.fullmatch(path.name)
            if draft and WRITTEN.fullmatch(draft[1]):
                path.unlink()

    def manifest(self) -> dict[str, str]:
        """Compute the sha256 of every file that a run writes, but of the record, which holds it."""
        files = {path.relative_to(self.path).as_posix(): path for path in self.path.rglob("*")}
        return {
            name: sha256(path.read_bytes()).hexdigest()
            for name, path in sorted(files.items())
            if OWN.fullmatch(name) and path.is_file()
        }


def differing_results(one: Path, other: Path) -> list[str]:
    """List the results of one run folder that do not stand in the other, to the last byte."""
    names = [name for name in RESULTS if (one / name).exists()]
    compared = [name for name in names if name != CHAIN or (other / name).exists()]
    return [name for name in compared if contents(one / name) != contents(other / name)]


def contents(file: Path) -> bytes | None:
    """Read a file; None where there is none."""
    return file.read_bytes() if file.is_file() else None


def as_json(content: Any) -> bytes:
    """Write plain values as a file has them."""
    return f"{json.dumps(finite(content), indent=1, allow_nan=False)}\n".encode()


def finite(content: Any) -> Any:
    """Put null for every number that JSON cannot hold."""
    if isinstance(content, dict):
        return {key: finite(value) for key, value in content.items()}
    if isinstance(content, list | tuple):
        return [finite(value) for value in content]
    return None if isinstance(content, float) and not math.isfinite(content) else content


def make_run_folder(root: str, dataset: str, folder: str | None = None) -> RunFolder:
    """Make the folder that was asked for, or else a new one below the root."""
    return new_folder_below(root, dataset) if folder is None else claim_folder(folder)


def claim_folder(folder: str) -> RunFolder:
    """Make a folder that must be new or empty; its first file is what claims it."""
    path = expanded(folder)
    if wrong := why_taken(folder):
        raise Mistake(no_folder_to_take(folder, wrong))
    try:
        path.mkdir(parents=True, exist_ok=True)
        (path / LOG).touch(exist_ok=False)
    except FileExistsError:
        raise Mistake(no_folder_to_take(folder, held(path) or NOT_EMPTY)) from None
    except OSError as error:
        wrong = f"{error.strerror} ({error.filename})"
        raise Mistake(no_folder_to_take(folder, wrong)) from error
    return RunFolder(path)


def why_taken(folder: str) -> str:
    """Say why a folder cannot be a new run's; empty where it can."""
    path = expanded(folder)
    if path.is_symlink() and not path.exists():
        return "is a link that leads nowhere"
    try:
        filled = path.is_dir() and any(path.iterdir())
    except OSError as error:
        return str(error.strerror)
    if filled:
        return held(path) or NOT_EMPTY
    return file_in_the_way(folder)


def file_in_the_way(folder: str) -> str:
    """Say which file stands where a folder would have to be; empty where none does."""
    path = expanded(folder)
    try:
        files = [above for above in (path, *path.parents) if above.exists() and not above.is_dir()]
    except OSError as error:
        return str(error.strerror)
    return f"'{files[0]}' is a file" if files else ""


def why_not_made(folder: Path) -> str:
    """Say why no folder can be made here, by one for a moment in the nearest that is there."""
    try:
        above = next(one for one in (folder, *folder.absolute().parents) if one.is_dir())
        TemporaryDirectory(prefix=".nnrun-", dir=above).cleanup()
    except OSError as error:
        return f"{error.strerror} ({folder})"
    return ""


def no_folder_to_take(folder: str, wrong: str) -> Problem:
    return Problem("output.folder", folder, wrong, "choose a new folder or an empty one")


def new_folder_below(root: str, dataset: str) -> RunFolder:
    """Make a new folder <root>/<data set>/<time>-<id>; making it is what claims it."""
    parent = expanded(root) / dataset
    try:
        parent.mkdir(parents=True, exist_ok=True)
        while True:
            path = parent / f"{datetime.now():%Y-%m-%d_%H-%M-%S}-{secrets.token_hex(2)}"
            try:
                path.mkdir()
            except FileExistsError:
                continue
            return RunFolder(path)
    except OSError as error:
        wrong = f"{error.strerror} ({error.filename})"
        raise Mistake(no_root(root, wrong)) from error


def no_root(root: str, wrong: str) -> Problem:
    return Problem("output.root", repr(root), wrong, "choose another output.root")
