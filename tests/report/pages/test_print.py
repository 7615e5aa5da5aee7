"""What only a screen is for stays off paper, and nothing on paper is cut."""

import re
from pathlib import Path

from nnrun.report.pages import page

STATIC, TEMPLATES = Path(page.HERE) / "static", Path(page.HERE) / "templates"


def rules() -> dict[str, str]:
    """Read the style sheet's rules for paper: what they are about, and what they set."""
    css = (STATIC / "report.css").read_text()
    inside = css[css.index("@media print {") :].partition("\n}")[0].partition("{")[2]
    return {
        selectors.strip(): settings
        for selectors, settings in re.findall(r"([^{}]+)\{([^}]*)\}", inside)
    }


def hidden() -> set[str]:
    """List what is left out on paper."""
    left_out = [selectors for selectors, settings in rules().items() if "display: none" in settings]
    return {one.strip() for selectors in left_out for one in selectors.split(",")}


def test_what_one_can_only_press_or_follow_is_left_out():
    assert {"nav", "button", ".tools", ".home", ".skip"} <= hidden()


def test_no_part_of_a_table_is_scrolled_away():
    boxes = next(settings for selectors, settings in rules().items() if ".scroll.tall" in selectors)

    assert "overflow: visible" in boxes
    assert "max-height: none" in boxes


def test_each_name_in_the_rules_stands_on_some_page():
    makers = [*TEMPLATES.rglob("*"), *STATIC.rglob("*.js"), *Path(page.HERE).rglob("*.py")]
    written = " ".join(path.read_text(encoding="utf-8") for path in makers if path.is_file())
    names = {name for selectors in rules() for name in re.findall(r"\.([a-z][\w-]*)", selectors)}

    assert {name for name in names if not re.search(rf"\b{name}\b", written)} == set()
