"""A way is drawn as far as its frame reaches, and goes on where it comes back."""

from math import inf, nan

import pytest

from nnrun.report.pages.redrawn.clipping import is_within, pieces_within

FRAME = (0.0, 10.0), (0.0, 4.0)


@pytest.mark.parametrize(
    ("way", "pieces"),
    [
        ([(1, 1), (2, 3), (4, 1)], [[(1, 1), (2, 3), (4, 1)]]),
        ([(5, 2), (5, 6)], [[(5, 2), (5, 4)]]),
        ([(5, 2), (25, 12)], [[(5, 2), (9, 4)]]),  # at its own slope, not along the edge
        ([(5, 2), (5, 6), (7, 6), (7, 2)], [[(5, 2), (5, 4)], [(7, 4), (7, 2)]]),
        ([(-2, 2), (12, 2)], [[(0, 2), (10, 2)]]),  # from beyond to beyond
        ([(-2, 9), (12, 9)], []),
        ([(-2, 3), (2, 7)], []),  # past a corner
        ([(1, 1), (nan, 1), (2, 1), (inf, 2), (3, 1), (4, 1)], [[(3, 1), (4, 1)]]),
        ([(1, 1), (1, 1)], [[(1, 1), (1, 1)]]),
        ([(5, 2), (1e300, 2)], [[(5, 2), (10, 2)]]),
    ],
)
def test_a_way_is_cut_where_it_leaves_its_frame(way, pieces):
    found = pieces_within(way, FRAME)

    assert len(found) == len(pieces)
    for piece, expected in zip(found, pieces, strict=True):
        assert [*sum(piece, ())] == pytest.approx([*sum(expected, ())])


def test_a_place_on_the_edge_is_within():
    assert is_within((10, 4), FRAME)
    assert not is_within((10, 4.1), FRAME)
    assert not is_within((nan, 1), FRAME)
