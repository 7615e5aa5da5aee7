"""Layers and networks. Written for one model; a leading member axis in their tensors makes them serve many."""

from collections.abc import Callable, Sequence
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

VECTOR = 16  # numbers that torch's vectorised loops take at once; some round what is left over in another way


def steady(
    quick: Callable[[Tensor], Tensor], even: Callable[[Tensor], Tensor]
) -> Callable[[Tensor], Tensor]:
    """The quick function where a member's numbers fill whole vectors, and else the one that rounds them all alike."""
    return lambda x: (even if x.shape[-1] * x.shape[-2] % VECTOR else quick)(x)


def sigmoid(x: Tensor) -> Tensor:
    return F.logsigmoid(x).exp()


def below(x: Tensor) -> Tensor:
    """exp(x) − 1 where x is below 0, else 0."""
    return x.clamp(max=0).expm1()


ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "identity": lambda x: x,
    "sigmoid": steady(torch.sigmoid, sigmoid),
    "tanh": torch.tanh,
    "relu": torch.relu,
    "elu": steady(F.elu, lambda x: x.relu() + below(x)),
    "gelu": F.gelu,
    "silu": steady(F.silu, lambda x: x * sigmoid(x)),
    "softplus": steady(F.softplus, lambda x: -F.logsigmoid(-x)),
    "selu": steady(
        F.selu, lambda x: 1.0507009873554805 * (x.relu() + 1.6732632423543772 * below(x))
    ),
    "mish": lambda x: (
        x * (-F.logsigmoid(-x)).tanh()
    ),  # F.mish, whose last digit depends on how large a tensor is
}


class Prelu(nn.Module):
    """A straight line with a bend at 0, whose slope below is learnt: by each unit, or one by all of a layer."""

    def __init__(self, slopes: int, slope: float):
        super().__init__()
        self.weight = nn.Parameter(
            torch.full((slopes,), slope)
        )  # one axis, so that no decay or penalty reaches it

    def forward(self, x: Tensor) -> Tensor:
        return x.where(x > 0, self.weight.unsqueeze(-2) * x)


def activations(
    name: str, slope: float, widths: Sequence[int]
) -> Sequence[Callable[[Tensor], Tensor]]:
    """An activation for each hidden layer; `slope` is that of leaky_relu below 0, and the first of a prelu."""
    if name in ("prelu", "shared_prelu"):
        slopes = widths if name == "prelu" else [1] * len(widths)
        return nn.ModuleList(Prelu(own, slope) for own in slopes)  # type: ignore[return-value]
    own = (lambda x: F.leaky_relu(x, slope)) if name == "leaky_relu" else ACTIVATIONS[name]
    return [own] * len(widths)


SMALL = 400  # multiplications below which torch multiplies one matrix in another way than many


class Linear(nn.Module):
    """x·Wᵀ + b, by the same arithmetic for one member and for many."""

    def __init__(self, inputs: int, outputs: int, bias: bool = True, pieces: int = 1):
        super().__init__()
        self.pieces = pieces  # maps laid on each other, whose first weights are drawn one by one
        self.weight = nn.Parameter(torch.empty(outputs, inputs))
        self.bias = nn.Parameter(torch.zeros(outputs)) if bias else None

    @property
    def filters(self) -> Tensor:
        """The weight in the shape that tells how much goes into an output."""
        return self.weight

    def forward(self, x: Tensor) -> Tensor:
        weight, bias = self.weight, self.bias
        if (
            1 in weight.shape[-2:]
        ):  # torch takes one output or one input for a vector when there is one member
            said = (x.unsqueeze(-2) * weight.unsqueeze(-3)).sum(-1)
            return said if bias is None else said + bias.unsqueeze(-2)
        if weight.dim() == 3:
            return products(x, weight, bias)
        if x.shape[-2] * weight.numel() < SMALL:
            return products(x[None], weight[None], bias if bias is None else bias[None])[0]
        return F.linear(x, weight, bias)


def products(x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    """x·Wᵀ + b for each member."""
    return (
        torch.bmm(x, weight.mT) if bias is None else torch.baddbmm(bias.unsqueeze(-2), x, weight.mT)
    )


class Convolution(Linear):
    """The same linear map of each pixel's neighbourhood, zeros around the image; of each 2×2 outputs the largest.

    Members go one after the other: torch's convolution is up to four times as fast as one product for all of them.
    """

    def __init__(self, channels: int, filters: int, kernel: int, bias: bool = True):
        super().__init__(channels * kernel**2, filters, bias)
        self.neighbourhood = channels, kernel, kernel

    @property
    def filters(self) -> Tensor:
        """The weight as it lies over an image: ([members,] filters, channels, kernel, kernel)."""
        return self.weight.unflatten(-1, self.neighbourhood)

    def forward(self, x: Tensor) -> Tensor:
        if x.dim() == 4:  # (rows, side, side, channels)
            return pooled(x, self.filters, self.bias)
        biases = [None] * len(x) if self.bias is None else self.bias
        return torch.stack([pooled(*own) for own in zip(x, self.filters, biases, strict=True)])


def pooled(x: Tensor, filters: Tensor, bias: Tensor | None) -> Tensor:
    """One member's images, convolved and halved: (rows, side // 2, side // 2, filters).

    A pixel's channels stay side by side in memory, which takes half the time.
    """
    side_by_side = torch.channels_last
    images, own = (t.contiguous(memory_format=side_by_side) for t in (x.movedim(-1, -3), filters))
    return F.max_pool2d(F.conv2d(images, own, bias, padding="same"), 2).movedim(-3, -1)


class BatchNorm(nn.Module):
    """Each unit has mean 0 and deviation 1 over the batch; in use, over what training saw."""

    mean: Tensor
    variance: Tensor
    memory = 0.1  # weight of the newest batch in the running statistics
    eps = 1e-5
    resting = False  # whether it goes by what it has seen, also while the network around it trains

    def __init__(self, units: int):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(units))
        self.bias = nn.Parameter(torch.zeros(units))
        self.register_buffer("mean", torch.zeros(units))
        self.register_buffer("variance", torch.ones(units))

    def forward(self, x: Tensor) -> Tensor:
        mean, variance = (
            self.seen(x) if self.training and not self.resting else (self.mean, self.variance)
        )
        scale = self.weight * (variance + self.eps).rsqrt()
        return x * scale.unsqueeze(-2) + (self.bias - mean * scale).unsqueeze(-2)

    def seen(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """The statistics of this batch, which the running ones follow."""
        variance, mean = torch.var_mean(x, dim=-2, correction=0)
        unbiased = x.shape[-2] / (x.shape[-2] - 1)
        with torch.no_grad():
            self.mean.lerp_(mean.float(), self.memory)
            self.variance.lerp_(variance.float() * unbiased, self.memory)
        return mean, variance


class BatchRenorm(BatchNorm):
    """A batch norm that goes over from the batch's statistics to those of use, whatever the batch (Ioffe 2017).

    What is left between the two is corrected by r and d, which no gradient sees, within bounds that open slowly.
    """

    steps: Tensor
    closed = 50  # steps of plain batch norm, after which the running statistics have forgotten how they began
    opened = (
        500  # steps until the bounds are widest, so that a training of a few hundred feels them too
    )
    widest = 3.0, 5.0  # of r and of d, as in the paper

    def __init__(self, units: int):
        super().__init__(units)
        self.register_buffer("steps", torch.zeros(()))  # taken so far

    def forward(self, x: Tensor) -> Tensor:
        if self.resting or not self.training:
            return super().forward(x)
        known = self.mean.clone(), (self.variance + self.eps).sqrt()
        mean, variance = self.seen(x)
        r, d = self.corrections(
            mean.detach().float(), (variance.detach().float() + self.eps).sqrt(), *known
        )
        self.steps.add_(1)
        scale = self.weight * r * (variance + self.eps).rsqrt()
        return x * scale.unsqueeze(-2) + (self.bias + self.weight * d - mean * scale).unsqueeze(-2)

    def corrections(
        self, mean: Tensor, deviation: Tensor, known_mean: Tensor, known: Tensor
    ) -> tuple[Tensor, Tensor]:
        """What turns the batch's statistics into the known ones, as far as the bounds of this step allow."""
        open_by = (
            ((self.steps - self.closed) / (self.opened - self.closed)).clamp(0, 1).unsqueeze(-1)
        )
        most_r, most_d = 1 + (self.widest[0] - 1) * open_by, self.widest[1] * open_by
        return (deviation / known).clamp(1 / most_r, most_r), ((mean - known_mean) / known).clamp(
            -most_d, most_d
        )


class LayerNorm(nn.Module):
    """Each row has mean 0 and deviation 1 over its units."""

    def __init__(self, units: int):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(units))
        self.bias = nn.Parameter(torch.zeros(units))

    def forward(self, x: Tensor) -> Tensor:
        plain = F.layer_norm(x, x.shape[-1:])
        return plain * self.weight.unsqueeze(-2) + self.bias.unsqueeze(-2)


NORMS = {"batch": BatchNorm, "batch_renorm": BatchRenorm, "layer": LayerNorm}


class Perceptrons(nn.Module):
    """Fully connected layers: linear, normalised, activated, masked; the last is linear alone."""

    def __init__(
        self, sizes: list[int], activation: str = "identity", norm: str = "none", slope: float = 0.0
    ):
        super().__init__()
        hidden = sizes[1:-1]
        bias = norm == "none"  # in front of a norm, a bias has no effect and its gradient is noise
        last = len(sizes) - 2
        self.linears = nn.ModuleList(
            Linear(a, b, bias or i == last) for i, (a, b) in enumerate(pairwise(sizes))
        )
        self.norms = (
            nn.ModuleList(NORMS[norm](units) for units in hidden) if norm != "none" else None
        )
        self.activations = activations(activation, slope, hidden)
        self.widths = hidden

    def forward(self, x: Tensor, masks: Tensor | None = None) -> Tensor:
        own_masks = masks.split(self.widths, dim=-1) if masks is not None else None
        *hidden, last = self.linears
        for i, linear in enumerate(hidden):
            x = linear(x)
            if self.norms is not None:
                x = self.norms[i](x)
            x = self.activations[i](x)
            if own_masks is not None:
                x = x * own_masks[i]
        return last(x)


class Point(nn.Module):
    """A place: where it started, and how far it has been moved since."""

    def __init__(self, coordinates: int):
        super().__init__()
        self.moved = nn.Parameter(torch.zeros(coordinates))

    def forward(self, start: Tensor, masks: None = None) -> Tensor:
        return start + self.moved.unsqueeze(-2)


class Polynomial(nn.Module):
    """The powers 1 to degree of one input, and a linear map of them."""

    def __init__(self, degree: int, outputs: int):
        super().__init__()
        self.degree = degree
        self.linear = Linear(degree, outputs)

    def forward(self, x: Tensor, masks: None = None) -> Tensor:
        return self.linear(x.expand(*x.shape[:-1], self.degree).cumprod(-1))


class Maxout(nn.Module):
    """Fully connected layers without activation: each hidden unit is the largest of a few linear maps."""

    def __init__(self, sizes: list[int], pieces: int):
        super().__init__()
        self.pieces, self.widths = pieces, sizes[1:-1]
        self.linears = nn.ModuleList(
            Linear(a, b * pieces, pieces=pieces) for a, b in pairwise(sizes[:-1])
        )
        self.last = Linear(sizes[-2], sizes[-1])

    def forward(self, x: Tensor, masks: Tensor | None = None) -> Tensor:
        own_masks = masks.split(self.widths, dim=-1) if masks is not None else None
        for i, linear in enumerate(self.linears):
            x = linear(x).unflatten(-1, (self.pieces, -1)).amax(-2)  # ([members,] rows, units)
            if own_masks is not None:
                x = x * own_masks[i]
        return self.last(x)


class Residual(nn.Module):
    """Blocks that each add something to what they were given: normalised, widened, activated, masked, narrowed."""

    def __init__(
        self,
        sizes: tuple[int, int, int, int],
        blocks: int,
        activation: str,
        norm: str,
        slope: float,
    ):
        super().__init__()
        inputs, width, hidden, outputs = sizes
        bias = norm not in (
            "batch",
            "batch_renorm",
        )  # a batch norm takes out whatever is the same in all rows
        self.first = Linear(inputs, width, bias)
        self.norms = nn.ModuleList(
            NORMS[norm](width) if norm != "none" else nn.Identity() for _ in range(blocks + 1)
        )
        self.wide = nn.ModuleList(Linear(width, hidden) for _ in range(blocks))
        self.narrow = nn.ModuleList(Linear(hidden, width, bias) for _ in range(blocks))
        self.activations = activations(activation, slope, [*[hidden] * blocks, width])
        self.last = Linear(width, outputs)
        self.hidden = hidden

    def forward(self, x: Tensor, masks: Tensor | None = None) -> Tensor:
        own_masks = masks.split(self.hidden, dim=-1) if masks is not None else None
        x = self.first(x)
        for i, (wide, narrow) in enumerate(zip(self.wide, self.narrow, strict=True)):
            inner = self.activations[i](wide(self.norms[i](x)))
            if own_masks is not None:
                inner = inner * own_masks[i]
            x = x + narrow(inner)
        return self.last(self.activations[-1](self.norms[-1](x)))


class Cnn(nn.Module):
    """Convolutions, each pooled, normalised and activated; then fully connected layers.

    Pooling comes first: for an activation that rises it is the same, and the rest costs a quarter.
    """

    def __init__(
        self,
        image: tuple[int, int],
        filters: Sequence[int],
        kernel: int,
        sizes: list[int],
        activation: str,
        norm: str,
        slope: float,
    ):
        super().__init__()
        channels, side = image
        self.image = channels, side, side
        shapes = pairwise([channels, *filters])
        self.convolutions = nn.ModuleList(
            Convolution(a, b, kernel, norm == "none") for a, b in shapes
        )
        self.norms = nn.ModuleList(NORMS[norm](own) for own in filters) if norm != "none" else None
        self.activations = activations(activation, slope, filters)
        self.head = Perceptrons(sizes, activation, norm, slope)

    def forward(self, x: Tensor, masks: Tensor | None = None) -> Tensor:
        x = x.unflatten(-1, self.image).movedim(-3, -1)  # ([members,] rows, side, side, channels)
        for i, convolution in enumerate(self.convolutions):
            x = convolution(x)
            pixels = x.flatten(-4, -2)
            if self.norms is not None:
                pixels = self.norms[i](pixels)
            x = self.activations[i](pixels).view_as(x)
        return self.head(x.flatten(-3), masks)


def initialise(network: nn.Module, init: str, gain: float, generator: torch.Generator) -> nn.Module:
    """First weights of every linear layer, drawn in order from the generator."""
    for layer in network.modules():
        if isinstance(layer, Linear):
            draw(layer, init, gain, generator)
    return network


def draw(layer: Linear, init: str, gain: float, generator: torch.Generator) -> None:
    """First weights by their recipe. torch's own draws biases too; the others leave them at zero."""
    with torch.no_grad():
        for weight in layer.filters.chunk(layer.pieces):
            fill(weight, init, gain, generator)
        if init == "torch" and layer.bias is not None:
            reach = layer.filters[0].numel() ** -0.5
            layer.bias.uniform_(-reach, reach, generator=generator)


def fill(weight: Tensor, init: str, gain: float, generator: torch.Generator) -> None:
    inputs = weight[0].numel()
    if init == "torch":
        weight.uniform_(-(inputs**-0.5), inputs**-0.5, generator=generator)
    elif init == "xavier_uniform":
        nn.init.xavier_uniform_(weight, gain, generator=generator)
    elif init == "xavier_normal":
        nn.init.xavier_normal_(weight, gain, generator=generator)
    elif init == "kaiming_uniform":
        weight.uniform_(-1, 1, generator=generator).mul_(gain * (3 / inputs) ** 0.5)
    elif init == "kaiming_normal":
        weight.normal_(0, gain * inputs**-0.5, generator=generator)
    elif init == "orthogonal":
        nn.init.orthogonal_(weight, gain, generator=generator)
    elif init == "normal":
        weight.normal_(0, inputs**-0.5, generator=generator)
    elif init == "constant":
        weight.fill_(CONSTANT)
    else:
        weight.zero_()


CONSTANT = 0.01  # small enough that a sum over hundreds of inputs stays near 1


def gain_of(activation: str, slope: float) -> float:
    """What makes up for what an activation takes away, as in torch.nn.init; gelu, silu and their like pass for relu."""
    if activation in ("leaky_relu", "prelu", "shared_prelu"):
        return (2 / (1 + slope**2)) ** 0.5
    return {"identity": 1.0, "sigmoid": 1.0, "tanh": 5 / 3, "selu": 3 / 4}.get(activation, 2**0.5)


def gain_of_largest(pieces: int) -> float:
    """What makes up for taking the largest of several normal numbers: 1/√E[max²]."""
    x = torch.linspace(-9, 9, 4001, dtype=torch.float64)
    return float(torch.trapezoid(x.square(), torch.special.ndtr(x) ** pieces)) ** -0.5
