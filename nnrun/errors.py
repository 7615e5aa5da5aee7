"""What can go wrong: problems a person can mend, the exceptions that carry them, the exit codes."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path

from nnrun.characters import brief, visible

# What the command ends with.
DONE = 0
FAULT = 1  # of nnrun itself
MISTAKEN = 2  # the configuration or the data
FAILED = 3  # the training
SOME_FAILED = 4  # some members of a sweep; the others are done
UNMET = 5  # a condition that --fail-unless names; all was trained
DIFFERENT = 6  # what was trained again came out otherwise
SIGNALLED = 128  # and the number of the signal
INTERRUPTED = 130  # by Ctrl-C
READER_LEFT = 141  # whoever read the output has gone

# Why a training failed, by kind; empty where it is none of these.
NUMBERS = "numbers"  # became none, as they would again with the same settings
MEMORY = "memory"  # ran out
DISK = "disk"  # is full, or refuses
TORCHS = "OutOfMemoryError"  # of the accelerator, told by its name as torch is not loaded here

BEGINNING = 3  # letters of a name from which on nobody means another one by them


@dataclass(frozen=True)
class Problem:
    """One thing that cannot work: where, what stands there, what is wrong, what would work."""

    key: str  # a setting, a file, a flag; empty where a part speaks of itself
    value: str | None  # as a person would type it; None where the key says it all
    wrong: str
    advice: str = ""
    typed: str = ""  # the word of the command line, where key and value do not show it: +seed=1
    cause: str = ""  # why a training failed, by kind

    def __str__(self) -> str:
        where = self.key if self.value is None else f"{self.key}={self.value}"
        told = ": ".join(text for text in (self.typed or where, self.wrong) if text)
        return brief(visible(f"{told}; {self.advice}" if self.advice else told))

    def under(self, prefix: str) -> "Problem":
        """Put the key below a prefix, as a part's own `warmup` becomes `scheduler.warmup`."""
        return replace(self, key=".".join(name for name in (prefix, self.key) if name))

    def with_choice(self, choice: str) -> "Problem":
        """Tell the choice that makes it one."""
        return replace(self, wrong=f"{self.wrong} with {choice}")


Problems = list[Problem]


def under(prefix: str, problems: Iterable[Problem]) -> Problems:
    """Put the keys of several problems below a prefix."""
    return [problem.under(prefix) for problem in problems]


class Mistake(Exception):
    """The configuration or the data cannot work; all problems found at once."""

    def __init__(self, *problems: Problem):
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


def refuse(problems: Sequence[Problem]) -> None:
    """Stop here if anything is wrong."""
    if problems:
        raise Mistake(*problems)


class TrainingFailed(Exception):
    """Training began and could not go on: a loss that is no number, memory or disk that ran out."""

    def __init__(self, told: str, cause: str = ""):
        super().__init__(told)
        self.cause = cause


class SomeFailed(Exception):
    """Some runs of a sweep failed; the others are done."""


class ConditionUnmet(Exception):
    """All went well, but a number is not as the person who asked wants it."""


class Different(Exception):
    """What was trained again came out otherwise."""


def by_signal(error: BaseException) -> bool:
    """Tell whether a signal ends the command, as Ctrl-C does, but with a code of its own."""
    return isinstance(error, SystemExit) and isinstance(error.code, int) and error.code > SIGNALLED


def is_out_of_memory(error: BaseException) -> bool:
    refused = isinstance(error, RuntimeError) and "can't allocate memory" in str(error)
    return refused or isinstance(error, MemoryError) or type(error).__name__ == TORCHS


def nearest(name: str, choices: Iterable, alike: float = 0.6) -> str | None:
    """Find the choice that begins so, the shortest of several, or else is spelt almost so."""
    spelt = {str(choice).lower(): str(choice) for choice in choices}
    typed = str(name).lower()
    begun = [choice for choice in spelt if choice.startswith(typed)]
    if len(typed) >= BEGINNING and begun:
        return spelt[min(begun, key=len)]
    near = get_close_matches(typed, spelt, n=1, cutoff=alike)
    return spelt[near[0]] if near else None


def did_you_mean(name: str | None) -> str:
    """Ask whether this was meant; empty when nothing is near."""
    return f"did you mean '{name}'?" if name else ""


def folder_beside(path: Path) -> str:
    """Ask whether a folder beside this path was meant, which is not there."""
    folders = [other.name for other in path.parent.glob("*") if os.path.isdir(other)]
    return did_you_mean(nearest(path.name, folders))


def first_line(error: BaseException) -> str:
    """Cut what an error says after its first line."""
    return str(error).strip().partition("\n")[0].rstrip(".:")


def described(error: BaseException) -> str:
    """Give an error in a line, with its kind where it does not speak in sentences."""
    kind, line = type(error).__name__, first_line(error)
    if isinstance(error, RuntimeError) and line:
        return line
    return f"{kind}: {line}" if line else kind


def listing(choices: Iterable, most: int = 12) -> str:
    """Put commas between names, and cut where a line would burst; not for a single one."""
    names = [str(choice) for choice in choices]
    most = len(names) if len(names) == most + 1 else most
    rest = len(names) - most
    return ", ".join(names[:most]) + (f" and {rest} more" if rest > 0 else "")
