"""Whatever a file, a configuration or a command line holds is read as it stands there, or refused in lines.

A table that is read is read again by a slow reader of its own, cell by cell. A Mistake is an answer; any other exception
would be a traceback, and fails the test.
"""

import csv
import io
import math
import re
import shutil
from copy import deepcopy
from decimal import Decimal, InvalidOperation

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nnrun.cli.door import exit_code
from nnrun.cli.verbs import VERBS
from nnrun.config.catalogue import builtin_conf
from nnrun.config.experiment import build
from nnrun.config.flags import read_flags
from nnrun.config.overrides import CommandLine
from nnrun.config.parse import read_typed
from nnrun.errors import DONE, FAILED, MISTAKEN, Mistake
from nnrun.parts.dataset import texts

FEW = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
MANY = settings(FEW, max_examples=2000, derandomize=False, print_blob=True)
SOME = settings(FEW, max_examples=25)

# Tables

HEADER = ["size", "town", "age", "y"]
ODD_CELLS = [
    *(
        "",
        " ",
        "0",
        "-0",
        "007",
        "1e5",
        "1E-400",
        "1e400",
        "-inf",
        "NaN",
        "nan",
        "inf",
        "+5",
        ".5",
        "5.",
    ),
    *(
        "1_000",
        "1,5",
        "1.5.2",
        "1 000",
        "1\u00a0000",
        "1\u202f000",
        "1'000",
        "\u22125",
        "\u20135",
        "5-",
        "(5)",
    ),
    *(
        "0x10",
        "0b1",
        "1/2",
        "<5",
        "5%",
        "$5",
        "5 kg",
        "true",
        "TRUE",
        "yes",
        "Yes",
        "NA",
        "?",
        "-",
        "null",
    ),
    *(
        "2020-01-31",
        "31/12/2020",
        "12:30",
        "Bonn",
        "bonn",
        " Rome",
        "R\u00f4me",
        "Rome\u200b",
        "\ufeff7",
    ),
    *(
        "\u0663",
        "\uff11",
        "9007199254740993",
        "1e309",
        "1" * 400,
        "x" * 300,
        "=1+1",
        "\x1b[31m",
        "\t",
        '"',
        "'",
    ),
    *(
        "a;b",
        "a\nb",
        "size",
        "\x00",
        "\x85",
        "\u2028",
        "\x0b",
        "\x1c",
        "None",
        "[1]",
        "${oc.env:HOME}",
        "%s",
        "\\",
    ),
]
ODD_NAMES = [
    "",
    " ",
    "size",
    "Size",
    "y ",
    "1",
    "2.5",
    "NaN",
    "\u200b",
    "a.b",
    "a,b",
    "nan",
    "\ufeffy",
    "'",
    "y\u0301",
]
BYTES = st.sampled_from(list(b'\0\n\r",;\t .x19-_+eE\xff\xe9\xef\xbb\xbf\x1b=#'))


@st.composite
def tables(draw) -> bytes:
    """A table as a person has it, spoilt in a few places."""
    rows = draw(st.integers(0, 30))
    classes = draw(st.booleans())
    table = [list(HEADER)]
    for row in range(rows):
        target = "ab"[row % 2] if classes else f"{row * 7 % 13 + 0.5}"
        table.append([f"{row * 1.5 + 0.25}", ("Bonn", "Rome")[row % 3 % 2], str(row % 9), target])
    for _ in range(draw(st.integers(0, 4))):
        spoil(draw, table)
    raw = written(draw, table)
    for _ in range(draw(st.integers(0, 2))):
        at = draw(st.integers(0, max(0, len(raw) - 1)))
        raw = raw[:at] + bytes([draw(BYTES)]) + raw[at + draw(st.integers(0, 1)) :]
    return raw


def spoil(draw, table: list[list[str]]) -> None:
    """Change a cell, a column, a row or a name."""
    kind = draw(st.sampled_from(["cell", "column", "row", "name", "twice", "cut", "swap"]))
    row = draw(st.integers(0, len(table) - 1))
    column = draw(st.integers(0, max(0, len(table[row]) - 1)))
    if not table[row]:
        return
    if kind == "cell":
        table[row][column] = draw(st.sampled_from(ODD_CELLS) | st.text(max_size=5))
    elif kind == "column":
        texts = draw(st.lists(st.sampled_from(ODD_CELLS), min_size=1, max_size=3))
        for at, cells in enumerate(table[1:]):
            if column < len(cells):
                cells[column] = texts[at % len(texts)]
    elif kind == "name":
        table[0][min(column, len(table[0]) - 1)] = draw(st.sampled_from(ODD_NAMES))
    elif kind == "twice":
        table.insert(row, list(table[row]))
    elif kind == "cut":
        table[row].pop()
    elif kind == "swap" and len(table) > 1:
        table[row], table[-1] = table[-1], table[row]
    else:
        table.insert(row, [draw(st.sampled_from(ODD_CELLS)) for _ in HEADER])


def written(draw, table: list[list[str]]) -> bytes:
    """Write it with some delimiter, end of line and encoding."""
    text = io.StringIO()
    ends = draw(st.sampled_from(["\n", "\n", "\r\n", "\r"]))
    delimiter = draw(st.sampled_from([",", ",", ",", ";", "\t"]))
    csv.writer(text, delimiter=delimiter, lineterminator=ends).writerows(table)
    encoding = draw(st.sampled_from(["utf-8", "utf-8", "utf-8", "utf-8-sig", "latin-1", "utf-16"]))
    return text.getvalue().encode(encoding, "replace")


SETTINGS = {  # of a table, and values that they may take
    "missing": ["median", "drop"],
    "task": ["regression", "classification"],
    "dates": ["parts"],
    "rare": [3],
    "categorical": [["town"], ["size"]],
    "drop": [["town"]],
    "decimal": [","],
    "delimiter": ["semicolon"],
    "encoding": ["latin-1"],
    "missing_values": [["?"]],
    "weight": ["age"],
    "id": ["town"],
    "split.by": ["age"],
    "split.group": ["town"],
}


@st.composite
def wishes(draw) -> dict:
    """A few settings of a table."""
    keys = draw(st.lists(st.sampled_from(list(SETTINGS)), max_size=3, unique=True))
    return {key: draw(st.sampled_from(SETTINGS[key])) for key in keys}


@pytest.fixture
def check_table(tmp_path, monkeypatch, composer):
    """Read a table as a training would, and compare what was read with the slow reading."""
    monkeypatch.chdir(tmp_path)

    def check(raw: bytes, wished: dict) -> None:
        (tmp_path / "rows.csv").write_bytes(raw)
        (job,) = composer("dataset=table", "dataset.path=rows.csv", "dataset.target=y")
        table = job.config["dataset"]
        for key, value in wished.items():
            block = table["split"] if key.startswith("split.") else table
            block[key.removeprefix("split.")] = value
        experiment, told = built(job.config, job)
        assert all(map(is_a_line, told))
        if experiment:
            assert all(map(is_a_line, experiment.prepared.notes))
            compare(experiment, raw, table)

    return check


def built(config: dict, job):
    """Build an experiment, or give the lines by which it is refused."""
    try:
        return build(config, job.overrides, job.choices), []
    except Mistake as mistake:
        return None, [str(problem) for problem in mistake.problems]


def is_a_line(told: str) -> bool:
    return "\n" not in told.strip("\n") and len(told) < 2000


@FEW
@given(tables(), wishes())
def test_a_spoilt_table_is_read_as_it_stands_there_or_refused(check_table, raw, wished):
    check_table(raw, wished)


@pytest.mark.trust
@MANY
@given(tables(), wishes())
def test_two_thousand_spoilt_tables_are_read_as_they_stand_there_or_refused(
    check_table, raw, wished
):
    check_table(raw, wished)


def test_the_negative_control_a_number_that_is_read_otherwise_is_noticed(check_table, monkeypatch):
    table = "\n".join(["size,town,age,y", *(f"{row}.5,u,{row:03},{row}.25" for row in range(20))])
    check_table(table.encode(), {})
    octal = {
        f"{row:03}": float(int(f"{row:03}", 8))
        for row in range(8, 20)
        if not set("89") & set(str(row))
    }
    usual = texts.numbers

    def leaking(cells, decimal):
        values, others = usual(cells, decimal)
        return np.array([octal.get(*pair) for pair in zip(cells, values, strict=True)]), others

    monkeypatch.setattr(texts, "numbers", leaking)

    with pytest.raises(AssertionError):
        check_table(table.encode(), {})


# The slow reading


def compare(experiment, raw: bytes, written_so: dict) -> None:
    """Compare each cell that was read with what stands in the file."""
    data = experiment.data
    delimiter = {"semicolon": ";"}.get(written_so["delimiter"], ",")
    names, rows = read_slowly(
        raw.removeprefix(b"\xef\xbb\xbf").decode(written_so["encoding"]), delimiter
    )
    # a tab or a break within a name is read, and told, as a space
    seen = [re.sub(r"\s*[^\S ]\s*", " ", name.strip()) for name in names]
    places = {name: place for place, name in enumerate(seen)}
    left = [row for row in rows if kept(row, places, data, written_so)]
    assert data.rows == len(left)
    train = set(experiment.rows.train.tolist())
    dated = [f"{name}." for name in data.reading["dates"]]
    for at, column in enumerate(data.columns):
        if not column.name.startswith(tuple(dated)) or column.name in places:
            cells = [without_sign(row[places[column.name]].strip(), written_so) for row in left]
            check_cells(cells, data.inputs[:, at], column.levels, written_so["decimal"], train)
    target = [without_sign(row[places["y"]].strip(), written_so) for row in left]
    known = data.every_class
    values = data.targets if known else data.targets[:, 0]
    check_cells(target, values, known, written_so["decimal"], train)


def read_slowly(text: str, delimiter: str) -> tuple[list[str], list[list[str]]]:
    """Take a text apart sign by sign."""
    rows, row, cell, quoted, started = [], [], "", False, False
    signs = list(text.replace("\r\n", "\n").replace("\r", "\n")) + ["\n"]
    while signs:
        sign = signs.pop(0)
        if quoted and sign == '"' and signs[:1] == ['"']:
            cell += signs.pop(0)
        elif quoted:
            quoted = sign != '"'
            cell += sign if quoted else ""
        elif sign == '"' and not cell.strip(" "):
            quoted, started, cell = True, True, ""
        elif sign == delimiter:
            row, cell, started = [*row, cell], "", True
        elif sign == "\n":
            if row or cell or started:
                rows.append([*row, cell])
            row, cell, started = [], "", False
        else:
            cell += sign
    while rows and not any(cell.strip() for cell in rows[-1]):
        rows.pop()
    return rows[0], rows[1:]


def without_sign(cell: str, written_so: dict) -> str:
    return "" if cell in written_so["missing_values"] else cell


def kept(row: list[str], places: dict[str, int], data, written_so: dict) -> bool:
    """Tell whether a row has what it needs to be learnt from."""

    def there(name: str) -> bool:
        return bool(without_sign(row[places[name]].strip(), written_so))

    if written_so["missing"] == "refuse":
        return True
    apart = data.apart.names if data.apart else ()
    needed = ["y", *apart]
    if written_so["missing"] == "drop":
        learnt = [name for name in places if name and name not in written_so["drop"]]
        needed += [name for name in learnt if name != written_so["id"]]
    return all(map(there, needed))


def check_cells(cells, values, levels, decimal, train) -> None:
    for row, (cell, value) in enumerate(zip(cells, values.tolist(), strict=True)):
        if levels and value == -1:
            assert row not in train
            assert cell not in levels
        elif math.isnan(value):
            assert not cell
        elif levels:
            text = levels[int(value)]
            assert text == cell or number(text, decimal) == number(cell, decimal) is not None
        else:
            assert float(value) == number(cell, decimal)


def number(cell: str, decimal: str) -> float | None:
    """Read a number by another way than the package does."""
    cell = re.sub("[\u2010-\u2013\u2212\ufe63\uff0d]", "-", cell)
    if re.search(r"\d[\u00a0\u2007\u2009\u202f]\d{3}", cell):
        cell = re.sub("[\u00a0\u2007\u2009\u202f]", "", cell)
    if decimal == ",":
        assert "." not in cell
        cell = cell.replace(",", ".")
    try:
        return float(Decimal(cell)) if cell.isascii() and "_" not in cell else None
    except (InvalidOperation, OverflowError):
        return None


# Configurations

ODD_VALUES = [
    *(
        None,
        True,
        False,
        0,
        -1,
        1,
        2,
        10**9,
        2**63,
        10**400,
        0.5,
        1.5,
        -0.0,
        1e-320,
        1e308,
        math.inf,
        math.nan,
    ),
    *(
        "",
        " ",
        "010",
        "yes",
        "auto",
        "none",
        "null",
        "1e5",
        "\x1b[31m",
        "${seed}",
        "???",
        "x" * 5000,
        "adam",
        "/",
        "..",
    ),
    *(
        [],
        [1],
        ["a"],
        [None],
        [[1]],
        [[[]]],
        {},
        {"_target_": "os.system"},
        {"a": 1},
        {1: 2},
        {"": ""},
    ),
]


@st.composite
def spoilt(draw, config: dict) -> dict:
    """A configuration of which a few values are others, or gone, or of new names."""
    config = deepcopy(config)
    for _ in range(draw(st.integers(1, 3))):
        block: dict | list = config
        while True:
            places = list(block) if isinstance(block, dict) else list(range(len(block)))
            if not places:
                break
            place = draw(st.sampled_from(places))
            if not isinstance(block[place], dict | list) or draw(st.booleans()):
                change(draw, block, place)
                break
            block = block[place]
    return config


def change(draw, block, place) -> None:
    kind = draw(st.sampled_from(["value", "value", "value", "gone", "name"]))
    if kind == "value":
        block[place] = deepcopy(draw(st.sampled_from(ODD_VALUES)))
    elif kind == "gone":
        del block[place]
    elif isinstance(block, dict):
        block[draw(st.text(max_size=8))] = block.pop(place)


CHOSEN = [
    ("dataset=iris",),
    ("dataset=moons", "model=residual", "optimizer=sgd", "scheduler=one_cycle"),
    ("dataset=curve", "loss=quantile", "model=polynomial", "regularisation=ema"),
    ("dataset=table", "dataset.path=none.csv", "dataset.target=y", "scheduler=plateau"),
    ("dataset=landscape", "model=point", "loss=height", "optimizer=torch"),
    ("dataset=digits", "model=cnn", "regularisation=mixup", "optimizer=lbfgs"),
]


def check_config(composer, data) -> None:
    words = data.draw(st.sampled_from(CHOSEN))
    (job,) = composer(*words)
    config = data.draw(spoilt(job.config))
    _, told = built(config, job)
    assert all("\n" not in line for line in told)


@FEW
@given(st.data())
def test_a_spoilt_configuration_is_built_or_refused(composer, data):
    check_config(composer, data)


@pytest.mark.trust
@MANY
@given(st.data())
def test_two_thousand_spoilt_configurations_are_built_or_refused(composer, data):
    check_config(composer, data)


# Command lines

KEYS = st.sampled_from(
    [
        *(
            "seed",
            "training.epochs",
            "training.batch_size",
            "optimizer.lr",
            "model.widths",
            "dataset.split.val",
        ),
        *(
            "dataset",
            "model",
            "optimizer",
            "scheduler",
            "loss",
            "regularisation",
            "experiment",
            "output.root",
        ),
        *(
            "model.dropout",
            "scheduler.warmup",
            "sweep.samples",
            "hydra.launcher.workers",
            "dataset.path",
            "lr",
        ),
        *(
            "--config-dir",
            "-m",
            "--json",
            "--cfg",
            "+x",
            "++optimizer.lr",
            "~seed",
            "model@x",
            "optimizer/adam",
            "",
        ),
    ]
)
TEXTS = st.sampled_from(
    [
        *(
            "",
            "1",
            "0",
            "-1",
            "010",
            "1e3",
            "0.1",
            "1,2",
            "1,1",
            "[1,2]",
            "[",
            "]",
            "{a:1}",
            "{",
            "'",
            '"',
            "null",
        ),
        *(
            "adam",
            "adm",
            "iris",
            "moons",
            "table",
            "range(3)",
            "range(1,1)",
            "interval(1,2)",
            "interval(2,1)",
        ),
        *(
            "choice(1,2)",
            "choice()",
            "glob(*)",
            "${seed}",
            "${oc.env:HOME}",
            "${nothing}",
            "$(",
            "???",
            "yes",
            "\t",
        ),
        *(
            "a b",
            "\\",
            "a\nb",
            "\x1b[31m",
            "\u0663",
            "sort(1,2)",
            "shuffle(1,2)",
            "int('a')",
            "=",
            ",",
            "1,",
            "x" * 5000,
        ),
        *(
            "range(0,1,0)",
            "range(0,1e9)",
            "tag(a,b)",
            "extend_list(1)",
            "str(1)",
            "float(x)",
            "bool(1)",
            "json_str(1)",
        ),
    ]
)


@st.composite
def command_lines(draw) -> list[str]:
    verb = draw(st.sampled_from([[], [], ["-m"], ["--json"]]))
    words = draw(st.lists(st.tuples(KEYS, st.sampled_from(["=", "=", "=", ""]), TEXTS), max_size=3))
    typed = ["".join(word) for word in words]
    spoils = st.text(alphabet="=[]{}(),'\"$:.-+~@/ \\\n1a", max_size=3)
    if typed and draw(st.booleans()):
        at = draw(st.integers(0, len(typed) - 1))
        cut = draw(st.integers(0, len(typed[at])))
        typed[at] = typed[at][:cut] + draw(spoils) + typed[at][cut:]
    return ["check", "dataset=iris", *verb, *typed]


def check_words(words: list[str], capfd) -> None:
    code = exit_code(words)
    _, told = capfd.readouterr()
    assert code in (DONE, MISTAKEN, FAILED), told
    assert "Traceback" not in told
    assert all(line.startswith(("error: ", "note: ")) for line in told.splitlines()), told


@SOME
@given(command_lines())
def test_a_spoilt_command_line_is_answered_in_lines(capfd, words):
    check_words(words, capfd)


@pytest.mark.trust
@settings(MANY, max_examples=200)
@given(command_lines())
def test_hundreds_of_spoilt_command_lines_are_answered_in_lines(capfd, words):
    check_words(words, capfd)


@pytest.mark.trust
@MANY
@given(command_lines())
def test_two_thousand_spoilt_command_lines_are_read_or_refused_word_by_word(words):
    try:
        flags, problems = read_flags(words[1:])
    except Mistake as mistake:
        problems = mistake.problems
    else:
        line = CommandLine(None, flags.multirun, list(VERBS))
        problems += read_typed(flags.overrides, line)[1]

    assert all("\n" not in str(problem) for problem in problems)


# Files of options

SNIPPETS = st.sampled_from(
    [
        *(
            "010",
            "1:30",
            "yes",
            "~",
            "null",
            ".inf",
            ".nan",
            "[",
            "]",
            "{",
            "}",
            ":",
            ": ",
            "- ",
            "\t",
            "\n",
            "#",
            "'",
            '"',
        ),
        *(
            "&a ",
            "*a",
            "<<: *a\n",
            "---\n",
            "...\n",
            "%YAML 1.1\n",
            "!!python/object:os.system ",
            "!!binary x",
            "? ",
            "| ",
            "> ",
        ),
        *(
            "${seed}",
            "${",
            "${oc.env:HOME}",
            "???",
            "defaults: [adam]\n",
            "defaults: [mine]\n",
            "_target_: os.system\n",
        ),
        *(
            "# @package _global_\n",
            "hydra: {}\n",
            "lr: 1\n",
            "lr: [1, 2]\n",
            "\x00",
            "\x1b",
            "\ufeff",
            "\u2028",
            "\xe9",
        ),
        *(
            "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n",
            "2024-01-01",
            "0x1F",
            "1_0",
            "=",
            "@",
            "`",
            "%",
        ),
    ]
)
PLACES = ["optimizer/adam", "model/mlp", "experiment/mine", "dataset/iris", "scheduler/cosine"]
OWN = {
    "experiment/mine": "# @package _global_\ndefaults:\n  - override /model: linear\ntraining: {epochs: 3}\n"
}


@st.composite
def option_files(draw) -> tuple[str, str]:
    """An option as a person writes it, spoilt in a few places."""
    place = draw(st.sampled_from(PLACES))
    text = OWN.get(place) or (builtin_conf() / f"{place}.yaml").read_text()
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(text)))
        text = text[:at] + draw(SNIPPETS) + text[at + draw(st.sampled_from([0, 0, 1, 5])) :]
    return place, text


@pytest.fixture
def check_option(tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)

    def check(place: str, text: str) -> None:
        shutil.rmtree("conf", ignore_errors=True)
        file = tmp_path / f"conf/{place}.yaml"
        file.parent.mkdir(parents=True)
        file.write_text(text, encoding="utf-8")
        chosen = ["experiment=mine"] if place in OWN else []
        check_words(["check", "dataset=iris", *chosen], capfd)

    return check


@SOME
@given(option_files())
def test_a_spoilt_file_of_an_option_is_read_or_refused_in_lines(check_option, option):
    check_option(*option)


@pytest.mark.trust
@settings(MANY, max_examples=500)
@given(option_files())
def test_hundreds_of_spoilt_files_of_options_are_read_or_refused_in_lines(check_option, option):
    check_option(*option)
