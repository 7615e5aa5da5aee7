"""The lines about a run, from values alone."""

from dataclasses import replace

import pytest

from nnrun.report.run_lines import Introduction, introduce, show_check, show_result
from nnrun.report.screen import Screen

RUN = Introduction(
    changed=["seed=1"],
    data="Irises",
    rows=150,
    rows_of={"train": 90, "val": 30, "test": 30},
    columns=4,
    targets=1,
    classes=3,
    notes=("one row was left out",),
    model="mlp",
    layers="4-8-3",
    parameters=1067,
    optimizer="adam",
    scheduler="cosine",
    loss="cross_entropy",
    seed=1,
    device="cpu",
    threads=2,
    compile=False,
    epochs=80,
    epoch_steps=20,
    folder="outputs/iris/<time>-<id>",
)
LINEAR = {"linear": {"r2": 0.4}}
FEWER = "          the baselines learnt from the first 10,000 training rows"
SUMMARY = {"test": {"r2": 0.5}, "baselines": {}, "verdict": "well fitted"}


@pytest.fixture
def told():
    """What a function says to the log of a screen."""

    def tell(function, *given):
        lines = []
        function(Screen(lines.append), *given)
        return lines

    return tell


def test_a_run_is_introduced_by_its_data_its_model_and_its_training(told):
    assert told(introduce, RUN) == [
        "changed   seed=1",
        "data      Irises: 150 rows (90 train, 30 val, 30 test), 4 columns, 3 classes",
        "          one row was left out",
        "model     mlp 4-8-3, 1,067 parameters",
        "training  adam, cosine schedule, loss cross_entropy; seed 1; on cpu, 2 threads",
    ]


def test_defaults_numbers_a_gpu_and_a_compiler_are_told(told):
    run = replace(RUN, changed=[], classes=0, targets=5, device="cuda", notes=(), compile=True)

    changed, data, _, training, compiler = told(introduce, run)

    assert changed == "changed   nothing: these are the defaults"
    assert data.endswith("4 columns, 5 targets")
    assert training.endswith("on cuda")
    assert "waits for the compiler" in compiler


def test_a_check_tells_the_steps_and_where_the_folder_would_lie(told):
    assert told(show_check, RUN)[-2:] == [
        "steps     1,600 (80 epochs of 20)",
        "folder    outputs/iris/<time>-<id>",
    ]


@pytest.mark.parametrize(
    ("baselines", "train_rows", "told_rows"),
    [({}, 10_001, []), (LINEAR, 10_000, []), (LINEAR, 10_001, [FEWER])],
)
def test_a_result_says_where_baselines_learnt_from_fewer_rows(
    baselines, train_rows, told_rows, told
):
    summary = {**SUMMARY, "baselines": baselines}

    _, *lines = told(show_result, summary, ["r2"], train_rows, "outputs/a")

    assert lines == [*told_rows, "verdict   well fitted", "folder    outputs/a"]
