"""The sweep's folder: members as they were asked for, what became of each, and who works on it."""

import fcntl
import json
import os
import shutil
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from time import sleep
from typing import Any

from nnrun.errors import Mistake, did_you_mean, listing, nearest
from nnrun.runs.folder import RunFolder, finite
from nnrun.runs.job import Job

MEMBERS, LEDGER, ABOUT = "members.jsonl", "ledger.jsonl", "sweep.json"


@dataclass(frozen=True)
class Ledger:
    """A sweep on disk. A member is done when its own run.json says so; the ledger adds what failed, and why."""

    path: Path
    names: list[str]
    jobs: list[Job]
    about: dict

    def folder(self, member: int) -> Path:
        return self.path / self.names[member]

    def fresh(self, member: int) -> RunFolder:
        """A new folder for a member, instead of what an interrupted training left; the shard is synced as a whole."""
        folder = self.folder(member)
        if folder.is_dir() and not folder.is_symlink():
            shutil.rmtree(folder)
        else:
            folder.unlink(missing_ok=True)
        folder.mkdir()
        return RunFolder(folder, durable=False)

    def done(self, member: int) -> bool:
        """Whether its record says so, and all files are there that it tells of."""
        folder = self.folder(member)
        record = read_json(folder / "run.json")
        files = [folder / name for name in (*record.get("files", ()), "summary.json")]
        return record.get("status") == "done" and all(
            file.is_file() and file.stat().st_size for file in files
        )

    def failed(self, member: int) -> bool:
        return read_json(self.folder(member) / "run.json").get("status") == "failed"

    def summary(self, member: int) -> dict:
        return read_json(self.folder(member) / "summary.json")

    def note(self, member: int, status: str, word: str = "") -> None:
        """Add a line; it is on the disk when this returns. A line that a kill cut short ends first."""
        line = {"member": member, "name": self.names[member], "status": status, "word": word}
        with open(self.path / LEDGER, "ab+") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - 1))
            start = b"" if file.read() in (b"", b"\n") else b"\n"
            file.write(start + json.dumps(line).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())

    def lines(self) -> list[dict]:
        """What the ledger says of members that there are."""
        found = read_lines(self.path / LEDGER)
        return [
            line
            for line in found
            if line.get("member") in range(len(self.names)) and "status" in line
        ]

    def catch_up(self) -> None:
        """Add the lines of members that were done when a kill came before their line."""
        known = {line["member"] for line in self.lines() if line["status"] == "done"}
        for member in range(len(self.names)):
            if member not in known and self.done(member):
                self.note(member, "done")

    def failures(self) -> dict[int, str]:
        """Why members failed, where they have not been done since."""
        found: dict[int, str] = {}
        for line in self.lines():
            if line["status"] == "failed":
                found[line["member"]] = line.get("word", "")
            else:
                found.pop(line["member"], None)
        return found

    def put_about(self, **more: Any) -> None:
        self.about.update(more)
        RunFolder(self.path).put_json(ABOUT, self.about)


def begin(folder: RunFolder, names: list[str], jobs: list[Job], about: dict) -> Ledger:
    """Write all members down, before the first starts."""
    lines = [
        json.dumps(finite({"name": name, **asdict(job)}))
        for name, job in zip(names, jobs, strict=True)
    ]
    folder.put(MEMBERS, "".join(f"{line}\n" for line in lines))
    ledger = Ledger(folder.path, names, jobs, about)
    ledger.put_about()
    return ledger


def open_ledger(path: Path) -> Ledger:
    """The ledger of a sweep's folder."""
    if not path.is_dir():
        beside = [other.name for other in path.parent.glob("*") if other.is_dir()]
        raise Mistake(
            f"{path}: no such folder; {did_you_mean(nearest(path.name, beside)) or 'give the folder of an nnrun -m'}"
        )
    missing = [name for name in (ABOUT, MEMBERS) if not (path / name).is_file()]
    if missing:
        raise Mistake(
            f"{path}: is no sweep's folder, {listing(missing)} is missing; give the folder of an nnrun -m"
        )
    about, members = read_json(path / ABOUT), read_lines(path / MEMBERS)
    if not isinstance(about.get("manner"), dict) or about.get("members") != len(members):
        raise Mistake(
            f"{path}: {ABOUT} tells of {about.get('members')} members, {MEMBERS} of {len(members)}; a file is damaged,"
            " and the sweep cannot be resumed"
        )
    try:
        jobs = [Job(own["config"], own["overrides"], own["choices"]) for own in members]
        names = [own["name"] for own in members]
    except KeyError as error:
        raise Mistake(
            f"{path / MEMBERS}: has been changed, {error} is not there; nothing can be resumed"
        ) from None
    if strange := [
        name
        for name in names
        if not isinstance(name, str) or name in ("", ".", "..") or "/" in name
    ]:
        raise Mistake(
            f"{path / MEMBERS}: {strange[0]!r} is no name of a member; nothing can be resumed"
        )
    return Ledger(path, names, jobs, about)


def read_json(file: Path) -> dict:
    """What a file holds; nothing where it is missing or was being written."""
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
        return found if isinstance(found, dict) else {}
    except (OSError, ValueError):
        return {}


def read_lines(file: Path) -> list[dict]:
    """The objects of a file with one in each line; what is none, as a line that a kill cut short, is left out."""
    found = []
    for line in (
        file.read_text(encoding="utf-8", errors="replace").splitlines() if file.exists() else []
    ):
        with suppress(ValueError):
            found.append(json.loads(line))
    return [line for line in found if isinstance(line, dict)]


def claim(path: Path, patience: float = 2.0) -> int:
    """The sweep's lock, as a file descriptor; the system gives it back when its holder is gone, however it went."""
    descriptor = os.open(path / ".lock", os.O_RDWR | os.O_CREAT, 0o644)
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return descriptor
        except OSError:
            if patience <= 0:
                os.close(descriptor)
                raise Mistake(
                    f"{path}: another nnrun works on this sweep; wait for it, or stop it first"
                ) from None
            sleep(0.1)  # workers of a killed nnrun take a moment to notice
            patience -= 0.1
