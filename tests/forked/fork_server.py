"""Processes that need not load torch: a server that has it forks one for each command.

`python` and `nnrun` in a folder of programs are processes as any other to whoever starts them. Each
hands its words, folder, environment and streams to the server, and ends as the forked one does.
"""

import json
import os
import runpy
import select
import signal
import socket
import sys
import traceback
import warnings
from contextlib import suppress
from multiprocessing import parent_process
from pathlib import Path
from typing import Any, NoReturn

LOADED = [  # what is loaded once
    "composed",
    "matplotlib.backends.backend_agg",
    "nnrun.cli.report",
    "nnrun.cli.train",
    "nnrun.config.request",
    "nnrun.parts.model.layers.networks",
    "nnrun.parts.model.sketch",
    "nnrun.parts.optimizer",
    "nnrun.report.pages.run_page",
    "nnrun.report.pictures",
    "nnrun.report.pictures.class_pictures",
    "nnrun.report.pictures.fits",
    "nnrun.report.pictures.kept_promises",
    "nnrun.report.pictures.run_curves",
    "nnrun.sweeps.leading",
    "nnrun.training.pace",
    "nnrun.training.resuming",
    "nnrun.training.run",
    "sklearn.covariance",
    "sklearn.datasets",
    "sklearn.datasets.descr",
    "sklearn.dummy",
    "sklearn.linear_model",
    "sklearn.metrics",
    "sklearn.model_selection",
    "sklearn.neighbors",
    "torch._dynamo",  # as by an optimizer of torch
    "torch.utils._device",
]
STAND_IN = Path(__file__).with_name("stand_in.py")
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def programs_of(processes: Any, folder: Path) -> Path:
    """Write the programs into a folder, and begin what serves them."""
    for name in ("python", "nnrun"):
        (folder / name).write_text(f"#!{sys.executable} -ISB\n{STAND_IN.read_text()}")
        (folder / name).chmod(0o755)
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(str(folder / "socket"))
        door.listen(64)
        serving = {"target": serve, "args": (door, str(folder / "python")), "daemon": True}
        processes.Process(**serving).start()
    return folder


def serve(door: socket.socket, python: str) -> None:
    """Answer whoever asks, until the process that began this one is gone."""
    from nnrun.sweeps import pool

    pool.WORKER[0], pool.can_fork = python, bool
    os.fsync = os.fstat  # as in the process that began this one
    began_by = parent_process()
    assert began_by
    while began_by.sentinel not in select.select([door, began_by.sentinel], [], [])[0]:
        line, _ = door.accept()
        if not os.fork():
            answer(line)
        line.close()
        reap()


def reap() -> None:
    """Let those who have answered be gone."""
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def answer(line: socket.socket) -> NoReturn:
    """Run what is asked for in a child, which ends where the asker does, and tell how it ended."""
    order, streams = received(line)
    over, alive = os.pipe()
    child = os.fork()
    if not child:
        line.close()
        become(order, streams)
    for number in (alive, *streams):
        os.close(number)
    line.sendall(f"{child}\n".encode())
    if line in select.select([line, over], [], [])[0]:
        os.kill(child, signal.SIGKILL)
        if order["leads"]:
            with suppress(ProcessLookupError):  # where it had not come so far
                os.killpg(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    with suppress(BrokenPipeError):
        line.sendall(f"{os.waitstatus_to_exitcode(status)}\n".encode())
    os._exit(0)


def received(line: socket.socket) -> tuple[dict, list[int]]:
    """Read an order, which comes with the streams."""
    text, streams, _, _ = socket.recv_fds(line, 4096, 3)
    while not text.endswith(b"\n"):
        text += line.recv(4096)
    return json.loads(text), streams


def become(order: dict, streams: list[int]) -> NoReturn:
    """Be the process that was asked for."""
    if order["leads"]:
        os.setsid()
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
    for number in ENDING:
        usual = signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL
        signal.signal(number, signal.SIG_IGN if number in order["ignored"] else usual)
    os.chdir(order["folder"])
    os.environ.clear()
    os.environ.update(order["environment"])
    sys.stdin, sys.stdout = open(0, closefd=False), open(1, "w", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", buffering=1, closefd=False, errors="backslashreplace")  # noqa: SIM115
    code = ended(*order["words"])
    sys.stdout.flush()
    os._exit(code)


def ended(name: str, *words: str) -> int:
    """Run a program to its end, and tell its exit code."""
    sys.path[:0] = filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))
    try:
        {"nnrun": run_nnrun, "python": run_python}[name](*words)
        return 0
    except SystemExit as ending:
        return ending.code if isinstance(ending.code, int) else int(ending.code is not None)
    except BaseException:
        traceback.print_exc()
        return 1


def run_nnrun(*words: str) -> NoReturn:
    """Do as the installed command."""
    from nnrun.cli import main

    sys.argv = ["nnrun", *words]
    main()


def run_python(*words: str) -> None:
    """Do as the interpreter, of which tests need these ways."""
    match words:
        case ["-Werror", *rest]:
            warnings.simplefilter("error")
            run_python(*rest)
        case ["-P", "-m", module, *rest]:
            sys.argv = [module, *rest]
            runpy.run_module(module, run_name="__main__", alter_sys=True)
        case ["-"]:
            sys.argv, sys.path[:0] = ["-"], [os.getcwd()]
            exec(compile(sys.stdin.read(), "<stdin>", "exec"), {"__name__": "__main__"})
        case [file, *rest]:
            sys.argv, sys.path[:0] = [file, *rest], [str(Path(file).parent.absolute())]
            runpy.run_path(file, run_name="__main__")
