"""The sweep's folder: members as they were asked for, what became of each, and who works on it."""

import json
import os
import shutil
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from nnrun.errors import Mistake, Problem
from nnrun.reading.files import read_own
from nnrun.reading.plain import json_object
from nnrun.reading.proofs import (
    BEST,
    RECORD,
    SWEEP_RECORD,
    Taken,
    damage,
)
from nnrun.reading.seals import SEAL, digest
from nnrun.reading.shapes import Keys, misfit
from nnrun.runs.checkpoints import FOLDER as CHECKPOINTS
from nnrun.runs.epochs import EpochRecord, read_epochs
from nnrun.runs.folder import RunFolder, finite
from nnrun.runs.job import Job, without_folder
from nnrun.runs.moments import read_moment
from nnrun.runs.record import (
    DIGESTS,
    begin_record,
    command,
    digests,
    end_record,
    going_on,
    read_record,
)
from nnrun.runs.summary import SUMMARY, read_summary

EMPTY = sha256().hexdigest()
LARGEST_LIST = 2**28  # bytes of a list of members, of which each takes some thousand
MEMBERS, LEDGER, ABOUT = "members.jsonl", "ledger.jsonl", SWEEP_RECORD
PROOF = "members_sha256"  # in sweep.json
SETTINGS = "manner"  # how the sweep is made, in sweep.json; the key of 0.1.0

OF_RUN = "record_sha256"  # of a run that was taken over
OF_LINE = Keys(
    must={"member": int, "name": str, "status": str},
    may={**dict.fromkeys(["word", "cause", "path", OF_RUN, SEAL], str)},
)
DONE, REUSED, LOST = "done", "reused", "lost"  # of what becomes of members; beside failed


class Failure(NamedTuple):
    """Why a member failed."""

    reason: str = ""
    cause: str = ""  # by kind; earlier versions did not note it


@dataclass(frozen=True)
class Ledger:
    """A sweep on disk.

    A member is done when its own run.json says so; the lines add what failed, and why.
    """

    path: Path
    names: list[str]
    jobs: list[Job]
    about: dict
    taken: dict[int, Taken] = field(default_factory=dict)  # members that lie elsewhere

    # The sweep

    def put(self, name: str, content: str | bytes) -> None:
        """Write a whole file of the sweep."""
        RunFolder(self.path).put(name, content)

    def log(self, line: str) -> None:
        RunFolder(self.path).log(line)

    def put_about(self, **more: Any) -> None:
        self.about.update(more)
        RunFolder(self.path).put_record(ABOUT, self.about)

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
        self.about.pop(BEST, None)
        if member in self.taken:
            self.about[BEST] = self.taken[member]._asdict()
            link.unlink(missing_ok=True)
            return
        with suppress(OSError):
            draft.unlink(missing_ok=True)
            draft.symlink_to(self.names[member], target_is_directory=True)
            os.replace(draft, link)

    # Its lines

    def note(self, member: int, status: str, reason: str = "", **more: str) -> None:
        """Add a line, on the disk when this returns; one that a kill cut short is ended first."""
        line = {"member": member, "name": self.names[member], "status": status, "word": reason}
        line |= {name: told for name, told in more.items() if told}
        line[SEAL] = self.seal(line)
        with open(self.path / LEDGER, "ab+") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - 1))
            start = b"" if file.read() in (b"", b"\n") else b"\n"
            file.write(start + json.dumps(line).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())

    def lines(self) -> list[dict]:
        """Read what is noted of members that there are."""
        return [line for line in self.read_lines() if line]

    def damaged_lines(self) -> int:
        """Count the lines that are not as they were written."""
        return self.read_lines().count(None)

    def read_lines(self) -> list[dict | None]:
        """Read each line; None for one that is damaged, and nothing of what a kill cut short."""
        try:
            lines = read_own(self.path, LEDGER, LARGEST_LIST).splitlines()
        except FileNotFoundError:
            return []
        return [self.read_line(line) for line in lines if line.endswith(b"}")]

    def read_line(self, line: bytes) -> dict | None:
        """Read a line of this sweep."""
        try:
            told = json_object(line)
        except ValueError:
            return None
        known = not misfit(told, OF_LINE) and told["member"] in range(len(self.names))
        if not known or told["name"] != self.names[told["member"]]:
            return None
        return told if told.get(SEAL) in (None, self.seal(told)) else None

    def seal(self, line: dict) -> str:
        """Compute what proves a line to be as it was written, and of this sweep."""
        return seal_of(line, self.about)

    def catch_up(self) -> None:
        """Add the lines of members that were done when a kill came before their line."""
        known = {line["member"] for line in self.lines() if line["status"] == DONE} | {*self.taken}
        for member in range(len(self.names)):
            if member not in known and self.done(member):
                self.note(member, DONE)

    def take_over(self, member: int, run: Path) -> None:
        """Let a finished run from elsewhere be a member; it stays where it is."""
        self.taken[member] = Taken.of(run, self.path)
        path, told = self.taken[member]
        self.note(member, REUSED, **{"path": path, OF_RUN: told})

    def read_taken(self) -> None:
        """Find the members that lie elsewhere, by the last line of each."""
        for line in self.lines():
            self.taken.pop(line["member"], None)
            if line["status"] == REUSED:
                self.taken[line["member"]] = taken_of(line)

    def failures(self) -> dict[int, Failure]:
        """Tell why members failed, where they have not been done since."""
        failures: dict[int, Failure] = {}
        for line in self.lines():
            if line["status"] == "failed":
                failures[line["member"]] = Failure(line.get("word", ""), line.get("cause", ""))
            else:
                failures.pop(line["member"], None)
        return failures

    # A member

    def folder(self, member: int) -> Path:
        """Say where a member lies: in here, unless it was taken over."""
        if member in self.taken:
            return self.taken[member].folder(self.path)
        return self.own_folder(member)

    def own_folder(self, member: int) -> Path:
        return self.path / self.names[member]

    def fresh(self, member: int) -> RunFolder:
        """Make a new folder for a member, instead of what an interrupted training left.

        Its files are not synced one by one: the shard is, as a whole.
        """
        folder = self.own_folder(member)
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
        """Read a member's record; nothing where it cannot be read, as if it were not there."""
        try:
            return read_record(self.folder(member))
        except Mistake:
            return {}

    def last_end(self) -> str:
        """Read when the last member ended."""
        here = [member for member in range(len(self.names)) if member not in self.taken]
        told = [self.record(member).get("ended", "") for member in here]
        ends = [(moment, text) for text in told if (moment := read_moment(text))]
        return max(ends)[1] if ends else ""

    def put_going_on(self) -> None:
        """Write down that the sweep goes on, and how long it was worked on before."""
        self.put_about(**going_on(self.about, self.last_end(), 0.0))

    def forget_damaged(self) -> dict[int, str]:
        """Let members whose files are not as they were left be trained again; tell what is wrong.

        Every file is read for that, so it is done once, by whoever goes on with a sweep.
        """
        told = {member: self.damage(member) for member in range(len(self.names))}
        damaged = {member: wrong for member, wrong in told.items() if wrong}
        for member, wrong in damaged.items():
            if member in self.taken:  # what lies elsewhere is not ours to change
                self.note(member, LOST, wrong)
                del self.taken[member]
            else:
                (self.folder(member) / RECORD).unlink()
        return damaged

    def damage(self, member: int) -> str:
        """Say what is wrong with a member that is done; empty where nothing is."""
        folder, job = self.folder(member), self.jobs[member]
        if wrong := self.changed_elsewhere(member):
            return wrong
        try:
            record = read_record(folder)
        except Mistake:
            return f"{RECORD} is damaged"
        if record.get("status") != "done":
            return ""
        typed = DIGESTS[1]
        if member not in self.taken and record.get(typed, "") not in (
            "",
            digests(job.config, job.overrides)[typed],
        ):
            return f"{RECORD} is another member's"
        return next(iter(damage(folder, record)), "")

    def changed_elsewhere(self, member: int) -> str:
        """Say what has become of a member that was taken over; empty where it is as it was."""
        wrong = self.taken[member].wrong(self.path) if member in self.taken else ""
        return f"it was taken over, and {wrong}" if wrong else ""

    def summary(self, member: int) -> dict:
        return read_summary(self.folder(member))

    def epochs(self, member: int) -> list[EpochRecord]:
        """Read a member's epochs; none where it has no file of them."""
        return read_epochs(self.folder(member))

    def done(self, member: int) -> bool:
        """Tell whether its record says so, and all files are there that it tells of."""
        if self.changed_elsewhere(member):
            return False
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

    def fail(self, member: int, problem: Problem) -> None:
        """Note why a member failed, in its folder too where its worker could not."""
        failure = str(problem), problem.cause
        with suppress(OSError):  # the ledger tells it in any case
            if self.record(member).get("status") != "failed":
                folder, job = self.fresh(member), self.jobs[member]
                again = command(job.flags, without_folder(job.overrides))
                facts = {"flags": [*job.flags], "command": again}
                record = begin_record(folder, job.config, job.overrides, **facts)
                end_record(folder, record, "failed", *failure)
        self.note(member, "failed", failure[0], cause=failure[1])

    def update_record(self, member: int) -> None:
        """Tell in a member's record what has been added to it; of others', nothing is."""
        if member in self.taken:
            return
        folder, record = RunFolder(self.folder(member)), self.record(member)
        if record["files"] != folder.manifest():
            end_record(folder, record, "done", record["word"])


def seal_of(line: dict, about: dict) -> str:
    told = {key: value for key, value in line.items() if key != SEAL}
    return digest({**told, "started": about.get("started")})


def taken_of(line: dict) -> Taken:
    return Taken(line.get("path", ""), line.get(OF_RUN, ""))
