"""The run or the sweep that is meant: by its folder, its name, or the words last and best.

A training leaves one folder below the root of all runs: a run's, or a sweep's, which stands for
its best member.
"""

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from nnrun.errors import Mistake, Problem
from nnrun.reading.files import expanded
from nnrun.reading.proofs import RECORD, best_member, read_sealed, refuse_led_astray
from nnrun.reading.shapes import Keys
from nnrun.runs.folder import MODEL
from nnrun.runs.index import DEEPEST, folders
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

    @property
    def is_sweep(self) -> bool:
        return (self.path / ABOUT).is_file()

    @property
    def age(self) -> tuple[datetime, float]:
        """What puts trainings in their order: when it began; in the same second, its writing."""
        file = self.path / (ABOUT if self.is_sweep else RECORD)
        told = read_sealed(self.path, file.name, DATED)
        return moment(told.get("started")), file.stat().st_mtime

    @property
    def run(self) -> Path | None:
        """The run that it stands for: itself, or the best member; None before there is one."""
        return best_member(self.path) if self.is_sweep else self.path

    @property
    def trained(self) -> Path | None:
        """The same, once there is a model in it."""
        run = self.run
        return run if run and all((run / name).is_file() for name in MODEL) else None


def moment(text: object) -> datetime:
    """Read when a training began; long ago where nothing tells it."""
    try:
        return datetime.fromisoformat(str(text)).astimezone(UTC)
    except ValueError:
        return NEVER


# What lies below a root


class Known(NamedTuple):
    """All trainings below a folder."""

    whole: list[TrainingFolder]  # the newest first
    damaged: list[Mistake]  # what is wrong with others, of which nobody can tell when they began

    @property
    def note(self) -> str:
        """Tell of those that are left out."""
        told = [problem for mistake in self.damaged for problem in mistake.problems]
        if not told:
            return ""
        first = f"{told[0].key}: {told[0].wrong}"
        more = f"; and {len(told) - 1} more" if len(told) > 1 else ""
        return f"; left out as damaged: {first}{more}"


def trainings(root: Path) -> Known:
    """Find all trainings below a folder."""
    ages: dict[TrainingFolder, tuple] = {}
    damaged = []
    for place, _ in sorted(folders(str(root), DEEPEST)):
        path = Path(place)
        training = TrainingFolder(path)
        try:
            ages[training] = training.age
            best_member(path)
        except Mistake as mistake:
            damaged.append(mistake)
    return Known(sorted(ages, key=lambda one: ages[one], reverse=True), damaged)


# What is meant


def find_run(typed: str | Path, root: str = ROOT, trained: bool = True) -> Found:
    """Find a run by its folder or a word; one with a model, unless any will do."""
    word, below = read_word(typed, root)
    if not word:
        return run_named(typed, root)
    known = trainings(below)
    runs = [one for one in known.whole if (one.trained if trained else one.run)]
    if not runs:
        wanted = "run with a model" if trained else "run"
        raise nothing_below(typed, below, f"{wanted}{known.note}", "train one, or give its folder")
    if word == BEST:
        return best_of(typed, below, runs, known.damaged)
    found = newest(typed, runs[0], known.whole)
    return found._replace(note=found.note + known.note)


def find_training(typed: str | Path, root: str = ROOT) -> Found:
    """Find a run or a sweep by its folder, or the last one; or the best run."""
    word, below = read_word(typed, root)
    if not word:
        return training_named(typed, root)
    if word == BEST:
        return find_run(typed, root)
    known = trainings(below)
    if not known.whole:
        raise nothing_below(typed, below, f"run and no sweep{known.note}", "give its folder")
    newest = known.whole[0].path
    return Found(newest, f"{typed} is {newest}{known.note}")


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


def newest(typed: str | Path, training: TrainingFolder, known: list[TrainingFolder]) -> Found:
    """Take the newest training that will do; say so where there are newer ones that will not."""
    run, newer = training.run, known.index(training)
    assert run is not None
    note = f"{typed} is {run}"
    if training.is_sweep:
        note += ", the best member of the last sweep"
    if newer:
        note += (
            "; a newer one has no model" if newer == 1 else f"; {newer} newer ones have no model"
        )
    return Found(run, note)


def best_of(
    typed: str | Path, below: Path, trained: list[TrainingFolder], damaged: list[Mistake]
) -> Found:
    """Take the best of the runs that were judged on the same rows as the newest of them."""
    scored, unread = standings(trained)
    known = Known(trained, [*damaged, *unread])
    if not scored:
        wanted, advice = f"run with a score{known.note}", f"write {LAST} or give its folder"
        raise nothing_below(typed, below, wanted, advice)
    alike = [one for one in scored if one.comparable(scored[0])]
    best = min(alike, key=lambda one: one.rank)
    others = f"the best of {len(alike)} trainings on these rows"
    if len(alike) == 1:
        others = "and no other can be compared with it"
    score = f"{best.score} {best.value:.4g}"
    return Found(best.folder, f"{typed} is {best.folder}, {others} ({score}){known.note}")


def standings(trained: list[TrainingFolder]) -> tuple[list[Standing], list[Mistake]]:
    """Read how good trainings are; and what is wrong with those of which nobody can tell."""
    scored, damaged = [], []
    for one in trained:
        try:
            read = standing(one.run) if one.run else None
        except Mistake as mistake:
            damaged.append(mistake)
            continue
        scored += [read] if read else []
    return scored, damaged


def nothing_below(typed: str | Path, below: Path, wanted: str, advice: str) -> Mistake:
    """Refuse a word that leads to nothing."""
    return Mistake(Problem(str(typed), None, f"no {wanted} lies below {below}", advice))
