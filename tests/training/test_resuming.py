"""`nnrun resume` of a run: what has to be as it was, and for how many more epochs it may go on."""

import json
import shutil

import numpy as np
import pytest

from nnrun.config.catalogue import builtin_conf
from nnrun.config.settings import read_settings
from nnrun.errors import NUMBERS
from nnrun.parts.scheduler.durations import Clock
from nnrun.runs.checkpoints import checkpoints
from nnrun.runs.folder import RunFolder
from nnrun.runs.record import ENDING

WORDS = ("dataset=iris", "training.epochs=4", "output.pictures=false", "output.baselines=false")
RESULTS = ("metrics.csv", "weights.csv", "predictions.csv", "model.safetensors", "summary.json", "config.yaml")  # fmt: skip


@pytest.fixture
def done(nnrun):
    """A run that is done."""

    def train(*words):
        ran = nnrun(*WORDS, *words)
        assert ran.code == 0, ran.err
        return ran

    return train


LONG_AGO = {"started": "2001-02-03T04:05:06+00:00", "ended": "2001-02-03T04:05:09+00:00"}


def as_if_killed(ran):
    """Let a record tell no more than it did while the run went on."""
    record = {key: value for key, value in ran.json("run.json").items() if key not in ENDING}
    RunFolder(ran.folder).put_record("run.json", {**record, "status": "running"})


def results(ran):
    return {name: (ran.folder / name).read_bytes() for name in RESULTS}


def test_a_run_that_is_done_says_so_and_stays_as_it_is(done, nnrun):
    ran = done()
    before = (ran.folder / "run.json").read_bytes()

    told = nnrun("resume", str(ran.folder))

    assert (told.code, told.err) == (0, "")
    assert told.out.splitlines()[-1] == f"folder    {ran.folder}"
    assert told.out.startswith(f"done      {ran.json('summary.json')['verdict']}")
    assert (ran.folder / "run.json").read_bytes() == before


def test_a_checkpoint_may_be_as_large_as_its_network_asks_for(done, nnrun, monkeypatch):
    ran = done("scheduler=constant")
    monkeypatch.setattr("nnrun.training.checkpoint.LARGEST", 100)  # smaller than this one

    told = nnrun("resume", str(ran.folder), "training.epochs=5")

    assert f"{ran.folder} goes on after epoch 4" in told.out


LONGER = {
    "constant": ("scheduler=constant",),
    "exponential": ("scheduler=exponential",),
    "step": ("scheduler=step", "scheduler.every=2"),
    "plateau": ("scheduler=plateau", "scheduler.patience=1"),
    "ema": ("scheduler=constant", "regularisation=ema"),
    "adam of torch": ("scheduler=constant", "optimizer=torch"),
}


@pytest.mark.parametrize("kind", LONGER)
def test_more_epochs_are_as_if_they_had_been_asked_for_at_first(kind, done, nnrun):
    ran, whole = (
        done(*LONGER[kind]),
        nnrun(WORDS[0], *WORDS[2:], *LONGER[kind], "training.epochs=7"),
    )

    told = nnrun("resume", str(ran.folder), "training.epochs=7")

    assert told.code == 0, told.err
    assert f"{ran.folder} goes on after epoch 4" in told.out
    (folder,) = whole.folders
    for name in RESULTS[:-1]:
        assert (ran.folder / name).read_bytes() == (folder / name).read_bytes(), name
    assert "epochs: 7" in ran.read("config.yaml")
    words = ran.json("run.json")["command"].split()
    assert [word for word in words if "epochs" in word] == ["training.epochs=7"]


def test_the_schedules_that_go_on_for_longer_by_themselves_are_those_of_the_page(composer):
    lengths = {
        "step": "scheduler.every=10",
        "linear": "scheduler.length=10",
        "cosine_restarts": "scheduler.period=10",
    }
    names = sorted(file.stem for file in (builtin_conf() / "scheduler").glob("*.yaml"))

    own = {name for name in names if goes_on(composer, f"scheduler={name}")}
    in_epochs = {name for name in lengths if goes_on(composer, f"scheduler={name}", lengths[name])}

    assert own == {"constant", "exponential", "plateau"}
    assert in_epochs == {*lengths}


def goes_on(composer, *words):
    """Whether the rates of 20 epochs are the same where 40 were asked for."""
    (job,) = composer(*words)
    schedule, steps = read_settings(job.config).scheduler, np.arange(20.0)
    rates = [np.broadcast_to(schedule.rate(steps, Clock(epochs, 1)), 20) for epochs in (20, 40)]
    return np.array_equal(*rates)


@pytest.mark.parametrize(
    ("words", "more", "told"),
    [
        ((), "9", "training.epochs=9: scheduler=cosine would have gone another way from the beginning;"),
        (("scheduler=step",), "9", "scheduler=step would have gone another way from the beginning;"),
        (("scheduler=constant",), "4", "training.epochs=4: it was asked for 4 epochs; give more"),
        (("scheduler=constant",), "many", "training.epochs=many: expected a whole number >= 1"),
        (
            ("scheduler=constant", "regularisation=swa", "regularisation.swa=0.5"),
            "8",
            "the average of the weights would have gone another way from the beginning",
        ),
        (
            ("scheduler=constant", "regularisation.patience=1", "regularisation.min_delta=100"),
            "9",
            "it was stopped early, and would be again",
        ),
    ],
)  # fmt: skip
def test_a_longer_training_that_would_have_been_another_is_refused(words, more, told, done, nnrun):
    ran = done(*words)
    before = results(ran)

    refused = nnrun("resume", str(ran.folder), f"training.epochs={more}")

    assert refused.code == 2
    assert told in refused.err
    assert results(ran) == before


def test_a_loss_that_gives_way_to_another_would_do_so_later_in_a_longer_training(nnrun):
    words = ("dataset.rows=60", "scheduler=constant", "loss=pose", "loss.joints_first=0.5")
    quiet = ("training.epochs=2", "output.pictures=false", "output.baselines=false")
    ran = nnrun(*words, *quiet)

    refused = nnrun("resume", str(ran.folder), "training.epochs=9")

    assert "loss=pose would have gone another way from the beginning" in refused.err


def test_nothing_else_changes_while_a_run_goes_on(done, nnrun):
    ran = done()

    changed = nnrun("resume", str(ran.folder), "optimizer.lr=1")
    workers = nnrun("resume", str(ran.folder), "--workers=2")

    assert changed.err == (
        "error: optimizer.lr=1: would make it another run; resume changes nothing but training.epochs;"
        " nnrun again trains with a difference\n"
    )
    assert (
        "--workers: is about sweeps, and this is the folder of a run; leave it out" in workers.err
    )


def test_the_advice_to_begin_anew_can_be_pasted(done, nnrun):
    ran = done()

    refused = nnrun("resume", str(ran.folder), "training.epochs=9")

    advised = refused.err.rpartition("begin anew with: nnrun ")[2].split()
    assert advised == ["again", str(ran.folder), "training.epochs=9"]
    again = nnrun(*advised)
    assert (again.code, again.json("summary.json")["epochs"]) == (0, 9)


def test_what_lost_its_numbers_would_lose_them_again(nnrun):
    ran = nnrun(*WORDS, "optimizer=sgd", "optimizer.lr=1e30", "scheduler=constant")

    told = nnrun("resume", str(ran.folder))

    assert (ran.code, told.code) == (3, 3)
    assert ran.json("run.json")["cause"] == NUMBERS
    way_on = f"it would again, so change it: nnrun again {ran.folder} KEY=VALUE"
    assert told.err.endswith(f"; {way_on}\n")


def test_what_failed_by_no_kind_that_is_told_is_tried_again_whatever_its_words(done, nnrun):
    ran = done()
    record = {**ran.json("run.json"), "status": "failed", "word": "training loss became nan"}
    RunFolder(ran.folder).put_record("run.json", record)

    told = nnrun("resume", str(ran.folder))

    assert (told.code, ran.json("run.json")["status"]) == (0, "done")


def test_a_member_of_a_sweep_goes_on_with_its_sweep(nnrun):
    sweep = nnrun("-m", *WORDS, "seed=0,1", "hydra.launcher.workers=1").folder

    told = nnrun("resume", str(sweep / "seed=0"))

    assert told.code == 2
    way_on = f"go on with all of it: nnrun resume {sweep}"
    assert told.err == f"error: {sweep}/seed=0: is a member of a sweep; {way_on}\n"
    longer = nnrun("resume", str(sweep / "seed=0"), "training.epochs=9")
    assert f"nnrun again {sweep / 'seed=0'} training.epochs=9" in longer.err


def test_a_record_that_tells_too_little_is_told(done, nnrun):
    ran = done()
    (ran.folder / "run.json").write_text('{"status": "running"}')

    told = nnrun("resume", str(ran.folder))

    assert told.code == 2
    assert "its run.json does not tell its " in told.err


def test_the_time_between_is_not_taken_for_work(done, nnrun):
    ran = done("scheduler=constant")
    record = ran.json("run.json")
    RunFolder(ran.folder).put_record("run.json", {**record, **LONG_AGO})

    assert nnrun("resume", str(ran.folder), "training.epochs=5").code == 0

    (told,) = json.loads(nnrun("runs", "--json").out)["runs"]
    assert 3 <= told["seconds"] < 600
    assert told["started"] == LONG_AGO["started"]


@pytest.fixture
def stopped(done):
    """The folder of a run as a kill after its third epoch might have left it."""
    ran = done("training.checkpoint=0", "scheduler=constant")
    as_if_killed(ran)
    return ran


def test_a_damaged_checkpoint_gives_way_to_the_one_before(stopped, nnrun, done):
    newest, before = checkpoints(stopped.folder / "checkpoint")
    content = bytearray(newest.read_bytes())
    content[-1] ^= 1
    newest.write_bytes(content)

    told = nnrun("resume", str(stopped.folder))

    assert told.code == 0, told.err
    assert f"{newest} is damaged; the checkpoint before it is taken" in told.out
    assert f"{stopped.folder} goes on after epoch 3" in told.out
    assert before.exists()
    whole = done("training.checkpoint=0", "scheduler=constant")
    assert results(stopped) == results(whole)


def test_where_all_checkpoints_are_damaged_it_begins_anew_and_says_why(stopped, nnrun, done):
    newest, before = checkpoints(stopped.folder / "checkpoint")
    before.unlink()
    newest.write_bytes(b"")

    told = nnrun("resume", str(stopped.folder))

    assert told.code == 0, told.err
    assert f"{newest} is damaged; no whole one is left" in told.out
    assert f"{stopped.folder} begins anew" in told.out
    assert results(stopped) == results(done("training.checkpoint=0", "scheduler=constant"))


@pytest.mark.parametrize("name", ["metrics.csv", "model.json"])
def test_nothing_is_said_to_be_made_again_where_the_data_are_gone(name, nnrun, tmp_path):
    rows = "".join(f"{i},{i % 7}\n" for i in range(40))
    (tmp_path / "rows.csv").write_text(f"a,b\n{rows}")
    table = ("dataset=table", "dataset.path=rows.csv", "dataset.target=b", "training.epochs=2")
    ran = nnrun(*table, "output.folder=run", "output.pictures=false", "output.baselines=false")
    assert ran.code == 0, ran.err
    (tmp_path / "rows.csv").unlink()
    (tmp_path / "run" / name).write_text("x")

    told = nnrun("resume", "run")

    assert (told.code, told.out) == (2, "")
    assert "rows.csv" in told.err


def test_the_checkpoint_of_another_run_is_none(stopped, nnrun, done):
    other = done("training.checkpoint=0", "scheduler=constant", "seed=5")
    shutil.rmtree(stopped.folder / "checkpoint")
    shutil.copytree(other.folder / "checkpoint", stopped.folder / "checkpoint")
    newest, _ = checkpoints(stopped.folder / "checkpoint")

    told = nnrun("resume", str(stopped.folder))

    assert told.code == 2
    assert f"its checkpoint {newest.name} is another run's, and none is before it" in told.err


def test_without_any_checkpoint_it_begins_anew(stopped, nnrun, done):
    shutil.rmtree(stopped.folder / "checkpoint")

    told = nnrun("resume", str(stopped.folder))

    assert f"{stopped.folder} begins anew" in told.out
    assert results(stopped) == results(done("training.checkpoint=0", "scheduler=constant"))


def test_what_was_changed_since_is_not_gone_on_with(stopped, nnrun, tmp_path):
    config = stopped.folder / "config.yaml"
    written = config.read_text()
    config.write_text(written.replace("lr: 0.003", "lr: 0.3"))

    told = nnrun("resume", str(stopped.folder))

    assert told.code == 2
    assert "config.yaml: is not the file that run.json tells of: damaged, changed or" in told.err
    assert "type what is to differ: nnrun again RUN KEY=VALUE" in told.err


def test_other_data_are_not_gone_on_with(nnrun, tmp_path):
    table = tmp_path / "table.csv"
    table.write_text("a,b\n" + "".join(f"{i},{i % 7}\n" for i in range(60)))
    ran = nnrun(*WORDS[1:], "dataset=table", f"dataset.path={table}", "dataset.target=b")
    as_if_killed(ran)
    table.write_text(table.read_text().replace("\n7,0\n", "\n7,1\n"))

    told = nnrun("resume", str(ran.folder))

    assert told.code == 2
    size = table.stat().st_size
    assert "its data, or how they are split, have changed since it began" in told.err
    assert f"({table} holds something else, in {size} bytes as before)" in told.err


@pytest.mark.parametrize(
    ("folder", "told"),
    [
        ("nowhere", "nowhere: no such folder; give the folder of a run or a sweep, or write last"),
        (".", ".: is the folder of no run and no sweep, as it has no run.json and no sweep.json"),
    ],
)
def test_what_is_no_run_is_told(folder, told, nnrun):
    assert told in nnrun("resume", folder).err
