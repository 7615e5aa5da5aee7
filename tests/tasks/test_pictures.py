"""Which pictures a run leaves."""

import math

import numpy as np
import pytest

from nnrun.parts.dataset.data import Column, Data

PLANE = "a,b,kind\n" + "".join(
    f"{math.cos(i) * (1 + i % 2):.4f},{math.sin(i) * (1 + i % 2):.4f},{'in' if i % 2 else 'out'}\n"
    for i in range(120)
)
LINE = "x,y\n" + "".join(f"{i / 20},{math.sin(i / 9):.4f}\n" for i in range(120))
TABLE = ("dataset=table", "dataset.path=rows.csv", "training.batch_size=16", "training.epochs=2")


@pytest.fixture
def drawn(nnrun, tmp_path, untold):
    """The names of the pictures that a run leaves, of all of which its record tells."""

    def run(*words, rows=""):
        (tmp_path / "rows.csv").write_text(rows)
        ran = nnrun(*words, "output.baselines=false")
        assert ran.code == 0, ran.err
        assert untold(ran.folder) == set()
        assert all(
            picture.read_bytes().startswith(b"\x89PNG") for picture in ran.folder.glob("*.png")
        )
        return sorted(picture.stem for picture in ran.folder.glob("*.png"))

    return run


@pytest.mark.parametrize(
    ("words", "rows", "expected"),
    [
        (
            ["dataset.rows=300", "training.epochs=2"],
            "",
            ["curves", "fit", "reliability", "workspace"],
        ),
        (
            ["dataset=digits", "training.epochs=2"],
            "",
            ["confusion", "curves", "mistakes", "reliability"],
        ),
        (
            ["dataset=landscape", "model=point", "loss=height", "training.epochs=2"],
            "",
            ["curves", "path"],
        ),
        ([*TABLE, "dataset.target=kind"], PLANE, ["confusion", "curves", "regions", "reliability"]),
        ([*TABLE, "dataset.target=y"], LINE, ["curve", "curves", "fit", "reliability"]),
        (
            [*TABLE, "dataset.target=y", "loss=quantile"],
            LINE,
            ["curve", "curves", "fit", "reliability"],
        ),
        (
            [*TABLE, "dataset.target=y", "loss=gaussian_nll"],
            LINE,
            ["curve", "curves", "fit", "reliability"],
        ),
        (
            [*TABLE, "dataset.target=b", "dataset.drop=[kind]"],
            PLANE,
            ["curve", "curves", "fit", "reliability"],
        ),
    ],
    ids=["arm", "images", "landscape", "plane", "line", "quantile", "deviations", "column"],
)
def test_a_run_leaves_the_pictures_that_its_data_allow(words, rows, expected, drawn):
    assert drawn(*words, rows=rows) == expected


@pytest.mark.parametrize(
    ("names", "shape"),
    [
        ([f"pixel_{i}_{j}" for i in range(4) for j in range(5)], (4, 5)),
        ([f"p{i}_{j}" for i in range(28) for j in range(28)], (28, 28)),
        ([f"x{i}" for i in range(30)], None),
        ([f"day_{i}_{j}" for i in range(2) for j in range(3)], None),
        ([f"m_{i}_0" for i in range(20)][:-1] + ["m_9_9"], None),
    ],
)
def test_images_are_known_by_their_pixels_names(names, shape):
    columns = tuple(Column(name) for name in names)

    data = Data(
        "", columns, np.zeros((1, len(columns))), target_names=("y",), targets=np.zeros((1, 1))
    )

    assert data.image_shape == shape


def test_every_class_of_a_confusion_is_named():
    from nnrun.report.pictures.class_pictures import confusion

    names = tuple(f"class {i}" for i in range(30))

    drawn = confusion(np.eye(30, dtype=int), names, "test rows", "title")

    assert drawn.startswith(b"\x89PNG")
