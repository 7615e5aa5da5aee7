"""run.json: what was run, with what, on what, and how it ended."""

import os
import platform
import shlex
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

import yaml

try:
    from yaml import CSafeDumper as Dumper  # libyaml's are ten times as fast
    from yaml import CSafeLoader as Loader
except ImportError:
    from yaml import SafeDumper as Dumper
    from yaml import SafeLoader as Loader

from nnrun.runs.commit import git
from nnrun.runs.folder import RECORD, RunFolder, read_json
from nnrun.runs.job import Job

CONFIG, OVERRIDES = "config.yaml", "overrides.txt"
ENDING = ("word", "ended", "files", "next_config_sha256")  # of a record
PACKAGES = ("nnrun", "torch", "numpy", "scikit-learn", "hydra-core", "safetensors")


def begin_record(
    folder: RunFolder, config: dict, overrides: list[str], **facts: Any
) -> dict[str, Any]:
    """Write down what is about to run, and give the record that `end_record` completes."""
    record = {
        "status": "running",
        "started": now(),
        "command": shlex.join(["nnrun", *overrides]),
        "config_sha256": put_request(folder, config, overrides),
        "versions": versions(),
        "platform": platform.platform(),
        "pid": os.getpid(),
        "git": git(),
        **facts,
    }
    folder.put_json(RECORD, record)
    return record


def put_request(folder: RunFolder, config: dict, overrides: list[str]) -> str:
    """Write down what is asked for, and give the sha256 of the configuration."""
    text = as_yaml(config)
    folder.put(CONFIG, text)
    folder.put(OVERRIDES, "".join(f"{override}\n" for override in overrides))
    return sha256(text.encode()).hexdigest()


def as_yaml(config: dict) -> str:
    return yaml.dump(config, Dumper=Dumper, sort_keys=False, allow_unicode=True)


def go_on_record(
    folder: RunFolder, record: dict, config: dict, overrides: list[str]
) -> dict[str, Any]:
    """Write down that a run goes on; what was said of its end stands no longer.

    It may go on for longer, with another configuration. So that a kill in here does no harm, the
    record knows both until the files are written.
    """
    begun = {key: value for key, value in record.items() if key not in ENDING}
    times = record.get("resumed", 0) + 1
    going = {**begun, "status": "running", "pid": os.getpid(), "resumed": times}
    digest = sha256(as_yaml(config).encode()).hexdigest()
    folder.put_json(RECORD, {**going, "next_config_sha256": digest})
    put_request(folder, config, overrides)
    going |= {"command": shlex.join(["nnrun", *overrides]), "config_sha256": digest}
    folder.put_json(RECORD, going)
    return going


def end_record(folder: RunFolder, record: dict, status: str, word: str) -> None:
    """Complete the record: how it ended, and the sha256 of every file."""
    ending = {"status": status, "word": word, "ended": now(), "files": folder.manifest()}
    folder.put_json(RECORD, {**record, **ending})


def read_record(folder: Path) -> dict:
    """Read the record of a run folder; nothing where there is none that can be read."""
    return read_json(folder / RECORD)


def read_config(folder: Path) -> dict:
    """Read the configuration of a run folder; nothing where there is none that can be read."""
    try:
        content = yaml.load((folder / CONFIG).read_text(encoding="utf-8"), Loader)
    except (OSError, ValueError, yaml.YAMLError):
        return {}
    return content if isinstance(content, dict) else {}


def read_overrides(folder: Path) -> list[str]:
    """Read what was typed for a run; nothing where that is not known."""
    file = folder / OVERRIDES
    return file.read_text(encoding="utf-8").splitlines() if file.is_file() else []


def read_job(folder: Path) -> Job:
    """Read what a run was asked for."""
    choices = read_record(folder).get("choices", {})
    return Job(read_config(folder), read_overrides(folder), choices)


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


@cache
def versions() -> dict[str, str]:
    return {"python": platform.python_version(), **{name: version(name) for name in PACKAGES}}
