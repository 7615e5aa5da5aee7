"""From experiments to what the engine trains: networks, rows and settings side by side."""

from collections.abc import Hashable
from functools import partial
from itertools import chain
from math import inf

import numpy as np
import torch
from torch import Tensor, nn

from nnrun import tasks
from nnrun.config.experiment import Experiment
from nnrun.engine import device as machine
from nnrun.engine.chance import generator
from nnrun.engine.cohort import Cohort, Member, Rows
from nnrun.parts.regularisation import augmentation
from nnrun.parts.regularisation.augmentation import Augmentation
from nnrun.training.measured import EpochScore


def cohort(experiments: list[Experiment], device: torch.device) -> Cohort:
    """Put experiments side by side that agree in everything that members of a cohort share."""
    first, settings = experiments[0], experiments[0].settings
    return Cohort(
        members=tuple(member(experiment, device) for experiment in experiments),
        networks=tuple(network(experiment) for experiment in experiments),
        hidden_units=settings.model.hidden_units,
        penalised="all" if settings.regularisation.biases else "weights",
        score=tasks.of(first.data.task).usual_score,
        train=rows_of(experiments, "train", device),
        val=rows_of(experiments, "val", device),
        epochs=first.epochs,
        batch_size=first.batch_rows,
        device=device,
        precision=machine.PRECISIONS[settings.training.precision],
        foreign=settings.model.foreign,
        decays=settings.model.decays,
        factor=settings.model.factor,
    )


def network(experiment: Experiment) -> nn.Module:
    """Build the experiment's network with its first weights."""
    stream = generator(experiment.settings.seed, "init")
    model = experiment.settings.model
    made = model.build(experiment.inputs, experiment.outputs, stream)
    prepared = experiment.prepared
    model.settle(made, prepared.edges)
    model.begin_on(made, lambda: prepared.features(prepared.rows.train), stream)
    return made


def member(experiment: Experiment, device: torch.device) -> Member:
    """Collect what an experiment does not share with its cohort."""
    settings, clock = experiment.settings, experiment.clock
    limits, score = settings.regularisation, experiment.score
    usual = score.name == tasks.of(experiment.data.task).usual and experiment.loss.greatest_wins
    usual = usual and settings.model.answers == 1
    return Member(
        settings.seed,
        experiment.loss,
        settings.optimizer,
        rate=lambda step: settings.scheduler.rate(step, clock),
        watch=settings.scheduler.level,
        measure=None if usual else EpochScore(experiment),
        chooses=score.better if settings.training.score != "auto" else 0,
        l1=limits.l1,
        l2=limits.l2,
        weight_decay=limits.weight_decay,
        decay_rate=lambda step: settings.model.decay_rate(step, clock),
        max_norm=limits.max_norm or inf,
        clip_norm=limits.clip_norm or inf,
        gradient_noise=limits.gradient_noise,
        dropout=settings.model.dropout,
        dropout_rate=lambda step: settings.model.dropout_rate(step, clock),
        mixup=limits.mixup,
        augment=augment(experiment, device),
        newest=limits.newest(clock),
        averaged_from=limits.averaged_from(clock) + 1 if limits.swa else 0,
        patience=limits.waits,
        min_delta=limits.min_delta,
    )


def augment(experiment: Experiment, device: torch.device) -> Augmentation | None:
    """Put together what alters an experiment's training rows."""
    settings, shape = experiment.settings.regularisation, experiment.data.image_shape
    several = []
    if settings.new_poses:
        draw = partial(draw_rows, experiment, device)
        rows = len(experiment.rows.train)
        several.append(augmentation.new_rows(draw, settings.new_poses, rows))
    if settings.mirror and shape:
        several.append(augmentation.mirrored(shape, settings.mirror))
    if settings.moves and shape:
        reach = settings.shift, settings.rotation, settings.elastic
        several.append(augmentation.distortion(shape, *reach, settings.whole_pixels))
    if share := experiment.settings.dataset.hidden:
        several.append(augmentation.hidden(experiment.prepared.inputs.categories, share))
    if settings.input_noise:
        several.append(augmentation.noise(settings.input_noise))
    return augmentation.in_turn(several) if several else None


def draw_rows(
    experiment: Experiment, device: torch.device, rows: int, seed: int
) -> tuple[Tensor, Tensor]:
    """Let the data set draw other rows; gives features and targets."""
    data, prepared = experiment.settings.dataset.draw(rows, seed), experiment.prepared
    x = torch.from_numpy(prepared.inputs.apply(data.inputs))
    y = torch.from_numpy(prepared.targets.apply(data.targets)).float()
    return x.to(device), y.to(device)


def rows_of(experiments: list[Experiment], part: str, device: torch.device) -> Rows:
    """Lay out the rows of all members; those with the same data, split and scaling share a set."""
    sets: dict[Hashable, Experiment] = {}
    for experiment in experiments:
        sets.setdefault(experiment.settings.rows_key, experiment)
    places = {key: place for place, key in enumerate(sets)}
    set_of = tuple(places[experiment.settings.rows_key] for experiment in experiments)
    first, *others = sets.values()
    of_first = on_device(first, part, device)
    count = len(of_first[0])
    if not others:
        x, y, *weights = of_first
        return Rows(x, y, count, set_of, *weights)
    whole = [numbers.new_empty((len(sets), *numbers.shape)) for numbers in of_first]
    # one after the other, so that no more than one is held twice
    rest = (on_device(experiment, part, device) for experiment in others)
    for place, of_one in enumerate(chain([of_first], rest)):
        for numbers, own in zip(whole, of_one, strict=True):
            numbers[place] = own
    x, y, *weights = (numbers.flatten(0, 1) for numbers in whole)
    return Rows(x, y, count, set_of, *weights)


def on_device(experiment: Experiment, part: str, device: torch.device) -> list[Tensor]:
    """Put features, targets, and perhaps weights of the train or val rows on the device."""
    prepared = experiment.prepared
    rows = getattr(prepared.rows, part)
    numbers = [prepared.features(rows), prepared.wanted(rows)]
    if (weights := prepared.data.weights_of(rows)) is not None:
        numbers.append(weights.astype(np.float32))
    return [torch.from_numpy(array).to(device) for array in numbers]
