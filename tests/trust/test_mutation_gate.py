"""Every piece of what a run goes on from is needed: without it, or with it as at the start, resume differs.

A test of resume proves little where it does not notice that a piece is missing. So each leaf of a checkpoint is
left out in turn, and set back in turn, and what comes out must be refused or be another run. What nobody notices
in any of these trainings is no state, or a promise that nothing tests.
"""

import re

import pytest
import torch

from nnrun.config.experiment import build
from nnrun.training.checkpoint import Checkpoint, identity, read, stand
from nnrun.training.training import Training

CPU = torch.device("cpu")
QUICK = ("dataset=diabetes", "dataset.split.train=0.1", "dataset.split.val=0.1", "dataset.split.test=0.8",
         "model.widths=[6,5]", "training.batch_size=20", "training.device=cpu")  # fmt: skip
DRAWING = ("model.norm=batch", "regularisation.input_noise=0.1", "regularisation.mixup=0.2", "regularisation.gradient_noise=0.01")  # fmt: skip
# Each is left after so many epochs, and goes on to its end.
TRAININGS = {
    # all that changes and draws, watched by a schedule, and nobody stops it
    "drawing": (5, (*QUICK, *DRAWING, "regularisation.ema=0.8", "scheduler=plateau", "scheduler.patience=1",
                    "scheduler.threshold=0.1", "optimizer.lr=0.05", "training.epochs=9")),
    # has waited for some epochs when it is left, and comes to an end by that
    "waiting": (12, (*QUICK, "optimizer=adam", "regularisation.patience=4", "regularisation.min_delta=0.05",
                    "optimizer.lr=0.3", "training.epochs=40")),
    # its best epoch is over when it is left
    "past its best": (7, (*QUICK, "optimizer=nesterov", "optimizer.lr=0.3", "training.epochs=9")),
    # of epochs as accurate, that of the lower loss is the best
    "ties": (11, ("dataset=iris", "model.widths=[6]", "training.score=accuracy", "optimizer=rmsprop",
                  "optimizer.lr=0.05", "scheduler=constant", "training.epochs=16", "training.batch_size=10",
                  "training.device=cpu")),
    # an average from some epoch on, and what came before competes no more
    "averaging": (5, (*QUICK, "optimizer=adagrad", "regularisation.swa=0.6", "regularisation.patience=3",
                      "optimizer.lr=0.1", "training.epochs=9")),
    # it has been stopped when it is left
    "stopped": (4, (*QUICK, "optimizer=sgd", "regularisation.patience=3", "regularisation.min_delta=1e9",
                    "training.epochs=9")),
    # optimizers that keep a memory of their own
    "adam of torch": (3, (*QUICK, "optimizer=torch", "training.epochs=5")),
    "lbfgs": (3, (*QUICK, "optimizer=lbfgs", "training.batch_size=full", "training.epochs=5")),
}  # fmt: skip


# What L-BFGS of torch lists as its state and, but for rare cases, works out anew in each step, or only counts.
SCRATCH = {f"optimizer.{name}" for name in ("al", "H_diag", "prev_loss", "func_evals")}


class Left:
    """A training as it stood when it was left, as a file holds it, and what it came to undisturbed."""

    def __init__(self, composer, name):
        self.at, words = TRAININGS[name]
        given = {word.partition("=")[0]: word for word in words}
        (job,) = composer(*given.values())
        self.experiment = build(job.config, job.overrides, job.choices)
        self.start = Training([self.experiment], CPU).standing(0)[0]
        training = Training([self.experiment], CPU)
        steps = training.epochs()
        state = training.stacks[0].state
        while state.epoch < self.at and any(state.active):
            next(steps)
        written = Checkpoint(identity(self.experiment), *stand(training, 0)).as_bytes()
        self.checkpoint = read(written)
        for _ in steps:
            pass
        self.results = results(training)

    def gone_on(self, checkpoint):
        """What comes of going on from a checkpoint; None where that is refused."""
        if checkpoint.flaw(self.experiment):
            return None
        training = Training([self.experiment], CPU)
        training.go_on_from([checkpoint.leaves], [checkpoint.epochs])
        for _ in training.epochs():
            pass
        return results(training)

    def noticed(self, leaves):
        """Whether it is refused, or comes to anything else, to go on with other leaves."""
        other = self.checkpoint._replace(leaves=[leaves])
        try:
            return self.gone_on(other) != self.results
        except (LookupError, RuntimeError, ValueError, TypeError, AttributeError, AssertionError):
            return True  # an optimizer of torch without a piece of its memory


def results(training):
    """What a run leaves of it: its lines, its best epoch, its model."""
    lines = [epoch.lines()[:2] for epoch in training.history[0]]
    kept = training.left[0]
    return lines, kept.best_epoch, kept.best.numpy().tobytes()


@pytest.fixture(scope="module")
def left(composer):
    known = {}

    def leave(name):
        if name not in known:
            known[name] = Left(composer, name)
        return known[name]

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield leave
    torch.set_num_threads(before)


def kind(leaf):
    """What a leaf is of its like: one tensor's memory of an optimizer of torch is as another's."""
    return re.sub(r"\.\d+", "", leaf) if leaf.startswith("optimizer.") else leaf


def same(one, other):
    if isinstance(one, torch.Tensor) and isinstance(other, torch.Tensor):
        return torch.equal(one, other)
    return one == other


@pytest.mark.parametrize("name", TRAININGS)
def test_the_state_before_the_first_update_is_exact(name, left):
    training = Training([left(name).experiment], CPU)

    training.go_on_from([left(name).checkpoint.leaves], [left(name).checkpoint.epochs])

    held, stands = left(name).checkpoint.leaves[0], training.stacks[0].state.leaves(0)
    assert held.keys() == stands.keys()
    assert [leaf for leaf in held if not same(held[leaf], stands[leaf])] == []


@pytest.mark.parametrize("name", TRAININGS)
def test_the_course_afterwards_is_exact(name, left):
    assert left(name).gone_on(left(name).checkpoint) == left(name).results


def test_the_trainings_are_what_they_are_said_to_be(left):
    lines, _, _ = left("waiting").results
    waited = left("waiting").checkpoint.leaves[0]
    assert waited["epoch"] - waited["progress.counted_epoch"] > 0
    assert left("waiting").at < len(lines) < 40
    assert left("past its best").results[1] < left("past its best").at
    assert not left("stopped").checkpoint.leaves[0]["progress.active"]


def test_no_leaf_can_be_left_out(left):
    unnoticed = []
    for name in TRAININGS:
        leaves = left(name).checkpoint.leaves[0]
        for leaf in leaves:
            without = {other: held for other, held in leaves.items() if other != leaf}
            if kind(leaf) not in SCRATCH and not left(name).noticed(without):
                unnoticed.append((name, leaf))

    assert unnoticed == []


def test_every_kind_of_leaf_is_noticed_when_it_is_set_back(left):
    kinds, noticed = set(), set()
    for name in TRAININGS:
        leaves, start = left(name).checkpoint.leaves[0], left(name).start
        for leaf, held in leaves.items():
            kinds.add(kind(leaf))
            if kind(leaf) in noticed:
                continue
            nothing = torch.zeros_like(held) if isinstance(held, torch.Tensor) else 0
            back = start.get(leaf, nothing)
            if not same(held, back) and left(name).noticed({**leaves, leaf: back}):
                noticed.add(kind(leaf))

    assert kinds - noticed - SCRATCH == set()


def test_the_epochs_so_far_are_needed_line_by_line(left):
    whole = left("drawing").checkpoint
    ((first, *rest),) = whole.epochs

    others = [rest, [first, *rest][:-1]]
    for field in set(first._fields) - {"seconds", "place"}:
        others.append([first._replace(**{field: 0 if field != "weights" else "0"}), *rest])

    for epochs in others:
        assert left("drawing").gone_on(whole._replace(epochs=[epochs])) != left("drawing").results


def test_what_a_checkpoint_lacks_or_holds_otherwise_is_told(left):
    whole = left("drawing").checkpoint
    (leaves,) = whole.leaves
    other = [leaves | {"numbers": leaves["numbers"] + 1}]
    fewer = [{name: held for name, held in leaves.items() if "memory" not in name}]

    assert not whole.flaw(left("drawing").experiment)
    assert whole.flaw(left("waiting").experiment) == "is another run's"
    assert (
        whole._replace(leaves=fewer).flaw(left("drawing").experiment) == "lacks memory.0, memory.1"
    )
    wrong = whole._replace(leaves=other).flaw(left("drawing").experiment)
    assert wrong == "holds other weights than those of its last epoch"
