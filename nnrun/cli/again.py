"""nnrun again: what a run was, trained with a difference."""

from nnrun.cli.programs import read_wishes
from nnrun.cli.run_and_table import print_notes
from nnrun.cli.verbs import Verb
from nnrun.errors import Mistake, Problem, refuse
from nnrun.runs.finding import WORDS, find_run

HELP = """\
usage: nnrun again RUN [-m] [--json | -q] [--fail-unless COND] [GROUP=OPTION ...] [KEY=VALUE ...]

Train what RUN was, with these settings on top of its own. RUN is the folder or the name of a \
run, or last or best for one below outputs. A group that is chosen anew, as in model=residual, \
brings its own defaults; with -m each combination of values is trained."""


def again(argv: list[str]) -> None:
    """Train what a run was, with a difference."""
    if {"--help", "-h"} & set(argv):
        print(HELP)
        return
    from nnrun.cli.train import train_and_tell
    from nnrun.config import again as difference
    from nnrun.config.flags import hydra_flags, read_flags

    wishes, rest = read_wishes(argv)
    typed, problems = read_flags(rest)
    refuse(problems)
    if not typed.overrides:
        advice = "give its folder, or write last"
        raise Mistake(Problem("nnrun again", None, "names no run", advice))
    run, *differing = typed.overrides
    folder, note = find_run(run, trained=False)
    options = [f"--config-dir={typed.config_dir}"] if typed.config_dir else []
    wanted = difference.again(folder, differing, options)
    print_notes([note] if note else [])
    print_notes(wanted.notes)
    train_and_tell(wishes, [*hydra_flags(typed), *options, *wanted.words])


VERB = Verb(
    "nnrun again RUN [settings]",
    "train what a run was, with a difference",
    again,
    lambda: [*WORDS],
    takes_settings=True,
    takes_run=True,
)
