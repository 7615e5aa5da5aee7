"""Networks from outside, which know nothing of members and masks."""

import sys
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from copy import deepcopy
from functools import partial
from pathlib import Path
from traceback import extract_tb
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call, vmap
from torch.nn.parameter import is_lazy
from torch.overrides import TorchFunctionMode

from nnrun import errors
from nnrun.errors import (
    Mistake,
    Problem,
    TrainingFailed,
    by_signal,
    described,
    is_out_of_memory,
    listing,
)
from nnrun.streams import Standing, begun_at

warnings.filterwarnings("ignore", "There is a performance drop")  # vmap's, of a loop of its own
Tensors = dict[str, Tensor]
RECORDING = Path(errors.__file__).parent / "engine"
COUNT = "num_batches_tracked"  # of torch's norms, which count in any kind of numbers
EXACT = 2**24  # up to which a float32 holds every whole number
# what tensors tell and do otherwise, or not at all, where vmap asks
OF_GRADIENTS = {
    *(vars(torch._C.TensorBase)[name].__get__ for name in ("requires_grad", "grad_fn", "is_leaf")),
    *(Tensor.register_hook, Tensor.retain_grad),
}


class Foreign(nn.Module):
    """A network of one's own as the engine calls it."""

    def __init__(self, inner: nn.Module, outputs: int):
        super().__init__()
        self.inner = inner
        self.outputs = outputs
        self.rank = next(inner.parameters()).dim()
        self.one_by_one: set[bool] = set()  # whether in training, in use, or both, vmap refuses it
        self.went_back = False  # as members whose gradients vmap gives
        self.kinds = kinds(inner)

    def forward(self, x: Tensor, masks: Tensor | None = None) -> Tensor:
        own = x.clone()  # which it may change
        # whatever it draws in use, the same rows get the same answer
        drawing = nullcontext() if self.training else begun_at(0)
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
        """Ask the network, whose tensors stay views of the numbers, also where it replaces one."""
        if next(self.inner.parameters()).dim() == self.rank:
            bound = windows(self.inner)
            with of_their_kinds(self.inner, self.kinds):
                said = self.inner(x)
            put_back(self.inner, bound)
        else:
            buffers = dict(self.inner.named_buffers())
            said, changed = self.of_many(x, buffers)
            for name, buffer in buffers.items():
                refuse_others(name, buffer, changed[name])
                buffer.copy_(changed[name].detach())
        return said

    def of_many(self, x: Tensor, buffers: Tensors) -> tuple[Tensor, Tensors]:
        """Ask all members at once by vmap, or one after the other where vmap refuses."""
        parameters: Tensors = dict(self.inner.named_parameters())
        of_one = partial(self.of_one, self.places())
        at_once = vmap(of_one, randomness="different")
        if self.training not in self.one_by_one:
            before = Standing()
            try:
                # vmap changes buffers only where they lie together, so in copies
                with AsAlone():
                    answered = at_once(parameters, copies(buffers), x)
                self.try_way_back(answered[0], parameters.values())
                return answered
            except Exception as error:
                if is_out_of_memory(error) or raised_within(RECORDING, error):
                    raise
                before.restore()
                self.one_by_one.add(self.training)
        each = [
            alone(of_one, of(parameters, m), copies(of(buffers, m)), own) for m, own in enumerate(x)
        ]
        return side_by_side(each)

    def try_way_back(self, said: Any, parameters: Iterable[Tensor]) -> None:
        """Ask once for gradients while it can still be asked one by one, and change nothing."""
        if self.went_back or not isinstance(said, Tensor) or not said.requires_grad:
            return
        stood, learnt = Standing(), [one for one in parameters if one.requires_grad]
        torch.autograd.grad(said.sum(), learnt, retain_graph=True, allow_unused=True)
        stood.restore()
        self.went_back = True

    def of_one(
        self, places: dict[str, str], parameters: Tensors, buffers: Tensors, x: Tensor
    ) -> tuple[Tensor, Tensors]:
        tensors = parameters | buffers
        tensors |= {name: tensors[name].to(kind) for name, kind in self.kinds.items()}
        own = {at: tensors[name] for at, name in places.items()}
        said = functional_call(self.inner, own, (x,), tie_weights=False)
        for at, name in places.items():
            if not isinstance(own[at], Tensor):
                raise ValueError(deleted([name]))
            if name in parameters and own[at] is not parameters[name]:
                raise ValueError(replaced(name))
        return said, {name: own[name] for name in buffers}

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


class AsAlone(TorchFunctionMode):
    """Refuses what vmap's tensors would tell otherwise than those of one member."""

    def __torch_function__(
        self, function: Any, types: Any, args: tuple = (), kwargs: dict | None = None
    ) -> Any:
        if function in OF_GRADIENTS and torch.is_grad_enabled():
            raise RuntimeError("vmap's tensors know nothing of gradients")
        return function(*args, **(kwargs or {}))


def kinds(network: nn.Module) -> dict[str, torch.dtype]:
    """Name the buffers that hold no floats, and what each of them holds."""
    return {
        name: buffer.dtype
        for name, buffer in network.named_buffers()
        if not buffer.is_floating_point() and name.rpartition(".")[2] != COUNT
    }


Windows = dict[str, tuple[Tensor, Tensor]]


@contextmanager
def of_their_kinds(network: nn.Module, kinds: dict[str, torch.dtype]) -> Iterator[None]:
    """Let buffers that lie among floats be of their own kinds in here."""
    buffers = dict(network.named_buffers()) if kinds else {}
    pairs = [
        (buffers[name], buffers[name].to(kind))
        for name, kind in kinds.items()
        if buffers[name].dtype != kind
    ]
    exchange(network, pairs)
    yield
    for lying, own in pairs:
        lying.copy_(own)
    exchange(network, [(own, lying) for lying, own in pairs])


def exchange(network: nn.Module, pairs: list[tuple[Tensor, Tensor]]) -> None:
    """Put the second of each pair wherever the first stands as a buffer."""
    others = {id(one): other for one, other in pairs}
    for module in network.modules() if pairs else ():
        for name, buffer in module._buffers.items():
            module._buffers[name] = others.get(id(buffer), buffer)


def windows(network: nn.Module) -> Windows:
    """Name a network's tensors, each with a window on its memory."""
    named = *network.named_parameters(), *network.named_buffers()
    return {name: (tensor, tensor.detach()) for name, tensor in named}


@torch.no_grad()
def put_back(network: nn.Module, bound: Windows) -> None:
    """Give a network its buffers again, with the numbers of those that it put in their place."""
    parameters = dict(network.named_parameters())
    now: Tensors = parameters | dict(network.named_buffers())
    if new := now.keys() - bound.keys():
        raise ValueError(f"it registers {listing(new)} when it is asked, not when it is made")
    if gone := bound.keys() - now.keys():
        raise ValueError(deleted(gone))
    for name, (tensor, window) in bound.items():
        if now[name] is tensor and tensor.data_ptr() == window.data_ptr():
            continue
        if name in parameters:
            raise ValueError(replaced(name))
        refuse_others(name, window, now[name])
        owner, _, own_name = name.rpartition(".")
        window.copy_(now[name])
        tensor.data = window
        network.get_submodule(owner)._buffers[own_name] = tensor


Asked = Callable[[Tensors, Tensors, Tensor], tuple[Tensor, Tensors]]


def alone(
    of_one: Asked, parameters: Tensors, buffers: Tensors, x: Tensor
) -> tuple[Tensor, Tensors]:
    """Ask one member without vmap, which refuses what would move its parameters."""
    lay = {name: tensor.data_ptr() for name, tensor in parameters.items()}
    said = of_one(parameters, buffers, x)
    for name, tensor in parameters.items():
        if tensor.data_ptr() != lay[name]:
            raise ValueError(replaced(name))
    return said


def refuse_others(name: str, old: Tensor, new: Tensor) -> None:
    """Stop at more or fewer numbers than a buffer was registered with."""
    if new.shape != old.shape:
        given, held = tuple(new.shape), tuple(old.shape)
        raise ValueError(f"it puts {given} in the place of {name}, which was registered as {held}")


def deleted(names: Iterable[str]) -> str:
    return f"it deletes {listing(names)} when it is asked"


def replaced(name: str) -> str:
    return f"it puts other numbers in the place of {name}; change it in place, as by clamp_"


@contextmanager
def told_as_its_own(network: nn.Module, x: Tensor) -> Iterator[None]:
    """Tell what a network raises as its failure, with the line of its file."""
    try:
        yield
    except (Exception, SystemExit) as error:
        refused = raised_within(RECORDING, error)  # and not by the network
        if by_signal(error) or refused or is_out_of_memory(error):
            raise
        raise failed(network, x, described(error), place(type(network), error)) from error


def failed(network: nn.Module, x: Tensor, why: str, where: str = "") -> TrainingFailed:
    return TrainingFailed(f"{type(network).__name__} failed on rows {tuple(x.shape)}{where}: {why}")


def place(kind: type, error: BaseException) -> str:
    """Tell the last line of a class's own package before it went wrong; nothing for torch's."""
    package = kind.__module__.partition(".")[0]
    home = vars(sys.modules[package]).get("__file__") if package in sys.modules else None
    if package == "torch" or home is None:
        return ""
    own = [line for line in extract_tb(error.__traceback__) if belongs(line.filename, Path(home))]
    return f", {Path(own[-1].filename).name} line {own[-1].lineno}" if own else ""


def belongs(file: str, home: Path) -> bool:
    """Tell whether a file is a module, or in the folder of a package."""
    return Path(file) == home or (home.name == "__init__.py" and home.parent in Path(file).parents)


def raised_within(folder: Path, error: BaseException) -> bool:
    last = extract_tb(error.__traceback__)[-1]
    return folder in Path(last.filename).parents


def side_by_side(each: list[tuple[Tensor, Tensors]]) -> tuple[Tensor, Tensors]:
    """Put the members' answers side by side, and their buffers."""
    answers, buffers = zip(*each, strict=True)
    together = {name: torch.stack([own[name] for own in buffers]) for name in buffers[0]}
    return torch.stack(answers), together


def copies(tensors: Tensors) -> Tensors:
    return {name: tensor.clone() for name, tensor in tensors.items()}


def of(tensors: Tensors, member: int) -> Tensors:
    return {name: tensor[member] for name, tensor in tensors.items()}


def adopt(
    cls: type, sizes: tuple[int, int], arguments: dict[str, Any], generator: torch.Generator
) -> Foreign:
    """Make a network of a trusted class, whose first weights follow from the generator's seed."""
    if not issubclass(cls, nn.Module):
        raise Mistake(Problem("model.module", cls.__name__, "is no torch.nn.Module"))
    try:
        with begun_at(generator.initial_seed()):
            inner = cls(*sizes, **arguments)
    except (Exception, SystemExit) as error:
        if by_signal(error):
            raise
        where = place(cls, error)
        wrong = f"{sizes[0]}, {sizes[1]} and {arguments} cannot make one{where}: {described(error)}"
        raise Mistake(Problem("model.module", cls.__name__, wrong)) from error
    if wrong := unready(inner):
        raise Mistake(Problem("model.module", cls.__name__, wrong))
    if not any(parameter.requires_grad for parameter in inner.parameters()):
        raise Mistake(Problem("model.module", cls.__name__, "has no parameters to train"))
    for module in inner.modules():
        module._non_persistent_buffers_set.clear()  # as its answers may depend on them
    return Foreign(inner.float(), sizes[1])


def unready(network: nn.Module) -> str:
    """Tell why a network cannot be given numbers, or be asked for them."""
    if any(map(is_lazy, network.parameters())):
        return "has layers whose sizes are not known before they are asked; give them in numbers"
    try:
        deepcopy(network)
    except Exception as error:
        return f"cannot be copied ({described(error)})"
    sketched = torch.empty(0).is_meta  # where nothing has numbers
    if any(tensor.is_meta for tensor in network.parameters()) and not sketched:
        return "has parameters without numbers (on the meta device); make them on the CPU"
    if not sketched and (apart := shared_by_views(network)):
        return f"has {apart} in one memory, but as two parameters; let both be the same one"
    if wrong := unfit_numbers(network, sketched) or hooked(network):
        return wrong
    missing = dict(network.named_parameters(remove_duplicate=False)).keys() - network.state_dict()
    if missing:
        return f"has a state_dict without {listing(sorted(missing))}, so it could not be saved"
    return ""


def unfit_numbers(network: nn.Module, sketched: bool) -> str:
    """Tell which of its tensors cannot stand among floats."""
    parameters, buffers = dict(network.named_parameters()), dict(network.named_buffers())
    for name, tensor in (parameters | buffers).items():
        if tensor.is_complex():
            return f"has complex numbers in {name}; hold real and imaginary parts as two"
    for name, parameter in parameters.items():
        if not parameter.is_floating_point():
            return f"has whole numbers in its parameter {name}; make it a buffer (register_buffer)"
    for name in () if sketched else kinds(network):
        if (buffers[name].long().abs() > EXACT).any():
            wrong = f"has whole numbers beyond {EXACT:,} in its buffer {name}, held as float32"
            return f"{wrong}; if they stay the same, let a plain attribute hold them"
    return ""


def hooked(network: nn.Module) -> str:
    """Name a parameter with a hook on its gradient, which would be lost."""
    for name, one in network.named_parameters():
        if one._backward_hooks or one._post_accumulate_grad_hooks:
            instead = "change the weight in forward, or by torch.nn.utils.parametrize"
            return f"has a hook on the gradient of {name}, which nnrun would not call; {instead}"
    return ""


def shared_by_views(network: nn.Module) -> str:
    """Name two parameters that begin at one place, and would part; nothing where there are none."""
    begun: dict[int, str] = {}
    for name, parameter in network.named_parameters():
        first = begun.setdefault(parameter.data_ptr(), name)
        if first != name and parameter.numel():
            return f"{first} and {name}"
    return ""
