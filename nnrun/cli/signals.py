"""What ends the command from outside: Ctrl-C, `kill`, a terminal that is closed.

The first signal ends what goes on as an exception does, so that all that is under way is left in
order. What takes too long for that, such as one long call of a library, is left where it stands.
Nothing heavy is imported here, as signals are heard from the first moment.
"""

import os
import select
import signal
from contextlib import suppress
from threading import Thread
from time import monotonic
from types import FrameType
from typing import TYPE_CHECKING, NoReturn

from nnrun.cli.streams import STREAMS, silence
from nnrun.engine.cores import RESTING
from nnrun.errors import SIGNALLED
from nnrun.runs.claims import claims

if TYPE_CHECKING:
    from pathlib import Path

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
GRACE = 4.5  # seconds until what does not end by itself is left where it stands
ONE_HAND = 0.2  # seconds in which further signals are the same one: `timeout` sends it twice
SHOW_CURSOR = b"\x1b[?25h"  # which a bar may have hidden

received: list[int] = []  # the signals that were heard


def listen() -> None:
    """Hear signals from now on, but those that whoever began us wants ignored, as nohup does."""
    ears, mouth = os.pipe()
    os.set_blocking(mouth, False)
    signal.set_wakeup_fd(mouth, warn_on_full_buffer=False)
    for number in ENDING:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, end_by_exception)
    Thread(target=watch, args=(ears,), name=RESTING, daemon=True).start()


def end_by_exception(number: int, _: FrameType | None) -> None:
    """End what goes on; about a second signal decides who watches."""
    if received:
        return
    received.append(number)
    if number == signal.SIGHUP:
        silence(*STREAMS)
    if number == signal.SIGINT:
        raise KeyboardInterrupt
    raise SystemExit(SIGNALLED + number)


def watch(ears: int) -> None:
    """Leave at once at the second signal, and some seconds after the first one in any case.

    A thread of its own hears signals even while the main one is in a call that takes long.
    """
    number = next_signal(ears, None)
    heard = monotonic()
    while next_signal(ears, heard + GRACE) and monotonic() < heard + ONE_HAND:
        pass
    leave(number)


def next_signal(ears: int, until: float | None) -> int:
    """Wait for a signal that ends the command; 0 where none came in time."""
    while True:
        patience = None if until is None else max(0.0, until - monotonic())
        if not select.select([ears], [], [], patience)[0]:
            return 0
        for number in os.read(ears, 1):
            if number in ENDING:
                return number


def way_on(folder: "Path") -> str:
    from nnrun.characters import visible  # who has claimed a folder has loaded it
    from nnrun.runs.commands import typed

    return visible(f"interrupted; go on with: nnrun resume {typed(folder)}")


def leave(number: int) -> NoReturn:
    """End the process where it stands; what goes on from there is told."""
    words = [f"{way_on(folder)}\n".encode() for folder in claims]
    cursor = [SHOW_CURSOR] if os.isatty(1) else []
    if select.select([], [1], [], 0)[1]:  # a reader who does not read is not waited for
        with suppress(OSError):
            os.write(1, b"".join([*cursor, *words]))
    os._exit(SIGNALLED + number)
