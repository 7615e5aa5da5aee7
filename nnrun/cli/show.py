"""nnrun show: the file of an option."""

from nnrun.cli.arguments import Parser, add_config_dir
from nnrun.cli.verbs import Verb
from nnrun.config import catalogue


def show(argv: list[str]) -> None:
    """Print the file of an option."""
    arguments = Parser("nnrun show", description="Print the file of an option.")
    arguments.add_argument("choice", metavar="GROUP/OPTION", help="such as optimizer/adam")
    add_config_dir(arguments)
    typed = arguments.parse_args(argv)
    print(catalogue.text(catalogue.find(typed.choice, typed.config_dir)), end="")


def offers() -> list[str]:
    """List every option with its group."""
    return [
        f"{group}/{option}" for group in catalogue.groups() for option in catalogue.options(group)
    ]


VERB = Verb(
    "nnrun show GROUP/OPTION", "the file of an option, with all it can be told", show, offers
)
