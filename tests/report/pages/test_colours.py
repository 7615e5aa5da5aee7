"""Words and drawings of a page stand out from what is behind them, in light, in dark and in print."""

import re
from pathlib import Path

import pytest

from nnrun.report.pages import page

BEHIND = "paper", "raised", "faint"
WORDS = "ink", "soft", "good", "fair", "bad", "accent", "one", "two"
DRAWN = (
    *("one", "two", "three", "four", "five", "six", "seven", "eight"),
    *(f"heat{place}" for place in range(1, 6)),
)
SCHEMES = ("light", "dark", "print")


def schemes() -> dict[str, dict[str, str]]:
    """Read the colours of each scheme, in the order in which they stand."""
    css = (Path(page.HERE) / "static/colours.css").read_text()
    blocks = re.findall(r":root \{(.*?)\}", css, re.DOTALL)
    told = [dict(re.findall(r"--(\w+): (#[0-9a-f]{3,6});", block)) for block in blocks]
    return dict(zip(SCHEMES, told, strict=True))


def luminance(colour: str) -> float:
    """As WCAG 2 defines it."""
    digits = colour[1:] if len(colour) == 7 else "".join(2 * one for one in colour[1:])
    parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return sum(share * part for share, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted(map(luminance, (one, other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize(("which", "least"), [(WORDS, 4.5), (DRAWN, 3.0)], ids=["words", "drawn"])
def test_what_is_read_and_what_is_drawn_stands_out(scheme, which, least):
    colours = schemes()[scheme]
    behind = BEHIND if least > 4 else BEHIND[:2]

    pale = {
        (name, below): round(contrast(colours[name], colours[below]), 2)
        for name in which
        for below in behind
        if contrast(colours[name], colours[below]) < least
    }

    assert pale == {}
