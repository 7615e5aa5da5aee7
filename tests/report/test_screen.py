"""What a person sees: a bar and colours on a terminal, plain lines elsewhere, and the same lines in the log."""

import io
import re
import shlex
import sys
import time

import pytest

from nnrun.report.screen import Screen, waiting_aside
from nnrun.runs.epochs import EpochRecord


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def epoch(number: int) -> EpochRecord:
    return EpochRecord(number, 0.5, 0.25, 0.75, 1e-3, seconds=1.0)


def shown(monkeypatch, terminal, epochs, total=20, ci=""):
    """What is written to the terminal and kept in the log while the epochs go by."""
    monkeypatch.setattr(sys, "stdout", terminal)
    monkeypatch.setenv("CI", ci)
    monkeypatch.setenv("TERM", "xterm")
    log = []
    with Screen(log.append).epochs(total, 94, "r2") as lines:
        for i in range(1, epochs + 1):
            lines.show(epoch(i), 94e-6 * 100)
    return terminal.getvalue(), log


def test_without_a_terminal_the_first_each_tenth_and_the_last_epoch_are_told(monkeypatch):
    text, log = shown(monkeypatch, io.StringIO(), epochs=7)

    assert [line[:11] for line in text.splitlines()] == [
        f"epoch {i:>2}/20" for i in (1, 2, 4, 6, 7)
    ]
    assert text.splitlines() == log
    assert log[0] == "epoch  1/20  train 0.5000  val 0.2500  r2 0.7500  lr 0.001  100 µs/step"


def test_on_a_terminal_a_bar_moves_and_the_log_gets_the_lines(monkeypatch):
    text, log = shown(monkeypatch, Terminal(), epochs=20)

    assert "\x1b[" in text
    assert len(log) == 11


@pytest.mark.parametrize("width", [60, 80, 140])
def test_on_a_terminal_each_tenth_epoch_stays_and_nothing_breaks_within_a_word(monkeypatch, width):
    monkeypatch.setenv("COLUMNS", str(width))

    text, log = shown(monkeypatch, Terminal(), epochs=20)

    words = {word for line in log for word in line.split()}
    frames = re.split(r"\r|\n", re.sub(r"\x1b\[[\d;?]*[a-zA-Z]", "", text))
    told = [line for line in frames if line.startswith("epoch ") and "━" not in line]
    assert {line[:11] for line in told} >= {f"epoch {i:>2}/20" for i in (1, 2, 10, 20)}
    assert {word for line in told for word in line.split()} <= words
    bars = [line for line in frames if "━" in line]
    assert {len(re.findall("[━╸╺]", line)) for line in bars} == {20}
    assert all(len(line.rstrip()) <= width for line in frames)


def test_a_command_of_several_lines_can_be_pasted(monkeypatch):
    monkeypatch.setattr(sys, "stdout", Terminal())
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setenv("COLUMNS", "40")
    command = ["nnrun", "dataset=diabetes", "optimizer.lr=1e+30", "model.widths=[32, 32]", "seed=1"]

    Screen().command(command, indent=6)

    lines = re.sub(r"\x1b\[[\d;]*m", "", sys.stdout.getvalue())
    assert max(map(len, lines.splitlines())) <= 40
    assert shlex.split(lines.replace("\\\n", "")) == command


def test_what_takes_a_while_is_told_where_there_is_no_terminal(monkeypatch, capsys):
    monkeypatch.setattr("nnrun.report.screen.PATIENCE", 0.01)
    screen, told, end = Screen(), "", time.monotonic() + 60

    with screen.waiting("baselines"):
        while not told and time.monotonic() < end:
            time.sleep(0.01)
            told += capsys.readouterr().out
    monkeypatch.setattr("nnrun.report.screen.PATIENCE", 60)
    with screen.waiting("pictures"):
        pass

    assert told + capsys.readouterr().out == "baselines …\n"


def test_a_terminal_says_at_once_for_what_one_waits(monkeypatch):
    monkeypatch.setattr(sys, "stdout", Terminal())
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setenv("TERM", "xterm")

    with Screen().waiting("baselines"):
        told = sys.stdout.getvalue()

    assert "baselines …" in told


def test_what_is_printed_while_one_waits_stays_out_of_what_may_be_piped(monkeypatch):
    screen, output = Terminal(), io.StringIO()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setattr(sys, "stdout", output)
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setenv("TERM", "xterm")

    with waiting_aside("reading"):
        print("seed: 0")

    assert output.getvalue() == ""
    assert "seed: 0\n" in screen.getvalue()
    assert "reading …" in screen.getvalue()


@pytest.mark.parametrize("ci", ["1", "true"])
def test_in_ci_a_terminal_gets_plain_lines_too(ci, monkeypatch):
    text, _ = shown(monkeypatch, Terminal(), epochs=3, ci=ci)

    assert "\x1b[" not in text


def test_a_reader_who_leaves_does_not_end_the_training(monkeypatch):
    class Gone(io.StringIO):
        def write(self, text):
            raise BrokenPipeError

        def fileno(self):
            return nowhere.fileno()

    with open("/dev/null", "w") as nowhere:
        monkeypatch.setattr(sys, "stdout", Gone())
        log = []
        screen = Screen(log.append)

        screen.say("one")
        screen.say("two")

    assert log == ["one", "two"]
