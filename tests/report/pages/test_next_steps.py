"""What a sweep's page advises can be typed as it stands."""

import shlex
from types import SimpleNamespace

import pytest

from nnrun.report.compare import MemberRow
from nnrun.report.pages.sweep_facts import SweepFacts, ToldScore
from nnrun.report.pages.sweep_page import choices_grid, hero_of, next_steps, verdict_of
from nnrun.runs.entries import SWEEP, Entry, Known
from nnrun.runs.epochs import EpochRecord


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

    assert advised(scores) == ["nnrun again sweep/0 -m optimizer.lr=0.01,0.1 seed=1,2"]
    assert advised(scores, "seed=1") == ["nnrun again sweep/0 -m optimizer.lr=0.01,0.1 seed=2,3"]


def test_the_best_few_with_one_seed_are_those_that_one_command_trains(advised):
    def sized(rate, size):
        return ("optimizer.lr", rate), ("training.batch_size", size)

    scores = {(sized(0.01, 32), None): 0.9, (sized(0.1, 32), None): 0.8}

    few = ["nnrun again sweep/0 -m optimizer.lr=0.01,0.1 seed=1,2"]
    assert advised(scores | {(sized(0.1, 64), None): 0.7}) == few
    assert advised({(sized(0.01, 32), None): 0.9, (sized(0.1, 64), None): 0.8}) == []


def test_a_score_that_cannot_be_better_asks_for_no_wider_range(advised):
    better = {0.001: 0.5, 0.01: 0.7, 0.1: 1.0}
    scores = {(lr(v), s): better[v] for v in better for s in (0, 1)}

    assert advised(scores) == []


def test_points_on_landscapes_are_ranked_by_their_steps_and_asked_for_no_seeds(tmp_path):
    lands = [("ravine", "gd"), ("ravine", "adam"), ("saddle", "gd"), ("saddle", "adam")]
    heights = [[5.0, 4.0], [1.0, 1e-9], [1.0, 0.5], [0.5, 1e-9]]
    rows = []
    for member, (surface, optimizer) in enumerate(lands):
        values = {"dataset.surface": surface, "optimizer": optimizer}
        summary = {"val": {"nearness": 1.0 - member / 10}, "val_loss": min(heights[member])}
        score = ToldScore("nearness")
        rows.append(MemberRow(member, str(member), values, "done", score, summary))

    def epochs(member):
        lines = enumerate(heights[member], 1)
        return [EpochRecord(number, 9.0, height, 0, 1, 0) for number, height in lines]

    ledger = SimpleNamespace(epochs=epochs)
    facts = SweepFacts(Entry(tmp_path, "sweep", Known(SWEEP, "done"), None), ledger, rows)

    said = verdict_of(facts)

    assert (said.best, said.sure, said.next) == ("adam", "reached 2 of 2 goals", [])
    assert choices_grid(facts).rows == [["adam", "2", "2"], ["gd", "–", "–"]]
    assert hero_of(facts).told == "of adam to 2 goals"

    heights[:] = [[5.0, 4.0]] * 4
    lost = SweepFacts(facts.entry, ledger, rows)
    assert verdict_of(lost).best == "Nothing: no goal was reached"
    assert hero_of(lost).told == "no goal was reached"


def test_choices_that_are_tied_in_several_settings_are_no_grid(advised):
    one = (("optimizer.lr", 0.01), ("training.batch_size", 32))
    other = (("optimizer.lr", 0.1), ("training.batch_size", 64))
    scores = {(one, 0): 0.7, (one, 1): 0.8, (other, 0): 0.8, (other, 1): 0.7}

    assert advised(scores) == []
