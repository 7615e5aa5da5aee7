"""Garbage, for which Python looks the longer the more there is that is none."""

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """Let Python look for no garbage while much is made or loaded that stays."""
    looked = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if looked:
            gc.enable()


@contextmanager
def loading() -> Iterator[None]:
    """Look for no garbage while modules are loaded, and never again among what they are made of.

    To go once through all that torch is made of takes a tenth of a second.
    """
    loaded = len(sys.modules)
    with uncollected():
        yield
        if len(sys.modules) > loaded:
            gc.freeze()
