"""The words last and best lead to the run that a person means, or say why they lead nowhere."""

import json
import os
from pathlib import Path

import pytest

from nnrun.errors import Mistake
from nnrun.runs import finding, index
from nnrun.runs.entries import read_known
from nnrun.runs.finding import find_run, find_training, trainings
from nnrun.runs.folder import RunFolder
from nnrun.runs.index import listing

CONFIG = "dataset:\n  path: {path}\n  scale: {scale}\n"


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def leave_run(folder, minute, value=None, name="r2", path="a.csv", scale="none", **summary):
    """Leave a run's folder; one without a value of its score has no model either."""
    folder = Path(folder)
    folder.mkdir(parents=True)
    (folder / "config.yaml").write_text(CONFIG.format(path=path, scale=scale))
    (folder / "metrics.csv").write_text(f"epoch,train_loss,val_loss,val_{name},lr\n")
    if value is not None:
        (folder / "model.safetensors").touch()
        (folder / "model.json").write_text("{}")
        summary = {"val": {name: value}, "test": {name: 0.5}, "val_loss": 1.0, **summary}
        (folder / "summary.json").write_text(json.dumps(summary))
    record = {"status": "done", "started": f"2026-11-26T10:{minute:02}:00+00:00"}
    files = {"files": RunFolder(folder).manifest()}
    (folder / "run.json").write_text(json.dumps({**record, **files}))
    return folder


def leave_sweep(folder, minute, scores, best):
    """Leave a sweep's folder, whose members began a minute later."""
    for name, score in scores.items():
        leave_run(f"{folder}/{name}", minute + 1, score)
    about = {"started": f"2026-11-26T10:{minute:02}:00+0000"}
    Path(folder, "sweep.json").write_text(json.dumps(about))
    Path(folder, "best").symlink_to(best)
    return Path(folder)


def told(call, *given):
    with pytest.raises(Mistake) as caught:
        call(*given)
    return str(caught.value)


# Last


def test_last_is_the_newest_run_whatever_its_data_set_and_its_name():
    leave_run("outputs/iris/b", 2, 0.9)
    newest = leave_run("outputs/digits/a", 5, 0.1)

    found = find_run("last")

    assert found == (newest, "last is outputs/digits/a")


def test_of_runs_that_began_in_the_same_second_the_one_that_was_written_last_is_newer():
    first, second = (leave_run(f"outputs/iris/{name}", 2, 0.9) for name in ("b", "a"))
    os.utime(first / "run.json", (1, 1))

    assert find_run("last").folder == second


def test_a_sweep_stands_for_its_best_member():
    leave_run("outputs/iris/run", 1, 0.9)
    sweep = leave_sweep("outputs/iris/sweep", 2, {"lr=1": 0.3, "lr=2": 0.7}, best="lr=2")

    found = find_run("last")

    assert found.folder == sweep / "lr=2"
    assert found.note == "last is outputs/iris/sweep/lr=2, the best member of the last sweep"
    assert len(trainings(Path("outputs"))) == 2


@pytest.mark.parametrize(
    ("newer", "told"), [(1, "a newer one has no model"), (2, "2 newer ones have no model")]
)
def test_runs_without_a_model_are_passed_over_and_told(newer, told):
    done = leave_run("outputs/iris/done", 1, 0.9)
    for minute in range(newer):
        failed = leave_run(f"outputs/iris/failed{minute}", 2 + minute)

    assert find_run("last") == (done, f"last is outputs/iris/done; {told}")
    assert find_run("last", trained=False).folder == failed


def test_a_folder_in_front_says_where_to_look():
    leave_run("outputs/iris/new", 9, 0.9)
    digits, other = leave_run("outputs/digits/a", 1, 0.9), leave_run("elsewhere/a", 1, 0.9)

    assert find_run("outputs/digits/last").folder == digits
    assert find_run("elsewhere/last").folder == other


def test_a_folder_that_is_really_called_so_is_taken_and_told():
    leave_run("outputs/iris/new", 9, 0.9)
    leave_run("last", 1, 0.9)

    found = find_run("last")

    assert found.folder == Path("last")
    assert found.note == "last is the folder of this name, which stands here"


def test_any_other_folder_is_taken_as_it_was_typed():
    assert find_run("outputs/iris/a") == (Path("outputs/iris/a"), "")


# Best


def test_best_is_of_the_runs_that_were_judged_on_the_same_rows_as_the_newest():
    leave_run("outputs/other/a", 1, 0.99, path="b.csv")
    leave_run("outputs/rows/a", 1, 0.98, rows={"val": 7})
    leave_run("outputs/kind/a", 1, 0.97, name="accuracy")
    best = leave_run("outputs/table/a", 2, 0.8, scale="standard")
    leave_sweep("outputs/table/sweep", 3, {"lr=1": 0.9, "lr=2": 0.7}, best="lr=2")
    leave_run("outputs/table/b", 5, 0.6)
    leave_run("outputs/table/c", 6)

    found = find_run("best")

    assert found.folder == best
    assert (
        found.note == "best is outputs/table/a, the best of 3 trainings on these rows (val r2 0.8)"
    )


def test_a_best_run_without_rivals_says_so():
    leave_run("outputs/other/a", 1, 0.99, path="b.csv")
    leave_run("outputs/table/a", 2, 0.8)

    told = "best is outputs/table/a, and no other can be compared with it (val r2 0.8)"
    assert find_run("best").note == told


def test_of_an_error_less_is_better_and_of_equals_the_lower_loss():
    score = {"name": "rmse", "better": "lower"}
    for name, value, loss in (("a", 3.0, 1.0), ("b", 2.0, 1.0), ("c", 2.0, 0.5)):
        leave_run(f"outputs/x/{name}", 1, value, "rmse", score=score, val_loss=loss)

    assert find_run("best").folder == Path("outputs/x/c")


# Nowhere


@pytest.fixture
def indexed(monkeypatch):
    """Let the index know of all that lies here, however new it is; it gives what is read anew."""
    monkeypatch.setattr(index, "SETTLED", -(10**18))
    listing(Path("outputs"))
    read = []

    def reading(folder):
        read.append(folder)
        return read_known(folder)

    monkeypatch.setattr(finding, "read_known", reading)
    monkeypatch.setattr(finding, "read_sealed", None)
    monkeypatch.setattr(finding, "standing", None)
    return read


def test_what_the_index_knows_is_read_of_the_one_that_is_chosen_alone(request):
    for minute, value in ((1, 0.9), (2, 0.5), (3, 0.7)):
        leave_run(f"outputs/iris/{minute}", minute, value)
    without = find_run("last"), find_run("best"), find_training("last")
    read = request.getfixturevalue("indexed")

    found = find_run("last"), find_run("best"), find_training("last")

    assert found == without
    assert [folder.name for folder in read] == ["3", "1", "3"]


def test_where_a_folder_says_otherwise_than_the_index_all_are_read(monkeypatch):
    leave_run("outputs/iris/a", 1, 0.9)
    newest = leave_run("outputs/iris/b", 2, 0.8)
    monkeypatch.setattr(index, "SETTLED", -(10**18))
    listing(Path("outputs"))
    lying = [("iris/a", read_known(newest)[0]._replace(started="2030-01-01", value=9.0))]
    monkeypatch.setattr(finding, "known_below", lambda root: [*lying, ("iris/b", None)])

    assert find_run("last").folder == newest
    assert find_run("best").folder == Path("outputs/iris/a")
    assert find_run("best").note.endswith("(val r2 0.9)")


def test_what_the_index_does_not_know_is_read_from_its_folder():
    leave_run("outputs/iris/a", 1, 0.9)
    listing(Path("outputs"))
    newest = leave_run("outputs/iris/b", 2, 0.95)
    (leave_run("outputs/iris/c", 3, 0.99) / "run.json").write_text("{")

    found = find_run("last"), find_run("best"), find_training("last")

    assert {one.folder for one in found} == {newest}
    assert all("left out as damaged: outputs/iris/c/run.json" in one.note for one in found)


def test_what_is_taken_away_meanwhile_is_no_training(monkeypatch):
    left = leave_run("outputs/iris/a", 1, 0.9)
    gone = [("iris/gone", None), ("iris/gone", read_known(left)[0]), ("iris/a", None)]
    monkeypatch.setattr(finding, "known_below", lambda root: gone)

    assert {find_run("last"), find_run("last")} == {(left, "last is outputs/iris/a")}
    assert find_run("best").folder == left


def test_a_sweep_whose_best_was_taken_over_and_is_gone_is_the_last_one_and_stands_for_no_run():
    sweep = leave_sweep("outputs/iris/sweep", 5, {"lr=1": 0.3}, best="lr=1")
    (sweep / "best").unlink()
    best = {"path": "../gone", "sha256": "0" * 64}
    about = {"started": "2026-11-26T10:05:00+0000", "best": best}
    RunFolder(sweep).put_record("sweep.json", about)
    gone = f"outputs/iris/sweep: has its best member from elsewhere, and {Path('outputs/iris/gone').absolute()} is gone"
    advice = "train that member here: nnrun resume outputs/iris/sweep"

    assert find_training("last") == (sweep, "last is outputs/iris/sweep")
    refused = f"no run with a model lies below outputs; left out as damaged: {gone}; {advice}"
    assert told(find_run, "best") == f"best: {refused}; train one, or give its folder"
    run = leave_run("outputs/iris/run", 1, 0.5)
    for word in ("last", "best"):
        folder, note = find_run(word)
        assert folder == run
        assert note.endswith(f"; left out as damaged: {gone}; {advice}")
    assert "newer" not in find_run("last").note


def test_a_word_that_leads_nowhere_is_told():
    refused = "no run with a model lies below outputs; train one, or give its folder"

    assert told(find_run, "last") == f"last: {refused}"
    assert told(find_run, "best") == f"best: {refused}"
    leave_run("outputs/iris/a", 1, None)
    assert told(find_run, "last") == f"last: {refused}"
    assert told(find_training, "best") == f"best: {refused}"


def test_the_last_training_is_a_run_or_a_sweep():
    assert told(find_training, "last").startswith("last: no run and no sweep lies below outputs")
    sweep = leave_sweep("outputs/iris/sweep", 1, {"lr=1": 0.3}, best="lr=1")

    assert find_training("last") == (sweep, "last is outputs/iris/sweep")
    run = leave_run("outputs/iris/run", 9, None)
    assert find_training("last") == (run, "last is outputs/iris/run")
