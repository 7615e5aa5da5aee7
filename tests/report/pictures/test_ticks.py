"""Numbers beside axes look as matplotlib draws them, pixel by pixel."""

import numpy as np
import pytest

from nnrun.report.pictures.figure import blank, number_decades, open_frame
from nnrun.report.pictures.ticks import write_numbers


def linear(axes):
    axes.plot([-3, 5.5], [0.001, -0.002])


def decades(axes):
    axes.plot([1, 2000], [0.02, 30])
    axes.set(xscale="log", yscale="log")
    number_decades(axes.xaxis)
    number_decades(axes.yaxis)


def multiplied(axes):
    axes.plot([0, 4e9], [1, 2])


def named(axes):
    axes.plot([0, 1], [3, 4])
    axes.set_xticks([0, 1], ["a name", "another"], rotation=45)


def beside_a_bar(axes):
    axes.figure.colorbar(axes.imshow([[1, 2], [3, 4]]))


def image_of(draw, panels, ours):
    page = blank(4, 3)
    every = page.subplots(1, panels, sharex=True, sharey=True, squeeze=False)[0]
    for axes in every:
        draw(axes)
        open_frame(axes)
    if ours:
        write_numbers(axis for axes in page.axes for axis in (axes.xaxis, axes.yaxis))
    page.canvas.draw()
    return np.array(page.canvas.buffer_rgba())


@pytest.mark.parametrize(
    ("draw", "panels"),
    [(linear, 1), (linear, 2), (decades, 2), (multiplied, 1), (named, 1), (beside_a_bar, 1)],
)
def test_they_look_as_matplotlib_draws_them(draw, panels):
    theirs, ours = (image_of(draw, panels, own) for own in (False, True))

    # where lines of a grid cross, the other one may be drawn first, and rounding differs
    assert np.abs(ours.astype(int) - theirs).max() <= 1


def test_there_are_few_artists():
    page = blank(4, 3)
    axes = page.subplots()
    decades(axes)

    write_numbers([axes.xaxis, axes.yaxis])
    page.canvas.draw()

    assert not axes.texts
    assert len(axes.artists) == 2
    assert len(axes.xaxis.get_major_ticks()) + len(axes.xaxis.get_minor_ticks()) <= 2
