"""From experiments to what the engine trains: their networks, their rows, their settings side by side."""

from functools import partial
from math import inf

import numpy as np
import torch

from nnrun import tasks
from nnrun.config.experiment import Experiment, Prepared
from nnrun.engine import device as machine
from nnrun.engine.chance import generator
from nnrun.engine.cohort import Cohort, Member, Rows
from nnrun.parts.regularisation import augmentation
from nnrun.parts.regularisation.augmentation import Augmentation


def cohort(experiments: list[Experiment], device: torch.device) -> Cohort:
    """Experiments that agree in everything that members of a cohort share."""
    first = experiments[0]
    settings = first.settings
    return Cohort(
        members=tuple(member(own, device) for own in experiments),
        networks=tuple(network(own) for own in experiments),
        hidden_units=settings.model.hidden_units,
        penalised="all" if settings.regularisation.biases else "weights",
        score=tasks.of(first.data.task).scores,
        train=rows_of(experiments, "train", device),
        val=rows_of(experiments, "val", device),
        epochs=settings.training.epochs,
        batch_size=first.batch_rows,
        device=device,
        precision=machine.PRECISIONS[settings.training.precision],
        compile=settings.training.compile,
    )


def network(experiment: Experiment) -> torch.nn.Module:
    """The experiment's network with its first weights."""
    stream = generator(experiment.settings.seed, "init")
    return experiment.settings.model.build(experiment.inputs, experiment.outputs, stream)


def member(experiment: Experiment, device: torch.device) -> Member:
    """What is an experiment's own inside a cohort."""
    settings, clock = experiment.settings, experiment.clock
    held = settings.regularisation
    return Member(
        settings.seed,
        experiment.loss,
        settings.optimizer,
        rate=lambda step: settings.scheduler.rate(step, clock),
        watch=settings.scheduler.level,
        l1=held.l1,
        l2=held.l2,
        weight_decay=held.weight_decay,
        max_norm=held.max_norm or inf,
        clip_norm=held.clip_norm or inf,
        gradient_noise=held.gradient_noise,
        dropout=settings.model.dropout,
        mixup=held.mixup,
        augment=augment(experiment, device),
        newest=held.newest(clock),
        averaged_from=held.averaged_from(clock) + 1 if held.swa else 0,
        patience=held.patience or inf,
        min_delta=held.min_delta,
    )


def augment(experiment: Experiment, device: torch.device) -> Augmentation | None:
    """What alters an experiment's training rows."""
    held, data = experiment.settings.regularisation, experiment.data
    several = []
    if held.new_poses:
        draw = partial(rows_anew, experiment, device)
        several.append(augmentation.rows_anew(draw, held.new_poses, len(experiment.parts.train)))
    if held.distorts and data.image_shape:
        several.append(
            augmentation.distortion(data.image_shape, held.shift, held.rotation, held.elastic)
        )
    if held.input_noise:
        several.append(augmentation.noise(held.input_noise))
    return augmentation.in_turn(several) if several else None


def rows_anew(
    experiment: Experiment, device: torch.device, rows: int, seed: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """Features and targets of rows that the data set draws anew."""
    data, prepared = experiment.settings.dataset.draw(rows, seed), experiment.prepared
    x, y = (
        prepared.inputs.apply(data.inputs),
        prepared.targets.apply(data.targets).astype(np.float32),
    )
    return torch.from_numpy(x).to(device), torch.from_numpy(y).to(device)


def rows_of(experiments: list[Experiment], part: str, device: torch.device) -> Rows:
    """Rows of all members; those with the same data, split and scaling share a set."""
    sets = list({id(own.prepared): own.prepared for own in experiments}.values())
    places = {id(prepared): i for i, prepared in enumerate(sets)}
    set_of = tuple(places[id(own.prepared)] for own in experiments)
    count = len(getattr(experiments[0].parts, part))
    x, y = on_device(sets[0], getattr(sets[0].parts, part), device)
    if len(sets) == 1:
        return Rows(x, y, count, set_of)
    all_x, all_y = (own.new_empty((len(sets) * count, *own.shape[1:])) for own in (x, y))
    for i, prepared in enumerate(
        sets
    ):  # one after the other, so that no more than one is held twice
        own = slice(i * count, (i + 1) * count)
        all_x[own], all_y[own] = on_device(prepared, getattr(prepared.parts, part), device)
    return Rows(all_x, all_y, count, set_of)


def on_device(
    prepared: Prepared, rows: np.ndarray, device: torch.device
) -> tuple[torch.Tensor, torch.Tensor]:
    """Features and targets of some rows as tensors."""
    return (
        torch.from_numpy(prepared.features(rows)).to(device),
        torch.from_numpy(prepared.wanted(rows)).to(device),
    )
