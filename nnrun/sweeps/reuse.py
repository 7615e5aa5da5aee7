"""Members that need no training, as the same run is done already: taken over, where it lies."""

import json
import platform
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path

from nnrun.config.experiment import Experiment
from nnrun.errors import Mistake
from nnrun.report.numbers import count
from nnrun.runs.commands import shown
from nnrun.runs.commit import git
from nnrun.runs.comparison import Change, changed_facts
from nnrun.runs.entries import RUN, Entry, flat
from nnrun.runs.index import listing
from nnrun.runs.record import first_damage, processor, read_config, read_record, versions
from nnrun.sweeps.sweep import Sweep

# what makes no other numbers
BESIDE = (
    ("output",),
    ("logger",),
    *(("training", key) for key in ("device", "threads", "checkpoint")),
)
# of the facts: threads are compared apart, and a branch is a name of a commit
APART = ("together", "threads", "git.branch")


def take_over_finished(sweep: Sweep) -> None:
    """Take members over whose configuration, data and code are those of a finished run."""
    ledger = sweep.ledger
    lacking = [member for member in range(len(ledger.names)) if not ledger.done(member)]
    with sweep.screen.waiting("looking for runs that are done already"):
        finished = Finished(sweep.experiments[0].settings.output.root, ledger.path)
        found = {member: finished.find(sweep.experiments[member]) for member in lacking}
    taken = {member: run for member, run in found.items() if run}
    for member, run in taken.items():
        ledger.take_over(member, run)
    told = f"{len(taken)} of {count(len(ledger.names), 'member')}, from runs that are done already"
    sweep.screen.pair("reused", told)
    for folder, changes in finished.others.items():
        sweep.screen.pair("", f"not {shown(folder)}, where {told_change(changes[0])}")
        break  # one shows what the others have in common


def told_change(change: Change) -> str:
    return f"{change.name} was {change.was} and is {change.now}"


class Finished:
    """The finished runs below a folder, but for those of one sweep."""

    def __init__(self, root: str, sweep: Path):
        entries = listing(Path(root), members=True).entries if Path(root).is_dir() else []
        away = [one for one in entries if not one.folder.resolve().is_relative_to(sweep.resolve())]
        self.done = [one for one in away if is_done(one)]
        self.others: dict[Path, list[Change]] = {}  # of the same settings, made otherwise

    def find(self, experiment: Experiment) -> Path | None:
        """Find the newest run that is what an experiment would give."""
        if not experiment.settings.model.told_whole:
            return None
        for run in self.of_same_settings(experiment):
            changes = differences(run, experiment)
            if not changes:
                return run
            self.others[run] = changes
        return None

    def of_same_settings(self, experiment: Experiment) -> Iterator[Path]:
        settings = asked(experiment.config)
        quick = flat(settings)
        wanted = as_text(settings)
        for entry in self.done:
            if alike(entry, quick) and as_text(asked(config_of(entry.folder))) == wanted:
                yield entry.folder


def is_done(entry: Entry) -> bool:
    """Tell whether a run is done, and lies where it was trained."""
    return entry.known.kind == RUN and entry.status == "done" and not entry.known.taken


def asked(config: dict) -> dict:
    """Leave out of a configuration what makes no other numbers."""
    left = deepcopy(config)
    for *above, key in BESIDE:
        node = left
        for step in above:
            node = node.get(step, {})
        node.pop(key, None)
    return left


def as_text(settings: dict) -> str:
    """Write settings so that no value can be taken for another one."""
    return json.dumps(settings, sort_keys=True)


def alike(entry: Entry, settings: dict) -> bool:
    """Tell by what the list knows whether a run may have these settings; quick, and no proof."""
    facts = entry.facts
    return all(facts[key] == value for key, value in settings.items() if key in facts)


def config_of(run: Path) -> dict:
    try:
        return read_config(run)
    except Mistake:
        return {}


def differences(run: Path, experiment: Experiment) -> list[Change]:
    """List what a run was made with, or on, other than an experiment would be here and now."""
    from nnrun.training.facts import facts_of  # torch comes with these
    from nnrun.training.introduction import machine_for

    try:
        record = read_record(run)
    except Mistake as mistake:
        return [Change("it", "done", mistake.problems[0].wrong)]
    device, threads = machine_for(experiment)
    now = {
        "versions": versions(),
        "platform": platform.platform(),
        "processor": processor(),
        "git": git(),
        **facts_of(experiment, device, threads),
    }
    changes = [change for change in changed_facts(record, now) if change.name not in APART]
    changes += unknown_code(record, now) + other_threads(record, experiment, threads)
    if not changes and (wrong := first_damage(run)):
        return [Change("it", "whole", wrong)]
    return changes


def unknown_code(was: dict, now: dict) -> list[Change]:
    """Tell where git cannot say that the code is the same."""
    before, after = (record.get("git") or {} for record in (was, now))
    if before.keys() != after.keys():
        return [Change("git", before.get("commit"), after.get("commit"))]
    if after.get("dirty") and "diff_sha256" not in after:
        return [Change("git.diff_sha256", "not known", "not known")]
    return []


def other_threads(record: dict, experiment: Experiment, alone: int) -> list[Change]:
    """Tell threads that this configuration would not take here; auto takes a worker's share."""
    was = record.get("threads", 1)
    shared = experiment.settings.training.threads == "auto" and was <= alone
    return [] if was == alone or shared else [Change("threads", was, alone)]
