"""What a person sees of a run that was trained again: that it is identical, or where it differs."""

from typing import Any

from nnrun.errors import listing
from nnrun.report.numbers import count, number
from nnrun.report.screen import Screen
from nnrun.runs.comparison import Change, Comparison, EpochChanges, told_file

COMPANY = "together"  # a member is trained again alone
NAMES = {
    "data_sha256": "the data, or how they are split,",
    "platform": "the operating system",
    "vectors": "the processor's vectors",
    "git.diff_sha256": "what was not committed",
    COMPANY: "the members trained together",
}
FILES = "data_files."
UNTOLD = ("data_sha256", "git.commit", "git.diff_sha256")  # values that say nothing to a person


def show_comparison(screen: Screen, compared: Comparison) -> None:
    """Tell how a run compares with what it was."""
    if compared.identical:
        screen.pair("identical", what_is_alike(compared))
    else:
        screen.pair("differs", where_it_differs(compared))
        for epoch in (compared.first, compared.last):
            if epoch and epoch.numbers:
                screen.table([f"epoch {epoch.number}", "was", "is now", "apart"], rows(epoch))
    if not compared.hashed:
        screen.pair("", "no hashes of the weights were kept: of the epochs, metrics were compared")
    for fact in compared.facts:
        if fact.name != COMPANY or not compared.identical:
            screen.pair("changed", told_fact(fact))
    if not (compared.identical or compared.facts):
        screen.pair("", "nothing that the record tells of machine, versions and data has changed")


def what_is_alike(compared: Comparison) -> str:
    """Say how far the comparison went."""
    epochs = count(compared.epochs, "epoch")
    weights = " with their weights" if compared.hashed else ""
    if not compared.whole:
        return f"{epochs}{weights}, as far as it went"
    return f"{epochs}{weights}, predictions and model, to the last byte"


def where_it_differs(compared: Comparison) -> str:
    """Say from where on it is another one."""
    if not compared.first:
        return f"after the last epoch: {listing(compared.files)}"
    epoch, epochs = compared.first, count(compared.epochs, "epoch")
    if epoch.numbers:
        return f"from epoch {epoch.number} on, of {epochs}"
    return f"from epoch {epoch.number} on, of {epochs}, in the weights; no metric shows it there"


def rows(epoch: EpochChanges) -> list[list[str]]:
    """Make a line for each number, in full, as it was and as it is."""
    return [
        [change.name, known(change.was), known(change.now), number(change.apart)]
        for change in epoch.numbers
    ]


def known(value: Any) -> str:
    return "–" if value in (None, "") else str(value)


def told_fact(fact: Change) -> str:
    """Say what is not as the record tells."""
    if fact.name.startswith(FILES):
        return told_file(fact.name.removeprefix(FILES), fact.was, fact.now)
    name = fact.name.removeprefix("versions.")
    told = NAMES.get(fact.name, name)
    if fact.name in UNTOLD:
        return f"{told} changed since"
    return f"{told}: was {known(fact.was)}, is {known(fact.now)}"
