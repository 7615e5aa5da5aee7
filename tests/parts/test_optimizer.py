"""Update rules equal torch.optim to the last bit, over many steps and a changing learning rate."""

import numpy as np
import pytest
import torch

from nnrun.parts.optimizer import (
    Adadelta,
    Adagrad,
    Adam,
    AdamW,
    Gd,
    Muon,
    NAdam,
    RmsProp,
    Sgd,
    orthogonal,
)

STEPS = 40
PLAIN = {"foreach": False, "fused": False}
NO_FUSION = {"foreach": False}  # for rules that torch has not fused
WEIGHTS, BIASES = [(16, 5), (3, 16)], [(16,), (3,)]
RATES = {
    "falling": (1 + np.cos(np.linspace(0, np.pi, STEPS))) / 2,
    "rising and falling": np.interp(np.arange(STEPS), [0, 9, STEPS], [0.1, 1, 0.01]),
    "constant": np.ones(STEPS),
}


def adam(lr, betas=(0.9, 0.999), eps=1e-8):
    return Adam(lr, betas, eps), lambda w, b: torch.optim.Adam(w + b, lr, betas, eps, **PLAIN)


def adamw(lr, decay, betas=(0.9, 0.999), eps=1e-8):
    return AdamW(lr, betas, eps, decay), lambda w, b: torch.optim.AdamW(
        [{"params": w, "weight_decay": decay}, {"params": b, "weight_decay": 0.0}],
        lr,
        betas,
        eps,
        **PLAIN,
    )


def sgd(lr, momentum=0.0, nesterov=False):
    return Sgd(lr, momentum, nesterov), lambda w, b: torch.optim.SGD(
        w + b, lr, momentum, nesterov=nesterov, **PLAIN
    )


def gd(lr):
    return Gd(lr), lambda w, b: torch.optim.SGD(w + b, lr, **PLAIN)


def nadam(lr, betas=(0.9, 0.999), eps=1e-8, decay=4e-3):
    return NAdam(lr, betas, eps, decay), lambda w, b: torch.optim.NAdam(
        w + b, lr, betas, eps, 0.0, decay, **NO_FUSION
    )


def adagrad(lr, eps=1e-10):
    return Adagrad(lr, eps), lambda w, b: torch.optim.Adagrad(w + b, lr, eps=eps, **PLAIN)


def adadelta(lr, rho=0.9, eps=1e-6):
    return Adadelta(lr, rho, eps), lambda w, b: torch.optim.Adadelta(
        w + b, lr, rho, eps, **NO_FUSION
    )


def rmsprop(lr, alpha=0.99, eps=1e-8, momentum=0.0, centered=False):
    return RmsProp(lr, alpha, eps, momentum, centered), lambda w, b: torch.optim.RMSprop(
        w + b, lr, alpha, eps, 0.0, momentum, centered, **NO_FUSION
    )


RULES = {
    "adam": adam(1e-3),
    "adam, quick": adam(0.1, (0.8, 0.95), 1e-6),
    "adam, no memory": adam(0.01, (0.0, 0.0)),
    "adamw": adamw(1e-3, 0.01),
    "adamw, strong": adamw(0.1, 0.5, (0.95, 0.99)),
    "adamw, no decay": adamw(0.01, 0.0),
    "sgd": sgd(0.1),
    "momentum": sgd(0.01, 0.9),
    "nesterov": sgd(0.01, 0.95, True),
    "gd": gd(0.1),
    "nadam": nadam(1e-3),
    "nadam, quick": nadam(0.1, (0.8, 0.95), 1e-6, 0.1),
    "nadam, no memory": nadam(0.01, (0.0, 0.0)),
    "nadam, long memory": nadam(0.01, (0.999, 0.9999), decay=0.0),
    "adagrad": adagrad(0.01),
    "adagrad, quick": adagrad(1.0, 1e-3),
    "adadelta": adadelta(1.0),
    "adadelta, no memory": adadelta(0.5, 0.0, 1e-3),
    "rmsprop": rmsprop(1e-3),
    "rmsprop, quick": rmsprop(0.1, 0.8, 1e-6),
    "rmsprop, momentum": rmsprop(0.01, momentum=0.9),
    "rmsprop, centred": rmsprop(0.01, 0.9, 1e-4, centered=True),
    "rmsprop, centred momentum": rmsprop(0.01, 0.95, 1e-4, 0.8, True),
}


def tensors(seed, shapes=(*WEIGHTS, *BIASES)):
    stream = torch.Generator().manual_seed(seed)
    return [
        torch.randn(shape, generator=stream) * 10 ** torch.randn(1, generator=stream).item()
        for shape in shapes
    ]


def flat(many):
    return torch.cat([tensor.detach().reshape(-1) for tensor in many])


def numbers_at(rules, step, rates):
    """What the rules of several members need at a step, a column for each kind."""
    done, now = np.array([step + 1.0]), slice(step, step + 1)
    each = [rule.numbers(done, rate[now]) for rule, rate in zip(rules, rates, strict=True)]
    return tuple(
        torch.tensor([[np.float32(kind).item()] for kind in kinds])
        for kinds in zip(*each, strict=True)
    )


def run(rules, seeds, rates, steps=STEPS):
    """The weights of all members after many moves by known gradients."""
    w = torch.stack([flat(tensors(seed)) for seed in seeds])
    memory = tuple(torch.zeros_like(w) for _ in range(rules[0].slots))
    decayed = sum(np.prod(shape) for shape in WEIGHTS)
    for step in range(steps):
        g = torch.stack([flat(tensors(1000 * (step + 1) + seed)) for seed in seeds])
        rules[0].update(w, g, memory, numbers_at(rules, step, rates), int(decayed))
        yield w


def run_torch(rule, make, seed, rate, steps=STEPS):
    parameters = [torch.nn.Parameter(tensor) for tensor in tensors(seed)]
    optimizer = make(parameters[: len(WEIGHTS)], parameters[len(WEIGHTS) :])
    for step in range(steps):
        for parameter, slope in zip(parameters, tensors(1000 * (step + 1) + seed), strict=True):
            parameter.grad = slope
        for group in optimizer.param_groups:
            group["lr"] = rule.lr * float(rate[step])
        optimizer.step()
        yield flat(parameters)


@pytest.mark.parametrize("schedule", RATES)
@pytest.mark.parametrize("name", RULES)
def test_each_move_equals_torchs_bit_for_bit(name, schedule):
    rule, make = RULES[name]
    rate = RATES[schedule]

    for ours, theirs in zip(run([rule], [0], [rate]), run_torch(rule, make, 0, rate), strict=True):
        assert torch.equal(ours[0], theirs)


@pytest.mark.parametrize(
    "kind",
    [
        lambda i: adam(10.0**-i),
        lambda i: adamw(10.0**-i, 0.1 * i),
        lambda i: sgd(0.1**i, 0.2 * i),
        lambda i: gd(0.1**i),
        lambda i: nadam(0.1**i, (0.3 * i, 1 - 0.1**i), 0.1**i, 0.01 * i),
        lambda i: adagrad(0.1**i, 0.1**i),
        lambda i: adadelta(0.1**i, 0.3 * i, 0.1**i),
        lambda i: rmsprop(0.1**i, 0.3 * i, 0.1**i, 0.9, True),
    ],
    ids=["adam", "adamw", "sgd", "gd", "nadam", "adagrad", "adadelta", "rmsprop"],
)
def test_members_with_settings_of_their_own_move_as_each_would_alone(kind):
    pairs, rates = [kind(i) for i in (1, 2, 3)], list(RATES.values())

    *_, ours = run([rule for rule, _ in pairs], [0, 1, 2], rates)

    for m, (rule, make) in enumerate(pairs):
        *_, theirs = run_torch(rule, make, m, rates[m])
        assert torch.equal(ours[m], theirs)


def test_decay_reaches_weights_alone():
    rule, decayed = AdamW(0.1, (0.9, 0.999), 1e-8, 0.5), 4
    w, still = torch.ones(1, 6), torch.zeros(1, 6)

    rule.update(
        w, still, (still.clone(), still.clone()), numbers_at([rule], 0, [np.ones(1)]), decayed
    )

    assert w[0].tolist() == pytest.approx([0.95] * 4 + [1, 1])


@pytest.mark.parametrize("name", RULES)
def test_the_numbers_of_many_steps_are_those_of_each(name):
    rule, _ = RULES[name]
    steps, rate = np.arange(1.0, 1001), np.linspace(1, 0.1, 1000)

    at_once = [np.broadcast_to(kind, 1000) for kind in rule.numbers(steps, rate)]

    for i in (0, 1, 499, 999):
        single = rule.numbers(steps[i : i + 1], rate[i : i + 1])
        assert [kind[i] for kind in at_once] == [np.broadcast_to(kind, 1)[0] for kind in single]


@pytest.mark.parametrize(
    ("rule", "slots"),
    [
        (adam(0.1)[0], 2),
        (adamw(0.1, 0.1)[0], 2),
        (sgd(0.1)[0], 1),
        (gd(0.1)[0], 0),
        (nadam(0.1)[0], 2),
        (adagrad(0.1)[0], 1),
        (adadelta(1.0)[0], 2),
        (Muon(0.1, (0.9, 0.999), 1e-8, 0.95, 5), 2),
        (rmsprop(0.1)[0], 1),
        (rmsprop(0.1, momentum=0.9)[0], 2),
        (rmsprop(0.1, centered=True)[0], 2),
        (rmsprop(0.1, momentum=0.9, centered=True)[0], 3),
    ],
)
def test_a_rule_says_how_many_tensors_it_remembers(rule, slots):
    assert rule.slots == slots


MUON = Muon(0.1, (0.9, 0.999), 1e-8, 0.95, 5)
SHAPES = [(1, 7), (7, 1), (3, 16), (16, 3), (12, 12), (40, 30)]


@pytest.mark.parametrize("shape", SHAPES)
def test_matrices_move_as_torchs_muon_moves_them(shape, monkeypatch):
    # torch would make them orthogonal in half the digits
    monkeypatch.setattr(torch.Tensor, "bfloat16", torch.Tensor.clone)
    rate = RATES["falling"]
    (given,) = tensors(0, [shape])
    matrix, ours = torch.nn.Parameter(given.clone()), given[None]
    memory = torch.zeros_like(ours), torch.zeros_like(ours)
    torchs = torch.optim.Muon([matrix], weight_decay=0.0, adjust_lr_fn="match_rms_adamw")

    for step in range(STEPS):
        (slope,) = tensors(1 + step, [shape])
        matrix.grad, torchs.param_groups[0]["lr"] = slope, 0.1 * rate[step]
        torchs.step()
        numbers = [number[..., None] for number in numbers_at([MUON], step, [rate])]
        MUON.update_matrix(ours, slope[None], memory, tuple(numbers))

        torch.testing.assert_close(ours[0], matrix.detach(), rtol=1e-4, atol=1e-4)


def test_the_directions_of_a_move_are_alike_long():
    given = torch.randn(2, 20, 12, generator=torch.Generator().manual_seed(0))

    lengths = torch.linalg.svdvals(orthogonal(given, 5))

    assert 0.6 < lengths.min() < lengths.max() < 1.3


def test_nesterov_without_momentum_is_told():
    assert [str(problem) for problem in Sgd(0.1, 0.0, True).problems()] == [
        "nesterov=true: needs momentum, and optimizer.momentum is 0; set optimizer.momentum=0.9"
    ]
    assert Sgd(0.1, 0.9, True).problems() == Sgd(0.1, 0.0, False).problems() == []


# The formulas on paper


def on_paper(name, slopes, rates):
    """Where three steps lead from 1, by the rule as textbooks write it."""
    w, m, v, d, product = 1.0, 0.0, 0.0, 0.0, 1.0
    for t, (g, lr) in enumerate(zip(slopes, rates, strict=True), 1):
        if name == "gd" or name == "sgd":
            w -= lr * g
        elif name in ("adam", "adamw"):
            w -= lr * 0.3 * w * (name == "adamw")
            m, v = 0.9 * m + 0.1 * g, 0.99 * v + 0.01 * g**2
            w -= lr * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.99**t)) + 1e-3)
        elif name == "momentum":
            m = 0.9 * m + g
            w -= lr * m
        elif name == "nesterov":
            m = 0.9 * m + g
            w -= lr * (g + 0.9 * m)
        elif name == "adagrad":
            v += g**2
            w -= lr * g / (np.sqrt(v) + 1e-3)
        elif name == "adadelta":
            v = 0.8 * v + 0.2 * g**2
            move = np.sqrt(d + 1e-3) / np.sqrt(v + 1e-3) * g
            d = 0.8 * d + 0.2 * move**2
            w -= lr * move
        elif name == "rmsprop":
            v = 0.8 * v + 0.2 * g**2
            w -= lr * g / (np.sqrt(v) + 1e-3)
        elif name == "rmsprop, centred momentum":
            v, m = 0.8 * v + 0.2 * g**2, 0.8 * m + 0.2 * g
            d = 0.9 * d + g / (np.sqrt(v - m**2) + 1e-3)
            w -= lr * d
        elif name == "nadam":
            m, v = 0.9 * m + 0.1 * g, 0.99 * v + 0.01 * g**2
            mu, ahead = (0.9 * (1 - 0.96 ** (k * 0.1) / 2) for k in (t, t + 1))
            product *= mu
            seen = ahead * m / (1 - product * ahead) + (1 - mu) * g / (1 - product)
            w -= lr * seen / (np.sqrt(v / (1 - 0.99**t)) + 1e-3)
    return w


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("gd", Gd(0.1)),
        ("sgd", Sgd(0.1, 0.0, False)),
        ("adam", Adam(0.1, (0.9, 0.99), 1e-3)),
        ("adamw", AdamW(0.1, (0.9, 0.99), 1e-3, 0.3)),
        ("momentum", Sgd(0.1, 0.9, False)),
        ("nesterov", Sgd(0.1, 0.9, True)),
        ("adagrad", Adagrad(0.1, 1e-3)),
        ("adadelta", Adadelta(0.1, 0.8, 1e-3)),
        ("rmsprop", RmsProp(0.1, 0.8, 1e-3, 0.0, False)),
        ("rmsprop, centred momentum", RmsProp(0.1, 0.8, 1e-3, 0.9, True)),
        ("nadam", NAdam(0.1, (0.9, 0.99), 1e-3, 0.1)),
    ],
)
def test_three_steps_lead_where_the_formula_says(name, rule):
    slopes, rate = (0.5, -2.0, 1.5), np.array([1.0, 0.5, 0.2])
    w = torch.ones(1, 1)
    memory = tuple(torch.zeros(1, 1) for _ in range(rule.slots))

    for step, g in enumerate(slopes):
        rule.update(w, torch.full((1, 1), g), memory, numbers_at([rule], step, [rate]), 1)

    assert w.item() == pytest.approx(on_paper(name, slopes, 0.1 * rate), rel=1e-6)


# Corners


def test_a_centred_rmsprop_survives_a_slope_that_never_changes():
    rule, w = RmsProp(1e-3, 0.9, 1e-8, 0.0, True), torch.ones(1, 1000)
    memory, slope = (torch.zeros_like(w), torch.zeros_like(w)), torch.linspace(0.01, 3, 1000)[None]

    for step in range(400):
        rule.update(w, slope.clone(), memory, numbers_at([rule], step, [np.ones(400)]), 0)

    assert w.isfinite().all()


@pytest.mark.parametrize("mean", [0.0, 0.5, 0.9, 0.999])
def test_nadams_product_is_that_of_all_steps_as_far_as_it_is_felt(mean):
    rule, steps = NAdam(0.1, (mean, 0.999), 1e-8, 4e-3), np.arange(1.0, 60001)

    product = rule.product(steps)

    assert np.allclose(1 - product.astype(float), 1 - np.cumprod(rule.mu(steps)), rtol=1e-5, atol=0)
