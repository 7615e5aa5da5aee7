"""What is to be removed: runs and whole sweeps for which conditions hold, and who needs them."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from nnrun.errors import Mistake, Problem
from nnrun.runs.entries import NAME, SWEEP, Entry, OwnFacts, flat
from nnrun.runs.filters import read_filter
from nnrun.runs.index import DEEPEST, OF_SWEEP, folders, listing
from nnrun.runs.opening import open_ledger, taken_over

Facts = dict[str, object]


class Chosen(NamedTuple):
    """What conditions choose."""

    folders: list[Path]
    partly: int  # sweeps that are not chosen, though some of their members are so


def choose(conditions: str, root: Path) -> Chosen:
    """Find the runs for which conditions hold, and the sweeps of which all members are so."""
    entries, members = listing(root).entries, listing(root, members=True).entries
    holds = read_filter(conditions, [*entries, *members])
    inside = by_sweep(members)
    told = {
        one.folder: {holds(each) for each in each_of(one, inside.get(one.place, {}))}
        for one in entries
    }
    chosen = [folder for folder, found in told.items() if found == {True}]
    return Chosen(chosen, sum(len(found) > 1 for found in told.values()))


def by_sweep(members: list[Entry]) -> dict[str, dict[str, Entry]]:
    """Put members by the place of their sweep and by their name."""
    inside: dict[str, dict[str, Entry]] = {}
    for member in members:
        above, _, name = member.place.rpartition("/")
        inside.setdefault(above or ".", {})[name] = member
    return inside


def each_of(one: Entry, members: dict[str, Entry]) -> Iterator[Entry]:
    """Give a run; or a sweep once for each member, with the settings and metrics of this."""
    if one.known.kind != SWEEP:
        yield one
        return
    for name, facts in asked_of(one, members).items():
        member = members.get(name)
        known = one.known._replace(value=member.known.value if member else None)
        own = facts | {NAME: one.fact(NAME)}
        yield one._replace(known=known, all_facts=OwnFacts({one.place: own}))


def asked_of(sweep: Entry, members: dict[str, Entry]) -> dict[str, Facts]:
    """List what is known of each member; of one that left nothing, what it was asked for."""
    told: dict[str, Facts] = {name: member.facts for name, member in members.items()}
    if len(told) == sweep.known.members:
        return told
    ledger = open_ledger(sweep.folder)
    jobs = zip(ledger.names, ledger.jobs, strict=True)
    return {name: told.get(name) or flat(job.config) | job.choices for name, job in jobs}


def refuse_needed(going: list[Path], root: Path) -> None:
    """Stop where a sweep that stays would lose members: it took them over, and has no copy."""
    gone = [folder.resolve() for folder in going]
    for above in dict.fromkeys([root, *(folder.parent for folder in going)]):
        for path, names in folders(str(above), DEEPEST):
            if names is OF_SWEEP and Path(path).resolve() not in gone:
                refuse_needed_by(Path(path), going)


def refuse_needed_by(sweep: Path, going: list[Path]) -> None:
    """Stop where this sweep would lose members."""
    taken = [one for one in taken_over(sweep).values() if not one.wrong(sweep)]
    for folder in going:
        whole = folder.resolve()
        lost = sum(one.folder(sweep).resolve().is_relative_to(whole) for one in taken)
        if lost:
            wrong = f"{sweep} would lose {lost} of its members, which it took over from here"
            advice = "remove that sweep, too, or add --taken-over"
            raise Mistake(Problem(str(folder), None, wrong, advice))
