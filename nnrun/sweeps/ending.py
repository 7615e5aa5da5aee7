"""The end of a sweep: its tables, the best, pictures, what verification gave."""

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from nnrun import tasks
from nnrun.errors import NUMBERS, SomeFailed, listing
from nnrun.report import compare, influence_table
from nnrun.report import race as races
from nnrun.report.board import show_result
from nnrun.report.compare import MemberRow, score_heading
from nnrun.report.influence import Influence, of_sweep
from nnrun.report.numbers import megabytes
from nnrun.report.pictures import loss_panels
from nnrun.report.race import Race
from nnrun.report.screen import Screen
from nnrun.runs.commands import shown
from nnrun.runs.folder import INFLUENCE, finite
from nnrun.sweeps.alike import judged_alike
from nnrun.sweeps.followup import FollowUp, additions, verified_members
from nnrun.sweeps.sweep import Sweep

NAMED = 4  # data sets in a title
Pictures = dict[str, Callable[[], bytes]]  # what draws each file


@dataclass(frozen=True)
class SweepResult:
    """What a sweep came to."""

    rows: list[MemberRow]
    paths: list[str]  # of the test metrics that tables show
    leader: MemberRow | None
    race: Race | None
    influence: Influence | None  # which settings mattered


def get_ready(sweep: Sweep) -> None:
    """Load what the end will take, which is half a second that nobody waits for yet."""
    if not drawing(sweep):
        return
    with suppress(ImportError, OSError):  # told where something is drawn
        import scipy.special  # noqa: F401

        import nnrun.report.pictures.sweep_scores  # noqa: F401


def finish(sweep: Sweep, reason: str) -> None:
    """Rank the members, write and tell what there is, and refuse a sweep that lacks some of them.

    The reason is why the rest was given up, if it was.
    """
    rows = compare.rows(sweep.ledger, sweep.scores, sweep.summaries)
    leader, checked = compare.best(rows), verified_members(sweep, rows)
    orders = [*additions(sweep, leader), *({"verify": member} for member in checked)]
    follow_up = FollowUp(sweep, orders)
    follow_up.begin()
    result = read_result(sweep, rows, leader)
    write_tables(sweep, result)
    with sweep.screen.waiting("pictures"):
        draw_pictures(sweep, result)
    with sweep.screen.waiting("the best member's folder" if not checked else "verification"):
        verified = follow_up.finish()
    if leader:
        sweep.ledger.update_record(leader.member)
    show(sweep.screen, result)
    if result.influence:
        show_influence(sweep.screen, result.influence, result.rows)
    show_other_rows(sweep, result)
    for member in checked:
        told = verified.get(member, "not known, as its worker died")
        sweep.screen.pair("verified", f"{sweep.ledger.names[member]}, alone: {told}")
    show_memory(sweep)
    sweep.screen.pair("folder", shown(sweep.ledger.path))
    conclude(sweep, rows, reason)


def read_result(sweep: Sweep, rows: list[MemberRow], leader: MemberRow | None) -> SweepResult:
    part = compare.judging_part(rows)
    metrics, scores = (
        [row.summary.get(part, {}) for row in rows],
        [row.watched.name for row in rows],
    )
    paths = tasks.headlines_in(metrics, scores)
    race = None
    if sweep.races:
        maps = [experiment.settings.dataset.map for experiment in sweep.experiments]
        race = races.race_of(rows, sweep.ledger, maps)
    influence = None if race else of_sweep(rows)
    return SweepResult(rows, paths, leader, race, influence)


def write_tables(sweep: Sweep, result: SweepResult) -> None:
    """Write the tables, and a link to the best member."""
    sweep.ledger.put("sweep.csv", compare.as_csv(result.rows, result.paths))
    if result.leader:
        sweep.ledger.link_best(result.leader.member)
    if result.race:
        sweep.ledger.put("steps.csv", races.as_csv(result.race))
    if result.influence:
        plain = influence_table.as_plain(result.influence)
        sweep.ledger.put(INFLUENCE, json.dumps(finite(plain), indent=1))


# Pictures


def draw_pictures(sweep: Sweep, result: SweepResult) -> None:
    """Draw what there is to see; what cannot be drawn brings no sweep down."""
    if not drawing(sweep):
        return
    for name, draw in pictures(sweep, result).items():
        try:
            sweep.ledger.put(name, draw())
        except (ImportError, OSError, ValueError) as error:
            sweep.screen.say(f"{name} could not be drawn: {error}", "magenta")


def drawing(sweep: Sweep) -> bool:
    return sweep.ledger.jobs[0].config["output"]["pictures"]


def pictures(sweep: Sweep, result: SweepResult) -> Pictures:
    """List the pictures on which there is something to see."""
    rows, race, ledger = result.rows, result.race, sweep.ledger
    drawn: Pictures = {}
    scored = any(row.score is not None for row in rows)
    if scored and rows[0].values and not race:  # at the goal all scores are one
        drawn["sweep.png"] = lambda: draw_scores(rows, data_titles(sweep))
    if sum(row.status == "done" for row in rows) > 1:
        lines = race.fastest if race else rows
        drawn["curves.png"] = lambda: loss_panels.picture(lines, ledger, data_titles(sweep))
    if race:
        drawn["paths.png"] = lambda: races.paths(race, ledger)
    return drawn


def draw_scores(rows: list[MemberRow], data: str) -> bytes:
    from nnrun.report.pictures.sweep_scores import picture  # matplotlib takes half a second

    return picture(rows, data)


def data_titles(sweep: Sweep) -> str:
    """Name the data of the members: their title where it is one, or else what was chosen."""
    titles = {experiment.data.title for experiment in sweep.experiments}
    chosen = dict.fromkeys(experiment.choices["dataset"] for experiment in sweep.experiments)
    return titles.pop() if len(titles) == 1 else listing(chosen, NAMED)


# What is told


def show(screen: Screen, result: SweepResult) -> None:
    if result.race:
        screen.table(*races.table(result.race))
    else:
        show_result(screen, result.rows, result.paths, result.leader)


def show_influence(screen: Screen, influence: Influence, rows: list[MemberRow]) -> None:
    """Tell which settings mattered, where that is more than the table above shows."""
    if influence.effects or len(influence.levels) > 1:
        better = rows[0].watched.better
        screen.table(*influence_table.table(influence, score_heading(rows), better))
    if influence.why and len(influence.levels) > 1:
        screen.pair("", influence.why)
    for edge in influence.edges:
        screen.pair("edge", str(edge))


def show_other_rows(sweep: Sweep, result: SweepResult) -> None:
    """Tell that members were judged on different rows, where they were."""
    if result.race or judged_alike(sweep.experiments):
        return
    keys = [key for key in result.rows[0].values if key.startswith("dataset")]
    told = f"members were judged on different rows ({listing(keys)})"
    sweep.screen.pair(
        "rows", f"{told}: part of their difference comes from the rows, not from the settings"
    )


def show_memory(sweep: Sweep) -> None:
    """Tell the most memory of a worker beside what was planned."""
    about = sweep.ledger.about
    if "peak" in about and "planned" in about:
        peak, planned = megabytes(about["peak"]), megabytes(about["planned"])
        sweep.screen.pair("memory", f"{peak} at a worker's peak, planned {planned}")


def conclude(sweep: Sweep, rows: list[MemberRow], reason: str) -> None:
    """Note how the sweep ended; members that are not done are told with what to do."""
    lost, missing = (sum(row.status == status for row in rows) for status in ("failed", "missing"))
    if not lost and not missing:
        sweep.ledger.drop_checkpoints(row.member for row in rows)
        sweep.ledger.put_about(status="done")
        return
    sweep.ledger.put_about(status="failed")
    rest = f", {missing} {'was' if missing == 1 else 'were'} not begun" if missing else ""
    shortfall = f"{lost} of {len(rows)} members failed{rest}"
    lines = [reason] if reason else []
    first = "once that is mended, " if reason else ""
    raise SomeFailed(*lines, f"{shortfall}; {way_on(sweep, rows, first)}")


def way_on(sweep: Sweep, rows: list[MemberRow], first: str) -> str:
    """Say what to do about members that are not done, and what to do first."""
    lost = [row for row in rows if row.status != "done"]
    if any(row.cause != NUMBERS for row in lost):
        return f"{first}try these again with: {sweep.resuming}"
    _, _, advice = lost[0].reason.partition("; ")
    return f"with the same settings they would again: {advice}"
