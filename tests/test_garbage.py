"""When Python looks for garbage, and when not."""

import gc

from nnrun.cli import train
from nnrun.config import request
from nnrun.garbage import uncollected


def test_garbage_is_looked_for_again_as_before():
    with uncollected():
        assert not gc.isenabled()
        with uncollected():
            pass
        assert not gc.isenabled()

    assert gc.isenabled()


def test_settings_are_composed_without_a_look_for_garbage(monkeypatch):
    monkeypatch.setattr(request, "checked_request", lambda *_: gc.isenabled())

    assert train.checked([]) is False
