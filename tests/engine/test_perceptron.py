"""The perceptron follows Rosenblatt's rule, row by row."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from nnrun.engine.chance import order
from nnrun.parts import loss, model
from nnrun.parts.optimizer import Sgd


def by_hand(x, y, classes, orders):
    """Weights and biases after the rows in their orders, and how many were mistaken for another class."""
    weights, biases, mistakes = (
        np.zeros((classes, x.shape[1]), np.float32),
        np.zeros(classes, np.float32),
        0,
    )
    for row in orders:
        scores = weights @ x[row] + biases
        lead = scores[y[row]]
        scores[y[row]] = -np.inf
        winner = scores.argmax()
        if scores[winner] >= lead:
            weights[y[row]] += x[row]
            biases[y[row]] += 1
            weights[winner] -= x[row]
            biases[winner] -= 1
            mistakes += 1
    return weights, biases, mistakes


@pytest.fixture
def perceptron(cohort, member, trained):
    """Train on single rows whose classes planes through zero separate; gives rows, epochs and the last state."""

    def train(classes, epochs):
        plain = Sgd(lr=1.0, momentum=0.0, nesterov=False)
        made = cohort(
            [member(rule=plain)],
            model.Perceptron(),
            loss.Perceptron(),
            outputs=classes,
            batch_size=1,
        )
        planes = torch.randn(
            made.train.x.shape[1], classes, generator=torch.Generator().manual_seed(5)
        )
        separable = replace(made.train, y=(made.train.x @ planes).argmax(1))
        return separable, *trained(replace(made, train=separable, epochs=epochs))

    return train


def test_in_steps_of_one_row_a_perceptron_is_corrected_by_its_mistakes_alone(perceptron):
    rows, epochs, state = perceptron(classes=4, epochs=5)

    orders = torch.cat([order((0,), epoch, rows.count)[0] for epoch in range(len(epochs))])
    weights, biases, mistakes = by_hand(rows.x.numpy(), rows.y.numpy(), 4, orders.tolist())
    (learnt,) = state.network.linears
    assert 30 < mistakes < len(orders) / 2
    assert (learnt.weight.detach().numpy() == weights).all()
    assert (learnt.bias.detach().numpy() == biases).all()


@pytest.mark.parametrize("classes", [2, 4])
def test_rows_that_planes_separate_are_learnt_without_a_mistake_left(classes, perceptron):
    _, epochs, _ = perceptron(classes, epochs=60)

    assert epochs[0].train_loss[0] > 0
    assert epochs[-1].train_loss[0] == 0
