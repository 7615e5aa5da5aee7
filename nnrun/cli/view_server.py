"""A server of pages for the browser on this machine: of runs below one folder, as they are now.

It answers GET alone, to whoever knows the token in its address, and to no other name than this
machine's, so that no page from elsewhere can ask it. What is asked for is looked up among the runs
that there are; no path from outside ever reaches the disk.
"""

import hmac
from collections.abc import Awaitable, Callable
from math import inf
from pathlib import Path
from time import monotonic, thread_time
from urllib.parse import urlencode

from starlette.applications import Starlette
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from nnrun.characters import visible_lines
from nnrun.cli.compare import Compared, members_of
from nnrun.cli.view_memory import Memory
from nnrun.errors import Mistake, Problem
from nnrun.report.pages.comparison_page import Comparison, comparison_page
from nnrun.report.pages.list_page import list_data, list_page
from nnrun.report.pages.page import write_page
from nnrun.report.pages.run_facts import read_run_facts
from nnrun.report.pages.run_page import run_page
from nnrun.report.pages.sweep_facts import read_sweep_facts
from nnrun.report.pages.sweep_page import sweep_page
from nnrun.runs.entries import SWEEP, Entry
from nnrun.runs.index import listing
from nnrun.runs.ledger import Ledger
from nnrun.runs.opening import open_ledger

UNDER_WAY = "running"
HAVE_PAGES = ("done", "failed")  # of members; the others have no folder yet
REST = 10  # times what a core takes to list all, until it is done again
LONGEST = 10.0  # seconds of such a rest
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
Answer = Callable[[Request], Awaitable[Response]]


def server_of(root: Path, token: str, hosts: frozenset[str]) -> Starlette:
    """Make the server of a folder, which answers to some names alone."""
    pages = Pages(root)
    app = Starlette(
        routes=[
            Route("/{token}/", pages.all_runs),
            Route("/{token}/runs", pages.runs),
            Route("/{token}/show", pages.show),
            Route("/{token}/compare", pages.compare),
        ],
        exception_handlers={Mistake: refused, OSError: gone},
    )

    async def guard(request: Request, answer: Answer) -> Response:
        """Let nobody in who knows no token, or comes by another name."""
        refusal = refuse_strangers(request, token, hosts)
        response = refusal or await answer(request)
        response.headers.update(HEADERS)
        return response

    app.add_middleware(BaseHTTPMiddleware, dispatch=guard)
    return app


def refuse_strangers(request: Request, token: str, hosts: frozenset[str]) -> Response | None:
    """Refuse who must not ask; None for those who may."""
    if request.headers.get("host", "") not in hosts:
        return PlainTextResponse("this server answers to this machine alone\n", 421)
    given = request.url.path.partition("/")[2].partition("/")[0]
    if not hmac.compare_digest(given.encode(), token.encode()):
        return PlainTextResponse("not found\n", 404)
    if request.method != "GET":
        return PlainTextResponse("this server answers GET alone\n", 405, {"Allow": "GET"})
    return None


def refused(request: Request, mistake: Exception) -> Response:
    """Say what is wrong with what was asked for."""
    problems = mistake.problems if isinstance(mistake, Mistake) else (mistake,)
    page = write_page("refusal.html", "It is refused", {}, view="shown", problems=problems)
    return HTMLResponse(page, 409)


def gone(request: Request, error: Exception) -> Response:
    """Say that a file could not be read, as when a folder is taken away meanwhile."""
    assert isinstance(error, OSError)
    wrong = f"cannot be read ({error.strerror})"
    return refused(request, Mistake(Problem(str(error.filename), None, wrong, "look once more")))


class Pages:
    """The pages of what lies below a folder."""

    def __init__(self, root: Path):
        self.root = root
        self.memory = Memory()
        self.listed: list[Entry] = []
        self.until = -inf  # when all are looked at again

    def entries(self) -> list[Entry]:
        """List all, the damaged ones last; of many thousands what was seen a moment ago will do."""
        if monotonic() > self.until:
            began = thread_time()
            found = listing(self.root)
            self.listed = [*found.entries, *found.damaged]
            self.until = monotonic() + min(LONGEST, REST * (thread_time() - began))
        return self.listed

    def all_runs(self, request: Request) -> Response:
        """Show the list."""
        return HTMLResponse(list_page(self.root.resolve(), self.entries()))

    def runs(self, request: Request) -> Response:
        """Give the rows of the list, if they are others than the browser has."""
        told = list_data(self.entries())
        same = told["stamp"] == request.query_params.get("stamp")
        return Response(status_code=204) if same else JSONResponse(told)

    def show(self, request: Request) -> Response:
        """Show a run, a sweep, or a member of a sweep."""
        entry = self.asked(request)[0]
        if entry.known.kind != SWEEP:
            return HTMLResponse(self.page_of_run(entry.folder, entry.status))
        refuse_outside(open_ledger(entry.folder), self.root)
        address = f"show?{urlencode({'run': entry.place})}"
        facts = read_sweep_facts(entry.folder)
        members = {row.name: f"{address}&{urlencode({'member': row.name})}" for row in facts.rows}
        member = request.query_params.get("member")
        if member is None:
            there = [members[row.name] if row.status in HAVE_PAGES else "" for row in facts.rows]
            return HTMLResponse(sweep_page(facts, view_of(entry.status), there))
        if member not in members:
            raise Mistake(Problem(member, None, "is no member of it", "go back to the sweep"))
        folder = facts.ledger.folder([*members].index(member))
        return HTMLResponse(self.page_of_run(folder, entry.status, (address, entry.name)))

    def page_of_run(self, folder: Path, status: str, sweep: tuple[str, str] | None = None) -> str:
        return run_page(read_run_facts(folder, *self.memory.of(folder)), view_of(status), sweep)

    def compare(self, request: Request) -> Response:
        """Compare what was ticked."""
        asked = self.asked(request)
        for entry in asked:
            if entry.known.kind == SWEEP:
                refuse_outside(open_ledger(entry.folder), self.root)
        folders = [one for entry in asked for one in members_of(entry.folder)]
        told = Compared(folders, None)
        comparison = Comparison(told.cells, told.found, told.metric, told.rows_apart(0))
        return HTMLResponse(comparison_page(comparison, "shown"))

    def asked(self, request: Request) -> list[Entry]:
        """Find the runs that are asked for among those that there are."""
        every = self.entries()
        # the list shows signs that hide or turn others, and asks for a place as it shows it
        there = {visible_lines(entry.place): entry for entry in every}
        there |= {entry.place: entry for entry in every}
        places = request.query_params.getlist("run")
        unknown = [place for place in places if place not in there]
        if unknown or not places:
            wrong, advice = "no such run lies here", "go back to the list"
            raise Mistake(Problem((unknown or ["?run="])[0], None, wrong, advice))
        asked = [there[place] for place in places]
        for one in asked:
            if one.known.wrong:
                raise Mistake(Problem(one.place, None, one.known.wrong, "look at its folder"))
        return asked


def view_of(status: str) -> str:
    """Say whether a page is asked for again and again, as its run is under way."""
    return "live" if status == UNDER_WAY else "shown"


def refuse_outside(ledger: Ledger, root: Path) -> None:
    """Stop where a member does not lie below the folder: a link, or one that was taken over."""
    whole = root.resolve()
    for member, name in enumerate(ledger.names):
        folder = ledger.folder(member).resolve()
        if whole not in folder.parents:
            wrong = f"lies at {folder}, which is not below {root}"
            raise Mistake(Problem(name, None, wrong, "write its page with nnrun report"))
