"""How a page is shared out among its panels."""

import pytest

from nnrun.report.pictures.figure import add_title, blank, png
from nnrun.report.pictures.page import Need, Page, shared_out


@pytest.mark.parametrize(
    ("needs", "ratios", "expected"),
    [
        ([Need(range(1), 10, 5)], [1], [(10, 95)]),
        ([Need(range(1), 10, 5), Need(range(1, 2), 20, 5)], [1, 1], [(10, 39), (66, 95)]),
        ([Need(range(1), 10, 0), Need(range(1, 2), 0, 0)], [3, 1], [(10, 76), (78, 100)]),
        ([Need(range(2), 30, 0), Need(range(1, 2), 8, 0)], [1, 1], [(30, 60), (70, 100)]),
    ],
    ids=["one", "two", "of several widths", "across two"],
)
def test_panels_share_what_their_words_leave(needs, ratios, expected):
    assert shared_out(needs, ratios, 0, 100, 2) == expected


def test_a_page_without_room_has_panels_all_the_same():
    assert shared_out([Need(range(1), 90, 90)], [1], 0, 100, 2) == [(90, 91)]


def test_a_page_is_drawn_once(monkeypatch):
    drawn = []
    draw = Page.draw
    monkeypatch.setattr(Page, "draw", lambda page, renderer: drawn.append(draw(page, renderer)))
    page = blank(2, 2)
    page.subplots().plot([0, 1])
    add_title(page, "title")

    png(page)

    assert len(drawn) == 1
