"""nnrun show: the file of an option, or a block that every run has."""

import os

from nnrun.cli.arguments import Parser, add_config_dir
from nnrun.cli.programs import print_json
from nnrun.cli.verbs import Verb
from nnrun.config import catalogue
from nnrun.errors import Mistake, Problem
from nnrun.reading.proofs import RECORD
from nnrun.runs.finding import WORDS
from nnrun.runs.ledger import ABOUT


def show(argv: list[str]) -> None:
    """Print the file of an option, or a block of settings that belongs to no option."""
    about = "Print the file of an option, or a block of settings that every run has."
    arguments = Parser("nnrun show", description=about)
    choice = f"such as optimizer/adam, or a block: {', '.join(catalogue.blocks())}"
    arguments.add_argument("choice", metavar="GROUP/OPTION", help=choice)
    arguments.add_argument("--json", action="store_true", help="its settings, as JSON")
    add_config_dir(arguments)
    typed = arguments.parse_args(argv)
    refuse_run(typed.choice)
    if typed.json:
        print_json(as_data(typed.choice, typed.config_dir))
        return
    if block := catalogue.blocks().get(typed.choice):
        print(block, end="")
        return
    print(catalogue.text(catalogue.find(typed.choice, typed.config_dir)), end="")


def refuse_run(choice: str) -> None:
    """Stop where a run is meant, of which other verbs tell."""
    of_run = any(os.path.lexists(os.path.join(choice, name)) for name in (RECORD, ABOUT))
    if choice in WORDS or of_run:
        advice = f"write nnrun runs for a list, or nnrun report {choice} for a page on it"
        raise Mistake(Problem(choice, None, "is a run, and nnrun show tells of options", advice))


def as_data(choice: str, config_dir: str | None) -> dict:
    """Give what an option or a block sets, and what is said of it."""
    if block := catalogue.blocks().get(choice):
        return {"option": choice, "settings": catalogue.settings(block, choice)[choice]}
    file = catalogue.find(choice, config_dir)
    return {
        "option": choice,
        "description": catalogue.description(file),
        "file": catalogue.shown(file),
        "settings": catalogue.settings(catalogue.text(file), catalogue.shown(file)),
    }


def offers() -> list[str]:
    """List every option with its group, and the blocks."""
    options = [
        f"{group}/{option}" for group in catalogue.groups() for option in catalogue.options(group)
    ]
    return [*options, *catalogue.blocks()]


VERB = Verb(
    "nnrun show GROUP/OPTION", "the file of an option, with all it can be told", show, offers
)
