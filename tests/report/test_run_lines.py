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


@pytest.mark.parametrize(
    ("each", "text"),
    [
        ([{"coverage": 0.9, "width": 2.5}], ", and is 2.500 wide on average"),
        ([{"coverage": 0.9}], ""),
        ([{"coverage": 0.8}, {"coverage": 1.0}], ", target by target 0.8000 to 1.000"),
    ],
)
def test_an_interval_is_told_with_what_it_holds_and_how_wide_it_is(each, text, told):
    held = {"coverage": 0.9, "per_target": dict(enumerate(each))}

    _, line, *_ = told(show_result, {**SUMMARY, "interval_90": held}, ["r2"], 100, "outputs/a")

    assert line == f"interval  that of 90 % holds 0.9000 of the test rows{text}"
