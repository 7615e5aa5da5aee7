"""What times nnrun's engine drives it as it is; what compares two checkouts leaves nothing out."""

import runpy
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from nnrun.config.catalogue import builtin_conf

BENCHMARKS = Path(__file__).resolve().parent.parent / "benchmarks"


@pytest.mark.parametrize("members", [1, 3])
def test_each_way_that_is_timed_trains(members):
    step = runpy.run_path(str(BENCHMARKS / "step.py"))

    for task in step["TASKS"]:
        epochs = step["nnrun"](task, members=members)
        epochs(1)


def test_the_poses_that_are_timed_are_met(capsys):
    arm = runpy.run_path(str(BENCHMARKS / "arm.py"))

    arm["report"]("left", 200, np.random.default_rng(0))

    *_, headings, a, b, c, d, e, rounded = capsys.readouterr().out.splitlines()
    assert headings.split()[:2] == ["begun", "≤"]
    assert all(told.count("100.00%") == 3 for told in (a, b, c, d, e))
    assert rounded.count("100.00%") == 2


def test_the_recipe_for_the_arm_is_told_beside_what_is_held(tmp_path, capsys):
    arkoma = runpy.run_path(str(BENCHMARKS / "arkoma.py"))
    words = ("dataset.rows=60", "training.epochs=1", "model.widths=[4]")

    told = arkoma["trained"]("left", *words, f"output.folder={tmp_path}/run")
    arkoma["report"]("left", *told, arkoma["Held"](0.25, 1e6, 0.999))

    test, evenly, _ = capsys.readouterr().out.splitlines()
    assert test.split()[:3] == ["left,", "test", "rows"]
    assert test.count("!") == 2
    assert evenly.split()[4] == "0.7500"


def test_hashes_and_checkpoints_are_timed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    keeping = runpy.run_path(str(BENCHMARKS / "keeping.py"))

    measured = keeping["shares"](["dataset=iris", "training.epochs=3"], members=2)

    assert all(number > 0 for number in measured)
    assert list(tmp_path.iterdir()) == []


def test_both_ways_train_what_others_publish_the_time_of():
    record = runpy.run_path(str(BENCHMARKS / "record.py"))
    small, images = record["exponentials"](), record["images"](None)
    few = replace(images, x=images.x[:128], y=images.y[:128])

    for task, other in ((small, "plain"), (few, "course")):
        taken = record["measure"]({way: record[way](task) for way in (other, "nnrun")}, 1, 1)
        assert all(seconds > 0 for seconds in taken.values())


def test_the_phases_of_a_run_fill_the_time_of_its_process(tmp_path):
    whole = runpy.run_path(str(BENCHMARKS / "whole.py"))

    times = whole["timed"](["dataset=iris", "training.epochs=1"], tmp_path)

    phases = {"composing", "data", "epochs", "baselines", "metrics", "pictures", "files"}
    assert phases | {"torch's import"} <= set(times)
    total, _ = times.pop("whole")
    assert sum(clock for clock, _ in times.values()) == pytest.approx(total)
    assert all(clock >= 0 for clock, _ in times.values())


@pytest.fixture
def unchanged(monkeypatch):
    """Give all that unchanged.py defines."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return runpy.run_path(str(BENCHMARKS / "unchanged.py"))


def test_what_is_others_in_any_two_runs_does_not_count(unchanged, tmp_path):
    def left(pace, sha256):
        place = tmp_path / sha256[0]
        (place / "checkpoint").mkdir(parents=True)
        (place / "checkpoint" / f"000003-{sha256}.safetensors").write_text(pace)
        (place / "log.txt").write_text(f"lr 0.001  {pace} µs/step\n")
        (place / "run.json").write_text(f'{{"sha256": "{sha256}", "rows": 5}}')
        return unchanged["Tidy"](False, {}).files(place)

    assert left("980", 64 * "a") == left("1,020", 64 * "b")


def test_every_option_is_chosen_by_a_configuration_that_is_compared(unchanged):
    assert unchanged["offered"](builtin_conf()) - unchanged["chosen"]() == set()


def test_an_option_that_no_configuration_chooses_is_found(unchanged, tmp_path):
    (tmp_path / "loss").mkdir()
    (tmp_path / "loss" / "lorentz.yaml").touch()

    assert unchanged["offered"](tmp_path) - unchanged["chosen"]() == {"loss=lorentz"}


def test_times_memory_and_names_of_folders_do_not_count(unchanged):
    early = unchanged["Tidy"](False, {"/old": "<here>", "12-00-00-a1b2": "<1>"})
    late = unchanged["Tidy"](False, {"/new": "<here>", "13-00-00-c3d4": "<1>"})
    told = "epoch 1/3  train 0.918  {} µs/step\nmemory {} MB\n/{} outputs/arkoma/{}\n"

    before = early.lines(told.format(512, "1,240", "old", "12-00-00-a1b2"))
    after = late.lines(told.format(1044, 980, "new", "13-00-00-c3d4"))

    assert before == after
    assert before != late.lines(told.format(512, 980, "new", "13-00-00-c3d4").replace("918", "919"))


def test_what_differs_is_told_in_a_few_words(unchanged):
    old = unchanged["Left"]([0, 0], ["r2  0.5"], [], {"metrics.csv": b"1", "fit.png": b"1"})
    new = unchanged["Left"]([0, 3], ["r2  0.6"], [], {"metrics.csv": b"2", "note.txt": b"1"})

    assert unchanged["differences"]("cnn", old, old) == []
    assert unchanged["differences"]("cnn", old, new) == [
        "exit codes [0, 0] → [0, 3]",
        "screen: 'r2  0.5' → 'r2  0.6'",
        "fit.png is missing",
        "note.txt is new",
        "metrics.csv",
    ]


def test_a_configuration_that_does_not_end_as_expected_proves_nothing(unchanged):
    failed = unchanged["Left"]([2], [], ["error: optimizer.lr=-1"], {})

    (told,) = unchanged["differences"]("cnn", failed, failed)

    assert told == "exit codes of OLD are [2], expected [0]"


def test_listing_is_timed_with_folders_that_differ(nnrun, tmp_path):
    listing = runpy.run_path(str(BENCHMARKS / "listing.py"))
    first = nnrun(*listing["TINY"]).folder

    for place in (1, 2):
        listing["copy"](first, tmp_path / "outputs" / "copies" / str(place), place)

    ran = nnrun("runs", "outputs/copies", "--columns", "lr,seed,score,status", "--csv")
    assert len(set(ran.out.splitlines())) == 3
    assert ran.err == ""
    assert all(nnrun(*words).code == 0 for words in listing["ASKED"])


def test_what_a_tracker_takes_is_told_apart_from_the_training():
    trackers = runpy.run_path(str(BENCHMARKS / "trackers.py"))

    told = trackers["train"]("tensorboard", epochs=1)

    assert told.own > 0
    assert told.beside > 0
    assert told.clock > 0
