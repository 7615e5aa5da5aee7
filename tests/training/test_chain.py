"""The hash of an epoch is of all weights and of the epoch before, and the same however a run was trained."""

from hashlib import sha256

import pytest
import torch

from nnrun.config.experiment import build
from nnrun.training.training import Training

SMALL = ("dataset=iris", "training.epochs=3", "model.widths=[4]", "scheduler=constant")


@pytest.fixture
def trained(composer):
    """Train members together, and give what is hashed after each epoch beside their histories."""

    def train(*words):
        experiments = [build(job.config, job.overrides, job.choices) for job in composer(*SMALL, *words)]  # fmt: skip
        training, seen = Training(experiments, torch.device("cpu")), []
        for _ in training.epochs():
            state = training.stacks[0].state
            seen.append((state.numbers.clone().numpy(), state.average.clone().numpy()))
        return training.history, seen

    return train


def hashes(history):
    return [epoch.weights for epoch in history]


def test_a_hash_is_of_all_weights_and_of_the_hash_before(trained):
    (history,), seen = trained("optimizer.lr=0.1")

    before = ""
    for epoch, (numbers, _) in zip(history, seen, strict=True):
        before = sha256(before.encode() + numbers[0].tobytes()).hexdigest()
        assert epoch.weights == before


def test_the_average_is_hashed_beside_the_weights_that_it_is_of(trained):
    (history,), seen = trained("regularisation=ema")

    numbers, average = seen[0]
    assert not (numbers == average).all()
    assert history[0].weights == sha256(numbers[0].tobytes() + average[0].tobytes()).hexdigest()


def test_members_have_the_hashes_they_would_have_alone(trained):
    together, _ = trained("seed=0,1", "regularisation.ema=0.0,0.9")

    alone = [
        trained(f"seed={seed}", f"regularisation.ema={ema}")[0][0]
        for seed in (0, 1)
        for ema in (0.0, 0.9)
    ]
    assert [hashes(one) for one in together] == [hashes(one) for one in alone]
    assert len({one[-1].weights for one in together}) == 4


def test_who_wants_no_hashes_has_none_and_the_same_numbers(small):
    words = ("dataset=iris", "training.epochs=3")
    hashed, plain = small(*words), small(*words, "training.hashes=false")

    assert plain.read("weights.csv").splitlines() == ["epoch,sha256", "1,", "2,", "3,"]
    assert all(len(line) == 66 for line in hashed.read("weights.csv").splitlines()[1:])
    assert plain.read("metrics.csv") == hashed.read("metrics.csv")
