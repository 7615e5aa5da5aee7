"""What a person sees when a run is over."""

from __future__ import annotations

from collections.abc import Sequence

from nnrun.report.baselines import MOST
from nnrun.report.metric_tables import ROWS, comparison
from nnrun.report.numbers import count, number
from nnrun.report.screen import Screen
from nnrun.runs.summary import judged_by, metric_at

MEANS = "above are means over folds; the verdict takes the new rows of all folds as one set"
MIDDLE = 0.5  # the threshold of the likelier of two classes


def show_result(
    screen: Screen, summary: dict, headlines: Sequence[str], train_rows: int, folder: str
) -> None:
    """Tell what a run came to, and where it lies."""
    part = judged_by(summary)
    title = "out of fold" if "out_of_fold" in summary else f"on the {ROWS[part]}"
    error = summary.get("standard_error", {}).get(part)
    own, simple = summary[part], summary["baselines"]
    screen.table(*comparison(title, own, simple, headlines, error))
    if "out_of_fold" in summary:
        screen.pair("folds", over_folds(summary["out_of_fold"], summary["score"]["name"]))
        screen.pair("", MEANS)
    if summary["baselines"] and train_rows > MOST:
        screen.pair("", f"the baselines learnt from the first {MOST:,} training rows")
    show_found(screen, summary, headlines)
    screen.pair("verdict", summary["verdict"])
    screen.pair("folder", folder)


def show_found(screen: Screen, summary: dict, headlines: Sequence[str]) -> None:
    """Tell what was found beside the metrics: a threshold, a temperature, intervals, more tests."""
    part = judged_by(summary)
    if summary.get("threshold", MIDDLE) != MIDDLE:
        _, second = summary[part]["per_class"]
        told = f"{number(summary['threshold'])}, found on the validation rows"
        screen.pair("threshold", f"'{second}' is taken above a probability of {told}")
    if "calibration" in summary:
        screen.pair("certainty", calibration(summary["calibration"], part))
    if "interval_90" in summary:
        screen.pair("interval", interval(summary["interval_90"]))
    for name, told in summary.get("tests", {}).items():
        screen.pair(name, tested(told, headlines))


def calibration(told: dict, part: str) -> str:
    """Write by which temperature probabilities changed, and what that came to."""
    changes = [
        f"{metric} {number(before)} to {number(after)}"
        for metric, (before, after) in told[part].items()
    ]
    found = f"temperature {number(told['temperature'])}, found on the validation rows"
    return f"{found}: {', '.join(changes)} on the {ROWS[part]}"


def interval(told: dict) -> str:
    """Write how many of the test rows lie in their interval of 90 %, and how wide that is."""
    each = told["per_target"]
    shares = [one["coverage"] for one in each.values()]
    text = f"that of 90 % holds {number(told['coverage'])} of the test rows"
    if len(each) > 1:
        return f"{text}, target by target {number(min(shares))} to {number(max(shares))}"
    widths = [one["width"] for one in each.values() if "width" in one]
    return f"{text}, and is {number(widths[0])} wide on average" if widths else text


def tested(told: dict, headlines: Sequence[str]) -> str:
    """Write the score of a test of its own, and the first two metrics of the data set's own."""
    score, *others = headlines
    own = [path for path in others if "." in path][:2]
    metrics = [f"{path} {number(metric_at(told, path))}" for path in (score, *own)]
    return f"{', '.join(metrics)} on {told['rows']:,} {told['of']}"


def over_folds(told: dict, score: str) -> str:
    """Write how the score differs from fold to fold, and what that allows to say of its mean."""
    folds = count(told["folds"], "fold")
    if told["repeats"] > 1:
        folds = f"{told['repeats']} times {folds}"
    deviation = f"the deviation of {score} is {number(told['deviation'])} over {folds}"
    interval = f"95 % of its mean {number(told['low'])} to {number(told['high'])}"
    return f"{deviation}; {interval}, and ± above its error, as they learn from rows in common"
