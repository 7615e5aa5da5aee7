"""Members of a sweep that was killed go on from where they stood, to the bytes of an undisturbed one."""

import re
import signal
from pathlib import Path

from results import results_of

from nnrun.runs.checkpoints import checkpoints

# all that changes and draws, an optimizer with a memory of its own, and patience that ends early
SWEEP = (
    *("-m", "dataset=diabetes", "training.epochs=300", "training.checkpoint=0.05"),
    "training.batch_size=32",  # so that epochs take long enough to be met in
    *("output.pictures=false", "output.baselines=false", "output.folder=outputs/sweep"),
    *("model.norm=batch", "regularisation=[dropout,mixup,ema]", "regularisation.patience=5,null"),
    *("optimizer=adamw,torch", "optimizer.lr=0.01"),
)


def results_of_members(folder: Path) -> dict[str, dict[str, bytes]]:
    members = [path for path in (folder / "outputs" / "sweep").glob("*=*") if path.is_dir()]
    return {member.name: results_of(member) for member in members}


def epochs_told(said: str) -> list[int]:
    """From which epochs members went on."""
    return [int(number) for number in re.findall(r"members? went on after epoch (\d+)", said)]


def late(said: str) -> bool:
    """Tell whether a member went on from epoch 10 or a later one; others may have gone on first."""
    return max(epochs_told(said), default=0) >= 10


def with_two(sweep: Path) -> list[Path]:
    """Find the newest checkpoints of members that are not done and have another one before it."""
    under_way = [
        place
        for place in (sweep / "checkpoint").iterdir()
        if not (sweep / place.name / "summary.json").exists()
    ]
    return [files[0] for files in map(checkpoints, under_way) if len(files) == 2]


def damage(file: Path) -> None:
    """Flip a bit in a file."""
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)


def test_members_in_flight_go_on_and_not_from_the_beginning(start, run, tmp_path):
    whole = tmp_path / "whole"
    whole.mkdir()
    undisturbed = start(*SWEEP, "hydra.launcher.workers=1", folder=whole)
    killed = start(*SWEEP, "hydra.launcher.workers=2")
    sweep = tmp_path / "outputs" / "sweep"
    begun = sweep / "checkpoint"
    killed.wait_until(lambda: any(begun.glob("patience=null*/0000[1-9]*")))

    killed.kill()
    once = start("resume", "outputs/sweep", "--workers", "1")  # which cuts other shards
    once.wait_until(lambda: late(once.told.read_text()) and bool(with_two(sweep)))
    once.send(signal.SIGTERM)
    stopped = once.left()
    damaged = with_two(sweep)[0]
    damage(damaged)
    left = run("resume", "outputs/sweep", "--workers", "2")

    assert stopped.code == 143, stopped.said
    assert left.code == 0, left.said
    assert late(stopped.said)
    assert late(left.said)
    assert f"{damaged.parent.name}: its checkpoint {damaged.name} is damaged; the one" in left.said
    assert undisturbed.left().code == 0
    assert results_of_members(tmp_path) == results_of_members(whole)
    assert not begun.exists()
