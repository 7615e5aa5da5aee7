"""A page of HTML that stands by itself: words, drawings and numbers, and nothing from elsewhere.

What runs and what colours in it are known by their hashes, so that a browser runs nothing that
somebody has written into a name; and there is no address from which it may fetch anything.
"""

import json
from base64 import b64encode
from collections.abc import Container, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from nnrun.characters import visible_lines
from nnrun.report.metric_tables import Table
from nnrun.report.numbers import NONE
from nnrun.runs.folder import finite

HERE = Path(__file__).parent
DRAWN = ("static/colours.css", "static/drawings.css")  # all that a drawing by itself needs
STYLES = ("static/uplot/uPlot.min.css", *DRAWN, "static/report.css")
OWN_SCRIPTS = ("reading", "curves", "tables", "parallel", "listing", "live", "page")
SCRIPTS = ("static/uplot/uPlot.iife.min.js", *(f"static/{name}.js" for name in OWN_SCRIPTS))
GENERATOR = "nnrun report"  # by which a page is known to be ours
TO_ESCAPE = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"}  # which could end a block of data


@dataclass(frozen=True)
class Grid:
    """A table of a page."""

    caption: str
    headings: Sequence[str]
    rows: Sequence[Sequence[str]]
    sortable: bool = False
    marked: Container[int] = ()  # the rows that stand out
    links: Sequence[str] = ()  # to where the first cell of each row leads

    @cached_property
    def is_number(self) -> list[bool]:
        """Tell which columns hold numbers, which stand at the right."""
        return [all(map(looks_like_number, column)) for column in zip(*self.rows, strict=True)]


def looks_like_number(text: str) -> bool:
    """Tell whether a cell begins with a number, or has none."""
    first = text.split(" ")[0].replace(",", "").rstrip("%")
    try:
        return text in ("", NONE) or float(first) is not None
    except ValueError:
        return False


def grid(caption: str, table: Table, sortable: bool = False) -> Grid:
    """Make a table of a page from one of the screen."""
    headings, rows = table
    return Grid(caption, headings, rows, sortable)


def write_page(template: str, title: str, told: dict[str, Any], **parts: Any) -> str:
    """Fill a template; the data stand in the page once, for what is drawn by the browser."""
    about = {"sweep": None, "title": title, "block_of_data": as_block(told), "generator": GENERATOR}
    return environment().get_template(template).render({**about, **own_files(), **parts})


@cache
def environment() -> Environment:
    """Make what fills templates: whatever is put in is text, and what is missing is a fault."""
    made = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=shown,
    )
    return made


def shown(value: Any) -> Any:
    """Write characters that turn or hide others so that they are seen."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return visible_lines(value)
    return "" if value is None else value


@cache
def own_files() -> dict[str, Any]:
    """Read styles and scripts, and say by their hashes that they alone may do something."""
    styles, scripts = (
        [(HERE / name).read_text(encoding="utf-8") for name in names] for names in (STYLES, SCRIPTS)
    )
    allowed = {"style-src": styles, "script-src": scripts}
    rules = [f"{kind} {' '.join(map(hash_of, texts))}" for kind, texts in allowed.items()]
    policy = "; ".join(["default-src 'none'", "base-uri 'none'", "form-action 'none'", *rules])
    return {
        "styles": [Markup(text) for text in styles],
        "scripts": [Markup(text) for text in scripts],
        "policy": policy,
    }


def alone(drawn: Markup) -> str:
    """Give a drawing its colours, so that it stands by itself in a file."""
    rules = "".join((HERE / name).read_text(encoding="utf-8") for name in DRAWN)
    start, end, rest = drawn.partition(">")
    return f"{start}{end}<style>{rules}</style>{rest}\n"


def hash_of(text: str) -> str:
    """Write the hash of a block as a browser computes it."""
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


def as_block(data: Any) -> Markup:
    """Write data so that no text in them can end the block in which they stand."""
    text = json.dumps(finite(visible_data(data)), separators=(",", ":"), allow_nan=False)
    for sign, escaped in TO_ESCAPE.items():
        text = text.replace(sign, escaped)
    return Markup(text)


def visible_data(data: Any) -> Any:
    """Do with all texts of the data as with those of the page."""
    if isinstance(data, dict):
        return {visible_lines(str(key)): visible_data(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [visible_data(value) for value in data]
    return visible_lines(data) if isinstance(data, str) else data
