"""A network that answers with what it no longer is, is refused; what stays the same may be held."""

import pytest
import torch
from torch import nn

from nnrun.engine.rehearsal import rehearse
from nnrun.errors import TrainingFailed


class Plain(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.last = nn.Linear(3, 8), nn.Linear(8, 2)
        self.norm = nn.BatchNorm1d(8, affine=False)
        self.register_buffer("scale", torch.ones(8))
        self.make()

    def make(self):
        self.held = lambda x: x

    def forward(self, x):
        return self.last(self.held(self.first(x)))


class InLambda(Plain):
    def make(self):
        self.held = lambda x: x + self.first.bias


class InUse(InLambda):
    def forward(self, x):
        return self.last(self.first(x)) if self.training else super().forward(x)


class InHook(Plain):
    def make(self):
        super().make()
        self.first.register_forward_hook(lambda module, given, said: said + self.first.bias)


class InList(Plain):
    def make(self):
        self.listed = [self.first.bias]

    def held(self, x):
        return x + self.listed[0]


class OnTheSameMemory(Plain):
    def make(self):
        self.begun = self.first.bias.detach()

    def held(self, x):
        return x + self.begun


class Moving(Plain):
    def make(self):
        self.held = lambda x: x * self.scale

    def forward(self, x):
        self.scale *= 0.9
        return super().forward(x)


class Following(Plain):
    def make(self):
        self.held = lambda x: self.norm(x)


class Constant(Plain):
    def make(self):
        self.same, self.held = self.scale, lambda x: x * self.scale * self.same


class OfItsOwn(Plain):
    def make(self):
        self.begun, self.calls = self.first.bias.detach().clone(), 0

    def held(self, x):
        self.calls += 1
        return x + self.begun + torch.zeros_like(self.first.bias)


@pytest.mark.parametrize(
    ("cls", "name"),
    [
        *((cls, "first.bias") for cls in (InLambda, InUse, InHook, InList, OnTheSameMemory)),
        (Moving, "scale"),
        (Following, "norm.num_batches_tracked"),
    ],
)
def test_what_asks_for_tensors_as_they_were_built_is_refused(cls, name):
    told = f"its network asks for {name} as it was built, not as it is trained; something in it"
    with pytest.raises(TrainingFailed, match=told):
        rehearse(cls(), torch.ones(4, 3))


@pytest.mark.parametrize("cls", [Plain, Constant, OfItsOwn])
def test_a_rehearsal_changes_nothing(cls):
    network, before = cls(), torch.get_rng_state()
    numbers = [tensor.clone() for tensor in network.state_dict().values()]

    rehearse(network, torch.ones(4, 3))

    assert torch.equal(torch.get_rng_state(), before)
    assert all(map(torch.equal, numbers, network.state_dict().values()))
    assert vars(network).get("calls", 0) == 0
