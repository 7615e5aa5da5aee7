"""What a command line is about, in the few words that are known before anything is loaded."""

from contextlib import AbstractContextManager, nullcontext

from nnrun.config.catalogue import defaults
from nnrun.report.screen import waiting_aside
from nnrun.sweeps.resources import trains_nothing

TELLING = ("experiment=", "dataset=", "dataset.path=")  # settings that say what is read


def reading(argv: list[str]) -> str:
    """Say what is about to be read, as it was typed."""
    words = [word for word in argv if word.startswith(TELLING)]
    return f"reading {' '.join(words) or 'dataset=' + defaults()['dataset']}"


def reading_aside(argv: list[str]) -> AbstractContextManager[None]:
    """Say it while settings are composed, unless they only ask to be printed."""
    return nullcontext() if trains_nothing(argv) else waiting_aside(reading(argv))
