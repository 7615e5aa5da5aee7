"""The command, run inside the test process: a folder of its own, no terminal, one thread."""

import gc
import gzip
import json
import math
import multiprocessing
import os
import re
import shutil
from contextlib import chdir, contextmanager, suppress
from copy import deepcopy
from dataclasses import dataclass
from functools import cache, reduce, wraps
from hashlib import sha256
from itertools import product
from multiprocessing.forkserver import ensure_running
from operator import getitem
from pathlib import Path

import numpy as np
import pytest
from fork_server import LOADED, programs_of
from parsed import parse_once

from nnrun.cli.door import exit_code
from nnrun.config.catalogue import groups
from nnrun.config.compose import compose_choices
from nnrun.config.user_options import options_of
from nnrun.engine.libraries import set_library_defaults
from nnrun.garbage import uncollected
from nnrun.parts.dataset.images import FILES
from nnrun.runs.folder import RunFolder
from nnrun.runs.job import Job
from nnrun.sweeps import pool
from nnrun.sweeps.pool import WorkerPool, WorkerProcess

set_library_defaults()


def pytest_addoption(parser):
    parser.addoption("--lessons", action="store_true", help="run the long lessons too")
    parser.addoption("--trust", action="store_true", help="run all numbers of tests/trust, too")


def pytest_configure(config):
    """Let rows lie where they may: in Python, any beyond the training rows are warned of."""
    beyond = "ignore:.*outside the range of training:UserWarning"
    config.addinivalue_line("filterwarnings", beyond)


def pytest_collection_modifyitems(config, items):
    """Leave out what takes long, unless it is asked for.

    A marker in addopts would not do: whoever types another -m replaces it.
    """
    unasked = [
        marker
        for marker, flag in (("lesson", "--lessons"), ("trust", "--trust"))
        if not config.getoption(flag)
    ]
    long = [item for item in items if any(map(item.get_closest_marker, unasked))]
    items[:] = [item for item in items if item not in long]
    config.hook.pytest_deselected(items=long)


@pytest.hookimpl(wrapper=True)
def pytest_collection():
    """Let Python not look for garbage among modules and tests, neither while they are made nor later."""
    with uncollected():
        collected = yield
        gc.freeze()
    return collected


@contextmanager
def set_so(setter, value, usual):
    """Set something for a while."""
    setter(value)
    try:
        yield
    finally:
        setter(usual)


@pytest.fixture(params=["autocast", "double", "inference", "device", "products"])
def ambient(request):
    """What a program may have set of torch around what it calls."""
    import torch  # after the defaults of its libraries are set

    double = torch.set_default_dtype, torch.float64, torch.float32
    products = torch.set_float32_matmul_precision, "medium", "highest"
    ways = {
        "autocast": lambda: torch.autocast("cpu", torch.bfloat16),
        "double": lambda: set_so(*double),
        "inference": torch.inference_mode,
        "device": lambda: torch.device("meta"),
        "products": lambda: set_so(*products),
    }
    return ways[request.param]


@pytest.fixture
def retell():
    """Let the record of a run tell of its files as they are now."""

    def retold(folder: Path) -> None:
        record = json.loads((folder / "run.json").read_text())
        run = RunFolder(folder)
        run.put_record("run.json", {**record, "files": run.manifest()})

    return retold


@pytest.fixture
def untold():
    """List the files in the folder of a run that its record does not tell of."""

    def files(folder: Path) -> set[str]:
        there = {
            path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()
        }
        return there - {"run.json", *json.loads((folder / "run.json").read_text())["files"]}

    return files


FORKED = Path(__file__).parent / "forked"
SMALL = ("training.epochs=2", "output.pictures=false", "output.baselines=false")


@pytest.fixture(scope="session", autouse=True)
def parsed_once():
    """Let Hydra parse each file of options once."""
    parse_once()


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory):
    """Let lists of runs be kept for this session alone."""
    os.environ["NNRUN_CACHE"] = str(tmp_path_factory.mktemp("cache"))


@pytest.fixture
def one_thread():
    """Let torch take one thread."""
    import torch  # here, as many tests need none of it

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session", autouse=True)
def unsynced():
    """Let nothing wait until a disk has written, which a run asks for thirty times.

    That it asks, and when, is told where tests listen: in runs/test_folder.py, runs/test_ledger.py, trust/test_controls.py.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", os.fstat)  # which refuses what is not open, too
        yield


@dataclass(frozen=True)
class Ran:
    """What a command left: its exit code, what it printed, and the folders it made."""

    code: int
    out: str
    err: str
    folders: list[Path]

    @property
    def folder(self) -> Path:
        (only,) = self.folders
        return only

    def read(self, name: str) -> str:
        return (self.folder / name).read_text()

    def json(self, name: str) -> dict:
        return json.loads(self.read(name))


@pytest.fixture
def nnrun(tmp_path, monkeypatch, capfd):
    """Run the command in an empty folder: nnrun("dataset=digits") gives a Ran."""
    monkeypatch.chdir(tmp_path)

    def run(*words: str) -> Ran:
        before = set(Path("outputs").glob("*/*"))
        code = exit_code(list(words))
        out, err = capfd.readouterr()
        return Ran(code, out, err, sorted(set(Path("outputs").glob("*/*")) - before))

    return run


@pytest.fixture(scope="session")
def left_before() -> dict:
    """What commands have left that `once` has run, by their words and the files that they found."""
    return {}


@pytest.fixture
def once(nnrun, left_before, tmp_path_factory):
    """Run a command as `nnrun` does, but only once in a session: who asks again gets a copy of what it left.

    For runs that a test only begins from; what they left may be changed.
    """

    def run(*words: str) -> Ran:
        asked = words, sums_in(Path())
        if asked in left_before:
            ran, left = left_before[asked]
            shutil.copytree(left, ".", symlinks=True, dirs_exist_ok=True)
            return ran
        ran, left = nnrun(*words), tmp_path_factory.mktemp("once")
        shutil.copytree(".", left, symlinks=True, dirs_exist_ok=True)
        left_before[asked] = ran, left
        return ran

    return run


def sums_in(folder: Path) -> tuple[tuple[str, str], ...]:
    """Sum up each file in a folder, by its path."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return tuple((str(path), sha256(path.read_bytes()).hexdigest()) for path in files)


@pytest.fixture(scope="session")
def processes():
    """What begins processes that have torch already, forked from one that has loaded it once."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(LOADED)
    # it looks for modules where it begins, whatever this process has on its path
    with chdir(FORKED):
        ensure_running()
    return context


@pytest.fixture(scope="session")
def fork_server(processes, tmp_path_factory):
    """Begins what serves such processes when it is first called, and gives their programs."""
    return cache(lambda: programs_of(processes, tmp_path_factory.mktemp("programs")))


@pytest.fixture(scope="session")
def programs(fork_server) -> Path:
    """A folder with `nnrun` and `python`, which are such processes."""
    return fork_server()


@pytest.fixture(scope="session")
def forked_worker(programs) -> dict:
    """What a process of its own is told so that its workers are such processes."""
    python = str(programs / "python")
    return {
        "nnrun.sweeps.pool.WORKER": [python, *pool.WORKER[1:]],
        "nnrun.sweeps.pool.can_fork": bool,
    }


@pytest.fixture(scope="session", autouse=True)
def forked_workers(fork_server):
    """Let workers of sweeps be such processes too; who wants others takes what is wrapped here."""
    usual = WorkerPool.start_one

    @wraps(usual)
    def start_one(workers: WorkerPool) -> WorkerProcess:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(pool, "WORKER", [str(fork_server() / "python"), *pool.WORKER[1:]])
            return usual(workers)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WorkerPool, "start_one", start_one)
        patch.setattr(pool, "can_fork", bool)
        yield


@pytest.fixture
def small(nnrun):
    """The same for a training of two epochs, without pictures and baselines."""

    def run(*words: str) -> Ran:
        given = {word.partition("=")[0] for word in words}
        return nnrun(*(word for word in SMALL if word.partition("=")[0] not in given), *words)

    return run


class Composer:
    """Composes runs as the command does, but each option of a group only once in a session.

    Hydra takes a third of a second for a run. Here composer("model=mlp", "seed=0,1") gives two jobs in
    milliseconds; what it leaves out are mistakes, quotes, intervals and options within options.
    """

    def __init__(self):
        self.composed: dict[str, dict] = {}

    def __call__(self, *words: str) -> list[Job]:
        values = {key: several(text) for key, _, text in (word.partition("=") for word in words)}
        assert len(values) == len(words), "a setting is given twice"
        combinations = product(*values.values())
        return [self.job(dict(zip(values, texts, strict=True))) for texts in combinations]

    def job(self, texts: dict[str, str]) -> Job:
        whole = self.compose("")
        config = {key: value for key, value in whole.items() if key not in ("hydra", "sweep")}
        choices = {key: whole["hydra"]["runtime"]["choices"][key] for key in groups()}
        chosen = {key: texts[key] for key in texts if key in groups()}
        for group, option in chosen.items():
            composed = self.compose(f"{group}={option}")
            # a table brings how long it is learnt
            blocks = [block for block in config if composed[block] != whole[block]]
            config |= {block: composed[block] for block in [group, *blocks]}
        config = deepcopy(config)
        for key in texts.keys() - chosen.keys():
            *path, last = key.split(".")
            block = reduce(getitem, path, config)
            assert last in block, key
            block[last] = plain_value(texts[key])
        choices |= {group: option.strip("[]") for group, option in chosen.items()}
        choices = {group: option for group, option in choices.items() if option}
        return Job(followed(config, config), [f"{key}={texts[key]}" for key in texts], choices)

    def compose(self, choice: str) -> dict:
        if choice not in self.composed:
            with options_of(None):
                self.composed[choice] = compose_choices([choice] if choice else [])
        return self.composed[choice]


def several(text: str) -> list[str]:
    """Split what a word sweeps over: 1,2 or range(2), but not [1,2]."""
    if text.startswith("range("):
        return [str(number) for number in range(*map(int, text[6:-1].split(",")))]
    return re.findall(r"(?:\[[^\]]*\]|[^,\[])+", text)


def plain_value(text: str) -> object:
    if text.startswith("["):
        return [plain_value(item) for item in several(text[1:-1])]
    if text in ("null", "true", "false"):
        return json.loads(text)
    for kind in (int, float):
        with suppress(ValueError):
            return kind(text)
    return text


def followed(node, root: dict):
    """Follow the references of a configuration."""
    if isinstance(node, dict):
        return {key: followed(value, root) for key, value in node.items()}
    if isinstance(node, list):
        return [followed(value, root) for value in node]
    if not isinstance(node, str) or not node.startswith("${"):
        return node
    path = node[2:-1].removeprefix("oc.select:").partition(",")[0].split(".")
    return reduce(lambda block, key: block.get(key), path, root)


@pytest.fixture(scope="session")
def composer() -> Composer:
    return Composer()


@pytest.fixture
def line(tmp_path) -> Path:
    """A table with one input, of which one target is a curve."""
    path = tmp_path / "line.csv"
    path.write_text("x,y\n" + "".join(f"{i / 50},{math.sin(i / 30):.4f}\n" for i in range(120)))
    return path


@pytest.fixture
def houses(tmp_path) -> Path:
    """A table with numbers, a category, and a price that follows from them."""
    rng = np.random.default_rng(0)
    size, town = rng.uniform(40, 200, 200), rng.choice(["Bonn", "Oslo", "Rome"], 200)
    price = 3 * size + 50 * (town == "Rome") + rng.normal(0, 2, 200)
    lines = [f"{s:.1f},{t},{p:.2f}" for s, t, p in zip(size, town, price, strict=True)]
    path = tmp_path / "houses.csv"
    path.write_text("\n".join(["size,town,price", *lines]) + "\n")
    return path


@pytest.fixture
def image_files(tmp_path):
    """Write the four files of an image set, 200 rows to train and 60 to test; one pixel row tells the label."""

    def write(folder: str, zipped: bool = False, side: int = 28) -> Path:
        place, rng = tmp_path / folder, np.random.default_rng(0)
        place.mkdir(parents=True)
        for images, labels, rows in ((*FILES[:2], 200), (*FILES[2:], 60)):
            kinds = (np.arange(rows) % 10).astype(np.uint8)
            pixels = rng.integers(0, 40, (rows, side, side), dtype=np.uint8)
            pixels[:, 3] += 20 * kinds[:, None]
            for name, numbers in ((images, pixels), (labels, kinds)):
                lengths = np.array(numbers.shape, ">u4").tobytes()
                content = bytes([0, 0, 8, numbers.ndim]) + lengths + numbers.tobytes()
                (place / (name + ".gz" * zipped)).write_bytes(
                    gzip.compress(content) if zipped else content
                )
        return place

    return write


@pytest.fixture(scope="session")
def published():
    """The folder of a published image set: shared/data beside the checkout, or what NNRUN_DATA names."""
    beside = Path(__file__).resolve().parent.parent.parent / "shared" / "data"
    places = [Path(os.environ["NNRUN_DATA"])] if os.environ.get("NNRUN_DATA") else [beside]

    def find(name: str) -> Path:
        found = [place / name for place in places if (place / name).is_dir()]
        return (
            found[0]
            if found
            else pytest.skip(f"no {name} in {places[0]}; set NNRUN_DATA to where it is")
        )

    return find


@pytest.fixture(scope="session")
def few_images(published, tmp_path_factory):
    """Write the files of a published image set with the first of its rows alone; gives their folder."""
    made: dict[tuple, Path] = {}

    def cut(name: str, train: int, test: int) -> Path:
        if (name, train, test) not in made:
            source = published(name)  # skips the test where it is not there
            folder = made[name, train, test] = tmp_path_factory.mktemp(name)
            for file in source.iterdir():
                rows = train if "train" in file.name else test
                content = file.read_bytes()
                content = gzip.decompress(content) if file.suffix == ".gz" else content
                (folder / file.name.removesuffix(".gz")).write_bytes(first_rows(content, rows))
        return made[name, train, test]

    return cut


def first_rows(content: bytes, rows: int) -> bytes:
    """Keep the first rows of an IDX file: the number of axes, their lengths, the numbers."""
    axes = content[3]
    lengths = np.frombuffer(content, ">u4", axes, offset=4)
    start = 4 + 4 * axes
    head = content[:4] + rows.to_bytes(4, "big") + content[8:start]
    return head + content[start : start + rows * math.prod(lengths[1:].tolist())]
