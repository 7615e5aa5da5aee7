"""What can go wrong: problems a person can mend, the exceptions that carry them, the exit codes."""

from dataclasses import dataclass, replace
from difflib import get_close_matches

DONE, FAULT, MISTAKEN, FAILED, SOME_FAILED = 0, 1, 2, 3, 4
INTERRUPTED, READER_LEFT = 130, 141


@dataclass(frozen=True)
class Problem:
    """One thing that cannot work: where, what stands there, what is wrong, what would work."""

    key: str  # a setting, a file, a flag; empty where a part speaks of itself
    value: str | None  # as a person would type it; None where the key says it all
    wrong: str
    advice: str = ""

    def __str__(self) -> str:
        where = self.key if self.value is None else f"{self.key}={self.value}"
        told = f"{where}: {self.wrong}"
        return f"{told}; {self.advice}" if self.advice else told

    def under(self, prefix: str) -> "Problem":
        """Put the key below a prefix, as a part's own `warmup` becomes `scheduler.warmup`."""
        return replace(self, key=".".join(name for name in (prefix, self.key) if name))


class Mistake(Exception):
    """The configuration or the data cannot work; all problems found at once."""

    def __init__(self, *problems: Problem | str):
        super().__init__("\n".join(map(str, problems)))
        self.problems = tuple(map(str, problems))


class TrainingFailed(Exception):
    """Training began and could not go on: a loss that is no number, memory or disk that ran out."""


class SomeFailed(Exception):
    """Some runs of a sweep failed; the others are done."""


def nearest(name: str, choices) -> str:
    """Ask whether the nearest choice was meant; empty when nothing is near."""
    known = [str(choice) for choice in choices]
    folded = {choice.lower(): choice for choice in known}
    near = get_close_matches(str(name).lower(), folded, n=1, cutoff=0.6)
    return f"did you mean '{folded[near[0]]}'?" if near else ""


def listing(choices, most: int = 12) -> str:
    """Put commas between names, and cut where a line would burst."""
    names = [str(choice) for choice in choices]
    rest = len(names) - most
    return ", ".join(names[:most]) + (f" and {rest} more" if rest > 0 else "")
