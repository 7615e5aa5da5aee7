"""nnrun evaluate: the metrics of a trained run on a table."""

from argparse import Namespace

from nnrun.cli.arguments import Parser
from nnrun.cli.programs import print_json
from nnrun.cli.run_and_table import (
    add_run_and_table,
    fewer_rows_told,
    open_run,
    open_sheet,
    print_notes,
    read_written,
    run_meant,
)
from nnrun.cli.verbs import Verb
from nnrun.errors import refuse
from nnrun.report.numbers import count
from nnrun.report.screen import waiting_aside
from nnrun.runs.finding import WORDS


def run(argv: list[str]) -> None:
    """Read the arguments and evaluate."""
    description = "Score a trained run on a table that holds the targets too."
    arguments = Parser("nnrun evaluate", description=description)
    add_run_and_table(arguments)
    arguments.add_argument("--json", action="store_true", help="every metric, as JSON")
    typed = arguments.parse_intermixed_args(argv)
    with fewer_rows_told(typed.table):
        evaluate(typed)


def evaluate(typed: Namespace) -> None:
    """Measure a file's rows, whose targets are known."""
    from nnrun.parts.dataset.new_rows import read_new_weights, read_targets, with_targets
    from nnrun.parts.dataset.weights import weights_note

    run = run_meant(typed.run)
    differing = dict(map(read_written, typed.written))
    bundle = open_run(run)
    options = bundle.written("decimal", "missing_values", "units", "unfit")
    table = open_sheet(bundle, typed.table, differing)
    sheet, left_out = with_targets(table, bundle.target_names, **options)
    cells, notes = bundle.cells(sheet, typed.strict)
    name = bundle.reading.get("weight", "")
    weights, unfit = read_new_weights(sheet, name)
    refuse(unfit)
    print_notes([*left_out, *notes, *weights_note(sheet, name, weights)])
    true = read_targets(sheet, bundle.target_names, bundle.classes)
    with waiting_aside("predicting"):
        metrics = bundle.measure(bundle.asked(cells, true), bundle.infer(cells), true, weights)
    if typed.json:
        print_json(metrics)
    else:
        show(metrics, f"{count(sheet.rows, 'row')} of {typed.table}")


def show(metrics: dict, title: str) -> None:
    from nnrun import tasks
    from nnrun.report.metric_tables import metric_rows
    from nnrun.report.screen import Screen

    rows = metric_rows(metrics, tasks.headlines_in([metrics]))
    Screen().table([title, "value"], rows)


VERB = Verb("nnrun evaluate RUN FILE", "score a trained run on a table", run, lambda: [*WORDS])
