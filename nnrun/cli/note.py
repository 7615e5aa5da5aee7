"""nnrun note: a name, tags and a note for a run or a sweep."""

from argparse import Namespace
from pathlib import Path

from nnrun.cli.arguments import Parser
from nnrun.cli.programs import print_json
from nnrun.cli.resume import refuse_no_run
from nnrun.cli.run_and_table import print_notes
from nnrun.cli.verbs import Verb
from nnrun.errors import Mistake, Problem
from nnrun.report.screen import Screen
from nnrun.runs.entries import NAME, read_known
from nnrun.runs.finding import WORDS, find_training
from nnrun.runs.ledger import ABOUT
from nnrun.runs.notes import LONGEST, Notes, read_notes, unfit, write_notes


def run(argv: list[str]) -> None:
    """Read the arguments, write what is new, and show all."""
    typed = parser().parse_intermixed_args(argv)
    folder, note = find_training(typed.run)
    print_notes([note] if note else [])
    if not (folder / ABOUT).is_file():
        refuse_no_run(folder)
    before = read_notes(folder)
    notes = changed(before, typed)
    if typed.name == "" and not before.name:
        refuse_typed_name(folder)
    if notes != before:
        write_notes(folder, notes)
    if before.note not in ("", notes.note):
        print_notes([f"the note before was: {before.note}"])
    if typed.json:
        print_json({"folder": str(folder), **notes._asdict()})
    else:
        show(notes)


def parser() -> Parser:
    """Say which arguments there are."""
    description = (
        "Note something on a run or a sweep, or show what was noted. It lies in notes.json, beside"
        " the files that run.json proves; nnrun runs shows it and chooses by it."
    )
    arguments = Parser("nnrun note", description=description)
    arguments.add_argument("run", metavar="RUN|SWEEP", help="a folder, a name, or last or best")
    text = "the note, in the place of the one before; an empty one takes it away"
    arguments.add_argument("text", metavar="TEXT", nargs="?", help=text)
    name = "call the run so, in the place of output.name"
    arguments.add_argument("--name", metavar="NAME", help=name)
    for flag, does in (("--tag", "add a tag"), ("--untag", "take a tag away")):
        arguments.add_argument(flag, metavar="TAG", action="append", default=[], help=does)
    arguments.add_argument("--json", action="store_true", help="all that is noted, as JSON")
    return arguments


def changed(notes: Notes, typed: Namespace) -> Notes:
    """Put what is new in its place."""
    named = [("--name", typed.name)] if typed.name else []
    for flag, name in [*named, *(("--tag", tag) for tag in typed.tag)]:
        if wrong := unfit(name):
            raise Mistake(Problem(flag, name, wrong))
    if typed.text and len(typed.text) > LONGEST:
        wrong = f"is {len(typed.text):,} letters long, and a note has {LONGEST:,} at most"
        raise Mistake(Problem("TEXT", None, wrong, "put it into a file of its own"))
    for tag in typed.untag:
        if tag not in notes.tags:
            raise Mistake(Problem("--untag", tag, "is no tag of it"))
    tags = [tag for tag in dict.fromkeys([*notes.tags, *typed.tag]) if tag not in typed.untag]
    name = notes.name if typed.name is None else typed.name
    return Notes(name, tuple(tags), notes.note if typed.text is None else typed.text)


def refuse_typed_name(folder: Path) -> None:
    """Stop where the name that is to go was not noted, but typed when the run was trained."""
    asked = read_known(folder)[1].get(NAME)
    if asked:
        wrong = f"takes a noted name away, and this one is {NAME}={asked}"
        raise Mistake(Problem("--name", "''", wrong, "give it another: --name NAME"))


def show(notes: Notes) -> None:
    """Print all that is noted."""
    lines = [("name", notes.name), ("tags", " ".join(notes.tags)), ("note", notes.note)]
    told = [(heading, text) for heading, text in lines if text]
    Screen().pairs(told or [("note", "nothing")])


VERB = Verb("nnrun note RUN|SWEEP [TEXT]", "a note, tags, a name for it", run, lambda: [*WORDS])
