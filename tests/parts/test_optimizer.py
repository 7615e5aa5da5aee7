"""Update rules equal torch.optim to the last bit, over many steps and a changing learning rate."""

import numpy as np
import pytest
import torch

from nnrun.parts.optimizer import Adam, AdamW, Sgd

STEPS = 40
PLAIN = {"foreach": False, "fused": False}
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
        [{"params": w, "weight_decay": decay}, {"params": b, "weight_decay": 0.0}], lr, betas, eps, **PLAIN
    )


def sgd(lr, momentum=0.0, nesterov=False):
    return Sgd(lr, momentum, nesterov), lambda w, b: torch.optim.SGD(w + b, lr, momentum, nesterov=nesterov, **PLAIN)


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
}


def tensors(seed, shapes=(*WEIGHTS, *BIASES)):
    stream = torch.Generator().manual_seed(seed)
    return [torch.randn(shape, generator=stream) * 10 ** torch.randn(1, generator=stream).item() for shape in shapes]


def flat(many):
    return torch.cat([tensor.detach().reshape(-1) for tensor in many])


def numbers_at(rules, step, rates):
    """What the rules of several members need at a step, a column for each kind."""
    done, now = np.array([step + 1.0]), slice(step, step + 1)
    each = [rule.numbers(done, rate[now]) for rule, rate in zip(rules, rates, strict=True)]
    return tuple(torch.tensor([[np.float32(kind).item()] for kind in kinds]) for kinds in zip(*each, strict=True))


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
    [lambda i: adam(10.0**-i), lambda i: adamw(10.0**-i, 0.1 * i), lambda i: sgd(0.1**i, 0.2 * i)],
    ids=["adam", "adamw", "sgd"],
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

    rule.update(w, still, (still.clone(), still.clone()), numbers_at([rule], 0, [np.ones(1)]), decayed)

    assert w[0].tolist() == pytest.approx([0.95] * 4 + [1, 1])


@pytest.mark.parametrize("name", RULES)
def test_the_numbers_of_many_steps_are_those_of_each(name):
    rule, _ = RULES[name]
    steps, rate = np.arange(1.0, 1001), np.linspace(1, 0.1, 1000)

    at_once = [np.broadcast_to(kind, 1000) for kind in rule.numbers(steps, rate)]

    for i in (0, 1, 499, 999):
        single = rule.numbers(steps[i : i + 1], rate[i : i + 1])
        assert [kind[i] for kind in at_once] == [np.broadcast_to(kind, 1)[0] for kind in single]


@pytest.mark.parametrize(("rule", "slots"), [(adam(0.1)[0], 2), (adamw(0.1, 0.1)[0], 2), (sgd(0.1)[0], 1)])
def test_a_rule_says_how_many_tensors_it_remembers(rule, slots):
    assert rule.slots == slots


def test_nesterov_without_momentum_is_told():
    assert Sgd(0.1, 0.0, True).problems() == [
        "optimizer.nesterov=true: needs momentum, and optimizer.momentum is 0; set optimizer.momentum=0.9"
    ]
    assert Sgd(0.1, 0.9, True).problems() == Sgd(0.1, 0.0, False).problems() == []
