"""Memory that runs out: which batch size would fit."""

import pytest

from nnrun.errors import TrainingFailed
from nnrun.runs.shortages import bytes_asked
from nnrun.training.memory import fitting, smaller_batches_told

ON_CPU = (
    "DefaultCPUAllocator: can't allocate memory: you tried to allocate 4000 bytes. Error code 12"
)
ON_CUDA = "CUDA out of memory. Tried to allocate 1.50 GiB. GPU 0 has a total capacity of 2 GiB"


def test_a_batch_is_halved_until_there_and_back_would_fit():
    assert fitting(1024, wanted=1000, there=10_000) == 512
    assert fitting(1024, wanted=1000, there=500) == 256
    assert fitting(1024, wanted=1000, there=0) == 1


def test_what_was_asked_for_in_vain_is_read():
    told = (ON_CPU, ON_CUDA, "something else")

    assert [bytes_asked(RuntimeError(text)) for text in told] == [4000, 1.5 * 2**30, 0]


@pytest.mark.parametrize(
    ("batch_size", "advice"),
    [(64, r"try training.batch_size=32 \(it was 64\), or"), (1, "take a smaller network$")],
)
def test_memory_that_ends_is_told_with_what_would_fit(batch_size, advice):
    with (
        pytest.raises(TrainingFailed, match=f"memory ran out; {advice}"),
        smaller_batches_told(batch_size),
    ):
        raise RuntimeError(ON_CPU)


def test_what_else_goes_wrong_passes():
    with pytest.raises(RuntimeError, match="else"), smaller_batches_told(64):
        raise RuntimeError("something else")
