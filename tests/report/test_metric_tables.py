"""Metrics as people read them."""

from nnrun import tasks
from nnrun.report.metric_tables import comparison, metric_rows


def test_the_metrics_stand_beside_those_of_the_baselines():
    test, baselines = {"r2": 0.9, "position_error_mm": {"median": 4.0}}, {"constant": {"r2": 0.0}}

    headings, rows = comparison("on the test rows", test, baselines, tasks.headlines_in([test]))

    assert headings == ["on the test rows", "nnrun", "constant"]
    assert rows == [["r2", "0.9000", "0"], ["position_error_mm.median", "4.000", "–"]]
    assert comparison("", test, {}, ["r2", "position_error_mm.median"], 0.0123)[1] == [
        ["r2", "0.9000 ± 0.0123"],
        ["position_error_mm.median", "4.000"],
    ]
    assert metric_rows({"accuracy": 0.5}, ["accuracy"]) == [["accuracy", "0.5000"]]


def test_a_metric_of_which_the_rows_tell_nothing_is_a_dash():
    metrics = {"accuracy": 1.0, "auc": float("nan")}

    assert metric_rows(metrics, ["accuracy", "auc"]) == [["accuracy", "1.000"], ["auc", "–"]]
    _, lines = comparison("test", metrics, {"linear": {"auc": 0.5}}, ["auc"])
    assert lines == [["auc", "–", "0.5000"]]
