"""Cells written otherwise than a program reads them, and texts that differ in looks alone."""

import re
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from itertools import groupby

from nnrun.errors import listing

MOST = 0.8  # of the cells that have to be written in a way
SAMPLE = 100  # of them that are looked at
# Soft hyphens, spaces without width, byte order marks, marks of direction; not what joins letters.
UNSEEN = re.compile("[\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
SPACES = re.compile("[\u00a0\u2000-\u200a\u202f\u205f\u3000]")
UNIT = re.compile(r"[+-]?\d[\d.,]*\s*([^\W\d_]{1,4}|°[CFK]?|[^\W\d_]{1,3}/[^\W\d_]{1,3}[²³]?)")
UNITS = re.compile(
    "k?g|mg|µg|lbs?|oz|t|[kcmµn]?m|mi|ft|in|m?s|min|h|d|[mc]?l|[kM]W|mV|mA|[kMG]?Hz|h?Pa|kPa|bar|psi"
    "|kN|kJ|k?cal|k?Wh|[kKMGT]B|°C|°F|k|M|Mio|Mrd|bn"
)
WITH_UNIT = "'{cell}' is a number with a unit"
TRUTHS = {
    *("true", "false", "yes", "no", "t", "f", "y", "n", "on", "off", "1", "0", "1.0", "0.0"),
    *("ja", "nein", "wahr", "falsch", "oui", "non", "vrai", "faux", "si", "sí"),
}

DATE = (
    r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}([T ].*)?|\d{1,2}[-/.]\d{1,2}[-/.](\d{4}|\d\d)( .*)?"
    r"|\d{4}[-/](0[1-9]|1[0-2])|\d{1,2}:\d\d(:\d\d.*)?"
)
CLOCK = re.compile(r"(\d+):\d\d(:\d\d([.,]\d+)?)?")
# As English, German, French and Spanish have them.
MONTH = (
    r"(jan(uary?|vier)?|ene(ro)?|feb(ruary?|rero|braio)?|f[ée]v(rier)?|m[aä]r(ch|z|s|zo)?|abr(il)?"
    r"|apr(ile?)?|avr(il)?|may|mai|mayo|june?|juni|juin|july?|juli|juil(let)?|aug(ust)?|août"
    r"|sept?(ember|embre|iembre)?|o[ck]t(ober|obre|ubre)?|nov(ember|embre|iembre)?"
    r"|d[eé][cz](ember|embre)?|dic(iembre)?)\.?"
)
BETWEEN = r"(\s*[-/., ]\s*|\s+de\s+)"
NAMED_DATE = (  # 5 Jan 2021, Jan 5 2021, Jan-21, with a day of the week or a time beside it
    rf"([^\W\d_]+\.?,?\s+)?(\d{{1,2}}(st|nd|rd|th)?\.?{BETWEEN}?{MONTH}|{MONTH}{BETWEEN}\d{{1,2}})"
    rf"({BETWEEN}\d{{2,4}})?([T ,].*)?|{MONTH}{BETWEEN}\d{{4}}"
)
POINTS_BESIDE_COMMA = (
    r"[+-]?\d{1,3}(\.\d{3})+(,\d+)?",
    "'{cell}' is not a number beside decimal commas",
    "write it without '.' between thousands, or set dataset.decimal='.' if that is its sign",
)

# What cells that are no numbers may be, what is told of the first of them, and what helps.
OTHER_WRITING = (
    (
        r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?|[+-]?\d{1,2}(,\d\d)+,\d{3}(\.\d+)?",
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
        DATE,
        "dates and times ('{cell}') are not numbers",
        "write them as numbers, or set {of_dates}{remedy}",
    ),
    (
        rf"(?i:{DATE}|{NAMED_DATE}|\d{{1,2}}(:\d\d)*\s*[ap]\.?m\.?)",
        "dates or times such as '{cell}' are not numbers",
        "write them as 2026-01-31 or 18:30{and_dates}{or_remedy}",
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
        r"[+-]?[\d.]+,[-–—]{1,2}",
        WITH_UNIT,
        "write the number alone",
    ),
    (
        r"\([\d.,]+\)|[\d.,]+-|[-−–]\s+[\d.,]+",
        "'{cell}' is not a number",
        "write the minus in front{or_remedy}",
    ),
    (
        r"[<>≤≥~≈]\s*[+-]?[\d.,]+",
        "'{cell}' is a bound, not a number",
        "write a number{or_remedy}",
    ),
    (
        r"[+-]?\d*[.,]?\d+[dD][+-]?\d+|[+-]?\d+([.,]\d+)?\s*[xX×*·]\s*10\^?\s?[+-]?\d+",
        "'{cell}' is not a number",
        "write it as 1.5e3{or_remedy}",
    ),
    (
        r"[+-]?\d+([.,]\d+)?\s*(±|\+/?-)\s*\d+([.,]\d+)?",
        "'{cell}' is a number with its uncertainty",
        "write the number alone{or_remedy}",
    ),
    (
        r"=?[\"'`´‘’“”]\s*[+-]?\d*[.,]?\d+\s*[\"'`´‘’“”]?",
        "{cell} is a number in quotes",
        "write it without{or_remedy}",
    ),
    (
        r"0[xX][0-9a-fA-F]+",
        "'{cell}' is not written in the digits 0 to 9",
        "write it in these{or_remedy}",
    ),
    (
        r"\d+\s*(h|hrs?|hours?|°)\s*\d+\s*(m|min|minutes?|['′]).*",
        "'{cell}' is a number in two units",
        "write it in one{or_remedy}",
    ),
    (
        r"\{.*\}|\[.*\]|\(?\s*[+-]?\d*\.?\d+(\s*;\s*|,?\s+)[+-]?\d*\.?\d+[\d.,; +-]*\)?",
        "'{cell}' holds several numbers",
        "give each a column of its own{or_remedy}",
    ),
    (
        rf"(?=.*[{UNSEEN.pattern[1:-1]}])[+-]?[\d., {UNSEEN.pattern[1:-1]}]+",
        "'{cell}' holds a sign that nobody sees",
        "take it out{or_remedy}",
    ),
    (
        r"[+-]?\d+([.,]\d+)?",  # in whatever script, as those of 0 to 9 are numbers
        "'{cell}' is not written in the digits 0 to 9",
        "write it in these{or_remedy}",
    ),
)


def otherwise_written(cells: Sequence[str], decimal: str) -> tuple[int, str, str] | None:
    """Tell which of some cells shows how most are written, what that is, and what helps."""
    sample = cells[:SAMPLE]
    beside_comma = [POINTS_BESIDE_COMMA] if decimal == "," else []
    for pattern, wrong, advice in (*beside_comma, *OTHER_WRITING):
        alike = [place for place, cell in enumerate(sample) if re.fullmatch(pattern, cell)]
        if len(alike) > MOST * len(sample):
            return alike[0], wrong, advice
    measured = [place for place, cell in enumerate(sample) if UNIT.fullmatch(cell)]
    units = {UNIT.fullmatch(sample[place])[1] for place in measured}  # type: ignore[index]
    if len(measured) > MOST * len(sample) and len(units) == 1:
        return measured[0], WITH_UNIT, "write the number alone{or_remedy}"
    if len(measured) > MOST * len(sample) and all(map(UNITS.fullmatch, units)):
        shown = f"{WITH_UNIT}, as others are of other units"
        return measured[0], shown, "write numbers of one unit alone{or_remedy}"
    return None


def beyond_a_day(cells: Sequence[str]) -> int | None:
    """Find the first time after 23:59 where most cells are times, and too few of them of a day."""
    clocks = [CLOCK.fullmatch(cell) for cell in cells]
    late = [place for place, found in enumerate(clocks) if found and int(found[1]) > 23]
    times = sum(found is not None for found in clocks)
    too_many = times > MOST * len(cells) >= times - len(late)
    return late[0] if late and too_many else None


# Levels


def look(text: str) -> str:
    """Reduce a text to what it says: without capitals, invisible signs and spaces in a row."""
    shown = (sign for sign in unicodedata.normalize("NFKC", text) if unseen(sign) is False)
    return " ".join("".join(shown).casefold().split())


def unseen(sign: str) -> bool:
    return unicodedata.category(sign) == "Cf"


def as_seen(text: str) -> str:
    """Take out what takes no room or turns the text, and write every space as one is typed."""
    return text if text.isascii() else SPACES.sub(" ", UNSEEN.sub("", text))


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
