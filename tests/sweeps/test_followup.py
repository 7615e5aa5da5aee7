"""What workers do once all members are trained."""

from types import SimpleNamespace

import pytest

from nnrun.sweeps.followup import additions, drawing
from nnrun.sweeps.pool import WorkerPool
from nnrun.training import outcome


def sweep_with(files: dict, workers: int = 2) -> SimpleNamespace:
    """A sweep of one member, whose record tells of these files."""
    output = {"output": {"baselines": True, "pictures": True}}
    ledger = SimpleNamespace(
        taken={}, jobs=[SimpleNamespace(config=output)], record=lambda _: {"files": files}
    )
    return SimpleNamespace(ledger=ledger, pool=SimpleNamespace(workers=[None] * workers))


@pytest.mark.parametrize("workers", [0, 1, 2, 3, 16])
def test_each_picture_is_drawn_by_one_of_the_workers(workers, monkeypatch):
    names, put = ["curves.png", "fit.png", "reliability.png", "workspace.png"], []
    monkeypatch.setattr(outcome, "reread", lambda *_: None)
    monkeypatch.setattr(outcome, "pictures", lambda _: {name: name.encode for name in names})
    folder = SimpleNamespace(put=lambda name, picture: put.append(name))

    orders = drawing(0, workers)
    for order in orders:
        outcome.add_pictures(None, folder, slice(order["first"], None, order["step"]))

    assert sorted(put) == names
    assert len(orders) == min(max(1, workers), 4)


def test_pictures_are_drawn_again_as_long_as_the_record_does_not_tell_of_them():
    leader = SimpleNamespace(member=0, summary={"baselines": {"constant": {}}})

    assert additions(sweep_with({}), leader) == drawing(0, 2)
    assert additions(sweep_with({"curves.png": "its sha256"}), leader) == []


def test_a_worker_that_has_a_sweep_open_keeps_what_it_knows_of_it(tmp_path, monkeypatch):
    sent = []
    monkeypatch.setattr(WorkerPool, "send", lambda self, worker, line: sent.append(line["sweep"]))
    pool, worker = WorkerPool(0), SimpleNamespace(sweep=None)
    pool.workers.append(worker)

    for place in (tmp_path, tmp_path, tmp_path / "another"):
        pool.open_sweep(worker, place)

    assert sent == [str(tmp_path), str(tmp_path / "another")]
