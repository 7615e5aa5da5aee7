"""Whether `training.epochs=auto` is long enough: a recipe beside itself with more steps.

python benchmarks/lengths.py TABLES                      # a folder of tables; an hour of a core
python benchmarks/lengths.py TABLES --only autos --splits 3 --times 4
python benchmarks/lengths.py TABLES --recipe ''          # one network, as by default
python benchmarks/lengths.py TABLES optimizer.lr=1e-3    # with other settings
python benchmarks/lengths.py TABLES --show               # what is kept so far

The least of more validation losses is smaller by luck alone. So the weights that are chosen are
judged on rows as well that chose nothing, network by network and in their mean.
"""

import argparse
import json
from math import ceil, isfinite, log
from pathlib import Path
from statistics import fmean, median
from tempfile import TemporaryDirectory
from typing import NamedTuple

import numpy as np
from quality import TARGETS, Cut, Difference, core_seconds, cut, difference, error, trained

from nnrun.config.length import WAITED
from nnrun.parts.dataset.sheet import Sheet
from nnrun.python import Run

SMALL = ("autos", "horses", "autompg", "german", "airfoil")
LOSSES = {
    "chosen_by": "the validation loss",
    "held_out": "the loss of other rows",
    "of_mean": "the mean's loss there",
}


class Length(NamedTuple):
    """How long a recipe trained, and what it reached."""

    epochs: int  # at most
    best: float  # of these, the networks' mean
    seconds: float  # of a core
    chosen_by: float  # the validation loss at its least, the networks' mean
    held_out: float  # the same weights' loss on rows that chose nothing
    of_mean: float  # the loss of the networks' mean answer there

    @property
    def trained(self) -> float:
        """Count the epochs until training stopped, as patience is."""
        return min(self.epochs, self.best + ceil(WAITED * self.epochs))


Kept = dict[str, dict[str, Length]]  # by settings and split


def measured(recipe: str, words: tuple[str, ...], rows: Cut) -> Length:
    """Train on the train rows, of which some validate, and judge on the others."""
    before = core_seconds()
    with TemporaryDirectory(prefix="lengths-") as place:
        run = trained(recipe, words, rows.train, Path(place))
        each, together = losses(run, rows)
        networks = run.summary.get("networks", [run.summary])
        best = fmean(network["best_epoch"] for network in networks)
        epochs, reached = run.config["training"]["epochs"], run.summary["val_loss"]
    seconds = round(core_seconds() - before, 2)
    return Length(epochs, best, seconds, reached, fmean(each), together)


def losses(run: Run, rows: Cut) -> tuple[list[float], float]:
    """Give each network's loss on the test rows, and that of their mean."""
    model = run.model
    cells, _ = model.cells(Sheet.from_frame(rows.test.inputs))
    said = model.infer_each(cells)
    power = 1 if rows.classes else 2  # an error of numbers is a root
    each = [error(rows.test, one, list(model.classes)) ** power for one in said]
    return each, error(rows.test, np.mean(said, 0), list(model.classes)) ** power


def more(taken: Length, times: float) -> list[str]:
    """Write the settings of so many times the steps, with as much patience."""
    epochs = round(times * taken.epochs)
    return [f"training.epochs={epochs}", f"regularisation.patience={ceil(WAITED * epochs)}"]


# Keeping


def read(keep: Path, table: str) -> Kept:
    file = keep / f"{table}.json"
    kept = json.loads(file.read_text()) if file.is_file() else {}
    return {
        words: {split: Length(*one) for split, one in own.items()} for words, own in kept.items()
    }


def write(keep: Path, table: str, kept: Kept) -> None:
    keep.mkdir(parents=True, exist_ok=True)
    (keep / f"{table}.json").write_text(json.dumps(kept, indent=1))


def measure(file: Path, asked: argparse.Namespace) -> None:
    """Measure what is not kept yet, split by split."""
    table, kept = file.stem, read(asked.keep, file.stem)
    usual = name_of(asked, 1)
    for split in map(str, range(asked.splits)):
        rows = cut(file, TARGETS[table], int(split))
        for times in (1, *asked.times):
            own = kept.setdefault(name_of(asked, times), {})
            if split in own:
                continue
            longer = [] if times == 1 else more(kept[usual][split], times)
            own[split] = measured(asked.recipe, (*asked.words, *longer), rows)
            write(asked.keep, table, kept)
            print(table, name_of(asked, times), split, own[split], flush=True)


def name_of(asked: argparse.Namespace, times: float) -> str:
    return " ".join([asked.recipe or "one network", *asked.words, f"x{times:g}"])


# Telling


def show(asked: argparse.Namespace) -> None:
    """Print by how many per cent more steps lower each loss, and how soon the usual ones did."""
    known = {table: kept for table in TARGETS if (kept := read(asked.keep, table))}
    usual, times = name_of(asked, 1), asked.times
    columns = ["epochs", "best of these", "of those trained", "seconds"]
    columns += [f"x{one:g}: {told}" for one in times for told in LOSSES.values()]
    print(f"| table | {' | '.join(columns)} |\n|{'---|' * (len(columns) + 1)}")
    for table, kept in known.items():
        if usual in kept:
            longer = [kept.get(name_of(asked, one), {}) for one in times]
            print(
                f"| {table} | {' | '.join([*of_usual(kept[usual]), *gains(kept[usual], longer)])} |"
            )


def of_usual(own: dict[str, Length]) -> list[str]:
    """Tell how long the usual training is, in medians over splits."""
    epochs = median(one.epochs for one in own.values())
    of_these = median(one.best / one.epochs for one in own.values())
    of_trained = median(one.best / one.trained for one in own.values())
    seconds = median(one.seconds for one in own.values())
    return [f"{epochs:.0f} ({len(own)})", f"{of_these:.0%}", f"{of_trained:.0%}", f"{seconds:.0f}"]


def gains(own: dict[str, Length], longer: list[dict[str, Length]]) -> list[str]:
    """Tell by how many per cent each loss is lower, with an interval over splits."""
    return [
        percent(lowered(own, other, loss)) if other else "" for other in longer for loss in LOSSES
    ]


def lowered(own: dict[str, Length], other: dict[str, Length], loss: str) -> Difference:
    """Compare logarithms of losses, as splits differ in size of these."""
    few, many = (
        {split: log(getattr(one, loss)) for split, one in kept.items()} for kept in (own, other)
    )
    return difference(many, few)


def percent(gain: Difference) -> str:
    half = f" ± {100 * gain.half:.1f}" if isfinite(gain.half) else ""
    return f"{100 * gain.mean:+.1f} %{half}"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("tables", type=Path)
    parser.add_argument("words", nargs="*", help="further settings, with and without more steps")
    parser.add_argument("--only", default=",".join(SMALL), help="tables, with commas between")
    parser.add_argument("--recipe", default="table", help="none, '', is one network (table)")
    parser.add_argument("--times", type=float, nargs="*", default=[4.0])
    parser.add_argument("--splits", type=int, default=5)
    parser.add_argument("--keep", type=Path, default=Path("lengths"))
    parser.add_argument("--show", action="store_true", help="measure nothing")
    asked = parser.parse_intermixed_args()
    for table in () if asked.show else asked.only.split(","):
        measure(asked.tables / f"{table}.csv", asked)
    show(asked)


if __name__ == "__main__":
    main()
