"""nnrun again trains what a run was, with a difference, also what an earlier version left."""

import json
import shutil
from pathlib import Path

import pytest
import yaml

EARLIER = Path(__file__).parent.parent / "fixtures" / "0.1.0"
TABLE = ("dataset=table", "dataset.target=price", "model.widths=[8]", "optimizer.lr=1e-2")


@pytest.fixture
def run(small, houses):
    """A run on houses, with a folder of its own."""
    small(*TABLE, f"dataset.path={houses}", "output.folder=first")
    return Path("first")


def config(folder):
    return yaml.safe_load((Path(folder) / "config.yaml").read_text())


def test_without_a_difference_it_is_the_same_run_but_for_its_folder(run, nnrun):
    ran = nnrun("again", "first")

    assert ran.code == 0, ran.err
    assert (ran.folder / "model.safetensors").read_bytes() == (
        run / "model.safetensors"
    ).read_bytes()
    assert config(ran.folder)["output"]["folder"] is None


def test_a_sign_that_parts_lines_elsewhere_stays_in_its_setting(small, houses, nnrun):
    small(*TABLE, f"dataset.path={houses}", "output.folder='one\u2028two'")

    ran = nnrun("again", "one\u2028two", "seed=3")

    assert ran.code == 0, ran.err
    assert config(ran.folder)["seed"] == 3


def test_what_is_typed_behind_it_differs_and_the_rest_stays(run, nnrun):
    ran = nnrun("again", "./first", "optimizer.lr=1e-4", "regularisation.dropout=0.1")

    first, second = config(run), config(ran.folder)
    assert second["optimizer"]["lr"] == 1e-4
    assert second["model"]["dropout"] == second["regularisation"]["dropout"] == 0.1
    assert second["dataset"] == first["dataset"]
    assert second["training"] == first["training"]


def test_a_group_that_is_chosen_anew_brings_its_own_defaults(run, nnrun):
    ran = nnrun("again", "first", "model=residual", "optimizer=adam", "--json")

    told = config(json.loads(ran.out)["folder"])
    assert told["model"]["_target_"] == "nnrun.parts.model.Residual"
    assert "widths" not in told["model"]
    assert told["optimizer"]["lr"] != 1e-2
    assert "model.widths" not in ran.read("overrides.txt")


def test_many_values_make_a_sweep_and_a_sweep_stands_for_its_best(run, nnrun):
    sweep = nnrun("again", "first", "-m", "seed=0,1", "hydra.launcher.workers=1").folder

    ran = nnrun("again", "last", "-q", "--fail-unless", "epochs>2")
    refused = nnrun("again", str(sweep))

    best = (sweep / "best").resolve().name
    assert f"note: last is {sweep / best}, the best member of the last sweep\n" in ran.err
    assert (ran.code, ran.out) == (5, "")
    assert config(ran.folder)["seed"] == config(sweep / best)["seed"]
    told = f"is a sweep, and this takes a run; give one of its members, such as {sweep}/best"
    assert refused.err == f"error: {sweep}: {told}\n"


def test_what_defaults_meant_in_an_earlier_version_stays(nnrun, tmp_path, retell):
    shutil.copytree(EARLIER / "table", tmp_path / "table")
    shutil.copy(EARLIER / "houses.csv", tmp_path)
    file = tmp_path / "table" / "config.yaml"
    file.write_text(
        file.read_text().replace("seed: 0", "seed: 3")
    )  # the split's followed the run's
    with (tmp_path / "table" / "overrides.txt").open("a") as typed:
        typed.write("seed=3\n")
    retell(tmp_path / "table")

    ran = nnrun("again", "table", "seed=4")

    assert ran.code == 0, ran.err
    assert (config(ran.folder)["seed"], config(ran.folder)["dataset"]["split"]["seed"]) == (4, 3)
    assert "dataset.split.seed=3" in ran.read("overrides.txt").splitlines()


def test_a_setting_that_is_refused_by_now_may_be_replaced(run, nnrun, retell):
    words = (run / "overrides.txt").read_text().replace("optimizer.lr=1e-2", "optimizer=mine")
    (run / "overrides.txt").write_text(words)
    retell(run)

    refused, replaced = nnrun("again", "first"), nnrun("again", "first", "optimizer=adam")

    assert "optimizer=mine: unknown optimizer" in refused.err
    assert replaced.code == 0, replaced.err


def test_an_option_of_ones_own_is_told_with_the_flag_that_knows_it(nnrun, small, run, monkeypatch):
    own = Path("cc/optimizer")
    own.mkdir(parents=True)
    adam = Path(__file__).parents[2] / "conf/optimizer/adam.yaml"
    shutil.copy(adam, own / "mine.yaml")
    with monkeypatch.context() as patch:
        patch.setenv("NNRUN_CONF", "cc")
        small("dataset=iris", "optimizer=mine", "output.folder=own")

    refused = nnrun("again", "own")

    told = "unknown optimizer; the run was made with others: add --config-dir=cc"
    assert refused.err == f"error: optimizer=mine: {told}\n"
    assert nnrun("check", "optimizer=mine").err.count("choices") == 1
    assert nnrun("again", "--config-dir=cc", "own").code == 0
    assert nnrun("again", "own", "optimizer=adam").code == 0


@pytest.mark.parametrize(
    ("verb", "advice"),
    [
        (("again",), "type dataset.path=..., or stand in the folder where it was begun"),
        (("resume", "training.epochs=99"), "stand in the folder where it was begun"),
        (("reproduce",), "stand in the folder where it was begun"),
        (("refit", "-o", "whole"), "stand in the folder where it was begun"),
    ],
)
def test_from_another_folder_a_relative_path_is_told_with_what_works(
    verb, advice, small, houses, nnrun, tmp_path, monkeypatch
):
    shutil.copy(houses, "near.csv")
    small(*TABLE, "dataset.path=near.csv", "output.folder=first")
    (tmp_path / "away").mkdir()
    monkeypatch.chdir(tmp_path / "away")

    ran = nnrun(verb[0], "../first", *verb[1:])

    lost = f"dataset.path=near.csv: not found from {tmp_path / 'away'}"
    assert (ran.code, ran.err.count("\n")) == (2, 1)
    assert ran.err.startswith(f"error: {lost}; {advice}")
    if verb == ("again",):
        assert nnrun("again", "../first", f"dataset.path={houses}").code == 0


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([], "nnrun again: names no run; give its folder, or write last"),
        (["nowhere"], "nowhere: no such run folder; give a folder under outputs, or write last"),
        (["."], ".: has no config.yaml that can be read; give the folder of a run"),
        (["last"], "last: no run lies below outputs; train one, or give its folder"),
        (["--jsn", "last"], "--jsn: unknown flag; did you mean '--json'?"),
    ],
)
def test_what_is_no_run_is_refused(words, told, nnrun):
    ran = nnrun("again", *words)

    assert ran.code == 2
    assert ran.err == f"error: {told}\n"
