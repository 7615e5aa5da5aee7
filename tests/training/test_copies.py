"""A copy of a process has what that has loaded, and holds nothing of what it has open."""

import os
import signal
import subprocess
import sys
from functools import partial
from threading import Event, Thread

import pytest

from nnrun.engine.cores import FORKS, RESTING
from nnrun.training import copies
from nnrun.training.copies import can_copy, copied

pytestmark = pytest.mark.skipif(not FORKS, reason="no process can be copied here")
COMMAND = """
from nnrun.cli.signals import listen
from nnrun.training.copies import can_copy
listen()
print(can_copy(1), can_copy(2))
"""

say = partial(print, flush=True)


def told_by(work):
    """What a copy tells, line by line, until it has ended."""
    copy = copied(work)
    copy.stdin.close()
    with copy.stdout:
        told = copy.stdout.read().splitlines()
    copy.wait()
    return told


def test_it_knows_what_was_there_and_changes_nothing_here():
    numbers = [1, 2]

    def work():
        numbers.append(3)
        say(numbers)

    assert told_by(work) == ["[1, 2, 3]"]
    assert numbers == [1, 2]


def test_it_hears_what_it_is_told():
    copy = copied(lambda: say(sys.stdin.readline().upper()))
    copy.stdin.write("draw\n")
    copy.stdin.close()
    with copy.stdout:
        assert copy.stdout.readline() == "DRAW\n"
    copy.wait()


def test_it_keeps_no_file_and_answers_no_signal_for_another(tmp_path):
    def work():
        say(sorted(int(one) for one in os.listdir("/proc/self/fd"))[:-1])
        say(os.getpgid(0) == os.getpid(), signal.getsignal(signal.SIGTERM) is signal.SIG_DFL)

    with (tmp_path / "lock").open("w"):
        assert told_by(work) == ["[0, 1, 2]", "True True"]


def test_one_that_fails_ends_and_says_nothing(capfd):
    assert told_by(lambda: 1 / 0) == []
    assert capfd.readouterr() == ("", "")


def test_that_its_end_was_seen_elsewhere_disturbs_nobody():
    before = signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the system itself sees each end
    try:
        assert told_by(lambda: say("here")) == ["here"]
    finally:
        signal.signal(signal.SIGCHLD, before)


def test_a_signal_as_it_is_made_reaches_whoever_makes_it_alone(monkeypatch):
    def fork():
        pid = real()
        if not pid:
            os.kill(os.getpid(), signal.SIGTERM)
        return pid

    heard, real = [], os.fork
    monkeypatch.setattr(os, "fork", fork)
    before = signal.signal(signal.SIGTERM, lambda *_: heard.append(os.getpid()) or say("no copy"))
    try:
        assert told_by(lambda: say("still here")) == []
    finally:
        signal.signal(signal.SIGTERM, before)
    assert not heard


def test_no_copy_is_made_where_a_thread_would_be_missed(monkeypatch):
    monkeypatch.setattr(copies, "all_threads", lambda: [copies.current_thread(), *others])
    over, others = Event(), []
    assert can_copy(1)
    assert not can_copy(2)
    for name, may in ((RESTING, True), ("works", False)):
        others.append(Thread(target=over.wait, name=name))
        assert can_copy(1) == may


def test_no_copy_is_made_of_a_process_that_uses_a_graphics_card(monkeypatch):
    monkeypatch.setattr(copies, "all_threads", list)
    monkeypatch.setattr(copies.torch.cuda, "is_initialized", lambda: True)
    assert not can_copy(1)


def test_the_command_can_be_copied(programs, tmp_path):
    (tmp_path / "command.py").write_text(COMMAND)
    told = subprocess.run(
        [programs / "python", "command.py"], cwd=tmp_path, capture_output=True, text=True
    )
    assert told.stdout == "True False\n"
