"""The score that is watched on the device is the one that summary.json tells at the end."""

import pytest
import torch

from nnrun import tasks
from nnrun.bundle import metrics

NAMES = ("a", "b", "c", "d")
r2, accuracy, nearness = (
    tasks.of(name).usual_score for name in ("regression", "classification", "landscape")
)


@pytest.mark.parametrize("seed", range(4))
def test_the_score_of_numbers_is_the_r2_told_at_the_end(seed):
    stream = torch.Generator().manual_seed(seed)
    true, said = (
        torch.randn(3, 50, 4, generator=stream) * torch.tensor([1, 10, 0.1, 1]) for _ in range(2)
    )

    found = r2(said, true)

    for m in range(3):
        expected = metrics.regression(true[m].numpy(), said[m].numpy(), NAMES)["r2"]
        assert found[m].item() == pytest.approx(expected, rel=1e-5)
        assert r2(said[m], true[m]).item() == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("seed", range(4))
def test_the_score_of_classes_is_the_accuracy_told_at_the_end(seed):
    stream = torch.Generator().manual_seed(seed)
    said = torch.randn(3, 50, 4, generator=stream)
    labels = torch.randint(0, 4, (3, 50), generator=stream)

    found = accuracy(said, labels)

    for m in range(3):
        expected = metrics.classification(labels[m].numpy(), said[m].softmax(-1).numpy(), NAMES)[
            "accuracy"
        ]
        assert found[m].item() == pytest.approx(expected)
        assert accuracy(said[m], labels[m]).item() == pytest.approx(expected)


@pytest.mark.parametrize(("value", "missed"), [(1.0, 0.0), (1.0, 1.0), (0.1, 0.0), (0.1, 1.0)])
def test_the_score_of_a_constant_target_is_the_r2_told_at_the_end(value, missed):
    true = torch.full((37, 1), value)

    found = r2(true + missed, true)

    assert found.item() == metrics.regression(true.numpy(), true.numpy() + missed, ("a",))["r2"]


def test_nearness_is_1_at_the_goal_and_halves_at_a_distance_of_1():
    goals = torch.zeros(4, 1, 2)
    points = torch.tensor([[[0.0, 0.0]], [[0.6, 0.8]], [[3.0, 0.0]], [[1e30, 0.0]]])

    assert nearness(points, goals).tolist() == pytest.approx([1, 0.5, 0.25, 0])
