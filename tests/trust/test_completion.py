"""TAB offers names, and runs nothing that stands in them: asked of a real bash."""

import os
import subprocess
from functools import cache
from pathlib import Path

import pytest

TRAP = "$(touch pwned)"
# As readline would ask: the function of the script gets the word behind the last break.
ASK = """
COMP_LINE=$1 COMP_POINT=${#1} COMP_WORDS=($2) COMP_CWORD=$3
eval "$4"
$5 nnrun "$6" ''
printf '%s\\n' "${COMPREPLY[@]}"
"""
CONTROL = "hydra_bash_completion"


@pytest.fixture
def shell(programs, tmp_path, monkeypatch):
    """Give a bash whose nnrun is this one, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")


def bash(script: str, *words: str) -> str:
    ran = subprocess.run(
        ["bash", "-c", script, "bash", *words], capture_output=True, text=True, check=False
    )
    return ran.stdout


def offered(line: str, script: str, function: str = "_nnrun") -> list[str]:
    current = line.rpartition(" ")[2]
    last = current.rpartition("=")[2] if function == "_nnrun" else current
    words = (line, "nnrun " + "x " * (len(line.split()) - 2) + "x", str(len(line.split(" ")) - 1))
    return bash(ASK, *words, script, function, last).splitlines()


@cache
def installed() -> str:
    return bash("nnrun -sc install=bash")


def option(name: str) -> None:
    Path("conf/optimizer").mkdir(parents=True, exist_ok=True)
    Path("conf/optimizer", f"{name}.yaml").write_text("defaults: [adam]\n")


def test_tab_offers_what_begins_as_the_word_does(shell):
    script = installed()

    assert offered("nnrun optimizer=adam", script) == ["adam", "adamw"]
    assert offered("nnrun che", script) == ["check"]
    assert offered("nnrun show optimizer/adamw", script) == ["optimizer/adamw"]


@pytest.mark.parametrize("name", [TRAP, "`touch pwned`", "a;touch pwned", "a\ntouch pwned", "-x"])
def test_tab_runs_nothing_that_stands_in_a_name(shell, name):
    option(name)
    Path(name.replace("\n", "\\n")).touch()
    Path(name).touch()
    script = installed()

    choices = offered("nnrun optimizer=", script)
    offered("nnrun dataset=table dataset.path=./", script)
    offered(f"nnrun optimizer={name}", script)

    assert "adamw" in choices
    assert not Path("pwned").exists()
    for choice in choices:  # pasted, it is one word
        assert bash(f"set -- {choice}; echo $#").strip() == "1"
    assert not Path("pwned").exists()


@pytest.mark.parametrize("line", [f"nnrun {TRAP}", f"nnrun optimizer={TRAP} a", f"{TRAP}/nnrun a"])
def test_tab_runs_nothing_that_was_typed(shell, line):
    Path("evil").mkdir()

    offered(line, installed())

    assert not Path("pwned").exists()


def test_a_script_that_lets_the_shell_expand_what_is_offered_runs_it(shell):
    option(TRAP)
    hydras = f'{CONTROL}() {{ COMPREPLY=($(compgen -W "$(nnrun -sc query=bash)" -- "$2")); }}'

    offered("nnrun optimizer=", f"export COMP_LINE; {hydras}", CONTROL)

    assert Path("pwned").exists()


@pytest.mark.parametrize("shell_name", ["bash", "zsh", "fish"])
def test_each_shell_has_its_script(nnrun, shell_name):
    script = nnrun("-sc", f"install={shell_name}").out

    assert "nnrun -sc query=" in script
    assert "eval" not in script
    assert nnrun("-sc", f"uninstall={shell_name}").out


def test_a_shell_that_is_not_known_is_told(nnrun):
    assert nnrun("-sc", "install=tcsh").err.startswith("error: -sc: 'install=tcsh' installs")
