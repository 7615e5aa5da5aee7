"""nnrun check: what a training would be."""

from typing import TYPE_CHECKING

from nnrun.cli.composing import composed
from nnrun.cli.one_by_one import one_by_one
from nnrun.cli.programs import FLAG, print_json, read_wishes
from nnrun.cli.run_and_table import print_notes
from nnrun.cli.verbs import Verb
from nnrun.errors import Mistake, Problem
from nnrun.garbage import loading
from nnrun.report.screen import Screen, waiting_aside

if TYPE_CHECKING:
    from nnrun.config.experiment import Experiment
    from nnrun.training.introduction import Lines

HELP = """\
usage: nnrun check [-m] [--json] [GROUP=OPTION ...] [KEY=VALUE ...]

Say what a training with these settings would be, and everything that is wrong with it, \
without training."""


def check(argv: list[str]) -> None:
    """Say what a training would be, or what is wrong with it."""
    if {"--help", "-h"} & set(argv):
        print(HELP)
        return
    wishes, settings = read_wishes(argv)
    if wishes.quiet or wishes.conditions:
        flag = "--quiet" if wishes.quiet else FLAG
        raise Mistake(Problem(flag, None, "has no effect on a check", "leave it out"))
    from nnrun.config.request import refuse_unmakable

    request = composed(settings)
    refuse_unmakable(request)
    print_notes(request.notes)
    if request.sweep and wishes.json:
        wrong = "describes a single run, and this is a sweep"
        raise Mistake(Problem("--json", None, wrong, "leave it out, or -m"))
    if request.sweep:
        with waiting_aside("loading torch"), loading():
            from nnrun.sweeps import forecast

        forecast.check(request.jobs, request.sweep)
    else:
        one_by_one(request.jobs, check_as_json if wishes.json else check_one)


def check_one(experiment: "Experiment") -> None:
    """Say what one run would be."""
    Screen().pairs(checked(experiment))


def checked(experiment: "Experiment") -> "Lines":
    with waiting_aside("loading torch"), loading():
        from nnrun.training import introduction

        return introduction.check(experiment)


def check_as_json(experiment: "Experiment") -> None:
    """Say the same to a program; lines without a heading are notes."""
    lines = checked(experiment)
    told = {heading: text for heading, text in lines if heading}
    print_json({**told, "notes": [text for heading, text in lines if not heading]})


VERB = Verb(
    "nnrun check [settings]",
    "say what a training would be, and what is wrong with it",
    check,
    takes_settings=True,
)
