"""Processes that are forks of one: each hears its own orders, and ends by itself."""

import resource
import sys
from contextlib import contextmanager

import pytest

from nnrun.sweeps.processes import begun, begun_with_forks, can_fork

pytestmark = pytest.mark.skipif(not can_fork(), reason="no process can be forked here")
ECHO = """
import os, sys
from time import process_time

from nnrun.sweeps.processes import await_forks, fork_for_each

loaded_by = os.getpid()
{first}
fork_for_each([*map(int, sys.argv[1:])])
print(os.getpid(), loaded_by, flush=True)
for line in sys.stdin:
    print(line.strip().upper(), file=sys.stderr, flush=True)
    print(line.strip().upper(), flush=True)
if os.getpid() == loaded_by:
    await_forks()
else:
    while process_time() < {seconds}:
        pass
"""


@contextmanager
def echoes(count, first="", seconds=0):
    code = ECHO.format(first=first, seconds=seconds)
    made = begun_with_forks([sys.executable, "-c", code], count)
    yield made
    for one in made:
        one.kill()
        one.close()
        one.events.close()


def ask(process, words):
    process.orders.write(f"{words}\n")
    process.orders.flush()
    return process.events.readline().strip()


def numbers(process):
    own, loaded_by = map(int, process.events.readline().split())
    process.known_as(own)
    return own, loaded_by


def computed():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def test_each_hears_its_own_orders_and_one_has_loaded_for_all():
    with echoes(3) as made:
        told = [numbers(one) for one in made]
        answers = [ask(one, f"word {i}") for i, one in enumerate(made)]
        for one in made:
            one.errors.seek(0)
        errors = [one.errors.read().decode().strip() for one in made]

    assert len({own for own, _ in told}) == 3
    assert {by for _, by in told} == {told[0][0]}
    assert answers == errors == ["WORD 0", "WORD 1", "WORD 2"]


@pytest.mark.parametrize("gone", [0, 1])
def test_one_that_is_killed_is_missed_at_once_and_the_others_go_on(gone):
    with echoes(3) as made:
        for one in made:
            numbers(one)

        made[gone].kill()

        assert made[gone].events.read() == ""
        assert [ask(one, "on") for one in made if one is not made[gone]] == ["ON", "ON"]


def test_one_that_gets_no_orders_ends_though_the_others_go_on():
    with echoes(3) as made:
        for one in made:
            numbers(one)

        made[1].hang_up()

        assert made[1].events.read() == ""
        assert ask(made[2], "on") == "ON"


def test_one_that_is_not_wanted_before_it_is_made_ends_once_it_is():
    with echoes(2, first="sys.stdin.readline()") as made:
        made[1].kill()
        made[1].hang_up()

        made[0].orders.write("load\n")
        made[0].orders.flush()

        numbers(made[0])
        assert len(made[1].events.read().split()) == 2
        assert ask(made[0], "on") == "ON"


def test_who_dies_before_the_forks_are_made_takes_them_along():
    with echoes(3, first="raise ImportError('no torch here')") as made:
        assert [one.events.read() for one in made] == ["", "", ""]
        made[0].errors.seek(0)
        assert b"no torch here" in made[0].errors.read()


def test_one_alone_makes_none():
    alone = begun([sys.executable, "-c", ECHO.format(first="", seconds=0)])

    own, loaded_by = numbers(alone)

    assert own == loaded_by
    assert ask(alone, "on") == "ON"
    alone.kill()
    alone.close()
    alone.events.close()


def test_what_forks_computed_counts_among_what_the_first_did():
    with echoes(2, seconds=0.5) as made:
        for one in made:
            numbers(one)
        before = computed()

        for one in made:
            one.hang_up()
        for one in made[::-1]:
            one.events.read()
        made[0].close()

    assert computed() - before > 0.45


@pytest.mark.parametrize(
    ("last", "told"),
    [
        ("os._exit(7)", "it ended with exit code 7"),
        ("os.kill(os.getpid(), 9)", "SIGKILL ended it"),
        ("os.kill(os.getpid(), 40)", "signal 40 ended it"),
        ("os.close(1); input()", "it ended without a word, as one does that is killed"),
    ],
)
def test_how_a_process_ended_is_told(last, told, monkeypatch):
    monkeypatch.setattr("nnrun.sweeps.processes.PATIENCE", 0.3 if "input" in last else 10)
    process = begun([sys.executable, "-c", f"import os; {last}"])

    process.events.read()

    assert process.ending() == told
    process.kill()
    process.close()
    process.events.close()


def test_of_a_fork_the_system_tells_no_ending():
    with echoes(2) as (_, fork):
        assert fork.ending().startswith("it ended without a word")
