"""Cells written otherwise than a program reads them, and texts that differ in looks alone."""

import re
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from itertools import groupby

from nnrun.errors import listing

MOST = 0.8  # of the cells that have to be written in a way
SAMPLE = 100  # of them that are looked at
UNIT = re.compile(r"[+-]?\d[\d.,]*\s*([^\W\d_]{1,4}|°[CFK]?|[^\W\d_]{1,3}/[^\W\d_]{1,3}[²³]?)")
WITH_UNIT = "'{cell}' is a number with a unit"
TRUTHS = {"true", "false", "yes", "no", "t", "f", "y", "n", "on", "off", "1", "0", "1.0", "0.0"}

# What cells that are no numbers may be, what is told of the first of them, and what helps.
OTHER_WRITING = (
    (
        r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?",
        "'{cell}' is not a number",
        "write it without ',', or set dataset.decimal=',' if that is its decimal sign",
    ),
    (
        r"[+-]?\d{1,3}(\.\d{3})+,\d+|[+-]?\d{1,3}(\.\d{3}){2,}",
        "'{cell}' is not a number",
        "write it without '.' between thousands, and set dataset.decimal=',' if it has a comma",
    ),
    (
        r"[+-]?\d{1,3}([ '’_]\d{3})+([.,]\d+)?",
        "'{cell}' is not a number",
        "write it with nothing between thousands{or_remedy}",
    ),
    (
        r"[+-]?\d*,\d+(e[+-]?\d+)?",
        "'{cell}' is not a number",
        "set dataset.decimal=','",
    ),
    (
        r"[+-]?\d*\.\d+(e[+-]?\d+)?",
        "'{cell}' is not a number",
        "set dataset.decimal='.'",
    ),
    (
        r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}([T ].*)?|\d{1,2}[-/.]\d{1,2}[-/.](\d{4}|\d\d)( .*)?"
        r"|\d{1,2}:\d\d(:\d\d.*)?",
        "dates and times ('{cell}') are not numbers",
        "write them as numbers, or set {of_dates}{remedy}",
    ),
    (
        r"[+-]?\s*([$€£¥₹]|[A-Z]{3}\s)\s*[\d.,]+|[+-]?[\d.,]+\s*([%‰$€£¥₹]|[A-Z]{3})",
        WITH_UNIT,
        "write the number alone",
    ),
    (
        r"[+-]?(\d+ )?\d+/\d+",
        "'{cell}' is a fraction, not a number",
        "write it with a point{or_remedy}",
    ),
    (
        r"\([\d.,]+\)|[\d.,]+-",
        "'{cell}' is not a number",
        "write the minus in front{or_remedy}",
    ),
    (
        r"[<>≤≥~≈]\s*[+-]?[\d.,]+",
        "'{cell}' is a bound, not a number",
        "write a number{or_remedy}",
    ),
    (
        r"[+-]?\d+([.,]\d+)?",  # in whatever script, as those of 0 to 9 are numbers
        "'{cell}' is not written in the digits 0 to 9",
        "write it in these{or_remedy}",
    ),
)


def otherwise_written(cells: Sequence[str]) -> tuple[int, str, str] | None:
    """Tell which of some cells shows how most are written, what that is, and what helps."""
    sample = cells[:SAMPLE]
    for pattern, wrong, advice in OTHER_WRITING:
        alike = [place for place, cell in enumerate(sample) if re.fullmatch(pattern, cell)]
        if len(alike) > MOST * len(sample):
            return alike[0], wrong, advice
    measured = [place for place, cell in enumerate(sample) if UNIT.fullmatch(cell)]
    units = {UNIT.fullmatch(sample[place])[1] for place in measured}  # type: ignore[index]
    if len(measured) > MOST * len(sample) and len(units) == 1:
        return measured[0], WITH_UNIT, "write the number alone{or_remedy}"
    return None


# Levels


def look(text: str) -> str:
    """Reduce a text to what it says: without capitals, invisible signs and spaces in a row."""
    shown = (sign for sign in unicodedata.normalize("NFKC", text) if unseen(sign) is False)
    return " ".join("".join(shown).casefold().split())


def unseen(sign: str) -> bool:
    return unicodedata.category(sign) == "Cf"


def alike(texts: Collection[str]) -> list[str]:
    """Find the first texts that say the same in another look, such as yes and Yes."""
    looks = {text: look(text) for text in texts}
    if len(set(looks.values())) == len(looks):
        return []
    in_order = sorted(texts, key=lambda text: (looks[text], text))
    groups = (list(group) for _, group in groupby(in_order, key=lambda text: looks[text]))
    return next((group for group in groups if len(group) > 1), [])


def mixed_truths(texts: Collection[str]) -> list[str]:
    """Find truth values that are written in several ways, such as true, no and 1."""
    folded = {text.casefold() for text in texts}
    return sorted(texts) if len(folded) > 2 and folded <= TRUTHS else []


def shown(texts: Iterable[str]) -> str:
    return listing(map(repr, texts), 4)
