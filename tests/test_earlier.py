"""What nnrun 0.1.0 left can still be used: its runs predict the same, its sweep is finished."""

import csv
import json
import re
import shutil
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from nnrun import load
from nnrun.arm import JOINTS

EARLIER = Path(__file__).resolve().parent / "fixtures" / "0.1.0"
ABOUT = {file.parent.name: json.loads(file.read_text()) for file in EARLIER.glob("*/model.json")}
RUNS = sorted(ABOUT)
MODELS = "Cnn Linear Maxout Mlp Module Perceptron Point Polynomial Residual"
UNSAID = {"chances": "softmax", "per_target": 1}  # what the first bundles did not say
LEAST = [name for name in RUNS if UNSAID.items() <= ABOUT[name].items()]


def rows_of(name: str) -> Path:
    """Give the table of a run's test rows."""
    return EARLIER / f"{name}.csv"


def told_by(name: str) -> pd.DataFrame:
    """Read what a run's predictions.csv says, under the names that `predict` gives it."""
    file = EARLIER / name / "predictions.csv"
    told = pd.read_csv(file, index_col="row", dtype={"predicted": str})
    told = told.loc[:, ~told.columns.str.startswith("true_")]
    if "predicted" in told:
        return told.rename(columns={"predicted": ABOUT[name]["target_names"][0]})
    return told.rename(columns=lambda column: column.removeprefix("predicted_"))


def assert_same(ours: pd.DataFrame, told: pd.DataFrame) -> None:
    """Compare tables as far as any processor computes alike, which is the seventh digit."""
    assert list(ours) == list(told)
    assert len(ours) == len(told)
    for name in told:
        if pd.api.types.is_numeric_dtype(told[name]):
            size = np.abs(told[name]).max()
            assert np.allclose(ours[name], told[name], rtol=1e-6, atol=1e-6 * size), name
        else:
            assert list(ours[name].astype(str)) == list(told[name]), name


def numbers(metrics: object) -> Iterator[float]:
    """List all numbers of nested metrics in their order."""
    if isinstance(metrics, dict | list):
        for inner in metrics.values() if isinstance(metrics, dict) else metrics:
            yield from numbers(inner)
    elif isinstance(metrics, int | float):
        yield metrics


def known_earlier(ours: dict, told: dict) -> dict:
    """Leave out metrics that came later."""
    assert ours.keys() >= told.keys()
    return {
        name: known_earlier(ours[name], inner) if isinstance(inner, dict) else ours[name]
        for name, inner in told.items()
    }


def contents(folder: Path) -> dict[Path, tuple[bytes, int]]:
    """Read all files of a folder, and when each was written."""
    return {file: (file.read_bytes(), file.stat().st_mtime_ns) for file in folder.iterdir()}


def test_there_is_a_run_of_each_kind_of_model():
    models = {about["model"]["kind"] for about in ABOUT.values()}

    assert models == set(MODELS.split())


@pytest.mark.parametrize("name", RUNS)
def test_a_run_predicts_in_python_what_it_predicted(name):
    ours = load(EARLIER / name).predict(pd.read_csv(rows_of(name)))

    assert_same(ours, told_by(name))


@pytest.mark.parametrize("name", RUNS)
def test_a_run_predicts_by_the_front_door_what_it_predicted(name, nnrun):
    ran = nnrun("predict", str(EARLIER / name), str(rows_of(name)))

    assert ran.code == 0, ran.err
    told = told_by(name)
    ours = pd.read_csv(StringIO(ran.out))
    assert_same(ours[list(told)], told)
    checks = {"position_error_mm", "orientation_error_deg", "within_limits", "reachable"}
    assert set(ours) - set(told) in (set(), checks | set(JOINTS))


@pytest.mark.parametrize("name", RUNS)
def test_a_run_is_evaluated_as_its_summary_says(name, nnrun):
    ran = nnrun("evaluate", str(EARLIER / name), str(rows_of(name)), "--json")

    assert ran.code == 0, ran.err
    ours = json.loads(ran.out)
    told = json.loads((EARLIER / name / "summary.json").read_text())["test"]
    ours = known_earlier(ours, told)
    assert list(numbers(ours)) == pytest.approx(list(numbers(told)), rel=1e-5, abs=1e-6)


def test_a_run_that_kept_no_ranges_takes_new_categories_and_says_nothing_of_numbers(
    nnrun, tmp_path
):
    (tmp_path / "new.csv").write_text("size,town\n1e9,Paris\n")

    ran = nnrun("predict", str(EARLIER / "table"), "new.csv")

    assert ran.code == 0
    assert ran.err == (
        "note: new.csv: 1 category that training never saw (town 'Paris') is taken as unknown, in 1 row\n"
    )


@pytest.mark.parametrize("name", LEAST)
def test_a_bundle_that_does_not_say_chances_and_per_target_is_read(name, tmp_path, retell):
    folder = shutil.copytree(EARLIER / name, tmp_path / name)
    about = {key: value for key, value in ABOUT[name].items() if key not in UNSAID}
    (folder / "model.json").write_text(json.dumps(about))
    retell(folder)

    ours = load(folder).predict(pd.read_csv(rows_of(name)))

    assert_same(ours, told_by(name))


@pytest.mark.parametrize("name", RUNS)
def test_a_run_that_was_done_is_done(name, nnrun, tmp_path):
    shutil.copytree(EARLIER / name, tmp_path / name)

    ran = nnrun("resume", name)

    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("done ")


def test_each_version_that_was_released_left_runs_and_a_sweep():
    top = EARLIER.parent.parent.parent / "CHANGELOG.md"
    released = re.findall(r"^## (\d+\.\d+\.\d+)", top.read_text(), re.MULTILINE)

    lacking = [one for one in released if not (EARLIER.parent / one / "sweep/sweep.json").exists()]

    assert released
    assert lacking == []


def test_a_sweep_that_was_not_finished_is_finished_by_resume(nnrun, tmp_path):
    folder = shutil.copytree(EARLIER / "sweep", tmp_path / "sweep")
    shutil.copy(EARLIER / "houses.csv", tmp_path)
    kept = [folder / "lr=0.01", folder / "lr=0.02"]
    before = [contents(member) for member in kept]

    ran = nnrun("resume", "sweep")

    assert ran.code == 0, ran.err
    assert "3 members in 1 cohort" in ran.out
    assert [contents(member) for member in kept] == before
    found = list(csv.DictReader((folder / "sweep.csv").read_text().splitlines()))
    assert [row["member"] for row in found] == [f"lr=0.0{digit}" for digit in range(1, 6)]
    assert {row["status"] for row in found} == {"done"}
    assert (folder / "best").resolve().name == "lr=0.05"
    assert not list(folder.glob("lr=*/.*"))
    assert json.loads((folder / "sweep.json").read_text())["status"] == "done"
