"""Plain values, written as one would type them in a setting."""

import re
from typing import Any

from hydra.core.override_parser.types import Quote, QuotedString

NO_TEXTS = ("null", "true", "false")  # what Hydra takes for something else
BARE = re.compile(r"[\w./][\w./:-]*", re.ASCII)  # texts that Hydra reads without quotes


def as_typed(value: Any) -> str:
    """Write a plain value as one would type it."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return f"[{','.join(map(as_typed, value))}]"
    if isinstance(value, dict):
        pairs = (f"{key}: {as_typed(inner)}" for key, inner in value.items())
        return f"{{{', '.join(pairs)}}}"
    return quoted(value) if isinstance(value, str) else repr(value)


def quoted(text: str) -> str:
    """Write a text so that Hydra reads it as it stands, and as no number."""
    if BARE.fullmatch(text) and text.lower() not in NO_TEXTS and not is_number(text):
        return text
    return QuotedString(text, Quote.single).with_quotes()


def is_number(text: str) -> bool:
    """Tell whether a text could be read as a number."""
    try:
        float(text)
    except ValueError:
        return False
    return True
