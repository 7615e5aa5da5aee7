"""What the tasks decide differently."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from scipy.stats import mannwhitneyu
from sklearn.metrics import accuracy_score, r2_score

from nnrun import tasks
from nnrun.parts.dataset.data import Column, Data
from nnrun.parts.interface import Loss, OwnMetrics
from nnrun.tasks import TASKS

NUMBERS = Data(
    "",
    (Column("x"),),
    np.zeros((3, 1)),
    target_names=("a", "b"),
    targets=np.arange(6.0).reshape(3, 2),
)
CLASSES = Data(
    "",
    (Column("x"),),
    np.zeros((3, 1)),
    target_names=("kind",),
    targets=np.array([1, 0, 1]),
    classes=("in", "out, or so"),
    task="classification",
)
MAP = Data(
    "",
    (Column("x"), Column("y")),
    np.array([[1.0, 2.0]]),
    ("x", "y"),
    np.zeros((1, 2)),
    task="landscape",
)


def test_a_task_is_looked_up_by_the_name_that_data_have():
    looked_up = [tasks.of(data.task) for data in (MAP, NUMBERS, CLASSES)]

    assert looked_up == list(TASKS.values())


@pytest.mark.parametrize("name", TASKS)
def test_the_usual_score_is_the_first_of_those_that_rank_and_a_headline(name):
    task = tasks.of(name)

    usual, *_ = task.scores(Loss(), OwnMetrics())

    assert usual.name == task.usual == task.headlines[0]
    assert usual.better == 1


def test_headlines_keep_their_order_and_those_that_nobody_has_are_left_out():
    numbers = {"position_error_mm": {"median": 1.0}, "mae": 2.0, "r2": 0.5}

    assert tasks.headlines_in([{"accuracy": 0.5}, numbers]) == [
        "r2",
        "mae",
        "accuracy",
        "position_error_mm.median",
    ]
    assert tasks.headlines_in([{}]) == []


ROWS = np.arange(3)


@pytest.mark.parametrize(
    ("data", "score"), [(NUMBERS, r2_score), (CLASSES, accuracy_score)], ids=["numbers", "classes"]
)
def test_what_is_missed_of_rows_is_what_the_score_lacks(data, score):
    task, rng = tasks.of(data.task), np.random.default_rng(0)
    predicted = rng.random((3, 2))
    told = predicted.argmax(1) if data.classes else predicted

    missed = task.misses(data, ROWS, predicted)

    assert missed.shape == (3,)
    assert 1 - missed.mean() == pytest.approx(score(data.targets, told))


def test_one_answer_for_all_rows_is_worth_nothing_or_the_largest_class():
    for data, score in ((NUMBERS, 0), (CLASSES, 2 / 3)):
        task = tasks.of(data.task)
        answer = task.constant_answer(data, ROWS)
        missed = task.misses(data, ROWS, np.repeat(answer[None], 3, 0))
        assert 1 - missed.mean() == pytest.approx(score)


def test_classes_are_ranked_as_far_above_chance_as_the_rank_sum_says():
    rng = np.random.default_rng(0)
    labels = (rng.random(60) < 0.3).astype(int)
    sure = np.round(rng.random(60) + 0.3 * labels, 1)  # with ties
    data = replace(CLASSES, inputs=np.zeros((60, 1)), targets=labels)
    above, below = sure[labels == 1], sure[labels == 0]
    area = mannwhitneyu(above, below).statistic / (len(above) * len(below))

    told = tasks.of("classification").ranking(
        data, np.arange(60), np.column_stack([1 - sure, sure])
    )

    error = np.sqrt(61 / (12 * len(above) * len(below)))
    assert told == pytest.approx((area - 0.5) / error)


def test_numbers_and_their_deviations_have_a_column_each():
    predicted = np.ones((3, 4))

    about = SimpleNamespace(target_names="ab", deviation_names=["deviation_a", "deviation_b"])
    columns = tasks.of("regression").predicted_columns(about, predicted)

    assert list(columns) == ["predicted_a", "predicted_b", "deviation_a", "deviation_b"]


@pytest.mark.parametrize(
    ("threshold", "expected"), [(0.5, ["in", "out", "in"]), (0.3, ["in", "out", "out"])]
)
def test_a_class_is_named_before_the_probabilities_of_all(threshold, expected):
    predicted = np.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4]])

    names = [f"p({name})" for name in CLASSES.classes]
    about = SimpleNamespace(classes=CLASSES.classes, threshold=threshold, probability_names=names)
    columns = tasks.of("classification").predicted_columns(about, predicted)

    assert list(columns) == ["predicted", "p(in)", "p(out, or so)"]
    assert [name.strip('"').partition(",")[0] for name in columns["predicted"]] == expected


def test_only_a_point_moves_and_races():
    moving = {name for name, task in TASKS.items() if task.race}
    learnt = torch.tensor([0.5, -0.5])

    assert moving == {"landscape"}
    assert tasks.of("landscape").place_names(MAP) == ("x", "y")
    assert tasks.of("landscape").place(MAP, learnt) == (1.5, 1.5)
    assert tasks.of("regression").place(NUMBERS, learnt) == ()


def test_only_numbers_have_a_scaling_that_does_something():
    without = {name: list(task.without_effect()) for name, task in TASKS.items()}

    assert without == {
        "landscape": [],
        "regression": [],
        "classification": ["dataset.scale.targets"],
    }
