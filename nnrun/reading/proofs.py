"""The files of a run's folder, read as its record proves them."""

import os
import re
from collections.abc import Callable
from hashlib import file_digest, sha256
from pathlib import Path
from shlex import quote
from typing import Any, NamedTuple, TypeVar

from nnrun.errors import Mistake
from nnrun.reading.files import LARGEST, RESTORE, opened_own, read_own, refusal
from nnrun.reading.plain import json_object
from nnrun.reading.seals import broken
from nnrun.reading.shapes import NUMBER, Each, Keys, misfit

Understood = TypeVar("Understood")

RECORD, SWEEP_RECORD = "run.json", "sweep.json"
MOST_THREADS = 1024
DEVICES = r"cpu|cuda(:\d{1,3})?"
UNDER_WAY = "running"  # or a kill ended it
GO_ON = "let nnrun resume end it"
UNPROVED = "without it nothing shows whether the other files are whole"
BEST = "best"  # the link of a sweep to its best member
GROWING = ("metrics.csv", "weights.csv", "timing.csv")  # a line with each epoch of a run
# what proves a file before the record lists all of them; it may be about to change
EARLY = {
    "config.yaml": ("config_sha256", "next_config_sha256"),
    "overrides.txt": ("overrides_sha256", "next_overrides_sha256"),
}
TEXTS = ("status", "command", "started", "went_on", "ended", "platform", "device", "word", "cause")
OF_FILES = Each(Keys(must={"bytes": int, "sha256": str}))  # data that were read
OF_RECORD = Keys(
    may={
        **dict.fromkeys(TEXTS, str),
        **dict.fromkeys([name for names in EARLY.values() for name in names], str),
        **dict.fromkeys(["pid", "threads", "together", "resumed"], int),
        "worked": NUMBER,
        "data_sha256": (str, type(None)),
        "choices": Each(str),
        "flags": [str],
        "versions": Each(str),
        "files": Each(str),
        "data_files": OF_FILES,
    }
)
BY_HAND = "restore it, and type what is to differ: nnrun again RUN KEY=VALUE"
OF_BEST = Keys(may={BEST: Keys(must={"path": str, "sha256": str})})
OF_HOLDER = Keys(must={"pid": int})


def read_proved(folder: Path, name: str) -> bytes:
    """Read a file that is no link and, where the record knows it, is what that tells of."""
    try:
        content = read_own(folder, name)
    except FileNotFoundError:
        if proofs_of(record_if_any(folder), name):
            raise refusal(folder / name, f"is not there, though {RECORD} tells of it") from None
        raise
    refuse_unlike(folder, name, sha256(content).hexdigest())
    return content


def refuse_unlike(folder: Path, name: str, found: str) -> None:
    """Stop where a file's sha256 is not what the record tells of.

    While a run is under way, that cannot tell yet of what grows, and in earlier versions of
    nothing else, either.
    """
    record = record_of(folder)
    known, under_way = proofs_of(record, name), record.get("status") == UNDER_WAY
    untold = under_way and not known and name in (*GROWING, *EARLY)
    if found in known or untold:
        return
    wrong = f"is not the file that {RECORD} tells of: damaged, changed or another's"
    if not known:
        wrong = f"is no file that {RECORD} tells of"
    restored = GO_ON if under_way else RESTORE
    raise refusal(folder / name, wrong, BY_HAND if name in EARLY else restored)


def proofs_of(record: dict, name: str) -> list[str]:
    """Find what a file's sha256 may be; nothing where the record does not tell."""
    files = record.get("files", {})
    if name in files:
        return [files[name]]
    return [record[key] for key in EARLY.get(name, ()) if key in record]


def record_if_any(folder: Path) -> dict[str, Any]:
    """Read the record of a folder; nothing where there is none."""
    return record_of(folder) if os.path.lexists(folder / RECORD) else {}


def record_of(folder: Path) -> dict[str, Any]:
    """Read what tells of a run and of all its files, without which none of them is proved."""
    try:
        record = read_sealed(folder, RECORD, OF_RECORD)
    except FileNotFoundError:
        raise refusal(folder / RECORD, f"is not there, and {UNPROVED}") from None
    if "files" not in record and record.get("status") != UNDER_WAY:
        raise refusal(folder / RECORD, f"tells of no files, and {UNPROVED}")
    if not 0 < record.get("threads", 1) <= MOST_THREADS:
        raise refusal(folder / RECORD, f"tells of {record['threads']} threads")
    if not re.fullmatch(DEVICES, record.get("device", "cpu")):
        raise refusal(folder / RECORD, f"tells of the device {record['device'][:40]!a}")
    return record


def read_sealed(folder: Path, name: str, shape: Keys) -> dict[str, Any]:
    """Read a record that proves itself, unless an earlier version wrote it."""
    content = as_settings(folder / name, read_own(folder, name), shape)
    if wrong := broken(content):
        raise refusal(folder / name, wrong)
    return content


def read_settings(folder: Path, name: str, shape: Keys) -> dict[str, Any]:
    """Read the settings in a file that the record proves."""
    return as_settings(folder / name, read_proved(folder, name), shape)


def as_settings(path: Path, content: bytes, shape: Keys) -> dict[str, Any]:
    """Read settings from JSON, which must be of a shape."""
    value = understood(path, content, json_object)
    if wrong := misfit(value, shape):
        raise refusal(path, wrong)
    return value


def read_configuration(folder: Path, name: str) -> dict[str, Any]:
    """Read the configuration of a run."""
    from nnrun.reading.plain_yaml import yaml_object  # a list of thousands needs no YAML

    return understood(folder / name, read_proved(folder, name), yaml_object)


def understood(path: Path, content: bytes, read: Callable[[bytes], Understood]) -> Understood:
    """Read what a file holds; what is wrong with it is told with its name."""
    try:
        return read(content)
    except ValueError as error:
        raise refusal(path, str(error)) from None


def prove(folder: Path, name: str) -> None:
    """Stop where a file is not what the record tells of; it may be too large for the memory."""
    with opened_own(folder, name, LARGEST) as file:
        refuse_unlike(folder, name, file_digest(file, "sha256").hexdigest())


# The folder itself


def refuse_led_astray(folder: Path) -> None:
    """Stop at a link in a sweep, but at `best` where it leads to a member of this sweep."""
    if not folder.is_symlink() or not (folder.parent / SWEEP_RECORD).exists():
        return
    if folder.name != BEST:
        raise refusal(folder, "is a link, which a sweep's member is not")
    linked_member(folder.parent)


def meant_to_go_on(folder: Path) -> Path:
    """Give the folder that goes on: a run's own, but of a member its sweep's."""
    sweep = folder.resolve().parent
    return sweep if (sweep / SWEEP_RECORD).is_file() else folder


def best_member(sweep: Path) -> Path | None:
    """Give the folder of a sweep's best member; None where it has none."""
    return linked_member(sweep) or best_elsewhere(sweep)


def linked_member(sweep: Path) -> Path | None:
    """Give the folder to which a sweep's link leads; None where there is no link."""
    link = sweep / BEST
    if not link.is_symlink():
        return None
    name = os.readlink(link)
    if os.sep in name or name in (os.curdir, os.pardir) or (sweep / name).is_symlink():
        raise refusal(link, f"leads to {name[:60]!a}, which is no member of the sweep")
    return sweep / name


def best_elsewhere(sweep: Path) -> Path | None:
    """Give the folder of a best member that was taken over, if it is as it was then."""
    if not os.path.lexists(sweep / SWEEP_RECORD):
        return None
    told = read_sealed(sweep, SWEEP_RECORD, OF_BEST).get(BEST)
    if told is None:
        return None
    taken = Taken(**told)
    if wrong := taken.wrong(sweep):
        advice = f"train that member here: nnrun resume {quote(str(sweep))}"
        raise refusal(sweep, f"has its best member from elsewhere, and {wrong}", advice)
    return taken.folder(sweep)


class Taken(NamedTuple):
    """A run that a sweep took over instead of training it: where it lies, and its record."""

    path: str  # as seen from the folder of the sweep
    sha256: str

    @classmethod
    def of(cls, run: Path, sweep: Path) -> "Taken":
        path = os.path.relpath(run.resolve(), sweep.resolve())
        return cls(path, sha256(read_own(run, RECORD)).hexdigest())

    def folder(self, sweep: Path) -> Path:
        return Path(os.path.normpath(sweep.absolute() / self.path))

    def wrong(self, sweep: Path) -> str:
        """Say what has become of it since; empty where it is as it was."""
        folder = self.folder(sweep)
        try:
            same = sha256(read_own(folder, RECORD)).hexdigest() == self.sha256
        except (OSError, Mistake):
            return f"{folder} is gone"
        return "" if same else f"{folder} has changed since"


# All files of a folder


def damage(folder: Path, record: dict) -> list[str]:
    """List the files that the record tells of and that are not so any more, and say why."""
    return [told for name in record.get("files", {}) if (told := why_damaged(folder, record, name))]


def why_damaged(folder: Path, record: dict, name: str) -> str:
    """Say what happened to a file; empty where it is as the record tells."""
    try:
        with opened_own(folder, name, LARGEST) as file:
            whole = file_digest(file, "sha256").hexdigest() in proofs_of(record, name)
    except FileNotFoundError:
        return f"{name} is missing"
    except Mistake as odd:
        return f"{name} {odd.problems[0].wrong}"
    except OSError:
        return f"{name} cannot be read"
    return "" if whole else f"{name} is damaged"
