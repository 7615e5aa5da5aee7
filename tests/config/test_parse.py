"""What is said of words that cannot be used."""

import pytest

from nnrun.cli.verbs import VERBS
from nnrun.config.catalogue import builtin_conf, groups
from nnrun.config.compose import compose
from nnrun.errors import Mistake, listing
from nnrun.parts.dataset.text import DELIMITERS

pytestmark = pytest.mark.usefixtures("empty_folder")


OPTIMIZERS = listing(path.stem for path in sorted((builtin_conf() / "optimizer").iterdir()))
KEYS = listing([*groups(), "seed", "logger", "training", "output", "sweep"])
LISTS = {"{optimizers}": OPTIMIZERS, "{keys}": KEYS, "{commands}": listing(VERBS)}


@pytest.mark.parametrize(
    ("typed", "line"),
    [
        (
            "optimizer=adamm",
            "optimizer=adamm: unknown optimizer; did you mean 'adam'? choices: {optimizers}",
        ),
        ("optimizer.lrr=1", "optimizer.lrr: unknown key; did you mean 'optimizer.lr'?"),
        ("optimiser.lr=1", "optimiser.lr=1: unknown key; write optimizer.lr=1"),
        ("~optimizer.lrr", "optimizer.lrr: unknown key; did you mean 'optimizer.lr'?"),
        ("optimizer.zzz=1", "optimizer.zzz: unknown key; known keys: lr, betas, eps"),
        ("optimiser=adam", "optimiser=adam: unknown group; did you mean 'optimizer'?"),
        ("sede=1", "sede=1: unknown key; did you mean 'seed'?"),
        ("lr=1", "lr=1: unknown key; write optimizer.lr=1"),
        ("zzz=1", "zzz=1: unknown key; known keys: {keys}"),
        ("dropout=1", "dropout=1: unknown key; write regularisation.dropout=1"),
        ("units=8", "units=8: unknown key; write model.widths=[8]"),
        ("model.lr=.1", "model.lr=.1: unknown key; write optimizer.lr=.1"),
        (
            "optimizer.learning_rate=.1",
            "optimizer.learning_rate=.1: unknown key; write optimizer.lr=.1",
        ),
        ("epoch=10", "epoch=10: unknown key; did you mean 'training.epochs'?"),
        ("random_state=3", "random_state=3: unknown key; write seed=3"),
        ("split.seed=3", "split.seed=3: unknown key; write dataset.split.seed=3"),
        (
            "momentum=.9",
            "momentum=.9: unknown key; write optimizer.momentum=.9"
            " with optimizer=momentum, muon, nesterov, rmsprop or sgd",
        ),
        ("model.blocks=2", "model.blocks=2: unknown key; it goes with model=cnn or residual"),
        (
            "early_stopping=true",
            "early_stopping=true: unknown key; write regularisation=early_stopping",
        ),
        ("model=adam", "model=adam: no such model; write optimizer=adam"),
        ("model=relu", "model=relu: no such model; write model.activation=relu"),
        ("epochs", "epochs: has no value; write training.epochs=..."),
        ("list", "list: no command of nnrun; write nnrun runs, or nnrun ls"),
        ("train", "train: no command of nnrun; leave it out, settings alone train"),
        ("0.1", "0.1: no setting in front of it; write key=0.1"),
        (
            "optimizer/adam",
            "optimizer/adam: neither a command nor a setting; did you mean 'optimizer=adam'?"
            " commands: {commands}",
        ),
        ("seed==1", "seed==1: has two equals signs; write seed=1"),
        ("seed=1_0", "seed=1_0: has an underscore that parts no thousands; write 10"),
        (
            "seed=range(0,1e9)",
            "seed=range(0,1e9): stands for 1,000,000,000 values, and a sweep can hold 20,000 members;"
            " take larger steps, or draw samples",
        ),
        (
            "seed=range(0,1e30,1e-9)",
            "seed=range(0,1e30,1e-9): stands for 1e+39 values, and a sweep can hold 20,000 members;"
            " take larger steps, or draw samples",
        ),
        (
            "optimizer.lr=range(0,inf)",
            "optimizer.lr=range(0,inf): has no end; write range(first,end,step)",
        ),
        (
            "optimizer.lr=range(nan,1)",
            "optimizer.lr=range(nan,1): has no end; write range(first,end,step)",
        ),
        ("seed=range(0,4,0)", "seed=range(0,4,0): steps by 0; write range(first,end,step)"),
        ("--seed=1", "--seed=1: unknown flag; a setting has no dashes, write seed=1"),
        ("--lr=.1", "--lr=.1: unknown flag; a setting has no dashes, write optimizer.lr=.1"),
        (
            "--batch-size",
            "--batch-size: unknown flag; a setting has no dashes, write training.batch_size=...",
        ),
        ("--pakage=seed", "--pakage=seed: unknown flag; did you mean '--package'?"),
        (
            "dataset=houses.csv",
            "dataset=houses.csv: is a file, not a data set;"
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
        ("~seed", "~seed: takes away what every run needs; write seed=..."),
        ("~seed=3", "~seed=3: takes away what every run needs; write seed=..."),
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
        (
            "dataset.drop=[it's]",
            "dataset.drop=[it's]: a text holds a quote; put it into quotes of the other kind: \"it's\", 'q\"uote'",
        ),
        (
            "output.folder=q'uo\"te",
            "output.folder=q'uo\"te: a text holds quotes of both kinds; write \"output.folder='q\\'uo\\\"te'\"",
        ),
        ("dataset.path='a", "dataset.path='a: a quote is not closed; close it, or leave it out"),
        ("seed = 3", "seed = 3: spaces around '='; write seed=3"),
        ("=3", "=3: no setting in front of '='; write key=value"),
        ("optimizer.lr", "optimizer.lr: has no value; write optimizer.lr=..."),
        ("optimizer", "optimizer: has no choice; write optimizer=... with one of {optimizers}"),
        ("check", "check: has to come first, as it is a command; write nnrun check ..."),
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
            "chekc: neither a command nor a setting; did you mean 'check'? commands: {commands}",
        ),
        (
            "trian",
            "trian: neither a command nor a setting; a setting looks like optimizer=adam; "
            "commands: {commands}",
        ),
        (
            "adamm",
            "adamm: neither a command nor a setting; did you mean 'optimizer=adam'? "
            "commands: {commands}",
        ),
        (
            "dataset.path=data(1).csv",
            "dataset.path=data(1).csv: cannot be read; "
            "a value with special characters needs quotes: \"dataset.path='data(1).csv'\"",
        ),
        (
            "dataset.drop=[a.b=c, 3]",
            "dataset.drop=[a.b=c, 3]: cannot be read; a value with special characters needs quotes:"
            " \"dataset.drop=['a.b=c',3]\"",
        ),
        (
            "model.widths=[64,,64]",
            "model.widths=[64,,64]: has nothing between two commas; leave one of them out",
        ),
        (
            "foo\x1b[31m=1",
            "foo\\x1b[31m=1: no key has such a sign; write letters, digits, '_', '.' and '/'",
        ),
        (
            "dataset=iris optimizer=adm",
            "dataset=iris optimizer=adm: holds several settings;"
            " give each as a word of its own: dataset=iris and optimizer=adm",
        ),
        (
            "optimizer.lr=0,5",
            "optimizer.lr=0,5: several values; write 0.5 for a decimal number, or add -m to try each",
        ),
        (
            "optimizer.lr=range(0.001,0.01)",
            "optimizer.lr=range(0.001,0.01): steps by 1, so 0.001 is its only value;"
            " write range(first,end,step) with a smaller step",
        ),
        (
            "model.depth=3",
            "model.depth=3: unknown key; give a width for each layer: model.widths=[128,128]",
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
def test_a_wrong_word_is_told_with_what_would_work(typed, line, capsys, told):
    problems = told(typed)

    for name, choices in LISTS.items():
        line = line.replace(name, choices)
    assert problems == [line]
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
            "optimizer.eps=1e-7: unknown key with optimizer=sgd;"
            " it goes with optimizer=adadelta, adagrad, adam, adamw and 3 more",
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
def test_wrong_words_together_are_told_with_what_would_work(typed, line, told):
    problems = told(*typed)

    assert problems == [line.replace("{optimizers}", OPTIMIZERS)]


def test_all_mistakes_of_a_command_line_are_told_at_once(told):
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


@pytest.mark.parametrize(
    "words",
    [
        ("optimizer=torch", "optimizer.arguments.weight_decay=1"),
        ("model=module", "+model.arguments.a=1", "model.arguments.width=1"),
    ],
)
def test_an_argument_of_a_class_from_outside_is_to_be_added(words):
    with pytest.raises(Mistake) as mistake:
        compose(list(words))

    (problem,) = mistake.value.problems
    assert str(problem) == f"{words[-1]}: nothing is set there yet; write +{words[-1]}"


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("[größe]", ["größe"]),
        ("größe in m", "größe in m"),
        ("['größe',x, 长度]", ["größe", "x", "长度"]),
        ('"é, è"', "é, è"),
    ],
)
def test_letters_of_any_language_need_no_quotes(typed, value):
    (job,) = compose(["dataset=table", f"dataset.drop={typed}"]).jobs

    assert job.config["dataset"]["drop"] == value
    assert compose(job.overrides).jobs[0].config == job.config


def test_a_range_without_a_value_is_told(told):
    assert told("-m", "seed=range(3,1)") == [
        "seed=range(3,1): matches nothing; write range(first,end,step), the end not included"
    ]


def test_an_unknown_key_may_be_added_here_because_the_check_of_the_settings_refuses_it():
    (job,) = compose(["+optimizer.new=1"]).jobs

    assert job.config["optimizer"]["new"] == 1


@pytest.mark.parametrize("sign", DELIMITERS.values())
def test_a_delimiter_arrives_though_the_shell_takes_its_quotes(sign):
    bare = compose(["dataset=table", f"dataset.delimiter={sign}"]).jobs[0]
    quoted = compose(["-m", "dataset=table", f"dataset.delimiter='{sign}'"]).jobs[0]

    for job in (bare, quoted):
        assert DELIMITERS[job.config["dataset"]["delimiter"]] == sign


def test_a_decimal_sign_arrives_as_it_was_typed():
    (job,) = compose(["dataset=table", "dataset.decimal=,"]).jobs

    assert job.config["dataset"]["decimal"] == ","
