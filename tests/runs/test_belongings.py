"""A run's folder holds files and folders of its own, and nothing that leads or waits elsewhere."""

import os
import socket

import pytest

from nnrun.errors import Mistake
from nnrun.runs.belongings import refuse_strangers


@pytest.fixture
def folder(tmp_path):
    """A sweep's folder with a member and the link to it; beside it lies a folder that is not its own."""
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "sweep" / "lr=1").mkdir(parents=True)
    (tmp_path / "sweep" / "log.txt").touch()
    (tmp_path / "sweep" / "sweep.json").touch()
    os.symlink("lr=1", tmp_path / "sweep" / "best")
    return tmp_path / "sweep"


def test_files_folders_and_the_link_to_the_best_member_belong_there(folder):
    refuse_strangers(folder)


LINKS = {
    "log.txt": "../elsewhere/log.txt",
    "ledger.jsonl": "/etc/hostname",
    "checkpoint": "../elsewhere",
    "lr=1/model.json": "../log.txt",
    "lr=2": "lr=1",
    "lr=1/best": "lr=1",
}


@pytest.mark.parametrize("name", LINKS)
def test_no_other_link_does(name, folder):
    (folder / name).unlink(missing_ok=True)
    os.symlink(LINKS[name], folder / name)

    with pytest.raises(Mistake, match="is a link, and a run's folder holds files of its own alone"):
        refuse_strangers(folder)


@pytest.mark.parametrize("leads", ["../elsewhere", "/", ".", "..", "lr=2"])
def test_the_best_is_a_member(leads, folder):
    os.symlink("../elsewhere", folder / "lr=2")
    (folder / "best").unlink()
    os.symlink(leads, folder / "best")

    with pytest.raises(Mistake, match="which is no member of the sweep"):
        refuse_strangers(folder)


def test_pipes_and_sockets_do_not(folder, monkeypatch):
    os.mkfifo(folder / "lr=1" / "metrics.csv")

    with pytest.raises(Mistake, match=r"metrics.csv: is a pipe, a socket or a device"):
        refuse_strangers(folder)

    (folder / "lr=1" / "metrics.csv").unlink()
    monkeypatch.chdir(folder)
    with socket.socket(socket.AF_UNIX) as made:
        made.bind("s")
        with pytest.raises(Mistake, match="s: is a pipe, a socket or a device"):
            refuse_strangers(folder)


@pytest.mark.parametrize("kind", ["run", "sweep"])
def test_nothing_is_gone_on_with_through_a_link(kind, nnrun, tmp_path):
    words = ("dataset=iris", "training.epochs=1", "output.pictures=false", "output.baselines=false")
    many = ("-m", "seed=0,1", "hydra.launcher.workers=1") if kind == "sweep" else ()
    folder = nnrun(*many, *words).folder
    precious = tmp_path / "precious.txt"
    precious.write_text("mine")
    (folder / "log.txt").unlink()
    os.symlink(precious, folder / "log.txt")

    told = nnrun("resume", str(folder))

    assert told.code == 2
    assert f"{folder.name}/log.txt: is a link" in told.err
    assert precious.read_text() == "mine"
