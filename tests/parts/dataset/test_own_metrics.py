"""Metrics of a data set's own are the same after JSON; a data set without any adds none."""

import json

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from nnrun.arm.kinematics import forward
from nnrun.parts.dataset import Arkoma, Iris, Landscape
from nnrun.parts.dataset.arm_metrics import ArmMetrics
from nnrun.parts.dataset.own_metrics import own_metrics_from_plain, own_metrics_plain


@pytest.mark.parametrize(
    ("dataset", "plain"),
    [
        (Arkoma("left", 100, 0.1, 0, None, "vector"), {"kind": "ArmMetrics", "arm": "left"}),
        (Landscape("saddle"), {"kind": "GoalMetrics", "surface": "saddle"}),
        (Iris(), None),
    ],
)
def test_own_metrics_are_the_same_after_json(dataset, plain):
    metrics = dataset.own_metrics()

    written = json.loads(json.dumps(own_metrics_plain(metrics)))

    assert written == plain
    assert own_metrics_from_plain(written) == metrics


def test_a_data_set_without_own_metrics_adds_none_and_misses_nothing():
    metrics, cells = Iris().own_metrics(), np.ones((3, 4))

    assert metrics.asked(cells, cells) is cells
    assert metrics(cells, cells, cells) == {}
    assert metrics.misses(cells, cells) is None


def test_an_arm_misses_by_the_way_from_the_hand_to_its_place():
    joints = Arkoma("right", 50, 0.1, 0, None, "vector").load().targets
    places = forward(joints, "right")[:, :3, 3]
    cells = np.hstack([places + [3, 0, 4], np.zeros((50, 3))])

    errors, goals = ArmMetrics("right").misses(cells, np.hstack([joints, np.ones((50, 5))]))

    assert_allclose(errors, 5)
    assert_array_equal(goals, cells[:, :3])
