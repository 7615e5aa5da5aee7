"""A run is the same wherever and however it is started, and its record tells what makes it so."""

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from results import RESULTS, results_of

QUICK = ("training.epochs=2", "output.pictures=false", "output.baselines=false")
TOLD = {
    *("status", "word", "started", "ended", "command", "config_sha256", "versions", "platform", "processor", "host"),
    *("pid", "git", "device", "threads", "together", "vectors", "precision", "flags", "choices", "rows", "columns"),
    *("data_sha256", "data_files", "overrides_sha256", "files", "format", "sha256"),
}  # fmt: skip
NET = """
from torch import nn

class Net(nn.Sequential):
    def __init__(self, inputs, outputs):
        super().__init__(nn.Linear(inputs, 4), nn.Tanh(), nn.Linear(4, outputs))
"""


@pytest.fixture
def own(tmp_path, monkeypatch):
    """Options and a network of one's own, which no other test is to know."""
    (tmp_path / "own" / "optimizer").mkdir(parents=True)
    option = "defaults: [sgd]\nlr: 0.05\n"
    (tmp_path / "own" / "optimizer" / "gentle.yaml").write_text(option)
    (tmp_path / "net_of_provenance.py").write_text(NET)
    monkeypatch.setenv("NNRUN_TRUST", "")
    monkeypatch.delenv("NNRUN_CONF", raising=False)
    yield
    sys.modules.pop("net_of_provenance", None)


TRUSTING = ("--trust=net_of_provenance", "model=module", "model.module=net_of_provenance:Net")


@pytest.mark.parametrize(
    "words",
    [
        ("dataset=iris", "model.widths=[8,4]"),
        ("dataset=iris", "--config-dir", "own", "optimizer=gentle"),
        ("dataset=iris", "--config-dir", "own", "optimizer=gentle", *TRUSTING),
    ],
)
def test_the_command_in_a_record_trains_the_same_again(words, own, nnrun, monkeypatch):
    ran = nnrun(*words, *QUICK)
    assert ran.code == 0, ran.err
    program, *typed = shlex.split(ran.json("run.json")["command"])
    monkeypatch.setenv("NNRUN_TRUST", "")

    again = nnrun(*typed)

    assert program == "nnrun"
    assert again.code == 0, again.err
    assert results_of(again.folder) == results_of(ran.folder)
    assert again.json("run.json")["command"] == ran.json("run.json")["command"]


def test_what_the_environment_gave_stands_in_the_command_as_well(own, nnrun, monkeypatch):
    monkeypatch.setenv("NNRUN_CONF", "own")

    ran = nnrun("dataset=iris", "optimizer=gentle", *QUICK)

    words = shlex.join(["dataset=iris", "optimizer=gentle", *QUICK])
    assert ran.json("run.json")["command"] == f"nnrun --config-dir=own {words}"


def test_the_commands_of_a_sweep_and_of_its_members_are_complete(own, nnrun):
    words = ("--config-dir=own", "dataset=iris", "optimizer=gentle", *QUICK)

    sweep = Path("both")

    nnrun("-m", *words, "seed=0,1", "hydra.launcher.workers=1", f"output.folder={sweep}")

    assert json.loads((sweep / "sweep.json").read_text())["command"].count("--config-dir=own") == 1
    member = json.loads((sweep / "seed=1" / "run.json").read_text())
    assert member["command"].startswith("nnrun --config-dir=own ")
    assert "output.folder" not in member["command"]  # which is the sweep's


def test_a_record_tells_what_a_run_depends_on_and_nothing_of_the_environment(nnrun, monkeypatch):
    monkeypatch.setenv("A_SECRET_OF_THE_ENVIRONMENT", "hush-hush-hush")

    ran = nnrun("dataset=iris", *QUICK)

    assert set(ran.json("run.json")) == TOLD
    assert ran.json("run.json")["rows"] == {"train": 90, "val": 30, "test": 30}
    for file in ran.folder.rglob("*.*"):
        assert b"hush-hush-hush" not in file.read_bytes()
        assert str(Path.cwd()).encode() not in file.read_bytes()


OTHERWISE = {
    "PYTHONHASHSEED": "77",
    "TZ": "Pacific/Kiritimati",
    "LC_ALL": "C",
    "LANG": "tr_TR.UTF-8",
    "HOME": "/nonexistent",
    "COLUMNS": "40",
}


def test_neither_folder_nor_locale_nor_clock_nor_hash_seed_make_a_difference(nnrun, tmp_path):
    words = ("dataset=iris", "regularisation=[dropout,ema]", "output.folder=run", *QUICK)
    far = tmp_path / "far" / "away ü"
    far.mkdir(parents=True)
    mask = os.umask(0o022)
    ran = nnrun(*words)
    os.umask(mask)
    command = [sys.executable, "-P", "-m", "nnrun", *words]
    subprocess.run(command, cwd=far, env=os.environ | OTHERWISE, umask=0o077, check=True)

    assert ran.code == 0, ran.err
    here, away = tmp_path / "run", far / "run"
    for name in (*RESULTS, "config.yaml", "overrides.txt"):
        assert (here / name).read_bytes() == (away / name).read_bytes(), name
    for file in here.rglob("*.*"):
        assert file.stat().st_mode & 0o777 == 0o644, file
    for file in away.rglob("*.*"):
        assert file.stat().st_mode & 0o777 == 0o600, file
