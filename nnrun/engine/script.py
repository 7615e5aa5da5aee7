"""Many calls of a tape as one: a graph that torch runs by itself, as it runs TorchScript.

Python takes half a microsecond to ask for a kernel, and keeps its lock meanwhile. torch's graphs
are experimental; they are touched here and nowhere else. A call that none can hold stays Python's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import partial
from itertools import compress, groupby
from typing import Any

import torch
from torch import Tensor

from nnrun.engine.dispatch import Call, reached
from nnrun.engine.kernels import Line, copied

FEW = 3  # calls that are left as they are
Gathered = list[tuple[Tensor, Tensor]]  # sources, and where some of their rows go
REFUSALS = (TypeError, ValueError, LookupError, AttributeError, RuntimeError)


def scripted(calls: list[Line]) -> list[Line]:
    """Give what does the same with fewer calls."""
    known = [(call, kernel_call(call)) for call in calls]
    lines: list[Line] = []
    for _, group in groupby(known, lambda pair: pair[1] is None):
        own, kernels = zip(*group, strict=True)
        lines += own if None in kernels or len(own) <= FEW else as_one(own, kernels)
    return lines


def looped(
    calls: list[Line], gathered: Gathered, targets: list[Tensor]
) -> Callable[[list[Tensor]], None] | None:
    """Give what makes all calls for each row of some tables, if a graph takes them all.

    Before it does, it gathers of each source what a row of the first table names, and copies a row
    of each other table to its place.
    """
    try:
        with torch.inference_mode():
            kernels = [asked(call) for call in calls]
        function, tensors = Graph().loop(kernels, gathered, targets)
    except REFUSALS:
        return None
    return lambda tables: run(partial(function, tables[0].shape[0], *tables, *tensors))


def kernel_call(call: Line) -> Call | None:
    """Find the one kernel that a call reaches, if a graph takes it with its arguments."""
    try:
        with torch.inference_mode():
            one = asked(call)
        Graph().add(one)
    except REFUSALS:
        return None
    return one


def asked(call: Line) -> Call:
    """Give the one kernel that a call asks for; its results are where they are wanted."""
    if isinstance(call, partial) and call.func is copied:
        return Call(*call.args)
    (one,) = reached(call)
    return one


def as_one(calls: Iterable[Line], kernels: Iterable[Call]) -> list[Line]:
    """Give one call for several, or these where torch does not take the graph."""
    graph = Graph()
    for kernel in kernels:
        graph.add(kernel)
    try:
        return [graph.line()]
    except REFUSALS:
        return [*calls]


class Graph:
    """Kernels one after the other, over tensors that stay where they are."""

    def __init__(self) -> None:
        self.graph: Any = torch._C.Graph()
        self.tensors: list[Tensor] = []
        self.inputs: dict[tuple, Any] = {}  # by how a tensor lies in memory

    def add(self, call: Call) -> None:
        """Add a call behind the others."""
        schema = call.kernel._schema
        given = dict(zip((one.name for one in schema.arguments), call.args, strict=False))
        given |= call.kwargs
        values = [
            self.value(given.get(one.name, one.default_value), str(one.type))
            for one in schema.arguments
        ]
        node = self.insert(schema.name, values, len(schema.returns))
        for output, returned in zip(node.outputs(), schema.returns, strict=True):
            output.setType(returned.type)
        if node.schema() != str(schema):
            raise TypeError(f"{schema} is taken for {node.schema()}")
        if not call.writes:
            if any(str(returned.type) != "Tensor" for returned in schema.returns):
                raise TypeError(f"{schema} gives lists")
            everything = [True] * len(schema.returns)
            made = compress(node.outputs(), given.get("output_mask", everything))
            for target, output in zip(call.outputs, made, strict=True):
                self.copy(target, output)

    def copy(self, target: Tensor, value: Any) -> None:
        """Add a copy of a value to where it is wanted."""
        self.tensor("aten::copy_", [self.input(target), value, self.graph.insertConstant(False)])

    def insert(self, name: str, values: list, outputs: int) -> Any:
        node = self.graph.create(name, values, outputs)
        self.graph.insertNode(node)
        return node

    def value(self, given: Any, kind: str) -> Any:
        """Give what stands in the graph for an argument of this kind."""
        if isinstance(given, Tensor):
            return self.input(given)
        if isinstance(given, list | tuple) and given and isinstance(given[0], Tensor):
            node = self.insert("prim::ListConstruct", [self.input(one) for one in given], 1)
            optional = torch._C.ListType(torch._C.OptionalType.ofTensor())
            of_each = torch._C.ListType.ofTensors()
            node.output().setType(optional if "Optional" in kind else of_each)
            return node.output()
        if isinstance(given, list | tuple) and not given:
            node = self.insert("prim::ListConstruct", [], 1)
            node.output().setType(torch._C.ListType.ofInts())
            return node.output()
        if isinstance(given, int) and not isinstance(given, bool) and "float" in kind:
            given = float(given)
        return self.graph.insertConstant(given)

    def input(self, tensor: Tensor) -> Any:
        lies = tensor.data_ptr(), tensor.shape, tensor.stride(), tensor.dtype
        if lies not in self.inputs:
            self.inputs[lies] = self.graph.addInput()
            self.inputs[lies].setType(torch._C.TensorType.get())
            self.tensors.append(tensor)
        return self.inputs[lies]

    def line(self) -> Line:
        return partial(run, partial(self.function(), *self.tensors))

    def function(self) -> Callable[..., object]:
        self.graph.registerOutput(self.graph.insertConstant(None))
        return torch._C._create_function_from_graph("calls", self.graph)

    def loop(
        self, calls: list[Call], gathered: Gathered, targets: list[Tensor]
    ) -> tuple[Callable[..., object], list[Tensor]]:
        """Give a function of how many times, and of the tables; and what else it is called with."""
        tensor, whole = torch._C.TensorType.get(), torch._C.IntType.get()
        kinds = [whole, *[tensor] * (1 + len(targets))]
        times, *tables = inputs = [self.graph.addInput() for _ in kinds]
        for one, kind in zip(inputs, kinds, strict=True):
            one.setType(kind)
        on = self.graph.insertConstant(True)
        block = self.insert("prim::Loop", [times, on], 0).addBlock()
        place = block.addInputToBlock()
        place.setType(whole)
        with self.graph.insert_point_guard(block.returnNode()):
            first = self.graph.insertConstant(0)
            rows = [self.tensor("aten::select", [table, first, place]) for table in tables]
            for source, target in gathered:
                into = self.input(source), first, rows[0], self.input(target)
                self.tensor("aten::index_select", [*into])
            for target, row in zip(targets, rows[1:], strict=True):
                self.copy(target, row)
            for call in calls:
                self.add(call)
        block.registerOutput(on)
        return self.function(), self.tensors

    def tensor(self, name: str, values: list) -> Any:
        """Add a call of ours that gives a tensor."""
        output = self.insert(name, values, 1).output()
        output.setType(torch._C.TensorType.get())
        return output


def run(function: Line) -> None:
    """Run a graph as it stands, kernel by kernel: what torch makes of it rounds elsewhere."""
    before = torch._C._get_graph_executor_optimize()
    torch._C._set_graph_executor_optimize(False)
    try:
        function()
    except RuntimeError as error:
        # behind lines of the graph's own stand the kernel's words
        raise RuntimeError(
            re.split(r"^\w*Error: ", str(error), maxsplit=1, flags=re.M)[-1].strip()
        ) from error
    finally:
        torch._C._set_graph_executor_optimize(before)
