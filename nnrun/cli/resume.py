"""nnrun resume: what a sweep still lacks."""

from nnrun.cli.arguments import Parser
from nnrun.cli.run_and_table import print_notes
from nnrun.cli.verbs import Verb
from nnrun.report.screen import waiting_aside
from nnrun.runs.finding import LAST, find_sweep


def resume(argv: list[str]) -> None:
    """Train what a sweep still lacks."""
    typed = parser().parse_args(argv)
    wishes = {"workers": typed.workers, "timeout": typed.timeout}
    changes = {name: read_value(text) for name, text in wishes.items() if text}
    folder, note = find_sweep(typed.sweep)
    print_notes([note] if note else [])
    with waiting_aside(f"reading {folder}"):
        from nnrun.sweeps import leading
        from nnrun.sweeps.pool import WorkerPool

    pool = WorkerPool(0)
    try:
        leading.resume(folder, changes, pool)
    finally:
        pool.stop()


def parser() -> Parser:
    """Say which arguments there are."""
    description = "Train what a sweep still lacks: members that are missing or failed."
    arguments = Parser("nnrun resume", description=description)
    arguments.add_argument("sweep", metavar="SWEEP", help="the folder of an nnrun -m, or last")
    workers = "a different number of workers than at first, or auto"
    arguments.add_argument("--workers", metavar="N", help=workers)
    timeout = "a different timeout than at first, in seconds, or null"
    arguments.add_argument("--timeout", metavar="S", help=timeout)
    return arguments


def read_value(text: str) -> int | float | str | None:
    """Read a typed value as YAML would."""
    import yaml

    return yaml.safe_load(text)


VERB = Verb("nnrun resume SWEEP", "train what a sweep still lacks", resume, lambda: [LAST])
