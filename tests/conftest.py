"""The command, run inside the test process: a folder of its own, no terminal, one thread."""

import gzip
import json
import math
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from nnrun.cli.door import exit_code, tell_libraries
from nnrun.parts.dataset.images import FILES

tell_libraries()


def pytest_addoption(parser):
    parser.addoption("--lessons", action="store_true", help="run the long lessons too")


def pytest_collection_modifyitems(config, items):
    """Leave the long lessons out unless --lessons is given.

    A marker in addopts would not do: whoever types another -m replaces it.
    """
    if config.getoption("--lessons"):
        return
    long = [item for item in items if item.get_closest_marker("lesson")]
    items[:] = [item for item in items if item not in long]
    config.hook.pytest_deselected(items=long)


SMALL = ("training.epochs=2", "output.pictures=false", "output.baselines=false")


@dataclass(frozen=True)
class Ran:
    """What a command left: its exit code, what it printed, and the folders it made."""

    code: int
    out: str
    err: str
    folders: list[Path]

    @property
    def folder(self) -> Path:
        (only,) = self.folders
        return only

    def read(self, name: str) -> str:
        return (self.folder / name).read_text()

    def json(self, name: str) -> dict:
        return json.loads(self.read(name))


@pytest.fixture
def nnrun(tmp_path, monkeypatch, capfd):
    """Run the command in an empty folder: nnrun("dataset=digits") gives a Ran."""
    monkeypatch.chdir(tmp_path)

    def run(*words: str) -> Ran:
        before = set(Path("outputs").glob("*/*"))
        code = exit_code(list(words))
        out, err = capfd.readouterr()
        return Ran(code, out, err, sorted(set(Path("outputs").glob("*/*")) - before))

    return run


@pytest.fixture
def small(nnrun):
    """The same for a training of two epochs, without pictures and baselines."""

    def run(*words: str) -> Ran:
        given = {word.partition("=")[0] for word in words}
        return nnrun(*(word for word in SMALL if word.partition("=")[0] not in given), *words)

    return run


@pytest.fixture
def line(tmp_path) -> Path:
    """A table with one input, of which one target is a curve."""
    path = tmp_path / "line.csv"
    path.write_text("x,y\n" + "".join(f"{i / 50},{math.sin(i / 30):.4f}\n" for i in range(120)))
    return path


@pytest.fixture
def houses(tmp_path) -> Path:
    """A table with numbers, a category, and a price that follows from them."""
    rng = np.random.default_rng(0)
    size, town = rng.uniform(40, 200, 200), rng.choice(["Bonn", "Oslo", "Rome"], 200)
    price = 3 * size + 50 * (town == "Rome") + rng.normal(0, 2, 200)
    lines = [f"{s:.1f},{t},{p:.2f}" for s, t, p in zip(size, town, price, strict=True)]
    path = tmp_path / "houses.csv"
    path.write_text("\n".join(["size,town,price", *lines]) + "\n")
    return path


@pytest.fixture
def image_files(tmp_path):
    """Write the four files of an image set, 200 rows to train and 60 to test; one pixel row tells the label."""

    def write(folder: str, zipped: bool = False, side: int = 28) -> Path:
        place, rng = tmp_path / folder, np.random.default_rng(0)
        place.mkdir(parents=True)
        for images, labels, rows in ((*FILES[:2], 200), (*FILES[2:], 60)):
            kinds = (np.arange(rows) % 10).astype(np.uint8)
            pixels = rng.integers(0, 40, (rows, side, side), dtype=np.uint8)
            pixels[:, 3] += 20 * kinds[:, None]
            for name, numbers in ((images, pixels), (labels, kinds)):
                lengths = np.array(numbers.shape, ">u4").tobytes()
                content = bytes([0, 0, 8, numbers.ndim]) + lengths + numbers.tobytes()
                (place / (name + ".gz" * zipped)).write_bytes(
                    gzip.compress(content) if zipped else content
                )
        return place

    return write


@pytest.fixture
def published():
    """The folder of a published image set: shared/data beside the checkout, or what NNRUN_DATA names."""
    beside = Path(__file__).resolve().parent.parent.parent / "shared" / "data"
    places = [Path(os.environ["NNRUN_DATA"])] if os.environ.get("NNRUN_DATA") else [beside]

    def find(name: str) -> Path:
        found = [place / name for place in places if (place / name).is_dir()]
        return (
            found[0]
            if found
            else pytest.skip(f"no {name} in {places[0]}; set NNRUN_DATA to where it is")
        )

    return find
