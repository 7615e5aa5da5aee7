"""The door: what a person types, and what comes back."""

import os
from typing import NoReturn

from nnrun.cli.signals import listen, received
from nnrun.cli.streams import open_streams
from nnrun.errors import SIGNALLED


def main() -> NoReturn:
    """Hear signals before anything takes time, and answer what was typed."""
    try:
        open_streams()
        listen()
        from nnrun.cli import door

        door.main()
    except (KeyboardInterrupt, SystemExit):
        os._exit(SIGNALLED + received[0])
