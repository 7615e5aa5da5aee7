"""The wheel works where there is no checkout: installed beside the dependencies, it trains from an empty folder."""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).resolve().parent.parent
PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check"]

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel, built from the checkout; hatchling is fetched unless it is there."""
    folder = tmp_path_factory.mktemp("wheel")
    here = ["--no-build-isolation"] if importlib.util.find_spec("hatchling") else []
    subprocess.run([*PIP, "wheel", "--no-deps", *here, "-w", folder, ROOT], check=True)
    return next(folder.glob("nnrun-*.whl"))


@pytest.fixture(scope="module")
def site(wheel, tmp_path_factory):
    """A folder in which the wheel is installed, and nothing else."""
    folder = tmp_path_factory.mktemp("site")
    subprocess.run([*PIP, "install", "--no-deps", "--no-index", "--target", folder, wheel], check=True)
    return folder


def python(site, folder, *words):
    """Python in `folder` with the wheel's nnrun in front of the checkout's; -P keeps the current folder out."""
    env = {**os.environ, "PYTHONPATH": str(site)}
    return subprocess.run(
        [sys.executable, "-P", *words], cwd=folder, env=env, capture_output=True, text=True, check=True
    )


def test_conf_ships_within_the_package(wheel):
    shipped = {name for name in ZipFile(wheel).namelist() if name.endswith(".yaml")}

    chosen = {f"nnrun/conf/{path.relative_to(ROOT / 'conf').as_posix()}" for path in (ROOT / "conf").rglob("*.yaml")}

    assert shipped == chosen


def test_the_wheel_holds_the_package_and_nothing_else(wheel):
    tops = {name.split("/")[0] for name in ZipFile(wheel).namelist()}

    assert tops == {"nnrun", f"{wheel.name.split('-py3')[0]}.dist-info"}


def test_the_wheel_trains_from_an_empty_folder(site, tmp_path):
    found = python(site, tmp_path, "-c", "import nnrun, nnrun.catalogue as c; print(nnrun.__file__, c.builtin_conf())")
    python(site, tmp_path, "-m", "nnrun", "experiment=smoke")

    file, conf = found.stdout.split()
    assert Path(file).is_relative_to(site)
    assert Path(conf).is_relative_to(site)
    (run,) = (tmp_path / "outputs" / "arkoma").iterdir()
    assert json.loads((run / "run.json").read_text())["status"] == "done"
    assert json.loads((run / "summary.json").read_text())["test"]["r2"] > 0.3
