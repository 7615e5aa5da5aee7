"""nnrun ls: what can be chosen."""

from nnrun.cli.arguments import Parser, add_config_dir
from nnrun.cli.programs import print_json
from nnrun.cli.verbs import Verb
from nnrun.config import catalogue


def ls(argv: list[str]) -> None:
    """List the options of one group, or of all, and what can be chosen within a model."""
    typed = parser().parse_args(argv)
    if typed.json:
        print_json(as_data(typed.group, typed.config_dir))
        return
    if choices := catalogue.within_model(typed.group):
        print("\n".join(choices))
        return
    for group in [typed.group] if typed.group else catalogue.groups():
        list_group(group, typed.config_dir)
    if not typed.group:
        for key, choices in catalogue.within_models().items():
            print(f"{key}\n  {', '.join(choices)}")


def parser() -> Parser:
    """Say which arguments there are."""
    description = "List what can be chosen, with what is said about it."
    arguments = Parser("nnrun ls", description=description)
    only = "only the options of this group"
    arguments.add_argument("group", nargs="?", metavar="GROUP", help=only)
    arguments.add_argument("--json", action="store_true", help="groups, options, words as JSON")
    add_config_dir(arguments)
    return arguments


def as_data(group: str | None, config_dir: str | None) -> dict:
    """Give the words for each choice, by its group."""
    if choices := catalogue.within_model(group):
        return {str(group): list(choices)}
    chosen = [group] if group else catalogue.groups()
    return {name: options_of(name, config_dir) for name in chosen}


def options_of(group: str, config_dir: str | None) -> dict[str, str]:
    known = catalogue.known_options(group, config_dir)
    return {option: catalogue.description(file) for option, file in known.items()}


def list_group(group: str, config_dir: str | None) -> None:
    """List a group's options with their first lines; a star marks the default."""
    options = catalogue.known_options(group, config_dir)
    width = max(map(len, options), default=0)
    print(group)
    for option, file in options.items():
        star = "*" if option == catalogue.defaults()[group] else " "
        print(f"  {option:{width}} {star} {catalogue.description(file)}")


def offers() -> list[str]:
    """List what can follow the verb."""
    return [*catalogue.groups(), *catalogue.within_models()]


VERB = Verb("nnrun ls [GROUP]", "what can be chosen", ls, offers)
