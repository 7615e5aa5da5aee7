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


def add_made_folder(parser: Parser) -> None:
    """Add what a verb takes that leaves one model in a folder of its own."""
    out = "the folder to make, which must be new or empty"
    parser.add_argument("-o", "--out", metavar="DIR", required=True, help=out)
    parser.add_argument("--json", action="store_true", help="the summary, as JSON")
    parser.add_argument("-q", "--quiet", action="store_true", help="print nothing")
