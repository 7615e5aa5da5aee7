"""Numbers as people read them."""


def number(value: float | None) -> str:
    """Write a number at the length people read."""
    if value is None:
        return "–"
    return f"{value:.4g}" if abs(value) < 1e5 else f"{value:.3e}"


def count(many: int, noun: str) -> str:
    """Write a number with its noun: 1 target, 5 targets, 3 classes."""
    ending = "es" if noun.endswith("s") else "s"
    return f"{many:,} {noun}" if many == 1 else f"{many:,} {noun}{ending}"


def megabytes(memory: int) -> str:
    return f"{memory / 2**20:,.0f} MB"
