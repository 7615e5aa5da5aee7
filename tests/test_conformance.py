"""Every choice in conf/ and within models composes, trains, saves, loads, predicts the same; a file is its listing."""

import csv
import math
import pickle
from pathlib import Path
from typing import get_args

import numpy as np
import pandas as pd
import pytest
from sklearn import datasets
from sklearn.utils import Bunch

import nnrun
from nnrun.config.catalogue import builtin_conf, groups
from nnrun.parts.model import embedding
from nnrun.parts.model.choices import Activation, Init, Norm

WITHIN = {"activation": Activation, "init": Init, "norm": Norm, "embedding": embedding.Kind}
REFUSED = (
    "model.activation=threshold",
    "model.activation=maxout",
)  # in a sentence that says what to take instead
CHOICES = sorted(
    {
        f"{file.parent.name}={file.stem}"
        for file in builtin_conf().glob("*/*.yaml")
        if file.parent.name in groups()
    }
    | {"training.ensemble=3"}
    | {f"model.{key}={name}" for key, kind in WITHIN.items() for name in get_args(kind)}
    - {*REFUSED}
)
ARKOMA = ("dataset.rows=300",)
NEEDS = {  # what a choice cannot do without
    **{f"dataset={name}": () for name in ("digits", "iris", "wine", "breast_cancer", "diabetes")},
    "dataset=mnist": ("dataset.path=images",),
    "dataset=fashion_mnist": ("dataset.path=images",),
    **{
        f"experiment={name}": ()
        for name in ("curve_under", "curve_good", "curve_over", "moons", "spirals", "few_digits")
    },
    **{
        f"experiment={name}": ("dataset.path=images",)
        for name in ("mnist_course", "mnist_homework")
    },
    "experiment=mnist_best": ("dataset.path=images", "training.batch_size=64"),
    "experiment=fashion": ("dataset.path=images", "training.batch_size=64"),
    "experiment=mnist_cnn": ("dataset.path=images", "model.filters=[2,2]"),
    "experiment=fashion_cnn": ("dataset.path=images", "model.filters=[2,2]"),
    **{
        f"experiment={name}": ("dataset.path=houses.csv", "dataset.target=price")
        for name in ("table", "table_best", "robust")
    },
    "dataset=california": (),
    "dataset=openml": ("dataset.name=houses", "dataset.target=price"),
    "dataset=table": ("dataset.path=houses.csv", "dataset.target=price"),
    **{
        f"loss={name}": ("dataset=digits",)
        for name in ("cross_entropy", "kl_div", "bce", "hinge", "perceptron", "ordinal")
    },
    "loss=mape": (*ARKOMA, "dataset.scale.targets=none"),
    "model=polynomial": ("dataset=table", "dataset.path=line.csv", "dataset.target=y"),
    "dataset=landscape": ("model=point", "loss=height"),
    "model=point": ("dataset=landscape", "loss=height"),
    "loss=height": ("dataset=landscape", "model=point"),
    "experiment=learning_rates": ("optimizer.lr=0.1", "seed=0"),  # one of the sweep
    "experiment=dropout_or_not": ("regularisation.dropout=0.5", "seed=0"),
    "experiment=batch_norm_or_not": ("model.norm=batch", "seed=0"),
    "experiment=optimizer_race": ("optimizer=adam", "optimizer.lr=0.1", "dataset.surface=saddle"),
    "model=pretrained": (*ARKOMA, "model.run=before"),
    "model=cnn": ("dataset=digits",),
    "model=tabm": (*ARKOMA, "model.heads=4"),
    "model=perceptron": ("dataset=digits",),
    "regularisation=early_stopping": (*ARKOMA, "regularisation.patience=1"),
    "regularisation=swa": (*ARKOMA, "regularisation.swa=1"),
    "regularisation=label_smoothing": ("dataset=digits",),
    "regularisation=distortion": ("dataset=digits", "dataset.scale.inputs=pixels"),
    "scheduler=plateau": (*ARKOMA, "scheduler.patience=1", "training.epochs=3"),
}
RISES = {  # why the training loss need not fall in two epochs
    "experiment=arkoma_best": "it teaches joints first, and then the hand, whose loss is another",
    "experiment=curve_over": "its network is wide and its learning rate high: the first steps throw it off",
}


@pytest.fixture(autouse=True)
def without_internet(monkeypatch, houses):
    """What scikit-learn would fetch is a table that lies here."""
    table = pd.read_csv(houses)
    numbers = Bunch(
        data=table[["size"]].to_numpy(), target=table["price"].to_numpy(), feature_names=["size"]
    )
    monkeypatch.setattr(datasets, "fetch_california_housing", lambda: numbers)
    monkeypatch.setattr(
        datasets, "fetch_openml", lambda **asked: Bunch(frame=table, target_names=[])
    )


@pytest.mark.parametrize("choice", CHOICES)
def test_every_choice_trains_saves_and_predicts_the_same_from_its_bundle(
    choice, small, houses, line, image_files
):
    image_files("images")
    if choice == "model=pretrained":
        small(*ARKOMA).folder.rename("before")

    ran = small(choice, *NEEDS.get(choice, ARKOMA))

    assert ran.code == 0, ran.err
    saved = predicted_in(ran.folder)
    model, inputs = nnrun.load(ran.folder), test_inputs(ran.folder, choice, saved.index)
    again = model.predict(inputs)
    names = [name.removeprefix("predicted_") for name in saved.columns]
    assert np.allclose(again[names], saved, rtol=1e-5, atol=1e-5)
    assert pickle.loads(pickle.dumps(model)).predict(inputs).equals(again)
    losses = [float(row["train_loss"]) for row in rows_of(ran.folder / "metrics.csv")]
    assert all(map(math.isfinite, losses))
    assert losses[-1] < losses[0] or choice in RISES


def predicted_in(folder: Path) -> pd.DataFrame:
    """The numbers that predictions.csv holds: predicted targets, or the probability of each class."""
    table = pd.read_csv(folder / "predictions.csv", index_col="row")
    return table[[name for name in table.columns if name.startswith(("predicted_", "p("))]]


def test_inputs(folder: Path, choice: str, rows) -> pd.DataFrame:
    """The test rows as a person would hand them over."""
    from omegaconf import OmegaConf

    from nnrun.config.experiment import build

    config = OmegaConf.to_container(OmegaConf.load(folder / "config.yaml"))
    data = build(config, [], dict(dataset="", model="", loss="")).data
    cells = pd.DataFrame(data.inputs[rows], columns=[column.name for column in data.columns])
    for column in data.columns:
        if column.levels:
            cells[column.name] = [column.levels[int(code)] for code in cells[column.name]]
    return cells


test_inputs.__test__ = False


def rows_of(path: Path) -> list[dict]:
    with open(path, newline="") as file:
        return list(csv.DictReader(file))
