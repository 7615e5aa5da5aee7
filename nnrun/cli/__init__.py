"""The door: what a person types, and what comes back."""

from nnrun.cli.door import main

__all__ = ["main"]
