"""An experiment goes with other parts than its own: what it sets for those gives way."""

import pytest

from nnrun.config.catalogue import options
from nnrun.config.compose import compose
from nnrun.config.experiment import examine
from nnrun.config.request import checked_request

pytestmark = pytest.mark.usefixtures("empty_folder")

STUDIES = [name for name in options("experiment") if name != "optimizer_race"]
TABLES = [name for name in options("dataset") if name not in ("landscape", "table", "openml")]


@pytest.mark.parametrize("study", STUDIES)
def test_every_experiment_goes_with_another_model(study):
    model = "residual" if study != "curve_under" else "mlp"

    request = checked_request([f"experiment={study}", f"model={model}"])

    assert request.jobs
    assert ": its model." in request.notes[0]
    assert request.notes[0].endswith(f"way to model={model}")


@pytest.mark.parametrize("dataset", TABLES)
def test_smoke_goes_with_every_data_set(dataset):
    (job,) = compose(["experiment=smoke", f"dataset={dataset}"]).jobs

    examine(job.config, job.overrides, job.choices)
    assert job.config["training"]["epochs"] == 5


@pytest.mark.parametrize("model", ["linear", "maxout", "mlp", "polynomial", "residual"])
def test_smoke_goes_with_every_model(model):
    (job,) = checked_request(["experiment=smoke", f"model={model}"]).jobs

    assert job.config["model"].get("widths") == {"mlp": [32], "maxout": [64, 64]}.get(model)


@pytest.mark.parametrize("recipe", ["table", "robust"])
@pytest.mark.parametrize("model", ["linear", "polynomial", "perceptron"])
def test_dropout_gives_way_to_a_model_without_hidden_units(recipe, model):
    request = compose([f"experiment={recipe}", f"model={model}"])

    (job,) = request.jobs
    assert job.config["regularisation"]["dropout"] == 0
    assert f"its regularisation.dropout gives way to model={model}" in request.notes[-1]


def test_dropout_that_is_typed_stays_to_be_refused():
    (job,) = compose(["experiment=table", "model=linear", "regularisation.dropout=0.2"]).jobs

    assert job.config["regularisation"]["dropout"] == 0.2


def test_members_of_a_sweep_give_way_each_by_itself():
    request = compose(["-m", "experiment=smoke", "model=mlp,residual"])

    first, second = (job.config["model"] for job in request.jobs)
    assert first["widths"] == [32]
    assert "widths" not in second
    assert request.notes == ["experiment=smoke: its model.widths gives way to model=residual"]


def test_what_is_typed_for_the_other_part_stays():
    (job,) = compose(["experiment=moons", "optimizer=sgd", "optimizer.lr=0.5"]).jobs

    assert job.config["optimizer"]["lr"] == 0.5
    assert job.config["model"]["widths"] == [16, 16]


def test_an_experiment_of_ones_own_gives_way_too(tmp_path, option):
    text = "# @package _global_\nmodel: {widths: [4], activation: relu}\n"
    option(tmp_path / "conf", "experiment/mine", text)

    request = compose(["experiment=mine", "model=linear"])

    told = "experiment=mine: its model.widths, model.activation give way to model=linear"
    assert request.notes == [told]


def test_the_printed_configuration_is_the_one_that_would_be_trained(capsys):
    compose(["experiment=smoke", "model=residual", "--cfg", "job", "-p", "model"])

    printed = capsys.readouterr().out
    assert "blocks" in printed
    assert "widths" not in printed


def test_a_recipe_for_tables_keeps_what_another_table_has(tmp_path, option):
    option(tmp_path / "conf", "dataset/mine", "defaults: [table]\npath: mine.csv\ntarget: y\n")
    words = ["experiment=table"]

    (fetched,) = compose([*words, "dataset=openml", "dataset.name=credit-g"]).jobs
    own = compose([*words, "dataset=mine"])

    dataset = fetched.config["dataset"]
    assert (dataset["missing"], dataset["dates"], dataset["unfit"]) == ("median", "parts", "drop")
    assert dataset["scale"]["inputs"] == "quantile"
    assert own.jobs[0].config["dataset"]["delimiter"] == "detect"
    assert not own.notes


@pytest.mark.parametrize(
    ("dataset", "scale", "bags"),
    [("iris", "quantile", 8), ("california", "quantile", 8), ("mnist", "pixels", None)],
)
def test_a_recipe_for_tables_goes_with_what_is_no_file(dataset, scale, bags):
    (job,) = compose(["experiment=table_best", f"dataset={dataset}"]).jobs

    assert job.config["training"]["epochs"] == job.config["training"]["batch_size"] == "auto"
    assert job.config["dataset"]["scale"]["inputs"] == scale
    assert job.config["dataset"]["split"]["bags"] == bags  # as MNIST comes with a split
    assert "missing" not in job.config["dataset"]


def test_an_experiment_gives_way_to_what_is_built_on_it(tmp_path, option):
    text = "# @package _global_\ndefaults: [arkoma_best, {override /model: residual}]\n"
    option(tmp_path / "conf", "experiment/mine", text)

    request = compose(["experiment=mine"])

    (job,) = request.jobs
    assert "widths" not in job.config["model"]
    assert job.config["dataset"]["rotation"] == "matrix"
    told = "experiment=arkoma_best: its model.widths, model.activation give way to model=residual"
    assert request.notes == [told]


def test_what_is_typed_stands_above_what_is_built_on_an_experiment(tmp_path, option):
    text = "# @package _global_\ndefaults: [moons, {override /model: residual}, _self_]\n"
    option(tmp_path / "conf", "experiment/mine", f"{text}model: {{blocks: 3}}\n")
    above = "# @package _global_\ndefaults: [mine, _self_]\nmodel: {blocks: 4}\n"
    option(tmp_path / "conf", "experiment/above", above)

    (untouched,) = compose(["experiment=above"]).jobs
    (as_before,) = compose(["experiment=above", "model=mlp"]).jobs

    assert untouched.config["model"]["blocks"] == 4
    assert as_before.config["model"]["widths"] == [16, 16]


@pytest.mark.parametrize("typed", ["folds=5", "by=day", "column=part", "val=0.3", "train=0.5"])
def test_bags_of_a_recipe_give_way_to_another_way_to_split(typed):
    words = ["experiment=table_best", f"dataset.split.{typed}", "dataset.path=a.csv"]

    request = compose(words)

    (job,) = request.jobs
    assert job.config["dataset"]["split"]["bags"] is None
    assert job.config["training"]["ensemble"] == 2 * 8
    assert f"its dataset.split.bags gives way to dataset.split.{typed}" in request.notes[-1]


def test_bags_stay_beside_what_splits_nothing():
    words = ["dataset.split.by=null", "dataset.split.seed=1", "dataset.split.group=town"]

    (job,) = compose(["experiment=table_best", "dataset.path=a.csv", *words]).jobs

    assert job.config["dataset"]["split"]["bags"]


def test_bags_give_way_in_the_members_that_split_otherwise():
    words = ["-m", "experiment=table_best", "dataset.path=a.csv", "dataset.split.by=null,day"]

    together, ordered = compose(words).jobs

    assert together.config["dataset"]["split"]["bags"]
    assert ordered.config["dataset"]["split"]["bags"] is None


@pytest.mark.parametrize("typed", ["+dataset.split.folds=3", "dataset.split={folds: 3}"])
def test_bags_give_way_to_folds_however_they_are_typed(typed):
    (job,) = compose(["experiment=table", "dataset.path=a.csv", typed]).jobs

    assert job.config["dataset"]["split"]["folds"] == 3
    assert job.config["dataset"]["split"]["bags"] is None


def test_bags_stay_beside_what_says_nothing_of_the_rows():
    (job,) = compose(["experiment=table", "dataset.path=a.csv", "dataset.split.train=rest"]).jobs

    assert job.config["dataset"]["split"]["bags"] == 5


def test_networks_that_were_typed_stay_where_bags_give_way():
    words = ["experiment=table", "dataset.path=a.csv", "dataset.split.folds=3"]

    request = compose([*words, "training.ensemble=2"])

    assert request.jobs[0].config["training"]["ensemble"] == 2
    told = "experiment=table: its dataset.split.bags gives way to dataset.split.folds=3"
    assert request.notes == [told]


def test_bags_give_way_to_the_split_of_what_is_built_on_them(tmp_path, option):
    text = "# @package _global_\ndefaults: [table, _self_]\ndataset: {split: {folds: 3}}\n"
    option(tmp_path / "conf", "experiment/mine", text)

    (job,) = compose(["experiment=mine", "dataset.path=a.csv"]).jobs

    assert job.config["dataset"]["split"]["folds"] == 3
    assert job.config["dataset"]["split"]["bags"] is None
    assert job.config["training"]["ensemble"] == 5


def test_bags_give_way_to_the_split_of_a_data_set_of_ones_own(tmp_path, option):
    text = "defaults: [table]\npath: mine.csv\ntarget: y\nsplit: {by: day}\n"
    option(tmp_path / "conf", "dataset/mine", text)

    (job,) = compose(["experiment=table", "dataset=mine"]).jobs

    assert job.config["dataset"]["split"]["by"] == "day"
    assert job.config["dataset"]["split"]["bags"] is None


def test_a_recipe_keeps_its_networks_beside_data_that_come_with_a_split():
    (job,) = compose(["experiment=table", "dataset=mnist"]).jobs

    assert job.config["training"]["ensemble"] == 5
