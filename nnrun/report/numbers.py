"""Numbers as people read them, in one form wherever a person meets them."""

from collections.abc import Sequence
from math import isfinite

DIGITS = 4  # that a number has; three where it is close to 0
PLAIN = range(-4, 7)  # powers of ten that are written out; others stand behind an e
NEAR = 1e-4  # to 0, where scores end, which have no unit
LONGEST = 15  # digits behind a point
NONE = "–"


def number(value: float | None) -> str:
    """Write a number at the length people read: 0.9532, 12.34, 33,170, 1.23e-6."""
    if value is None:
        return NONE
    if isinstance(value, int):
        return f"{value:,}"
    if not value or not isfinite(value):
        return f"{value:.0f}"
    power = power_of_ten(value)
    if power in PLAIN or -1 < value < 0:
        return plain(value, power)
    head, _, end = f"{value:.2e}".partition("e")
    return f"{head}e{int(end)}"


def side_by_side(values: Sequence[float]) -> list[str]:
    """Write numbers, with as many digits as tell them apart by more than a thousandth."""
    texts = list(map(number, values))
    if len(set(texts)) == len(set(values)) or not all(map(isfinite, values)):
        return texts
    spread = max(values) - min(values)
    behind = max(0, DIGITS - 1 - power_of_ten(spread))
    return [f"{value:,.{min(behind, LONGEST)}f}" for value in values]


def amount(value: float | None) -> str:
    """Write a number that has a unit, so that one close below 0 is told, too: -2.58e-9."""
    if value is not None and -NEAR < value < 0:
        return f"-{number(-value)}"
    return number(value)


def power_of_ten(value: float) -> int:
    """Find the place of the first digit, as it is once the number is rounded."""
    return int(f"{value:.{DIGITS - 1}e}".partition("e")[2])


def plain(value: float, power: int) -> str:
    """Write a number out, with commas between thousands."""
    rounded = round(value, DIGITS - 1 - power)
    written = f"{rounded:,.{places(value, power)}f}"
    return written if float(written.replace(",", "")) else "0"


def places(value: float, power: int) -> int:
    """Count the digits behind the point."""
    if power >= -1:
        return max(0, DIGITS - 1 - power)
    # Only scores fall below 0, whose unit is 1; of an error close to 0 the first digits count.
    return DIGITS if value < 0 else 2 - power


def within(value: float | None, error: float | None) -> str:
    """Write a number and how uncertain it is, both to the same place: 0.9532 ± 0.0121."""
    if value is None or error is None:
        return number(value)
    written = number(value)
    if not isfinite(error) or "e" in written:
        return f"{written} ± {number(error)}"
    decimals = len(written.partition(".")[2])
    return f"{written} ± {error:,.{decimals}f}"


def setting(value: float) -> str:
    """Write the value of a setting as it can be typed, and as short: 0.3, 1e-5, 1000000."""
    head, mark, power = number(value).replace(",", "").partition("e")
    short = head.rstrip("0").rstrip(".") if "." in head else head
    return f"{short}{mark}{power}"


def settings_apart(values: Sequence[float]) -> list[str]:
    """Write values in as short a form as tells them apart."""
    written = [list(map(setting, values))]
    written += [[f"{value:.{digits}g}" for value in values] for digits in range(DIGITS + 1, 16)]
    return next((texts for texts in written if len(set(texts)) == len(texts)), written[-1])


def share(part: float) -> str:
    """Write a share in per cent: 35%, and 2.7% where it is small."""
    return f"{part:.1%}" if 0 < part < 0.1 else f"{part:.0%}"


def count(many: int, noun: str) -> str:
    """Write a number with its noun: 1 target, 5 targets, 3 classes."""
    ending = "es" if noun.endswith("s") else "s"
    return f"{many:,} {noun}" if many == 1 else f"{many:,} {noun}{ending}"


def megabytes(memory: int) -> str:
    return f"{memory / 2**20:,.0f} MB"
