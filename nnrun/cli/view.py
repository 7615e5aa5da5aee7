"""nnrun view: the pages of all runs below a folder, live, in the browser on this machine."""

import secrets
import socket
from pathlib import Path

from nnrun.cli.arguments import Parser
from nnrun.cli.verbs import Verb
from nnrun.errors import Mistake, Problem, folder_beside
from nnrun.report.screen import Screen
from nnrun.runs.finding import ROOT

LOOPBACK = "127.0.0.1"
NAMES = (LOOPBACK, "localhost")
PORTS = range(2**16)
INSTALL = "pip install 'nnrun[view]'"


def run(argv: list[str]) -> None:
    """Read the arguments, and serve until Ctrl-C."""
    typed = parser().parse_args(argv)
    root = Path(typed.folder)
    if not root.is_dir():
        advice = folder_beside(root) or "give a folder with runs"
        raise Mistake(Problem(str(root), None, "no such folder", advice))
    with bound(typed.port) as listening:
        serve(root, listening)


def parser() -> Parser:
    """Say which arguments there are."""
    description = (
        "Show all runs and sweeps below a folder in the browser on this machine: a list, a page"
        " of each that grows while it trains, and a comparison of those that are ticked. Nothing"
        " is written, and nothing outside of the folder is read. Ctrl-C ends it."
    )
    arguments = Parser("nnrun view", description=description)
    folder = f"a folder with runs, {ROOT} if none is given"
    arguments.add_argument("folder", metavar="DIR", nargs="?", default=ROOT, help=folder)
    port = "where to listen; any free one if none is given"
    arguments.add_argument("--port", metavar="N", type=int, default=0, help=port)
    return arguments


def bound(port: int) -> socket.socket:
    """Listen on this machine alone."""
    if port not in PORTS:
        raise Mistake(Problem("--port", str(port), "is no port", "expected 1 to 65535"))
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((LOOPBACK, port))
    except OSError as error:
        listening.close()
        advice = "leave it out for any free one"
        raise Mistake(Problem("--port", str(port), str(error.strerror), advice)) from error
    return listening


def serve(root: Path, listening: socket.socket) -> None:
    """Tell the address, and answer until Ctrl-C."""
    try:
        from uvicorn import Config, Server

        from nnrun.cli.view_server import server_of
    except ModuleNotFoundError as error:
        wrong = f"{error.name} is not installed, which it needs"
        raise Mistake(Problem("nnrun view", None, wrong, INSTALL)) from None
    port, token = listening.getsockname()[1], secrets.token_urlsafe(16)
    app = server_of(root, token, frozenset(f"{name}:{port}" for name in NAMES))
    Screen().pair("view", f"http://{LOOPBACK}:{port}/{token}/  (Ctrl-C ends it)")
    # no log, as its lines would hold the token; and no word of which server this is
    config = Config(app, log_level="critical", lifespan="off", server_header=False)
    Server(config).run(sockets=[listening])


VERB = Verb("nnrun view [DIR]", "all runs in the browser, live", run)
