"""How well the recipes learn tables, beside scikit-learn's boosting, forest and perceptron.

python benchmarks/quality.py TABLES                   # a folder of tables; hours on two cores
python benchmarks/quality.py TABLES --only airfoil,autos --splits 3
python benchmarks/quality.py TABLES --recipes table,robust --rows 200    # where few rows train
python benchmarks/quality.py TABLES --show            # what is kept so far

What was measured is kept by table in --keep, so it may be interrupted, and goes on there. Seconds
are those of a core, user and system: OMP_NUM_THREADS=1 leaves each learner one.
"""

import argparse
import json
import resource
from collections.abc import Callable, Iterator, Mapping
from math import sqrt
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.stats import t as student
from sklearn.compose import TransformedTargetRegressor, make_column_transformer
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.impute import SimpleImputer
from sklearn.metrics import log_loss, root_mean_squared_error
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler

import nnrun
from nnrun.python import Run

TARGETS = {  # of each table; texts are classes, numbers are numbers
    "airfoil": "y",
    "autompg": "y",
    "elevators": "y",
    "pol": "y",
    "abalone": "rings",
    "autos": "price",
    "german": "credit",
    "phoneme": "sound",
    "mammography": "cancer",
    "horses": "outcome",
}
SPLITS = {"table": 10, "table_best": 3}  # on which a recipe is tried
RIVALS = ("boosting", "forest", "perceptron")
QUIET = ("output.pictures=false", "output.baselines=false")
DEFAULTS = (
    *("dataset=table", "dataset.unfit=drop"),
    *("dataset.missing=median", "dataset.missing_values=['?']"),
)
SURE = 0.95


class Rows(NamedTuple):
    """Rows of a table, apart from what is to be predicted."""

    inputs: pd.DataFrame
    target: pd.Series


class Cut(NamedTuple):
    """A table, cut into rows to learn from and rows that judge."""

    train: Rows
    test: Rows

    @property
    def classes(self) -> bool:
        return not pd.api.types.is_numeric_dtype(self.train.target)


# Rows


def cut(file: Path, target: str, seed: int, few: int | None = None) -> Cut:
    """Cut a table as its README says, or so that a few rows train and all others test.

    Rows without a target are left out.
    """
    whole = pd.read_csv(file, na_values="?").dropna(subset=[target]).reset_index(drop=True)
    classes = not pd.api.types.is_numeric_dtype(whole[target])
    shares = whole[target] if classes else None
    sizes = {"train_size": few} if few else {"test_size": 0.2}
    train, test = train_test_split(whole, **sizes, random_state=seed, stratify=shares)
    assert not set(train.index) & set(test.index)
    return Cut(*(Rows(rows.drop(columns=target), rows[target]) for rows in (train, test)))


def error(rows: Rows, predicted: pd.DataFrame | np.ndarray, classes: list[str]) -> float:
    """Compute the RMSE of numbers, or the log loss of probabilities in the order of classes."""
    if not classes:
        return float(root_mean_squared_error(rows.target, predicted))
    return float(log_loss(rows.target, np.asarray(predicted, float), labels=classes))


# Learning


def nnrun_error(recipe: str, words: tuple[str, ...], rows: Cut) -> float:
    """Train a recipe on the train rows alone; then let its model predict the test rows."""
    with TemporaryDirectory(prefix="quality-") as place:
        predicted = trained(recipe, words, rows.train, Path(place)).model.predict(rows.test.inputs)
    if not rows.classes:
        return error(rows.test, predicted[str(rows.train.target.name)].to_numpy(), [])
    classes = sorted(rows.train.target.unique())
    return error(rows.test, predicted[[f"p({one})" for one in classes]], classes)


def trained(recipe: str, words: tuple[str, ...], train: Rows, place: Path) -> Run:
    """Train a recipe on a file of these rows alone; without a name it is that of the defaults.

    The test rows are written nowhere, and the model has been chosen and saved before they are
    looked at. So nothing can have been chosen by them.
    """
    file = place / "train.csv"
    pd.concat(train, axis=1).to_csv(file, index=False, na_rep="?")
    about = f"dataset.path={file}", f"dataset.target={train.target.name}", "dataset.split.test=0"
    folder = f"output.folder={place}/run"
    chosen = [f"experiment={recipe}"] if recipe else DEFAULTS
    return nnrun.train(*chosen, *about, *QUIET, folder, *words)


def rival_error(rival: str, rows: Cut, seed: int) -> float:
    """Train one of scikit-learn's on the same rows."""
    learner = RIVAL[rival](rows, seed).fit(*rows.train)
    if not rows.classes:
        return error(rows.test, learner.predict(rows.test.inputs), [])
    return error(rows.test, learner.predict_proba(rows.test.inputs), [*learner.classes_])


def texts(rows: Cut) -> list[str]:
    """Name the columns that are categories."""
    inputs = rows.train.inputs
    return [name for name in inputs if not pd.api.types.is_numeric_dtype(inputs[name])]


def as_ordinals(rows: Cut):
    """Number the categories; what training did not show is a gap."""
    unknown = {"handle_unknown": "use_encoded_value", "unknown_value": np.nan}
    return make_column_transformer(
        (OrdinalEncoder(**unknown), texts(rows)), remainder="passthrough"
    )


def boosting(rows: Cut, seed: int):
    kind = HistGradientBoostingClassifier if rows.classes else HistGradientBoostingRegressor
    return make_pipeline(as_ordinals(rows), kind(random_state=seed))


def forest(rows: Cut, seed: int):
    kind = RandomForestClassifier if rows.classes else RandomForestRegressor
    return make_pipeline(as_ordinals(rows), kind(random_state=seed))


def perceptron(rows: Cut, seed: int):
    numbers = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    categories = make_pipeline(
        SimpleImputer(strategy="most_frequent"), OneHotEncoder(handle_unknown="ignore")
    )
    scaled = make_column_transformer((categories, texts(rows)), remainder=numbers)
    settings = {"hidden_layer_sizes": (128, 128), "early_stopping": True, "max_iter": 1000}
    if rows.classes:
        return make_pipeline(scaled, MLPClassifier(**settings, random_state=seed))
    network = TransformedTargetRegressor(
        MLPRegressor(**settings, random_state=seed), transformer=StandardScaler()
    )
    return make_pipeline(scaled, network)


RIVAL: dict[str, Callable] = {"boosting": boosting, "forest": forest, "perceptron": perceptron}


# Keeping

Numbers = dict[str, dict[str, float]]  # by who learnt, and split


class Kept(NamedTuple):
    """What was measured on a table."""

    errors: Numbers  # of the test rows
    seconds: Numbers  # of a core, to learn and to predict

    def add(self, who: str, split: str, error: float, seconds: float) -> None:
        self.errors.setdefault(who, {})[split] = error
        self.seconds.setdefault(who, {})[split] = round(seconds, 2)


def read(keep: Path, table: str) -> Kept:
    file = keep / f"{table}.json"
    return Kept(**json.loads(file.read_text())) if file.is_file() else Kept({}, {})


def write(keep: Path, table: str, kept: Kept) -> None:
    keep.mkdir(parents=True, exist_ok=True)
    (keep / f"{table}.json").write_text(json.dumps(kept._asdict(), indent=1))


def measure(
    file: Path,
    recipes: list[str],
    splits: int,
    keep: Path,
    words: tuple[str, ...] = (),
    few: int | None = None,
) -> None:
    """Measure what is not kept yet, split by split, and keep each number as soon as it is there."""
    table = file.stem
    kept = read(keep, table)
    for who, split in wanted(recipes, splits):
        if str(split) in kept.errors.get(who, {}):
            continue
        rows = cut(file, TARGETS[table], split, few)
        rival, before = who in RIVALS, core_seconds()
        reached = rival_error(who, rows, split) if rival else nnrun_error(who, words, rows)
        seconds = core_seconds() - before
        kept.add(who, str(split), reached, seconds)
        write(keep, table, kept)
        print(f"{table} {who} split {split}: {reached:.4g}, {seconds:.1f} s", flush=True)


def core_seconds() -> float:
    """Count the seconds in which a core has computed for this process and those it has ended."""
    used = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in used)


def wanted(recipes: list[str], splits: int) -> Iterator[tuple[str, int]]:
    """Go through who is to be measured on which split, the rivals as often as any recipe."""
    many = {recipe: min(splits, SPLITS.get(recipe, splits)) for recipe in recipes}
    for split in range(max(many.values())):
        yield from ((rival, split) for rival in RIVALS)
        yield from ((recipe, split) for recipe in recipes if split < many[recipe])


# Telling


class Difference(NamedTuple):
    """By how much a recipe's error is below a rival's, over splits that both have."""

    mean: float
    half: float  # of the interval; infinite where one split tells nothing

    def __str__(self) -> str:
        half = f" ± {figure(self.half, 2)}" if np.isfinite(self.half) else ""
        return f"{'+' * (self.mean > 0)}{figure(self.mean, 3)}{half}, {self.word}"

    @property
    def word(self) -> str:
        if self.mean - self.half > 0:
            return "better"
        return "worse" if self.mean + self.half < 0 else "as good"


def difference(one: dict[str, float], other: dict[str, float]) -> Difference:
    """Pair the splits; Student's t takes them for independent, though their rows overlap."""
    both = [other[split] - one[split] for split in one if split in other]
    mean, many = float(np.mean(both)), len(both)
    if many < 2:
        return Difference(mean, np.inf)
    spread = float(np.std(both, ddof=1)) / sqrt(many)
    return Difference(mean, float(student.ppf((1 + SURE) / 2, many - 1)) * spread)


def show(keep: Path, recipes: list[str]) -> None:
    """Print what was reached, by how much a recipe is better, how often, and how long it took."""
    columns = [*recipes, *RIVALS]
    known = {table: kept for table in TARGETS if (kept := read(keep, table)).errors}
    print_lines(columns, {table: kept.errors for table, kept in known.items()}, cell)
    for recipe in recipes:
        tried = {table: kept.errors for table, kept in known.items() if recipe in kept.errors}
        print_differences(recipe, tried)
    print("\nSeconds of a core:\n")
    print_lines(columns, {table: kept.seconds for table, kept in known.items()}, cell)


def print_lines(columns: list[str], known: Mapping[str, Mapping], cell: Callable) -> None:
    """Print a line for each table, with what each learner has there."""
    print(f"| table | {' | '.join(columns)} |\n|{'---|' * (len(columns) + 1)}")
    for table, numbers in known.items():
        cells = [cell(numbers.get(who, {})) for who in columns]
        print(f"| {table} | {' | '.join(cells)} |")


def print_differences(recipe: str, tried: dict[str, Numbers]) -> None:
    """Print by how much a recipe's error is below the perceptron's, and below the best rival's."""
    beside = {
        table: {
            "the perceptron": difference(errors[recipe], errors["perceptron"]),
            "the best of the three": difference(errors[recipe], best_rival(errors, recipe)),
        }
        for table, errors in tried.items()
    }
    rivals = ["the perceptron", "the best of the three"]
    print(f"\nBy how much {recipe}'s error is below that of:\n")
    print_lines(rivals, beside, str)
    for rival in rivals:
        print(f"{recipe} beside {rival}: {counted([each[rival].word for each in beside.values()])}")


def best_rival(errors: Numbers, recipe: str) -> dict[str, float]:
    """Give the errors of the rival that is best on a recipe's splits."""
    return min(
        (errors[rival] for rival in RIVALS),
        key=lambda own: float(np.mean([own[split] for split in errors[recipe]])),
    )


def counted(words: list[str]) -> str:
    counts = [f"{word} on {words.count(word)}" for word in ("better", "as good", "worse")]
    return f"{', '.join(counts)} of {len(words)} tables"


def cell(of_splits: dict[str, float]) -> str:
    """Write mean and deviation over splits, and how many there are."""
    if not of_splits:
        return ""
    values = list(of_splits.values())
    deviation = f" ± {figure(np.std(values, ddof=1), 2)}" if len(values) > 1 else ""
    return f"{figure(np.mean(values), 4)}{deviation} ({len(values)})"


def figure(value: float | np.floating, digits: int) -> str:
    """Write so many digits, and no power of ten where a number is large."""
    return f"{value:.0f}" if abs(value) >= 10**digits else f"{value:.{digits}g}"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("tables", type=Path)
    parser.add_argument("--only", default=",".join(TARGETS), help="tables, with commas between")
    parser.add_argument("--recipes", default="table", help="table,table_best")
    parser.add_argument("--splits", type=int, default=10)
    parser.add_argument("--rows", type=int, help="so many train, and all others test")
    parser.add_argument("--keep", type=Path, default=Path("quality"))
    parser.add_argument("--show", action="store_true", help="measure nothing")
    asked = parser.parse_args()
    recipes, keep = asked.recipes.split(","), asked.keep
    if asked.rows:
        keep /= f"{asked.rows}-rows"
    for table in () if asked.show else asked.only.split(","):
        file = asked.tables / f"{table}.csv"
        measure(file, recipes, asked.splits, keep, few=asked.rows)
    show(keep, recipes)


if __name__ == "__main__":
    main()
