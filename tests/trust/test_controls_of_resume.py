"""Each promise of resume is kept; and where it is broken on purpose, the same check notices it."""

import errno
import io
import json
import os
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path

import pytest

from nnrun.runs import folder as folders
from nnrun.runs.checkpoints import checkpoints
from nnrun.runs.lock import claimed
from nnrun.training import checkpoint, resuming

WORDS = ("dataset=iris", "training.epochs=4", "training.checkpoint=0", "scheduler=constant",
         "output.pictures=false", "output.baselines=false", "output.folder=outputs/iris/run")  # fmt: skip
RESULTS = ("metrics.csv", "weights.csv", "predictions.csv", "model.safetensors")
RUN = Path("outputs/iris/run")

# The promises


def lines_beyond_the_checkpoint_are_taken_back(nnrun):
    begun = killed(nnrun)
    with open(RUN / "metrics.csv", "a") as file:
        file.write("5,0.1,0.1,1,0.003\n")

    assert nnrun("resume", str(RUN)).code == 0
    assert results() == begun


def a_damaged_checkpoint_is_left_out(nnrun):
    begun = killed(nnrun)
    newest = checkpoints(RUN / "checkpoint")[0]
    newest.write_bytes(newest.read_bytes()[:-1] + b"?")

    told = nnrun("resume", str(RUN))

    assert f"{newest} is damaged; the checkpoint before it is taken" in told.out
    assert results() == begun


def one_alone_works_on_a_folder(nnrun):
    killed(nnrun)
    with claimed(RUN):
        assert nnrun("resume", str(RUN)).code == 2


def a_checkpoint_follows_its_lines_to_the_disk(nnrun):
    with events() as seen:
        assert nnrun(*WORDS).code == 0

    first = next(
        i for i, (what, name) in enumerate(seen) if what == "put" and ".safetensors" in name
    )
    before, after = seen[:first], seen[first + 1 :]
    # the lines, and then the folder, in which `checkpoint` is new
    first_to_go = ("metrics.csv", "weights.csv", "timing.csv", "run")
    assert before[-5:-1] == [("fsync", name) for name in first_to_go]
    assert before[-1][0] == "fsync"  # the draft, which only then takes its place
    assert before[-1][1].startswith(f".{seen[first][1]}")
    assert after[0] == ("fsync", "checkpoint")  # its name


def what_was_there_stays_until_what_follows_is_whole(nnrun):
    nnrun(*WORDS)
    before = (RUN / "summary.json").read_bytes()

    with full_disk(), suppress(OSError):
        folders.RunFolder(RUN).put("summary.json", b"x" * 1000)

    assert (RUN / "summary.json").read_bytes() == before


def in_place(path, content, durable=True):
    with vars(folders).get("open", open)(path, "wb") as file:
        file.write(content)


PROMISES = {
    lines_beyond_the_checkpoint_are_taken_back: (checkpoint, "write_epochs", lambda *_: None),
    a_damaged_checkpoint_is_left_out: (checkpoint, "read_whole", Path.read_bytes),
    one_alone_works_on_a_folder: (resuming, "claimed", lambda _: nullcontext()),
    a_checkpoint_follows_its_lines_to_the_disk: (folders, "sync", lambda _: None),
    what_was_there_stays_until_what_follows_is_whole: (folders, "write", in_place),
}


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.__name__)
def test_a_promise_is_kept(promise, nnrun):
    promise(nnrun)


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.__name__)
def test_a_promise_that_is_broken_is_noticed(promise, nnrun, monkeypatch):
    monkeypatch.setattr(*PROMISES[promise])

    with pytest.raises(AssertionError):
        promise(nnrun)


# What happens to a run, and to a disk


def results():
    return {name: (RUN / name).read_bytes() for name in RESULTS}


def killed(nnrun):
    """Train a run, and leave it as a kill after its last epoch would; gives what it came to."""
    assert nnrun(*WORDS).code == 0
    record = json.loads((RUN / "run.json").read_text())
    for later in ("word", "ended", "files", "sha256", "format"):
        record.pop(later, None)
    folders.RunFolder(RUN).put_record("run.json", {**record, "status": "running"})
    return results()


@contextmanager
def events():
    """See in which order files reach the disk, and their places."""
    seen, fsync, replace = [], os.fsync, os.replace

    def synced(descriptor):
        seen.append(("fsync", Path(os.readlink(f"/proc/self/fd/{descriptor}")).name))
        fsync(descriptor)

    def put(draft, path):
        seen.append(("put", Path(path).name))
        replace(draft, path)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", synced)
        patch.setattr(os, "replace", put)
        yield seen


@contextmanager
def full_disk():
    """Let a disk take half of what is written."""

    class Half(io.FileIO):
        def write(self, content):
            super().write(content[: len(content) // 2])
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(folders, "open", Half, raising=False)
        yield
