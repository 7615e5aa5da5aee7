"""A user's type checker can rely on nnrun's annotations."""

import re
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

PROGRAM = """\
import nnrun
import pandas


def prices(run: str, frame: pandas.DataFrame) -> None:
    model = nnrun.load(run)
    reveal_type(model)
    reveal_type(model.predict)
    reveal_type(model.predict(frame))
    reveal_type(nnrun.train("dataset=iris").model)
    reveal_type(nnrun.sweep("seed=0,1").runs)
"""

# pandas ships no types, and is Any unless the user has installed pandas-stubs. Those of others are
# not looked at here: to read them takes most of the time, and nothing hangs on them.
SETTINGS = """\
[mypy-pandas.*]
ignore_missing_imports = true
[mypy-torch.*,numpy.*,matplotlib.*,rich.*,jinja2.*,omegaconf.*,hydra.*,safetensors.*]
follow_imports = skip
follow_imports_for_stubs = true
"""


@pytest.fixture(scope="module")
def python(tmp_path_factory):
    """An environment in which nnrun is installed: the checkout, and the packages from here."""
    folder = tmp_path_factory.mktemp("typed")
    venv.create(folder, with_pip=False)
    home = sysconfig.get_path("purelib", vars={"base": str(folder), "platbase": str(folder)})
    Path(home, "installed.pth").write_text(f"{ROOT}\n{sysconfig.get_path('purelib')}\n")
    return folder / "bin" / "python"


@pytest.mark.slow
def test_mypy_sees_a_bundle_and_its_predictions(python, tmp_path):
    (tmp_path / "program.py").write_text(PROGRAM)
    (tmp_path / "mypy.ini").write_text(SETTINGS)
    mypy = [sys.executable, "-m", "mypy", "--strict", "--no-pretty", "--python-executable", python]
    cache = ["--cache-dir", ROOT / ".mypy_cache" / "user"]

    told = subprocess.run(
        [*mypy, *cache, "program.py"], cwd=tmp_path, capture_output=True, text=True
    )

    assert told.returncode == 0, told.stdout + told.stderr
    model, predict, predictions, trained, runs = re.findall(r'Revealed type is "(.*)"', told.stdout)
    frame = r"(pandas(\.\w+)*\.DataFrame|Any)"
    assert re.fullmatch(r"nnrun\.bundle(\.\w+)*\.Bundle", model)
    assert trained == model
    assert re.fullmatch(r"(builtins\.)?dict\[(builtins\.)?str, nnrun\.python\.Run\]", runs)
    assert re.fullmatch(rf"def \(table: {frame}.*\) -> {frame}", predict)
    assert re.fullmatch(frame, predictions)
