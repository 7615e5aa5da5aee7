"""From what was typed to plain configurations: runs, sweeps, and experiments that are sweeps."""

import pytest

from nnrun.config.compose import compose
from nnrun.errors import Mistake

pytestmark = pytest.mark.usefixtures("empty_folder")


def test_a_configuration_is_plain_resolved_and_without_hydra():
    (job,) = compose(["regularisation=dropout", "seed=7"]).jobs

    assert job.overrides == ["regularisation=dropout", "seed=7"]
    assert job.config["seed"] == 7
    assert job.config["model"]["dropout"] == job.config["regularisation"]["dropout"] > 0
    assert type(job.config["model"]["widths"]) is list
    assert "hydra" not in job.config


def test_the_choices_name_an_option_for_each_group_and_an_experiment_only_when_there_is_one():
    (plain,) = compose(["optimizer=sgd", "regularisation=[l2,dropout]"]).jobs
    (study,) = compose(["experiment=smoke"]).jobs

    assert plain.choices["optimizer"] == "sgd"
    assert plain.choices["regularisation"] == "l2,dropout"
    assert "experiment" not in plain.choices
    assert study.choices["experiment"] == "smoke"


def test_flags_may_stand_anywhere(capsys):
    made = compose(
        ["optimizer=sgd", "--cfg", "job", "-p", "optimizer.lr", "optimizer.lr=0.25"]
    ).jobs

    printed = capsys.readouterr().out

    assert made == []
    assert printed == "0.25\n"


def test_overrides_are_kept_as_typed_even_when_they_refer_to_something():
    (job,) = compose(["model.dropout=${regularisation.l2}"]).jobs

    assert job.overrides == ["model.dropout=${regularisation.l2}"]
    assert job.config["model"]["dropout"] == job.config["regularisation"]["l2"]


def test_a_sweep_gives_one_run_for_each_combination():
    made = compose(["optimizer=adam,sgd", "-m", "seed=0,1"]).jobs

    assert [job.overrides for job in made] == [
        ["optimizer=adam", "seed=0"],
        ["optimizer=adam", "seed=1"],
        ["optimizer=sgd", "seed=0"],
        ["optimizer=sgd", "seed=1"],
    ]


@pytest.mark.parametrize(
    "words",
    [
        ["optimizer.lr=0.1,0.2", "model.widths=[8],[8,4]", "scheduler=constant,cosine"],
        ["+dataset.added={a: 1},{b: 2}", "dataset=table", "dataset.path=x.csv", "seed=0,1"],
    ],
    ids=["values that replace others", "values that are added"],
)
def test_nothing_of_a_member_is_left_in_the_next(words):
    together = compose(["-m", *words]).jobs

    for job in together:
        (alone,) = compose(list(job.overrides)).jobs
        assert job.config == alone.config


def test_a_sweep_may_set_what_only_the_swept_options_have():
    made = compose(["-m", "optimizer=sgd", "optimizer.momentum=0.5"]).jobs

    assert [job.config["optimizer"]["momentum"] for job in made] == [0.5]


def test_the_parts_of_a_chain_are_chosen_in_a_sweep_as_alone():
    words = (
        "scheduler=chained",
        "scheduler@scheduler.first=exponential",
        "scheduler.first.factor=0.5",
    )

    (alone,) = compose([*words]).jobs
    one, other = compose(["-m", *words, "scheduler@scheduler.then=step,linear"]).jobs

    assert (
        one.config["scheduler"]["first"]
        == other.config["scheduler"]["first"]
        == alone.config["scheduler"]["first"]
    )
    assert one.config["scheduler"]["then"]["_target_"].endswith(".Step")
    assert other.config["scheduler"]["then"] == alone.config["scheduler"]["then"]


# Experiments that are sweeps

SEEDS = (
    "# @package _global_\n# Two seeds.\nhydra: {mode: MULTIRUN, sweeper: {params: {seed: '3,4'}}}\n"
)


@pytest.fixture
def seeds(tmp_path, option):
    """An experiment that sweeps two seeds, and one that is like it."""
    option(tmp_path / "conf", "experiment/seeds", SEEDS)
    option(
        tmp_path / "conf",
        "experiment/heir",
        "# @package _global_\n# As seeds.\ndefaults: [seeds]\n",
    )


@pytest.mark.parametrize(
    "words", [["experiment=seeds"], ["-m", "experiment=seeds"], ["experiment=heir"]]
)
def test_an_experiment_may_be_a_sweep_with_and_without_m(seeds, words):
    made = compose(words)

    assert [job.config["seed"] for job in made.jobs] == [3, 4]
    assert made.sweep is not None


def test_what_is_typed_wins_over_what_an_experiment_sweeps(seeds):
    made = compose(["experiment=seeds", "seed=5,6,7", "optimizer=sgd", "optimizer.lr=0.1"])

    assert [job.config["seed"] for job in made.jobs] == [5, 6, 7]
    assert {job.config["optimizer"]["lr"] for job in made.jobs} == {0.1}


def test_more_can_be_varied_than_an_experiment_does(seeds):
    made = compose(["experiment=seeds", "optimizer=sgd,adam"])

    assert len(made.jobs) == 4


def test_where_nothing_is_left_to_vary_an_experiment_is_a_run_unless_m_was_typed(seeds):
    alone, swept = (
        compose(["experiment=seeds", "seed=5"]),
        compose(["-m", "experiment=seeds", "seed=5"]),
    )

    assert alone.sweep is None
    assert swept.sweep is not None
    assert alone.jobs == swept.jobs


def test_a_sweeping_experiment_can_be_told_to_be_one_run(seeds):
    made = compose(["experiment=seeds", "hydra.mode=RUN"])

    assert [job.config["seed"] for job in made.jobs] == [0]
    assert made.sweep is None


def test_a_sweeping_experiment_is_printed_as_one_configuration(seeds, capsys):
    made = compose(["experiment=seeds", "optimizer.lr=0.25", "--cfg", "job", "-p", "optimizer.lr"])

    assert made.jobs == []
    assert capsys.readouterr().out == "0.25\n"


@pytest.mark.parametrize(
    ("typed", "line"),
    [
        (
            "seed=1,",
            "seed=1,: ends with a comma; leave it out, or type no space behind it",
        ),
        ("sede=1,2", "sede=1,2: unknown key; did you mean 'seed'?"),
        (
            "sweep.samples=3",
            "sweep.samples=3: has no effect, as nothing is drawn; write a value as interval(low,high)",
        ),
    ],
)
def test_mistakes_beside_a_sweeping_experiment_are_told_as_those_of_a_sweep(
    seeds, typed, line, told
):
    assert told("experiment=seeds", typed) == [line]


def test_samples_are_drawn_from_an_interval_of_the_experiment(tmp_path, told, option):
    option(tmp_path / "conf", "experiment/drawn", SEEDS.replace("'3,4'", "'int(interval(1,99))'"))

    made = compose(["experiment=drawn", "sweep.samples=3"]).jobs
    unused = told("experiment=drawn", "sweep.samples=3", "seed=1,2")

    assert len({job.config["seed"] for job in made}) == 3
    assert unused == [
        "sweep.samples=3: has no effect, as nothing is drawn; write a value as interval(low,high)"
    ]


def test_an_experiment_that_does_not_reach_the_root_is_told_its_first_line(tmp_path, option, told):
    option(tmp_path / "conf", "experiment/lost", "# Three.\nseed: 3\n")

    assert told("experiment=lost") == [
        "experiment=lost: sets nothing; begin its file with the line # @package _global_"
    ]


def test_a_sweep_cannot_be_a_member_of_another():
    with pytest.raises(Mistake) as told:
        compose(["-m", "experiment=smoke,learning_rates"])

    assert str(told.value) == (
        "experiment=smoke,learning_rates: experiment=learning_rates is a sweep by itself; run it alone"
    )


def test_what_an_experiment_sets_and_the_chosen_part_lacks_is_told_as_if_it_were_typed():
    with pytest.raises(Mistake) as told:
        compose(["experiment=batch_norm_or_not", "model=linear"])

    (line,) = str(told.value).splitlines()
    assert line.startswith("model.norm: unknown key; known keys: init")


# What tests compose by themselves


@pytest.mark.parametrize(
    "words",
    [
        ["optimizer=adam,sgd", "seed=range(2)", "optimizer.lr=1e30,0.01"],
        ["regularisation=[l2,dropout],none", "model.widths=[24,24],[8]", "scheduler=chained"],
        ["dataset=digits", "loss=cross_entropy", "loss.label_smoothing=0,0.1", "model=cnn"],
        ["dataset=landscape", "model=point", "loss=height", "training.batch_size=full"],
        ["regularisation.clip_norm=null,1", "training.fold_norm=true", "dataset.split.seed=3"],
    ],
)
def test_the_composer_that_tests_share_composes_what_the_command_does(words, composer):
    ours, theirs = composer(*words), compose(["-m", *words]).jobs

    assert [job.config for job in ours] == [job.config for job in theirs]
    assert [job.choices for job in ours] == [job.choices for job in theirs]
