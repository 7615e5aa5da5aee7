"""Names that others gave are no formulas, and leave a picture one can look at."""

import numpy as np
import pytest
from matplotlib.font_manager import FontProperties

from nnrun.report.pictures.class_pictures import confusion
from nnrun.report.pictures.figure import PlainRenderer, add_title, blank, drawable, png

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


def drawn_at(angle):
    """The pixels around a word that is drawn once at some angle."""
    renderer = PlainRenderer(60, 60, 120)
    renderer.draw_text(renderer.new_gc(), 30, 30, "Ag", FontProperties(size=10), angle)
    seen = np.asarray(renderer.buffer_rgba())[..., 3]
    rows, columns = (np.flatnonzero(seen.any(axis=axis)) for axis in (1, 0))
    return seen[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1], rows, columns


def test_what_is_written_upwards_is_the_same_turned():
    level, rows, columns = drawn_at(0)
    upwards, rows_upwards, columns_upwards = drawn_at(90)

    np.testing.assert_array_equal(upwards, np.rot90(level))
    # both begin at the same point: one goes on to the right of it, the other above
    assert columns_upwards[0] == rows[0]
    assert rows_upwards[-1] + columns[0] == 2 * 30 - 1


def test_a_word_is_laid_out_once_on_a_page(monkeypatch):
    written = []
    write = PlainRenderer.write
    monkeypatch.setattr(
        PlainRenderer, "write", lambda page, *line: written.append(line) or write(page, *line)
    )
    figure = blank(6, 3)
    for axes in figure.subplots(1, 2):
        axes.plot([0, 1])
        axes.set_xlabel("twice")

    png(figure)

    assert [text for text, _ in written].count("twice") == 1
