"""Whatever a program has set of torch, what it calls sees nothing of it, and leaves it as it was."""

import pytest
import torch

from nnrun.engine.surroundings import own_training, torch_as_usual


def told() -> dict[str, object]:
    return {
        "numbers": torch.get_default_dtype(),
        "device": torch.get_default_device().type,
        "slopes": torch.is_grad_enabled(),
        "inference": torch.is_inference_mode_enabled(),
        "autocast": torch.is_autocast_enabled("cpu"),
        "products": torch.get_float32_matmul_precision(),
        "threads": torch.get_num_threads(),
        "made on": torch.ones(1).device.type,
    }


def test_torch_is_as_usual_inside_and_as_it_was_outside(ambient):
    usual = told()

    with ambient():
        before = told()
        with torch_as_usual():
            inside = told()
        after = told()

    assert inside == usual
    assert after == before != usual


@own_training()
def fail() -> None:
    torch.set_num_threads(torch.get_num_threads() + 1)
    raise ValueError("as asked")


def test_it_is_as_it_was_where_something_fails(ambient):
    with ambient():
        before = told()
        with pytest.raises(ValueError, match="as asked"):
            fail()

        assert told() == before
