"""The settings in which a sweep's members differ, and the names that they have from these."""

import json
import re
from collections import Counter
from collections.abc import Container
from hashlib import sha256
from typing import Any

from nnrun.runs.job import Job

LONGEST = 100  # bytes of a member's name


def varied(jobs: list[Job]) -> list[str]:
    """List the settings in which members differ, in the order in which they were typed."""
    typed = dict.fromkeys(typed_key(override) for job in jobs for override in job.overrides)
    keys = dict.fromkeys(inner for key in typed for inner in settings_in(key, jobs))
    return [key for key in keys if len({exact(value_of(job, key)) for job in jobs}) > 1]


def settings_in(key: str, jobs: list[Job]) -> list[str]:
    """List the settings that a key stands for: those within it where it holds several, or itself.

    So `dataset.split={train: 0.8, val: 0.1, test: 0.1}` does not vary with the seed beside them.
    """
    values = [value_of(job, key) for job in jobs]
    if not all(isinstance(value, dict) and value for value in values):
        return [key]
    names = dict.fromkeys(name for value in values for name in value)
    if any("." in str(name) for name in names):
        return [key]
    return [inner for name in names for inner in settings_in(f"{key}.{name}", jobs)]


def typed_key(override: str) -> str:
    return override.partition("=")[0].lstrip("+~")


def value_of(job: Job, key: str) -> Any:
    """Look up a member's value: the option of a group, or what its configuration holds."""
    if key in job.choices:
        return job.choices[key]
    if "@" in key:  # an option for a part of another, such as the first of chained schedules
        typed = (word for word in job.overrides if typed_key(word) == key)
        return next((word.partition("=")[2] for word in typed), None)
    node: Any = job.config
    for step in key.split("."):
        node = inner(node, step)
    return node


def inner(node: Any, step: str) -> Any:
    """Take one step into a configuration; None where there is nothing."""
    if isinstance(node, list):
        return node[int(step)]
    if isinstance(node, dict):
        return node.get(step)
    return None


def exact(value: Any) -> str:
    """Write a plain value so that it cannot be taken for another: 1, 1.0, true and "1" differ."""
    return json.dumps(value)


# Names


def member_names(jobs: list[Job]) -> list[str]:
    """Name each member by what is its own: optimizer=adam,lr=0.001,seed=2."""
    wished = wished_names(jobs)
    times = Counter(name.casefold() for name in wished)
    names = []
    for i, name in enumerate(wished):
        if len(name.encode()) > LONGEST or times[name.casefold()] > 1:
            name = marked(name, f"{i}/{jobs[i].overrides}")
        names.append(name)
    return names


def wished_names(jobs: list[Job]) -> list[str]:
    """Name each member, however long that gets, and though another may be called the same."""
    keys = varied(jobs)
    short = {key: short_key(key, keys, jobs[0].config) for key in keys}
    names = []
    for job in jobs:
        pairs = [f"{short[key]}={as_text(value_of(job, key))}" for key in keys]
        names.append(",".join(pairs) or "only")
    return names


def marked(name: str, origin: str) -> str:
    """Cut a name that is too long or not the only one, and mark it by where it comes from."""
    mark = sha256(origin.encode()).hexdigest()[:6]
    start = name.encode()[: LONGEST - 7].decode(errors="ignore")
    return f"{start.rstrip(',')}~{mark}"


def short_key(key: str, keys: list[str], taken: Container[str] = ()) -> str:
    """Give a dotted key's last step, unless another key ends alike or it would be taken for one."""
    last = key.rpartition(".")[2]
    alike = [other for other in keys if other.rpartition(".")[2] == last]
    return key if len(alike) > 1 or last in taken else last


SPECIAL = {True: "true", False: "false", None: "null"}


def as_text(value: Any) -> str:
    """Write a value as it may stand in the name of a folder."""
    if isinstance(value, list | tuple):
        return "x".join(as_text(item) for item in value)
    if isinstance(value, bool) or value is None:
        return SPECIAL[value]
    text = str(value)
    if isinstance(value, float) and float(f"{value:g}") == value:
        text = f"{value:g}"
    return re.sub(r"[^\w.+-]+", "-", text)
