"""The door: words, exit codes, completion, and what is never loaded for them."""

import json
import os
import re
import signal
import subprocess
import sys
from argparse import Namespace
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

from nnrun import __version__, cli, errors, training
from nnrun.cli import evaluate, predict
from nnrun.cli.composing import seems_many
from nnrun.cli.door import exit_code
from nnrun.cli.signals import SIGNALLED
from nnrun.cli.verbs import VERBS, load_verb
from nnrun.config import experiment
from nnrun.config.catalogue import options
from nnrun.errors import Mistake, Problem, TrainingFailed
from nnrun.training import introduction

COMMAND = Path(sys.executable).with_name("nnrun")
HEAVY = ("torch", "pandas", "sklearn", "matplotlib")


@pytest.fixture(autouse=True)
def empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("NNRUN_CONF", raising=False)


class Words(tuple):
    """What was typed, in the place of an experiment of which no tracker is told."""

    settings = SimpleNamespace(logger=())


@pytest.fixture
def began(monkeypatch):
    """A door with nothing behind it: what would have been trained, checked, predicted or evaluated is listed here."""
    calls: list[tuple] = []

    def noted(word):
        return lambda *given: calls.append((word, *given))

    monkeypatch.setattr(
        experiment, "build", lambda config, overrides, choices, flags: Words(overrides)
    )
    module = ModuleType("nnrun.training.run")
    vars(module).update(train=lambda given, folder, screen: noted("train")(given))
    vars(module).update(new_folder=lambda given: SimpleNamespace(path=Path("outputs/a")))
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setattr(training, "run", module, raising=False)
    monkeypatch.setattr("nnrun.cli.train.left_by_run", lambda folder: {})
    monkeypatch.setattr("nnrun.training.pace.as_long_as_asked", lambda given, screen: given)
    monkeypatch.setattr(introduction, "check", lambda given: noted("check")(given) or [])
    monkeypatch.setattr(predict, "predict", noted("predict"))
    monkeypatch.setattr(evaluate, "evaluate", noted("evaluate"))
    return calls


def command(*argv, **settings):
    """The real command in a process of its own."""
    return subprocess.run([COMMAND, *argv], capture_output=True, text=True, timeout=60, **settings)


def asked(verb, **changes):
    """What a verb is asked for: outputs/a, new.csv, and nothing else but the changes."""
    usual = {"run": "outputs/a", "table": "new.csv", "written": []}
    usual |= {"strict": False, "json": False}
    of_arm = {"refine": False, "degrees": False, "tolerance": None}
    own = {
        "predict": {"out": None, "keep": "", "proba": False, "interval": None, **of_arm},
        "evaluate": {},
    }
    return Namespace(**usual | own[verb] | changes)


@pytest.mark.parametrize(
    ("argv", "call"),
    [
        (["optimizer=sgd", "seed=1"], ("train", ("optimizer=sgd", "seed=1"))),
        (["check", "optimizer=sgd"], ("check", ("optimizer=sgd",))),
        (["predict", "outputs/a", "new.csv"], ("predict", asked("predict"))),
        (
            ["predict", "outputs/a", "new.csv", "-o", "out.csv"],
            ("predict", asked("predict", out="out.csv")),
        ),
        (
            ["predict", "outputs/a", "new.csv", "-o", "out.csv", "dataset.delimiter=;"],
            ("predict", asked("predict", out="out.csv", written=["dataset.delimiter=;"])),
        ),
        (["evaluate", "outputs/a", "new.csv"], ("evaluate", asked("evaluate"))),
        (
            ["evaluate", "outputs/a", "new.csv", "--strict"],
            ("evaluate", asked("evaluate", strict=True)),
        ),
    ],
)
def test_each_word_leads_to_its_room(began, argv, call):
    code = exit_code(argv)

    assert code == 0
    assert began == [call]


@pytest.mark.parametrize(
    ("raised", "code", "line"),
    [
        (
            Mistake(Problem("seed", None, "one"), Problem("seed", None, "two")),
            2,
            "error: seed: one\nerror: seed: two\n",
        ),
        (TrainingFailed("the loss is not a number"), 3, "error: the loss is not a number\n"),
        (KeyboardInterrupt(), 130, ""),
    ],
)
def test_the_exit_code_says_what_happened(began, monkeypatch, capsys, raised, code, line):
    def fail(experiment, folder, screen):
        raise raised

    monkeypatch.setattr(training.run, "train", fail)

    ended = exit_code([])

    assert ended == code
    assert capsys.readouterr().err == line


def test_a_fault_of_ours_shows_where_it_happened_and_asks_for_a_report(began, monkeypatch, capsys):
    def fail(experiment, folder, screen):
        raise FileNotFoundError("ours")  # Hydra's own complaints are of this kind too

    monkeypatch.setattr(training.run, "train", fail)

    code = exit_code([])

    lines = capsys.readouterr().err.splitlines()
    assert code == 1
    assert lines[0] == "Traceback (most recent call last):"
    assert lines[-2:] == [
        "FileNotFoundError: ours",
        "error: this is a fault of nnrun; please report it with the lines above",
    ]


LATE = "error: predict: has to come first, as it is a command; write nnrun predict ...\n"


@pytest.mark.parametrize(
    ("argv", "line"),
    [
        (
            ["predict"],
            "error: nnrun predict: the following arguments are required: RUN, FILE; see nnrun predict --help\n",
        ),
        (
            ["evaluate", "a", "b", "c"],
            "error: c: does not say how FILE is written; known: dataset.delimiter, dataset.encoding, dataset.decimal,"
            " each with =VALUE\n",
        ),
        *(
            ([*flags, "predict", "a", "t.csv", "-o", "p.csv"], LATE)
            for flags in (["-q"], ["--json"], ["-m"], ["--config-dir", "."])
        ),
        (["optimizer.lrr=1"], "error: optimizer.lrr: unknown key; did you mean 'optimizer.lr'?\n"),
    ],
)
def test_wrong_arguments_are_one_line_and_code_2(capsys, argv, line):
    code = exit_code(argv)

    assert code == 2
    assert capsys.readouterr().err == line


@pytest.mark.parametrize("word", VERBS)
def test_each_word_explains_itself(capsys, word):
    try:
        code = exit_code([word, "--help"])
    except SystemExit as end:
        code = end.code

    assert code == 0
    assert capsys.readouterr().out.startswith(f"usage: nnrun {word} ")


def test_each_module_of_the_door_with_a_verb_is_in_the_list_of_verbs():
    texts = {file.stem: file.read_text() for file in Path(cli.__file__).parent.glob("*.py")}

    verbs = {name.replace("_", "-") for name, text in texts.items() if "\nVERB = " in text}
    assert verbs == set(VERBS)
    assert all(load_verb(name).usage.startswith(f"nnrun {name} ") for name in VERBS)


def test_exit_codes_are_those_of_the_manual():
    root = Path(__file__).resolve().parents[2]
    manual = "".join(file.read_text() for file in (root / "README.md", *root.glob("docs/*.md")))
    table = manual.partition("| exit code |")[2].partition("\n\n")[0]

    listed = re.findall(r"^\| (\d+(?:, \d+)*) \|", table, flags=re.MULTILINE)

    codes = {
        *(errors.DONE, errors.FAULT, errors.MISTAKEN, errors.FAILED, errors.SOME_FAILED),
        *(errors.UNMET, errors.DIFFERENT, errors.INTERRUPTED, errors.READER_LEFT),
        *(SIGNALLED + number for number in (signal.SIGTERM, signal.SIGHUP)),
    }
    assert {int(code) for line in listed for code in line.split(", ")} == codes


def test_help_names_every_word_and_every_group_with_its_options(capsys):
    exit_code(["--help"])

    text = capsys.readouterr().out
    assert all(f"nnrun {word} " in text for word in VERBS)
    datasets = ", ".join(f"{name}*" if name == "arkoma" else name for name in options("dataset"))
    assert f"  dataset         {datasets}\n" in text


def test_ls_describes_the_options_of_a_group_and_marks_the_default(capsys):
    exit_code(["ls", "model"])

    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "model"
    assert any(line.split()[:3] == ["mlp", "*", "Multilayer"] for line in lines)


def test_show_prints_the_file_of_an_option(capsys):
    mine = Path("mine/optimizer/lion.yaml")
    mine.parent.mkdir(parents=True)
    mine.write_text("# Lion.\nlr: 1\n")

    exit_code(["show", "optimizer/lion", "--config-dir", "mine"])

    assert capsys.readouterr().out == "# Lion.\nlr: 1\n"


@pytest.mark.parametrize("block", ["training", "output", "sweep", "regularisation"])
def test_show_prints_a_block_that_every_run_has(block, capsys):
    code = exit_code(["show", block])

    first, *rest = capsys.readouterr().out.splitlines()
    assert code == 0
    assert first.startswith(f"{block}:")
    assert rest
    assert all(line.startswith("  ") for line in rest)


def test_show_says_where_an_option_is_that_was_named_alone(capsys):
    exit_code(["show", "linear"])

    told = "error: linear: unknown group; write model/linear or scheduler/linear\n"
    assert capsys.readouterr().err == told


@pytest.mark.parametrize("run", ["last", "outputs/night"])
def test_show_says_what_tells_of_a_run(run, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "outputs" / "night").mkdir(parents=True)
    (tmp_path / "outputs" / "night" / "run.json").touch()

    exit_code(["show", run])

    assert capsys.readouterr().err == (
        f"error: {run}: is a run, and nnrun show tells of options;"
        f" write nnrun runs for a list, or nnrun report {run} for a page on it\n"
    )


@pytest.mark.parametrize(
    ("line", "offers"),
    [
        ("nnrun c", {"check", "compare"}),
        ("nnrun opt", {"optimizer=", "optimizer."}),
        ("nnrun optimizer.l", {"optimizer.lr="}),
        ("nnrun optimizer=mi", {"optimizer=mine"}),
        ("nnrun check optimizer=mi", {"optimizer=mine"}),
        ("nnrun ls mod", {"model", "model.activation", "model.init", "model.norm"}),
        ("nnrun show trai", {"training"}),
        ("nnrun show optimizer/mi", {"optimizer/mine"}),
        ("nnrun predict ou", set()),
        ("nnrun predict l", {"last"}),
        ("nnrun predict last l", set()),
        ("nnrun resume ", {"last", "best"}),
        ("nnrun again b", {"best"}),
        ("nnrun again last optimizer.l", {"optimizer.lr="}),
        ("nnrun --cf", set()),
        ("nnrun experiment=many optimizer.l", {"optimizer.lr="}),
        ("nnrun optimizer=[ see", set()),
    ],
)
def test_completion_offers_words_groups_options_and_keys_and_never_complains(
    capfd, monkeypatch, line, offers
):
    mine = Path("conf/optimizer/mine.yaml")
    mine.parent.mkdir(parents=True)
    mine.write_text("lr: 1\n")
    many = Path("conf/experiment/many.yaml")
    many.parent.mkdir()
    many.write_text(
        "# @package _global_\nhydra: {mode: MULTIRUN, sweeper: {params: {seed: '0,1'}}}\n"
    )
    monkeypatch.setenv("COMP_LINE", line)

    code = exit_code(["-sc", "query=bash"])

    printed = capfd.readouterr()
    assert code == 0
    assert set(printed.out.split()) == offers
    assert printed.err == ""


# By the front door


def test_the_version_is_answered_at_once():
    told = command("--version")

    assert (told.returncode, told.stdout, told.stderr) == (0, f"nnrun {__version__}\n", "")


def test_a_mistake_is_one_line_and_leaves_nothing_behind(tmp_path):
    told = command("optimizer.lrr=1")

    assert told.returncode == 2
    assert told.stdout == ""
    assert told.stderr == "error: optimizer.lrr: unknown key; did you mean 'optimizer.lr'?\n"
    assert list(tmp_path.iterdir()) == []


def test_the_configuration_is_shown_in_an_empty_folder_that_stays_empty(tmp_path):
    told = command("optimizer=sgd", "--cfg", "job", "-p", "optimizer._target_")

    assert (told.returncode, told.stdout, told.stderr) == (0, "nnrun.parts.optimizer.Sgd\n", "")
    assert list(tmp_path.iterdir()) == []


def test_completion_can_be_installed():
    told = command("-sc", "install=bash")

    assert told.returncode == 0
    assert told.stdout.rstrip().endswith("-F _nnrun nnrun")


def test_a_reader_who_leaves_early_hears_no_complaint():
    piped = subprocess.run(
        f"{COMMAND} show model/mlp | true; {COMMAND} --help | head -1; {COMMAND} --cfg job | true",
        shell=True,
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert piped.stdout == "nnrun trains neural networks from a configuration.\n"
    assert piped.stderr == ""


@pytest.mark.parametrize(
    ("words", "many"),
    [
        (["dataset=iris"], False),
        (["-m", "seed=0,1"], True),
        (["experiment=smoke"], False),
        (["experiment=learning_rates", "seed=1"], True),
        (["experiment=mine"], True),
        (["experiment=nowhere"], False),
    ],
)
def test_workers_begin_early_where_a_sweep_is_to_be_expected(words, many):
    Path("conf/experiment").mkdir(parents=True)
    Path("conf/experiment/mine.yaml").write_text("hydra:\n  mode: MULTIRUN\n")

    assert seems_many(words) is many


def test_only_training_loads_the_heavy_libraries():
    script = """
import io, json, sys
from contextlib import redirect_stderr, redirect_stdout
from nnrun.cli.door import exit_code
lines = ["--version", "--help", "ls", "show model/mlp", "--cfg job", "optimizer.lrr=1", "-sc install=bash"]
with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
    codes = [exit_code(line.split()) for line in lines]
print(json.dumps([codes, sorted(sys.modules)]))
"""

    told = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60
    )
    codes, loaded = json.loads(told.stdout)

    assert codes == [0, 0, 0, 0, 0, 2, 0]
    assert [name for name in HEAVY if name in loaded] == []


def test_the_module_runs_no_code_that_lies_in_the_current_folder(tmp_path):
    for decoy in ("yaml", "omegaconf", "argparse", "hydra_plugins/evil"):
        file = tmp_path / f"{decoy}.py"
        file.parent.mkdir(exist_ok=True)
        file.write_text("raise SystemExit('a decoy was run')\n")
    clean = {
        name: value
        for name, value in os.environ.items()
        if name not in ("PYTHONPATH", "PYTHONSAFEPATH")
    }

    told = subprocess.run(
        [sys.executable, "-m", "nnrun", "--cfg", "job", "-p", "seed"],
        capture_output=True,
        text=True,
        timeout=60,
        env=clean,
    )

    assert (told.returncode, told.stdout, told.stderr) == (0, "0\n", "")


def test_ls_names_what_can_be_chosen_within_a_model(nnrun):
    everything, alone = nnrun("ls").out, nnrun("ls", "activation").out.split()

    for name in ("relu", "selu", "shared_prelu", "kaiming_normal", "orthogonal", "batch_renorm"):
        assert name in everything
    assert "threshold" in alone
    assert "adam" not in alone
    assert nnrun("ls", "model.activation").out.split() == alone


def test_a_sweep_of_too_many_or_of_no_samples_is_refused_at_once(nnrun):
    many, none = (
        nnrun("check", "-m", "seed=range(0,1000000)"),
        nnrun("-m", "optimizer.lr=interval(1,2)", "sweep.samples=0"),
    )

    assert many.err == (
        "error: seed=range(0,1000000): stands for 1,000,000 values, and a sweep can hold 20,000 members;"
        " take larger steps, or draw samples\n"
    )
    assert none.err == "error: sweep.samples=0: expected a whole number >= 1\n"
    assert many.code == none.code == 2


@pytest.mark.parametrize(
    ("defaults", "told"),
    [
        ("[nosuch]", "'nosuch' is no optimizer; choices: adadelta, "),
        ("[{/model: mpl}]", "'mpl' is no model; did you mean 'mlp'?"),
        ("[adam, {override /model: mlp}]", "Could not override 'model@optimizer.model'"),
    ],
)
def test_an_option_with_defaults_that_are_not_there_is_named_whatever_lies_beside_it(
    defaults, told, nnrun, tmp_path
):
    (tmp_path / "conf" / "optimizer").mkdir(parents=True)
    (tmp_path / "conf" / "optimizer" / "lost.yaml").write_text(f"defaults: {defaults}\nlr: 1.0\n")
    (tmp_path / "conf" / "optimizer" / "broken.yaml").write_text("lr: [1\n")

    ran = nnrun("check", "optimizer=lost")

    assert ran.code == 2
    assert ran.err.startswith(f"error: conf/optimizer/lost.yaml: {told}")
    assert ran.err.endswith("; correct its defaults\n")


def test_an_option_that_is_its_own_default_is_named(nnrun, tmp_path):
    (tmp_path / "conf" / "optimizer").mkdir(parents=True)
    (tmp_path / "conf" / "optimizer" / "adam.yaml").write_text("defaults: [adam]\nlr: 1.0\n")

    ran = nnrun("check")

    assert ran.code == 2
    assert ran.err == (
        "error: conf/optimizer/adam.yaml: has itself among its defaults; give it another name, or leave that out\n"
    )
