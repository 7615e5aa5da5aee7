"""The proof that a record holds of itself: the sha256 of all the rest of it, under its last key."""

import json
from hashlib import sha256
from typing import Any

FORMAT, SEAL = "format", "sha256"
NEWEST = 1
# all that the records of 0.1.0 told, of a run and of a sweep; they had no seal
UNSEALED = frozenset(
    [
        *("status", "command", "started", "ended", "word", "versions", "platform", "pid", "git"),
        *("config_sha256", "device", "threads", "together", "files"),
        *("cwd", "manner", "members"),
    ]
)


def sealed(content: dict[str, Any]) -> dict[str, Any]:
    """Give a record its format, first, and its seal, last."""
    told = {key: value for key, value in content.items() if key not in (FORMAT, SEAL)}
    whole = {FORMAT: NEWEST, **told}
    return {**whole, SEAL: digest(whole)}


def broken(content: dict[str, Any]) -> str:
    """Say why a record is not as it was sealed; empty where it is, or where 0.1.0 wrote it."""
    if content.keys() <= UNSEALED:
        return ""
    if SEAL not in content:
        return f"has lost its {SEAL}, without which nothing shows whether it is whole"
    told = {key: value for key, value in content.items() if key != SEAL}
    whole = content[SEAL] == digest(told)
    return "" if whole else f"is damaged or has been changed, as its {SEAL} shows"


def digest(content: dict[str, Any]) -> str:
    """Compute the sha256 of plain values, however they are laid out."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return sha256(text.encode()).hexdigest()
