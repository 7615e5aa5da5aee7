"""What TAB offers: our verbs and what can follow them, or else what Hydra offers.

The scripts that ask for it are our own. Hydra's let the shell expand what was typed and what is
offered, and so run a command that stands in the name of a file or an option.
"""

import io
import os
from collections.abc import Iterable
from contextlib import redirect_stderr, suppress

from nnrun.cli.verbs import VERBS, Verb, load_verb
from nnrun.errors import Mistake, Problem

FLAGS = ("-sc", "--shell-completion")

# Each choice is a line, which is never expanded; what is put on the command line is quoted.
BASH = r"""
_nnrun()
{
    local line=${COMP_LINE:0:COMP_POINT} choice quoted
    local current=${line##*[[:space:]]}
    local head=${current%"$2"}
    COMPREPLY=()
    while IFS= read -r choice; do
        printf -v quoted %q "$choice"
        [[ $choice == "$current"* || $quoted == "$current"* ]] || continue
        [[ $quoted == "$head"* ]] && COMPREPLY+=("${quoted#"$head"}")
    done < <(COMP_LINE=$line command nnrun -sc query=bash 2> /dev/null < /dev/null)
}
complete -o nospace -o default -F _nnrun nnrun
"""
FISH = r"""
function __nnrun
    set -lx COMP_LINE (commandline -cp)
    command nnrun -sc query=fish 2> /dev/null < /dev/null
end
complete -c nnrun -a '(__nnrun)'
"""
SCRIPTS = {
    "install=bash": BASH,
    "install=zsh": BASH,
    "install=fish": FISH,
    "uninstall=bash": "complete -r nnrun; unset -f _nnrun",
    "uninstall=zsh": "complete -r nnrun; unset -f _nnrun",
    "uninstall=fish": "complete -e -c nnrun; functions -e __nnrun",
}


LINE_BY_LINE = [FLAGS[0], "query=fish"]  # how Hydra tells choices apart that hold spaces


def answer_shell(argv: list[str], line: str) -> None:
    """Print what could stand at the end of `line`, or the script by which a shell asks for it."""
    (word,) = [word for word in argv if word not in FLAGS][:1] or [""]
    if word.startswith("query="):
        complete(line)
    elif word in SCRIPTS:
        print(SCRIPTS[word].strip())
    else:
        advice = f"write {FLAGS[0]} and one of {', '.join(SCRIPTS)}"
        raise Mistake(Problem(FLAGS[0], None, f"'{word}' installs nothing", advice))


def complete(line: str) -> None:
    """Print what could stand at the end of `line`."""
    words = line.split()[1:]
    current = words.pop() if words and not line.endswith(" ") else ""
    if not words:
        offer(VERBS, current)
    if not words or words[0] not in VERBS:
        complete_settings(line)
        return
    complete_verb(load_verb(words[0]), words[1:], current)


def complete_verb(verb: Verb, words: list[str], current: str) -> None:
    """Print what could stand behind a verb and some words."""
    first = all(word.startswith("-") for word in words)
    if first:
        offer(verb.offers(), current)
    if not verb.takes_settings or (first and verb.takes_run):
        return
    if verb.takes_run:
        words.remove(next(word for word in words if not word.startswith("-")))
    complete_settings(" ".join(["nnrun", *words, current]))


def offer(choices: Iterable[str], current: str) -> None:
    """Print the choices that begin as the current word does."""
    for choice in choices:
        if choice.startswith(current):
            print(choice)


def complete_settings(line: str) -> None:
    """Let Hydra print how a setting goes on; what is wrong with the line is told another time."""
    from nnrun.config.compose import compose

    os.environ["COMP_LINE"] = line
    with redirect_stderr(io.StringIO()), suppress(Exception, SystemExit):
        compose(LINE_BY_LINE)
