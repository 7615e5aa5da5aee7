"""The list of parts, their modules and their interface agree; `nnrun/parts` mirrors `conf`."""

from dataclasses import fields
from importlib import import_module
from pathlib import Path

import pytest

import nnrun.parts
from nnrun.config import catalogue
from nnrun.parts.interface import Dataset, Loss, Model, Optimizer, Part, Scheduler
from nnrun.parts.registry import PARTS, class_at, class_named, named
from nnrun.parts.regularisation import Regularisation

FOLDER = Path(nnrun.parts.__file__).parent
INTERFACE = {
    "dataset": Dataset,
    "model": Model,
    "optimizer": Optimizer,
    "scheduler": Scheduler,
    "loss": Loss,
}
CLASSES = [(group, named(group, name)) for group, names in PARTS.items() for name in names]
MUST_SAY = {Dataset: "task", Model: "dropout", Optimizer: "lr", Loss: "task"}


def test_parts_has_a_file_or_folder_for_each_group_of_conf_and_nothing_else():
    groups = {name for name in catalogue.groups() if name != "experiment"}

    found = {path.stem for path in FOLDER.iterdir() if path.stem != "__pycache__"}

    assert found == groups | {"__init__", "kinds", "kind_schema", "interface", "registry"}


@pytest.mark.parametrize("group", PARTS)
def test_a_group_exports_the_parts_that_are_listed(group):
    module = import_module(f"nnrun.parts.{group}")

    if hasattr(module, "__all__"):
        assert sorted(module.__all__) == sorted(PARTS[group])
    assert all(hasattr(module, name) for name in PARTS[group])


@pytest.mark.parametrize(("group", "cls"), CLASSES)
def test_a_part_derives_from_the_interface_of_its_group_and_says_what_it_must(group, cls):
    interface = INTERFACE[group]

    assert issubclass(cls, interface)
    must = MUST_SAY.get(interface)
    assert must is None or hasattr(cls, must) or must in [field.name for field in fields(cls)]


@pytest.mark.parametrize("cls", [Regularisation, *(cls for _, cls in CLASSES)])
def test_no_setting_takes_a_neutral_answer_for_its_value(cls):
    inherited = [field.name for field in fields(cls) if hasattr(Part, field.name)]
    inherited += [field.name for field in fields(cls) if hasattr(cls, field.name)]

    assert not inherited, "a class attribute would be the default of a setting that is missing"


@pytest.mark.parametrize(("group", "cls"), CLASSES)
def test_what_came_later_or_may_vary_is_a_setting(group, cls):
    settings = {field.name for field in fields(cls)}

    assert {*cls.varies, *cls.added} <= settings
    assert not set(cls.retired) & settings


def test_a_class_is_found_by_its_target_in_any_group():
    assert class_at("nnrun.parts.loss.Mse") is named("loss", "Mse")
    assert class_at("nnrun.parts.loss.Adam") is None
    assert class_at("os.system") is None
    assert class_at(None) is None


@pytest.mark.parametrize(
    ("target", "advice"),
    [
        ("nnrun.parts.loss.Mze", "did you mean 'nnrun.parts.loss.Mse'?"),
        ("elsewhere.Huber", "did you mean 'nnrun.parts.loss.Huber'?"),
        ("nnrun.parts.loss.Xyz", "known in nnrun.parts.loss: Auto, "),
    ],
)
def test_a_target_that_names_no_part_is_told(target, advice):
    cls, (problem,) = class_named("loss", target)

    line = str(problem.under("loss"))
    assert cls is None
    assert line.startswith(f"loss._target_='{target}': names no loss of nnrun; {advice}")
