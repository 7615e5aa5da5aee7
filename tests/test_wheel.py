"""What is published: an sdist that has everything, and a wheel that works without a checkout."""

import importlib.util
import json
import os
import subprocess
import sys
import sysconfig
import tarfile
import venv
from email.parser import BytesParser
from pathlib import Path
from zipfile import ZipFile

import pytest
import yaml

import nnrun

ROOT = Path(__file__).resolve().parent.parent
PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check"]


@pytest.fixture(scope="module")
def tools(tmp_path_factory):
    """The environment in which hatchling can be imported; it is fetched unless it is there."""
    if importlib.util.find_spec("hatchling"):
        return os.environ
    folder = tmp_path_factory.mktemp("tools")
    subprocess.run([*PIP, "install", "--target", folder, "hatchling"], check=True)
    return {**os.environ, "PYTHONPATH": str(folder)}


@pytest.fixture(scope="module")
def sdist(tools, tmp_path_factory):
    """The sdist, built from the checkout."""
    folder = tmp_path_factory.mktemp("sdist")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", folder]
    subprocess.run(build, cwd=ROOT, env=tools, check=True)
    return next(folder.glob("nnrun-*.tar.gz"))


@pytest.fixture(scope="module")
def wheel(sdist, tools, tmp_path_factory):
    """The wheel, built from the sdist."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [*PIP, "wheel", "--no-deps", "--no-index", "--no-build-isolation", "-w", folder, sdist]
    subprocess.run(build, env=tools, check=True)
    return next(folder.glob("nnrun-*.whl"))


@pytest.fixture(scope="module")
def clean(wheel, tmp_path_factory):
    """An environment of its own: the wheel, and the dependencies borrowed from here."""
    folder = tmp_path_factory.mktemp("clean")
    venv.create(folder, with_pip=False)
    home = Path(sysconfig.get_path("purelib", vars={"base": str(folder), "platbase": str(folder)}))
    subprocess.run(
        [*PIP, "--python", folder, "install", "--no-deps", "--no-index", wheel], check=True
    )
    # the checkout stays away: a .pth file in a folder that a .pth file names is not followed
    home.joinpath("borrowed.pth").write_text(sysconfig.get_path("purelib"))
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


def about(wheel):
    """The folder of a wheel that tells about it."""
    return f"{wheel.name.split('-py3')[0]}.dist-info"


@pytest.mark.slow
def test_the_sdist_holds_what_the_tests_look_at(sdist):
    with tarfile.open(sdist) as archive:
        held = {name.partition("/")[2] for name in archive.getnames()}

    folders = [ROOT / name for name in ("nnrun", "conf", "tests", "docs", "benchmarks", ".ci")]
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    singly = ("LICENSE", "CITATION.cff", "pyproject.toml", "constraints.txt", "Makefile")
    pages = [*ROOT.glob("*.md"), *(ROOT / name for name in singly)]
    wanted = {
        path.relative_to(ROOT).as_posix() for path in (*files, *pages) if path.suffix != ".pyc"
    }
    assert held - wanted == {"PKG-INFO", ".gitignore"}
    assert wanted <= held


@pytest.mark.slow
def test_conf_ships_within_the_package(wheel):
    shipped = {name for name in ZipFile(wheel).namelist() if name.endswith(".yaml")}

    chosen = {
        f"nnrun/conf/{path.relative_to(ROOT / 'conf').as_posix()}"
        for path in (ROOT / "conf").rglob("*.yaml")
    }

    assert shipped == chosen


@pytest.mark.slow
def test_the_wheel_holds_the_package_and_nothing_else(wheel):
    tops = {name.split("/")[0] for name in ZipFile(wheel).namelist()}

    assert tops == {"nnrun", about(wheel)}


@pytest.mark.slow
def test_the_wheel_tells_what_it_is(wheel):
    with ZipFile(wheel) as archive:
        told = BytesParser().parsebytes(archive.read(f"{about(wheel)}/METADATA"))
        licence = archive.read(f"{about(wheel)}/licenses/LICENSE").decode()
        typed = archive.read("nnrun/py.typed")

    assert (told["Name"], told["Version"]) == ("nnrun", nnrun.__version__)
    assert told["License-Expression"] == "Apache-2.0"
    assert told["Requires-Python"] == ">=3.11"
    assert "Typing :: Typed" in told.get_all("Classifier")
    assert told["Description-Content-Type"] == "text/markdown"
    assert (
        told.get_payload(decode=True).decode().strip()
        == (ROOT / "README.md").read_text(encoding="utf-8").strip()
    )
    assert licence == (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert typed == b""


@pytest.mark.slow
def test_the_wheel_trains_from_an_empty_folder(clean, tmp_path):
    where = "import sys, nnrun; print(nnrun.__file__, *sys.path, sep='\\n')"
    file, *path = run(clean, tmp_path, "python", "-P", "-c", where).stdout.splitlines()

    run(clean, tmp_path, "nnrun", "experiment=smoke")

    assert Path(file).is_relative_to(clean)
    assert str(ROOT) not in path  # so that its conf cannot have been taken
    (folder,) = (tmp_path / "outputs" / "arkoma").iterdir()
    assert json.loads((folder / "run.json").read_text())["status"] == "done"
    assert json.loads((folder / "summary.json").read_text())["test"]["r2"] > 0.3


def test_the_citation_names_this_version_and_the_robots_data():
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))

    article, data = cited["references"]
    assert cited["version"] == nnrun.__version__
    assert cited["license"] == "Apache-2.0"
    assert cited["authors"] == [{"name": "The nnrun developers"}]
    page = " ".join(
        (ROOT / "docs" / "data.md").read_text(encoding="utf-8").replace("\n> ", " ").split()
    )
    assert f"*{article['title']}.* {article['journal']}, {article['year']}." in page
    assert f"doi:{data['doi']}" in page
