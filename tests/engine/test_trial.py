"""A network of one's own comes from the tape where nothing is lost by it, and else goes by autograd."""

import random
import secrets
import warnings
from itertools import count
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import nn

from nnrun.engine import advance
from nnrun.engine.assess import assess
from nnrun.engine.lanes import make_steppers
from nnrun.engine.state import begin
from nnrun.engine.stretch import Taped
from nnrun.engine.tape import Pool, Untapable
from nnrun.engine.trial import TRIED
from nnrun.parts.model.foreign import Foreign

CPU = torch.device("cpu")
WIDTH = 8
KEEPS, OTHERWISE, ONCE_RECORDED = (
    "its network keeps something in Python from step to step",
    "its network does not do the same in each step",
    "its network's steps are not the same once they are recorded",
)


CLOCK = SimpleNamespace()  # where nobody looks
SEEN = {"calls": 0}
CHAIN = []
for _ in range(3000):
    CHAIN = [CHAIN]  # deeper than Python follows


class Plain(nn.Module):
    """Draws, and changes buffers."""

    def __init__(self):
        super().__init__()
        self.first, self.norm, self.last = (
            nn.Linear(12, WIDTH),
            nn.BatchNorm1d(WIDTH),
            nn.Linear(WIDTH, 4),
        )
        self.drop = nn.Dropout(0.2)

    def forward(self, x):
        return self.last(self.scaled(self.drop(self.norm(self.first(x)).relu())))

    def scaled(self, x):
        return x * torch.tensor(1.5)


class Counting(Plain):
    calls = 0

    def scaled(self, x):
        self.calls += 1
        return x if self.calls < 30 else 2 * x


class Remembering(Plain):
    before = 0.0

    def scaled(self, x):
        self.before = x.detach().mean()
        return x + self.before


class Listing(Plain):
    def __init__(self):
        super().__init__()
        self.seen = []

    def scaled(self, x):
        self.seen.append(len(x))
        return x


class Deep(Plain):
    """Keeps what it changes in an object of its own."""

    def __init__(self):
        super().__init__()
        self.memory = SimpleNamespace(means={"last": [torch.zeros(WIDTH)]})

    def scaled(self, x):
        self.memory.means["last"][0] += x.detach().mean(0)
        return x


class Throwing(Plain):
    def scaled(self, x):
        return x * secrets.SystemRandom().random()


class Late(Plain):
    """Becomes another after some calls, of which it knows elsewhere."""

    def scaled(self, x):
        return x if next(CLOCK.calls) < 12 else 2 * x


class Branching(Plain):
    def scaled(self, x):
        return x if x.mean() > 0 else 2 * x


class Caching(Plain):
    """Makes what it keeps in its first call."""

    kept = None

    def scaled(self, x):
        if self.kept is None:
            self.kept = torch.full((WIDTH,), 0.5)
        return x * self.kept


class InNumpy(Plain):
    def __init__(self):
        super().__init__()
        self.calls = np.zeros(1)

    def scaled(self, x):
        self.calls += 1
        return x if self.calls[0] < 30 else 2 * x


class InSlots(Plain):
    class Calls:
        __slots__ = ("made",)

    def __init__(self):
        super().__init__()
        self.calls = self.Calls()
        self.calls.made = 0

    def scaled(self, x):
        self.calls.made += 1
        return x if self.calls.made < 30 else 2 * x


class InIterator(Plain):
    def __init__(self):
        super().__init__()
        self.calls = count()

    def scaled(self, x):
        return x if next(self.calls) < 30 else 2 * x


class InClass(Plain):
    calls = 0

    def scaled(self, x):
        InClass.calls += 1
        return x if InClass.calls < 30 else 2 * x


class InFile(Plain):
    def scaled(self, x):
        SEEN["calls"] += 1
        return x if SEEN["calls"] < 30 else 2 * x


class Listed(Plain):
    """Asks for a list of one tensor."""

    def scaled(self, x):
        (listed,) = torch._foreach_tanh([x])
        return listed


class Rare(Plain):
    """Has rows for its mask only when a tape could long be trusted."""

    def scaled(self, x):
        self.seen.add_(1)
        chosen = (x.detach() > 0) & (self.seen > 25)
        return x + x[chosen].sum()

    def __init__(self):
        super().__init__()
        self.register_buffer("seen", torch.zeros(()))


class HandedOver(Plain):
    def scaled(self, x):
        return x if max(x.detach().amax(1).tolist()) < 50 else 2 * x


class InNumpysNumbers(Plain):
    def scaled(self, x):
        return x * float(x.detach().numpy().mean() > 0)


class Skipping(Plain):
    """Leaves something out so rarely that it hardly happens while both ways are tried."""

    def scaled(self, x):
        return x if random.random() > 0.01 else 2 * x


class WithStream(Plain):
    def __init__(self):
        super().__init__()
        self.stream = np.random.default_rng(0)

    def scaled(self, x):
        return x if self.stream.random() > 0.01 else 2 * x


class WithTorchsStream(Plain):
    def __init__(self):
        super().__init__()
        self.stream = torch.Generator()

    def scaled(self, x):
        return x * torch.rand((), generator=self.stream)


class Fading(Plain):
    """Is changed between epochs, as by annealing in train()."""

    strength = 1.0

    def scaled(self, x):
        return x * self.strength


class Leaky(Plain):
    """Draws noise into what it is handed, and makes a result of its own."""

    def scaled(self, x):
        return nn.functional.rrelu(x, training=True)


class Showing(Plain):
    """Keeps what it found, for whoever looks."""

    def scaled(self, x):
        self.found = x
        return x


class Carrying(Plain):
    """Hands what it found on to its next step."""

    found = None

    def scaled(self, x):
        before, self.found = self.found, x.detach()
        return x if before is None or before.shape != x.shape else x + before / 2


class HalfFrozen(Plain):
    """Leaves its norm as it is in use, whatever it is told."""

    def train(self, mode=True):
        super().train(mode)
        self.norm.eval()
        return self


class Recurrent(nn.Module):
    """Lists its parameters, and turns a result in place."""

    kind = nn.GRU

    def __init__(self):
        super().__init__()
        self.inner, self.last = self.kind(12, WIDTH, batch_first=True), nn.Linear(WIDTH, 4)

    def forward(self, x):
        return self.last(self.inner(x[:, None])[0][:, -1])


class Lstm(Recurrent):
    """Asks for a kernel that does something else where nothing learns, as on a tape."""

    kind = nn.LSTM


@pytest.fixture
def given(cohort, member):
    def make(cls, members=1):
        networks = []
        for seed in range(members):
            torch.manual_seed(seed)
            network = cls()
            networks.append(Foreign(network, network.last.out_features))
        CLOCK.calls = count()
        InClass.calls = SEEN["calls"] = 0
        several = [member(seed) for seed in range(members)]
        return cohort(several, count=128, networks=tuple(networks), foreign=True, hidden_units=0)

    return make


def course(given, epochs=(TRIED + 8) // 4):
    """A cohort's numbers after its epochs, each validated, and what took its steps."""
    torch.manual_seed(0)
    random.seed(0)
    (stepper,) = make_steppers(given, state := begin(given), Pool(CPU))
    for epoch in range(epochs):
        list(stepper.epoch(epoch, [1.0] * len(given.members)))
        assess(given, state)
    return state.numbers.clone(), stepper


def refused(*_, **__):
    raise Untapable("so that autograd takes the steps")


@pytest.mark.parametrize(
    ("cls", "members"),
    [
        *((Plain, 1), (Plain, 2), (Caching, 1), (Caching, 2), (Recurrent, 1), (Recurrent, 2)),
        (HalfFrozen, 1),
        (Listed, 1),  # vmap takes no lists
    ],
)
def test_what_hides_nothing_is_taped_and_gives_autograds_bits(cls, members, given, monkeypatch):
    found, stepper = course(given(cls, members))
    monkeypatch.setattr(advance, "record_twice", refused)
    expected, _ = course(given(cls, members))

    assert torch.equal(found, expected)
    assert not stepper.by_autograd
    assert all(isinstance(way, Taped) for way in stepper.ways.values())


@pytest.mark.parametrize(
    ("cls", "members", "why"),
    [
        (Counting, 1, KEEPS),
        (Remembering, 1, KEEPS),
        (Listing, 1, KEEPS),
        (Deep, 1, KEEPS),
        (InNumpy, 1, KEEPS),
        (InSlots, 1, KEEPS),
        (InIterator, 1, KEEPS),
        (InClass, 1, KEEPS),
        (InFile, 1, KEEPS),
        (Throwing, 1, OTHERWISE),
        (Late, 1, ONCE_RECORDED),
        (Branching, 1, "aten::_local_scalar_dense reads numbers back"),
        (Rare, 1, "aten::index gives as many numbers as others say"),
        (HandedOver, 1, "Tensor.tolist reads numbers back"),
        (InNumpysNumbers, 1, "Tensor.numpy reads numbers back"),
        (Skipping, 1, "its network draws random numbers in Python"),
        (WithStream, 1, KEEPS),
        (WithTorchsStream, 1, KEEPS),
        (Showing, 1, KEEPS),
        (Lstm, 1, "its tape failed (Expected out tensor to have dtype"),
        (Leaky, 1, "aten::rrelu_with_noise both changes numbers and makes some"),
        (Carrying, 1, KEEPS),
        (Carrying, 2, KEEPS),
        (Showing, 2, KEEPS),  # of which vmap lets nobody read what it is
    ],
)
def test_what_hides_state_goes_by_autograd_as_if_nothing_had_been_tried(
    cls, members, why, given, monkeypatch
):
    found, stepper = course(given(cls, members))
    assert stepper.by_autograd.startswith(why)
    if cls in (Throwing, Late):  # what they hide is moved on by being asked at all
        return

    monkeypatch.setattr(advance, "record_twice", refused)
    expected, _ = course(given(cls, members))

    assert torch.equal(found, expected)


def test_what_a_network_warns_of_is_told_once(given):
    class Warning(Plain):
        def scaled(self, x):
            warnings.warn("odd", stacklevel=1)
            return x

    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("default")
        _, stepper = course(given(Warning))

    assert not stepper.by_autograd
    assert [str(one.message) for one in told] == ["odd"]


@pytest.mark.parametrize("late", [2, TRIED])  # while both ways are tried, and when one is trusted
def test_what_is_changed_between_epochs_is_seen_before_the_next(late, given, monkeypatch):
    def fading():
        torch.manual_seed(0)
        (stepper,) = make_steppers(faded := given(Fading), state := begin(faded), Pool(CPU))
        for epoch in range(TRIED + 4):
            state.network.inner.strength = 0.5 ** max(0, epoch - late)
            list(stepper.epoch(epoch, [1.0]))
        return state.numbers.clone(), stepper.by_autograd

    found, why = fading()
    monkeypatch.setattr(advance, "record_twice", refused)
    expected, _ = fading()

    assert torch.equal(found, expected)
    assert why == KEEPS
