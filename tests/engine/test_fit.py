"""The loop equals one written by hand in plain PyTorch, and can be left and taken up again."""

from copy import deepcopy
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from nnrun.engine.assess import outputs
from nnrun.engine.chance import generator, order
from nnrun.engine.cohort import Rows
from nnrun.engine.feed import Feed
from nnrun.engine.fit import fit
from nnrun.engine.members import NARROW
from nnrun.engine.state import begin, bound
from nnrun.parts.loss import CrossEntropy
from nnrun.parts.model import Linear, Mlp
from nnrun.parts.model.embedding import UNEMBEDDED
from nnrun.parts.optimizer import Adam, AdamW, Lbfgs, Sgd, Torch
from nnrun.parts.regularisation.mechanisms import share_of_epochs
from nnrun.parts.scheduler import Cosine
from nnrun.parts.scheduler.durations import Clock

ROWS = 140  # of a cohort's training
BETAS = (0.9, 0.999)
PLAIN = {"foreach": False, "fused": False}
RULES = {  # a rule, and torch's own for lists of weights and biases
    "adam": (Adam(1e-2, BETAS, 1e-8), lambda w, b: torch.optim.Adam(w + b, 1e-2, **PLAIN)),
    "adamw": (
        AdamW(1e-2, BETAS, 1e-8, 0.1),
        lambda w, b: torch.optim.AdamW(decayed(w, b), 1e-2, **PLAIN),
    ),
    "sgd": (Sgd(1e-2, 0.0, False), lambda w, b: torch.optim.SGD(w + b, 1e-2, **PLAIN)),
    "momentum": (Sgd(1e-2, 0.9, False), lambda w, b: torch.optim.SGD(w + b, 1e-2, 0.9, **PLAIN)),
    "nesterov": (
        Sgd(1e-2, 0.9, True),
        lambda w, b: torch.optim.SGD(w + b, 1e-2, 0.9, nesterov=True, **PLAIN),
    ),
}


def decayed(weights, biases):
    return [{"params": weights, "weight_decay": 0.1}, {"params": biases, "weight_decay": 0.0}]


def as_plain_torch(cohort):
    """The network of a cohort of one as torch.nn would write it, with the same first weights."""
    layers = []
    for linear in cohort.networks[0].linears:
        layer = nn.Linear(linear.weight.shape[1], linear.weight.shape[0])
        layer.load_state_dict(linear.state_dict())
        layers += [layer, nn.Tanh()]
    return nn.Sequential(*layers[:-1])


def lying_as_ours(network):
    """Wide weights transposed in memory: what lies the other way, some processors multiply by another kernel."""
    for layer in network:
        if isinstance(layer, nn.Linear) and layer.out_features >= NARROW:
            layer.weight = nn.Parameter(layer.weight.detach().T.contiguous().T)
    return network


def by_hand(cohort, optimizer_of, loss_of, rate=lambda step: 1.0, l2=0.0, clip_norm=None):
    """Two epochs as one writes them without nnrun; gives the losses of training and validation, and the network."""
    network, x, y = lying_as_ours(as_plain_torch(cohort)), cohort.train.x, cohort.train.y
    weights = [p for p in network.parameters() if p.dim() > 1]
    optimizer = optimizer_of(weights, [p for p in network.parameters() if p.dim() == 1])
    seed, lr, done, losses = cohort.members[0].seed, optimizer.param_groups[0]["lr"], 0, []
    for epoch in range(cohort.epochs):
        total = 0.0
        for batch in order((seed,), epoch, len(x))[0].split(cohort.batch_size):
            for group in optimizer.param_groups:
                group["lr"] = lr * rate(done)
            optimizer.zero_grad()
            loss = loss_of(network(x[batch]), y[batch])
            total += loss.item() * len(batch)
            (loss + l2 * sum(w.square().sum() for w in weights) if l2 else loss).backward()
            if clip_norm:
                nn.utils.clip_grad_norm_(network.parameters(), clip_norm, foreach=False)
            optimizer.step()
            done += 1
        with torch.no_grad():
            losses.append((total / len(x), loss_of(network(cohort.val.x), cohort.val.y).item()))
    return losses, network


def compared(cohort, trained, *by_hand_with, **options):
    """The training by nnrun beside the one by hand: losses, and each linear layer's tensors."""
    epochs, state = trained(cohort)
    losses, network = by_hand(cohort, *by_hand_with, **options)
    ours = [(seen.train_loss[0], seen.val_loss[0]) for seen in epochs]
    layers = [layer for layer in network if isinstance(layer, nn.Linear)]
    pairs = [
        (getattr(linear, name), getattr(layer, name))
        for linear, layer in zip(state.network.linears, layers, strict=True)
        for name in ("weight", "bias")
    ]
    return ours, losses, pairs


# The oracle


@pytest.mark.parametrize(
    "model",
    [Mlp((24, 24), "tanh", "torch", "none", 0.0, 0.1, **UNEMBEDDED), Linear("torch", **UNEMBEDDED)],
    ids=["mlp", "linear"],
)
@pytest.mark.parametrize("rule", RULES)
def test_training_equals_a_loop_written_by_hand_bit_for_bit(rule, model, cohort, member, trained):
    nnruns, torchs = RULES[rule]
    given = cohort([member(7, nnruns)], model)

    ours, losses, pairs = compared(given, trained, torchs, F.mse_loss)

    for tensor, expected in pairs:
        assert torch.equal(tensor, expected)
    assert ours == [pytest.approx(pair, rel=1e-6) for pair in losses]


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("RAdam", {"eps": 1e-6}),
        ("Adamax", {}),
        ("SGD", {"momentum": 0.9, "nesterov": True}),
        ("Adafactor", {}),
    ],
)
def test_optimizers_of_torch_train_as_in_a_loop_written_by_hand(
    name, arguments, cohort, member, trained
):
    lr = 2**-7  # a float32 as it stands
    given = cohort([member(7, Torch(name, lr, arguments))])

    ours, losses, pairs = compared(given, trained, lambda w, b: getattr(torch.optim, name)(w + b, lr, **arguments),
                                   F.mse_loss)  # fmt: skip

    for tensor, expected in pairs:
        torch.testing.assert_close(tensor, expected, rtol=0, atol=1e-7)
    assert ours == [pytest.approx(pair, rel=1e-6) for pair in losses]


def test_lbfgs_steps_as_torchs_from_all_rows(cohort, member, trained):
    given = cohort([member(7, Lbfgs(1.0, 5, 4, "strong_wolfe"))], batch_size=ROWS)

    epochs, _ = trained(given)

    network, x, y = as_plain_torch(given), given.train.x, given.train.y
    optimizer = torch.optim.LBFGS(
        network.parameters(), 1.0, 5, history_size=4, line_search_fn="strong_wolfe"
    )

    def slope():
        optimizer.zero_grad()
        loss = F.mse_loss(network(x), y)
        loss.backward()
        return loss

    for seen in epochs:
        assert seen.train_loss[0] == pytest.approx(optimizer.step(slope).item(), rel=1e-4)
        assert seen.val_loss[0] == pytest.approx(
            F.mse_loss(network(given.val.x), given.val.y).item(), rel=1e-4
        )


def test_a_search_along_a_line_compares_heights_that_hold_the_penalties(cohort, member, trained):
    ridge, all_rows = 0.05, {"batch_size": ROWS, "epochs": 30}
    given = cohort(
        [member(7, Lbfgs(1.0, 20, 10, "strong_wolfe"), l2=ridge)],
        Linear("torch", **UNEMBEDDED),
        **all_rows,
    )

    numbers = trained(given)[1].numbers

    def height(matrix):
        weight, bias = begin(given).layout.views(matrix).values()
        return (
            F.mse_loss(given.train.x @ weight.T + bias, given.train.y)
            + ridge * weight.square().sum()
        )

    x, y = given.train.x.double(), given.train.y.double()
    centred, wanted = x - x.mean(0), y - y.mean(0)
    share = ridge * y.numel()  # of mse, which is a mean over all numbers
    best = torch.linalg.solve(
        centred.T @ centred + share * torch.eye(x.shape[1]).double(), centred.T @ wanted
    )
    reached = begin(given).layout.views(numbers)["linears.0.weight"].double().T
    torch.testing.assert_close(reached, best, rtol=1e-3, atol=1e-4)
    assert height(numbers) < height(begin(given).numbers)


@pytest.mark.parametrize("rule", [Torch("RAdam", 2**-7, {}), Lbfgs(1.0, 5, 4, "strong_wolfe")])
def test_penalties_and_limits_reach_the_optimizers_of_torch(rule, cohort, member, trained):
    rows = {"batch_size": ROWS} if isinstance(rule, Lbfgs) else {}
    free = trained(cohort([member(7, rule)], **rows))[1]

    for setting in (
        {"l2": 0.1},
        {"clip_norm": 1e-3},
        {"weight_decay": 0.5},
        {"max_norm": 0.4},
        {"gradient_noise": 0.1},
    ):
        changed = trained(cohort([member(7, rule, **setting)], **rows))[1]
        assert not torch.equal(changed.numbers, free.numbers), setting


def test_training_on_classes_equals_a_loop_written_by_hand(cohort, member, trained):
    nnruns, torchs = RULES["adam"]
    given = cohort([member(7, nnruns)], loss=CrossEntropy(0.1, "none"))

    ours, losses, pairs = compared(
        given, trained, torchs, lambda x, y: F.cross_entropy(x, y, label_smoothing=0.1)
    )

    for tensor, expected in pairs:
        torch.testing.assert_close(tensor, expected, rtol=0, atol=1e-6)
    assert [train for train, _ in ours] == [pytest.approx(train, rel=1e-6) for train, _ in losses]


@pytest.mark.parametrize("rule", RULES)
def test_a_schedule_moves_the_learning_rate_as_by_hand(rule, cohort, member, trained):
    nnruns, torchs = RULES[rule]
    given = cohort([member(7, nnruns, Cosine("3 steps", "100%", 0.01))])

    _, _, pairs = compared(
        given, trained, torchs, F.mse_loss, rate=lambda step: float(given.members[0].rate(step))
    )

    for tensor, expected in pairs:
        assert torch.equal(tensor, expected)


@pytest.mark.parametrize("rule", RULES)
def test_a_penalty_on_weights_equals_its_autograd(rule, cohort, member, trained):
    nnruns, torchs = RULES[rule]
    given = cohort([member(7, nnruns, l2=1e-2)])

    ours, losses, pairs = compared(given, trained, torchs, F.mse_loss, l2=1e-2)

    for tensor, expected in pairs:
        torch.testing.assert_close(tensor, expected, rtol=0, atol=1e-6)
    assert ours == [pytest.approx(pair, rel=1e-5) for pair in losses]


@pytest.mark.parametrize("rule", RULES)
def test_a_limit_on_the_gradient_equals_clip_grad_norm(rule, cohort, member, trained):
    nnruns, torchs = RULES[rule]
    given = cohort([member(7, nnruns, clip_norm=0.05)])

    ours, losses, pairs = compared(given, trained, torchs, F.mse_loss, clip_norm=0.05)

    for tensor, expected in pairs:
        torch.testing.assert_close(tensor, expected, rtol=0, atol=1e-6)
    assert ours == [pytest.approx(pair, rel=1e-5) for pair in losses]


# The course of epochs


def test_leaving_after_an_epoch_and_going_on_equals_going_through(cohort, member, trained):
    given = cohort(
        [member(i, AdamW(1e-2, BETAS, 1e-8, 0.1), dropout=0.2 * i) for i in range(2)], epochs=4
    )
    through_epochs, through = trained(given)

    copy = replace(given, networks=deepcopy(given.networks))
    state = begin(copy)
    seen = [next(fit(copy, state)) for _ in range(4)]

    assert [epoch.val_loss for epoch in seen] == [epoch.val_loss for epoch in through_epochs]
    assert [epoch.train_loss for epoch in seen] == [epoch.train_loss for epoch in through_epochs]
    assert torch.equal(state.numbers, through.numbers)
    assert torch.equal(state.best, through.best)
    assert list(fit(copy, state)) == []


def test_training_twice_gives_the_same_bits(cohort, member, trained):
    given = cohort([member(3, dropout=0.4, l2=1e-3, clip_norm=1.0)])

    first, second = trained(given), trained(given)

    assert torch.equal(first[1].numbers, second[1].numbers)
    assert [seen.train_loss for seen in first[0]] == [seen.train_loss for seen in second[0]]


def test_epochs_count_from_one_and_name_the_rate_of_their_last_step(cohort, member, trained):
    given = cohort([member(0, schedule=Cosine("2 steps", "100%", 0.0), epochs=3)], epochs=3)

    epochs, _ = trained(given)

    assert [seen.number for seen in epochs] == [1, 2, 3]
    assert [seen.lr[0] for seen in epochs] == [
        0.01 * float(given.members[0].rate(step)) for step in (4, 9, 14)
    ]
    assert all(seen.seconds > 0 for seen in epochs)


def test_training_ends_when_no_member_is_left(cohort, member, trained):
    given = cohort([member(i, patience=i + 1, min_delta=1e9) for i in range(2)], epochs=9)

    epochs, state = trained(given)

    assert [seen.active for seen in epochs] == [[True, True], [True, True], [False, True]]
    assert state.active == [False, False]


# The rows of an epoch


@pytest.mark.parametrize(
    ("count", "batch_size"), [(140, 32), (128, 32), (33, 32), (7, 1), (3000, 8)]
)
@pytest.mark.parametrize("members", [1, 3])
def test_an_epoch_takes_every_row_once_in_each_members_order(
    count, batch_size, members, cohort, member
):
    given = cohort(
        [member(seed) for seed in range(members)],
        Linear("torch", **UNEMBEDDED),
        count=count,
        batch_size=batch_size,
    )

    taken = [slot.batch.x.clone() for slot in Feed(given, 1).steps(5, [1.0] * members)]

    for m, ranks in enumerate(order(tuple(range(members)), 5, count)):
        own = [x[m] if members > 1 else x for x in taken]
        assert torch.equal(torch.cat(own), given.train.x[ranks])
    assert len(taken) == given.steps == -(-count // batch_size)


@pytest.mark.parametrize("mixup", [0.0, 0.3])
@pytest.mark.parametrize("count", [20, 32])
def test_a_step_takes_all_rows_as_they_lie_unless_they_are_mixed(count, mixup, cohort, member):
    members = [member(0), member(1, mixup=mixup)]
    given = cohort(members, Linear("torch", **UNEMBEDDED), count=count, sets=2)
    feed, sets = Feed(given, 1), given.train.x.view(2, count, -1)

    for epoch in range(2):
        (slot,) = feed.steps(epoch, [1.0, 1.0])
        orders = [slice(None), order((1,), epoch, count)[0] if mixup else slice(None)]
        for taken, own, ranks in zip(slot.batch.x, sets, orders, strict=True):
            assert torch.equal(taken, own[ranks])


def test_rows_and_targets_stay_together(cohort, member):
    given = cohort([member(seed) for seed in range(3)], Linear("torch", **UNEMBEDDED), sets=2)

    for slot in Feed(given, 1).steps(0, [1.0] * 3):
        (ys,) = slot.batch.wanted
        for m, rows_set in enumerate(given.train.set_of):
            x, y = slot.batch.x[m], ys[m]
            for features, target in zip(x, y, strict=True):
                row = (given.train.x == features).all(1).nonzero().item()
                assert row // given.train.count == rows_set
                assert torch.equal(given.train.y[row], target)


def test_a_row_of_twice_the_weight_is_a_row_that_stands_twice(cohort, member, trained):
    given = cohort([member(seed) for seed in range(2)], count=40, batch_size=60)
    twice = torch.cat([torch.arange(40), torch.arange(20)])
    x, y, val = given.train.x, given.train.y, given.val
    doubled = replace(given, train=Rows(x[twice], y[twice], 60, (0, 0)))
    counts = torch.ones(40)
    counts[:20] = 2
    heavy = replace(given.train, weights=counts / counts.mean())
    alike = replace(val, weights=torch.ones(val.count))

    expected, _ = trained(doubled)
    found, _ = trained(replace(given, train=heavy, val=alike))

    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one.train_loss, other.train_loss, rtol=1e-5)
        np.testing.assert_allclose(one.val_loss, other.val_loss, rtol=1e-4)
        np.testing.assert_allclose(one.score, other.score, rtol=1e-3)


@pytest.mark.parametrize("changes", [{}, {"mixup": 0.4}, {"dropout": 0.2}])
def test_members_whose_rows_have_weights_together_equal_each_alone(
    changes, cohort, member, trained, alone
):
    given = cohort([member(seed, **changes) for seed in range(3)], sets=2)
    weights = torch.rand(len(given.train.x), generator=torch.Generator().manual_seed(3))
    given = replace(given, train=replace(given.train, weights=weights))

    together, state = trained(given)

    for m in range(3):
        each, single = trained(alone(given, m))
        assert torch.equal(single.numbers[0], state.numbers[m])
        assert [one.train_loss[0] for one in each] == [one.train_loss[m] for one in together]


# Averages of weights


def followed(cohort):
    """A cohort's numbers after each epoch, and its last state."""
    state = begin(cohort)
    return [state.numbers.clone() for _ in fit(cohort, state)], state


def test_a_running_average_follows_the_weights_and_is_what_is_scored_and_kept(cohort, member):
    steps = [0.0, 1.0, 2.0, 3.0]
    decays = [min(0.3, (1 + step) / (10 + step)) for step in steps]
    newest = lambda step: 1 - np.minimum(0.3, (1 + step) / (10 + step))  # noqa: E731
    given = cohort([member(0, newest=newest)], batch_size=140, epochs=4)

    numbers, state = followed(given)

    expected = begin(given).numbers
    for decay, weights in zip(decays, numbers, strict=True):
        expected = decay * expected + (1 - decay) * weights
    torch.testing.assert_close(state.average, expected)
    said = outputs(bound(given.networks[0], state.layout, state.average), given.val)
    assert float(given.validation_loss(said, given.val.y)) == state.progress[0].watched[-1]
    assert state.progress[0].best_epoch == 4
    assert torch.equal(state.best, state.average)


def test_swa_is_the_mean_of_the_weights_at_the_ends_of_the_last_epochs(cohort, member):
    clock = Clock(6, 5)
    newest = lambda step: share_of_epochs(step, clock, 3)  # noqa: E731
    given = cohort([member(0, newest=newest, averaged_from=4), member(1)], epochs=6)

    numbers, state = followed(given)

    torch.testing.assert_close(state.average[0], torch.stack(numbers[3:]).mean(0)[0])
    assert torch.equal(state.average[1], numbers[-1][1])


def test_members_without_an_average_are_scored_as_they_are(cohort, member):
    state = begin(cohort([member(0)]))

    assert state.average is state.numbers
    assert state.judged is state.network


# Augmentation


def test_batches_are_altered_from_each_members_own_stream_in_turn(cohort, member, trained):
    seen = []

    def spy(stream):
        def alter(x, y):
            seen.append((stream.initial_seed(), len(x)))
            x.fill_(1.0)

        return alter

    given = cohort([member(0), member(1, augment=spy)])
    before = given.train.x.clone()

    trained(given)

    epochs = [generator(1, "augment", epoch).initial_seed() for epoch in range(2)]
    assert seen == [(seed, rows) for seed in epochs for rows in (32, 32, 32, 32, 12)]
    assert torch.equal(given.train.x, before)
