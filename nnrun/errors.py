"""What a person got wrong, told in one line each: where, what was found, what would work."""

from difflib import get_close_matches


class Mistake(Exception):
    """The configuration or the data cannot work; one line for each problem, all found at once."""

    def __init__(self, *problems: str):
        super().__init__("\n".join(problems))
        self.problems = problems


class TrainingFailed(Exception):
    """Training began and could not go on: a loss that is no number, memory or disk that ran out."""


class SomeFailed(Exception):
    """Some runs of a sweep failed; the others are done."""


def nearest(name: str, choices) -> str:
    """The choice a person probably meant, as a question; empty when nothing is near."""
    known = [str(choice) for choice in choices]
    folded = {choice.lower(): choice for choice in known}
    near = get_close_matches(str(name).lower(), folded, n=1, cutoff=0.6)
    return f"did you mean '{folded[near[0]]}'?" if near else ""


def listing(choices, most: int = 12) -> str:
    """Names with commas between them, cut where a line would burst."""
    names = [str(choice) for choice in choices]
    rest = len(names) - most
    return ", ".join(names[:most]) + (f" and {rest} more" if rest > 0 else "")
