"""The page of a run: what it came to, how it got there, and what it was."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from nnrun.report.pages import confusion, fits, run_made, run_metrics, run_parts
from nnrun.report.pages.page import Grid, grid, write_page
from nnrun.report.pages.run_course import curves_of
from nnrun.report.pages.run_facts import RunFacts
from nnrun.report.pages.run_parts import Parts
from nnrun.report.pages.run_verdict import hero_of, stats_of, verdict_of
from nnrun.report.run_list import duration


def run_page(facts: RunFacts, view: str = "", sweep: tuple[str, str] | None = None) -> str:
    """Write the page of a run; of a member, with where its sweep is shown, and its name."""
    shown, pictures = curves_of(facts), pictures_of(facts)
    return write_page(
        "run.html",
        facts.entry.name,
        {"curves": [shown], "fits": [panel.points for panel in pictures.fits] if pictures else []},
        view=view,
        sweep=sweep,
        run=facts,
        entry=facts.entry,
        said=verdict_of(facts),
        typed=[word for word in facts.typed if not word.startswith("output.")],
        stats=stats_of(facts),
        took=duration(facts.entry.known.seconds),
        hero=hero_of(facts),
        metrics=run_metrics.metrics_grid(facts),
        parts=parts_of(facts),
        tests=run_metrics.tests_told(facts),
        inner=run_metrics.inner_grid(facts),
        pictures=pictures,
        course=shown,
        settings=run_made.settings_grid(facts),
        everything=run_made.all_settings(facts),
        data=run_made.data_of(facts),
        model=run_made.model_of(facts),
        environment=run_made.environment_of(facts),
        commands=run_made.commands_of(facts),
    )


def parts_of(facts: RunFacts) -> list[Parts]:
    """Tell of folds, networks and members, of which a run may consist."""
    told = run_parts.folds_of(facts), run_parts.networks_of(facts), run_parts.members_of(facts)
    return [one for one in told if one]


# Pictures

ONE_SET = "test rows of all folds as one set, whose R² is another than the mean over folds"


@dataclass(frozen=True)
class Pictures:
    """What the predictions look like, and which of them are worst."""

    heading: str
    told: str
    fits: list[fits.FitPanel]
    confusion: Markup
    tables: list[Grid]

    @property
    def layout(self) -> str:
        """Whether tables stand beside the drawing, where this is one alone."""
        if self.confusion:
            return "beside broad"
        return "beside" if len(self.fits) == 1 else "below"


def pictures_of(facts: RunFacts) -> Pictures | None:
    """Draw the predictions; nothing where there are none."""
    if facts.predictions is None or facts.walks:
        return None
    if not facts.described.classes and (targets := fits.fitted_targets(facts.predictions)):
        worst = grid("The rows that are predicted worst", fits.worst_rows(targets), True)
        more = len(targets) - fits.SHOWN
        told = f"the {fits.SHOWN} worst of {len(targets)} targets" if more > 0 else ""
        told = "; ".join(filter(None, [told, ONE_SET if facts.in_folds else ""]))
        return Pictures("Predicted and true", told, fits.panels(targets), Markup(""), [worst])
    if len(facts.predictions.true) != 1:
        return None
    pairs = confusion.pairs_of(facts.predictions)
    found = sorted({name for pair in pairs for name in pair})
    classes = facts.described.classes or found
    surest = grid("The mistakes it was surest about", confusion.surest_mistakes(facts.predictions))
    usual = grid("What is mistaken most often", confusion.usual_mistakes(pairs))
    tables = [table for table in (usual, surest) if table.rows]
    drawn = confusion.confusion(pairs, classes)
    return Pictures(
        "Which class was taken for which", confusion.told(facts.predictions), [], drawn, tables
    )
