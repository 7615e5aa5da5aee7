"""The lines about a run that is over, from values alone."""

import pytest

from nnrun.report.run_lines import show_result
from nnrun.report.screen import Screen

LINEAR = {"linear": {"r2": 0.4}}
FEWER = "          the baselines learnt from the first 10,000 training rows"
SUMMARY = {"test": {"r2": 0.5}, "baselines": {}, "verdict": "well fitted"}


@pytest.fixture
def told():
    """What a function says to the log of a screen."""

    def tell(function, *given):
        lines = []
        function(Screen(lines.append), *given)
        return lines

    return tell


@pytest.mark.parametrize(
    ("baselines", "train_rows", "told_rows"),
    [({}, 10_001, []), (LINEAR, 10_000, []), (LINEAR, 10_001, [FEWER])],
)
def test_a_result_says_where_baselines_learnt_from_fewer_rows(
    baselines, train_rows, told_rows, told
):
    summary = {**SUMMARY, "baselines": baselines}

    _, *lines = told(show_result, summary, ["r2"], train_rows, "outputs/a")

    assert lines == [*told_rows, "verdict   well fitted", "folder    outputs/a"]


def test_another_threshold_is_told_with_the_class_that_is_taken_above_it(told):
    classes = {"accuracy": 0.9, "per_class": {"no": {}, "yes": {}}}
    summary = {**SUMMARY, "test": classes, "threshold": 0.068}

    _, line, *_ = told(show_result, summary, ["accuracy"], 100, "outputs/a")

    assert line == (
        "threshold 'yes' is taken above a probability of 0.0680, found on the validation rows"
    )
