"""A report as Markdown, for a README or an issue, with its pictures as files beside it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from markupsafe import Markup

from nnrun.characters import visible
from nnrun.report.pages import (
    choices,
    comparison_page,
    run_course,
    run_made,
    run_metrics,
    run_page,
    run_verdict,
    sweep_page,
)
from nnrun.report.pages.comparison_page import Comparison
from nnrun.report.pages.line_drawing import line_drawing
from nnrun.report.pages.page import GENERATOR, Grid, alone
from nnrun.report.pages.run_facts import RunFacts
from nnrun.report.pages.sweep_facts import SweepFacts
from nnrun.report.pictures.sweep_scores import score_board

OBEYED = re.compile(r"([\\`*_{}\[\]<>#|~!&])")  # what Markdown takes for more than a sign
MARK = f'<!-- content="{GENERATOR}" -->'  # by which a file is known to be ours


@dataclass
class Document:
    """A text, and the drawings that it shows, by the ends of their files' names."""

    name: str  # with which the names of the files begin
    parts: list[str] = field(default_factory=list)
    pictures: dict[str, str] = field(default_factory=dict)

    @property
    def text(self) -> str:
        return "\n\n".join([*self.parts, MARK]) + "\n"

    def say(self, *words: str) -> None:
        """Add paragraphs; what is empty is left out."""
        self.parts += [plain(one) for one in words if one]

    def heading(self, words: str, level: int = 2) -> None:
        self.parts.append(f"{'#' * level} {plain(words)}")

    def table(self, grid: Grid | None) -> None:
        """Add a table; nothing where there is none, or no row of it."""
        if grid is None or not grid.rows:
            return
        ends = ["---:" if number else "---" for number in grid.is_number]
        lines = [[*map(plain, grid.headings)], ends, *([*map(plain, row)] for row in grid.rows)]
        self.parts.append("\n".join(f"| {' | '.join(line)} |" for line in lines))

    def picture(self, kind: str, drawn: Markup, told: str) -> None:
        """Add a drawing, which lies in a file beside the text."""
        if drawn:
            file = f"{self.name}-{kind}.svg"
            self.pictures[file] = f"{MARK}\n{alone(drawn)}"
            self.parts.append(f"![{plain(told)}]({file.replace(' ', '%20')})")

    def commands(self, lines: Sequence[tuple[str, str]]) -> None:
        """Add commands as blocks, which none of them can end."""
        for why, command in lines:
            self.say(f"{why}:")
            self.parts.append(f"    {visible(command)}")


def plain(words: Any) -> str:
    """Write words so that Markdown takes them for words."""
    return OBEYED.sub(r"\\\1", visible(str(words)))


def run_document(facts: RunFacts, name: str) -> Document:
    """Write of a run."""
    said, hero = run_verdict.verdict_of(facts), run_verdict.hero_of(facts)
    made = Document(name)
    made.heading(facts.entry.name)
    made.say(said.line, f"try next: {said.advice}" if said.advice else "")
    made.say(f"{hero.name} {hero.value}, {hero.told}")
    made.picture("score", hero.beside, f"{hero.name} beside simple methods")
    made.table(run_metrics.metrics_grid(facts))
    for one in run_page.parts_of(facts):
        made.say(one.told)
        made.picture(one.heading.split()[0].lower(), one.drawn, one.heading)
        made.table(one.table)
    for place, panel in enumerate(run_course.curves_of(facts)["panels"][:2]):
        drawn = line_drawing(panel, run_course.curves_of(facts)["epochs"])
        made.picture(f"curve-{place + 1}", drawn, f"{panel['name']} by epoch")
    for drawing in facts.drawings:
        made.say(drawing.heading, drawing.told)
        for place, (words, drawn) in enumerate(drawing.panels):
            made.picture(f"{drawing.name}-{place + 1}", drawn, words or drawing.heading)
        made.table(drawing.table)
    if pictures := run_page.pictures_of(facts):
        for place, panel in enumerate(pictures.fits):
            made.picture(f"fit-{place + 1}", panel.dots, f"{panel.name}: predicted above true")
        made.picture("confusion", pictures.confusion, pictures.told)
    made.heading("What was run")
    made.table(run_made.settings_grid(facts))
    made.commands(run_made.commands_of(facts))
    return made


def sweep_document(facts: SweepFacts, name: str) -> Document:
    """Write of a sweep."""
    said, hero = sweep_page.verdict_of(facts), sweep_page.hero_of(facts)
    made = Document(name)
    made.heading(facts.entry.name)
    made.say(f"best: {said.best}", said.sure)
    for step in said.next:
        told = f"try next: {step.told}"
        made.commands([(told, step.command)]) if step.command else made.say(told)
    if hero:
        made.say(f"{hero.name} {hero.value}, {hero.told}")
        made.picture("best", hero.beside, hero.legend)
    made.table(sweep_page.choices_grid(facts))
    if facts.scored and facts.keys:
        panels = choices.setting_panels(score_board(facts.rows, facts.entry.name))
        for place, panel in enumerate(panels):
            made.picture(f"setting-{place + 1}", panel.drawn, f"the score against {panel.name}")
    if mattered := sweep_page.mattered(facts):
        made.heading("What mattered")
        made.picture("mattered", mattered.drawn, "the share of each setting, in per cent")
        made.table(mattered.table)
    made.table(sweep_page.failed_grid(facts))
    made.commands(sweep_page.commands_of(facts))
    return made


def comparison_document(told: Comparison, name: str) -> Document:
    """Write of a comparison."""
    made = Document(name)
    made.heading(f"Comparison by {comparison_page.metric_told(told.metric)}")
    made.say(f"best: {told.settings(0)}", comparison_page.sure(told))
    made.say(*comparison_page.next_steps(told))
    made.picture("behind", comparison_page.behind(told), "how far each lies behind the best")
    made.table(comparison_page.main_grid(told))
    made.say(*(": ".join(one) for one in comparison_page.explanations(told)))
    made.picture("runs", comparison_page.values(told), "what each run reached")
    made.table(comparison_page.apart_grid(told))
    return made
