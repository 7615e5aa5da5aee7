"""The folder of a stranger is data: what is odd in it is refused in a line, and nothing else happens."""

import json
import os
import pickle
import resource
import shutil
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from time import monotonic, process_time

import pytest
import yaml

from nnrun.cli.door import exit_code
from nnrun.engine.memory import addresses
from nnrun.runs.folder import RunFolder
from nnrun.runs.record import ENDING

WORDS = ("dataset=table", "dataset.path=rows.csv", "dataset.target=y", "training.epochs=2")
QUICK = (*WORDS, "model.widths=[4]", "output.pictures=false", "output.baselines=false")
MODEL, TENSORS = "model.json", "model.safetensors"
GIANT = 2**40


@pytest.fixture(scope="module")
def honest(tmp_path_factory):
    """A folder with a run, a sweep and the table that both learnt from."""
    place = tmp_path_factory.mktemp("honest")
    lines = [f"{i / 50},{i % 7}" for i in range(60)]
    (place / "rows.csv").write_text("\n".join(["x,y", *lines]) + "\n")
    before = os.getcwd()
    os.chdir(place)
    try:
        assert exit_code([*QUICK, "output.folder=run"]) == 0
        many = "-m", "seed=0,1", "hydra.launcher.workers=1", "output.folder=sweep"
        assert exit_code([*many, *QUICK]) == 0
    finally:
        os.chdir(before)
    return place


@pytest.fixture
def place(honest, tmp_path, monkeypatch):
    """A copy of that folder, in which one stands; and a canary that nobody may touch."""
    shutil.copytree(honest, tmp_path / "here", symlinks=True)
    (tmp_path / "canary").write_text("alive")
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path / "here"


@pytest.fixture
def refused(place, capfd):
    """Let a command refuse what it was given, in a line that says why, in little time and memory."""

    def refuse(words: tuple[str, ...], *reasons: str) -> None:
        began, waited = process_time(), monotonic()
        with at_most(A_GIGABYTE):
            code = exit_code(list(words))
        took, told = process_time() - began, capfd.readouterr().err
        errors = [line for line in told.splitlines() if not line.startswith("note: ")]
        assert (code, len(errors)) == (2, 1), told
        assert errors[0].startswith("error: ")
        assert any(reason and reason in errors[0] for reason in reasons), told
        assert took < SOON
        assert monotonic() - waited < 6 * SOON  # others may keep the machine busy
        assert (place.parent / "canary").read_text() == "alive"
        assert {path.name for path in place.parent.iterdir()} == {"here", "canary"}

    return refuse


SOON = 10  # seconds of work in which anything odd is refused
A_GIGABYTE = 2**30  # bytes of memory that this may take


@contextmanager
def at_most(more: int) -> Iterator[None]:
    """Let the process have so many more bytes of memory in here, and none beyond."""
    before = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (addresses() + more, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)


PREDICT = ("predict", "run", "rows.csv")
EVALUATE = ("evaluate", "run", "rows.csv")
RESUME, RESUME_SWEEP = ("resume", "run"), ("resume", "sweep")
REPRODUCE, AGAIN = ("reproduce", "run"), ("again", "run", "seed=1")
SAME = tuple(word for word in QUICK if not word.startswith("model."))
PRETRAINED = (*SAME, "model=pretrained", "model.run=run")
READERS = {"predict": PREDICT, "evaluate": EVALUATE}


def sealed(file: Path, **changes: object) -> None:
    """Change a record as somebody would who knows how it is proved."""
    content = {**json.loads(file.read_text()), **changes}
    RunFolder(file.parent).put_record(file.name, content)


def proved(folder: Path, name: str, content: bytes) -> None:
    """Put a file into a run's folder, and let its record tell of it."""
    (folder / name).write_bytes(content)
    record = json.loads((folder / "run.json").read_text())
    files = {**record["files"], name: sha256(content).hexdigest()}
    early = {"config.yaml": "config_sha256", "overrides.txt": "overrides_sha256"}
    more = {early[name]: files[name]} if name in early else {}
    sealed(folder / "run.json", files=files, **more)


def running(folder: Path) -> None:
    """Let a run be one that a kill ended."""
    record = json.loads((folder / "run.json").read_text())
    kept = {key: value for key, value in record.items() if key not in ENDING}
    RunFolder(folder).put_record("run.json", {**kept, "status": "running"})


# Other things in the place of a file


def link(path: Path) -> None:
    path.unlink()
    path.symlink_to(path.parent.parent.parent / "canary")


def pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def device(path: Path) -> None:
    path.unlink()
    path.symlink_to("/dev/zero")


def folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def giant(path: Path) -> None:
    os.truncate(path, GIANT)


def listener(path: Path) -> None:
    path.unlink()
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(path.relative_to(Path.cwd()).as_posix())


NONE = "has no "  # where a file is looked for, there is none
ODD = {
    link: ("is a link",),
    pipe: ("is a named pipe", "is a pipe", NONE),
    device: ("is a link", NONE),
    folder: ("is a folder", NONE),
    giant: ("bytes, more than",),
    listener: ("is a socket", "is a pipe, a socket or a device", NONE),
}
READ_BY = [
    *((name, PREDICT) for name in (MODEL, TENSORS, "run.json")),
    *((name, AGAIN) for name in ("config.yaml", "overrides.txt")),
    *((name, RESUME) for name in ("run.json", "config.yaml")),
    (MODEL, PRETRAINED),
    ("metrics.csv", REPRODUCE),
]


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: odd.__name__)
@pytest.mark.parametrize(("name", "words"), READ_BY, ids=lambda given: str(given[0]))
def test_what_is_no_plain_file_of_its_own_is_refused(odd, name, words, place, refused):
    odd(place / "run" / name)

    refused(words, *ODD[odd])


@pytest.mark.parametrize("odd", [link, pipe, device, giant], ids=lambda odd: odd.__name__)
@pytest.mark.parametrize("name", ["sweep.json", "members.jsonl", "ledger.jsonl"])
def test_so_it_is_in_a_sweep(odd, name, place, refused):
    odd(place / "sweep" / name)

    refused(RESUME_SWEEP, *ODD[odd])


@pytest.mark.parametrize("leads", ["../run", "/", "..", "seed=0/../../run"])
def test_the_best_of_a_sweep_leads_to_a_member(leads, place, refused):
    (place / "sweep" / "best").unlink()
    (place / "sweep" / "best").symlink_to(leads)

    refused(("predict", "sweep/best", "rows.csv"), "which is no member of the sweep")
    refused(RESUME_SWEEP, "which is no member of the sweep")


def test_a_members_folder_in_a_sweep_is_no_link(place, refused):
    (place / "sweep" / "seed=9").symlink_to(place / "run")

    refused(("predict", "sweep/seed=9", "rows.csv"), "is a link, which a sweep's member is not")


def test_a_folder_may_lie_behind_a_link_of_ones_own(place):
    (place / "mine").symlink_to(place / "run")
    (place / "theirs").symlink_to(place)

    assert exit_code(["predict", "mine", "rows.csv"]) == 0
    assert exit_code(["predict", "theirs/run", "rows.csv"]) == 0
    assert exit_code(["predict", "sweep/best", "rows.csv"]) == 0


# What would expand


def filled(path: Path, size: int) -> None:
    """Let a file have so many bytes, of which the disk holds next to none."""
    os.truncate(path, size)


def letters(path: Path) -> None:
    """One text that takes four bytes a letter, once it is read."""
    path.write_bytes(f'{{"format": "{"a" * 60_000_000}\U0001f600"}}'.encode())


def values(path: Path) -> None:
    path.write_bytes(b'{"format": [' + b"0," * 990_000 + b"0]}")


def keys(path: Path) -> None:
    path.write_bytes(b"{" + b",".join(b'"%d":1' % i for i in range(990_000)) + b"}")


def lists(path: Path) -> None:
    path.write_bytes(b'{"format": [' + b"[]," * 490_000 + b"0]}")


@pytest.mark.parametrize("bomb", [letters, values, keys, lists], ids=lambda bomb: bomb.__name__)
def test_json_is_not_expanded_beyond_bounds(bomb, place, refused):
    bomb(place / "run" / "run.json")

    refused(PREDICT, "run.json: ")


@pytest.mark.parametrize("size", [2**26 + 1, 2**30 - 1])
@pytest.mark.parametrize(("name", "words"), READ_BY, ids=lambda given: str(given[0]))
def test_a_file_of_zeros_that_no_disk_holds_is_not_read(size, name, words, place, refused):
    filled(place / "run" / name, size)

    refused(words, f"run/{name}: has ", f"{name} has holes", NONE)


def test_a_header_of_tensors_is_not_expanded_beyond_bounds(place, refused):
    names = b",".join(b'"%d":{}' % i for i in range(10**6))
    with_header(place / "run", b"{" + names + b"}")

    refused(PREDICT, "holds more than 1,000,000 values")


def test_the_negative_control_memory_that_is_taken_is_noticed(place, refused, monkeypatch):
    monkeypatch.setattr("nnrun.reading.proofs.read_own", lambda *_: bytes(A_GIGABYTE + 1))

    with pytest.raises(AssertionError, match="memory ran out"):
        refused(PREDICT, "run")


# YAML

BOMB = "a: &a [1, 1, 1, 1, 1, 1, 1, 1, 1]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)
EVIL = {
    "tag": ("seed: !!python/object/apply:os.system ['echo > ../canary']", "the tag"),
    "new": ("seed: !!python/object/new:subprocess.Popen [[touch, ../evil]]", "the tag"),
    "name": ("seed: !!python/name:os.system", "the tag"),
    "aliases": (BOMB, "an alias"),
    "itself": ("a: &a [*a]", "an alias"),
    "environment": ("seed: ${oc.env:HOME}", "the reference"),
    "nested": ("[" * 20_000, ""),
    "twice": ("seed: 1\nseed: 2", "'seed' twice"),
    "huge": ("seed: " + "9" * 10_000, ""),
    "binary": (b"\xff\xfes\0e\0", "no text in UTF-8"),
    "empty": ("", "is empty"),
    "list": ("- 1", "a list"),
    "megabytes": ("# " + "a" * 2**21, "more than any configuration"),
}


@pytest.mark.parametrize("verb", [AGAIN, RESUME, REPRODUCE], ids=lambda words: words[0])
@pytest.mark.parametrize("kind", EVIL)
def test_a_configuration_is_plain_values(kind, verb, place, refused):
    content, why = EVIL[kind]
    content = content if isinstance(content, bytes) else content.encode()
    proved(place / "run", "config.yaml", content)
    if verb == RESUME:
        running(place / "run")

    refused(verb, why or "run/config.yaml: ")


TARGETS = ["os.system", "subprocess.Popen", "nnrun.parts.model.os", "nnrun.cli.door.main"]


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("verb", [RESUME, REPRODUCE], ids=lambda words: words[0])
def test_a_configuration_names_no_class_but_those_of_the_list(target, verb, place, refused):
    config = yaml.safe_load((place / "run" / "config.yaml").read_text())
    config["model"]["_target_"] = target
    proved(place / "run", "config.yaml", yaml.safe_dump(config).encode())
    running(place / "run")

    refused(verb, f"model._target_='{target}': names no model of nnrun")


@pytest.mark.parametrize(
    "line",
    [
        "hydra.run.dir=/tmp/evil",
        "hydra/launcher=basic",
        "--config-dir=/tmp",
        "+hydra.searchpath=[file:///tmp]",
        "hydra.job.env_set.PATH=/tmp",
        "-m",
    ],
)
def test_what_was_typed_speaks_to_no_hydra(line, place, refused):
    proved(place / "run", "overrides.txt", f"{line}\n".encode())

    refused(AGAIN, "which is no setting of a run")


def test_what_was_typed_looks_nothing_up(place, monkeypatch, capfd):
    monkeypatch.setenv("SECRET", "hunter2")
    lines = (place / "run" / "overrides.txt").read_text() + "dataset.id=${oc.env:SECRET}\n"
    proved(place / "run", "overrides.txt", lines.encode())

    code = exit_code(list(AGAIN))

    assert code == 0
    assert "hunter2" not in "".join(capfd.readouterr())
    assert not any("hunter2" in file.read_text() for file in place.rglob("*.yaml"))


# JSON, of which every record and every model is made

WRONG = {
    "empty": b"",
    "list": b"[]",
    "null": b"null",
    "text": b'"text"',
    "number": b"1",
    "cut": b'{"format": 1',
    "infinite": b'{"format": 1e999}',
    "no number": b'{"format": NaN}',
    "deep": b'{"a":' * 100_000,
    "deep list": b"[" * 100_000,
    "twice": b'{"format": 1, "format": 1}',
    "mark": b"\xef\xbb\xbf{}",
    "latin": b'{"format": "\xe9"}',
    "half": b'{"format": "\\ud800"}',
    "nul": b'{"format": "\\u0000"}',
    "large": b'{"format": ' + b"9" * 5000 + b"}",
    "wide": b"\xff\xfe{\0}\0",
}
JSON_READ_BY = [("run", "run.json", PREDICT), ("run", "run.json", RESUME), ("run", MODEL, PREDICT)]
JSON_READ_BY += [("sweep", "sweep.json", RESUME_SWEEP)]


@pytest.mark.parametrize("kind", WRONG)
@pytest.mark.parametrize(("home", "name", "words"), JSON_READ_BY, ids=str)
def test_json_that_is_none_is_told_with_its_file(kind, home, name, words, place, refused):
    (place / home / name).write_bytes(WRONG[kind])
    if name == MODEL:
        proved(place / home, name, WRONG[kind])

    refused(words, f"{home}/{name}: ")


def every_place(value: object, path: tuple = ()):
    """Go through the places in plain values."""
    yield path
    inner = value.items() if isinstance(value, dict) else ()
    inner = enumerate(value[:1]) if isinstance(value, list) else inner
    for key, one in inner:
        yield from every_place(one, (*path, key))


def with_other(value: object, path: tuple, other: object) -> object:
    """Put something else at a place."""
    if not path:
        return other
    key, *rest = path
    made = {**value} if isinstance(value, dict) else [*value]
    made[key] = with_other(value[key], tuple(rest), other)
    return made


@pytest.mark.parametrize("other", [3, "text", None, [], {}, True, -1], ids=repr)
@pytest.mark.parametrize(
    ("home", "name", "words"),
    [("run", MODEL, PREDICT), ("run", "run.json", RESUME), ("sweep", "sweep.json", RESUME_SWEEP)],
    ids=str,
)
def test_another_value_at_any_place_makes_no_fault(other, home, name, words, honest, place, capfd):
    content = json.loads((honest / home / name).read_text())
    for path in every_place(content):
        if home == "sweep" and path not in [(key,) for key in content]:
            continue
        changed = with_other(content, path, other)
        if name == MODEL:
            proved(place / home, name, json.dumps(changed).encode())
        elif isinstance(changed, dict):
            RunFolder(place / home).put_record(name, changed)

        code = exit_code(list(words))

        said = capfd.readouterr().err
        assert code in (0, 2), (path, said)
        assert "Traceback" not in said, (path, said)


# Tensors


def with_header(folder: Path, header: object, length: int | None = None) -> None:
    """Give a file of tensors another header, before the numbers that it has."""
    content = (folder / TENSORS).read_bytes()
    numbers = content[8 + int.from_bytes(content[:8], "little") :]
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    told = (len(text) if length is None else length).to_bytes(8, "little")
    proved(folder, TENSORS, told + text + numbers)


def header_of(folder: Path) -> dict:
    content = (folder / TENSORS).read_bytes()
    return json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])


def huge(header: dict) -> dict:
    name = next(iter(header))
    return {**header, name: {**header[name], "shape": [2**20, 2**20]}}


def elsewhere(header: dict) -> dict:
    name = next(iter(header))
    return {**header, name: {**header[name], "data_offsets": [0, 2**40]}}


FORGED = {
    "of gigabytes": huge,
    "elsewhere": elsewhere,
    "below zero": lambda header: {
        name: {**told, "shape": [-1, *told["shape"][1:]]} for name, told in header.items()
    },
    "of another type": lambda header: {
        name: {**told, "dtype": "PICKLE"} for name, told in header.items()
    },
    "of wider numbers": lambda header: {
        name: {**told, "dtype": "F64"} for name, told in header.items()
    },
    "with a way out": lambda header: {f"../../{name}": told for name, told in header.items()},
    "overlapping": lambda header: dict.fromkeys(header, next(iter(header.values()))),
    "none": lambda header: {},
    "no settings": lambda header: [],
    "of no shape": lambda header: {name: {"dtype": "F32"} for name in header},
    "of numbers": lambda header: dict.fromkeys(header, 3),
}


@pytest.mark.parametrize("words", READERS.values(), ids=READERS)
@pytest.mark.parametrize("kind", FORGED)
def test_a_forged_header_of_tensors_is_refused(kind, words, place, refused):
    with_header(place / "run", FORGED[kind](header_of(place / "run")))

    refused(words, "run: the bundle cannot be read (")


@pytest.mark.parametrize("length", [0, 2**20, 2**40, 2**64 - 1])
def test_so_is_a_length_that_is_none(length, place, refused):
    with_header(place / "run", header_of(place / "run"), length)

    refused(PREDICT, "run: the bundle cannot be read (")


def test_so_are_tensors_that_stand_twice(place, refused):
    text = json.dumps(header_of(place / "run"))
    name = json.dumps(next(iter(header_of(place / "run"))))
    told = json.dumps(header_of(place / "run")[json.loads(name)])
    with_header(place / "run", f"{text[:-1]}, {name}: {told}}}".encode())

    refused(PREDICT, "twice")


class Evil:
    def __reduce__(self):
        return os.system, ("echo dead > ../canary",)


@pytest.mark.parametrize("name", [TENSORS, MODEL, "run.json", "config.yaml"])
def test_a_pickle_is_nothing_under_any_name(name, place, refused):
    for words in (PREDICT, RESUME, AGAIN):
        content = pickle.dumps(Evil())
        (place / "run" / name).write_bytes(content)
        if name != "run.json":
            proved(place / "run", name, content)
        if (name == "config.yaml") == (words == AGAIN) and (words != RESUME or name == "run.json"):
            refused(words, "run")


# Models that promise more than there is

OWN = "a network of one's own"
REASONS = {
    "wide": ("its tensors are not those of this model",),
    "long": ("its model has more pieces than there are tensors",),
    "of another run": ("model Pretrained would be read from another folder",),
    "of no list": ("model 'os.system' is not one of Mlp",),
    "of code": ("would run code of os; if you trust it", OWN),
    "of a module's class": ("model.arguments: is missing",),
    "deep": ("its model has more pieces than there are tensors", OWN),
}
PROMISES = {
    "wide": {"widths": [10**6, 10**6]},
    "long": {"widths": [4] * 100_000},
    "of another run": {"kind": "Pretrained", "run": "/", "last": "keep", "freeze": "none"},
    "of no list": {"kind": "os.system"},
    "of code": {"kind": "Module", "module": "os:system", "arguments": {}},
    "of a module's class": {"kind": "Module", "module": "torch.nn:ModuleNotFoundError"},
    "deep": {"kind": "Module", "module": "torch.nn:LSTM", "arguments": {"num_layers": 10**9}},
}


@pytest.mark.parametrize("words", [PREDICT, PRETRAINED], ids=["predict", "pretrained"])
@pytest.mark.parametrize("kind", PROMISES)
def test_a_model_that_is_not_that_of_its_tensors_is_refused(kind, words, place, refused):
    about = json.loads((place / "run" / MODEL).read_text())
    model = PROMISES[kind] if "kind" in PROMISES[kind] else {**about["model"], **PROMISES[kind]}
    proved(place / "run", MODEL, json.dumps({**about, "model": model}).encode())

    refused(words, *REASONS[kind])


# Sweeps


@pytest.mark.parametrize("name", ["../evil", "..", "", "a/b", "a\nb", "best", ".lock", "log.txt"])
def test_a_member_is_a_folder_of_the_sweep(name, place, refused):
    lines = (place / "sweep" / "members.jsonl").read_text().splitlines()
    members = list(map(json.loads, lines))
    members[0]["name"] = name
    text = "".join(f"{json.dumps(member)}\n" for member in members)
    (place / "sweep" / "members.jsonl").write_text(text)
    sealed(place / "sweep" / "sweep.json", members_sha256=sha256(text.encode()).hexdigest())

    refused(RESUME_SWEEP, "is no name of a member")


@pytest.mark.parametrize("named", ["trap", ".", "/"])
def test_no_folder_is_entered_that_a_sweep_names(named, place):
    (place.parent / "trap").mkdir()
    (place.parent / "trap" / "rows.csv").write_text("x,y\n1,2\n")
    sealed(place / "sweep" / "sweep.json", cwd=str(place.parent / named))

    assert exit_code(list(RESUME_SWEEP)) == 0

    assert Path.cwd() == place


def test_a_sweep_stands_where_it_began_wherever_it_is_gone_on_with(place, monkeypatch):
    monkeypatch.chdir(place.parent)

    assert exit_code(["resume", "here/sweep"]) == 2  # of a copy, which began elsewhere
    sealed(place / "sweep" / "sweep.json", cwd=str(place))
    assert exit_code(["resume", "here/sweep"]) == 0


@pytest.mark.parametrize("changes", [{"threads": 10**6}, {"threads": -1}, {"device": "meta"}])
def test_a_machine_that_cannot_be_is_refused(changes, place, refused):
    sealed(place / "run" / "run.json", **changes)

    refused(RESUME, "run/run.json: tells of ")


# What lies beside


def test_nothing_is_fetched_for_a_folder(place, refused, monkeypatch):
    monkeypatch.setenv("SCIKIT_LEARN_DATA", str(place / "empty"))
    config = yaml.safe_load((place / "run" / "config.yaml").read_text())
    split, scale = config["dataset"]["split"], config["dataset"]["scale"]
    target = {"_target_": "nnrun.parts.dataset.California"}
    config["dataset"] = {**target, "split": split, "scale": scale}
    proved(place / "run", "config.yaml", yaml.safe_dump(config).encode())
    proved(place / "run", "overrides.txt", b"")
    record = json.loads((place / "run" / "run.json").read_text())
    sealed(place / "run" / "run.json", choices={**record["choices"], "dataset": "california"})
    running(place / "run")

    refused(RESUME, "nothing is for what a folder asks")


DECOY = "from pathlib import Path\nPath('{}').write_text('dead')\n"


@pytest.mark.parametrize("by", ["module", "script"])
def test_modules_beside_the_data_are_not_run(by, place):
    import subprocess

    code = DECOY.format(place.parent / "canary")
    for name in ("yaml", "torch", "numpy", "hydra", "sitecustomize", "usercustomize"):
        (place / f"{name}.py").write_text(code)
    (place / "hydra_plugins").mkdir()
    (place / "hydra_plugins" / "evil.py").write_text(code)
    script = "import sys; from nnrun.cli import main; sys.argv[0] = 'nnrun'; main()"
    command = ["-m", "nnrun"] if by == "module" else ["-P", "-c", script]

    done = subprocess.run([sys.executable, *command, "check", *QUICK], capture_output=True)

    assert done.returncode == 0, done.stderr
    assert (place.parent / "canary").read_text() == "alive"


def test_an_option_of_aliases_is_not_expanded(place, refused):
    (place / "conf" / "optimizer").mkdir(parents=True)
    (place / "conf" / "optimizer" / "bomb.yaml").write_text(BOMB)

    refused((*QUICK, "optimizer=bomb"), "stands for more than 100,000 values")


@pytest.mark.parametrize("odd", [pipe, giant], ids=lambda odd: odd.__name__)
def test_a_table_is_a_file_that_ends(odd, place, refused):
    shutil.copy("rows.csv", "odd.csv")
    odd(place / "odd.csv")

    refused(("predict", "run", "odd.csv"), "odd.csv")
    refused((*QUICK, "dataset.path=odd.csv"), "odd.csv")
