"""The files that the commands of `unchanged.py` read: tables, images, networks and options."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np

NETWORKS = """\
from torch import nn


class Net(nn.Sequential):
    def __init__(self, inputs, outputs, width=8):
        super().__init__(nn.Linear(inputs, width), nn.Tanh(), nn.Linear(width, outputs))


class Drowsy(nn.Sequential):
    def __init__(self, inputs, outputs):
        super().__init__(nn.Linear(inputs, 8), nn.Dropout(0.5), nn.Linear(8, outputs))
"""
POSES = """\
Px,Py,Pz,Rx,Ry,Rz
116.12,-180.97,198.59,-10.39,-41.23,5.04
120.5,-150.2,160.8,-20.1,-30.6,10.3
"""
SOLVED = """\
Px,Py,Pz,Rx,Ry,Rz,joint1,joint2,joint3,joint4,joint5
44.13,-110.69,-76.47,41.22,80.62,1.36,1.17174,-0.53447,-0.18844,0.98682,0.68977
-83.68,-192.65,252.47,-45.14,-8.02,-141.75,-1.56476,-0.23736,1.9992,0.86079,1.76588
"""
GENTLE = "# Adam with a third of the usual learning rate.\ndefaults: [adam]\nlr: 1e-3\n"

# Python runs this first where a configuration wants what scikit-learn would fetch.
STAND_IN = """\
import pandas
from sklearn import datasets
from sklearn.utils import Bunch

TABLE = pandas.read_csv("houses.csv")
SIZES = TABLE[["size"]].fillna(100)
HOUSES = Bunch(data=SIZES.to_numpy(), target=TABLE["price"].to_numpy(), feature_names=["size"])
datasets.fetch_california_housing = lambda **_: HOUSES
datasets.fetch_openml = lambda **_: Bunch(frame=TABLE, target_names=[])
"""


def prepare(place: Path) -> None:
    """Write everything that a command may name."""
    texts = {
        "net.py": NETWORKS,
        "poses.csv": POSES,
        "solved.csv": SOLVED,
        "own/optimizer/gentle.yaml": GENTLE,
        "stand-in/sitecustomize.py": STAND_IN,
        **tables(),
    }
    for name, text in texts.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text(text)
    write_images(place / "images")


def tables() -> dict[str, str]:
    """Make houses with gaps, new ones without a price, and sold ones with a decimal comma."""
    stream = np.random.default_rng(0)
    sizes = stream.uniform(40, 200, 120)
    towns = stream.choice(["Bonn", "Oslo", "Rome"], 120)
    prices = 3 * sizes + 50 * (towns == "Rome") + stream.normal(0, 2, 120)
    columns = ([f"{x:.1f}" for x in sizes], towns.tolist(), [f"{x:.2f}" for x in prices])
    whole = list(zip(*columns, strict=True))
    gaps = [with_gaps(number, *house) for number, house in enumerate(whole)]
    head = ("size", "town", "price")
    return {
        "houses.csv": sheet([head, *gaps]),
        "new.csv": sheet(row[:2] for row in [head, *whole[:5]]),
        "sold.csv": sheet([head, *whole[:20]], ";").replace(".", ","),
    }


def with_gaps(number: int, size: str, town: str, price: str) -> tuple[str, ...]:
    """Leave out some sizes and towns."""
    return "" if number % 9 == 4 else size, "" if number % 13 == 6 else town, price


def sheet(rows: Iterable[tuple[str, ...]], mark: str = ",") -> str:
    """Write rows as the lines of a CSV file."""
    return "".join(f"{mark.join(row)}\n" for row in rows)


def write_images(place: Path) -> None:
    """Write the four IDX files of a small image set, in which one row of pixels tells the class."""
    stream = np.random.default_rng(0)
    place.mkdir()
    for part, rows in (("train", 200), ("t10k", 60)):
        kinds = (np.arange(rows) % 10).astype(np.uint8)
        pixels = stream.integers(0, 40, (rows, 28, 28), dtype=np.uint8)
        pixels[:, 3] += 20 * kinds[:, None]
        write_idx(place / f"{part}-images-idx3-ubyte", pixels)
        write_idx(place / f"{part}-labels-idx1-ubyte", kinds)


def write_idx(file: Path, numbers: np.ndarray) -> None:
    """Write bytes as an IDX file."""
    lengths = np.array(numbers.shape, ">u4").tobytes()
    file.write_bytes(bytes([0, 0, 8, numbers.ndim]) + lengths + numbers.tobytes())
