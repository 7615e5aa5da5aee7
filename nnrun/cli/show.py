"""nnrun show: the file of an option, or a block that every run has."""

from nnrun.cli.arguments import Parser, add_config_dir
from nnrun.cli.verbs import Verb
from nnrun.config import catalogue


def show(argv: list[str]) -> None:
    """Print the file of an option, or a block of settings that belongs to no option."""
    about = "Print the file of an option, or a block of settings that every run has."
    arguments = Parser("nnrun show", description=about)
    choice = f"such as optimizer/adam, or a block: {', '.join(catalogue.blocks())}"
    arguments.add_argument("choice", metavar="GROUP/OPTION", help=choice)
    add_config_dir(arguments)
    typed = arguments.parse_args(argv)
    if block := catalogue.blocks().get(typed.choice):
        print(block, end="")
        return
    print(catalogue.text(catalogue.find(typed.choice, typed.config_dir)), end="")


def offers() -> list[str]:
    """List every option with its group, and the blocks."""
    options = [
        f"{group}/{option}" for group in catalogue.groups() for option in catalogue.options(group)
    ]
    return [*options, *catalogue.blocks()]


VERB = Verb(
    "nnrun show GROUP/OPTION", "the file of an option, with all it can be told", show, offers
)
