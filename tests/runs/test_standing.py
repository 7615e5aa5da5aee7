"""Runs are comparable when their score is the same metric on the same rows."""

import json

import pytest
import yaml

from nnrun.runs.folder import RunFolder
from nnrun.runs.standing import standing

DATASET = {"path": "a.csv", "drop": [], "scale": {"inputs": "standard"}, "split": {"seed": 0}}
ROWS = {"of_rows": "be85", "scores": []}


@pytest.fixture
def leave(tmp_path):
    """Leave a run whose data and summary differ from the usual ones."""

    def folder(name, summary=(), **dataset):
        path = tmp_path / name
        path.mkdir()
        usual = {"score": {"name": "r2", "better": "higher"}, "val": {"r2": 0.5}}
        (path / "summary.json").write_text(json.dumps({**usual, **dict(summary)}))
        (path / "config.yaml").write_text(yaml.safe_dump({"dataset": DATASET | dataset}))
        (path / "run.json").write_text(json.dumps({"files": RunFolder(path).manifest()}))
        return standing(path)

    return folder


@pytest.mark.parametrize(
    ("dataset", "told", "untold"),
    [
        ({}, True, True),
        ({"scale": {"inputs": "none"}}, True, True),
        ({"drop": ["town"]}, True, False),
        ({"split": {"seed": 1}}, True, False),
        ({"path": "b.csv"}, False, False),
    ],
)
def test_rows_are_the_same_by_what_is_told_of_them_and_what_they_follow_from(
    dataset, told, untold, leave
):
    rows = {"without_groups": ROWS}

    assert leave("a", rows).comparable(leave("b", rows, **dataset)) == told
    assert leave("c").comparable(leave("d", **dataset)) == untold


def test_other_rows_and_other_metrics_are_not_compared(leave):
    usual = leave("a", {"without_groups": ROWS})

    others = [
        leave("b", {"without_groups": ROWS | {"of_rows": "99ab"}}),
        leave(
            "c",
            {
                "without_groups": ROWS,
                "score": {"name": "mae", "better": "lower"},
                "val": {"mae": 1},
            },
        ),
    ]

    assert not any(usual.comparable(other) for other in others)


def test_a_run_without_a_score_has_no_standing(leave):
    assert leave("a", {"val": {"r2": None}}) is None
    assert leave("b", {"val": {}}) is None
