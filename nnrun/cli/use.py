"""A trained model the next day: `nnrun predict` and `nnrun evaluate`."""

import json
import sys
from dataclasses import replace
from pathlib import Path

from nnrun import tasks
from nnrun.bundle.bundle import Bundle, load
from nnrun.errors import Mistake, listing
from nnrun.parts.dataset.sheet import Sheet, read_sheet
from nnrun.parts.dataset.table import read_targets
from nnrun.report.metric_tables import metric_rows
from nnrun.report.screen import Screen
from nnrun.runs.folder import write

WRITTEN = (
    "dataset.delimiter",
    "dataset.encoding",
    "dataset.decimal",
)  # how a file is, whatever is in it


def predict(run: str, table: str, out: str | None, written: list[str]) -> None:
    """Predict each row of a file; to another file, or to standard output."""
    bundle = open_run(run, written)
    sheet = open_sheet(bundle, table)
    tell(bundle.cells(sheet)[1])
    text = bundle.predict(sheet).to_csv(index=False)
    if out is None:
        sys.stdout.write(text)
        return
    if not Path(out).name or Path(out).suffix not in (".csv", ".txt", ""):
        raise Mistake(f"-o {out!r}: predictions are written as CSV; give a name that ends in .csv")
    if Path(out).exists() and Path(out).samefile(table):
        raise Mistake(f"-o {out!r}: is the table itself, which would be lost; give another file")
    try:
        write(Path(out), text.encode())
    except OSError as error:
        raise Mistake(f"{out}: {error.strerror}; give another file for the predictions") from error
    tell([f"{sheet.rows} predictions in {out}"])


def evaluate(run: str, table: str, written: list[str]) -> None:
    """Metrics of a file's rows, whose targets are known; JSON where the output is no terminal."""
    bundle = open_run(run, written)
    sheet = open_sheet(bundle, table)
    cells, notes = bundle.cells(sheet)
    tell(notes)
    options = {
        key: bundle.reading[key] for key in ("decimal", "missing_values") if key in bundle.reading
    }
    true = read_targets(sheet, bundle.target_names, bundle.classes, **options)
    metrics = bundle.measure(bundle.asked(cells), bundle.infer(cells), true)
    if sys.stdout.isatty():
        rows = metric_rows(metrics, tasks.headlines_in([metrics]))
        Screen().table(f"{sheet.rows} rows of {table}", ["metric", "value"], rows)
    else:
        print(json.dumps(metrics, indent=1))


def open_run(run: str, written: list[str]) -> Bundle:
    """A run's bundle, which reads files as the training table was written, or as these settings say."""
    differing = {}
    for word in written:
        key, mark, value = word.partition("=")
        if key not in WRITTEN or not mark:
            raise Mistake(
                f"{word}: does not say how FILE is written; known: {listing(WRITTEN)}, each with =VALUE"
            )
        differing[key.removeprefix("dataset.")] = "\t" if value == "\\t" else value
    bundle = load(run)
    return replace(bundle, reading=bundle.reading | differing)


def open_sheet(bundle: Bundle, table: str) -> Sheet:
    """A file read as the training table was."""
    options = {
        key: bundle.reading[key] for key in ("delimiter", "encoding") if key in bundle.reading
    }
    return read_sheet(table, **options, key="FILE")


def tell(notes) -> None:
    """Remarks go to standard error, so that predictions can be piped."""
    for note in notes:
        print(f"note: {note}", file=sys.stderr)
