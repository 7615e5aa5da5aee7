"""Where a tape's results lie: in the place of what nobody looks at any more, and nowhere else."""

import pytest
import torch

from nnrun.engine.tape import Pool, record

SHAPE = 16, 16


FUNCTIONS = {
    "the first goes": lambda x, y: x.sin().tanh(),
    "the second goes": lambda x, y: torch.sub(y, x.sin()),
    "the third goes": lambda x, y: torch.addcmul(x, y, y.sin()),
    "a slope goes": lambda x, y: torch.ops.aten.tanh_backward(x.cos(), y),
    "one of two": lambda x, y: x.sin() * y.sin(),
    "the same twice": lambda x, y: (lambda z: z * z)(x.sin()),
    "turned": lambda x, y: (lambda z: z + z.mT)(x.sin()),
    "still wanted": lambda x, y: (lambda z: z * y + z)(x.sin()),
    "a product of itself": lambda x, y: (lambda z: z.addmm(z, z))(x.sin()),
    "a product and its sum": lambda x, y: x.sin().addmm(x, y),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_tape_gives_what_was_recorded_with_other_numbers_too(name):
    x, y, found = torch.randn(SHAPE), torch.randn(SHAPE), torch.empty(SHAPE)
    function = FUNCTIONS[name]

    tape = record(lambda: found.copy_(function(x, y)), [x, y], Pool(torch.device("cpu")))

    for _ in range(2):
        x.normal_(), y.normal_()
        with torch.inference_mode():
            tape()
        assert torch.equal(found, function(x, y))


@pytest.mark.parametrize("name", ["the first goes", "the second goes", "a slope goes"])
def test_what_is_computed_number_by_number_takes_the_place_of_what_it_was_computed_from(name):
    x, y, found = torch.randn(SHAPE), torch.randn(SHAPE), torch.empty(SHAPE)
    pool = Pool(torch.device("cpu"))

    record(lambda: found.copy_(FUNCTIONS[name](x, y)), [x, y], pool)

    assert pool.bytes == found.nbytes
