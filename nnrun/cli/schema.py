"""nnrun schema: what a configuration and the files of a folder hold, as JSON schema."""

from collections.abc import Callable
from pathlib import PurePath

from nnrun.cli.arguments import Parser, add_config_dir
from nnrun.cli.programs import print_json
from nnrun.cli.verbs import Verb
from nnrun.errors import Mistake, Problem, did_you_mean, listing, nearest
from nnrun.parts.kind_schema import Schema, schema_of
from nnrun.parts.kinds import Names
from nnrun.parts.model import shape
from nnrun.reading import shapes
from nnrun.reading.proofs import GROWING, OF_RECORD, RECORD
from nnrun.runs import epochs, ledger, notes, opening, summary
from nnrun.runs.folder import FOLDS, INFLUENCE, NETWORKS
from nnrun.runs.predictions import PREDICTED, PREDICTIONS, TRUE
from nnrun.runs.record import ENSEMBLE, REFIT

DIALECT = "https://json-schema.org/draft/2020-12/schema"
CONFIG = "config.yaml"
CELL: Schema = {"type": ["number", "string", "null"]}
NUMBER: Schema = {"type": ["number", "null"]}
LINES = "a line of it; each is an object"
ROW = "a row of it: its columns, in their order; an empty cell is null"


def run(argv: list[str]) -> None:
    """Read the arguments and print."""
    arguments = Parser("nnrun schema", description=DESCRIPTION)
    name = f"one of {listing(FILES, len(FILES))}; all if none is given"
    arguments.add_argument("name", metavar="NAME", nargs="?", help=name)
    add_config_dir(arguments)
    typed = arguments.parse_args(argv)
    if typed.name:
        print_json(whole(meant(typed.name), typed.config_dir))
    else:
        print_json({file: whole(file, typed.config_dir) for file in FILES})


def meant(typed: str) -> str:
    """Find the file that is meant, by its name or what stands before the dot."""
    if typed in FILES:
        return typed
    found = [file for file in FILES if PurePath(file).stem == typed]
    if len(found) == 1:
        return found[0]
    wrong = f"may be {listing(found)}" if found else "is no file of a run or a sweep"
    advice = did_you_mean(nearest(typed, FILES)) or f"there are {listing(FILES, len(FILES))}"
    raise Mistake(Problem("NAME", typed, wrong, "write one of these" if found else advice))


def whole(file: str, config_dir: str | None = None) -> Schema:
    """Write the schema of a file, or of a line of one that has many."""
    schema = of_config(config_dir) if file == CONFIG else FILES[file]()
    return {"$schema": DIALECT, "title": file, **schema}


def of_config(config_dir: str | None = None) -> Schema:
    from nnrun.config.schema import of_configuration
    from nnrun.sweeps.settings import SweepSettings

    schema = of_configuration(config_dir)
    schema["$defs"]["sweep"] = schema_of(SweepSettings)
    schema["properties"] |= MADE_OF
    return schema


def of_shape(wanted: object) -> Callable[[], Schema]:
    return lambda: shapes.schema_of(wanted)


def of_lines(wanted: object) -> Callable[[], Schema]:
    return lambda: {"description": LINES, **shapes.schema_of(wanted)}


def of_row(columns: Names, cell: Schema = NUMBER, **others: Schema) -> Callable[[], Schema]:
    """Write a row of a table: columns that are always there, and those that begin so."""
    patterns = {f"^{start}": told for start, told in others.items()}
    return lambda: {
        "description": ROW,
        "type": "object",
        "properties": dict.fromkeys(columns, cell),
        "required": [*columns],
        **({"patternProperties": patterns} if patterns else {}),
    }


def of_influence() -> Schema:
    from nnrun.report.influence import Influence

    return schema_of(Influence)


def of_sweep_table() -> Schema:
    from nnrun.report.compare import LEARNT, STATED

    return of_row((*STATED, *LEARNT), CELL, **{"": CELL})()


def always(heading: str) -> Names:
    """List the columns of a table that do not depend on what is trained."""
    return tuple(name for name in heading.split(",") if name != epochs.OF_SCORE)


MADE_OF: Schema = {  # what no run is asked for, and models that were made of runs tell
    ENSEMBLE: {"type": "string", "description": "the members that were averaged"},
    REFIT: {"type": "string", "description": "the run that was trained once more on all rows"},
}
METRICS, WEIGHTS, TIMING = GROWING
ALWAYS = always(epochs.metrics_heading("", ()))
OF_NETWORK = {"fold$": NUMBER, "bag$": NUMBER, epochs.OF_SCORE: NUMBER}
FILES: dict[str, Callable[[], Schema]] = {
    CONFIG: of_config,
    RECORD: of_shape(OF_RECORD),
    summary.SUMMARY: of_shape(summary.SHAPE),
    "model.json": of_shape(shape.SHAPE),
    notes.NOTES: of_shape(notes.SHAPE),
    METRICS: of_row(ALWAYS, NUMBER, **{epochs.OF_SCORE: NUMBER}),
    WEIGHTS: of_row(always(epochs.WEIGHTS_HEADING), CELL),
    TIMING: of_row(always(epochs.TIMING_HEADING)),
    NETWORKS: of_row(("network", "seed", *ALWAYS), NUMBER, **OF_NETWORK),
    FOLDS: of_row(("fold", *ALWAYS), NUMBER, **{epochs.OF_SCORE: NUMBER}),
    PREDICTIONS: of_row(("row",), CELL, **{TRUE: CELL, PREDICTED: CELL, "p\\(": NUMBER}),
    ledger.ABOUT: of_shape(opening.OF_SWEEP),
    ledger.MEMBERS: of_lines(opening.OF_MEMBER),
    ledger.LEDGER: of_lines(ledger.OF_LINE),
    "sweep.csv": of_sweep_table,
    "steps.csv": of_row(("steps", "lowest_height", "member"), CELL, **{"": CELL}),
    INFLUENCE: of_influence,
}
DESCRIPTION = (
    "Print JSON schema (draft 2020-12): of the configuration with every group, option, range and"
    " default, and of each file of a run's and a sweep's folder; of a table, of a row."
)
VERB = Verb("nnrun schema [NAME]", "JSON schema of settings and files", run, lambda: [*FILES])
