"""The wheel works where there is no checkout: installed beside the dependencies, it trains from an empty folder."""

import importlib.util
import json
import os
import subprocess
import sys
import sysconfig
import venv
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
def clean(wheel, tmp_path_factory):
    """An environment of its own: the wheel, and the dependencies borrowed from here, without the checkout."""
    folder = tmp_path_factory.mktemp("clean")
    venv.create(folder, with_pip=False)
    home = Path(sysconfig.get_path("purelib", vars={"base": str(folder), "platbase": str(folder)}))
    subprocess.run(
        [*PIP, "--python", folder, "install", "--no-deps", "--no-index", wheel], check=True
    )
    home.joinpath("borrowed.pth").write_text(
        sysconfig.get_path("purelib")
    )  # .pth files in there are not followed
    return folder


def run(clean, folder, *words):
    """A command of the clean environment, in `folder`."""
    program, *rest = words
    env = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(("PYTHON", "VIRTUAL_ENV"))
    }
    return subprocess.run(
        [clean / "bin" / program, *rest],
        cwd=folder,
        env=env,
        capture_output=True,
        text=True,
        check=True,
    )


def test_conf_ships_within_the_package(wheel):
    shipped = {name for name in ZipFile(wheel).namelist() if name.endswith(".yaml")}

    chosen = {
        f"nnrun/conf/{path.relative_to(ROOT / 'conf').as_posix()}"
        for path in (ROOT / "conf").rglob("*.yaml")
    }

    assert shipped == chosen


def test_the_wheel_holds_the_package_and_nothing_else(wheel):
    tops = {name.split("/")[0] for name in ZipFile(wheel).namelist()}

    assert tops == {"nnrun", f"{wheel.name.split('-py3')[0]}.dist-info"}


def test_the_wheel_trains_from_an_empty_folder(clean, tmp_path):
    where = "import sys, nnrun, nnrun.config.catalogue as c; print(nnrun.__file__, c.builtin_conf(), *sys.path, sep='\\n')"
    file, conf, *path = run(clean, tmp_path, "python", "-P", "-c", where).stdout.splitlines()

    run(clean, tmp_path, "nnrun", "experiment=smoke")

    assert Path(file).is_relative_to(clean)
    assert Path(conf).is_relative_to(clean)
    assert str(ROOT) not in path
    (folder,) = (tmp_path / "outputs" / "arkoma").iterdir()
    assert json.loads((folder / "run.json").read_text())["status"] == "done"
    assert json.loads((folder / "summary.json").read_text())["test"]["r2"] > 0.3
