"""A rule that moves matrices as wholes finds each as it lies; what is no matrix of weights moves number by number."""

import pytest
import torch

from nnrun.engine.feed import Feed
from nnrun.engine.members import layout
from nnrun.engine.state import begin
from nnrun.engine.step import blocks
from nnrun.parts.optimizer import Muon

RULE = Muon(1e-2, (0.9, 0.999), 1e-8, 0.95, 5)


@pytest.fixture
def in_full(monkeypatch):
    """Let torch's Muon compute in the precision of its numbers."""
    monkeypatch.setattr(torch.Tensor, "bfloat16", torch.Tensor.clone)


@pytest.mark.usefixtures("in_full")
@pytest.mark.parametrize("decay", [0.0, 0.1])
def test_training_equals_torchs_muon_of_matrices_beside_adam(decay, cohort, member, trained):
    given = cohort([member(3, RULE, weight_decay=decay)])
    network = given.networks[0]

    _, state = trained(given)

    matrices = [tensor for tensor in network.parameters() if tensor.dim() == 2]
    others = [tensor for tensor in network.parameters() if tensor.dim() < 2]
    muon = torch.optim.Muon(matrices, 1e-2, decay, adjust_lr_fn="match_rms_adamw")
    adam = torch.optim.Adam(others, 1e-2)
    feed = Feed(given, 1)
    for epoch in range(given.epochs):
        for slot in feed.steps(epoch, [1.0]):
            x, (y,) = slot.batch.x.clone(), slot.batch.wanted
            network.zero_grad()
            given.loss(0)(network(x, None), y.clone()).backward()
            muon.step()
            adam.step()
    for own, tensor in network.named_parameters():
        moved = dict(state.network.named_parameters())[own]
        torch.testing.assert_close(moved, tensor, rtol=1e-3, atol=1e-4)


class Several(torch.nn.Module):
    """Tensors of one to four axes."""

    def __init__(self):
        super().__init__()
        for axes, shape in enumerate([(20,), (20, 3), (2, 3, 4), (4, 3, 2, 2)], 1):
            setattr(self, f"of_{axes}", torch.nn.Parameter(torch.ones(shape)))
        self.adapter = torch.nn.Parameter(torch.ones(5, 20))


def test_matrices_and_filters_are_wholes_in_the_shape_as_they_lie():
    where = layout(Several(), lambda name, axes: axes > 1 and name != "adapter")

    made = blocks(where, torch.zeros(3, where.learnt), (torch.zeros(3, where.learnt),), True)

    names = where.learnt_names()
    by_name = {names[block.tensors.start]: block.whole for block in made}
    # what decay does not reach is no matrix of weights
    assert by_name == {"of_2": (3, 20), "of_3": (), "of_4": (4, 12), "of_1": ()}
    w, g, (memory,) = made[0].as_matrices(torch.ones(3, 60))
    assert w.shape == g.shape == memory.shape == (3, 3, 20)


def test_other_rules_see_no_wholes(cohort, member):
    state = begin(cohort([member(), member(1)]))

    made = blocks(state.layout, state.numbers, state.memory)

    assert {block.whole for block in made} == {()}
