"""Reading the arguments of a verb, with complaints in our form."""

import argparse
from typing import NoReturn

from nnrun.errors import Mistake, Problem


class Parser(argparse.ArgumentParser):
    """The arguments of a verb; what is wrong with them is a Mistake."""

    def error(self, message: str) -> NoReturn:
        raise Mistake(Problem(self.prog, None, message, f"see {self.prog} --help"))


def add_config_dir(parser: Parser) -> None:
    """Add the flag that names a folder of one's own options."""
    parser.add_argument("--config-dir", "-cd", metavar="DIR", help="a folder of your own options")
