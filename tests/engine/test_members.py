"""Members trained together equal members trained alone, to the last bit."""

from math import inf, isnan

import pytest
import torch
from torch import nn

from nnrun.engine.chance import generator
from nnrun.engine.members import bind, layout, row
from nnrun.parts.loss import CrossEntropy, Mae, Mse
from nnrun.parts.model import Linear, Mlp
from nnrun.parts.model.embedding import UNEMBEDDED
from nnrun.parts.model.layers.first_weights import initialise
from nnrun.parts.model.layers.networks import Perceptrons
from nnrun.parts.optimizer import Adam, AdamW, Muon, Sgd
from nnrun.parts.scheduler import Constant, Cosine, Step

MODELS = {
    "plain": Mlp((24, 24), "tanh", "torch", "none", 0.0, 0.1, **UNEMBEDDED),
    "batch norm": Mlp((24, 24), "relu", "kaiming_normal", "batch", 0.0, 0.1, **UNEMBEDDED),
    "layer norm": Mlp((24, 24), "gelu", "xavier_uniform", "layer", 0.0, 0.1, **UNEMBEDDED),
    "dropout": Mlp((24, 24), "relu", "kaiming_uniform", "none", 0.3, 0.1, **UNEMBEDDED),
    "linear": Linear("torch", **UNEMBEDDED),
}
RULES = {
    "adam": lambda lr: Adam(lr, (0.9, 0.999), 1e-8),
    "adamw": lambda lr: AdamW(lr, (0.9, 0.99), 1e-8, weight_decay=lr),
    "sgd": lambda lr: Sgd(lr, 0.0, False),
    "momentum": lambda lr: Sgd(lr, 0.9, False),
    "nesterov": lambda lr: Sgd(lr, 0.9, True),
    "muon": lambda lr: Muon(lr, (0.9, 0.999), 1e-8, momentum=0.8 + lr, rounds=5),
}
LOSSES = {
    "mse": Mse(),
    "mae": Mae(),
    "cross entropy": CrossEntropy(0.0, "none"),
    "smoothed cross entropy": CrossEntropy(0.1, "none"),
}
SCHEDULES = (Constant(), Cosine(1.0, "100%", 0.1), Step("30%", 0.5))


@pytest.fixture
def assorted(member):
    """Members that differ in everything in which members may differ."""

    def make(count, rule="adam", dropout=False):
        return [
            member(
                seed=i,
                rule=RULES[rule]([1e-2, 3e-3, 1e-3, 1e-1][i % 4]),
                schedule=SCHEDULES[i % 3],
                l2=[0.0, 1e-3, 1e-2][i % 3],
                dropout=[0.3, 0.0, 0.5][i % 3] if dropout else 0.0,
                clip_norm=[inf, 0.1, 1.0, 10.0][i % 4],
            )
            for i in range(count)
        ]

    return make


@pytest.fixture
def assert_as_alone(trained, alone):
    def check(cohort):
        """Compare members with themselves alone; of many every seventh, and the last."""
        epochs, state = trained(cohort)
        count = len(cohort.members)
        for m in {*range(0, count, 1 if count < 8 else 7), count - 1}:
            single_epochs, single_state = trained(alone(cohort, m))
            for seen, single in zip(epochs, single_epochs, strict=True):
                for kind in ("train_loss", "val_loss", "score", "lr"):
                    assert getattr(seen, kind)[m] == getattr(single, kind)[0], (m, kind)
            assert torch.equal(state.numbers[m], single_state.numbers[0]), m
            assert torch.equal(state.best[m], single_state.best[0]), m
            assert state.progress[m] == single_state.progress[0]
            assert all(
                torch.equal(a[m], b[0])
                for a, b in zip(state.memory, single_state.memory, strict=True)
            )

    return check


# Together equals alone


# a rule moves numbers, whatever loss their slope is of
PAIRS = [(model, rule, "mse") for model in MODELS for rule in RULES] + [
    (model, "adam", loss) for model in MODELS for loss in ("mae", "cross entropy")
]


@pytest.mark.parametrize(("model", "rule", "loss"), PAIRS)
def test_three_members_together_equal_each_alone(
    model, rule, loss, assorted, cohort, assert_as_alone
):
    members = assorted(3, rule, dropout=model == "dropout")

    together = cohort(members, MODELS[model], LOSSES[loss])

    assert_as_alone(together)


@pytest.mark.parametrize(
    ("model", "rule", "loss"),
    [
        ("plain", "adam", "mse"),
        ("batch norm", "momentum", "cross entropy"),
        ("layer norm", "adamw", "mae"),
        ("dropout", "nesterov", "mse"),
        ("linear", "sgd", "smoothed cross entropy"),
        ("batch norm", "muon", "mse"),
    ],
)
def test_forty_members_together_equal_each_alone(
    model, rule, loss, assorted, cohort, assert_as_alone
):
    members = assorted(40, rule, dropout=model == "dropout")

    together = cohort(members, MODELS[model], LOSSES[loss], epochs=1)

    assert_as_alone(together)


@pytest.mark.parametrize("loss", ["mse", "cross entropy"])
def test_members_with_data_of_their_own_equal_each_alone(loss, assorted, cohort, assert_as_alone):
    together = cohort(assorted(5), loss=LOSSES[loss], sets=3)

    assert_as_alone(together)


def test_members_too_large_for_the_cache_equal_each_alone(assorted, cohort, assert_as_alone):
    model = Mlp(
        (128, 96), "relu", "torch", "none", 0.0, 0.1, **UNEMBEDDED
    )  # 14,000 numbers: the rule takes four members at a time

    assert_as_alone(cohort(assorted(6), model))


SHAPES = {
    "small products": {"batch_size": 8},
    "one row": {"batch_size": 1, "count": 20},
    "one output": {"outputs": 1},
    "one feature": {"features": 1},
    "one feature and one output": {"features": 1, "outputs": 1},
}


@pytest.mark.parametrize(
    ("model", "rule"), [("plain", "adam"), ("linear", "sgd"), ("layer norm", "adam")]
)
@pytest.mark.parametrize("shape", SHAPES)
def test_members_of_any_shape_together_equal_each_alone(
    shape, model, rule, assorted, cohort, assert_as_alone
):
    for count in (3, 40):
        assert_as_alone(cohort(assorted(count, rule), MODELS[model], **SHAPES[shape]))


def test_members_whose_rows_are_gathered_in_several_goes_equal_each_alone(
    assorted, cohort, assert_as_alone
):
    together = cohort(
        assorted(40), count=620, epochs=1
    )  # 20 steps: 13 at a time together, all at once alone

    assert_as_alone(together)


# One member's fate is its own


def test_a_member_whose_loss_is_no_number_does_not_disturb_its_neighbours(
    member, cohort, trained, alone
):
    lost = member(1, Sgd(1e30, 0.0, False))
    together = cohort([member(0, RULES["sgd"](1e-2)), lost, member(2, RULES["sgd"](1e-3))])

    epochs, state = trained(together)

    assert [progress.failed for progress in state.progress] == [False, True, False]
    assert isnan(epochs[-1].val_loss[1])
    for m in (0, 2):
        single_epochs, single_state = trained(alone(together, m))
        assert [seen.val_loss[m] for seen in epochs] == [seen.val_loss[0] for seen in single_epochs]
        assert torch.equal(state.numbers[m], single_state.numbers[0])
        assert torch.equal(state.best[m], single_state.best[0])


def test_a_member_that_fails_keeps_its_first_weights_as_its_best(member, cohort, trained):
    together = cohort([member(0), member(1, Adam(1e30, (0.9, 0.999), 1e-8))])
    first = row(together.networks[1], layout(together.networks[1]))

    _, state = trained(together)

    assert [progress.best_epoch for progress in state.progress] == [2, 0]
    assert torch.equal(state.best[1], first)


def test_a_member_that_stops_early_neither_changes_its_best_nor_disturbs_its_neighbour(
    member, cohort, trained, alone
):
    restless = member(
        1, patience=2, min_delta=1e9, epochs=6
    )  # nothing counts as an improvement but the first epoch
    together = cohort([member(0, epochs=6), restless], epochs=6)

    epochs, state = trained(together)

    for m, stopped in ((0, 6), (1, 3)):
        single_epochs, single_state = trained(alone(together, m))
        assert len(single_epochs) == stopped
        assert [seen.active[m] for seen in epochs] == [True] * stopped + [False] * (6 - stopped)
        assert [seen.val_loss[m] for seen in epochs[:stopped]] == [
            seen.val_loss[0] for seen in single_epochs
        ]
        assert torch.equal(state.best[m], single_state.best[0])
    assert torch.equal(state.numbers[0], trained(alone(together, 0))[1].numbers[0])
    assert [progress.best_epoch for progress in state.progress] == [6, 3]


# The matrix


def network(norm="batch"):
    return initialise(Perceptrons([3, 5, 2], "relu", norm), "torch", 1.0, generator(0, "init"))


def test_a_row_holds_weights_then_biases_and_norms_then_statistics():
    where = layout(network())

    assert list(where.shapes) == [
        "linears.0.weight",
        "linears.1.weight",
        "linears.1.bias",
        "norms.0.weight",
        "norms.0.bias",
        "norms.0.mean",
        "norms.0.variance",
    ]
    assert (where.weights, where.learnt, where.total) == (25, 37, 47)
    assert where.learnt_names() == list(where.shapes)[:5]


def test_without_norms_everything_is_learnt():
    where = layout(network("none"))

    assert where.learnt == where.total == 32
    assert where.learnt_names() == list(where.shapes)


@pytest.mark.parametrize("members", [1, 3])
def test_a_bound_network_and_the_matrix_are_the_same_numbers(members):
    net = network()
    where = layout(net)
    numbers = torch.stack([row(net, where) + i for i in range(members)])

    bind(net, where, numbers)
    numbers.fill_(7)
    net.norms[0].mean.fill_(9)

    lead = () if members == 1 else (members,)
    assert net.linears[0].weight.shape == (*lead, 5, 3)
    assert all((parameter == 7).all() for parameter in net.parameters())
    assert (where.views(numbers)["norms.0.mean"] == 9).all()
    assert isinstance(net.linears[0].weight, nn.Parameter)


def test_the_views_of_a_row_are_the_networks_tensors():
    net = network()
    where = layout(net)

    views = where.views(row(net, where)[None])

    for name, tensor in net.state_dict().items():
        assert torch.equal(views[name], tensor)
