"""`training.minutes`: the pace is measured, and then the run is the one of so many epochs."""

import pytest
import yaml

from nnrun.config.again import again
from nnrun.config.experiment import build
from nnrun.config.minutes import words_with_epochs
from nnrun.config.request import checked_request
from nnrun.report.screen import Screen
from nnrun.training import pace

WORDS = ("dataset=iris", "regularisation=[dropout,ema]", "seed=3", "output.pictures=false")
ALIKE = (
    *("config.yaml", "overrides.txt", "metrics.csv", "weights.csv", "predictions.csv"),
    *("summary.json", "model.json", "model.safetensors"),
)


@pytest.fixture
def slow(monkeypatch):
    """Measure the pace, and take it for one at which three epochs fill the time."""
    measure = pace.measured_pace

    def measured(experiment, budget):
        assert measure(experiment, 0.05) > 0
        return 20 * experiment.settings.training.minutes

    monkeypatch.setattr(pace, "measured_pace", measured)


def test_the_folder_is_that_of_so_many_epochs_and_its_record_tells_the_minutes(slow, nnrun):
    timed = nnrun(*WORDS, "training.minutes=2")

    counted = nnrun(*WORDS, "training.epochs=3")

    assert timed.code == counted.code == 0, timed.err
    assert "pace      40 s an epoch, so training.epochs=3\n" in timed.out
    for name in ALIKE:
        assert (timed.folder / name).read_bytes() == (counted.folder / name).read_bytes(), name
    assert timed.json("run.json")["minutes"] == 2
    assert "minutes" not in counted.json("run.json")


def test_it_goes_on_and_comes_out_again_as_any_run(slow, nnrun):
    timed = nnrun(*WORDS, "training.minutes=2")

    longer = nnrun("resume", str(timed.folder), "training.epochs=3")
    reproduced = nnrun("reproduce", str(timed.folder))

    assert (longer.code, reproduced.code) == (2, 0), reproduced.err
    assert "it was asked for 3 epochs" in longer.err


def test_with_other_minutes_it_has_other_epochs(slow, nnrun):
    timed = nnrun(*WORDS, "training.minutes=2")

    words = again(timed.folder, ["training.minutes=5"]).words

    assert "training.minutes=5" in words
    assert not [word for word in words if word.startswith("training.epochs")]


@pytest.mark.parametrize(
    ("typed", "becomes"),
    [
        (["seed=1", "training.minutes=5", "loss=mse"], "seed=1 training.epochs=7 loss=mse"),
        (["++training.minutes=5"], "training.epochs=7"),
        (["experiment=mine"], "experiment=mine training.epochs=7 training.minutes=null"),
        (
            ["training={minutes: 5}"],
            "training={minutes: 5} training.epochs=7 training.minutes=null",
        ),
    ],
)
def test_epochs_stand_where_minutes_stood(typed, becomes):
    assert " ".join(words_with_epochs(typed, 7)) == becomes


def test_minutes_of_a_file_are_counted_in_epochs_as_well(slow, nnrun, tmp_path):
    file = tmp_path / "own" / "experiment" / "hour.yaml"
    file.parent.mkdir(parents=True)
    file.write_text("# @package _global_\n# An hour.\ntraining: {minutes: 60}\n")
    own = f"--config-dir={tmp_path / 'own'}"

    ran = nnrun(own, *WORDS, "experiment=hour")

    assert ran.code == 0, ran.err
    training = yaml.safe_load(ran.read("config.yaml"))["training"]
    assert (training["epochs"], training["minutes"]) == (3, None)
    assert ran.read("overrides.txt").endswith("training.epochs=3\ntraining.minutes=null\n")


def experiment(*words):
    (job,) = checked_request([*WORDS, *words]).jobs
    return build(job.config, job.overrides, job.choices)


def test_long_epochs_are_timed_by_their_steps(monkeypatch):
    def too_long(experiment, budget):
        raise AssertionError("whole epochs were timed")

    monkeypatch.setattr(pace, "seconds_of_epochs", too_long)

    assert pace.measured_pace(experiment("training.minutes=5"), 1e-4) > 0


def test_each_stage_of_a_loss_is_timed_and_counts_by_its_share(monkeypatch):
    seconds = {"Mae": 1.0, "Pose": 3.0}
    monkeypatch.setattr(
        pace, "pace_within", lambda experiment, _: seconds[type(experiment.loss).__name__]
    )
    (job,) = checked_request(["dataset.rows=100", "loss=pose", "loss.joints_first=0.75"]).jobs

    measured = pace.measured_pace(build(job.config, job.overrides, job.choices), 1.0)

    assert measured == 0.75 * 1 + 0.25 * 3


def test_whole_epochs_are_timed_until_the_seconds_are_over():
    endless = experiment("training.epochs=1000000")

    seconds = pace.seconds_of_epochs(endless, 0.2)

    assert sum(seconds[:-1]) <= 0.2 < sum(seconds)


def test_the_first_epoch_is_never_all_that_tells_since_its_steps_are_also_recorded():
    seconds = pace.seconds_of_epochs(experiment("training.epochs=1000000"), 0)

    assert len(seconds) == 2


def test_a_training_that_fails_at_once_has_the_pace_of_its_one_epoch():
    failing = experiment("training.minutes=1", "optimizer=sgd", "optimizer.lr=1e30")

    assert pace.measured_pace(failing, 10) > 0


def test_time_for_less_than_an_epoch_is_refused_before_there_is_a_folder(monkeypatch, nnrun):
    monkeypatch.setattr(pace, "measured_pace", lambda *_: 90.0)

    ran = nnrun(*WORDS, "training.minutes=0.5")

    assert (ran.code, ran.folders) == (2, [])
    told = "training.minutes=0.5: one epoch takes 90 s; raise it to 1.58, or set training.epochs=1"
    assert told in ran.err


def test_without_minutes_nothing_is_measured():
    given = experiment("training.epochs=4")

    assert pace.as_long_as_asked(given, Screen(quiet=True)) is given


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["training.epochs=3"], "training.epochs=3: has no effect, as training.minutes=5 says how"),
        (["++training.epochs=80"], "training.epochs=80: has no effect, as training.minutes=5"),
        (["-m", "seed=0,1"], "training.minutes=5: is about a run alone, and this is a sweep"),
        (["experiment=learning_rates"], "is about a run alone, and this is a sweep"),
    ],
)
def test_what_minutes_do_not_go_with_is_told_in_a_line(words, told, nnrun):
    ran = nnrun("training.minutes=5", *words)

    (line,) = ran.err.splitlines()
    assert (ran.code, ran.folders) == (2, [])
    assert told in line


def test_a_check_says_that_the_pace_will_tell_and_forbids_no_patience_yet(nnrun):
    ran = nnrun("check", *WORDS, "training.minutes=5", "regularisation.patience=200")

    assert (ran.code, ran.err) == (0, "")
    assert "steps     in epochs of 2, as many as 5 minutes allow\n" in ran.out
