"""Plain values, written as one would type them in a setting."""

import re
from typing import Any

NO_TEXTS = ("null", "true", "false", "nan", "inf")  # what Hydra takes for something else


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
    if re.fullmatch(r"[A-Za-z_./][\w./-]*", text) and text.lower() not in NO_TEXTS:
        return text
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
