"""benchmarks/lengths.py: a longer training is judged by rows that chose nothing, too."""

import json
from types import SimpleNamespace

import lengths
import numpy as np
import pandas as pd
import pytest
import quality


@pytest.fixture
def asked(tmp_path, monkeypatch):
    rng = np.random.default_rng(0)
    x = rng.normal(size=60)
    frame = pd.DataFrame({"x": x.round(3), "y": np.where(x > 0, "good", "bad")})
    frame.to_csv(tmp_path / "classes.csv", index=False)
    monkeypatch.setattr(lengths, "TARGETS", {"classes": "y"})
    told = {"words": [], "splits": 2, "times": [4.0], "recipe": "table", "keep": tmp_path / "kept"}
    return SimpleNamespace(**told, file=tmp_path / "classes.csv")


def test_each_length_is_measured_once_and_compared_by_split(asked, monkeypatch, capsys):
    words = []

    def measured(recipe, typed, rows):
        words.append(typed)
        many = len(typed) > 0
        return lengths.Length(20, 5.0, 1.0, 0.9 if many else 1.0, 1.0, 1.1 if many else 1.0)

    monkeypatch.setattr(lengths, "measured", measured)
    lengths.measure(asked.file, asked)
    lengths.measure(asked.file, asked)
    lengths.show(asked)

    longer = ("training.epochs=80", "regularisation.patience=16")
    assert words == [(), longer, (), longer]
    assert json.loads((asked.keep / "classes.json").read_text()).keys() == {"table x1", "table x4"}
    assert "| classes | 20 (2) | 25% | 56% | 1 | +10.5 % ± 0.0 | +0.0 % ± 0.0 | -9.5 % ± 0.0 |" in (
        capsys.readouterr().out
    )


@pytest.mark.parametrize("recipe", ["table", ""])
def test_weights_are_judged_on_rows_that_chose_nothing(recipe, asked):
    rows = quality.cut(asked.file, "y", 0)

    found = lengths.measured(recipe, ("training.epochs=3", "training.ensemble=2"), rows)

    assert found.epochs == 3
    assert 1 <= found.best <= 3
    assert found.of_mean <= found.held_out  # as of any mean of probabilities
    assert min(found.chosen_by, found.held_out, found.of_mean) > 0
