"""The door: from the words that were typed to what answers them, and the exit code.

Nothing heavy is imported here, so that every answer but training comes at once.
"""

import os
import sys
import traceback
from collections.abc import Iterable
from contextlib import suppress
from typing import NoReturn

from nnrun import __version__
from nnrun.characters import visible, visible_output
from nnrun.cli.arguments import Parser
from nnrun.cli.signals import received
from nnrun.cli.streams import silence
from nnrun.cli.verbs import VERBS, load_verb
from nnrun.engine.libraries import set_library_defaults
from nnrun.errors import (
    DIFFERENT,
    DONE,
    FAILED,
    FAULT,
    INTERRUPTED,
    MISTAKEN,
    READER_LEFT,
    SIGNALLED,
    SOME_FAILED,
    UNMET,
    ConditionUnmet,
    Different,
    Mistake,
    Problem,
    SomeFailed,
    TrainingFailed,
    refuse,
)
from nnrun.runs.shortages import lack, refusal


def main() -> NoReturn:
    """Do what was asked, and end with the exit code."""
    set_library_defaults()
    end_process(exit_code(sys.argv[1:]))


def end_process(code: int) -> NoReturn:
    """End at once, as all is written: Python would take half a second to unload torch."""
    with suppress(OSError, AttributeError):  # gone, or closed before we began
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(code)


def exit_code(argv: list[str]) -> int:
    """Answer a command line, and tell how that went; the terminal obeys nothing of what is told."""
    with visible_output():
        return answer(argv)


def answer(argv: list[str]) -> int:
    """Answer a command line; whatever goes wrong becomes lines and an exit code."""
    try:
        dispatch(argv)
        sys.stdout.flush()
        return DONE
    except Mistake as mistake:
        return print_errors(mistake.problems, MISTAKEN)
    except TrainingFailed as failure:
        return print_errors([failure], FAILED)
    except SomeFailed as failures:
        return print_errors(failures.args, SOME_FAILED)
    except ConditionUnmet as unmet:
        return print_errors([unmet], UNMET)
    except Different as difference:
        return print_errors([difference], DIFFERENT)
    except KeyboardInterrupt:
        return INTERRUPTED
    except SystemExit as ending:
        return ending.code if isinstance(ending.code, int) else DONE
    except BrokenPipeError:
        return silence_output()
    except Exception as error:
        return unforeseen(error)


def unforeseen(error: Exception) -> int:
    """Tell what the machine lacks or refuses; whatever else comes here is a fault of nnrun."""
    if received:  # what a signal cut short may complain in any words
        return SIGNALLED + received[0]
    if told := lack(error) or refusal(error):
        return print_errors([told], FAILED)
    traceback.print_exc()
    told = "this is a fault of nnrun; please report it with the lines above"
    return print_errors([told], FAULT)


def print_errors(problems: Iterable[object], code: int) -> int:
    """Print a line for each problem, if anybody takes it."""
    with suppress(OSError):
        for problem in problems:
            print(f"error: {visible(str(problem))}", file=sys.stderr)
    return code


def silence_output() -> int:
    """Write nothing more, not even at Python's end: the reader has left, as `head` does."""
    silence(sys.stdout.fileno())
    return READER_LEFT


def dispatch(argv: list[str]) -> None:
    """Do what the command line asks; whatever does not begin with a verb is a training."""
    argv = read_trust(argv)
    if "--version" in argv:
        print(f"nnrun {__version__}")
    elif not folder_there():
        wrong, advice = "the folder that you stand in is gone", "cd to one that is there"
        raise Mistake(Problem("nnrun", None, wrong, advice))
    elif argv and argv[0] in VERBS:
        load_verb(argv[0]).run(argv[1:])
    elif "--help" in argv or "-h" in argv:
        from nnrun.cli.overview import overview

        print(overview())
    elif {"-sc", "--shell-completion"} & set(argv):
        from nnrun.cli.completion import answer_shell

        answer_shell(argv, os.environ.get("COMP_LINE", ""))
    else:
        from nnrun.cli.train import train

        train(argv)


def folder_there() -> bool:
    """Tell whether there is a folder in which paths can begin."""
    try:
        return bool(os.getcwd())
    except OSError:
        return False


def no_package(word: str) -> Problem:
    return Problem("--trust", word, "is no package", "name one before it, as in --trust net")


def read_trust(argv: list[str]) -> list[str]:
    """Take out --trust; the packages it names may be imported, here and in workers."""
    if not any(word.startswith("--trust") for word in argv):
        return argv
    parser = Parser("nnrun", add_help=False, allow_abbrev=False)
    parser.add_argument("--trust", action="append", metavar="PACKAGE", default=[])
    typed, rest = parser.parse_known_args(argv)
    refuse([no_package(word) for word in typed.trust if "=" in word])
    known = [os.environ.get("NNRUN_TRUST"), *typed.trust]
    os.environ["NNRUN_TRUST"] = ",".join(package for package in known if package)
    return rest
