"""What the README shows is true: commands run, sessions print what stands there, the recipe's part trains."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
CI = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", README, flags=re.DOTALL | re.MULTILINE)
SETUP = [
    text for language, text in BLOCKS if "python3 -m venv" in text
]  # need an index; held against .ci/run instead
RECIPE = [text for language, text in BLOCKS if "Lorentz" in text]  # belongs into nnrun's own files

# Each training of the README takes two epochs here; nothing else about a command is changed.
SHORTER = """\
nnrun() {
  case "$1" in
    ls | show | check | resume | predict | evaluate | --* | -sc) command nnrun "$@" ;;
    *) command nnrun "$@" training.epochs=2 output.pictures=false ;;
  esac
}
"""


def shell(script, folder):
    """A script in bash, with the installed command at hand and no terminal."""
    env = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    return subprocess.run(
        ["bash", "-e", "-o", "pipefail", "-c", script],
        cwd=folder,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@pytest.fixture
def tables(tmp_path, houses):
    """The tables the README speaks of: houses.csv, new.csv without prices, sold.csv with them."""
    header, *rows = houses.read_text().splitlines()
    assert header in README
    (tmp_path / "sold.csv").write_text("\n".join([header, *rows[:20]]) + "\n")
    without = [line.rpartition(",")[0] for line in (header, *rows[:3])]
    (tmp_path / "new.csv").write_text("\n".join(without) + "\n")
    return tmp_path


@pytest.mark.slow
def test_commands_and_python_run_from_top_to_bottom(tables, monkeypatch):
    monkeypatch.chdir(tables)
    first = SETUP[0].rpartition("&&")[2].replace(".venv/bin/", "")

    for language, text in [("bash", first), *BLOCKS]:
        if language == "bash" and text not in SETUP:
            ran = shell(SHORTER + text, tables)
            assert ran.returncode == 0, f"{text}\n{ran.stdout}"
        elif language == "python" and text not in RECIPE:
            exec(compile(text, "README.md", "exec"), {})

    assert (tables / "prices.csv").read_text().count("\n") == 1 + 3


@pytest.mark.parametrize("session", [text for language, text in BLOCKS if language == "console"])
def test_a_session_prints_what_the_readme_shows(session, tmp_path):
    commands = [line.removeprefix("$ ") for line in session.splitlines() if line.startswith("$ ")]
    shown = [line for line in session.splitlines() if not line.startswith("$ ")]

    printed = shell("\n".join(["set +e", *commands]), tmp_path).stdout

    assert printed.splitlines() == shown
    assert not (tmp_path / "outputs").exists()


def test_the_test_command_is_what_ci_runs():
    _, install, test = SETUP[1].strip().replace(".venv/bin/", "").split(" && ")

    assert f"step {install}\n" in CI
    assert f"step {test} -q\n" in CI


def test_the_two_set_ups_differ_only_in_the_tools_for_tests():
    run, test = (block.split(" && ")[:2] for block in SETUP)

    assert " ".join(test).replace("'.[dev]'", ".") == " ".join(run)


@pytest.mark.slow
def test_the_recipe_for_a_new_part_gives_one_that_trains(tmp_path):
    for folder in ("nnrun", "conf"):
        shutil.copytree(
            ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__")
        )
    code, choice = RECIPE
    parts = tmp_path / "nnrun" / "parts"
    with open(parts / "loss.py", "a") as module:
        module.write(code)
    listed = (parts / "__init__.py").read_text()
    (parts / "__init__.py").write_text(listed.replace('"Auto", ', '"Auto", "Lorentz", '))
    (tmp_path / "conf" / "loss" / "lorentz.yaml").write_text(choice)

    # -c sees the current folder before the installed nnrun
    program = "import nnrun.cli.door as door; print(door.__file__, flush=True); door.main()"
    words = ["experiment=smoke", "loss=lorentz"]
    ran = subprocess.run(
        [sys.executable, "-c", program, *words], cwd=tmp_path, capture_output=True, text=True
    )

    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.startswith(str(tmp_path))
    assert "loss lorentz" in ran.stdout.lower()
