"""Problems as values, and the one way in which each is told."""

import pytest

from nnrun.errors import Mistake, Problem, did_you_mean, listing, nearest


@pytest.mark.parametrize(
    ("problem", "line"),
    [
        (Problem("seed", "-1", "expected 0 or more"), "seed=-1: expected 0 or more"),
        (Problem("seed", None, "is missing", "write seed=..."), "seed: is missing; write seed=..."),
        (Problem("seed", "", "is empty"), "seed=: is empty"),
        (Problem("", None, "nothing is left", "lower it"), "nothing is left; lower it"),
        (Problem("seed", "1", "is there", typed="+seed=1"), "+seed=1: is there"),
    ],
)
def test_a_problem_names_the_setting_shows_the_value_and_says_what_would_work(problem, line):
    assert str(problem) == line


@pytest.mark.parametrize(
    ("key", "whole"), [("warmup", "scheduler.warmup"), ("", "scheduler"), ("a.b", "scheduler.a.b")]
)
def test_a_parts_own_key_is_put_under_its_group(key, whole):
    problem = Problem(key, "3", "is too long", "lower it")

    assert problem.under("scheduler") == Problem(whole, "3", "is too long", "lower it")
    assert problem.under("") == problem


def test_a_problem_under_one_choice_names_that_choice():
    problem = Problem("optimizer.eps", None, "unknown key", "known keys: lr")

    assert str(problem.with_choice("optimizer=sgd")) == (
        "optimizer.eps: unknown key with optimizer=sgd; known keys: lr"
    )


def test_a_mistake_holds_all_problems_and_tells_each_in_its_line():
    problems = Problem("seed", "-1", "is low"), Problem("data.csv", None, "not found")

    mistake = Mistake(*problems)

    assert mistake.problems == problems
    assert str(mistake) == "seed=-1: is low\ndata.csv: not found"


@pytest.mark.parametrize(
    ("name", "near"), [("adm", "Adam"), ("SGD", "sgd"), ("zzz", None), ("", None)]
)
def test_the_nearest_name_is_found_whatever_its_case(name, near):
    assert nearest(name, ("Adam", "sgd")) == near


def test_what_begins_so_wins_over_what_is_spelt_almost_so():
    metrics = ("test.mcc", "test.accuracy_by_class", "test.accuracy", "test.auc")

    assert nearest("test.acc", metrics) == "test.accuracy"
    assert nearest("te", ("seed", "tests")) is None  # two letters may begin anything


def test_a_question_is_asked_only_where_there_is_a_name():
    assert did_you_mean("adam") == "did you mean 'adam'?"
    assert did_you_mean(None) == ""


def test_a_list_is_cut_where_a_line_would_burst():
    assert listing("abc") == "a, b, c"
    assert listing("abcd", 2) == "a, b and 2 more"
