"""What a command line is about, in the few words that are known before anything is loaded."""

from nnrun.config.catalogue import defaults

TELLING = ("experiment=", "dataset=", "dataset.path=")  # settings that say what is read


def reading(argv: list[str]) -> str:
    """Say what is about to be read, as it was typed."""
    words = [word for word in argv if word.startswith(TELLING)]
    return f"reading {' '.join(words) or 'dataset=' + defaults()['dataset']}"
