"""What a person sees: a bar and colours on a terminal, plain lines elsewhere, and the same lines in the log."""

import io
import sys

import pytest

from nnrun.engine.fit import Epoch
from nnrun.report.screen import Screen


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def epoch(number: int) -> Epoch:
    return Epoch(number, [0.5], [0.25], [0.75], [1e-3], [True], training=94e-6 * 100, seconds=1.0)


def shown(monkeypatch, terminal, epochs, total=20, ci=""):
    """What is written to the terminal and kept in the log while the epochs go by."""
    monkeypatch.setattr(sys, "stdout", terminal)
    monkeypatch.setenv("CI", ci)
    monkeypatch.setenv("TERM", "xterm")
    log = []
    with Screen(log.append).epochs(total, 94, "r2") as lines:
        for i in range(1, epochs + 1):
            lines.show(epoch(i))
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
