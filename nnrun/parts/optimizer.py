"""Update rules: torch.optim's own operations in its order, on the rows of all members at once.

`numbers` gives what a step needs, in float64; `update` applies it, a column with a value for each
member. What a rule `varies` may differ between members of one cohort.
"""

from __future__ import annotations

from math import log, sqrt
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
from numpy import ndarray

from nnrun.errors import Problems
from nnrun.parts.interface import Optimizer, Reasons, part
from nnrun.parts.kinds import Count, Fraction, Names, NotNegative, Plain, Positive

if TYPE_CHECKING:
    from torch import Tensor, optim

Name = Literal[  # those of torch.optim that take tensors of any shape, and no others
    "Adadelta",
    "Adafactor",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "ASGD",
    "NAdam",
    "RAdam",
    "RMSprop",
    "Rprop",
    "SGD",
]

# of Muon: a round takes a singular value s to A·s + B·s³ + C·s⁵, which lifts small ones quickly
A, B, C = 3.4445, -4.775, 2.0315
MOVE = 0.2  # mean square root of a move at lr=1, about that of Adam's
TINY = 1e-7


@part
class Adam(Optimizer):
    """Steps of lr·mean/√square: running means of the gradient, corrected for their start at 0."""

    lr: Positive
    betas: tuple[Fraction, Fraction]
    eps: Positive
    slots = 2
    varies: ClassVar[Names] = ("lr", "betas", "eps")

    def numbers(self, step: ndarray, rate: ndarray) -> tuple:
        mean, square = self.betas
        size = -self.lr * rate / (1 - mean**step)
        return 1 - mean, square, 1 - square, np.sqrt(1 - square**step), self.eps, size

    def update(self, w: Tensor, g: Tensor, memory: tuple, numbers: tuple, weights: int) -> None:
        mean, square = memory
        news, keep, fresh, root, eps, size = numbers
        mean.lerp_(g, news)
        square.mul_(keep).addcmul_(g * fresh, g)
        w.addcdiv_(mean * size, square.sqrt().div_(root).add_(eps))


@part
class AdamW(Adam):
    """Adam that also shrinks the weights by lr·weight_decay in each step, but no bias or norm."""

    weight_decay: NotNegative
    decays = True
    varies = (*Adam.varies, "weight_decay")

    def without_effect(self) -> Reasons:
        why = "the optimizer has a decay of its own, which follows the learning rate alone"
        advice = "leave it out, or use optimizer=adam with regularisation.weight_decay"
        return {**super().without_effect(), "model.decay_course": (why, advice)}

    def numbers(self, step: ndarray, rate: ndarray) -> tuple:
        return 1 - self.lr * rate * self.weight_decay, *super().numbers(step, rate)

    def update(self, w: Tensor, g: Tensor, memory: tuple, numbers: tuple, weights: int) -> None:
        w[:, :weights].mul_(numbers[0])
        super().update(w, g, memory, numbers[1:], weights)


@part
class NAdam(Optimizer):
    """Adam with Nesterov's look ahead.

    This step's gradient weighs more, by a momentum mu that grows with the steps.
    """

    lr: Positive
    betas: tuple[Fraction, Fraction]
    eps: Positive
    momentum_decay: NotNegative
    slots = 2
    varies = ("lr", "betas", "eps", "momentum_decay")

    def mu(self, step: ndarray) -> ndarray:
        return self.betas[0] * (1 - 0.5 * 0.96 ** (step * self.momentum_decay))

    def product(self, step: ndarray) -> ndarray:
        """Multiply all mu up to a step, in float32, as torch keeps it."""
        mean = self.betas[0]
        # steps until the product is nothing beside 1, as mu < mean
        felt = log(1e-20) / log(mean) if mean else 0
        last = int(min(step.max(), felt + 1))
        products = np.cumprod(self.mu(np.arange(1, last + 1)), dtype=np.float32)
        return products[np.minimum(step.astype(int), last) - 1]

    def numbers(self, step: ndarray, rate: ndarray) -> tuple:
        mean, square = self.betas
        mu, ahead = self.mu(step), self.mu(step + 1)
        product = self.product(step).astype(np.float64)
        fresh = -self.lr * rate * (1 - mu) / (1 - product)
        known = -self.lr * rate * ahead / (1 - product * ahead)
        return 1 - mean, square, 1 - square, 1 - square**step, self.eps, fresh, known

    def update(self, w: Tensor, g: Tensor, memory: tuple, numbers: tuple, weights: int) -> None:
        mean, square = memory
        news, keep, share, start, eps, fresh, known = numbers
        mean.lerp_(g, news)
        square.mul_(keep).addcmul_(g * share, g)
        root = square.div(start).sqrt_().add_(eps)
        w.addcdiv_(g * fresh, root).addcdiv_(mean * known, root)


@part
class Adagrad(Optimizer):
    """Steps of lr·gradient/√sum, a sum of all squares so far: what moved much moves less."""

    lr: Positive
    eps: Positive
    slots = 1
    varies = ("lr", "eps")

    def numbers(self, step: ndarray, rate: ndarray) -> tuple:
        return self.eps, -self.lr * rate

    def update(self, w: Tensor, g: Tensor, memory: tuple, numbers: tuple, weights: int) -> None:
        (total,) = memory
        eps, size = numbers
        total.addcmul_(g, g)
        w.addcdiv_(g * size, total.sqrt().add_(eps))


@part
class Adadelta(Optimizer):
    """Steps of gradient·√moves/√square, running means of squared moves and squared gradients."""

    lr: Positive
    rho: Fraction
    eps: Positive
    slots = 2
    varies = ("lr", "rho", "eps")

    def numbers(self, step: ndarray, rate: ndarray) -> tuple:
        return self.rho, 1 - self.rho, self.eps, -self.lr * rate

    def update(self, w: Tensor, g: Tensor, memory: tuple, numbers: tuple, weights: int) -> None:
        square, moves = memory
        keep, fresh, eps, size = numbers
        square.mul_(keep).addcmul_(g * fresh, g)
        move = moves.add(eps).sqrt_().div_(square.add(eps).sqrt_()).mul_(g)
        moves.mul_(keep).addcmul_(move * fresh, move)
        w.addcmul_(move, size)


@part
class RmsProp(Optimizer):
    """Steps of lr·gradient/√square, a running mean of squares.

    Centred it is a variance; with momentum steps add up.
    """

    lr: Positive
    alpha: Fraction
    eps: Positive
    momentum: Fraction
    centered: bool
    # not momentum: torch computes otherwise where it is 0
    varies = ("lr", "alpha", "eps")

    @property
    def slots(self) -> int:
        return 1 + self.centered + (self.momentum > 0)

    def numbers(self, step: ndarray, rate: ndarray) -> tuple:
        return self.alpha, 1 - self.alpha, self.eps, self.momentum, -self.lr * rate

    def update(self, w: Tensor, g: Tensor, memory: tuple, numbers: tuple, weights: int) -> None:
        square, *more = memory
        keep, fresh, eps, momentum, size = numbers
        square.mul_(keep).addcmul_(g * fresh, g)
        spread = square
        if self.centered:
            mean = more[0].lerp_(g, fresh)
            # rounding may leave less than 0
            spread = square.addcmul(mean, mean, value=-1).clamp_(min=0)
        root = spread.sqrt().add_(eps)
        if self.momentum:
            w.addcmul_(more[-1].mul_(momentum).addcdiv_(g, root), size)
        else:
            w.addcdiv_(g * size, root)


@part
class Gd(Optimizer):
    """Steps of lr against the gradient of all training rows."""

    lr: Positive
    batch = "full"
    by_length = True
    varies = ("lr",)

    def numbers(self, step: ndarray, rate: ndarray) -> tuple:
        return (-self.lr * rate,)

    def update(self, w: Tensor, g: Tensor, memory: tuple, numbers: tuple, weights: int) -> None:
        w.addcmul_(g, numbers[0])


@part
class Sgd(Optimizer):
    """Steps of lr against the gradient, or against its running sum with momentum."""

    lr: Positive
    momentum: Fraction
    nesterov: bool
    slots = 1
    by_length = True
    varies = ("lr", "momentum")

    def numbers(self, step: ndarray, rate: ndarray) -> tuple:
        return self.momentum, -self.lr * rate

    def update(self, w: Tensor, g: Tensor, memory: tuple, numbers: tuple, weights: int) -> None:
        (velocity,) = memory
        momentum, size = numbers
        velocity.mul_(momentum).add_(g)
        move = g.addcmul(velocity, momentum) if self.nesterov else velocity
        w.addcmul_(move, size)

    def problems(self) -> Problems:
        if self.nesterov and not self.momentum:
            wrong = "needs momentum, and optimizer.momentum is 0"
            return [self.problem("nesterov", wrong, "set optimizer.momentum=0.9")]
        return []


@part
class Muon(Adam):
    """Steps that turn and stretch nothing: momentum, made orthogonal matrix by matrix.

    K. Jordan et al. 2024, as long as Adam's by J. Liu et al. 2025; what is no matrix moves by Adam.
    """

    momentum: Fraction
    rounds: Count
    by_matrix = True
    varies = (*Adam.varies, "momentum")

    def numbers(self, step: ndarray, rate: ndarray) -> tuple:
        return self.momentum, 1 - self.momentum, -self.lr * rate, *super().numbers(step, rate)

    def update(self, w: Tensor, g: Tensor, memory: tuple, numbers: tuple, weights: int) -> None:
        super().update(w, g, memory, numbers[3:], weights)

    def update_matrix(self, w: Tensor, g: Tensor, memory: tuple, numbers: tuple) -> None:
        velocity, _ = memory
        keep, news, size, *_ = numbers
        velocity.lerp_(g, news)
        ahead = g.lerp(velocity, keep)
        w.addcmul_(orthogonal(ahead, self.rounds), size * (MOVE * sqrt(max(w.shape[1:]))))


def orthogonal(matrices: Tensor, rounds: int) -> Tensor:
    """Bring all singular values near 1 by rounds of Newton and Schulz; (members, rows, columns)."""
    tall = matrices.shape[1] > matrices.shape[2]
    x = matrices.mT if tall else matrices
    length = x.flatten(1).norm(dim=1).clamp(min=TINY)
    x = x / length[:, None, None]
    for _ in range(rounds):
        square = x.bmm(x.mT)
        x = x.baddbmm(square.baddbmm(square, square, beta=B, alpha=C), x, beta=A)
    return x.mT if tall else x


# torch's own, which keep their memory to themselves: each member trains by itself


@part
class Lbfgs(Optimizer):
    """Newton's steps, with a curvature guessed from the last gradients of all rows.

    They go as far as a search along the line leads.
    """

    lr: Positive
    iterations: Count
    history: Count
    search: Literal["none", "strong_wolfe"]
    batch = "full"
    one_surface = True
    by_torch = True

    def begin(self, tensors: list[Tensor]) -> optim.Optimizer:
        from torch.optim import LBFGS

        spare_the_compiler(LBFGS)
        search = None if self.search == "none" else self.search
        most = {"max_iter": self.iterations, "history_size": self.history}
        return LBFGS(tensors, self.lr, **most, line_search_fn=search)

    def numbers(self, step: ndarray, rate: ndarray) -> tuple:
        return (self.lr * rate,)


def spare_the_compiler(optimizer: type[optim.Optimizer]) -> None:
    """Let torch not load its compiler, for seconds, only to be told what it may not compile.

    It holds for the whole process; steps of torch's other optimizers load it all the same.
    """
    for name in ("add_param_group", "zero_grad", "state_dict", "load_state_dict"):
        method = vars(getattr(optimizer, name)).get("__wrapped__")
        if method:
            vars(method).setdefault("__dynamo_disable", method)  # what it keeps of the answer


@part
class Torch(Optimizer):
    """A class of torch.optim by its name, with arguments of its own."""

    name: Name
    lr: Positive
    arguments: dict[str, Plain | tuple[Plain, ...] | None]
    by_torch = True

    def begin(self, tensors: list[Tensor]) -> optim.Optimizer:
        from torch import optim

        return getattr(optim, self.name)(tensors, lr=self.lr, **self.arguments)

    def problems(self) -> Problems:
        if not self.arguments:
            return []
        if "lr" in self.arguments:
            advice = f"set optimizer.lr={self.arguments['lr']}"
            return [self.problem("arguments", "the learning rate is none of them", advice)]
        try:
            either = self.tried(turned=False), self.tried(turned=True)
        except Exception as error:  # whatever torch makes of a person's arguments
            told = " ".join(str(error).split())
            told = told.removeprefix(f"{self.name}.__init__() got an ")
            wrong = f"{self.name} does not take these ({told})"
            return [self.problem("arguments", wrong)]
        if not either[0].allclose(either[1]):
            wrong = f"{self.name} then mistakes weights for others where they lie input by input"
            return [self.problem("arguments", wrong, "leave out what says how it computes: fused")]
        return []

    def tried(self, turned: bool) -> Tensor:
        """Move some weights, which lie input by input as nnrun's do, or output by output."""
        import torch

        numbers = torch.tensor([[1.0, -2.0, 3.0], [4.0, 5.0, -6.0]], device="cpu")
        weights = torch.nn.Parameter(numbers.t().contiguous().t() if turned else numbers.clone())
        weights.grad = numbers.clone()
        self.begin([weights]).step()
        return weights.detach()

    def numbers(self, step: ndarray, rate: ndarray) -> tuple:
        return (self.lr * rate,)
