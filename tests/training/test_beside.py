"""What another process compares and draws is what the one that trains would have left, byte for byte."""

import os
import subprocess
from contextlib import ExitStack
from functools import partial
from time import monotonic, sleep

import numpy as np
import pytest

from nnrun.config.experiment import build
from nnrun.errors import Mistake
from nnrun.runs.folder import RunFolder
from nnrun.runs.record import read_job, read_record
from nnrun.training import beside, studio
from nnrun.training.alone import Alone
from nnrun.training.outcome import pictures, reread
from nnrun.training.rebuilding import rebuilt
from nnrun.training.true_values import TrueValuesCache

pytestmark = pytest.mark.usefixtures("one_thread")
KINDS = {
    "numbers": ("dataset=curve", "model.widths=[8]", "training.epochs=2"),
    "classes": ("dataset=iris", "model.widths=[8]", "training.epochs=2"),
}


@pytest.fixture(params=KINDS.values(), ids=KINDS)
def finished(request, once):
    """A run that is over: its folder, its experiment, and what a process would see of it."""
    folder = once(*request.param).folder
    experiment = rebuilt(read_job(folder))
    return folder, experiment, reread(experiment, RunFolder(folder))


@pytest.fixture(params=["another", "a copy"])
def begun(request, programs, monkeypatch):
    """Begin a process beside a run: one that has torch already, or a copy of this one."""
    monkeypatch.setattr(beside, "STUDIO", [str(programs / "python"), *beside.STUDIO[1:]])
    monkeypatch.setattr(beside, "can_copy", lambda threads: request.param == "a copy")
    with ExitStack() as until:
        yield lambda experiment, folder: beside.begun(experiment, folder, 1, until)


def wait_for(there, *words):
    with there.news:
        assert there.news.wait_for(lambda: {*words} <= there.told, 120), there.told


def test_it_compares_and_draws_the_same(finished, begun):
    folder, experiment, run = finished
    there = begun(experiment, folder)
    wait_for(there, "compared", "ready")

    there.begin(run.best_epoch)
    baselines, drawn = there.baselines(), there.pictures(pictures(run))

    here = TrueValuesCache().truths(experiment).taught(experiment)
    assert [*baselines] == [*here]
    for name, predicted in baselines.items():
        np.testing.assert_array_equal(predicted, here[name])
    assert drawn == {path.name: path.read_bytes() for path in folder.glob("*.png")}
    assert {"drawn", "over"} <= there.told


@pytest.mark.parametrize("finished", [KINDS["numbers"]], indirect=True, ids=["numbers"])
def test_what_it_cannot_do_is_done_here(finished, begun, monkeypatch):
    folder, experiment, run = finished
    left = {path.name: path.read_bytes() for path in folder.glob("*.png")}
    monkeypatch.setattr(beside, "STUDIO", ["sleep"])  # which knows no such words
    monkeypatch.setattr(studio, "work_for", lambda *_: 1 / 0)
    there = begun(experiment, folder)
    wait_for(there, "gone")
    assert there.baselines() == {}
    assert there.pictures(pictures(run)) == left

    there.note("ready")  # and dies as it begins to draw
    there.begin(run.best_epoch)
    assert there.pictures(pictures(run)) == left


FORKS = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")


@FORKS
def test_pictures_are_drawn_at_once(tmp_path, capsys):
    def drawing(own, other):
        """A picture that is done when the other has been begun."""
        (tmp_path / f"{own} begun").touch()
        end = monotonic() + 60
        while not (tmp_path / f"{other} begun").exists():
            assert monotonic() < end
            sleep(0.001)
        return own.encode()

    studio.draw({own: partial(drawing, own, other) for own, other in ("ab", "ba")}, tmp_path)

    assert sorted(capsys.readouterr().out.split()) == ["a", "b", "drawn", "drawn"]
    assert (tmp_path / "a").read_bytes() == b"a"


@FORKS
def test_a_copy_that_cannot_draw_ends_them_all(tmp_path, monkeypatch):
    class Ended(Exception):
        pass

    def end():
        raise Ended

    monkeypatch.setattr(studio, "end_all", end)
    with pytest.raises(Ended):
        studio.draw({"a": partial(os._exit, 1)}, tmp_path)


def test_where_no_copy_can_be_made_it_draws_itself(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(studio, "FORKS", False)

    studio.draw({"a": lambda: str(os.getpid()).encode()}, tmp_path)

    assert (tmp_path / "a").read_text() == str(os.getpid())
    assert capsys.readouterr().out == "drawn a\n"


@pytest.mark.parametrize("finished", [KINDS["numbers"]], indirect=True, ids=["numbers"])
def test_other_data_than_those_of_the_run_are_not_drawn(finished, monkeypatch):
    folder, _, _ = finished
    record = read_record(folder)
    monkeypatch.setattr(studio, "read_record", lambda _: {**record, "data_sha256": "another"})
    with pytest.raises(Mistake, match="its data, or how they are split, have changed"):
        studio.opened(folder)


@pytest.mark.parametrize("finished", [KINDS["numbers"]], indirect=True, ids=["numbers"])
def test_it_ends_with_whoever_trains_and_leaves_nothing(finished, begun):
    folder, experiment, _ = finished
    there = begun(experiment, folder)
    wait_for(there, "ready")
    there.process.stdin.close()  # as the end of a process closes it
    wait_for(there, "gone")
    assert not there.place.exists()


@pytest.mark.parametrize(
    ("words", "patches", "worth"),
    [
        (("training.epochs=5000",), {}, True),
        (("training.epochs=2",), {}, False),
        (("training.epochs=5000", "output.pictures=false", "output.baselines=false"), {}, False),
        (("training.epochs=5000",), {"cores": lambda: 1}, False),
        (("training.epochs=5000",), {"available_memory": lambda: 2**30}, False),
    ],
    ids=["long", "short", "nothing to do", "one core", "little memory"],
)
def test_it_is_begun_where_that_pays(words, patches, worth, composer, monkeypatch):
    monkeypatch.setattr(beside, "cores", lambda: 2)
    monkeypatch.setattr(beside, "available_memory", lambda: 2**33)
    for name, value in patches.items():
        monkeypatch.setattr(beside, name, value)
    (job,) = composer("dataset=iris", *words)
    experiment = build(job.config, job.overrides, job.choices)
    assert beside.worth_it(experiment, 1) == worth


@pytest.mark.parametrize("copies", [False, True])
def test_a_run_takes_what_it_gives(copies, nnrun, monkeypatch):
    alone = nnrun(*KINDS["numbers"])
    begin, runs = beside.begun, []

    class Ready(beside.Beside):
        def baselines(self):
            wait_for(self, "compared", "ready")
            return super().baselines()

        def begin(self, best_epoch):
            there.update(path.name for path in runs[0].iterdir())
            super().begin(best_epoch)

    asked, there = [], set()  # where drawing begins
    monkeypatch.setattr(beside, "worth_it", lambda *_: True)
    monkeypatch.setattr(beside, "can_copy", lambda threads: copies)
    monkeypatch.setattr(beside, "begun", lambda *given: runs.append(given[1]) or begin(*given))
    monkeypatch.setattr(beside, "Beside", Ready)
    monkeypatch.setattr(Alone, "pictures", lambda self, run: asked.append(run) or {})
    together = nnrun(*KINDS["numbers"])

    for name in ("summary.json", "curves.png", "fit.png"):
        assert (together.folder / name).read_bytes() == (alone.folder / name).read_bytes()
    assert not asked
    assert "model.safetensors" in there
    assert "summary.json" not in there


@pytest.mark.parametrize("copies", [False, True])
@pytest.mark.parametrize("finished", [KINDS["numbers"]], indirect=True, ids=["numbers"])
def test_a_machine_without_a_place_to_spare_does_it_here(copies, finished, monkeypatch):
    def refused(*_, **__):
        raise OSError(28, "No space left on device")

    folder, experiment, _ = finished
    monkeypatch.setattr(beside, "worth_it", lambda *_: True)
    monkeypatch.setattr(subprocess, "Popen", refused)
    monkeypatch.setattr(os, "fork", refused)
    monkeypatch.setattr(beside, "can_copy", lambda threads: copies)
    with beside.company(experiment, folder, 1) as there:
        assert type(there) is Alone
