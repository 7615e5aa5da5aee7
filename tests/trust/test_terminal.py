"""Nothing that came from outside makes the terminal do anything, and no terminal is too simple."""

import csv
import io
import json
import random
import sys
from pathlib import Path

import pytest

from nnrun.characters import visible_lines
from nnrun.cli.door import exit_code

EVIL = "\x1b]0;owned\x07\x1b[2J\u202e\x9b1m\rx"
SHOWN = r"\x1b]0;owned\x07\x1b[2J\u202e\x9b1m\rx"
QUICK = ("training.epochs=1", "output.pictures=false", "output.baselines=false")
TABLE = ("dataset=table", "dataset.path=evil.csv", "dataset.target=y", *QUICK)
COLUMN, MARKUP = f"a{EVIL}", "[bold]b[/bold][link=http://c]d[/link]"


def write_table(name: str, *first: list[str]) -> None:
    """Write a table whose columns, levels and classes are all meant for the terminal."""
    draw = random.Random(0)
    rows = [[f"{draw.random():.3f}", draw.choice([EVIL, MARKUP]), "01"[i % 2]] for i in range(60)]
    labels = {"0": f"no{EVIL}", "1": f"yes{MARKUP}"}
    lines = [[a, b, labels[y]] for a, b, y in rows]
    with open(name, "w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([[COLUMN, MARKUP, "y"], *first, *lines])


def write_option() -> None:
    """Write an option of one's own whose name and words are meant for the terminal."""
    folder = Path("conf/optimizer")
    folder.mkdir(parents=True)
    text = f"# Words {EVIL.replace(chr(13), '')}\ndefaults: [adam]\n"
    (folder / f"o{EVIL}.yaml").write_text(text, encoding="utf-8")


SAYING = {
    "train": TABLE,
    "check": ("check", *TABLE),
    "check -m": ("check", "-m", *TABLE, "seed=0,1"),
    "a cell": ("check", *TABLE[:1], "dataset.path=cell.csv", *TABLE[2:]),
    "a column": ("check", *TABLE[:2], f"dataset.target={EVIL!r}"),
    "a key": (f"optimizer.{EVIL}=1",),
    "a value": (f"optimizer.lr={EVIL}",),
    "bytes that are no UTF-8": ("output.root='a\udcff'",),
    "two lines": ("output.root='a\nb'",),
    "an option": (f"optimizer={EVIL}",),
    "a flag": (f"--{EVIL}",),
    "a file": ("check", "dataset=table", f"dataset.path='{EVIL}.csv'", "dataset.target=y"),
    "a folder of options": ("check", "--config-dir", EVIL),
    "the configuration": ("--cfg", "job", f"dataset.path='{EVIL}.csv'", "dataset=table"),
    "ls": ("ls",),
    "ls of a group": ("ls", EVIL),
    "ls as JSON": ("ls", "--json"),
    "show": ("show", f"optimizer/o{EVIL}"),
    "show nothing": ("show", EVIL),
    "schema": ("schema", EVIL),
    "help": ("--help",),
    "resume": ("resume", EVIL),
    "again": ("again", EVIL),
    "evaluate": ("evaluate", EVIL, "evil.csv"),
    "ensemble": ("ensemble", EVIL, "-o", EVIL),
    "importance": ("importance", EVIL, "-o", "a.png"),
    "predict": ("predict", EVIL, "evil.csv"),
    "too many words": ("predict", "a", "b", EVIL, f"--{EVIL}"),
    "completion": ("-sc", "query=bash"),
    "a condition": ("--fail-unless", EVIL),
    "trust": ("--trust", EVIL, "model=module", f"model.module='{EVIL}:Net'"),
}


@pytest.mark.parametrize("words", SAYING.values(), ids=SAYING.keys())
def test_nothing_that_came_from_outside_is_obeyed(nnrun, monkeypatch, words):
    write_table("evil.csv")
    write_table("cell.csv", [EVIL, EVIL, EVIL])
    write_option()
    monkeypatch.setenv("COMP_LINE", "nnrun optimizer=")

    ran = nnrun(*words)

    told = ran.out + ran.err
    assert ran.code in (0, 2)
    assert visible_lines(told) == told
    assert ran.code == 0 or all(line.startswith("error: ") for line in ran.err.splitlines())
    for folder in ran.folders:
        log = (folder / "log.txt").read_text()
        assert visible_lines(log) == log


def test_a_foreign_run_folder_is_not_obeyed(nnrun):
    write_table("evil.csv")
    folder = str(nnrun(*TABLE).folder)
    write_table("cell.csv", [EVIL, "unseen" + EVIL, EVIL])

    answers = [
        nnrun("evaluate", folder, "evil.csv"),
        nnrun("evaluate", folder, "cell.csv"),
        nnrun("predict", folder, "cell.csv", "-o", "answers.csv"),
        nnrun("again", folder, f"optimizer={EVIL}"),
        nnrun("resume", folder),
    ]

    assert {answer.code for answer in answers} <= {0, 2}
    for answer in answers:
        assert visible_lines(answer.out + answer.err) == answer.out + answer.err


class Terminal(io.StringIO):
    """What a terminal is sent."""

    encoding = "ascii"

    def isatty(self) -> bool:
        return True


def test_a_terminal_gets_no_controls_but_those_of_its_own_colours_and_bars(nnrun, monkeypatch):
    write_table("evil.csv")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("CI", raising=False)
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    monkeypatch.setattr(sys, "stderr", terminal)

    sweep = ["-m", *TABLE, "dataset.target=y,z", f"dataset.drop=[],[{MARKUP!r}]"]
    codes = [exit_code(list(TABLE)), exit_code(sweep), exit_code([f"seed={EVIL}"])]

    told = terminal.getvalue()
    assert codes == [0, 2, 2]
    assert "owned" in told
    assert "\x1b]" not in told
    assert "\x1b[2J" not in told
    assert told.isascii()


def test_predictions_are_piped_as_they_are(nnrun):
    write_table("evil.csv")
    folder = str(nnrun(*TABLE).folder)

    printed = nnrun("predict", folder, "evil.csv", "--keep", "all")
    nnrun("predict", folder, "evil.csv", "--keep", "all", "-o", "out.csv")

    assert printed.out == Path("out.csv").read_bytes().decode()
    assert EVIL in printed.out
    assert json.loads(nnrun("predict", folder, "evil.csv", "--json").out)["run"] == folder
