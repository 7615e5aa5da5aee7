"""Networks from outside, which know nothing of members and masks."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from traceback import FrameSummary, StackSummary, extract_tb
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call, vmap
from torch.nn.parameter import is_lazy

from nnrun import errors
from nnrun.errors import (
    Mistake,
    Problem,
    TrainingFailed,
    first_line,
    is_out_of_memory,
    listing,
)

Tensors = dict[str, Tensor]
HOME, TORCH = Path(errors.__file__).parent, Path(torch.__file__).parent


class Foreign(nn.Module):
    """A network of one's own as the engine calls it."""

    def __init__(self, inner: nn.Module, outputs: int):
        super().__init__()
        self.inner = inner
        self.outputs = outputs
        self.rank = next(inner.parameters()).dim()
        self.by_vmap: bool | None = None  # whether vmap takes it; not known before it is asked

    def forward(self, x: Tensor, masks: Tensor | None = None) -> Tensor:
        own = x.clone()  # which it may change
        # whatever it draws in use, the same rows get the same answer
        drawing = nullcontext() if self.training else seeded(0)
        with told_as_its_own(self.inner, x), drawing:
            said = self.answer(own)
        if wrong := self.unfit(said, x):
            raise failed(self.inner, x, wrong)
        return said

    def unfit(self, said: Any, x: Tensor) -> str:
        """Tell why what the network said is no answer to each row from which it could learn."""
        wanted = *x.shape[:-1], self.outputs
        if not isinstance(said, Tensor) or said.shape != wanted:
            given = tuple(said.shape) if isinstance(said, Tensor) else f"a {type(said).__name__}"
            return f"it gives {given} where a tensor of {wanted} is wanted"
        if said.is_complex():
            return "it gives complex numbers"
        if self.training and torch.is_grad_enabled() and not said.requires_grad:
            cut = "torch.no_grad, detach, numpy and whole numbers cut them off"
            return f"its answers do not depend on its parameters; {cut}"
        return ""

    def answer(self, x: Tensor) -> Tensor:
        """Ask the network, whose buffers stay views of the numbers, also where it replaces one."""
        buffers = dict(self.inner.named_buffers())
        if next(self.inner.parameters()).dim() == self.rank:
            said = self.inner(x)
            put_back(self.inner, buffers)
        else:
            said, changed = self.of_many(x, buffers)
            for name, buffer in buffers.items():
                buffer.copy_(changed[name].detach())
        return said

    def of_many(self, x: Tensor, buffers: Tensors) -> tuple[Tensor, Tensors]:
        """Ask all members at once by vmap, or one after the other where vmap refuses."""
        parameters: Tensors = dict(self.inner.named_parameters())
        if self.by_vmap:
            # vmap changes buffers only where they lie together, so in copies
            return vmap(self.of_one, randomness="different")(parameters, copies(buffers), x)
        if self.by_vmap is None:
            drawn = [stream.get_state() for stream in streams()]
            try:
                self.by_vmap = True
                return self.of_many(x, buffers)
            except Exception as error:
                if is_out_of_memory(error):
                    raise
                self.by_vmap = False
                for stream, state in zip(streams(), drawn, strict=True):
                    stream.set_state(state)
        return self.one_by_one(parameters, copies(buffers), x)

    def one_by_one(
        self, parameters: Tensors, buffers: Tensors, x: Tensor
    ) -> tuple[Tensor, Tensors]:
        members = range(len(x))
        each = [self.of_one(of(parameters, m), of(buffers, m), x[m]) for m in members]
        said, changed = zip(*each, strict=True)
        return torch.stack(said), {
            name: torch.stack([one[name] for one in changed]) for name in buffers
        }

    def of_one(self, parameters: Tensors, buffers: Tensors, x: Tensor) -> tuple[Tensor, Tensors]:
        tensors = parameters | buffers
        put = {place: tensors[name] for place, name in self.places().items()}
        said = functional_call(self.inner, put, (x,), tie_weights=False)
        return said, {name: put[name] for name in buffers}

    def places(self) -> dict[str, str]:
        """Tell of each place in its modules which tensor stands there, by its first name."""
        named = *self.inner.named_parameters(), *self.inner.named_buffers()
        names = {id(tensor): name for name, tensor in named}
        return {
            f"{path}.{own_name}".lstrip("."): names[id(tensor)]
            for path, module in self.inner.named_modules()
            for own_name, tensor in (module._parameters | module._buffers).items()
            if tensor is not None
        }


@torch.no_grad()
def put_back(network: nn.Module, buffers: dict[str, Tensor]) -> None:
    """Give a network its buffers again, with the numbers of those that it put in their place."""
    now = dict(network.named_buffers())
    for name, buffer in buffers.items():
        if now[name] is not buffer:
            owner, _, own_name = name.rpartition(".")
            network.get_submodule(owner)._buffers[own_name] = buffer.copy_(now[name])


@contextmanager
def told_as_its_own(network: nn.Module, x: Tensor) -> Iterator[None]:
    """Tell what a network raises as its failure, with the line of its file."""
    try:
        yield
    except (Exception, SystemExit) as error:
        lines = extract_tb(error.__traceback__)
        last = lines[-1]  # of a signal, or of a recording that refuses, it is nnrun's
        if (within(HOME, last) and last.filename != __file__) or is_out_of_memory(error):
            raise
        raise failed(network, x, told(error), place(lines)) from error


def failed(network: nn.Module, x: Tensor, why: str, place: str = "") -> TrainingFailed:
    return TrainingFailed(f"{type(network).__name__} failed on rows {tuple(x.shape)}{place}: {why}")


def told(error: BaseException) -> str:
    """Give an error in a line, with its kind where it is not torch that speaks."""
    kind, line = type(error).__name__, first_line(error)
    if isinstance(error, RuntimeError) and line:
        return line
    return f"{kind}: {line}" if line else kind


def place(lines: StackSummary) -> str:
    """Tell the last line of one's own before it went wrong."""
    own = [line for line in lines if not within(HOME, line) and not within(TORCH, line)]
    return f", {Path(own[-1].filename).name} line {own[-1].lineno}" if own else ""


def within(folder: Path, line: FrameSummary) -> bool:
    return folder in Path(line.filename).parents


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Let torch's own stream begin at a seed in here, and go on outside as if nothing was drawn."""
    with torch.random.fork_rng(range(len(streams()) - 1), device_type="cuda"):
        for stream in streams():
            stream.manual_seed(seed)
        yield


def streams() -> tuple[torch.Generator, ...]:
    """Give torch's own streams; CUDA has none before its first use."""
    return torch.default_generator, *torch.cuda.default_generators


def copies(tensors: Tensors) -> Tensors:
    return {name: tensor.clone() for name, tensor in tensors.items()}


def of(tensors: Tensors, member: int) -> Tensors:
    return {name: tensor[member] for name, tensor in tensors.items()}


def adopt(
    cls: type, sizes: tuple[int, int], arguments: dict[str, Any], generator: torch.Generator
) -> Foreign:
    """Make a network of a trusted class, whose first weights follow from the generator's seed."""
    warnings.filterwarnings("ignore", "There is a performance drop")  # vmap's, of a loop of its own
    if not issubclass(cls, nn.Module):
        raise Mistake(Problem("model.module", cls.__name__, "is no torch.nn.Module"))
    try:
        with seeded(generator.initial_seed()):
            inner = cls(*sizes, **arguments)
    except Exception as error:
        told = f"{type(error).__name__}: {error}"
        wrong = f"{sizes[0]}, {sizes[1]} and {arguments} cannot make one ({told})"
        raise Mistake(Problem("model.module", cls.__name__, wrong)) from error
    if wrong := unready(inner):
        raise Mistake(Problem("model.module", cls.__name__, wrong))
    keep_frozen(inner)
    if not any(True for _ in inner.parameters()):
        raise Mistake(Problem("model.module", cls.__name__, "has no parameters to train"))
    return Foreign(inner.float(), sizes[1])


def unready(network: nn.Module) -> str:
    """Tell why a network cannot be given numbers, or be asked for them."""
    if any(map(is_lazy, network.parameters())):
        return "has layers whose sizes are not known before they are asked; give them in numbers"
    sketched = torch.empty(0).is_meta  # where nothing has numbers
    if any(tensor.is_meta for tensor in network.parameters()) and not sketched:
        return "has parameters without numbers (on the meta device); make them on the CPU"
    missing = dict(network.named_parameters(remove_duplicate=False)).keys() - network.state_dict()
    if missing:
        return f"has a state_dict without {listing(sorted(missing))}, so it could not be saved"
    return ""


def keep_frozen(network: nn.Module) -> None:
    """Let what a network does not want to learn be buffers, which no step moves."""
    for module in network.modules():
        own = dict(module.named_parameters(recurse=False))
        for name, tensor in own.items():
            if not tensor.requires_grad:
                delattr(module, name)
                module.register_buffer(name, tensor.data)
