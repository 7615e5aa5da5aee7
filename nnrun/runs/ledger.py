"""The sweep's folder: members as they were asked for, what became of each, and who works on it."""

import json
import os
import shutil
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from nnrun.errors import Mistake, Problem, folder_beside
from nnrun.runs.checkpoints import FOLDER as CHECKPOINTS
from nnrun.runs.epochs import EpochRecord, read_epochs
from nnrun.runs.folder import SWEEP_RECORD, RunFolder, finite, read_json
from nnrun.runs.job import Job
from nnrun.runs.record import begin_record, end_record, read_record
from nnrun.runs.summary import SUMMARY, read_summary

EMPTY = sha256().hexdigest()
MEMBERS, LEDGER, ABOUT = "members.jsonl", "ledger.jsonl", SWEEP_RECORD
BEST = "best"  # the link to the best member
LOST = "loss became"  # in why a member failed whose numbers ran away, as they would again
PROOF = "members_sha256"  # in sweep.json
SETTINGS = "manner"  # how the sweep is made, in sweep.json; the key of 0.1.0
ADVICE = "give the folder of an nnrun -m, or write last"


@dataclass(frozen=True)
class Ledger:
    """A sweep on disk.

    A member is done when its own run.json says so; the lines add what failed, and why.
    """

    path: Path
    names: list[str]
    jobs: list[Job]
    about: dict

    # The sweep

    def put(self, name: str, content: str | bytes) -> None:
        """Write a whole file of the sweep."""
        RunFolder(self.path).put(name, content)

    def log(self, line: str) -> None:
        RunFolder(self.path).log(line)

    def put_about(self, **more: Any) -> None:
        self.about.update(more)
        RunFolder(self.path).put_json(ABOUT, self.about)

    def put_members(self) -> None:
        """Write down the members as they are asked for, and what proves that they are.

        A kill in between leaves no proof, rather than one of other members; and a sweep that
        begins has its members before it can be found.
        """
        members = zip(self.names, self.jobs, strict=True)
        lines = [json.dumps(finite({"name": name, **asdict(job)})) for name, job in members]
        text = "".join(f"{line}\n" for line in lines).encode()
        if (self.path / ABOUT).exists():
            self.put_about(**{PROOF: None})
        self.put(MEMBERS, text)
        self.put_about(**{PROOF: sha256(text).hexdigest()})

    def link_best(self, member: int) -> None:
        """Let `best` lead to a member's folder, where the system has such links."""
        link, draft = self.path / BEST, self.path / f".{BEST}"
        with suppress(OSError):
            draft.unlink(missing_ok=True)
            draft.symlink_to(self.names[member], target_is_directory=True)
            os.replace(draft, link)

    # Its lines

    def note(self, member: int, status: str, reason: str = "") -> None:
        """Add a line, on the disk when this returns; one that a kill cut short is ended first."""
        line = {"member": member, "name": self.names[member], "status": status, "word": reason}
        with open(self.path / LEDGER, "ab+") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - 1))
            start = b"" if file.read() in (b"", b"\n") else b"\n"
            file.write(start + json.dumps(line).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())

    def lines(self) -> list[dict]:
        """Read what is noted of members that there are."""
        members = range(len(self.names))
        lines = read_lines(self.path / LEDGER)
        return [line for line in lines if line.get("member") in members and "status" in line]

    def catch_up(self) -> None:
        """Add the lines of members that were done when a kill came before their line."""
        known = {line["member"] for line in self.lines() if line["status"] == "done"}
        for member in range(len(self.names)):
            if member not in known and self.done(member):
                self.note(member, "done")

    def failures(self) -> dict[int, str]:
        """Tell why members failed, where they have not been done since."""
        reasons: dict[int, str] = {}
        for line in self.lines():
            if line["status"] == "failed":
                reasons[line["member"]] = line.get("word", "")
            else:
                reasons.pop(line["member"], None)
        return reasons

    # A member

    def folder(self, member: int) -> Path:
        return self.path / self.names[member]

    def fresh(self, member: int) -> RunFolder:
        """Make a new folder for a member, instead of what an interrupted training left.

        Its files are not synced one by one: the shard is, as a whole.
        """
        folder = self.folder(member)
        if folder.is_dir() and not folder.is_symlink():
            shutil.rmtree(folder)
        else:
            folder.unlink(missing_ok=True)
        folder.mkdir()
        return RunFolder(folder, durable=False)

    def checkpoint(self, member: int) -> Path:
        """Say where lies what a member goes on from: not in its own folder, which is made anew."""
        return self.path / CHECKPOINTS / self.names[member]

    def drop_checkpoints(self, members: Iterable[int]) -> None:
        """Take away what members would go on from who are through."""
        for member in members:
            shutil.rmtree(self.checkpoint(member), ignore_errors=True)
        with suppress(OSError):  # those of others are there
            (self.path / CHECKPOINTS).rmdir()

    def record(self, member: int) -> dict:
        return read_record(self.folder(member))

    def summary(self, member: int) -> dict:
        return read_summary(self.folder(member))

    def epochs(self, member: int) -> list[EpochRecord]:
        """Read a member's epochs; none where it has no file of them."""
        return read_epochs(self.folder(member))

    def done(self, member: int) -> bool:
        """Tell whether its record says so, and all files are there that it tells of."""
        record = self.record(member)
        files = record.get("files", {})
        # Where nothing was typed, overrides.txt is empty, and its record says so.
        filled = [name for name, digest in files.items() if digest != EMPTY]
        return record.get("status") == "done" and all(
            self.has(member, name) for name in (*filled, SUMMARY)
        )

    def has(self, member: int, name: str) -> bool:
        """Tell whether a member has a file, and something in it."""
        file = self.folder(member) / name
        return file.is_file() and file.stat().st_size > 0

    def fail(self, member: int, reason: str) -> None:
        """Note why a member failed, in its folder too where its worker could not."""
        with suppress(OSError):  # the ledger tells it in any case
            if self.record(member).get("status") != "failed":
                folder, job = self.fresh(member), self.jobs[member]
                record = begin_record(folder, job.config, job.overrides)
                end_record(folder, record, "failed", reason)
        self.note(member, "failed", reason)

    def update_record(self, member: int) -> None:
        """Tell in a member's record what has been added to it."""
        folder, record = RunFolder(self.folder(member)), self.record(member)
        if record["files"] != folder.manifest():
            end_record(folder, record, "done", self.summary(member)["verdict"])


def open_ledger(path: Path) -> Ledger:
    """Read the ledger of a sweep's folder."""
    refuse_other_folders(path)
    about, members = read_json(path / ABOUT), read_lines(path / MEMBERS)
    if not isinstance(about.get(SETTINGS), dict) or about.get("members") != len(members):
        told = f"{ABOUT} tells of {about.get('members')} members, {MEMBERS} of {len(members)}"
        damaged = "a file is damaged, and the sweep cannot be resumed"
        raise Mistake(Problem(str(path), None, told, damaged))
    try:
        jobs = [Job(line["config"], line["overrides"], line["choices"]) for line in members]
        names = [line["name"] for line in members]
    except KeyError as error:
        raise changed(path, f"has been changed, {error} is not there") from None
    for name in names:
        if not isinstance(name, str) or name in ("", ".", "..") or "/" in name:
            raise changed(path, f"{name!r} is no name of a member")
    if about.get(PROOF) not in (None, sha256((path / MEMBERS).read_bytes()).hexdigest()):
        raise changed(path, "has been changed since the sweep began")
    return Ledger(path, names, jobs, about)


def refuse_other_folders(path: Path) -> None:
    """Stop where a folder is no sweep's."""
    if not path.is_dir():
        advice = folder_beside(path) or ADVICE
        raise Mistake(Problem(str(path), None, "no such folder", advice))
    missing = [name for name in (ABOUT, MEMBERS) if not (path / name).is_file()]
    if missing:
        wrong = f"is no sweep's folder, as it has no {' and no '.join(missing)}"
        raise Mistake(Problem(str(path), None, wrong, ADVICE))


def changed(path: Path, wrong: str) -> Mistake:
    """Refuse a list of members that is not as it was written."""
    return Mistake(Problem(str(path / MEMBERS), None, wrong, "nothing can be resumed"))


def read_lines(file: Path) -> list[dict]:
    """Read the object in each line of a file; a line that a kill cut short is left out."""
    if not file.exists():
        return []
    contents = []
    for line in file.read_text(encoding="utf-8", errors="replace").splitlines():
        with suppress(ValueError):
            contents.append(json.loads(line))
    return [content for content in contents if isinstance(content, dict)]
