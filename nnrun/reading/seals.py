"""The proof that a record holds of itself: the sha256 of all the rest of it, under its last key."""

import json
from hashlib import sha256
from typing import Any

FORMAT, SEAL = "format", "sha256"
NEWEST = 1


def sealed(content: dict[str, Any]) -> dict[str, Any]:
    """Give a record its format, first, and its seal, last."""
    told = {key: value for key, value in content.items() if key not in (FORMAT, SEAL)}
    whole = {FORMAT: NEWEST, **told}
    return {**whole, SEAL: digest(whole)}


def broken(content: dict[str, Any]) -> bool:
    """Tell whether a record is not as it was sealed; those of earlier versions have neither."""
    told = {key: value for key, value in content.items() if key != SEAL}
    return (FORMAT in content or SEAL in content) and content.get(SEAL) != digest(told)


def digest(content: dict[str, Any]) -> str:
    """Compute the sha256 of plain values, however they are laid out."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return sha256(text.encode()).hexdigest()
