"""The page of a sweep: which setting is best, how sure that is, and what to try next."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from markupsafe import Markup

from nnrun.report import compare, influence_table
from nnrun.report.compare import Combination
from nnrun.report.edges import Edge
from nnrun.report.metric_tables import Lines
from nnrun.report.numbers import NONE, count, number
from nnrun.report.pages import choices
from nnrun.report.pages.intervals import Interval, intervals
from nnrun.report.pages.page import Grid, grid, write_page
from nnrun.report.pages.sweep_curves import curves_of_sweep
from nnrun.report.pages.sweep_facts import SweepFacts
from nnrun.report.pictures.score_board import ScoreBoard
from nnrun.report.pictures.sweep_scores import score_board
from nnrun.report.race import Race, standings, table
from nnrun.report.run_list import duration
from nnrun.report.scores import with_direction, written
from nnrun.report.ties import tie_line, tie_marks, tied, uncertainty
from nnrun.report.titles import differing, settings_of, values_of
from nnrun.runs.commands import anew
from nnrun.runs.commands import typed as as_typed
from nnrun.runs.names import as_text, short_key

LEADERS = 6  # choices beside the verdict
LISTED = 25  # in the table of choices
MANY = (3, 2)  # choices that are worth several seeds
FEW_SEEDS = 5  # below, more of them would tell more
MOST_FAILED = 40


def sweep_page(facts: SweepFacts, view: str = "", members: Sequence[str] = ()) -> str:
    """Write the page of a sweep, perhaps with where each of its members is shown."""
    board = score_board(facts.rows, facts.entry.name) if facts.scored and facts.keys else None
    curves = curves_of_sweep(facts)
    panels = choices.setting_panels(board) if board else []
    return write_page(
        "sweep.html",
        facts.entry.name,
        {"curves": [curves], **drawn_by_browser(facts, board, panels)},
        view=view,
        entry=facts.entry,
        took=duration(facts.entry.known.seconds),
        said=verdict_of(facts),
        stats=stats_of(facts),
        hero=hero_of(facts),
        panels=panels,
        legend=choices.legend(board) if board else [],
        colouring=board.colouring if board else "",
        uncertainty=board.uncertainty if board and board.bars else "",
        mattered=mattered(facts),
        choices=choices_grid(facts),
        members=replace(members_grid(facts), links=members),
        failed=failed_grid(facts),
        course=curves,
        commands=commands_of(facts),
    )


def drawn_by_browser(
    facts: SweepFacts, board: ScoreBoard | None, panels: list[choices.SettingPanel]
) -> dict[str, Any]:
    """Give what the browser draws, and what it tells of dots."""
    if board is None:
        return {"settings": [], "choices": [], "parallel": None}
    return {
        "settings": [panel.order for panel in panels],
        "choices": [choices.choice_told(board, one) for one in board.choices],
        "parallel": choices.parallel(board, facts.rows, best_members(facts)),
    }


# The verdict


@dataclass(frozen=True)
class NextStep:
    """What may be worth trying, and the command that does."""

    told: str
    command: str = ""  # empty where there is more than one way to go about it


@dataclass(frozen=True)
class SweepVerdict:
    """Which choice is best, how sure that is, and what may come next."""

    best: str
    sure: str
    next: list[NextStep]
    look: str


def verdict_of(facts: SweepFacts) -> SweepVerdict:
    """Say which choice of settings is best."""
    if facts.race:
        return first_at_goal(facts, facts.race)
    if facts.best is None:
        return nothing_ranked(facts)
    first = facts.scored[0]
    ties = sum(tied(facts.scored))
    sure = tie_line(facts.rows) or "nothing tells how sure that is"
    look = "fair" if ties or len(first.scores) < 2 else "good"
    return SweepVerdict(settings_of(first), sure, next_steps(facts), look)


def first_at_goal(facts: SweepFacts, race: Race) -> SweepVerdict:
    """Say which points were at the goals in the fewest steps."""
    first, *others = standings(race)
    if not first.reached:
        return SweepVerdict("Nothing: no goal was reached", "", next_steps(facts), "bad")
    told = f"reached {first.reached} of {count(first.goals, 'goal')}"
    alike = sum(one[1:] == first[1:] for one in others)
    told += f", and in as many steps so did {count(alike, 'other')}" if alike else ""
    return SweepVerdict(first.runner, told, next_steps(facts), "fair" if alike else "good")


def nothing_ranked(facts: SweepFacts) -> SweepVerdict:
    """Say how far a sweep has come of which no member has a score."""
    statuses = [row.status for row in facts.rows]
    if statuses.count("failed") == len(statuses):
        return SweepVerdict("Nothing: every member failed", "", next_steps(facts), "bad")
    told = f"{statuses.count('done'):,} of {count(len(statuses), 'member')} are done"
    training = sum(map(facts.trains, facts.rows))
    told += f", {training:,} train" if training else ""
    return SweepVerdict("Nothing can be ranked yet", told, next_steps(facts), "fair")


def next_steps(facts: SweepFacts) -> list[NextStep]:
    """Say what may be worth trying."""
    edges = facts.influence.edges if facts.influence else []
    steps = [NextStep(str(edge), beyond(facts, edge)) for edge in edges]
    steps += more_seeds(facts)
    lost = [row for row in facts.rows if row.status == "failed"]
    if lost:
        steps.append(NextStep(f"{count(len(lost), 'member')} failed; the reasons stand below"))
    missing = sum(row.status == "missing" for row in facts.rows)
    if missing and facts.entry.status != "running":
        told = f"{count(missing, 'member')} not trained yet"
        steps.append(NextStep(told, f"nnrun resume {as_typed(facts.entry.folder)}"))
    return steps


def beyond(facts: SweepFacts, edge: Edge) -> str:
    """Write the command that goes beyond an edge, with the other settings of the best."""
    if not edge.beyond:
        return ""
    seeds = seeds_of(facts.scored[0])
    return around_best(facts, {edge.setting: [edge.beyond]} | ({"seed": seeds} if seeds else {}))


def more_seeds(facts: SweepFacts) -> list[NextStep]:
    """Advise more seeds where several choices are tied, or one seed alone speaks for each."""
    if len(facts.scored) < 2:
        return []
    seeds = len(facts.scored[0].scores)
    ties = sum(tied(facts.scored))
    if seeds < 2:
        several = [facts.scored[:many] for many in MANY if len(facts.scored) >= many]
        few = next(filter(differ_in_one, several), [])
        which = count(len(few), "choice") if few else "few"
        told = f"train the best {which} with several seeds: one alone does not tell luck from merit"
        return [NextStep(told, with_more_seeds(facts, few))]
    if ties and seeds < FEW_SEEDS:
        which = count(ties + 1, "choice")
        told = f"train the best {which} with more seeds: {seeds} of each do not tell them apart"
        return [NextStep(told, with_more_seeds(facts, facts.scored[: ties + 1]))]
    if ties:
        told = (
            f"take any of the best {ties + 1:,}: choose by what else counts, such as size and time"
        )
        return [NextStep(told)]
    return []


def with_more_seeds(facts: SweepFacts, few: list[Combination]) -> str:
    """Write the command that trains the best few again, where they differ in one setting alone."""
    if not differ_in_one(few):
        return ""
    (key,) = differing(few)
    values = [as_text(one.values[key]) for one in few]
    return around_best(facts, {key: values, "seed": further_seeds(facts, few[0])})


def differ_in_one(few: list[Combination]) -> bool:
    return bool(few) and len(differing(few)) == 1


def around_best(facts: SweepFacts, values: dict[str, list[str]]) -> str:
    """Write the command of a sweep around the best member."""
    assert facts.best is not None
    words = shlex.join(f"{key}={','.join(each)}" for key, each in values.items())
    return f"nnrun again {as_typed(facts.entry.folder / facts.best.name)} -m {words}"


def seeds_of(choice: Combination) -> list[str]:
    """List the seeds of a choice, where the sweep has several."""
    seeds = (str(row.values["seed"]) for row in choice.members if "seed" in row.values)
    return [*dict.fromkeys(seeds)]  # each once, though several folds have it


def further_seeds(facts: SweepFacts, choice: Combination) -> list[str]:
    """List seeds that the sweep has not tried yet, as many as it has, and two at least."""
    typed = [
        word.removeprefix("seed=") for word in facts.entry.known.typed if word.startswith("seed=")
    ]
    known = [int(seed) for seed in seeds_of(choice) or typed if seed.isdigit()]
    first = max(known, default=0) + 1
    return [str(seed) for seed in range(first, first + max(2, len(known)))]


def stats_of(facts: SweepFacts) -> Lines:
    """Count what was tried."""
    statuses = [row.status for row in facts.rows]
    training = sum(map(facts.trains, facts.rows))
    told = [
        ["members", f"{len(facts.rows):,}"],
        ["choices of settings", f"{len(facts.choices):,}"],
        ["done", f"{statuses.count('done'):,}"],
        ["failed", f"{statuses.count('failed'):,}"],
        ["in training", f"{training:,}"],
        ["not begun", f"{statuses.count('missing') - training:,}"],
    ]
    return [line for line in told if line[1] != "0"]


@dataclass(frozen=True)
class SweepHero:
    """The best score in large letters, and the choices that come next."""

    name: str
    value: str
    told: str
    beside: Markup
    legend: str  # of the drawing


def hero_of(facts: SweepFacts) -> SweepHero | None:
    """Put the best choices beside each other."""
    if facts.race:
        return steps_of_first(facts.race)
    if facts.best is None:
        return None
    first = facts.scored[0]
    leaders = facts.scored[:LEADERS]
    keys = differing(leaders)
    shown = [interval_of(one, keys) for one in leaders]
    name = with_direction(score_told(facts), facts.watched.better)
    known = uncertainty(first) is not None
    within = ", with a standard error to both sides" if known else ""
    named = f"by {', '.join(short_key(key, facts.keys) for key in keys)}" if keys else ""
    legend = f"The best {count(len(shown), 'choice')} {named}{within}"
    means = compare.spread(first.scores)
    value, _, error = means.partition(" ± ")
    many, repeats = len(first.scores), first.repeats
    seeds = f"mean of {count(many, repeats)}" if many > 1 else f"one {repeats}"
    strays = f", which stray by {error} from it" if error else ""
    drawn = intervals(shown, legend) if len(shown) > 1 else Markup("")
    return SweepHero(name, value, f"{seeds}{strays}", drawn, legend if drawn else "")


def steps_of_first(race: Race) -> SweepHero:
    """Count the steps of whoever was first at the goals."""
    first = standings(race)[0]
    if not first.reached:
        return SweepHero("steps", NONE, "no goal was reached", Markup(""), "")
    goals = f"{first.reached:,} goals" if first.reached > 1 else "the goal"
    return SweepHero("steps", f"{first.steps:,}", f"of {first.runner} to {goals}", Markup(""), "")


def interval_of(one: Combination, keys: list[str]) -> Interval:
    """Give a choice with a standard error to both sides."""
    value, error = sum(one.scores) / len(one.scores), uncertainty(one) or 0.0
    return Interval(values_of(one, keys), value, value - error, value + error)


def score_told(facts: SweepFacts) -> str:
    """Name what ranks the members, and of which rows."""
    part = compare.ranking_part(facts.rows)
    return f"{compare.NAMES.get(part, part)} {written(facts.watched.name)}"


# What mattered


@dataclass(frozen=True)
class Mattered:
    """What moved the score."""

    drawn: Markup
    table: Grid
    why: str  # there are no shares


def mattered(facts: SweepFacts) -> Mattered | None:
    """Draw the share of each setting and pair in what moved the score."""
    found = facts.influence
    if found is None or not found.levels:
        return None
    keys = [*found.levels]
    shown = [
        Interval(
            " × ".join(short_key(key, keys) for key in one.settings),
            100 * one.share,
            100 * one.low,
            100 * one.high,
            "own" if one.told else "other",
        )
        for one in found.effects[: influence_table.MOST]
    ]
    label = "share of each setting in the variance of the scores, in per cent"
    heading = "The share of each setting, and the values at which the mean is worst and best"
    table = influence_table.table(found, score_told(facts), facts.watched.better)
    return Mattered(intervals(shown, label, mark=0.0), grid(heading, table), found.why)


# Tables


def choices_grid(facts: SweepFacts) -> Grid | None:
    """List the choices of settings, the best first."""
    if facts.race:
        at_best = ", each at the best of its learning rates" if facts.race.rates else ""
        return Grid(f"Steps to the goal, the fastest first{at_best}", *table(facts.race))
    if not facts.scored:
        return None
    marks = tie_marks(facts.choices)
    headings, rows = compare.table(facts.rows, facts.paths, LISTED, marks)
    more = len(facts.choices) - len(rows)
    left = f"; the first {len(rows)} of {len(facts.choices):,}" if more > 0 else ""
    spread = "; ± is the standard deviation over seeds" if repeated(facts) else ""
    return Grid(f"Choices of settings, the best first{left}{spread}", headings, rows, marked=(0,))


def repeated(facts: SweepFacts) -> bool:
    return any(len(one.scores) > 1 for one in facts.choices)


def members_grid(facts: SweepFacts) -> Grid:
    """List every member, those that train as they stand."""
    keys, part = facts.keys, compare.judging_part(facts.rows)
    names = [short_key(key, keys) for key in keys]
    headings = [*(names or ["member"]), compare.score_heading(facts.so_far)]
    headings += [*(f"{part} {path}" for path in facts.paths), "epochs", "status"]
    rows = []
    for row in facts.so_far:
        values = [as_text(value) for value in row.values.values()] or [row.name]
        metrics = [number(row.metric(part, path)) for path in facts.paths]
        epochs = number(row.summary.get("epochs"))
        rows.append([*values, number(row.score), *metrics, epochs, row.status])
    told = f"All of {count(len(rows), 'member')}"
    told += "; in bold those of the best choice" if facts.scored else ""
    if any(map(facts.trains, facts.rows)):
        told += "; those in training as they stand after their last epoch"
    return Grid(told, headings, rows, sortable=True, marked=best_members(facts))


def best_members(facts: SweepFacts) -> list[int]:
    """List the members of the best choice."""
    return [row.member for one in facts.scored[:1] for row in one.members]


def failed_grid(facts: SweepFacts) -> Grid | None:
    """List the members that failed, and why."""
    lost = [row for row in facts.rows if row.status == "failed"]
    if not lost:
        return None
    rows = [[row.name, row.reason or "no reason is known"] for row in lost[:MOST_FAILED]]
    more = f"; the first {MOST_FAILED} of {len(lost):,}" if len(lost) > MOST_FAILED else ""
    return Grid(f"{count(len(lost), 'member')} failed{more}", ["member", "why"], rows)


def commands_of(facts: SweepFacts) -> list[tuple[str, str]]:
    """Give what to type to make it again, and to go on from it."""
    folder = as_typed(facts.entry.folder)
    told = [("sweep the same", anew(str(facts.ledger.about.get("command", ""))))]
    if facts.best:
        told.append(("compare all choices", f"nnrun compare {folder}"))
        told.append(("show the best member", f"nnrun report {folder}/best"))
    return [(why, command) for why, command in told if command]
