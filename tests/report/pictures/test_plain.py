"""Names that others gave are no formulas, and leave a picture one can look at."""

import numpy as np
import pytest

from nnrun.report.pictures.class_pictures import confusion
from nnrun.report.pictures.figure import add_title, blank, drawable, png

NAMES = ["$", "$$", r"$\frac{$", "_", "%", "", "😀", "\u05d0\u05d1", "a\x00b\x1b[1m", "a" * 10_000]


@pytest.mark.parametrize("name", NAMES)
def test_any_name_can_be_drawn(name):
    table = np.array([[3, 1], [0, 2]])
    figure = blank(4, 3)
    axes = figure.subplots()
    axes.set(xlabel=name, ylabel=name, title=name)
    add_title(figure, name, name)

    drawn = [confusion(table, [name, "other"], "test rows", name), png(figure)]

    assert all(picture.startswith(b"\x89PNG") for picture in drawn)


def test_what_cannot_be_drawn_is_spelt_out_and_long_words_lose_their_middle():
    assert drawable("$x$ a\x1b\n") == r"$x$ a\x1b\n"
    assert drawable("a" * 100) == f"{'a' * 20}[60 letters]{'a' * 20}"
