"""benchmarks/quality.py: learners are judged on rows that they never see, and what is known is kept."""

import json

import numpy as np
import pandas as pd
import pytest
import quality

import nnrun


@pytest.fixture
def tables(tmp_path, monkeypatch):
    """Two small tables with gaps, one of numbers and one of classes."""
    rng = np.random.default_rng(0)
    x, town = rng.normal(size=60), rng.choice(["Bonn", "Oslo", "?"], 60)
    size = pd.Series(x).round(3).astype(str).mask(rng.random(60) < 0.1, "?")
    frame = pd.DataFrame({"size": size, "town": town, "y": (2 * x).round(3)})
    frame.to_csv(tmp_path / "numbers.csv", index=False)
    frame["y"] = np.where(x > 0, "good", "bad")
    frame.to_csv(tmp_path / "classes.csv", index=False)
    monkeypatch.setattr(quality, "TARGETS", {"numbers": "y", "classes": "y"})
    return tmp_path


QUICK = ("training.epochs=2", "model.widths=[8]", "dataset.split.bags=2")


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_all_are_judged_on_the_same_rows_and_what_is_kept_is_not_measured_again(
    tables, monkeypatch, capsys
):
    keep = tables / "kept"
    for table, splits in (("numbers", 2), ("classes", 1)):
        quality.measure(tables / f"{table}.csv", ["table"], splits, keep, QUICK)

    kept = json.loads((keep / "numbers.json").read_text())
    monkeypatch.setattr(nnrun, "train", None)
    quality.measure(tables / "numbers.csv", ["table"], 2, keep, QUICK)
    quality.show(keep, ["table"])

    assert kept.keys() == {"errors", "seconds"}
    for numbers in kept.values():
        assert numbers.keys() == {"table", *quality.RIVALS}
        assert all(set(own) == {"0", "1"} and min(own.values()) > 0 for own in numbers.values())
    assert json.loads((keep / "numbers.json").read_text()) == kept
    shown = capsys.readouterr().out
    assert "of 2 tables" in shown
    assert "Seconds of a core" in shown


def test_nnrun_reads_no_test_row(tables, monkeypatch):
    rows, seen = quality.cut(tables / "numbers.csv", "y", 0), []

    def train(*words):
        (path,) = (word.partition("=")[2] for word in words if word.startswith("dataset.path="))
        seen.extend(pd.read_csv(path)["y"])
        raise KeyboardInterrupt

    monkeypatch.setattr(nnrun, "train", train)
    with pytest.raises(KeyboardInterrupt):
        quality.nnrun_error("table", (), rows)

    assert sorted(seen) == sorted(rows.train.target)
    assert not set(rows.train.inputs.index) & set(rows.test.inputs.index)


def test_differences_are_paired_by_split():
    one, other = {"0": 1.0, "1": 2.0, "2": 3.0}, {"2": 3.5, "1": 2.4, "0": 1.6}

    found = quality.difference(one, other)

    assert found.mean == pytest.approx(0.5)
    assert found.word == "better"
    assert str(found) == "+0.5 ± 0.25, better"
    assert quality.difference(other, one).word == "worse"
    assert quality.difference({"0": 1.0}, {"0": 9.0}).word == "as good"
