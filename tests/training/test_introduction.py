"""What a run would be, told in lines before it begins."""

import re

import pytest
import torch

from nnrun.config.experiment import build
from nnrun.training import introduction
from nnrun.training.introduction import check, place

CPU = torch.device("cpu")


@pytest.fixture
def lines(composer, monkeypatch):
    """What is told of a run with these settings, on a device."""

    def tell(*words, told=introduction.introduction, on=(CPU, 2)):
        monkeypatch.setattr(introduction, "machine_for", lambda experiment: on)
        (job,) = composer(*words)
        return told(build(job.config, job.overrides, job.choices))

    return tell


def test_a_run_is_introduced_by_its_data_its_model_and_its_training(lines):
    assert lines("dataset=iris", "optimizer=sgd", "seed=1", "model.widths=[8]") == [
        ("changed", "dataset=iris optimizer=sgd seed=1 model.widths=[8]"),
        ("data", "Iris, three species: 150 rows (90 train, 30 val, 30 test), 4 columns, 3 classes"),
        ("", "the train rows hold again, inputs and target alike, 1 of 30 test rows (3.3%)"),
        ("model", "mlp 4-8-3, 67 parameters"),
        ("training", "sgd, cosine schedule, loss cross_entropy; seed 1; on cpu, 2 threads"),
    ]


def test_defaults_numbers_and_a_gpu_are_told(lines):
    told = lines("dataset=arkoma", on=(torch.device("cuda"), 1))
    (_, changed), (_, data), note, _, _, (_, training) = told

    assert changed == "nothing: these are the defaults"
    assert data.endswith("6 columns, 5 targets")
    assert note[0] == ""
    assert "a synthesis" in note[1]
    assert training.endswith("on cuda")


def test_categories_that_no_training_row_has_are_told(lines, tmp_path):
    towns = "ABAB" * 10 + "CDEFGH"
    table = "town,y\n" + "".join(f"{town},{place}.5\n" for place, town in enumerate(towns))
    (tmp_path / "towns.csv").write_text(table)

    told = lines("dataset=table", f"dataset.path={tmp_path / 'towns.csv'}", "dataset.target=y")

    assert told[2] == (
        "",
        "column 'town': 2 val or test rows of a category that no training row has;"
        " it is taken as unknown",
    )


def test_nothing_typed_is_told_as_the_defaults(lines):
    assert lines()[0] == ("changed", "nothing: these are the defaults")


def test_a_check_tells_the_steps_and_where_the_folder_would_lie(lines):
    told = lines("dataset=iris", "training.batch_size=32", "training.epochs=80", told=check)

    assert told[-2:] == [
        ("steps", "240 (80 epochs of 3)"),
        ("folder", "outputs/iris/<time>-<id>"),
    ]


@pytest.mark.parametrize(
    ("device", "threads", "told"),
    [("cpu", 1, "cpu, 1 thread"), ("cpu", 4, "cpu, 4 threads"), ("cuda:1", 4, "cuda:1")],
)
def test_the_place_is_a_device_and_on_a_cpu_its_threads(device, threads, told):
    assert place(torch.device(device), threads) == told


@pytest.mark.parametrize(
    ("rare", "words", "told"),
    [(3, (), True), (10, (), False), (3, ("loss=cross_entropy", "loss.weights=balanced"), False)],
)
def test_a_rare_class_is_told_with_what_lets_it_weigh(rare, words, told, lines, tmp_path):
    rows = [f"{i},{'yes' if i % 100 < rare else 'no'}" for i in range(200)]
    table = tmp_path / "rare.csv"
    table.write_text("\n".join(["x,sick", *rows]) + "\n")

    found = lines("dataset=table", f"dataset.path={table}", "dataset.target=sick", *words)

    about = [text for _, text in found if "count the same" in text]
    assert len(about) == told
    if told:
        assert about[0].startswith("'yes' is the class of 3")
        assert about[0].endswith("training.threshold=f1 finds where 'yes' begins")


@pytest.mark.parametrize("words", [["check"], ["check", "-m"], []], ids=["check", "many", "train"])
def test_a_network_that_cannot_fit_is_told_before_anything_is_allocated(words, nnrun):
    told = nnrun(*words, "dataset=iris", "model.widths=[1000000,1000000]")

    assert told.code == 2
    assert re.match(
        r"error: model=mlp: its 1,000,009,000,003 parameters take 19,\d{3},\d{3} MB, and [\d,]+ MB"
        r" are free; take fewer or narrower layers\n$",
        told.err,
    )
    assert not told.folders
