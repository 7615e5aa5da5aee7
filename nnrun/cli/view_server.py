"""A server of pages for the browser on this machine: of runs below one folder, as they are now.

It answers GET alone, to whoever knows the token in its address, and to no other name than this
machine's, so that no page from elsewhere can ask it. What is asked for is looked up among the runs
that there are; no path from outside ever reaches the disk.
"""

import hmac
from collections.abc import Awaitable, Callable
from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

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

UNDER_WAY = "running"
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
        exception_handlers={Mistake: refused},
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
    given = request.url.path.split("/")[1]
    if not hmac.compare_digest(given.encode(), token.encode()):
        return PlainTextResponse("not found\n", 404)
    return None


def refused(request: Request, mistake: Exception) -> Response:
    """Say what is wrong with what was asked for."""
    problems = mistake.problems if isinstance(mistake, Mistake) else (mistake,)
    page = write_page("refusal.html", "It is refused", {}, view="shown", problems=problems)
    return HTMLResponse(page, 409)


class Pages:
    """The pages of what lies below a folder."""

    def __init__(self, root: Path):
        self.root = root
        self.memory = Memory()

    def entries(self) -> list[Entry]:
        return listing(self.root).entries

    def all_runs(self, request: Request) -> Response:
        """Show the list."""
        return HTMLResponse(list_page(self.root.resolve(), self.entries()))

    def runs(self, request: Request) -> Response:
        """Give the rows of the list, if they are others than the browser has."""
        told = list_data(self.entries())
        same = told["stamp"] == request.query_params.get("stamp")
        return Response(status_code=204) if same else JSONResponse(told)

    def show(self, request: Request) -> Response:
        """Show a run or a sweep."""
        entry = self.asked(request)[0]
        view = "live" if entry.status == UNDER_WAY else "shown"
        if entry.known.kind == SWEEP:
            return HTMLResponse(sweep_page(read_sweep_facts(entry.folder), view))
        facts = read_run_facts(entry.folder, *self.memory.of(entry.folder))
        return HTMLResponse(run_page(facts, view))

    def compare(self, request: Request) -> Response:
        """Compare what was ticked."""
        folders = [one for entry in self.asked(request) for one in members_of(entry.folder)]
        told = Compared(folders, None)
        comparison = Comparison(told.cells, told.found, told.metric, told.rows_apart(0))
        return HTMLResponse(comparison_page(comparison, "shown"))

    def asked(self, request: Request) -> list[Entry]:
        """Find the runs that are asked for among those that there are."""
        there = {entry.place: entry for entry in self.entries()}
        places = request.query_params.getlist("run")
        unknown = [place for place in places if place not in there]
        if unknown or not places:
            wrong, advice = "no such run lies here", "go back to the list"
            raise Mistake(Problem((unknown or ["?run="])[0], None, wrong, advice))
        return [there[place] for place in places]
