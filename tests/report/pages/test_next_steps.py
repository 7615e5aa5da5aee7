"""What a sweep's page advises can be typed as it stands."""

import shlex

import pytest

from nnrun.report.compare import MemberRow
from nnrun.report.pages.sweep_facts import SweepFacts, ToldScore
from nnrun.report.pages.sweep_page import next_steps
from nnrun.runs.entries import SWEEP, Entry, Known


def members(scores):
    """Make a member for each choice and seed, whose score on new rows is given."""
    for place, ((choice, seed), score) in enumerate(scores.items()):
        values = dict(choice) | ({} if seed is None else {"seed": seed})
        measured = {"r2": score, "loss": 1 - score}
        rows = {"train": 60, "val": 20, "test": 20}
        summary = {"val": measured, "test": measured, "best_epoch": 1, "rows": rows}
        yield MemberRow(place, str(place), values, "done", ToldScore("r2"), summary)


@pytest.fixture
def advised(tmp_path, monkeypatch):
    """Give the commands that are advised after such scores."""
    monkeypatch.chdir(tmp_path)

    def commands(scores, *typed):
        entry = Entry(tmp_path, "sweep", Known(SWEEP, "done", typed=typed), None)
        facts = SweepFacts(entry, None, list(members(scores)))
        return [step.command for step in next_steps(facts) if step.command]

    return commands


def lr(value):
    return (("optimizer.lr", value),)


def test_beyond_an_edge_lie_the_same_seeds(advised):
    better = {0.001: 0.5, 0.01: 0.7, 0.1: 0.9}
    luck = (0.0, 0.01)
    scores = {(lr(v), s): better[v] + luck[s] for v in better for s in (0, 1)}

    assert advised(scores) == ["nnrun again sweep/5 -m optimizer.lr=1 seed=0,1"]


def test_choices_that_are_tied_in_one_setting_get_seeds_that_none_had(advised):
    luck = {0.01: (0.70, 0.80, 0.75), 0.1: (0.79, 0.69, 0.76), 1.0: (0.1, 0.1, 0.2)}
    scores = {(lr(v), s): luck[v][s] for v in luck for s in (0, 1, 2)}

    (command,) = advised(scores)

    assert shlex.split(command)[3:] == ["-m", "optimizer.lr=0.01,0.1", "seed=3,4,5"]


def test_one_seed_alone_gets_others_around_the_best(advised):
    scores = {(lr(v), None): score for v, score in ((0.01, 0.7), (0.1, 0.6))}

    assert advised(scores) == ["nnrun again sweep/0 -m seed=1,2"]
    assert advised(scores, "seed=1") == ["nnrun again sweep/0 -m seed=2,3"]


def test_choices_that_are_tied_in_several_settings_are_no_grid(advised):
    one = (("optimizer.lr", 0.01), ("training.batch_size", 32))
    other = (("optimizer.lr", 0.1), ("training.batch_size", 64))
    scores = {(one, 0): 0.7, (one, 1): 0.8, (other, 0): 0.8, (other, 1): 0.7}

    assert advised(scores) == []
