"""run.json: what was run, with what, on what, and how it ended."""

import os
import platform
import shlex
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from nnrun.errors import Mistake, Problem
from nnrun.reading.plain import plain_lines
from nnrun.reading.proofs import (
    RECORD,
    damage,
    read_configuration,
    read_proved,
    record_if_any,
    understood,
)
from nnrun.runs.commands import typed
from nnrun.runs.commit import git
from nnrun.runs.folder import OUTCOME, RunFolder
from nnrun.runs.job import Job

CONFIG, OVERRIDES = "config.yaml", "overrides.txt"
DIGESTS = ("config_sha256", "overrides_sha256")  # of what is asked for
WENT_ON, WORKED = "went_on", "worked"  # when it was resumed, and the seconds before that
NEXT = tuple(f"next_{name}" for name in DIGESTS)  # of what will be
ENDING = ("word", "cause", "ended", "files", *NEXT)  # of a record
ENSEMBLE = "ensemble"  # key of config.yaml that tells what an average was made of
REFIT = "refit"  # and of which run a model was trained once more, on all rows
NOT_TAKEN_OVER = ("folder", "name")  # settings of a run's output that are nobody else's
PACKAGES = ("nnrun", "torch", "numpy", "scikit-learn", "hydra-core", "safetensors")


def begin_record(
    folder: RunFolder, config: dict, overrides: list[str], **facts: Any
) -> dict[str, Any]:
    """Write down what is about to run, and give the record that `end_record` completes."""
    record = {
        "status": "running",
        "started": now(),
        "command": command(facts.get("flags", ()), overrides),
        **put_request(folder, config, overrides),
        "versions": versions(),
        "platform": platform.platform(),
        "processor": processor(),
        "host": platform.node(),
        "pid": os.getpid(),
        "git": git(),
        **facts,
    }
    folder.put_record(RECORD, record)
    return record


def command(flags: Iterable[str], overrides: list[str]) -> str:
    """Write what to type for the same again, where one stands."""
    return shlex.join(["nnrun", *flags, *overrides])


def taken_over(config: dict) -> dict:
    """Give what is made of a run its settings, but for the folder and the name of that run."""
    none = dict.fromkeys(NOT_TAKEN_OVER)
    return {**config, "output": {**config["output"], **none}}


def put_request(folder: RunFolder, config: dict, overrides: list[str]) -> dict[str, str]:
    """Write down what is asked for, and give the proofs of it."""
    texts = request(config, overrides)
    for name, text in zip((CONFIG, OVERRIDES), texts, strict=True):
        folder.put(name, text)
    return digests_of(texts)


def request(config: dict, overrides: list[str]) -> tuple[str, str]:
    """Write what is asked for: the configuration, and what was typed."""
    return as_yaml(config), "".join(f"{override}\n" for override in overrides)


def digests(config: dict, overrides: list[str]) -> dict[str, str]:
    """Compute the sha256 of what is asked for."""
    return digests_of(request(config, overrides))


def digests_of(texts: tuple[str, str]) -> dict[str, str]:
    proofs = [sha256(text.encode()).hexdigest() for text in texts]
    return dict(zip(DIGESTS, proofs, strict=True))


def as_yaml(config: dict) -> str:
    from yaml import dump  # only where a configuration is written: a list of thousands writes none

    try:
        from yaml import CSafeDumper as Dumper  # libyaml's is ten times as fast
    except ImportError:
        from yaml import SafeDumper as Dumper
    return dump(config, Dumper=Dumper, sort_keys=False, allow_unicode=True)


def go_on_record(
    folder: RunFolder, record: dict, config: dict, overrides: list[str], epochs_took: float = 0.0
) -> dict[str, Any]:
    """Write down that a run goes on; what was said of its end stands no longer.

    What it has left stays, and stays proved, until it is written anew. It may go on for longer,
    with another configuration. So that a kill in here does no harm, the record knows both until
    the files are written.
    """
    begun = {key: value for key, value in record.items() if key not in ENDING}
    begun["files"] = {
        name: told for name, told in record.get("files", {}).items() if OUTCOME.fullmatch(name)
    }
    times = record.get("resumed", 0) + 1
    times_told = going_on(record, record.get("ended", ""), epochs_took)
    going = {**begun, "status": "running", "pid": os.getpid(), "resumed": times, **times_told}
    proofs = digests(config, overrides)
    folder.put_record(RECORD, {**going, **dict(zip(NEXT, proofs.values(), strict=True))})
    put_request(folder, config, overrides)
    going |= {"command": command(flags_of(record), overrides), **proofs}
    folder.put_record(RECORD, going)
    return going


def put_results(folder: RunFolder, files: Mapping[str, bytes]) -> None:
    """Write what a run leaves; its record tells of it first, so that a kill leaves all proved."""
    record = read_record(folder.path)
    coming = {name: sha256(content).hexdigest() for name, content in files.items()}
    folder.put_record(RECORD, {**record, "files": {**record.get("files", {}), **coming}})
    for name, content in files.items():
        folder.put(name, content)


def end_record(folder: RunFolder, record: dict, status: str, word: str, cause: str = "") -> None:
    """Complete the record: how it ended, and the sha256 of every file."""
    why = {"cause": cause} if cause else {}
    ending = {"status": status, "word": word, **why, "ended": now(), "files": folder.manifest()}
    folder.put_record(RECORD, {**record, **ending})


def read_record(folder: Path) -> dict:
    """Read the record of a run folder; nothing where there is none."""
    return record_if_any(folder)


def first_damage(folder: Path) -> str:
    """Say which file of a run is not as its record tells; empty where all are."""
    return next(iter(damage(folder, read_record(folder))), "")


def read_config(folder: Path) -> dict:
    """Read the configuration of a run folder; nothing where there is none."""
    try:
        return read_configuration(folder, CONFIG)
    except FileNotFoundError:
        return {}


def read_overrides(folder: Path) -> list[str]:
    """Read what was typed for a run; nothing where that is not known."""
    try:
        content = read_proved(folder, OVERRIDES)
    except FileNotFoundError:
        return []
    return understood(folder / OVERRIDES, content, plain_lines)


def refuse_average(folder: Path, wish: str) -> None:
    """Stop where a folder holds what was made of trained models, and no training of its own."""
    refuse_refit(folder, wish)
    if made_of := read_config(folder).get(ENSEMBLE):
        refuse_unfinished(folder)
        sweep, _, _ = str(made_of).partition(": ")
        wrong = f"was averaged from members of {sweep}, and not trained"
        advice = f"{wish} one of them, or let nnrun ensemble average them again"
        raise Mistake(Problem(str(folder), None, wrong, advice))


def refuse_refit(folder: Path, wish: str) -> None:
    """Stop where a folder holds a model that all rows taught, so that none can judge it."""
    if made_of := read_config(folder).get(REFIT):
        refuse_unfinished(folder)
        run, _, _ = str(made_of).partition(": ")
        wrong = f"was trained by nnrun refit on all rows of {run}"
        raise Mistake(Problem(str(folder), None, wrong, f"{wish} that one"))


def refuse_unfinished(folder: Path) -> None:
    """Stop where a kill left a part of what is made of trained models."""
    record = read_record(folder)
    if record.get("status") != "done":
        wrong = "was not finished, and nothing goes on with it"
        advice = f"nnrun rm {typed(folder)}, then {record.get('command', '')}"
        raise Mistake(Problem(str(folder), None, wrong, advice))


def read_job(folder: Path) -> Job:
    """Read what a run was asked for."""
    record = read_record(folder)
    choices = record.get("choices", {})
    return Job(read_config(folder), read_overrides(folder), choices, flags_of(record))


def flags_of(record: dict) -> list[str]:
    """Read what was given besides settings; earlier versions did not note it."""
    flags = record.get("flags")
    return [str(flag) for flag in flags] if isinstance(flags, list) else []


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


@cache
def processor() -> str:
    """Name the model of the processor, where the system tells it."""
    with suppress(OSError):
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
        return next(named, platform.processor() or platform.machine())
    return platform.processor() or platform.machine()


@cache
def versions() -> dict[str, str]:
    from importlib.metadata import version  # it takes as long as all else here

    return {"python": platform.python_version(), **{name: version(name) for name in PACKAGES}}


# How long it was worked on


def seconds_worked(record: Mapping[str, Any], ended: str) -> float | None:
    """Compute how long something was worked on; None where that is not known.

    While it lay still, nobody did; earlier versions did not note when they went on.
    """
    if "resumed" in record and WENT_ON not in record:
        return None
    sitting = seconds_between(record.get(WENT_ON) or record.get("started", ""), ended)
    return None if sitting is None else record.get(WORKED, 0.0) + max(0.0, sitting)


def going_on(record: Mapping[str, Any], ended: str, least: float) -> dict[str, Any]:
    """Note that something goes on, and how long it was worked on; after a kill, at least."""
    worked = seconds_worked(record, ended)
    known = max(record.get(WORKED, 0.0), least) if worked is None else worked
    return {WENT_ON: now(), WORKED: round(known, 3)}


def seconds_between(began: str, ended: str) -> float | None:
    """Compute how much time lies between two moments; None where one is not known."""
    try:
        return (datetime.fromisoformat(ended) - datetime.fromisoformat(began)).total_seconds()
    except (ValueError, TypeError):
        return None
