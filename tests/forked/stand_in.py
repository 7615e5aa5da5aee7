"""A program that lets a server fork what was asked for, and is that process to whoever started it."""

import json
import os
import signal
import socket
import sys
from contextlib import suppress
from pathlib import Path

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main() -> None:
    """Hand everything over, hand signals on, and end as the forked process does."""
    program = Path(sys.argv[0])
    ignored = [number for number in ENDING if signal.getsignal(number) == signal.SIG_IGN]
    order = {
        "words": [program.name, *sys.argv[1:]],
        "folder": os.getcwd(),
        "environment": dict(os.environ),
        "ignored": ignored,
        "leads": os.getsid(0) == os.getpid(),
    }
    line = socket.socket(socket.AF_UNIX)
    line.connect(str(program.with_name("socket")))
    socket.send_fds(line, [f"{json.dumps(order)}\n".encode()], [0, 1, 2])
    answers = line.makefile()
    process = int(answers.readline())
    for number in set(ENDING) - set(ignored):
        signal.signal(number, lambda number, _: os.kill(process, number))
    end(int(answers.readline()))


def end(code: int) -> None:
    """End with an exit code, or by the signal that it stands for."""
    if code < 0:
        with suppress(OSError):  # of what cannot be caught
            signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    os._exit(code)


if __name__ == "__main__":
    main()
