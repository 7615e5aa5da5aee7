"""A trained model the next day: `nnrun predict` and `nnrun evaluate`."""

import json
import sys
from pathlib import Path

from nnrun.bundle import Bundle, load
from nnrun.mistake import Mistake
from nnrun.parts.dataset.sheet import Sheet, read_sheet
from nnrun.parts.dataset.table import read_targets
from nnrun.results.folder import write
from nnrun.results.screen import Screen, metric_rows


def predict(run: str, table: str, out: str | None) -> None:
    """Predict each row of a file; to another file, or to standard output."""
    bundle = load(run)
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


def evaluate(run: str, table: str) -> None:
    """Metrics of a file's rows, whose targets are known; JSON where the output is no terminal."""
    bundle = load(run)
    sheet = open_sheet(bundle, table)
    cells, notes = bundle.cells(sheet)
    tell(notes)
    options = {key: bundle.reading[key] for key in ("decimal", "missing_values") if key in bundle.reading}
    true = read_targets(sheet, bundle.target_names, bundle.classes, **options)
    metrics = bundle.measure(bundle.asked(cells), bundle.infer(cells), true)
    if sys.stdout.isatty():
        Screen().table(f"{sheet.rows} rows of {table}", ["metric", "value"], metric_rows(metrics))
    else:
        print(json.dumps(metrics, indent=1))


def open_sheet(bundle: Bundle, table: str) -> Sheet:
    """A file read as the training table was."""
    options = {key: bundle.reading[key] for key in ("delimiter", "encoding") if key in bundle.reading}
    return read_sheet(table, **options, key="FILE")


def tell(notes) -> None:
    """Remarks go to standard error, so that predictions can be piped."""
    for note in notes:
        print(f"note: {note}", file=sys.stderr)
