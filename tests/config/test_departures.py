"""How a run differs from the defaults of the options that it chose."""

from dataclasses import replace

from nnrun.config.compose import compose
from nnrun.config.departures import departures


def test_choices_and_settings_differ_and_what_auto_came_to_does_not():
    (job,) = compose(["dataset=iris", "optimizer.lr=0.5", "training.threads=auto"]).jobs
    came_to = {**job.config, "training": {**job.config["training"], "threads": 4}}

    found = departures(replace(job, config=came_to, overrides=["dataset=iris", "optimizer.lr=0.5"]))
    typed = departures(replace(job, config=came_to, overrides=["training.threads=4"]))

    assert [(one.key, one.value) for one in found] == [("dataset", "iris"), ("optimizer.lr", 0.5)]
    assert ("training.threads", 4, "auto") in typed


def test_nothing_is_told_of_options_that_are_not_here():
    (job,) = compose([]).jobs

    assert departures(job) == []
    assert departures(replace(job, choices={"model": "of-somebody-else"})) is None
