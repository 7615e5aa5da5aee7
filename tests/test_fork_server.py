"""Processes forked from one that has loaded torch are to whoever starts them as any other."""

import signal
import subprocess
import sys

import pytest

TOLD = """
import os, sys
print(sys.argv[1:], os.getcwd(), os.environ["ASKED"], sys.stdin.read())
print("wrong", file=sys.stderr)
"""
STILL = "import time; print('here', flush=True); time.sleep(1000)"


@pytest.fixture
def program(tmp_path):
    """Write a program."""

    def write(text: str) -> str:
        (tmp_path / "program.py").write_text(text)
        return "program.py"

    return write


@pytest.mark.parametrize("ending", ["", "sys.exit(7)", "1 / 0", "os.kill(os.getpid(), 9)"])
def test_it_is_told_the_same_and_ends_alike(ending, programs, program, tmp_path):
    given = {"cwd": tmp_path, "env": {"ASKED": "ü"}, "input": "typed", "capture_output": True}
    words = [program(f"{TOLD}\nsys.stdout.flush()\n{ending}\n"), "one", "two words"]

    real = subprocess.run([sys.executable, *words], text=True, **given)
    forked = subprocess.run([programs / "python", *words], text=True, **given)

    assert forked.returncode == real.returncode
    assert forked.stdout == real.stdout
    assert forked.stderr.splitlines()[0] == "wrong"
    assert ("ZeroDivisionError" in forked.stderr) == ("ZeroDivisionError" in real.stderr)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_signal_ends_both(number, programs, program, tmp_path):
    words = [programs / "python", program(STILL)]
    with subprocess.Popen(words, cwd=tmp_path, stdout=subprocess.PIPE, text=True) as asking:
        assert asking.stdout.readline() == "here\n"
        asking.send_signal(number)

        assert asking.stdout.read() == ""  # which ends with the last who could write
        assert asking.wait() == -number


@pytest.mark.parametrize("leads", [True, False])
def test_it_leads_a_session_where_it_is_to(leads, programs, program, tmp_path):
    words = [programs / "python", program("import os; print(os.getsid(0) == os.getpid())")]

    told = subprocess.check_output(words, cwd=tmp_path, start_new_session=leads, text=True)

    assert told == f"{leads}\n"


def test_a_command_ends_with_its_own_code(programs, tmp_path):
    told = subprocess.run(
        [programs / "nnrun", "optimizer.lrr=1"], cwd=tmp_path, capture_output=True, text=True
    )

    assert told.returncode == 2
    assert told.stderr == "error: optimizer.lrr: unknown key; did you mean 'optimizer.lr'?\n"
