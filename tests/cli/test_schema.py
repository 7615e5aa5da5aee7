"""What `nnrun schema` prints holds of real folders, and refuses what nnrun refuses."""

import csv
import json
from copy import deepcopy
from functools import cache

import pytest
import yaml
from jsonschema import Draft202012Validator

from nnrun.cli.schema import FILES, whole
from nnrun.config.catalogue import groups, options
from nnrun.config.settings import read_settings
from nnrun.errors import Mistake
from nnrun.parts.registry import PARTS
from nnrun.runs.record import ENSEMBLE, REFIT

TINY = (
    *("training.epochs=2", "training.device=cpu", "model.widths=[4]"),
    *("output.pictures=false", "output.baselines=false"),
)


@cache
def schema_of(name):
    """What checks a file against its schema."""
    return Draft202012Validator(whole(name))


@pytest.fixture(scope="module")
def of_config():
    return schema_of("config.yaml")


def as_cell(text):
    """What stands in a cell of a table."""
    try:
        return float(text)
    except ValueError:
        return text or None


def contents(path):
    """All that is in a file, or in each line of it."""
    text = path.read_text()
    if path.suffix == ".csv":
        return [
            {k: as_cell(v) for k, v in row.items()} for row in csv.DictReader(text.splitlines())
        ]
    if path.suffix == ".jsonl":
        return [json.loads(line) for line in text.splitlines()]
    return [yaml.safe_load(text) if path.suffix == ".yaml" else json.loads(text)]


@pytest.mark.parametrize("name", FILES)
def test_every_schema_is_one(name):
    Draft202012Validator.check_schema(whole(name))


@pytest.mark.parametrize(
    "words",
    [
        ("dataset=iris", *TINY, "training.ensemble=2"),
        ("dataset=diabetes", *TINY, "dataset.split.test=0"),
        ("dataset=diabetes", *TINY, "dataset.split.folds=2"),
        ("-m", "dataset=moons", *TINY, "optimizer.lr=1e-3,1e-2,1e30", "seed=0,1"),
        (
            "-m",
            "dataset=landscape",
            "model=point",
            "loss=height",
            "training.epochs=3",
            "optimizer=gd,sgd",
        ),
    ],
    ids=[
        "an ensemble",
        "a run without test rows",
        "a run in folds",
        "a sweep in which some failed",
        "a race",
    ],
)
def test_files_of_real_folders_are_as_their_schemas_say(nnrun, words):
    ran = nnrun(*words, *(["hydra.launcher.workers=1"] if "-m" in words else []))
    nnrun("note", str(ran.folder), "seen", "--tag", "good")

    files = [
        path
        for path in ran.folder.rglob("*")
        if path.suffix in (".csv", ".json", ".jsonl", ".yaml")
    ]

    assert {path.name for path in files} <= {*FILES}
    assert len(files) > 6
    for path in files:
        for content in contents(path):
            schema_of(path.name).validate(content)


def test_what_a_model_was_made_of_may_stand_in_its_configuration(composer, of_config):
    (job,) = composer("dataset=iris")

    of_config.validate({**job.config, ENSEMBLE: "sweep: 2 x seed=1"})
    of_config.validate({**job.config, REFIT: "run: 3 epochs on all 150 rows"})


@pytest.mark.parametrize("group", PARTS)
def test_every_option_is_as_its_schema_says(composer, of_config, group):
    for option in options(group):
        (job,) = composer(f"{group}={option}")

        of_config.validate(job.config)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("optimizer.lr", -1.0),
        ("optimizer.lr", "fast"),
        ("optimizer.lr_", 0.1),
        ("optimizer._target_", "os.system"),
        ("training.epochs", 0),
        ("training.epochs", True),
        ("training.precision", "float8"),
        ("training.batch_size", "half"),
        ("dataset.split.val", 1.0),
        ("model.widths", 64),
        ("seed", 2**32),
        ("speed", 1),
    ],
)
def test_what_the_schema_refuses_the_program_refuses(composer, of_config, path, value):
    (job,) = composer()
    config = deepcopy(job.config)
    *above, last = path.split(".")
    block = config
    for step in above:
        block = block[step]
    block[last] = value

    assert not of_config.is_valid(config)
    with pytest.raises(Mistake):
        read_settings(config)


def test_ranges_choices_defaults_and_remarks_are_those_of_conf():
    lr = whole("config.yaml")["$defs"]["optimizer.adam"]["properties"]["lr"]
    split = whole("config.yaml")["$defs"]["dataset.split"]["properties"]

    assert lr["exclusiveMinimum"] == 0
    assert isinstance(lr["default"], float)
    assert split["val"]["description"].startswith("chooses the best epoch")
    assert whole("config.yaml")["$defs"]["sweep"]["properties"]["reuse"] == {"type": "boolean"}
    assert {name.partition(".")[0] for name in whole("config.yaml")["$defs"]} >= {*PARTS} & {
        *groups()
    }


@pytest.mark.parametrize(("typed", "file"), [("run", "run.json"), ("metrics.csv", "metrics.csv")])
def test_a_file_is_named_with_or_without_what_its_name_ends_in(nnrun, typed, file):
    assert json.loads(nnrun("schema", typed).out)["title"] == file


@pytest.mark.parametrize(
    ("typed", "told"), [("sweep", "may be sweep.json, sweep.csv"), ("sumary", "summary.json")]
)
def test_an_unknown_file_is_told_with_the_nearest(nnrun, typed, told):
    ran = nnrun("schema", typed)

    assert ran.code == 2
    assert told in ran.err


def test_an_own_option_that_is_no_yaml_is_told_by_its_path_and_line(nnrun, tmp_path):
    (tmp_path / "conf" / "optimizer").mkdir(parents=True)
    (tmp_path / "conf" / "optimizer" / "dup.yaml").write_text("lr: 1\nlr: 2\n")

    ran = nnrun("schema", "config")

    told = "error: conf/optimizer/dup.yaml, line 2: found duplicate key lr; correct the file\n"
    assert (ran.code, ran.err) == (2, told)
