"""Calls as one come to the same as one by one, and what none can hold stays Python's."""

from functools import partial

import pytest
import torch

from nnrun.engine import script
from nnrun.engine.dispatch import Call
from nnrun.engine.kernels import copied
from nnrun.engine.script import scripted

SHAPE = 8, 8
ROWS, COLUMNS = torch.tensor([1, 5]), torch.tensor([2, 0])
AT = torch.zeros(1, 4, 4, dtype=torch.int64)


@pytest.fixture
def tensors():
    stream = torch.Generator().manual_seed(0)
    return [torch.randn(SHAPE, generator=stream) for _ in range(4)]


def calls_on(x, y, z, total):
    """Calls with all kinds of arguments: numbers, lists of numbers and of tensors, none."""
    return [
        partial(torch.addmm, x, y, x, beta=1, alpha=1, out=z),
        partial(z.relu_),
        partial(torch._C._nn.softplus, z, 1, 20, out=y),  # whole numbers for what is none
        partial(torch.sum, y, [0], True, out=total[:1]),
        partial(torch.clamp, z, None, 1, out=x),
        partial(torch.cat, [x[:4], y[4:]], 0, out=z),
        partial(z.add_, y, alpha=2),
        partial(torch.ops.aten.index.Tensor_out, z, [ROWS, COLUMNS], out=total[0, :2]),
        partial(torch._log_softmax_backward_data, x, z, -1, x.dtype, out=y),
        partial(
            torch._C._nn.max_pool2d_with_indices, x[None], [2, 2], [], out=(z[None, :4, :4], AT)
        ),
        copying(x, y, z, total),
    ]


def copying(x, y, slope, total):
    """A kernel that writes into nothing it is handed, and what of its results is asked for."""
    of_rows, weight = torch.ones(8, 1), torch.ones(8)
    given = x, y, [8], total[0, :1].expand(8, 1), of_rows, weight, weight, [True, False, True]
    kernel = torch.ops.aten.native_layer_norm_backward.default
    return partial(copied, kernel, given, {}, [slope, total[1]])


def after(lines, tensors):
    with torch.inference_mode():
        for _ in range(3):
            for line in lines:
                line()
    return [tensor.clone() for tensor in tensors]


def test_one_call_does_what_many_do(tensors):
    others = [tensor.clone() for tensor in tensors]
    lines = scripted(calls_on(*tensors))

    assert len(lines) == 1
    for found, expected in zip(
        after(lines, tensors), after(calls_on(*others), others), strict=True
    ):
        assert torch.equal(found, expected)


def test_what_no_graph_holds_has_its_place_among_the_others(tensors):
    def python(x):
        x.copy_(x.cos())

    others = [tensor.clone() for tensor in tensors]
    mixed, plain = (
        [*calls_on(*of), partial(python, of[2]), *calls_on(*of)] for of in (tensors, others)
    )
    lines = scripted(mixed)

    assert [line in mixed for line in lines] == [False, True, False]
    for found, expected in zip(after(lines, tensors), after(plain, others), strict=True):
        assert torch.equal(found, expected)


def test_a_few_calls_stay_as_they_are(tensors):
    few = calls_on(*tensors)[: script.FEW]
    assert scripted(few) == few


@pytest.mark.parametrize("name", ["Graph", "_create_function_from_graph"])
def test_a_torch_without_graphs_goes_on_one_by_one(name, tensors, monkeypatch):
    monkeypatch.delattr(torch._C, name)
    calls = calls_on(*tensors)
    assert scripted(calls) == calls


@pytest.mark.parametrize(
    ("kernel", "given"),
    [
        (torch.ops.aten.mul.Tensor, (2.0,)),  # which a graph would take for that of a number
        (torch.ops.aten.clone.default, (torch.contiguous_format,)),
    ],
    ids=["another kernel", "a format"],
)
def test_what_no_graph_takes_is_asked_for_by_python_and_the_rest_is_not(
    kernel, given, tensors, monkeypatch
):
    first, second = calls_on(*tensors), calls_on(*tensors)
    names = [argument.name for argument in kernel._schema.arguments[1 : len(given) + 1]]
    refused = Call(kernel, (tensors[0],), dict(zip(names, given, strict=True)), None)
    alien, find = partial(print), script.reached
    monkeypatch.setattr(script, "reached", lambda call: [refused] if call is alien else find(call))

    lines = scripted([*first, alien, *second])

    assert [line is alien for line in lines] == [False, True, False]


def test_what_goes_wrong_is_told_as_the_kernel_tells_it(tensors):
    x, y, *_ = tensors
    calls = [partial(torch.index_select, x, 0, torch.tensor([99]), out=y[:1])] * 4

    with pytest.raises(IndexError) as plain:
        after(calls, tensors)
    with pytest.raises(RuntimeError) as told:
        after(scripted(calls), tensors)
    assert str(told.value) == str(plain.value)


def test_torchs_own_setting_is_left_as_it_was(tensors):
    lines, before = scripted(calls_on(*tensors)), torch._C._get_graph_executor_optimize()
    after(lines, tensors)
    assert torch._C._get_graph_executor_optimize() == before
