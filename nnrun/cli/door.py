"""The door: words, arguments, exit codes. It imports nothing heavy, so that every answer but training comes at once."""

import argparse
import io
import os
import signal
import sys
import traceback
from collections.abc import Callable
from contextlib import redirect_stderr, suppress
from typing import TYPE_CHECKING, NoReturn

from nnrun import __version__
from nnrun.errors import Mistake, Problem, SomeFailed, TrainingFailed

if TYPE_CHECKING:
    from nnrun.config.compose import Request
    from nnrun.config.experiment import Experiment
    from nnrun.runs.job import Job

USAGE = """\
nnrun trains neural networks from a configuration.

  nnrun [GROUP=OPTION ...] [KEY=VALUE ...]    train
  nnrun -m KEY=VALUE,VALUE ...                train once for each value
  nnrun check [settings]                      say what a training would be, and what is wrong with it
  nnrun resume SWEEP                          train what a sweep still lacks
  nnrun ls [GROUP]                            what can be chosen
  nnrun show GROUP/OPTION                     the file of an option, with all it can be told
  nnrun predict RUN FILE [-o OUT]             predict the rows of a table with a trained run
  nnrun evaluate RUN FILE                     score a trained run on a table

Groups and their options (* when nothing is said):
{groups}

For example:
  nnrun dataset=arkoma optimizer=adam optimizer.lr=1e-3 training.epochs=20
  nnrun dataset=table dataset.path=houses.csv dataset.target=price
  nnrun -m optimizer=adam,sgd seed=0,1,2
  nnrun --cfg job optimizer=sgd               print the configuration instead of training
  eval "$(nnrun -sc install=bash)"            complete with TAB

Own networks: --trust PACKAGE lets model=module name a class of yours, as in model.module=net:Net for ./net.py.
Own options: ./conf/GROUP/OPTION.yaml, or another folder by --config-dir DIR or $NNRUN_CONF.
Hydra's flags: --cfg job|hydra|all, --info, -m, -sc; all of them by nnrun --hydra-help."""

CHECK_HELP = """\
usage: nnrun check [-m] [GROUP=OPTION ...] [KEY=VALUE ...]

Say what a training with these settings would be, and everything that is wrong with it, without training."""


def main() -> NoReturn:
    """The command: what was asked, then the exit code."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _: sys.exit(128 + number))
    tell_libraries()
    leave(exit_code(sys.argv[1:]))


def tell_libraries() -> None:
    """What torch's libraries are told before they begin, where the person has not told them something else."""
    os.environ.setdefault(
        "OMP_WAIT_POLICY", "PASSIVE"
    )  # threads that spin while they wait are slow on a busy machine
    if not multiplies_alike():
        os.environ.setdefault(
            "MKL_CBWR", "AUTO"
        )  # one matrix is multiplied by the same kernel as many


def multiplies_alike() -> bool:
    """Whether this is a processor on which MKL was seen to multiply one matrix as many without being told."""
    with suppress(OSError), open("/proc/cpuinfo") as file:
        first = file.read(4096)
        return "GenuineIntel" in first and "avx512f" in first
    return False


def leave(code: int) -> NoReturn:
    """The end. Python would take half a second to unload torch; everything has been written, so nobody need wait."""
    with suppress(OSError):
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(code)


def exit_code(argv: list[str]) -> int:
    """0 done, 1 our fault, 2 configuration or data, 3 training failed, 4 some of a sweep failed, 130 interrupted."""
    try:
        answer(argv)
        sys.stdout.flush()
        return 0
    except Mistake as mistake:
        return tell(mistake.problems, 2)
    except TrainingFailed as failure:
        return tell([str(failure)], 3)
    except SomeFailed as failures:
        return tell(failures.args, 4)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        return hang_up()
    except Exception:
        traceback.print_exc()
        return tell(["this is a fault of nnrun; please report it with the lines above"], 1)


def tell(problems, code: int) -> int:
    for problem in problems:
        print(f"error: {problem}", file=sys.stderr)
    return code


def hang_up() -> int:
    """The reader has left, as `head` does: nothing more is written, not even by Python at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 141


def answer(argv: list[str]) -> None:
    """Do what the command line asks; whatever is no word of ours is a training."""
    argv = trusting(argv)
    if "--version" in argv:
        print(f"nnrun {__version__}")
    elif argv and argv[0] in WORDS:
        WORDS[argv[0]](argv[1:])
    elif "--help" in argv or "-h" in argv:
        print(overview())
    elif any(word.startswith("query=") for word in argv):
        complete(argv, os.environ.get("COMP_LINE", ""))
    else:
        train(argv)


def trusting(argv: list[str]) -> list[str]:
    """The command line without --trust; the packages it names may be imported, here and in workers."""
    parser = Parser("nnrun", add_help=False, allow_abbrev=False)
    parser.add_argument("--trust", action="append", metavar="PACKAGE")
    asked, rest = (
        parser.parse_known_args(argv)
        if any(word.startswith("--trust") for word in argv)
        else (None, argv)
    )
    if asked and asked.trust:
        known = [os.environ["NNRUN_TRUST"]] if os.environ.get("NNRUN_TRUST") else []
        os.environ["NNRUN_TRUST"] = ",".join(known + asked.trust)
    return rest


# Words


class Parser(argparse.ArgumentParser):
    """Arguments of a word; what is wrong with them is told in our form."""

    def error(self, message: str) -> NoReturn:
        raise Mistake(f"{self.prog}: {message}; see {self.prog} --help")


def train(argv: list[str]) -> None:
    """Train what is asked for; an experiment may be a sweep without -m, which only its composition tells."""
    asked = None if {"-m", "--multirun"} & set(argv) else sound(argv)
    if asked is None or asked.sweep:
        asked = sweep(argv, asked)
    if not asked.sweep:
        each(asked.jobs, "train")


def sweep(argv: list[str], asked: "Request | None") -> "Request":
    """Train many runs; with -m, workers load torch while these are composed, and are sent home if they are wrong."""
    from nnrun.sweep import leading
    from nnrun.sweep.pool import WorkerPool
    from nnrun.sweep.resources import early_workers

    pool = WorkerPool(0 if asked else early_workers(argv))
    try:
        asked = asked or sound(argv)
        if asked.sweep:
            leading.begin(asked.jobs, asked.sweep, argv, pool)
        return asked
    finally:
        pool.stop()


def check(argv: list[str]) -> None:
    if "--help" in argv or "-h" in argv:
        print(CHECK_HELP)
        return
    asked = sound(argv)
    if asked.sweep:
        from nnrun.sweep import forecast

        forecast.check(asked.jobs, asked.sweep)
    else:
        each(asked.jobs, "check")


def each(jobs: list["Job"], what: str) -> None:
    """Train or check one run after the other."""
    from nnrun.config.experiment import build

    failures = [
        error
        for job in jobs
        if (error := failure(what, build(job.config, job.overrides, job.choices)))
    ]
    if len(jobs) == 1 and failures:
        raise failures[0]
    if failures:
        raise SomeFailed(f"{len(failures)} of {len(jobs)} runs failed", *map(str, failures))


def sound(argv: list[str]) -> "Request":
    """What is asked for; all of it is examined, without torch, before the first run begins."""
    asked, problems = examined(argv)
    if problems:
        raise Mistake(*problems)
    return asked


def examined(argv: list[str]) -> tuple["Request", list[Problem]]:
    """What is asked for, and everything that is wrong with it."""
    from nnrun.config import compose
    from nnrun.config.experiment import examine

    try:
        asked = compose.compose(argv)
    except Mistake as mistake:
        return compose.Request([]), [*mistake.problems, *wrong_values(argv, mistake)]
    problems: dict[Problem, None] = {}
    for job in asked.jobs:
        try:
            examine(job.config, job.overrides, job.choices)
        except Mistake as mistake:
            problems |= dict.fromkeys(mistake.problems)
    return asked, list(problems)


def wrong_values(argv: list[str], mistake: Mistake) -> list[Problem]:
    """The values that are wrong by themselves, among the settings that nothing has been said against yet."""
    from nnrun.config import compose
    from nnrun.config.settings import read_settings

    told = {problem.key for problem in mistake.problems}
    if any(key.startswith("-") for key in told):
        return []
    told |= {"sweep.samples"}  # whether any are drawn, only all settings together can tell
    keys = {word: word.partition("=")[0] for word in argv}
    rest = [
        word for word in argv if not any(f"{keys[word]}.".startswith(f"{key}.") for key in told)
    ]
    try:
        for job in compose.compose(rest).jobs if len(rest) < len(argv) else []:
            read_settings(job.config)
    except Mistake as further:
        return list(further.problems)
    return []


def failure(what: str, experiment: "Experiment") -> TrainingFailed | None:
    """Train or check one run; why it failed, if it did."""
    from nnrun.train import run

    try:
        run.train(experiment) if what == "train" else run.check(experiment)
    except TrainingFailed as error:
        return error
    return None


def resume(argv: list[str]) -> None:
    parser = Parser(
        "nnrun resume",
        description="Train what a sweep still lacks: members that are missing or failed.",
    )
    parser.add_argument("sweep", metavar="SWEEP", help="the folder of an nnrun -m")
    parser.add_argument("--workers", metavar="N", help="other than at first: auto, or how many")
    parser.add_argument(
        "--timeout",
        metavar="S",
        help="other than at first: seconds without a sign of life, or null",
    )
    asked = parser.parse_args(argv)
    changes = {
        name: plain(text) for name in ("workers", "timeout") if (text := getattr(asked, name))
    }
    from pathlib import Path

    from nnrun.sweep import leading
    from nnrun.sweep.pool import WorkerPool

    pool = WorkerPool(0)
    try:
        leading.resume(Path(asked.sweep), changes, pool)
    finally:
        pool.stop()


def plain(text: str) -> int | float | str | None:
    """A typed value as YAML would read it."""
    import yaml

    return yaml.safe_load(text)


def ls(argv: list[str]) -> None:
    from nnrun.config import catalogue

    parser = Parser("nnrun ls", description="List what can be chosen, with what is said about it.")
    parser.add_argument("group", nargs="?", metavar="GROUP", help="only the options of this group")
    add_config_dir(parser)
    asked = parser.parse_args(argv)
    inner = within_models()
    if asked.group in inner:
        print("\n".join(inner[asked.group]))
        return
    for group in [asked.group] if asked.group else catalogue.groups():
        options = catalogue.known_options(group, asked.config_dir)
        width = max(map(len, options), default=0)
        print(group)
        for option, file in options.items():
            star = "*" if option == catalogue.defaults()[group] else " "
            print(f"  {option:{width}} {star} {catalogue.description(file)}")
    if not asked.group:
        for name, choices in inner.items():
            print(f"model.{name}\n  {', '.join(choices)}")


def within_models() -> dict[str, tuple[str, ...]]:
    """What can be chosen within a model, by the name of the setting."""
    from typing import get_args

    from nnrun.parts.model import choices

    return {
        name.lower(): get_args(getattr(choices, name)) for name in ("Activation", "Init", "Norm")
    }


def show(argv: list[str]) -> None:
    from nnrun.config import catalogue

    parser = Parser("nnrun show", description="Print the file of an option.")
    parser.add_argument("choice", metavar="GROUP/OPTION", help="such as optimizer/adam")
    add_config_dir(parser)
    asked = parser.parse_args(argv)
    print(catalogue.text(catalogue.find(asked.choice, asked.config_dir)), end="")


def add_config_dir(parser: Parser) -> None:
    parser.add_argument("--config-dir", "-cd", metavar="DIR", help="a folder of your own options")


def predict(argv: list[str]) -> None:
    parser = Parser("nnrun predict", description="Predict the rows of a table with a trained run.")
    add_run_and_table(parser)
    parser.add_argument("-o", "--out", metavar="OUT", help="the file to write")
    asked = parser.parse_intermixed_args(argv)
    from nnrun.cli import use

    use.predict(asked.run, asked.table, asked.out, asked.written)


def evaluate(argv: list[str]) -> None:
    parser = Parser(
        "nnrun evaluate", description="Score a trained run on a table that holds the targets too."
    )
    add_run_and_table(parser)
    asked = parser.parse_intermixed_args(argv)
    from nnrun.cli import use

    use.evaluate(asked.run, asked.table, asked.written)


def add_run_and_table(parser: Parser) -> None:
    parser.add_argument("run", metavar="RUN", help="the folder of a run")
    parser.add_argument(
        "table", metavar="FILE", help="a table with the columns of the training data"
    )
    differing = "how FILE is written where the training table was not: dataset.delimiter, dataset.encoding, dataset.decimal"
    parser.add_argument("written", metavar="KEY=VALUE", nargs="*", default=[], help=differing)


WORDS: dict[str, Callable[[list[str]], None]] = {
    "ls": ls,
    "show": show,
    "check": check,
    "resume": resume,
    "predict": predict,
    "evaluate": evaluate,
}


def overview() -> str:
    """The text of --help."""
    from nnrun.config import catalogue

    lines = []
    for group, default in catalogue.defaults().items():
        named = [
            f"{option}*" if option == default else option for option in catalogue.options(group)
        ]
        lines.append(f"  {group:15} {', '.join(named)}")
    return USAGE.format(groups="\n".join(lines))


# Completion


def complete(argv: list[str], line: str) -> None:
    """What could stand at the end of `line`: our words and their arguments, or else what Hydra offers."""
    typed = line.split()[1:]
    current = "" if line.endswith(" ") or not typed else typed.pop()
    word = typed[0] if typed else ""
    offers = arguments(word) if word in WORDS else list(WORDS) if not typed else []
    for offer in offers:
        if offer.startswith(current):
            print(offer)
    if word not in WORDS or word == "check":
        os.environ["COMP_LINE"] = line.replace(" check ", " ", 1) if word == "check" else line
        with redirect_stderr(io.StringIO()), suppress(Exception, SystemExit):
            train(argv)


def arguments(word: str) -> list[str]:
    """What can follow a word of ours; the shell itself offers files."""
    from nnrun.config import catalogue

    if word == "ls":
        return [*catalogue.groups(), *within_models()]
    if word == "show":
        return [
            f"{group}/{option}"
            for group in catalogue.groups()
            for option in catalogue.options(group)
        ]
    return []
