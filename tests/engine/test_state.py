"""A state names all that changes, takes it over from another, and goes on with fewer members."""

import json
from copy import deepcopy

import pytest
import torch

from nnrun.engine.fit import fit
from nnrun.engine.state import begin, keep_members
from nnrun.errors import TrainingFailed
from nnrun.parts.model import Mlp
from nnrun.parts.model.embedding import UNEMBEDDED
from nnrun.parts.optimizer import Lbfgs, Torch

MEMBER = ["active", "best_epoch", "counted", "counted_epoch", "failed", "lowest", "lowest_loss"]
TORCHS = {
    "adam": (Torch("Adam", 1e-2, {}), {"exp_avg", "exp_avg_sq", "step"}),
    "lbfgs": (Lbfgs(1.0, 3, 2, "strong_wolfe"), {"old_dirs", "H_diag", "n_iter", "prev_loss"}),
}


def half(shares):
    return 0.5 + 0 * shares


@pytest.fixture
def stood(cohort, member):
    """A cohort and its state after two epochs."""

    def make(*members, **changes):
        given = cohort(list(members) or [member(0, newest=half), member(1)], epochs=4, **changes)
        state = begin(given)
        epochs = fit(given, state)
        next(epochs), next(epochs)
        return given, state

    return make


def test_each_thing_that_changes_has_a_name(stood):
    _, state = stood()

    names = set(state.leaves(1))

    progress = {f"progress.{name}" for name in [*MEMBER, "watched"] if name != "failed"}
    assert names == progress | {"epoch", "numbers", "average", "best", "memory.0", "memory.1"}


def test_weights_that_nobody_averages_are_named_once(stood, member):
    _, state = stood(member(0))

    assert "average" not in state.leaves(0)


def test_where_another_network_stood_nobody_goes_on(stood, member):
    _, state = stood(member(0))
    leaves = state.leaves(0)

    with pytest.raises(TrainingFailed, match="of other sizes, so its network's code has changed"):
        state.load([{**leaves, "numbers": leaves["numbers"][:, 1:]}])


@pytest.mark.parametrize("rule", TORCHS)
def test_what_an_optimizer_of_torch_remembers_has_names(rule, stood, member):
    optimizer, known = TORCHS[rule]

    _, state = stood(member(0, optimizer), batch_size=140)

    names = [name.split(".") for name in state.leaves(0) if name.startswith("optimizer.")]
    assert known <= {name[2] for name in names}
    assert {int(name[1]) for name in names} == (set(range(6)) if rule == "adam" else {0})


@pytest.mark.parametrize("rule", TORCHS)
def test_leaves_are_the_tensors_themselves_row_by_row_and_what_json_can_hold(rule, stood, member):
    _, state = stood(member(0, TORCHS[rule][0]), batch_size=140)

    leaves = state.leaves(0)

    assert leaves["numbers"].data_ptr() == state.numbers.data_ptr()
    for leaf in leaves.values():
        if isinstance(leaf, torch.Tensor):
            assert leaf.is_contiguous()
            assert not leaf.requires_grad
        else:
            assert json.loads(json.dumps(leaf)) == leaf


@pytest.mark.parametrize("rule", [None, *TORCHS])
def test_who_goes_on_from_leaves_does_not_change_them(rule, stood, member):
    given, state = stood(member(0, rule and TORCHS[rule][0]), batch_size=140)
    leaves = deepcopy(state.leaves(0))
    before = deepcopy(leaves)
    again = begin(given)

    again.load([leaves])
    list(fit(given, again))

    assert again.epoch == 4
    assert str(leaves) == str(before)


@pytest.mark.parametrize("shape", [(24, 24), (24, 1)], ids=["matrices", "one unit"])
def test_what_torchs_optimizers_remember_lies_in_memory_as_before(shape, stood, member):
    model = Mlp(shape, "tanh", "torch", "none", 0.0, 0.1, **UNEMBEDDED)
    given, state = stood(member(0, Torch("Rprop", 1e-2, {})), model=model)
    again = begin(given)

    again.load([deepcopy(state.leaves(0))])

    pairs = zip(state.optimizer.state.values(), again.optimizer.state.values(), strict=True)
    for ours, theirs in pairs:
        assert ours.keys() == theirs.keys()
        assert ours["prev"].is_contiguous() == theirs["prev"].is_contiguous()
        assert torch.equal(ours["step_size"], theirs["step_size"])


# Fewer members


def test_members_that_stay_have_what_they_had(stood, member):
    given, state = stood(member(0), member(1, newest=half), member(2))

    fewer, kept = keep_members(given, state, [1, 2])

    assert [one.seed for one in fewer.members] == [1, 2]
    assert kept.progress == state.progress[1:]
    assert kept.epoch == 2
    for name, tensor in kept.tensors().items():
        assert torch.equal(tensor, state.tensors()[name][1:]), name
    assert torch.equal(kept.network.linears[0].weight, state.network.linears[0].weight[1:])


def test_who_stay_after_the_last_that_averages_are_scored_as_they_are(stood, member):
    given, state = stood(member(0, newest=half), member(1))

    _, kept = keep_members(given, state, [1])

    assert not kept.averaging
    assert torch.equal(kept.average, state.average[1:])


def test_a_cohort_from_which_nobody_leaves_stays_as_it_is(stood):
    given, state = stood()

    assert keep_members(given, state, [0, 1]) == (given, state)


def test_numbers_too_large_to_be_summed_up_lose_nobody_and_infinite_ones_their_member(
    cohort, member
):
    state = begin(cohort([member(0), member(1)]))
    state.memory[0][0] = 3e38
    state.judge(state.sums.tolist())
    assert state.active == [True, True]

    state.memory[1][1, :2] = torch.tensor([torch.inf, -torch.inf])
    state.judge(state.sums.tolist())
    assert state.active == [True, False]


def test_every_copy_that_trains_is_told_so_by_its_own_method(cohort, member):
    class Told(torch.nn.Linear):
        modes = ()

        def train(self, mode=True):
            self.modes = *self.modes, mode
            return super().train(mode)

    given = cohort([member(m, newest=half) for m in range(2)], networks=(Told(12, 4), Told(12, 4)))

    state = begin(given)
    _, fewer = keep_members(given, state, [1])

    for one in (state.network, state.judged, fewer.network):
        assert one.modes == (True,)
