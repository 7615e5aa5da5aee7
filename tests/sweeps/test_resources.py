"""How many workers a sweep has, and the memory of each."""

import pytest

from nnrun.engine.memory import machine_memory
from nnrun.runs.job import Job
from nnrun.sweeps import resources
from nnrun.sweeps.resources import early_workers, worker_count
from nnrun.sweeps.settings import SweepSettings


@pytest.fixture(autouse=True)
def machine(monkeypatch, tmp_path):
    """Eight cores, no GPU, and plenty of memory; machine(memory=1) or machine(gpu=True) for another."""

    def be(memory=2**40, gpu=False):
        monkeypatch.setattr(resources, "cores", lambda: 8)
        monkeypatch.setattr(resources, "available_memory", lambda: memory)
        monkeypatch.setattr(resources, "GPU", tmp_path if gpu else tmp_path / "none")

    be()
    return be


def workers(wish="auto", members=100, device="cpu"):
    settings = SweepSettings(samples=1, verify=0, timeout=None, workers=wish, reuse=False)
    job = Job({"training": {"device": device}}, [], {})
    return worker_count(settings, [job] * members, members)


@pytest.mark.parametrize(
    ("words", "count"),
    [
        (["-m", "seed=0,1"], 8),
        (["-m", "hydra.launcher.workers=3"], 3),
        (["-m", "hydra.launcher.workers=30"], 8),
        (["-m", "hydra.launcher.workers=²"], 8),
        (["-m", "hydra/launcher=basic"], 0),
        (["-m", "--cfg", "job"], 0),
        (["-m", "--info"], 0),
    ],
)
def test_workers_start_early_as_typed_unless_nothing_will_be_trained(words, count):
    assert early_workers(words) == count


def test_there_is_a_worker_for_each_core_but_none_without_a_member():
    assert (workers(), workers(members=3), workers(wish=20)) == (8, 3, 20)


@pytest.mark.parametrize(("device", "count"), [("auto", 1), ("cuda:1", 1), ("cpu", 8)])
def test_members_on_a_gpu_share_one_worker(device, count, machine):
    machine(gpu=True)

    assert workers(device=device) == count


def test_there_are_no_more_workers_than_memory_for_them(machine):
    machine(memory=3 * 2**30)

    assert workers() == 4


def test_there_is_one_worker_however_little_memory_there_is(machine):
    machine(memory=1)

    assert workers() == 1


def test_the_memory_of_a_machine_is_found():
    assert all(memory > 2**20 for memory in machine_memory())
