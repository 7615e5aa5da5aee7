"""What a list tells of a run or a sweep: how it ended, its score, its settings and its metrics."""

import shlex
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from nnrun.errors import Mistake
from nnrun.reading.proofs import BEST, RECORD, UNDER_WAY, Taken, best_member
from nnrun.runs.ledger import ABOUT, DONE, REUSED, Ledger
from nnrun.runs.lock import held
from nnrun.runs.moments import read_moment
from nnrun.runs.notes import Notes, read_notes
from nnrun.runs.opening import open_ledger
from nnrun.runs.record import read_config, read_overrides, read_record, seconds_worked
from nnrun.runs.standing import Reached, Standing, score_reached, standing_of
from nnrun.runs.summary import RANKED, read_summary
from nnrun.runs.under_way import UnderWay, under_way

RUN, SWEEP = "run", "sweep"
INTERRUPTED = "interrupted"
TRAINING = "training"  # the status of a member that has no folder yet
NAME = "output.name"
NAMED = "name"  # as a list calls it
STARTED = "started"
TARGET = "_target_"
SCORED = ("score", "value", "better", "loss", "measured_on")
TAKEN = "taken_over_from"


class Known(NamedTuple):
    """What is known of a run or a sweep; plain values, so that a cache can hold them."""

    kind: str = RUN
    status: str = ""
    started: str = ""
    seconds: float | None = None
    typed: Sequence[str] = ()  # settings, as one types them
    members: int = 0  # of a sweep
    done: int = 0
    score: str = ""  # with its rows: val r2
    value: float | None = None
    better: int = 1
    loss: float = 0.0  # by which equals are parted
    measured_on: str = ""  # what has to be the same for scores to be compared
    name: str = ""  # that a person gave it
    noted: bool = False  # the name, by a note of its own
    tags: Sequence[str] = ()
    note: str = ""
    wrong: str = ""  # why nothing can be told of it
    taken: str = ""  # where a member lies that a sweep took over


class AllFacts(Protocol):
    """Where settings and metrics of runs are found."""

    def of(self, place: str) -> dict[str, Any]: ...

    def value(self, place: str, key: str) -> Any: ...

    def names(self) -> Iterable[str]: ...


@dataclass(frozen=True)
class OwnFacts:
    """Those of runs that are no folders yet."""

    facts: dict[str, dict[str, Any]]

    def of(self, place: str) -> dict[str, Any]:
        return self.facts[place]

    def value(self, place: str, key: str) -> Any:
        return self.facts[place].get(key)

    def names(self) -> Iterable[str]:
        return dict.fromkeys(name for own in self.facts.values() for name in own)


class Entry(NamedTuple):
    """A line of the list."""

    root: Path
    place: str  # of its folder, as seen from the root
    known: Known
    all_facts: AllFacts
    sweep: Notes | None = None  # of a member: what a person says of its sweep

    @property
    def folder(self) -> Path:
        return Path(self.known.taken) if self.known.taken else self.root / self.place

    @property
    def name(self) -> str:
        """The name that it was given, or else where it lies."""
        if self.sweep and self.sweep.name and not self.known.noted:
            return f"{self.sweep.name}/{Path(self.place).name}"
        if self.known.name:
            return self.known.name
        return self.place if self.place != "." else self.root.resolve().name

    @property
    def names(self) -> list[str]:
        """Its name, and that of the sweep of which it is a member."""
        return [self.name, self.sweep_name] if self.sweep else [self.name]

    @property
    def sweep_name(self) -> str:
        """What the sweep of a member is called, or else where it lies."""
        asked, _, _ = self.known.name.rpartition("/")
        if self.known.noted:
            asked = self.fact(NAME) or ""
        place, _, _ = self.place.rpartition("/")
        noted = self.sweep.name if self.sweep else ""
        return noted or asked or place or self.root.resolve().name

    @property
    def tags(self) -> list[str]:
        """Its tags, and those of the sweep of which it is a member."""
        return [*dict.fromkeys([*self.known.tags, *(self.sweep.tags if self.sweep else ())])]

    @property
    def status(self) -> str:
        """How it ended."""
        return status_now(self.known.status, self.folder)

    @property
    def started(self) -> str:
        """When it began, as clocks here show it."""
        moment = read_moment(self.known.started)
        return moment.strftime("%Y-%m-%d %H:%M:%S") if moment else ""

    @property
    def rank(self) -> tuple[bool, str, float]:
        """What puts scores in their order, the best first, those of one kind together."""
        known = self.known
        return known.value is None, known.score, -known.better * (known.value or 0.0)

    @property
    def facts(self) -> dict[str, Any]:
        """Its settings and metrics by their dotted names."""
        return self.all_facts.of(self.place)

    def fact(self, key: str) -> Any:
        """Look up anything that is known of it; None where nothing is."""
        return OWN[key](self) if key in OWN else self.all_facts.value(self.place, key)


# what a list tells of every run, beside its settings and metrics
OWN: dict[str, Callable[[Entry], Any]] = {
    NAMED: lambda one: one.name,
    "folder": lambda one: str(one.folder),
    "kind": lambda one: one.known.kind,
    "status": lambda one: one.status,
    STARTED: lambda one: one.started,
    "seconds": lambda one: one.known.seconds,
    "score": lambda one: one.known.value,
    "tags": lambda one: one.tags,
    "note": lambda one: one.known.note or None,
    TAKEN: lambda one: one.known.taken or None,
}


def status_now(told: str, folder: Path) -> str:
    """Say how a run ended; who is told to run and is not worked on was interrupted."""
    return INTERRUPTED if told == UNDER_WAY and not held(folder) else told


def read_known(folder: Path) -> tuple[Known, dict[str, Any]]:
    """Read what is known of a run or a sweep, and its settings and metrics."""
    try:
        known, facts = read_sweep(folder) if (folder / ABOUT).is_file() else read_run(folder)
        return with_notes(known, facts, folder), facts
    except Mistake as mistake:
        return Known(wrong=wrong_with(folder, mistake)), {}
    except OSError as error:
        return Known(wrong=f"cannot be read ({error.strerror})"), {}


def read_taken_over(sweep: Path, name: str, taken: Taken) -> tuple[Known, dict[str, Any]]:
    """Read a run that is a member of a sweep and lies elsewhere."""
    folder = taken.folder(sweep)
    wrong = f"was taken over, and {told}" if (told := taken.wrong(sweep)) else ""
    known, facts = (Known(wrong=wrong), {}) if wrong else read_known(folder)
    called = member_name(asked_name(sweep), name)
    return known._replace(name=called, noted=False, taken=str(folder)), facts


def asked_name(sweep: Path) -> str:
    """Read the name that was typed for a sweep; empty where there is none."""
    try:
        return str(flat(open_ledger(sweep).jobs[0].config).get(NAME) or "")
    except Mistake:
        return ""


def member_name(sweep: str, member: str) -> str:
    """Call a member by its sweep; by nothing where this has no name."""
    return f"{sweep}/{member}" if sweep else ""


def with_notes(known: Known, facts: dict[str, Any], folder: Path) -> Known:
    """Add what a person says of it; all members of a sweep have the name of this."""
    notes = read_notes(folder)
    name = notes.name or str(facts.get(NAME) or "")
    if not notes.name and (folder.parent / ABOUT).is_file():
        name = member_name(name, folder.name)
    noted = bool(notes.name)
    return known._replace(name=name, noted=noted, tags=[*notes.tags], note=notes.note)


def wrong_with(folder: Path, mistake: Mistake) -> str:
    """Say what is wrong with which file of a folder."""
    problem = mistake.problems[0]
    where = problem.key.removeprefix(str(folder)).lstrip("/")
    return f"{where} {problem.wrong}".strip()


def read_run(folder: Path) -> tuple[Known, dict[str, Any]]:
    """Read a run."""
    record, summary = read_record(folder), read_summary(folder)
    began, ended = record.get("started", ""), record.get("ended", "")
    status, seconds = record.get("status", ""), seconds_worked(record, ended)
    known = Known(RUN, status, began, seconds, read_overrides(folder))
    chosen = record.get("choices", {})
    config = read_config(folder)
    facts = flat(config) | chosen | dict(numbers_in(summary))
    return with_score(known, told_standing(folder, summary, config)), facts


def told_standing(folder: Path, summary: dict, config: dict) -> Standing | Reached | None:
    """Read how good a run is; where its model cannot be read, beside what is not known."""
    try:
        return standing_of(folder, summary, config)
    except Mistake:
        return score_reached(folder, summary)


def with_score(known: Known, reached: Standing | Reached | None) -> Known:
    """Add the score, if there is one."""
    told = reached._asdict() if reached else {}
    told.pop("folder", None)
    return known._replace(**told)


def read_sweep(folder: Path) -> tuple[Known, dict[str, Any]]:
    """Read a sweep, which stands for its best member."""
    ledger = open_ledger(folder)
    about, began = ledger.about, ledger.about.get("started", "")
    known = Known(
        SWEEP,
        about.get("status", ""),
        began,
        seconds_worked(about, ledger.last_end()),
        words_of(about.get("command", "")),
        len(ledger.names),
        done_of(ledger),
    )
    best, first = None if best_is_lost(ledger) else best_member(folder), ledger.jobs[0]
    asked = flat(first.config)
    if best is None:
        return known, asked | first.choices
    theirs, facts = read_run(best)
    facts[NAME] = asked.get(NAME)  # the best may be a run of another name that was taken over
    return known._replace(**{name: getattr(theirs, name) for name in SCORED}), facts


def in_training(sweep: Path) -> list[Entry]:
    """Tell of the members of a sweep that train, as far as they have come."""
    told = under_way(sweep)
    if not told:
        return []
    ledger, notes = open_ledger(sweep), read_notes(sweep)
    members = [member for member in sorted(told) if not (ledger.folder(member) / RECORD).exists()]
    known = {ledger.names[member]: so_far(ledger, member, told[member]) for member in members}
    facts = OwnFacts({name: own for name, (_, own) in known.items()})
    return [Entry(sweep, name, one, facts, notes) for name, (one, _) in known.items()]


def so_far(ledger: Ledger, member: int, told: UnderWay) -> tuple[Known, dict[str, Any]]:
    """Tell of a member that trains."""
    job, name = ledger.jobs[member], ledger.names[member]
    facts = flat(job.config) | job.choices
    facts |= {"epochs": told.epoch, "training.epochs": told.most}
    called = member_name(str(facts.get(NAME) or ""), name)
    known = Known(RUN, TRAINING, told.started, typed=job.overrides, name=called)
    if told.value is None:
        return known, facts
    score = Reached(f"{RANKED[0]} {told.score.name}", told.value, told.score.better)
    return with_score(known, score), facts


def best_is_lost(ledger: Ledger) -> bool:
    """Tell whether the best was taken over, and is not there any more as it was."""
    told = ledger.about.get(BEST)
    return bool(told and Taken(**told).wrong(ledger.path))


def done_of(ledger: Ledger) -> int:
    """Count the members that are done, as the ledger tells."""
    became = {line["member"]: line["status"] for line in ledger.lines()}
    return sum(status in (DONE, REUSED) for status in became.values())


def words_of(command: str) -> list[str]:
    """Find the settings in a command that somebody may have written."""
    try:
        words = shlex.split(command)
    except ValueError:
        return []
    return [word for word in words[1:] if "=" in word and not word.startswith("-")]


# Settings and metrics


def flat(node: dict[str, Any], above: str = "") -> dict[str, Any]:
    """Give settings within settings dotted names."""
    made: dict[str, Any] = {}
    for key, value in node.items():
        name = f"{above}.{key}" if above else str(key)
        if isinstance(value, dict) and value:
            made |= flat(value, name)
        elif key != TARGET:
            made[name] = value
    return made


def numbers_in(node: dict[str, Any], above: str = "") -> Iterator[tuple[str, float]]:
    """Go through the numbers of a summary; lists of them are no metrics."""
    for key, value in node.items():
        name = f"{above}.{key}" if above else key
        if isinstance(value, dict):
            yield from numbers_in(value, name)
        elif isinstance(value, int | float):
            yield name, value
