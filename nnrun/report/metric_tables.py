"""Metrics as tables show them: the headlines, as numbers at the length that people read."""

from collections.abc import Sequence
from math import isnan

from nnrun.report.numbers import number, within
from nnrun.runs.summary import metric_at

Lines = list[list[str]]
Table = tuple[list[str], Lines]  # headings, and below them what stands in each line
ROWS = {"train": "training rows", "val": "validation rows", "test": "test rows"}


def metric_rows(metrics: dict, paths: Sequence[str]) -> Lines:
    """Make a row of each metric that the paths name."""
    return [[path, number(known(metrics, path))] for path in paths]


def known(metrics: dict, path: str) -> float | None:
    """Find a metric; None, as in files, where its rows tell nothing: an AUC of one class alone."""
    value = metric_at(metrics, path)
    return None if value is None or isnan(value) else value


def comparison(
    title: str,
    own: dict,
    baselines: dict[str, dict],
    paths: Sequence[str],
    error: float | None = None,
) -> Table:
    """Put a run's metrics beside those of the baselines: headings and rows.

    The first path is the score, whose standard error is told where it is known.
    """
    columns = {"nnrun": own, **baselines}
    rows = [
        [path, *(number(known(metrics, path)) for metrics in columns.values())] for path in paths
    ]
    if rows and error is not None:
        rows[0][1] = within(metric_at(own, paths[0]), error)
    return [title, *columns], rows
