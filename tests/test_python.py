"""nnrun.train and nnrun.sweep leave what the command leaves, and print nothing."""

import json
import signal
import threading

import hydra
import pytest
import torch

import nnrun as package
from nnrun.errors import Mistake, TrainingFailed

QUICK = ("dataset=iris", "training.epochs=2", "output.pictures=false", "output.baselines=false")


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_a_run_is_the_commands_to_the_last_byte_and_nothing_is_printed(nnrun, capfd):
    command = nnrun(*QUICK).folder
    threads = torch.get_num_threads()

    run = package.train(*QUICK)

    assert capfd.readouterr() == ("", "")
    for name in ("model.safetensors", "summary.json", "config.yaml", "overrides.txt"):
        assert (run.folder / name).read_bytes() == (command / name).read_bytes()
    assert run.summary == json.loads((command / "summary.json").read_text())
    assert run.config["training"]["epochs"] == 2
    assert list(run.epochs["epoch"]) == [1, 2]
    assert run.model.predict([[5.1, 3.5, 1.4, 0.2]])["species"].size == 1
    assert torch.get_num_threads() == threads


@pytest.fixture(scope="module")
def usual(tmp_path_factory):
    """Train a run, refit it and predict while nothing is set of torch."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("usual"))
        return left_by_training()


def left_by_training() -> list[object]:
    run = package.train(*QUICK)
    again = run.refit("again")
    row = [[5.1, 3.5, 1.4, 0.2]]
    predicted = [one.predict(row).to_numpy().tolist() for one in (run.model, again.model)]
    names = ("model.safetensors", "summary.json", "metrics.csv", "predictions.csv")
    return [(run.folder / name).read_bytes() for name in names] + predicted


def test_what_a_program_has_set_of_torch_changes_nothing(ambient, usual):
    with ambient():
        left = left_by_training()

    assert left == usual


def test_what_the_command_shows_is_shown_when_asked_for(capfd):
    package.train(*QUICK, show=True)

    assert "verdict" in capfd.readouterr().out


def test_a_sweep_tells_its_members_the_best_and_who_failed(capfd):
    words = ("optimizer.lr=1e-3,1e30", "hydra.launcher.workers=1")

    with pytest.warns(
        UserWarning, match=r"1 of 2 members failed; with the same settings they would again: lower"
    ):
        sweep = package.sweep(*QUICK, *words)

    assert capfd.readouterr() == ("", "")
    assert list(sweep.runs) == ["lr=0.001"]
    assert sweep.best == sweep.runs["lr=0.001"]
    assert sweep.best.summary["epochs"] == 2
    assert "training loss became nan" in sweep.failed["lr=1e+30"]
    assert list(sweep.table["status"]) == ["done", "failed"]


def test_members_of_a_sweep_are_averaged_in_silence(capfd):
    sweep = package.sweep(*QUICK, "seed=0,1", "hydra.launcher.workers=1")

    mean = sweep.average("mean")

    assert {one["name"] for one in mean.summary["members"]} <= {*sweep.runs}
    assert mean.model.voices == len(mean.summary["members"])
    assert capfd.readouterr() == ("", "")
    with pytest.raises(Mistake, match="is not empty; choose a new folder"):
        sweep.average("mean")


def test_a_sweep_can_be_led_from_any_thread():
    made = []
    words = ("seed=0,1", "hydra.launcher.workers=1")

    thread = threading.Thread(target=lambda: made.append(package.sweep(*QUICK, *words)))
    thread.start()
    thread.join()

    assert set(made[0].runs) == {"seed=0", "seed=1"}


@pytest.mark.parametrize(
    ("call", "words", "told"),
    [
        (
            package.train,
            ["optimizer=adm"],
            "optimizer=adm: unknown optimizer; did you mean 'adam'?",
        ),
        (package.train, ["--json"], "--json: is a flag of the command; give settings alone"),
        (
            package.train,
            [["dataset=iris"]],
            "nnrun.train: ['dataset=iris'] is no text; write nnrun.train(*settings) for a list",
        ),
        (package.sweep, [3], 'nnrun.sweep: 3 is no text; write nnrun.sweep("dataset=iris"'),
        (package.train, ["-m", "seed=0,1"], "-m: is a flag of the command"),
        (
            package.train,
            ["seed=0,1"],
            "seed=0,1: several values; call nnrun.sweep to try each, or put them in [ ] for a list",
        ),
        (
            package.train,
            ["experiment=learning_rates"],
            "experiment=learning_rates: is a sweep; call nnrun.sweep",
        ),
        (
            package.sweep,
            ["seed=0,1", "hydra/launcher=basic"],
            "hydra/launcher=basic: makes runs one by one, and no sweep; leave it out",
        ),
    ],
)
def test_what_cannot_work_is_raised_as_the_command_tells_it(call, words, told, tmp_path):
    with pytest.raises(Mistake) as caught:
        call(*words)

    assert str(caught.value).startswith(told)
    assert not (tmp_path / "outputs").exists()


def test_a_setting_given_by_name_is_refused_with_how_it_is_written():
    with pytest.raises(Mistake) as caught:
        package.train("dataset=iris", epochs=3)  # type: ignore[arg-type]

    assert str(caught.value) == 'epochs=3: is given by name; write nnrun.train("epochs=3")'


def test_a_program_that_uses_hydra_keeps_its_own(tmp_path):
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs" / "config.yaml").write_text("a: 1\n")

    with hydra.initialize_config_dir(str(tmp_path / "theirs"), version_base="1.3"):
        package.train(*QUICK)

        assert hydra.compose("config").a == 1


def test_a_training_that_fails_raises(tmp_path):
    with pytest.raises(TrainingFailed, match="training loss became nan in epoch 1"):
        package.train(*QUICK, "optimizer.lr=1e30")


def test_ctrl_c_in_a_sweep_leaves_the_callers_signals_as_they_were(monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("nnrun.sweeps.leading.train_missing", interrupt)
    before = signal.getsignal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        package.sweep(*QUICK, "seed=0,1", "hydra.launcher.workers=1")

    assert signal.getsignal(signal.SIGINT) is before
