"""Models a configuration may name: settings here, tensors in layers.py, so that a mistake is told without torch."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from math import isqrt, prod
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import numpy as np

from nnrun.errors import Mistake, Problem, listing
from nnrun.parts import loss as losses
from nnrun.parts.interface import Chosen, Loss, Model
from nnrun.parts.kinds import Bound, Fraction
from nnrun.parts.model.choices import Activation, Init, Norm
from nnrun.parts.model.saved import FILES, Saved, read_saved
from nnrun.parts.registry import trusted, untrusted

if TYPE_CHECKING:
    from torch import Generator, nn

    from nnrun.parts.dataset.data import Column, Data
    from nnrun.parts.dataset.scaling import Inputs, Scaling

Plain = bool | int | float | str

Width = Annotated[int, Bound(least=1, most=1_000_000)]


def no_layer(activation: Activation) -> list[Problem]:
    """Tell that an activation lets no gradient pass, or is more than one."""
    if activation == "maxout":
        wrong, advice = "takes several linear maps for each unit", "use model=maxout"
    elif activation == "threshold":
        wrong = (
            "is flat on both sides of its step, so no gradient reaches the layers in front of it"
        )
        advice = (
            "use sigmoid, the smooth step, or relu; or model=perceptron, which has none in front"
        )
    else:
        return []
    return [Problem("activation", repr(activation), wrong, advice)]


def no_width(widths: tuple[int, ...]) -> list[Problem]:
    """Tell that there is no hidden layer."""
    if widths:
        return []
    wrong, advice = "expected at least one hidden layer", "or take model=linear"
    return [Problem("widths", "[]", wrong, advice)]


class Shallow(Model):
    """A model without units that could be silenced."""

    dropout = 0.0


class Deep(Model):
    """A model with units that dropout may silence."""

    def with_dropout(self, share: float) -> Model:
        return replace(self, dropout=share)  # type: ignore[call-arg]


class Bent(Deep):
    """A model with an activation and a norm between its layers."""

    activation: Activation
    norm: Norm

    @property
    def normalised_by(self) -> Norm:
        return self.norm

    def without_norms(self) -> Model:
        return replace(self, norm="none")  # type: ignore[call-arg]

    def without_effect(self) -> dict[str, tuple[str, str]]:
        if self.activation in ("leaky_relu", "prelu", "shared_prelu"):
            return {}
        why = f"model.activation={self.activation} has none"
        return {"model.slope": (why, "leave it out, or use leaky_relu or prelu")}


@dataclass(frozen=True)
class Mlp(Bent):
    """Fully connected layers with an activation between them."""

    widths: tuple[Width, ...]
    activation: Activation
    init: Init
    norm: Norm
    dropout: Fraction
    slope: Fraction
    foldable: ClassVar[bool] = True
    added: ClassVar[dict[str, float]] = {"slope": 0.1}
    varies: ClassVar[tuple[str, ...]] = ("init", "dropout")  # between members of one cohort

    def problems(self) -> list[Problem]:
        return no_width(self.widths) + no_layer(self.activation)

    def build(self, inputs: int, outputs: int, generator: Generator) -> nn.Module:
        from nnrun.parts.model.layers import Perceptrons, gain_of, initialise

        network = Perceptrons(
            [inputs, *self.widths, outputs], self.activation, self.norm, self.slope
        )
        return initialise(network, self.init, gain_of(self.activation, self.slope), generator)

    @property
    def hidden_units(self) -> int:
        """What dropout may silence."""
        return sum(self.widths)

    def between(self, inputs: int) -> int:
        """Numbers between a row's inputs and its outputs: what all its linear maps but the last give."""
        return sum(self.widths)

    def layers(self, inputs: int, outputs: int) -> str:
        """The sizes of the layers, as people write them."""
        return "-".join(map(str, [inputs, *self.widths, outputs]))

    def work(self, inputs: int, outputs: int) -> int:
        """Multiplications for one row."""
        sizes = [inputs, *self.widths, outputs]
        return sum(a * b for a, b in pairwise(sizes))


@dataclass(frozen=True)
class Linear(Shallow):
    """One linear map from inputs to outputs."""

    init: Init
    varies: ClassVar[tuple[str, ...]] = ("init",)

    def build(self, inputs: int, outputs: int, generator: Generator) -> nn.Module:
        from nnrun.parts.model.layers import Perceptrons, initialise

        return initialise(Perceptrons([inputs, outputs]), self.init, 1.0, generator)


@dataclass(frozen=True)
class Perceptron(Shallow):
    """One threshold unit for each class, its weights at zero until the first mistake."""

    task: ClassVar[str] = "classification"
    loss: ClassVar[losses.Perceptron] = losses.Perceptron()

    def unfit_beside(self, chosen: Chosen) -> list[Problem]:
        model, data = f"model={chosen.option('model')}", f"dataset={chosen.option('dataset')}"
        if chosen.task not in (None, self.task):
            wrong = f"chooses between classes, but {data} has numbers to predict"
            return [Problem("model", chosen.option("model"), wrong, "use model=linear")]
        if chosen.loss.task != "any" and chosen.loss != self.loss:
            wrong = f"does not teach {model}, which learns from its mistakes alone"
            advice = "use loss=auto or model=linear"
            return [Problem("loss", chosen.option("loss"), wrong, advice)]
        return []

    def build(self, inputs: int, outputs: int, generator: Generator) -> nn.Module:
        from nnrun.parts.model.layers import Perceptrons, initialise

        return initialise(Perceptrons([inputs, outputs]), "zeros", 1.0, generator)


@dataclass(frozen=True)
class Module(Shallow):
    """A class of one's own. torch.func.vmap gives it a member axis, and what refuses that trains alone."""

    module: str
    arguments: dict[str, Plain | tuple[Plain, ...]]

    def problems(self) -> list[Problem]:
        return untrusted(self.module)

    def build(self, inputs: int, outputs: int, generator: Generator) -> nn.Module:
        from nnrun.parts.model.foreign import adopt

        return adopt(trusted(self.module), (inputs, outputs), self.arguments, generator)

    def layers(self, inputs: int, outputs: int) -> str:
        return f"{self.module}({inputs}, {outputs})"

    def work(self, inputs: int, outputs: int) -> int:
        """One multiplication for each of its numbers, as fully connected layers have it."""
        from torch import Generator

        return sum(
            tensor.numel() for tensor in self.build(inputs, outputs, Generator()).parameters()
        )


@dataclass(frozen=True)
class Point(Shallow):
    """A point on a landscape: it stands where it started, moved by numbers that it learns."""

    task: ClassVar[str] = "landscape"

    def unfit_beside(self, chosen: Chosen) -> list[Problem]:
        if chosen.dataset.task != self.task:
            wrong = "is for dataset=landscape alone"
            return [Problem("model", chosen.option("model"), wrong, "use model=mlp")]
        kinds = {"inputs": chosen.input_kind, "targets": chosen.target_kind}
        wrong = "would move the landscape under the point"
        problems = [
            Problem(f"dataset.scale.{name}", kind, wrong, f"use dataset.scale.{name}=none")
            for name, kind in kinds.items()
            if kind != "none"
        ]
        names = ("weight_decay", "max_norm", "mixup", "input_noise")
        penalties = () if chosen.regularisation.biases else ("l1", "l2")
        wrong = "is about weights or rows, which a point has not"
        return problems + [
            Problem(f"regularisation.{name}", value, wrong, "leave it out")
            for name, value in chosen.regularisation.active(*penalties, *names)
        ]

    def build(self, inputs: int, outputs: int, generator: Generator) -> nn.Module:
        from nnrun.parts.model import layers

        return layers.Point(outputs)

    def layers(self, inputs: int, outputs: int) -> str:
        return str(outputs)

    def work(self, inputs: int, outputs: int) -> int:
        return outputs


@dataclass(frozen=True)
class Polynomial(Shallow):
    """A polynomial of one input."""

    degree: Annotated[
        int, Bound(least=1, most=50)
    ]  # 5 deviations to the power of 50 are still a float32
    init: Init
    varies: ClassVar[tuple[str, ...]] = ("init",)

    def unfit_for_features(self, inputs: int) -> list[Problem]:
        if inputs == 1:
            return []
        wrong = f"takes the powers of one input, but the data have {inputs}"
        advice = "use model=mlp, or leave out the other columns of a table with dataset.drop"
        return [Problem("", "polynomial", wrong, advice)]

    def build(self, inputs: int, outputs: int, generator: Generator) -> nn.Module:
        from nnrun.parts.model import layers

        return layers.initialise(layers.Polynomial(self.degree, outputs), self.init, 1.0, generator)

    def between(self, inputs: int) -> int:
        return self.degree

    def layers(self, inputs: int, outputs: int) -> str:
        return f"{inputs}-{self.degree}-{outputs}"

    def work(self, inputs: int, outputs: int) -> int:
        return self.degree * (1 + outputs)


@dataclass(frozen=True)
class Maxout(Deep):
    """Fully connected layers whose units are each the largest of a few linear maps."""

    widths: tuple[Width, ...]
    pieces: Annotated[int, Bound(least=2, most=100)]
    init: Init
    dropout: Fraction
    varies: ClassVar[tuple[str, ...]] = ("init", "dropout")

    def problems(self) -> list[Problem]:
        return no_width(self.widths)

    def build(self, inputs: int, outputs: int, generator: Generator) -> nn.Module:
        from nnrun.parts.model import layers

        network = layers.Maxout([inputs, *self.widths, outputs], self.pieces)
        return layers.initialise(network, self.init, layers.gain_of_largest(self.pieces), generator)

    @property
    def hidden_units(self) -> int:
        """What dropout may silence."""
        return sum(self.widths)

    def between(self, inputs: int) -> int:
        return self.pieces * sum(self.widths)

    def layers(self, inputs: int, outputs: int) -> str:
        """The sizes of the layers, and how many maps each unit chooses from."""
        return "-".join(
            [str(inputs), *(f"{width}x{self.pieces}" for width in self.widths), str(outputs)]
        )

    def work(self, inputs: int, outputs: int) -> int:
        sizes = [inputs, *self.widths]
        return self.pieces * sum(a * b for a, b in pairwise(sizes)) + sizes[-1] * outputs


@dataclass(frozen=True)
class Residual(Bent):
    """A residual network for tables: x + W₂·act(W₁·norm(x)) in each block."""

    width: Width
    hidden: Width
    blocks: Annotated[int, Bound(least=1, most=1000)]
    activation: Activation
    init: Init
    norm: Norm
    dropout: Fraction
    slope: Fraction
    varies: ClassVar[tuple[str, ...]] = ("init", "dropout")

    def problems(self) -> list[Problem]:
        return no_layer(self.activation)

    def build(self, inputs: int, outputs: int, generator: Generator) -> nn.Module:
        from nnrun.parts.model import layers

        sizes = inputs, self.width, self.hidden, outputs
        network = layers.Residual(sizes, self.blocks, self.activation, self.norm, self.slope)
        return layers.initialise(
            network, self.init, layers.gain_of(self.activation, self.slope), generator
        )

    @property
    def hidden_units(self) -> int:
        """What dropout may silence."""
        return self.blocks * self.hidden

    def between(self, inputs: int) -> int:
        return self.width + self.blocks * (self.hidden + self.width)

    def layers(self, inputs: int, outputs: int) -> str:
        """The sizes of the layers, those of a block in brackets."""
        return f"{inputs}-{self.width}-({self.hidden}-{self.width})x{self.blocks}-{outputs}"

    def work(self, inputs: int, outputs: int) -> int:
        return self.width * (inputs + 2 * self.blocks * self.hidden + outputs)


LEAST_SIDE = 4  # pixels of what is still an image, and not a table that happens to have a square number of columns


@dataclass(frozen=True)
class Cnn(Bent):
    """A small convolutional network for square images whose pixels stand in a row, one colour after the other."""

    filters: tuple[Width, ...]
    kernel: Annotated[int, Bound(least=1, most=99)]
    colours: Annotated[int, Bound(least=1, most=100)]
    widths: tuple[Width, ...]
    activation: Activation
    init: Init
    norm: Literal["none", "batch", "batch_renorm"]
    dropout: Fraction
    slope: Fraction
    varies: ClassVar[tuple[str, ...]] = ("init", "dropout")

    def problems(self) -> list[Problem]:
        problems = []
        if not self.filters:
            wrong, advice = "expected at least one convolution", "or take model=mlp"
            problems.append(Problem("filters", "[]", wrong, advice))
        if self.kernel % 2 == 0:
            advice = f"use {self.kernel - 1} or {self.kernel + 1}"
            wrong = "has no pixel in its middle"
            problems.append(Problem("kernel", str(self.kernel), wrong, advice))
        return problems + no_layer(self.activation)

    def unfit_for_features(self, inputs: int) -> list[Problem]:
        side, steps = self.side(inputs), len(self.filters)
        if self.colours * side**2 != inputs or side < LEAST_SIDE:
            kind = f" of {self.colours} numbers a pixel" * (self.colours > 1)
            wrong = f"takes square images{kind}, but the data have {inputs} inputs"
            return [Problem("", "cnn", wrong, "use model=mlp")]
        pixels = f"{side}×{side} pixels"
        if self.kernel > side:
            wrong, advice = f"is wider than images of {pixels}", f"give {side} at most"
            return [Problem("kernel", str(self.kernel), wrong, advice)]
        if side >> steps == 0:
            given = ",".join(map(str, self.filters))
            wrong = f"each convolution halves the image, and {steps} leave nothing of {pixels}"
            advice = f"give {side.bit_length() - 1} at most"
            return [Problem("filters", f"[{given}]", wrong, advice)]
        return []

    def side(self, inputs: int) -> int:
        """Pixels along an edge of the image."""
        return isqrt(inputs // self.colours)

    def build(self, inputs: int, outputs: int, generator: Generator) -> nn.Module:
        from nnrun.parts.model import layers

        image, (*_, last) = (self.colours, self.side(inputs)), self.images(inputs)
        sizes = [prod(last), *self.widths, outputs]
        network = layers.Cnn(
            image, self.filters, self.kernel, sizes, self.activation, self.norm, self.slope
        )
        return layers.initialise(
            network, self.init, layers.gain_of(self.activation, self.slope), generator
        )

    def images(self, inputs: int) -> list[tuple[int, int, int]]:
        """The channels and sides of what comes in, and of what leaves each convolution."""
        side = self.side(inputs)
        return [
            (channels, side >> i, side >> i)
            for i, channels in enumerate([self.colours, *self.filters])
        ]

    @property
    def hidden_units(self) -> int:
        """What dropout may silence: the fully connected layers."""
        return sum(self.widths)

    def between(self, inputs: int) -> int:
        convolved = sum(b[0] * a[1] ** 2 for a, b in pairwise(self.images(inputs)))
        return convolved + sum(self.widths)

    def layers(self, inputs: int, outputs: int) -> str:
        """The images as channels@side x side, and the sizes of the layers after them."""
        images = [f"{channels}@{side}x{side}" for channels, side, _ in self.images(inputs)]
        return "-".join([*images, *map(str, [*self.widths, outputs])])

    def work(self, inputs: int, outputs: int) -> int:
        images = self.images(inputs)
        convolutions = sum(prod(a) * self.kernel**2 * b[0] for a, b in pairwise(images))
        sizes = [prod(images[-1]), *self.widths, outputs]
        return convolutions + sum(a * b for a, b in pairwise(sizes))


@dataclass(frozen=True)
class Pretrained(Model):
    """The network of another run, which learns on: whole or with a new last layer, all of it or that layer alone."""

    run: str
    last: Literal["keep", "new"]
    freeze: Literal["none", "body"]
    dropout: Fraction
    varies: ClassVar[tuple[str, ...]] = ("dropout",)

    def problems(self) -> list[Problem]:
        if not self.run:
            wrong = "expected the folder of a run, such as outputs/digits/2026-01-31_12-00-00-a1b2"
            return [Problem("run", "''", wrong)]
        try:
            known = self.saved.model
        except Mistake as mistake:
            return in_run(mistake)
        if isinstance(known, Module):
            wrong = f"holds a network of one's own, {known.module}"
            return [Problem("run", self.run, wrong, "take a run of nnrun's models")]
        whole = self.last == "keep" and self.freeze == "none"
        if not whole and not known.between(self.saved.inputs.features):
            advice = "use model.last=keep and model.freeze=none"
            return [Problem("run", self.run, "has one layer alone", advice)]
        return []

    @cached_property
    def saved(self) -> Saved:
        """What the run left; inputs are read as it read them, and with its last layer targets are scaled so too."""
        return read_saved(self.run)

    @property
    def inner(self) -> Model:
        """The model that learns on, as its bundle will have it."""
        return self.saved.model.with_dropout(self.dropout)

    @property
    def kept_inputs(self) -> Inputs:
        return self.saved.inputs

    @property
    def kept_targets(self) -> Scaling | None:
        return self.saved.targets if self.last == "keep" else None

    @property
    def scales_like(self) -> tuple[str, str]:
        return self.run, self.last

    def unfit_beside(self, chosen: Chosen) -> list[Problem]:
        return self.inner.unfit_beside(chosen)

    def without_effect(self) -> dict[str, tuple[str, str]]:
        told = "model=pretrained scales as its run did", "leave it out"
        kept = ("inputs", "targets") if self.last == "keep" else ("inputs",)
        return {f"dataset.scale.{name}": told for name in kept}

    def unfit_for_data(self, data: Data, per_target: int) -> list[Problem]:
        """Tell what the run learnt from that the data do not have, or otherwise."""
        saved = self.saved
        if unlike := columns_unlike(saved.inputs.columns, data.columns):
            return [Problem("run", self.run, unlike, "take a run on columns like these")]
        if saved.inputs.fills is None and np.isnan(data.inputs).any():
            wrong = "learnt from rows without gaps, and the data have missing values"
            return [Problem("run", self.run, wrong, "fill or drop them")]
        outputs = len(data.classes) or per_target * len(data.target_names)
        if problems := self.damaged(outputs):
            return problems
        if self.last == "keep" and (wrong := self.speaks_otherwise(data, per_target)):
            return [Problem("run", self.run, wrong, "use model.last=new")]
        return []

    def speaks_otherwise(self, data: Data, per_target: int) -> str:
        """Tell that the last layer is about other targets; empty when it is about these."""
        saved = self.saved
        known, asked = (own.classes or own.target_names for own in (saved, data))
        if known != asked or bool(saved.classes) != bool(data.classes):
            return f"knows {listing(known, 3)}, but to predict are {listing(asked, 3)}"
        if saved.per_target != per_target:
            return f"says {saved.per_target} numbers a target, the loss wants {per_target}"
        return ""

    def damaged(self, outputs: int) -> list[Problem]:
        """Tell that the tensors on the disk are not those of the model that is told beside them."""
        from torch import Generator

        if self.last == "keep":
            outputs = self.saved.outputs
        try:
            self.build(self.saved.inputs.features, outputs, Generator())
        except Mistake as mistake:
            return in_run(mistake)
        except (RuntimeError, KeyError):
            wrong = f"{FILES[0]} and {FILES[1]} do not belong together"
            return [Problem("run", self.run, wrong, "train again, or restore it")]
        return []

    def build(self, inputs: int, outputs: int, generator: Generator) -> nn.Module:
        from nnrun.parts.model.transfer import freeze, take_over

        network = self.inner.build(inputs, outputs, generator)
        take_over(network, self.saved.tensors(), self.last)
        if self.freeze == "body":
            freeze(network)
        return network

    @property
    def task(self) -> str | None:
        return self.inner.task

    @property
    def loss(self) -> Loss | None:
        return self.inner.loss

    @property
    def hidden_units(self) -> int:
        return self.inner.hidden_units

    @property
    def normalised_by(self) -> str:
        return self.inner.normalised_by

    @property
    def foldable(self) -> bool:
        return self.inner.foldable

    def between(self, inputs: int) -> int:
        return self.inner.between(inputs)

    def layers(self, inputs: int, outputs: int) -> str:
        return self.inner.layers(inputs, outputs)

    def work(self, inputs: int, outputs: int) -> int:
        return self.inner.work(inputs, outputs)


def in_run(mistake: Mistake) -> list[Problem]:
    """Tell as the setting's what is wrong with the folder that it names."""
    return [replace(problem, key="run", value=problem.key) for problem in mistake.problems]


def columns_unlike(learnt: tuple[Column, ...], given: tuple[Column, ...]) -> str:
    """The first way in which the columns of the data are not those that were learnt from."""
    ours, theirs = [column.name for column in given], [column.name for column in learnt]
    if lacking := [name for name in theirs if name not in ours]:
        return f"learnt from {listing(lacking, 3)}, which the data lack"
    if new := [name for name in ours if name not in theirs]:
        return f"did not learn from {listing(new, 3)}, which the data have"
    if ours != theirs:
        return f"learnt from the same columns in another order ({listing(theirs, 3)})"
    other = [mine for mine, own in zip(given, learnt, strict=True) if mine != own]
    return f"knows other categories of {other[0].name}" if other else ""
