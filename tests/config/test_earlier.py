"""A saved configuration is read as the version meant it that wrote it; one that is typed is not."""

import json
import shutil
from pathlib import Path

import pytest

from nnrun.config.earlier import as_read_now
from nnrun.config.settings import Root, Training
from nnrun.parts.dataset.split import Split
from nnrun.parts.model import Mlp
from nnrun.parts.scheduler import Exponential
from nnrun.runs.folder import RunFolder

SWEEP = (
    *("-m", "seed=0,1", "hydra.launcher.workers=1", "dataset.rows=150", "model.widths=[4]"),
    *(
        "training.epochs=1",
        "training.device=cpu",
        "output.pictures=false",
        "output.baselines=false",
    ),
)


WRITTEN = dict(Training.added)  # what has come later so far


@pytest.fixture
def later(monkeypatch):
    """Let a setting of the training have come later, and another be retired since."""
    monkeypatch.setattr(Training, "added", {**Training.added, "refresh_norm": False})
    monkeypatch.setattr(Training, "retired", {"turbo": "is always on; it is left out"})


def earlier(config):
    """Make a member's configuration one of a version before: without the one, with the other."""
    del config["training"]["refresh_norm"]
    config["training"]["turbo"] = 3


def test_a_configuration_of_today_is_read_as_it_stands():
    training = {**WRITTEN, "epochs": 3}
    model = {"_target_": "os.system", "x": {}}
    config = {"seed": 1, "logger": [], "training": training, "model": model}

    assert as_read_now(config) == (config, [])


def test_what_came_later_takes_its_old_behaviour_and_what_is_retired_a_note(later):
    config = {"seed": 1, "training": {**WRITTEN, "turbo": 3}}

    values, notes = as_read_now(config)

    assert values == {**Root.added, "seed": 1, "training": {**WRITTEN, "refresh_norm": False}}
    assert notes == ["training.turbo=3: is always on; it is left out"]
    assert config["training"] == {**WRITTEN, "turbo": 3}


def test_what_is_there_stays_as_it_was_set(later):
    values, _ = as_read_now({"training": {"refresh_norm": True}})

    assert values["training"]["refresh_norm"] is True


def test_blocks_and_parts_within_others_have_their_own(monkeypatch):
    monkeypatch.setattr(Root, "added", {"device": "cpu"})
    monkeypatch.setattr(Split, "added", {"seed": 0})
    monkeypatch.setattr(Exponential, "retired", {"power": "is the factor now"})
    link = {"_target_": "nnrun.parts.scheduler.Exponential", "power": 2}
    chained = {"_target_": "nnrun.parts.scheduler.Chained", "first": link}
    model = {"_target_": "nnrun.parts.model.Mlp"}

    values, notes = as_read_now({"dataset": {"split": {}}, "scheduler": chained, "model": model})

    assert values["device"] == "cpu"
    assert values["dataset"]["split"] == {"seed": 0}
    assert values["model"] == {**model, **Mlp.added}
    assert values["scheduler"]["first"] == {"_target_": link["_target_"]}
    assert notes == ["scheduler.first.power=2: is the factor now"]


def test_a_sweep_of_an_earlier_version_is_resumed_as_it_was_meant(nnrun, request):
    folder = nnrun(*SWEEP).folder
    weights = (folder / "seed=1" / "model.safetensors").read_bytes()
    shutil.rmtree(folder / "seed=1")
    rewrite(folder / "members.jsonl", earlier)
    about = json.loads((folder / "sweep.json").read_text())
    RunFolder(folder).put_record("sweep.json", {**about, "members_sha256": None})

    refused = nnrun("resume", str(shutil.copytree(folder, "refused", symlinks=True)))
    request.getfixturevalue("later")
    resumed = nnrun("resume", str(folder))

    assert refused.code == 2
    assert "training.turbo: unknown key" in refused.err
    assert "training.refresh_norm: is missing" in refused.err
    assert resumed.code == 0, resumed.err
    assert resumed.out.count("training.turbo=3: is always on; it is left out") == 1
    assert (folder / "seed=1" / "model.safetensors").read_bytes() == weights
    config = (folder / "seed=1" / "config.yaml").read_text()
    assert "refresh_norm: false" in config
    assert "turbo" not in config


def test_a_key_that_is_missing_where_a_person_writes_is_still_told(later, nnrun):
    ran = nnrun("check", "~training.refresh_norm")

    assert ran.code == 2
    assert "~training.refresh_norm: takes away what every run needs" in ran.err


def rewrite(file: Path, change) -> None:
    """Change each member's configuration in the list of members."""
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    for line in lines:
        change(line["config"])
    file.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
