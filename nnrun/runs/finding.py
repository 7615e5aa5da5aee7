"""The run or the sweep that is meant: by its folder, its name, or the words last and best.

A training leaves one folder below the root of all runs: a run's, or a sweep's, which stands for
its best member.
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from operator import itemgetter
from pathlib import Path
from typing import NamedTuple

from nnrun.errors import Mistake, Problem
from nnrun.reading.files import expanded
from nnrun.reading.proofs import (
    RECORD,
    best_member,
    linked_member,
    read_sealed,
    refuse_led_astray,
)
from nnrun.reading.shapes import Keys
from nnrun.runs.entries import SWEEP, Known, read_known
from nnrun.runs.folder import MODEL
from nnrun.runs.index import DEEPEST, folders, known_below
from nnrun.runs.ledger import ABOUT
from nnrun.runs.naming import named
from nnrun.runs.standing import Standing, standing

ROOT = "outputs"  # output.root when nothing is said
LAST, BEST = WORDS = ("last", "best")
NEVER = datetime.min.replace(tzinfo=UTC)
DATED = Keys(may={"started": str})


class Found(NamedTuple):
    """A folder that was meant."""

    folder: Path
    note: str = ""  # which one that is; empty where it was typed itself


@dataclass(frozen=True)
class TrainingFolder:
    """What one training left: a run, or a sweep."""

    path: Path
    told: Known | None = None  # what the index knows of it

    @property
    def is_sweep(self) -> bool:
        return self.told.kind == SWEEP if self.told else (self.path / ABOUT).is_file()

    @property
    def age(self) -> tuple[datetime, float]:
        """What puts trainings in their order: when it began; in the same second, its writing."""
        name = ABOUT if self.is_sweep else RECORD
        written = os.stat(f"{self.path}/{name}").st_mtime
        if self.told:
            return moment(self.told.started), written
        linked_member(self.path)  # what leads astray is damaged
        return moment(read_sealed(self.path, name, DATED).get("started")), written

    @property
    def run(self) -> Path | None:
        """The run that it stands for: itself, or the best member; None before there is one."""
        return best_member(self.path) if self.is_sweep else self.path

    @property
    def trained(self) -> Path | None:
        """The same, once there is a model in it."""
        run = self.run
        return run if run and all(os.path.isfile(f"{run}/{name}") for name in MODEL) else None

    @property
    def standing(self) -> Standing | None:
        """How good the run is that it stands for; None where it has no score."""
        run, told = self.run, self.told
        if run is None or (told and told.value is None):
            return None
        if told and told.value is not None and told.measured_on:
            reached = told.score, told.value, told.better
            return Standing(run, *reached, told.loss, told.measured_on)
        return standing(run)

    @property
    def as_told(self) -> bool:
        """Tell whether its own files say what the index does."""
        return self.told is None or read_known(self.path)[0] == self.told


def moment(text: object) -> datetime:
    """Read when a training began; long ago where nothing tells it."""
    try:
        return datetime.fromisoformat(str(text)).astimezone(UTC)
    except ValueError:
        return NEVER


class Led(NamedTuple):
    """To where a word led."""

    training: TrainingFolder
    found: Found


# What lies below a root


class Below(NamedTuple):
    """All trainings below a folder."""

    whole: list[TrainingFolder]  # the newest first
    damaged: list[Mistake]  # what is wrong with others, of which nobody can tell when they began

    @property
    def note(self) -> str:
        """Tell of those that are left out."""
        told = [problem for mistake in self.damaged for problem in mistake.problems]
        if not told:
            return ""
        more = f"; and {len(told) - 1} more" if len(told) > 1 else ""
        return f"; left out as damaged: {told[0]}{more}"


def trainings(root: Path, by_index: bool = False) -> Below:
    """Find all trainings below a folder; what the index does not know is read from each."""
    ages: list[tuple[tuple, TrainingFolder]] = []
    damaged = []
    for training in sorted(training_folders(root, by_index), key=lambda one: one.path):
        try:
            ages.append((training.age, training))
        except FileNotFoundError:
            continue  # it was taken away meanwhile
        except Mistake as mistake:
            damaged.append(mistake)
    ages.sort(key=itemgetter(0), reverse=True)
    return Below([training for _, training in ages], damaged)


def training_folders(root: Path, by_index: bool) -> Iterator[TrainingFolder]:
    """Go through the folders below one, with what the index knows of each, if that is wanted."""
    if by_index:
        for place, known in known_below(root):
            yield TrainingFolder(root / place, known)
    else:
        for path, _ in folders(str(root), DEEPEST):
            yield TrainingFolder(Path(path))


# What is meant


def find_run(typed: str | Path, root: str = ROOT, trained: bool = True) -> Found:
    """Find a run by its folder or a word; one with a model, unless any will do."""
    word, below = read_word(typed, root)
    if not word:
        return run_named(typed, root)

    def lead(known: Below) -> Led:
        runs = with_run(known, trained)
        if word == BEST:
            return best_of(typed, below, [*runs], known.damaged)
        newest = next(runs, None)
        if newest is None:
            raise no_run(typed, below, trained, known.note)
        return Led(newest, newest_told(typed, newest, known))

    return led(below, lead)


def with_run(known: Below, trained: bool) -> Iterator[TrainingFolder]:
    """Go through those that stand for a run; a sweep whose best cannot be reached is damaged."""
    for one in [*known.whole]:
        try:
            run = one.trained if trained else one.run
        except Mistake as mistake:
            known.whole.remove(one)
            known.damaged.append(mistake)
            continue
        if run:
            yield one


def find_training(typed: str | Path, root: str = ROOT) -> Found:
    """Find a run or a sweep by its folder, or the last one; or the best run."""
    word, below = read_word(typed, root)
    if not word:
        return training_named(typed, root)
    if word == BEST:
        return find_run(typed, root)

    def lead(known: Below) -> Led:
        if not known.whole:
            raise nothing_below(typed, below, "run and no sweep", known.note, "give its folder")
        newest = known.whole[0]
        return Led(newest, Found(newest.path, f"{typed} is {newest.path}{known.note}"))

    return led(below, lead)


def led(below: Path, lead: Callable[[Below], Led]) -> Found:
    """Follow a word by what the index knows; where a folder says otherwise, by all of them."""
    training, found = lead(trainings(below, by_index=True))
    return found if training.as_told else lead(trainings(below)).found


def read_word(typed: str | Path, root: str) -> tuple[str, Path]:
    """Split results/last into the word and where it looks; no word where a folder is called so."""
    path = Path(typed)
    if path.name not in WORDS or path.exists():
        return "", path
    return path.name, path.parent if os.sep in str(typed) else expanded(root)


def run_named(typed: str | Path, root: str) -> Found:
    """Take a run by its folder or its name; of a sweep that is named, its best member."""
    found = training_named(typed, root)
    training = TrainingFolder(found.folder)
    if os.path.lexists(typed) or not training.is_sweep or training.run is None:
        return found
    return Found(training.run, f"{typed} is {training.run}, the best member of this sweep")


def training_named(typed: str | Path, root: str) -> Found:
    """Take a run or a sweep by its folder or its name."""
    if not os.path.lexists(typed):
        folder = named(str(typed), Path(os.path.expanduser(root)))
        if folder:
            return Found(folder, f"{typed} is {folder}")
    return as_typed(typed)


def as_typed(typed: str | Path) -> Found:
    """Take a folder as it was typed; where a word could be meant, say that it was not."""
    refuse_led_astray(Path(typed))
    note = f"{typed} is the folder of this name, which stands here" if typed in WORDS else ""
    return Found(Path(typed), note)


def newest_told(typed: str | Path, training: TrainingFolder, known: Below) -> Found:
    """Take the newest training that will do; say so where there are newer ones that will not."""
    run, newer = training.run, known.whole.index(training)
    assert run is not None
    note = f"{typed} is {run}"
    if training.is_sweep:
        note += ", the best member of the last sweep"
    if newer:
        note += (
            "; a newer one has no model" if newer == 1 else f"; {newer} newer ones have no model"
        )
    return Found(run, note + known.note)


def best_of(
    typed: str | Path, below: Path, trained: list[TrainingFolder], damaged: list[Mistake]
) -> Led:
    """Take the best of the runs that were judged on the same rows as the newest of them."""
    if not trained:
        raise no_run(typed, below, True, Below([], damaged).note)
    scored, unread = standings(trained)
    note = Below([], [*damaged, *unread]).note
    if not scored:
        advice = f"write {LAST} or give its folder"
        raise nothing_below(typed, below, "run with a score", note, advice)
    (_, newest), *_ = scored
    alike = [(one, standing) for one, standing in scored if standing.comparable(newest)]
    training, best = min(alike, key=lambda pair: pair[1].rank)
    others = f"the best of {len(alike)} trainings on these rows"
    if len(alike) == 1:
        others = "and no other can be compared with it"
    score = f"{best.score} {best.value:.4g}"
    return Led(training, Found(best.folder, f"{typed} is {best.folder}, {others} ({score}){note}"))


def standings(
    trained: list[TrainingFolder],
) -> tuple[list[tuple[TrainingFolder, Standing]], list[Mistake]]:
    """Tell how good trainings are; and what is wrong with those of which nobody can tell."""
    scored, damaged = [], []
    for one in trained:
        try:
            told = one.standing
        except FileNotFoundError:
            continue  # it was taken away meanwhile
        except Mistake as mistake:
            damaged.append(mistake)
            continue
        scored += [(one, told)] if told else []
    return scored, damaged


def no_run(typed: str | Path, below: Path, trained: bool, note: str) -> Mistake:
    wanted = "run with a model" if trained else "run"
    return nothing_below(typed, below, wanted, note, "train one, or give its folder")


def nothing_below(typed: str | Path, below: Path, wanted: str, note: str, advice: str) -> Mistake:
    """Refuse a word that leads to nothing."""
    return Mistake(Problem(str(typed), None, f"no {wanted} lies below {below}{note}", advice))
