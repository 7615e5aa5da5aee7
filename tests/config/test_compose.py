"""From what was typed to plain configurations, and what is said when that cannot be done."""

import pytest

from nnrun.cli.verbs import VERBS
from nnrun.config.catalogue import builtin_conf, groups
from nnrun.config.compose import compose
from nnrun.config.request import checked_request
from nnrun.errors import Mistake, listing


@pytest.fixture(autouse=True)
def empty_folder(tmp_path, monkeypatch):
    """Every test starts in an empty folder, and Hydra leaves nothing there."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("NNRUN_CONF", raising=False)
    yield
    assert not [
        left
        for left in ("outputs", "multirun", ".hydra", "nnrun.log")
        if (tmp_path / left).exists()
    ]


def option(folder, choice, text):
    """A file of the person's own."""
    file = folder / f"{choice}.yaml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file


def told(*argv):
    with pytest.raises(Mistake) as mistake:
        compose(list(argv), VERBS)
    return str(mistake.value).splitlines()


OPTIMIZERS = listing(path.stem for path in sorted((builtin_conf() / "optimizer").iterdir()))
KEYS = listing([*groups(), "seed", "training", "output", "sweep"])
MINE = "# Mine.\n_target_: nnrun.parts.optimizer.Adam\nlr: 0.5\nbetas: [0.9, 0.999]\neps: 1e-8\n"


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


def test_a_sweep_may_set_what_only_the_swept_options_have():
    made = compose(["-m", "optimizer=sgd", "optimizer.momentum=0.5"]).jobs

    assert [job.config["optimizer"]["momentum"] for job in made] == [0.5]


# The person's own options


def test_ones_own_option_takes_the_place_of_ours(tmp_path):
    option(tmp_path / "conf", "optimizer/adam", MINE)

    (job,) = compose([]).jobs

    assert job.config["optimizer"]["lr"] == 0.5


def test_the_given_folder_comes_before_conf(tmp_path):
    option(tmp_path / "conf", "optimizer/adam", MINE)
    option(tmp_path / "given", "optimizer/adam", MINE.replace("0.5", "0.75"))

    (job,) = compose(["--config-dir", "given"]).jobs

    assert job.config["optimizer"]["lr"] == 0.75


def test_a_foreign_root_file_and_foreign_settings_of_hydra_are_not_read(tmp_path):
    option(
        tmp_path / "conf",
        "config",
        "seed: 666\nhydra: {callbacks: {evil: {_target_: os.system}}}\n",
    )
    option(tmp_path / "conf", "hydra/launcher/basic", "_target_: os.system\n")

    (job,) = compose([]).jobs

    assert job.config["seed"] == 0


@pytest.mark.parametrize(
    "text",
    [
        "# @package _global_\nhydra: {callbacks: {evil: {_target_: os.system}}}\n",
        "# @package hydra.callbacks.evil\n_target_: os.system\n",
        "defaults: [override /hydra/launcher: evil]\n",
        "# @package _global_\nhydra: {sweeper: {params: {hydra.callbacks.evil: 1}}}\n",
    ],
)
def test_an_option_that_reaches_for_hydra_is_refused(tmp_path, text):
    option(tmp_path / "conf", "optimizer/adam", text)

    problems = told("seed=1")

    assert problems == [
        "conf/optimizer/adam.yaml: sets hydra, which an option may not; set it on the command line"
    ]


# Experiments that are sweeps

SEEDS = (
    "# @package _global_\n# Two seeds.\nhydra: {mode: MULTIRUN, sweeper: {params: {seed: '3,4'}}}\n"
)


@pytest.fixture
def seeds(tmp_path):
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
def test_mistakes_beside_a_sweeping_experiment_are_told_as_those_of_a_sweep(seeds, typed, line):
    assert told("experiment=seeds", typed) == [line]


def test_samples_are_drawn_from_an_interval_of_the_experiment(tmp_path):
    option(tmp_path / "conf", "experiment/drawn", SEEDS.replace("'3,4'", "'int(interval(1,99))'"))

    made = compose(["experiment=drawn", "sweep.samples=3"]).jobs
    unused = told("experiment=drawn", "sweep.samples=3", "seed=1,2")

    assert len({job.config["seed"] for job in made}) == 3
    assert unused == [
        "sweep.samples=3: has no effect, as nothing is drawn; write a value as interval(low,high)"
    ]


# Mistakes


@pytest.mark.parametrize(
    ("typed", "line"),
    [
        (
            "optimizer=adamm",
            "optimizer=adamm: unknown optimizer; did you mean 'adam'? choices: {optimizers}",
        ),
        ("optimizer.lrr=1", "optimizer.lrr: unknown key; did you mean 'optimizer.lr'?"),
        ("optimiser.lr=1", "optimiser.lr: unknown key; did you mean 'optimizer.lr'?"),
        ("~optimizer.lrr", "optimizer.lrr: unknown key; did you mean 'optimizer.lr'?"),
        ("optimizer.zzz=1", "optimizer.zzz: unknown key; known keys: lr, betas, eps"),
        ("optimiser=adam", "optimiser=adam: unknown group; did you mean 'optimizer'?"),
        ("sede=1", "sede=1: unknown key; did you mean 'seed'?"),
        ("lr=1", "lr=1: unknown key; write optimizer.lr=..."),
        ("rate=1", "rate=1: unknown key; known keys: {keys}"),
        (
            "dropout=1",
            "dropout=1: unknown key; write regularisation.dropout=... or model.dropout=...",
        ),
        ("train", "train: no word of nnrun; leave it out, settings alone train"),
        ("0.1", "0.1: no setting in front of it; write key=0.1"),
        (
            "optimizer/adam",
            "optimizer/adam: neither a word nor a setting; did you mean 'optimizer=adam'?"
            " words: check, resume, ls, show, predict, evaluate",
        ),
        ("seed==1", "seed==1: has two equals signs; write seed=1"),
        ("--seed=1", "--seed=1: unknown flag; a setting has no dashes, write seed=1"),
        ("--pakage=seed", "--pakage=seed: unknown flag; did you mean '--package'?"),
        (
            "dataset=houses.csv",
            "dataset=houses.csv: is no data set but a file;"
            " write dataset=table dataset.path=houses.csv",
        ),
        ("seed.x=1", "seed.x: seed is a single value, 0; write seed=..."),
        (
            "optimizer.betas.7=1",
            "optimizer.betas.7: optimizer.betas is a list of 2; its places are counted from 0",
        ),
        (
            "optimizer=null",
            "optimizer=null: null is no choice; leave it out, or choose one of {optimizers}",
        ),
        (
            "~optimizer",
            "~optimizer: a run needs its optimizer; choose another instead: {optimizers}",
        ),
        (
            "+optimizer=adam",
            "+optimizer=adam: nothing to add, optimizer is there already; write optimizer=...",
        ),
        ("+seed=1", "+seed=1: nothing to add, seed is there already; write seed=1"),
        ("seed=1,2", "seed=1,2: several values; add -m to try each, or put them in [ ] for a list"),
        (
            "model.widths=[6,4",
            "model.widths=[6,4: '[' and ']' do not pair; close each bracket that is opened",
        ),
        ("dataset.path='a", "dataset.path='a: a quote is not closed; close it, or leave it out"),
        ("seed = 3", "seed = 3: spaces around '='; write seed=3"),
        ("=3", "=3: no setting in front of '='; write key=value"),
        ("optimizer.lr", "optimizer.lr: has no value; write optimizer.lr=..."),
        ("optimizer", "optimizer: has no choice; write optimizer=... with one of {optimizers}"),
        ("check", "check: comes first when it is meant as a word; write nnrun check ..."),
        (
            "--config-name=mine",
            "--config-name: nnrun reads a configuration of its own;"
            " add options to it by --config-dir",
        ),
        (
            "--experimental-rerun=a.pickle",
            "--experimental-rerun: would unpickle a file, which can run anything;"
            " run the command in run.json",
        ),
        ("--infoo", "--infoo: unknown flag; did you mean '--info'?"),
        (
            "chekc",
            "chekc: neither a word nor a setting; did you mean 'check'?"
            " words: check, resume, ls, show, predict, evaluate",
        ),
        (
            "trian",
            "trian: neither a word nor a setting; a setting looks like optimizer=adam; "
            "words: check, resume, ls, show, predict, evaluate",
        ),
        (
            "adamm",
            "adamm: neither a word nor a setting; did you mean 'optimizer=adam'? "
            "words: check, resume, ls, show, predict, evaluate",
        ),
        (
            "dataset.path=data(1).csv",
            "dataset.path=data(1).csv: cannot be read; "
            "a value with special characters needs quotes: \"dataset.path='...'\"",
        ),
        (
            "model.dropout=${regularisation.drop}",
            "model.dropout: refers to 'regularisation.drop', which is not there; "
            "did you mean 'regularisation.dropout'?",
        ),
        ("dataset.path=???", "dataset.path: is missing; write dataset.path=..."),
        (
            "hydra/launcher=fast",
            "hydra/launcher=fast: has no effect on one run; add -m for a sweep",
        ),
    ],
)
def test_a_wrong_word_is_told_with_what_would_work(typed, line, capsys):
    problems = told(typed)

    assert problems == [line.replace("{optimizers}", OPTIMIZERS).replace("{keys}", KEYS)]
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("typed", "line"),
    [
        (["seed", "=", "3"], "seed = 3: spaces around '='; write seed=3"),
        (["seed", "=3"], "seed =3: spaces around '='; write seed=3"),
        (["seed=", "3"], "seed= 3: spaces around '='; write seed=3"),
        (
            ["optimizer=adam", "optimizer=sgd"],
            "optimizer=sgd: given already as optimizer=adam; keep one of them",
        ),
        (["seed=1", "seed=2"], "seed=2: given already as seed=1; keep one of them"),
        (
            ["-m", "optimizer=adam,sgd", "optimizer.eps=1e-7"],
            "optimizer.eps: unknown key with optimizer=sgd; known keys: lr, momentum, nesterov",
        ),
        (
            ["-m", "optimizer=adam,sgdd"],
            "optimizer=sgdd: unknown optimizer; did you mean 'sgd'? choices: {optimizers}",
        ),
        (
            ["--config-dir", "nowhere"],
            "--config-dir=nowhere: no such folder; name one that holds optimizer/mine.yaml and the like",
        ),
        (
            ["--cfg", "job", "-p", "nowhere"],
            "--package=nowhere: not in the configuration; see nnrun --cfg job",
        ),
        (["seed=1", "--cfg"], "--cfg/-c: expected one argument; see nnrun --help"),
    ],
)
def test_wrong_words_together_are_told_with_what_would_work(typed, line):
    problems = told(*typed)

    assert problems == [line.replace("{optimizers}", OPTIMIZERS)]


def test_all_mistakes_of_a_command_line_are_told_at_once():
    problems = told(
        "optimizer=adamm",
        "optimiser=adam",
        "model.widht=3",
        "seed",
        "=",
        "3",
        "model.widths=[6",
        "--foo",
    )

    assert [problem.split(":")[0] for problem in problems] == [
        "--foo",
        "seed = 3",
        "optimizer=adamm",
        "model.widths=[6",
        "optimiser=adam",
        "model.widht",
    ]


@pytest.mark.parametrize(
    ("typed", "key", "value"),
    [
        ("+seed=1", "seed", "1"),
        ("++optimizer=adam", "optimizer", "adam"),
        ("~optimizer", "optimizer", None),
        ("optimizer=adam,sgdd", "optimizer", "adam,sgdd"),
        ("optimizer", "optimizer", None),
        ("seed = 3", "seed", " 3"),
        ("optimizer.lrr=1", "optimizer.lrr", None),
        ("--infoo", "--infoo", None),
    ],
)
def test_a_problem_has_the_bare_setting_as_its_key_however_that_was_typed(typed, key, value):
    with pytest.raises(Mistake) as mistake:
        compose([typed])

    (problem,) = mistake.value.problems
    assert (problem.key, problem.value) == (key, value)


def test_an_unknown_key_may_be_added_here_because_the_check_of_the_settings_refuses_it():
    (job,) = compose(["+optimizer.new=1"]).jobs

    assert job.config["optimizer"]["new"] == 1


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (
            "# x\nlr: [3\nb: 4\n",
            "conf/optimizer/adam.yaml, line 3: expected ',' or ']', but got ':'; correct the file",
        ),
        (
            "lr: 3\nlr: 4\n",
            "conf/optimizer/adam.yaml, line 2: found duplicate key lr; correct the file",
        ),
        (
            b"lr: \xff\n",
            "conf/optimizer/adam.yaml: 'utf-8' codec can't decode byte 0xff in position 4: invalid start byte; "
            "correct the file",
        ),
        (
            "lr: ${nope}\n",
            "optimizer.lr: refers to 'nope', which is not there; see nnrun --cfg job",
        ),
        (
            "defaults: [nope]\n",
            "conf/optimizer/adam.yaml: 'nope' is no optimizer; choices: adadelta, adagrad, adam, adamw, gd, lbfgs,"
            " momentum, nadam, nesterov, rmsprop, sgd, torch; correct its defaults",
        ),
    ],
)
def test_a_broken_file_of_ones_own_is_named(tmp_path, text, line):
    option(tmp_path / "conf", "optimizer/adam", text)

    problems = told("seed=1")

    assert problems == [line]


# Sweeps of parts, and experiments that are sweeps


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


# A command line as a whole


@pytest.mark.parametrize(
    ("words", "lines"),
    [
        (
            ["seed", "=", "2", "optimizer.lr=-1"],
            [
                "seed = 2: spaces around '='; write seed=2",
                "optimizer.lr=-1: expected a number > 0",
            ],
        ),
        (
            ["optimizer.lrr=1", "training.epochs=0", "optimizer.eps=-1"],
            [
                "optimizer.lrr: unknown key; did you mean 'optimizer.lr'?",
                "training.epochs=0: expected a whole number >= 1",
                "optimizer.eps=-1: expected a number > 0",
            ],
        ),
        (["--foo", "seed=-1"], ["--foo: unknown flag; did you mean '--info'?"]),
    ],
)
def test_values_that_are_wrong_by_themselves_are_told_with_the_words_that_cannot_be_read(
    words, lines
):
    with pytest.raises(Mistake) as mistake:
        checked_request(words, VERBS)

    assert str(mistake.value).splitlines() == lines
