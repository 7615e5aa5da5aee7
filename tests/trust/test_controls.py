"""Each promise is kept; and where it is broken on purpose, the same check notices it.

The controls of exact resume stand in test_mutation_gate, too, those of data leaks in test_poison, and of bad input in
test_fuzz.
"""

import errno
import io
import json
import os
import re
from contextlib import contextmanager, nullcontext, suppress
from itertools import count
from pathlib import Path
from random import getrandbits

import pandas as pd
import pytest
import yaml
from results import results_of

from nnrun import load
from nnrun.engine import fit
from nnrun.errors import DIFFERENT, DONE, FAILED, INTERRUPTED, MISTAKEN, NUMBERS
from nnrun.runs import folder as folders
from nnrun.runs.checkpoints import checkpoints
from nnrun.runs.lock import claimed

WORDS = ("dataset=iris", "training.epochs=4", "training.checkpoint=0", "scheduler=constant",
         "output.pictures=false", "output.baselines=false")  # fmt: skip
RUN, OTHER = Path("outputs/iris/run"), Path("outputs/iris/other")
PREDICT = ("predict", str(RUN), "rows.csv")

# The promises


def lines_beyond_the_checkpoint_are_taken_back(nnrun):
    begun = killed(nnrun)
    with open(RUN / "metrics.csv", "a") as file:
        file.write("5,0.1,0.1,1,0.003\n")

    assert nnrun("resume", str(RUN)).code == 0
    assert results_of(RUN) == begun


def a_damaged_checkpoint_is_left_out(nnrun):
    begun = killed(nnrun)
    newest = checkpoints(RUN / "checkpoint")[0]
    newest.write_bytes(newest.read_bytes()[:-1] + b"?")

    told = nnrun("resume", str(RUN))

    assert f"{newest} is damaged; the checkpoint before it is taken" in told.out
    assert results_of(RUN) == begun


def a_checkpoint_follows_its_lines_to_the_disk(nnrun):
    with events() as seen:
        train(nnrun)

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
    train(nnrun)
    before = (RUN / "summary.json").read_bytes()

    with full_disk(), suppress(OSError):
        folders.RunFolder(RUN).put("summary.json", b"x" * 1000)

    assert (RUN / "summary.json").read_bytes() == before


def other_weights_have_another_hash(nnrun):
    train(nnrun)
    train(nnrun, "seed=1", folder=OTHER)

    hashes = [set((run / "weights.csv").read_text().splitlines()[1:]) for run in (RUN, OTHER)]

    assert not hashes[0] & hashes[1]


def the_first_epoch_that_comes_out_otherwise_is_named(nnrun):
    train(nnrun)
    lines = (RUN / "weights.csv").read_text().split("\n")
    lines[3] = f"3,{'0' * 64}"
    put("weights.csv", "\n".join(lines).encode())

    told = nnrun("reproduce", str(RUN))

    assert told.code == DIFFERENT
    assert "from epoch 3 on" in told.out


def who_is_told_to_stop_keeps_whole_epochs_and_tells_the_way_on(nnrun):
    with ctrl_c_in_epoch(3):
        told = train(nnrun, code=INTERRUPTED)

    assert told.out.splitlines()[-1] == f"interrupted; go on with: nnrun resume {RUN}"
    assert json.loads((RUN / "run.json").read_text())["status"] == "interrupted"
    assert len((RUN / "metrics.csv").read_text().splitlines()) == 1 + 2


def numbers_that_are_none_end_a_training(nnrun):
    told = train(nnrun, "optimizer=sgd", "optimizer.lr=1e30", code=FAILED)

    assert re.search(r" became (nan|inf) in epoch 1, step \d+, .* a learning rate of ", told.err)
    assert json.loads((RUN / "run.json").read_text())["cause"] == NUMBERS


def columns_are_found_by_their_names(nnrun):
    train(nnrun)
    bundle = load(RUN)
    rows = pd.DataFrame([[5.0, 3.0, 1.5, 0.2], [6.0, 3.0, 5.0, 2.0]], columns=bundle.input_names)

    turned = bundle.predict(rows[rows.columns[::-1]])

    pd.testing.assert_frame_equal(turned, bundle.predict(rows))


def nothing_in_a_folder_is_run(nnrun):
    train(nnrun)
    put("config.yaml", b"seed: !!python/object/apply:os.system ['touch pwned']\n")

    told = nnrun("again", str(RUN), "seed=1")

    assert not Path("pwned").exists()
    assert told.code == MISTAKEN


def no_link_is_followed(nnrun):
    train(nnrun)
    (RUN / "run.json").rename("elsewhere.json")
    (RUN / "run.json").symlink_to(Path("elsewhere.json").absolute())

    told = nnrun(*PREDICT)

    assert told.code == MISTAKEN
    assert "run.json: is a link" in told.err


def each_bit_of_a_model_counts(nnrun):
    train(nnrun)
    columns = ",".join(load(RUN).input_names)
    Path("rows.csv").write_text(f"{columns}\n5,3,1.5,0.2\n")
    content = bytearray((RUN / "model.safetensors").read_bytes())
    content[-4] ^= 1
    (RUN / "model.safetensors").write_bytes(content)

    assert nnrun(*PREDICT).code == MISTAKEN


def the_same_words_give_the_same_bytes(nnrun):
    train(nnrun)
    train(nnrun, folder=OTHER)

    assert results_of(RUN) == results_of(OTHER)


def one_alone_works_on_a_folder(nnrun):
    killed(nnrun)
    with claimed(RUN):
        assert nnrun("resume", str(RUN)).code == MISTAKEN


# What breaks them


def in_place(path, content, durable=True):
    with vars(folders).get("open", open)(path, "wb") as file:
        file.write(content)


def nothing(*_, **__):
    """Do nothing of what should be done."""


PROMISES = {
    # 1, exact resume
    lines_beyond_the_checkpoint_are_taken_back: {"nnrun.training.checkpoint.write_epochs": nothing},
    # 2, a chain of hashes
    other_weights_have_another_hash: {"nnrun.training.training.link": lambda *_: "0"},
    the_first_epoch_that_comes_out_otherwise_is_named: {
        "nnrun.runs.comparison.changes": lambda *_: ()
    },
    # 3, atomic and durable
    a_checkpoint_follows_its_lines_to_the_disk: {"nnrun.runs.folder.sync": nothing},
    what_was_there_stays_until_what_follows_is_whole: {"nnrun.runs.folder.write": in_place},
    # 4, signals
    who_is_told_to_stop_keeps_whole_epochs_and_tells_the_way_on: {
        "nnrun.training.run.endings_recorded": lambda _: nullcontext()
    },
    # 5, numbers that go wrong
    numbers_that_are_none_end_a_training: {"nnrun.engine.progress.MemberProgress.lose": nothing},
    # 8, predict means what train meant
    columns_are_found_by_their_names: {
        "nnrun.bundle.bundle.as_frame": lambda frame, names: frame.set_axis(names, axis=1)
    },
    # 9, foreign folders
    nothing_in_a_folder_is_run: {
        "nnrun.reading.plain_yaml.refuse_powers": nothing,
        "nnrun.reading.plain_yaml.PlainLoader": yaml.UnsafeLoader,
    },
    no_link_is_followed: {
        "nnrun.reading.proofs.read_own": lambda folder, name: (folder / name).read_bytes()
    },
    # 10, corruption
    each_bit_of_a_model_counts: {"nnrun.reading.proofs.refuse_unlike": nothing},
    a_damaged_checkpoint_is_left_out: {
        "nnrun.training.checkpoint.read_whole": lambda file, most: file.read_bytes()
    },
    # 11, determinism
    the_same_words_give_the_same_bytes: {"nnrun.engine.chance.mixed": lambda *_: getrandbits(62)},
    # 12, two at once
    one_alone_works_on_a_folder: {"nnrun.training.resuming.claimed": lambda _: nullcontext()},
}


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.__name__)
def test_a_promise_is_kept(promise, nnrun):
    promise(nnrun)


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.__name__)
def test_a_promise_that_is_broken_is_noticed(promise, nnrun, monkeypatch):
    for place, broken in PROMISES[promise].items():
        monkeypatch.setattr(place, broken)

    with pytest.raises(AssertionError):
        promise(nnrun)


# What happens to a run, and to a disk


def train(nnrun, *words, folder=RUN, code=DONE):
    """Train a run, which ends with this code."""
    told = nnrun(*WORDS, f"output.folder={folder}", *words)
    assert told.code == code, told.err
    return told


def put(name, content):
    """Put a file into the run's folder, and let its record tell of it."""
    (RUN / name).write_bytes(content)
    record, run = json.loads((RUN / "run.json").read_text()), folders.RunFolder(RUN)
    run.put_record("run.json", {**record, "files": run.manifest()})


def killed(nnrun):
    """Train a run, and leave it as a kill after its last epoch would; gives what it came to."""
    train(nnrun)
    record = json.loads((RUN / "run.json").read_text())
    for later in ("word", "ended", "files", "sha256", "format"):
        record.pop(later, None)
    folders.RunFolder(RUN).put_record("run.json", {**record, "status": "running"})
    return results_of(RUN)


@contextmanager
def ctrl_c_in_epoch(number):
    """Let Ctrl-C come while the rows of an epoch are passed over."""
    epochs, passing = count(1), fit.pass_over_rows

    def interrupted(*given, **named):
        if next(epochs) == number:
            raise KeyboardInterrupt
        return passing(*given, **named)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fit, "pass_over_rows", interrupted)
        yield


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
