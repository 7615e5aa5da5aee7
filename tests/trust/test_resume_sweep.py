"""Members of a sweep that was killed go on from where they stood, to the bytes of an undisturbed one."""

import re
import signal
from pathlib import Path
from time import sleep

from nnrun.runs.checkpoints import checkpoints

RESULTS = (
    "metrics.csv",
    "weights.csv",
    "predictions.csv",
    "model.safetensors",
    "model.json",
    "summary.json",
)
# all that changes and draws, an optimizer with a memory of its own, and patience that ends early
SWEEP = (
    *("-m", "dataset=diabetes", "training.epochs=100", "training.checkpoint=0.05"),
    *("output.pictures=false", "output.baselines=false", "output.folder=outputs/sweep"),
    *("model.norm=batch", "regularisation=[dropout,mixup,ema]", "regularisation.patience=5,null"),
    *("optimizer=adamw,torch", "seed=0,1", "optimizer.lr=0.01"),
)


def results_of(folder: Path) -> dict[str, bytes]:
    members = [path for path in (folder / "outputs" / "sweep").glob("*=*") if path.is_dir()]
    return {
        f"{member.name}/{name}": (member / name).read_bytes()
        for member in members
        for name in RESULTS
    }


def wait_for(child, file: str) -> None:
    """Wait until there is such a file in the sweep's folder."""
    while not list((child.told.parent / "outputs" / "sweep").glob(file)):
        assert child.process.is_alive(), child.told.read_text()
        sleep(0.01)


def epochs_told(said: str) -> list[int]:
    """From which epochs members went on."""
    return [int(number) for number in re.findall(r"members? went on after epoch (\d+)", said)]


def damage_one(place: Path) -> Path:
    """Flip a bit in the newest checkpoint of a member that has another one before it."""
    both = next(files for files in map(checkpoints, place.iterdir()) if len(files) == 2)
    content = bytearray(both[0].read_bytes())
    content[-1] ^= 1
    both[0].write_bytes(content)
    return both[0]


def test_members_in_flight_go_on_and_not_from_the_beginning(start, run, tmp_path):
    whole = tmp_path / "whole"
    whole.mkdir()
    undisturbed = start(*SWEEP, "hydra.launcher.workers=1", folder=whole)
    killed = start(*SWEEP, "hydra.launcher.workers=2")
    wait_for(killed, "checkpoint/*/0000[1-9]*")

    killed.kill()
    once = start("resume", "outputs/sweep", "--workers", "1")  # which cuts other shards
    while not epochs_told(once.told.read_text()):
        assert once.process.is_alive(), once.told.read_text()
        sleep(0.01)
    once.send(signal.SIGTERM)
    stopped = once.left()
    damaged = damage_one(tmp_path / "outputs" / "sweep" / "checkpoint")
    left = run("resume", "outputs/sweep", "--workers", "2")

    assert stopped.code == 143, stopped.said
    assert left.code == 0, left.said
    assert max(epochs_told(stopped.said)) >= 10
    assert max(epochs_told(left.said)) >= 10
    assert f"{damaged.parent.name}: its checkpoint {damaged.name} is damaged; the one" in left.said
    assert undisturbed.left().code == 0
    assert results_of(tmp_path) == results_of(whole)
    assert not (tmp_path / "outputs" / "sweep" / "checkpoint").exists()
