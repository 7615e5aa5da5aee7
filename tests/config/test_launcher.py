"""The launcher passes Hydra's own acceptance suites; samples and grids are as they were asked for."""

import subprocess
import sys
from pathlib import Path

import pytest
from hydra.core.override_parser.types import Quote, QuotedString
from hydra.test_utils.launcher_common_tests import IntegrationTestSuite, LauncherTestSuite
from hydra.version import VersionBase, __compat_version__

from nnrun.config.compose import compose
from nnrun.config.launcher import register

PLUGIN = "from nnrun.config.launcher import Together, announce\nannounce()\n"


@pytest.fixture(autouse=True)
def known(tmp_path, monkeypatch) -> None:
    """The launcher, known to Hydra here and, as a plugin, in the processes that a test starts."""
    monkeypatch.setattr(
        VersionBase.instance(), "version_base", __compat_version__
    )  # other tests have set another
    register()
    home = tmp_path / "plugins" / "hydra_plugins"
    home.mkdir(parents=True)
    (home / "nnrun_together.py").write_text(PLUGIN)
    monkeypatch.setenv("PYTHONPATH", str(home.parent))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("launcher_name", "overrides"), [("together", [])])
class TestLauncher(LauncherTestSuite):
    pass


@pytest.fixture
def forked(programs, monkeypatch) -> None:
    """Let the suite's programs be processes that have loaded Hydra already."""
    monkeypatch.setattr(sys, "executable", str(programs / "python"))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.slow
@pytest.mark.usefixtures("forked")
@pytest.mark.parametrize(
    ("task_launcher_cfg", "extra_flags"),
    [({}, ["-m", "hydra/launcher=together", "hydra.launcher.workers=1"])],
)
class TestIntegration(IntegrationTestSuite):
    pass


# What is composed


def words(*argv: str) -> list[list[str]]:
    return [job.overrides for job in compose(["-m", *argv]).jobs]


def test_a_grid_has_every_combination_in_the_order_in_which_it_was_typed():
    made = words("optimizer=adam,sgd", "seed=range(2)", "training.epochs=3")

    assert made == [
        [f"optimizer={optimizer}", f"seed={seed}", "training.epochs=3"]
        for optimizer in ("adam", "sgd")
        for seed in (0, 1)
    ]


def test_samples_come_from_their_interval_evenly_in_its_logarithm_and_are_the_same_when_asked_again():
    sweep = (
        "optimizer.lr=interval(1e-4,1e-1)",
        "regularisation.l2=interval(0,1)",
        "sweep.samples=200",
    )

    jobs = compose(["-m", *sweep]).jobs

    rates = [job.config["optimizer"]["lr"] for job in jobs]
    penalties = [job.config["regularisation"]["l2"] for job in jobs]

    assert len(set(rates)) == len(set(penalties)) == 200
    assert all(1e-4 <= rate <= 1e-1 for rate in rates)
    for low in (1e-4, 1e-3, 1e-2):
        assert 45 < sum(low <= rate < 10 * low for rate in rates) < 90
    assert 80 < sum(penalty < 0.5 for penalty in penalties) < 120
    assert compose(["-m", *sweep]).jobs == jobs


def test_whole_numbers_are_drawn_from_both_ends_on():
    jobs = compose(
        [
            "-m",
            "regularisation=early_stopping",
            "regularisation.patience=int(interval(2,4))",
            "sweep.samples=60",
        ]
    )

    assert {job.config["regularisation"]["patience"] for job in jobs.jobs} == {2, 3, 4}


def test_each_sample_is_tried_with_every_listed_value():
    made = words("optimizer.lr=interval(1e-3,1e-2)", "seed=0,1", "sweep.samples=3")

    assert [word for word, _ in made] == ["seed=0", "seed=1"] * 3
    assert len({rate for _, rate in made}) == 3


def test_runs_composed_from_a_copy_equal_runs_composed_by_hydra():
    typed = (
        "optimizer=adam,sgd",
        "model.widths=[8],[4,4]",
        "regularisation=[l2,dropout],none",
        "seed=3,4",
    )
    fast = compose(["-m", *typed]).jobs

    slow = compose(["-m", "hydra/launcher=basic", *typed]).jobs

    assert fast == slow
    assert len(fast) == 16


@pytest.mark.parametrize(
    "text", ["id #", "it's", "bob's dir/h.csv", "a<b", "odd:Kw", "1", r"a\b'", "größe"]
)
@pytest.mark.parametrize("launcher", ["together", "basic"])
def test_a_text_in_quotes_arrives_in_a_sweep_as_in_a_single_run(text, launcher):
    word = f"dataset.id={QuotedString(text, Quote.single).with_quotes()}"
    typed = ["dataset=table", word, f"dataset.drop=[{word.partition('=')[2]}]", "seed=3"]
    (alone,) = compose(typed).jobs

    jobs = compose(["-m", f"hydra/launcher={launcher}", *typed, "dataset.target='o #1',b"]).jobs

    assert [job.config["dataset"].pop("target") for job in jobs] == ["o #1", "b"]
    del alone.config["dataset"]["target"]
    assert all(job.config["dataset"] == alone.config["dataset"] for job in jobs)


def test_a_value_is_told_as_it_was_typed():
    typed = ["dataset=table", "dataset.path=odd:Kw"]

    assert words(*typed) == [typed]


def test_the_sweep_itself_is_no_part_of_a_run():
    made = compose(["-m", "seed=0,1", "sweep.verify=1", "hydra.launcher.workers=1"])

    assert made.sweep == {"samples": 16, "verify": 1, "timeout": None, "workers": 1, "reuse": False}
    assert made.jobs == compose(["-m", "seed=0,1"]).jobs
    assert all("sweep" not in job.config for job in made.jobs)


def test_all_runs_are_made_one_after_the_other_by_hydras_own_launcher():
    assert compose(["-m", "seed=0,1", "hydra/launcher=basic"]).sweep is None


def test_the_shim_of_these_tests_is_found_by_hydra(tmp_path: Path):
    program = (
        "from hydra.core.plugins import Plugins; print(*Plugins.instance().class_name_to_class)"
    )

    told = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=tmp_path
    )

    assert "nnrun.config.launcher.Together" in told.stdout
