"""Ctrl-C and `kill` end the command in whatever phase it is, and the last line tells the way on."""

import os
import signal
import subprocess
import sys
from time import monotonic, sleep

import pytest
from children import HERE, stand_deaf, stand_still

QUICK = ("dataset=iris", "training.epochs=2", "training.checkpoint=0", "output.folder=outputs/run")
PLAIN = ("output.pictures=false", "output.baselines=false")
WAY_ON = "interrupted; go on with: nnrun resume outputs/run"
# What is done in each phase, which stands still in these tests, and the words that lead there.
BEGUN = {
    "introduction": "nnrun.training.run.introduction",
    "building": "nnrun.training.stack.begin",
    "training": "nnrun.engine.fit.pass_over_rows",
    "validation": "nnrun.engine.judge.assess",
    "baselines": "nnrun.training.true_values.TrueValues.simple_methods",
    "pictures": "nnrun.training.alone.drawn",
    "saving": "nnrun.runs.folder.RunFolder.manifest",
}
NOT_BEGUN = {
    "composing": (signal.SIGINT, "nnrun.config.request.compose", QUICK),
    "reading": (signal.SIGTERM, "nnrun.config.experiment.DataCache.open", QUICK),
    "planning": (signal.SIGTERM, "nnrun.sweeps.leading.built", ("-m", *QUICK, "seed=0,1")),
    "checking": (signal.SIGINT, "nnrun.training.introduction.check", ("check", *QUICK)),
    "showing": (signal.SIGHUP, "nnrun.config.catalogue.blocks", ("show", "training")),
}


@pytest.mark.parametrize("phase", BEGUN)
def test_what_was_begun_can_be_gone_on_with(phase, start, run, soon):
    words = () if phase in ("baselines", "pictures") else PLAIN
    child = start(*QUICK, *words, patches={BEGUN[phase]: stand_still})
    child.wait_for(HERE)

    child.send(signal.SIGINT)
    left = child.left(within=soon)

    assert left.code == 130, left.said
    assert "Traceback" not in left.said
    assert left.said.splitlines()[-1] == WAY_ON
    assert run("resume", "outputs/run").code == 0


@pytest.mark.parametrize("phase", NOT_BEGUN)
def test_what_was_not_begun_leaves_nothing(phase, start, tmp_path, soon):
    number, place, words = NOT_BEGUN[phase]
    child = start(*words, patches={place: stand_still})
    child.wait_for(HERE)

    child.send(number)
    left = child.left(within=soon)

    assert left.code == 128 + number, left.said
    assert left.said.splitlines()[-1] == HERE
    assert not list(tmp_path.rglob("run.json"))


def test_a_call_that_takes_long_is_not_waited_for(start, run, tmp_path, soon):
    child = start(*QUICK, PLAIN[0], patches={BEGUN["baselines"]: stand_deaf})
    child.wait_for(HERE)

    child.send(signal.SIGTERM)
    left = child.left(within=soon)

    assert left.code == 143, left.said
    assert left.said.splitlines()[-1] == WAY_ON
    assert (tmp_path / "outputs" / "run" / "model.safetensors").exists()
    assert run("resume", "outputs/run").code == 0


def test_the_second_ctrl_c_leaves_at_once(start, run, soon):
    never = {"nnrun.cli.signals.GRACE": 1000.0}
    child = start(*QUICK, *PLAIN, patches={BEGUN["saving"]: stand_deaf, **never})
    child.wait_for(HERE)

    child.send(signal.SIGINT)
    sleep(0.5)
    assert child.process.is_alive()
    until = monotonic() + soon
    while child.process.is_alive() and monotonic() < until:
        child.send(signal.SIGINT)  # one that comes too soon after the first is taken for the same
        child.process.join(1)
    left = child.left(within=0)

    assert left.code == 130, left.said
    assert left.said.splitlines()[-1] == WAY_ON
    assert "goes on after epoch 2" in run("resume", "outputs/run").said


def test_a_terminal_that_is_closed_ends_a_run_in_order(start, run, tmp_path, soon):
    child = start(*QUICK, *PLAIN, patches={BEGUN["validation"]: stand_still})
    child.wait_for(HERE)

    child.send(signal.SIGHUP)

    assert child.left(within=soon).code == 129
    assert WAY_ON in (tmp_path / "outputs" / "run" / "log.txt").read_text()
    assert '"status": "interrupted"' in (tmp_path / "outputs" / "run" / "run.json").read_text()


# By the front door


def command(*words: str, **given) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-m", "nnrun", *words], capture_output=True, text=True, **given
    )


def test_who_begins_it_deaf_to_a_signal_is_obeyed(tmp_path):
    """As nohup does."""
    code = "import os, signal; from nnrun.cli import signals; signals.listen(); {}"
    raised = "os.kill(os.getpid(), signal.SIGHUP)"

    deaf = subprocess.run(
        ["nohup", sys.executable, "-c", code.format(raised)], cwd=tmp_path, capture_output=True
    )
    hearing = subprocess.run([sys.executable, "-c", code.format(raised)], capture_output=True)

    assert deaf.returncode == 0
    assert hearing.returncode == 129


@pytest.mark.parametrize("closed", [(0,), (1,), (2,), (0, 1, 2)], ids=str)
def test_closed_streams_are_no_reason_to_fail(closed, tmp_path):
    def close() -> None:
        for stream in closed:
            os.close(stream)

    assert command("show", "optimizer/adam", preexec_fn=close).returncode == 0


def test_a_full_disk_behind_standard_output_is_told():
    with open("/dev/full", "w") as full:
        code = "from nnrun.cli import main; main()"
        left = subprocess.run(
            [sys.executable, "-c", code, "show", "training"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
        )

    assert left.returncode == 3
    told = "error: what is printed: No space left on device; free some space\n"
    assert left.stderr == told
