"""What tests of the way from words to configurations share."""

import pytest

from nnrun.cli.verbs import VERBS
from nnrun.config.compose import compose
from nnrun.errors import Mistake


@pytest.fixture
def empty_folder(tmp_path, monkeypatch):
    """Start in an empty folder, and see that Hydra leaves nothing there."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("NNRUN_CONF", raising=False)
    yield
    assert not [
        left
        for left in ("outputs", "multirun", ".hydra", "nnrun.log")
        if (tmp_path / left).exists()
    ]


@pytest.fixture
def option():
    """Write a file of the person's own: option(folder, "optimizer/adam", text)."""

    def write(folder, choice, text):
        file = folder / f"{choice}.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return file

    return write


@pytest.fixture
def told():
    """Compose what is wrong: told("seed") gives the lines."""

    def lines(*argv):
        with pytest.raises(Mistake) as mistake:
            compose(list(argv), VERBS)
        return str(mistake.value).splitlines()

    return lines
