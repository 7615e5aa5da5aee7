"""Reading the words of a command line one by one, and finding what is wrong with each."""

import re

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.errors import HydraException

from nnrun.config.catalogue import groups
from nnrun.config.override_rules import RULES
from nnrun.config.overrides import CommandLine, as_number, problem_with
from nnrun.errors import Mistake, Problem, did_you_mean, listing, nearest

# Words that other programs have, and what to type here.
OTHER_WORDS = {
    "train": "leave it out, settings alone train",
    "run": "leave it out, settings alone train",
    "help": "write nnrun --help",
    "version": "write nnrun --version",
}


def read_typed(words: list[str], line: CommandLine) -> tuple[list[Override], list[Problem]]:
    """Read the settings that can be used, and find the problems with the others."""
    words, problems = without_spaces(words)
    overrides: list[Override] = []
    for word in words:
        try:
            overrides.append(read_word(word, overrides, line))
        except Mistake as mistake:
            problems += mistake.problems
    return overrides, problems


def read_word(word: str, earlier: list[Override], line: CommandLine) -> Override:
    """Read one setting, or raise what is wrong with it."""
    override = parse(word, line)
    problem = repeated(override, earlier) or wrong(override, line)
    if problem:
        raise Mistake(problem)
    return override


def wrong(override: Override, line: CommandLine) -> Problem | None:
    """Find the first rule that a setting breaks."""
    problems = (rule(override, line) for rule in RULES)
    return next((problem for problem in problems if problem), None)


def repeated(override: Override, earlier: list[Override]) -> Problem | None:
    """Find a setting that is given a second time."""
    place = override.key_or_group, override.package
    for other in earlier:
        if (other.key_or_group, other.package) == place:
            wrong = f"given already as {other.input_line}"
            return problem_with(str(override.input_line), wrong, "keep one of them")
    return None


def without_spaces(words: list[str]) -> tuple[list[str], list[Problem]]:
    """Take out what was typed as `lr = 3`, each a problem."""
    line = "\0".join(words)
    spaced = r"(?:(?<=\0)|^)([^\0=]+)(?:\0=\0?|=\0)([^\0=]+)(?=\0|$)"
    problems = [
        spaces(match.group().replace("\0", " "), match[1], match[2])
        for match in re.finditer(spaced, line)
    ]
    return [word for word in re.sub(spaced, "", line).split("\0") if word], problems


def spaces(typed: str, key: str, value: str) -> Problem:
    """Make a problem of the spaces beside an equals sign."""
    return problem_with(typed, "spaces around '='", f"write {key}={value}")


def parse(word: str, line: CommandLine) -> Override:
    """Read a word as Hydra does, or raise why it can not be read."""
    if "=" not in word and not word.startswith("~"):
        raise Mistake(no_setting(word, line))
    try:
        override = OverridesParser.create().parse_overrides([word])[0]
    except HydraException:
        raise Mistake(unreadable(word)) from None
    if not override.key_or_group:
        raise Mistake(problem_with(word, "no setting in front of '='", "write key=value"))
    return override


def no_setting(word: str, line: CommandLine) -> Problem:
    """Make a problem of a word without an equals sign."""
    if word in line.verbs:
        wrong = "comes first when it is meant as a word"
        return problem_with(word, wrong, f"write nnrun {word} ...")
    if word in OTHER_WORDS:
        return problem_with(word, "no word of nnrun", OTHER_WORDS[word])
    if isinstance(as_number(word), float):
        return problem_with(word, "no setting in front of it", f"write key={word}")
    if "." in word:
        return problem_with(word, "has no value", f"write {word}=...")
    if word in groups():
        known = listing(line.options(word))
        return problem_with(word, "has no choice", f"write {word}=... with one of {known}")
    settings = meant(line)
    near = nearest(word, settings)
    hint = did_you_mean(settings[near]) if near else "a setting looks like optimizer=adam;"
    advice = f"{hint} words: {listing(line.verbs)}"
    return problem_with(word, "neither a word nor a setting", advice)


def meant(line: CommandLine) -> dict[str, str]:
    """Gather what a word without an equals sign can have been meant for."""
    settings: dict[str, str] = {}
    for group in groups():
        for option in line.options(group):
            settings[option] = settings[f"{group}/{option}"] = f"{group}={option}"
    settings |= {group: f"{group}=..." for group in groups()}
    return settings | {verb: verb for verb in line.verbs}


def unreadable(word: str) -> Problem:
    """Make a problem of a setting that Hydra's grammar refuses."""
    key, _, value = word.partition("=")
    if key != key.strip() or value != value.lstrip():
        return spaces(word, key.strip(), value.strip())
    if value.startswith("="):
        return problem_with(word, "has two equals signs", f"write {key}{value}")
    if value.endswith(","):
        advice = "leave it out, or type no space behind it"
        return problem_with(word, "ends with a comma", advice)
    for left, right in ("[]", "{}", "()"):
        if value.count(left) != value.count(right):
            wrong = f"'{left}' and '{right}' do not pair"
            return problem_with(word, wrong, "close each bracket that is opened")
    if value.count("'") % 2 or value.count('"') % 2:
        return problem_with(word, "a quote is not closed", "close it, or leave it out")
    advice = f"a value with special characters needs quotes: \"{key}='...'\""
    return problem_with(word, "cannot be read", advice)
