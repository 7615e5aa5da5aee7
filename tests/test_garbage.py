"""When Python looks for garbage, and when not."""

import gc
import sys

import pytest

from nnrun.bundle import loading as bundles
from nnrun.cli import composing
from nnrun.cli.run_and_table import open_run
from nnrun.config import request
from nnrun.garbage import loading, uncollected


def test_garbage_is_looked_for_again_as_before():
    with uncollected():
        assert not gc.isenabled()
        with uncollected():
            pass
        assert not gc.isenabled()

    assert gc.isenabled()


@pytest.fixture
def unfrozen():
    """What was frozen before is so afterwards."""
    gc.unfreeze()
    yield
    gc.freeze()


def test_what_was_loaded_is_gone_through_never_again(unfrozen, monkeypatch):
    with loading():
        pass
    assert not gc.get_freeze_count()

    with loading():
        assert not gc.isenabled()
        monkeypatch.setitem(sys.modules, "just_loaded", sys)

    assert gc.get_freeze_count()
    assert gc.isenabled()


def test_settings_are_composed_without_a_look_for_garbage(monkeypatch):
    monkeypatch.setattr(request, "checked_request", lambda *_: gc.isenabled())

    assert composing.composed([]) is False


def test_a_run_is_opened_without_a_look_for_garbage(monkeypatch, tmp_path):
    looked = []

    def loaded(_):
        looked.append(gc.isenabled())
        raise FileNotFoundError

    monkeypatch.setattr(bundles, "load", loaded)
    with pytest.raises(FileNotFoundError):
        open_run(tmp_path)

    assert looked == [False]
    assert gc.isenabled()
