"""What a task draws of its rows on the page of a run, beside what all tasks have."""

from dataclasses import dataclass

from markupsafe import Markup

from nnrun.report.pages.page import Grid

Colours = list[tuple[str, str]]  # the look of a dot, and what has it


@dataclass(frozen=True)
class TaskDrawing:
    """Drawings with what they tell, and perhaps a table beside them."""

    name: str  # with which the names of their files end
    heading: str
    told: str
    panels: tuple[tuple[str, Markup], ...]  # each below its own words
    colours: Colours
    table: Grid | None = None
