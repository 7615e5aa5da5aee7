"""Losses equal torch's, for one member and with an axis of members."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from nnrun.parts.loss import (
    Auto,
    Bce,
    CrossEntropy,
    GaussianNll,
    Hinge,
    Huber,
    KlDiv,
    LogCosh,
    Mae,
    Mape,
    Mse,
    Ordinal,
    Perceptron,
    Pose,
    Quantile,
)
from nnrun.parts.loss.classes import divergence, log_chances
from nnrun.parts.registry import PARTS, named

MEMBERS, ROWS, WIDTH = 3, 11, 4


def numbers(seed=0):
    stream = torch.Generator().manual_seed(seed)
    return torch.randn(2, MEMBERS, ROWS, WIDTH, generator=stream)


def scores(seed=0):
    stream = torch.Generator().manual_seed(seed)
    outputs = 5 * torch.randn(MEMBERS, ROWS, WIDTH, generator=stream)
    return outputs, torch.randint(0, WIDTH, (MEMBERS, ROWS), generator=stream)


def few_scores(seed=0):
    """Such as no difference of chances rounds away."""
    outputs, labels = scores(seed)
    return outputs / 5, labels


def share_of_target(x, y, floor):
    return ((x - y).abs() / torch.where(y.abs() > floor, y.abs(), floor)).mean()


def log_cosh(x, y):
    return (x - y).double().cosh().log().mean().float()


def pinball(x, y, q):
    return torch.where(y > x, q * (y - x), (1 - q) * (x - y)).mean()


def means_and_logs(seed=0):
    outputs, targets = numbers(seed)
    outputs[..., 0, 2:] = -20  # a variance below the least
    return 3 * outputs, targets[..., :2]


def gaussian(x, y):
    means, log_variances = x.chunk(2, -1)
    return F.gaussian_nll_loss(means, y, log_variances.exp())


def smoothed(labels, share):
    return (1 - share) * F.one_hot(labels, WIDTH) + share / WIDTH


def to_smoothed(x, labels, share):
    return F.kl_div(x.log_softmax(-1), smoothed(labels, share), reduction="batchmean")


def one_against_the_rest(x, labels):
    return F.binary_cross_entropy_with_logits(x, smoothed(labels, 0))


def crammer_singer(x, labels, margin):
    rows = [
        max(margin + row[c] - row[y] for c in range(WIDTH) if c != y)
        for row, y in zip(x, labels, strict=True)
    ]
    return sum(row.clamp(min=0) for row in rows) / len(rows)


def cumulative(x, labels):
    """Subtract the chances of standing beyond the end of each class from those beyond its start."""
    x = x.double()
    places = torch.stack(
        [x[:, 1] + sum(F.softplus(x[:, i]) for i in range(2, j + 2)) for j in range(WIDTH - 1)], 1
    )
    beyond = F.pad((x[:, :1] - places).sigmoid(), (1, 0), value=1.0)
    chances = beyond - F.pad(beyond[:, 1:], (0, 1))
    return -chances.gather(1, labels[:, None]).log().mean().float()


WEIGHTS = (0.5, 2.0, 1.0, 7.0)

CASES = [
    *(
        pytest.param(Huber(delta), partial(F.huber_loss, delta=delta), numbers, id=f"huber {delta}")
        for delta in (0.3, 1.0)
    ),
    *(
        pytest.param(
            Mape(floor), partial(share_of_target, floor=floor), numbers, id=f"mape {floor}"
        )
        for floor in (0.3, 1.0)
    ),
    *(
        pytest.param(Quantile(q), partial(pinball, q=q), numbers, id=f"quantile {q}")
        for q in (0.1, 0.75)
    ),
    pytest.param(LogCosh(), log_cosh, numbers, id="log cosh"),
    pytest.param(GaussianNll(), gaussian, means_and_logs, id="gaussian"),
    *(
        pytest.param(
            CrossEntropy(share, WEIGHTS),
            partial(F.cross_entropy, label_smoothing=share, weight=torch.tensor(WEIGHTS)),
            scores,
            id=f"weighted, smoothed {share}",
        )
        for share in (0.0, 0.2)
    ),
    *(
        pytest.param(KlDiv(share), partial(to_smoothed, share=share), scores, id=f"kl {share}")
        for share in (0.0, 0.2)
    ),
    *(
        pytest.param(Hinge(m), partial(crammer_singer, margin=m), scores, id=f"hinge {m}")
        for m in (0.3, 1.0)
    ),
    pytest.param(Perceptron(), partial(crammer_singer, margin=0.0), scores, id="perceptron"),
    pytest.param(Bce(), one_against_the_rest, scores, id="bce"),
    pytest.param(Ordinal(), cumulative, few_scores, id="ordinal"),
    pytest.param(Mse(), F.mse_loss, numbers, id="mse"),
    pytest.param(Mae(), F.l1_loss, numbers, id="mae"),
    pytest.param(CrossEntropy(0.0, "none"), F.cross_entropy, scores, id="cross entropy"),
    *(
        pytest.param(
            CrossEntropy(share, "none"),
            partial(F.cross_entropy, label_smoothing=share),
            scores,
            id=f"smoothed {share}",
        )
        for share in (0.05, 0.5, 0.99)
    ),
]


def test_a_variance_that_fell_too_low_finds_its_way_back():
    outputs = torch.tensor([[0.0, -18.0]], requires_grad=True)
    targets = torch.randn(200, 1, generator=torch.Generator().manual_seed(0))
    rule = torch.optim.Adam([outputs], 0.05)

    for _ in range(600):
        rule.zero_grad()
        GaussianNll()(outputs.expand(200, 2), targets).backward()
        rule.step()

    assert outputs[0, 1] > -10


@pytest.mark.parametrize(("ours", "theirs", "given"), CASES)
def test_the_loss_of_one_member_is_torchs(ours, theirs, given):
    outputs, targets = given()

    found = ours(outputs[0], targets[0])

    assert found.shape == ()
    torch.testing.assert_close(found, theirs(outputs[0], targets[0]))


@pytest.mark.parametrize(("ours", "theirs", "given"), CASES)
def test_the_losses_of_members_are_torchs_of_each(ours, theirs, given):
    outputs, targets = given()

    found = ours(outputs, targets)

    torch.testing.assert_close(
        found, torch.stack([theirs(x, y) for x, y in zip(outputs, targets, strict=True)])
    )


@pytest.mark.parametrize(("ours", "theirs", "given"), CASES)
def test_the_slope_is_torchs(ours, theirs, given):
    outputs, targets = given()
    x = outputs.clone().requires_grad_()

    (found,) = torch.autograd.grad(ours(x, targets).sum(), x)

    (expected,) = torch.autograd.grad(sum(theirs(a, b) for a, b in zip(x, targets, strict=True)), x)
    torch.testing.assert_close(found, expected)


@pytest.mark.parametrize(("ours", "theirs", "given"), CASES)
def test_a_member_without_numbers_leaves_the_others_theirs(ours, theirs, given):
    outputs, targets = given()
    expected = ours(outputs, targets)

    outputs[1] = torch.nan
    found = ours(outputs, targets)

    assert found.isnan().tolist() == [False, True, False]
    assert torch.equal(found[[0, 2]], expected[[0, 2]])


@pytest.mark.parametrize(("ours", "theirs", "given"), CASES)
def test_a_weight_counts_how_often_a_row_stands_there(ours, theirs, given):
    outputs, targets = given()
    counts = torch.arange(ROWS) % 4

    found = ours(outputs, targets, counts / counts.float().mean())

    repeated = [
        (x.repeat_interleave(counts, 0), y.repeat_interleave(counts, 0))
        for x, y in zip(outputs, targets, strict=True)
    ]
    torch.testing.assert_close(found, torch.stack([theirs(x, y) for x, y in repeated]))


@pytest.mark.parametrize(("ours", "theirs", "given"), CASES)
def test_rows_without_weight_have_no_slope(ours, theirs, given):
    outputs, targets = given()
    x = outputs.clone().requires_grad_()

    (slope,) = torch.autograd.grad(ours(x, targets, torch.zeros(ROWS)).sum(), x)

    assert not slope.any()


def test_chances_of_ordered_classes_add_up_however_sure_they_are():
    outputs, _ = scores()

    sums = log_chances(20 * outputs.double()).exp().sum(-1)

    torch.testing.assert_close(sums, torch.ones_like(sums))
    assert log_chances(20 * outputs).isfinite().all()


def test_one_target_is_a_column():
    outputs, targets = torch.tensor([[1.0], [2.0]]), torch.tensor([[0.0], [4.0]])

    assert Mse()(outputs, targets).item() == 2.5
    assert Mae()(outputs, targets).item() == 1.5


def test_a_certain_wrong_answer_costs_its_score_and_nothing_overflows():
    outputs = torch.tensor([[1000.0, 0.0]])

    assert CrossEntropy(0.0, "none")(outputs, torch.tensor([1])).item() == 1000
    assert CrossEntropy(0.0, "none")(outputs, torch.tensor([0])).item() == 0


def test_what_fits_the_data_is_mse_for_numbers_and_cross_entropy_for_classes():
    assert Auto(0.0).for_task("regression") == Mse()
    assert Auto(0.0).for_task("classification") == CrossEntropy(0.0, "none")


def test_each_loss_says_what_it_is_for():
    numbers = (Mse, Mae, Mape, Huber, LogCosh, Quantile, GaussianNll, Pose)
    classes = (CrossEntropy, KlDiv, Bce, Hinge, Perceptron, Ordinal)

    assert Auto.task == "any"
    assert {loss.task for loss in numbers} == {"regression"}
    assert {loss.task for loss in classes} == {"classification"}


VARIED = [
    (Mape(0.1), "floor", numbers),
    (Huber(1.0), "delta", numbers),
    (Quantile(0.1), "q", numbers),
    (CrossEntropy(0.1, "none"), "label_smoothing", scores),
    (CrossEntropy(0.1, WEIGHTS), "label_smoothing", scores),
    (KlDiv(0.1), "label_smoothing", scores),
    (Hinge(1.0), "margin", scores),
]


@pytest.mark.parametrize(
    ("loss", "name", "given"), VARIED, ids=[f"{type(loss).__name__}" for loss, *_ in VARIED]
)
def test_members_may_have_numbers_of_their_own(loss, name, given):
    outputs, targets = given()
    own = [0.1, 0.3, 0.7]

    found = replace(loss, **{name: torch.tensor(own)})(outputs, targets)

    each = [
        replace(loss, **{name: number})(x, y)
        for number, x, y in zip(own, outputs, targets, strict=True)
    ]
    assert torch.equal(found, torch.stack(each))


def test_every_number_that_members_may_differ_in_is_tried():
    tried = {(type(loss).__name__, name) for loss, name, _ in VARIED}

    parts = [named("loss", name) for name in PARTS["loss"]]
    assert {(part.__name__, name) for part in parts for name in part.varies} == tried


def test_cross_entropy_by_hand():
    outputs, labels = torch.tensor([[2, 1, 0.1], [0.1, 2, 1]]), torch.tensor([0, 1])
    by_hand = -np.log(
        np.exp(2) / np.exp([2, 1, 0.1]).sum()
    )  # both rows hold the same scores, 2 for the true class

    assert CrossEntropy(0.0, "none")(outputs, labels).item() == pytest.approx(by_hand, rel=1e-6)
    assert F.cross_entropy(outputs, labels).item() == pytest.approx(by_hand, rel=1e-6)


def test_the_divergence_of_two_distributions_by_hand():
    found = divergence(torch.tensor([0.4, 0.6]), torch.tensor([0.3, 0.7]).log())

    assert found.item() == pytest.approx(0.0225825, abs=1e-7)


def test_a_perfect_match_diverges_by_nothing():
    outputs, labels = smoothed(torch.tensor([2, 0]), 0.1).log(), torch.tensor([2, 0])

    assert KlDiv(0.1)(outputs, labels).item() == pytest.approx(0, abs=1e-7)


def test_hinge_equals_scikit_learns_for_two_classes_and_for_several():
    from sklearn.metrics import hinge_loss

    outputs, labels = (given[0] for given in scores())
    two = outputs[:, :2]

    assert Hinge(1.0)(outputs, labels).item() == pytest.approx(
        hinge_loss(labels, outputs, labels=range(WIDTH))
    )
    of_two = hinge_loss(2 * (labels % 2) - 1, two[:, 1] - two[:, 0])
    assert Hinge(1.0)(two, labels % 2).item() == pytest.approx(of_two)


def test_a_tie_teaches_a_perceptron_as_a_mistake_does_and_one_winner_pays():
    outputs, labels = (
        torch.tensor([[1.0, 1, 1], [1, 3, 3], [5, 3, 3]], requires_grad=True),
        torch.tensor([1, 0, 0]),
    )

    loss = Perceptron()(outputs, labels)
    (slope,) = torch.autograd.grad(loss, outputs)

    assert loss.item() == pytest.approx(2 / 3)
    assert torch.equal(3 * slope, torch.tensor([[1.0, -1, 0], [-1, 1, 0], [0, 0, 0]]))


@pytest.mark.parametrize("size", [1e-4, 1e-2, 0.999, 1.0, 3.0])
def test_log_cosh_keeps_its_digits(size):
    found = LogCosh()(torch.tensor([[size]]), torch.zeros(1, 1)).item()

    assert found == pytest.approx(np.log1p(2 * np.sinh(size / 2) ** 2), rel=1e-6)


def test_nothing_overflows_where_the_formula_would():
    far, none = torch.tensor([[1e4]]), torch.tensor([[0.0]])
    wrong, label = torch.tensor([[1e4, -1e4]]), torch.tensor([1])

    assert LogCosh()(far, none).item() == pytest.approx(1e4 - np.log(2))
    assert Mape(0.01)(far, none).item() == pytest.approx(1e6)
    assert Bce()(wrong, label).item() == 1e4
    assert Hinge(1.0)(wrong, label).item() == 20001


def test_the_best_constant_for_a_quantile_is_that_quantile():
    targets = torch.arange(1.0, 101)[:, None]
    costs = [
        Quantile(0.9)(torch.full_like(targets, guess), targets).item() for guess in range(1, 101)
    ]

    assert 90 <= 1 + int(np.argmin(costs)) <= 91


def test_balanced_weights_are_scikit_learns():
    from sklearn.utils.class_weight import compute_class_weight

    labels = np.array([0] * 6 + [1] * 3 + [2])

    found = CrossEntropy(0.0, "balanced").for_labels(labels, 3)

    assert found.weights == pytest.approx(
        compute_class_weight("balanced", classes=np.arange(3), y=labels)
    )


def test_weights_that_are_given_stay_as_they_are():
    for weights in ("none", WEIGHTS):
        assert CrossEntropy(0.0, weights).for_labels(np.zeros(4, int), 4) == CrossEntropy(
            0.0, weights
        )
