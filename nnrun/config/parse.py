"""Reading the words of a command line one by one, and finding what is wrong with each."""

import re

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.errors import HydraException

from nnrun.config.catalogue import groups, within_models
from nnrun.config.override_rules import RULES
from nnrun.config.overrides import CommandLine, as_number, problem_with, refuse_word
from nnrun.config.places import advice, places, usual_settings
from nnrun.config.writing import is_number, quoted
from nnrun.errors import Mistake, Problem, Problems, did_you_mean, listing, nearest
from nnrun.parts.dataset.text import WORD_OF

ALIKE = 0.75  # how much a word resembles what it may have been meant for
KEY = re.compile(r"[+~]{0,2}[\w$./@:-]+", re.ASCII)
QUOTED = r"'(?:\\.|[^'])*'|" + r'"(?:\\.|[^"])*"'
TEXT = re.compile(rf"{QUOTED}|[^\s'\"\[\](),](?:[^'\"\[\](),]*[^\s'\"\[\](),])?")
# Words that other programs have, and what to type here.
OTHER_WORDS = {
    **dict.fromkeys(("train", "run", "fit", "start"), "leave it out, settings alone train"),
    **dict.fromkeys(("options", "info"), "write nnrun ls"),
    **dict.fromkeys(("list", "history", "log", "results"), "write nnrun runs, or nnrun ls"),
    **dict.fromkeys(("test", "eval"), "write nnrun evaluate RUN FILE"),
    **dict.fromkeys(("infer", "apply"), "write nnrun predict RUN FILE"),
    **dict.fromkeys(("continue", "restart"), "write nnrun resume SWEEP"),
    **dict.fromkeys(("print", "cat", "describe"), "write nnrun show GROUP/OPTION"),
    **dict.fromkeys(("validate", "dry-run", "plan"), "write nnrun check and the settings"),
    **dict.fromkeys(("sweep", "grid", "multirun"), "write nnrun -m KEY=VALUE,VALUE"),
    "help": "write nnrun --help",
    "version": "write nnrun --version",
}


def read_typed(words: list[str], line: CommandLine) -> tuple[list[Override], Problems]:
    """Read the settings that can be used, and find the problems with the others."""
    empty = [word for word in words if not word.strip()]
    words, problems = without_spaces([word for word in words if word.strip()])
    if empty:
        told = "is an empty word", "leave it out; perhaps the shell has no such variable"
        problems = [Problem(repr(empty[0]), None, *told), *problems]
    overrides: list[Override] = []
    for word in words:
        try:
            override = parse(word, line)
            refuse_repeated(override, overrides)
            for rule in RULES:
                rule(override, line)
        except Mistake as mistake:
            problems += mistake.problems
        else:
            overrides.append(override)
    return overrides, problems


def without_spaces(words: list[str]) -> tuple[list[str], Problems]:
    """Take out what was typed as `lr = 3`, each a problem."""
    line = "\0".join(words)
    spaced = r"(?:(?<=\0)|^)([^\0=]+)(?:\0=\0?|=\0)([^\0=]+)(?=\0|$)"
    problems = [
        problem_with(match[0].replace("\0", " "), *why_spaces(match[1], match[2]))
        for match in re.finditer(spaced, line)
    ]
    return [word for word in re.sub(spaced, "", line).split("\0") if word], problems


def why_spaces(key: str, value: str) -> tuple[str, str]:
    """Tell what is wrong with spaces beside an equals sign."""
    return "spaces around '='", f"write {key.strip()}={value.strip()}"


def parse(word: str, line: CommandLine) -> Override:
    """Read a word as Hydra does, or raise why it can not be read."""
    if re.search("[\ud800-\udfff]", word):  # no file could hold what was asked for
        refuse_word(word, "holds bytes that are no UTF-8", "give it in UTF-8, under a UTF-8 locale")
    if "\n" in word:  # a run remembers what was typed line by line
        refuse_word(word, "holds a line break", "write it in one line")
    if "=" not in word and not word.startswith("~"):
        raise Mistake(problem_with(word, *why_no_setting(word, line)))
    try:
        override = OverridesParser.create().parse_overrides([spelt_out(word)])[0]
    except HydraException:
        raise Mistake(problem_with(word, *why_unreadable(word))) from None
    if not override.key_or_group:
        refuse_word(word, "no setting in front of '='", "write key=value")
    return override


def spelt_out(word: str) -> str:
    """Write as Hydra reads it what people type: dataset.delimiter=; or decimal=, or größe."""
    key, _, value = word.partition("=")
    sign = value[1:-1] if len(value) == 3 and value[0] == value[2] in "'\"" else value
    if key == "dataset.delimiter" and sign in WORD_OF:
        return f"{key}={WORD_OF[sign]}"
    return f"{key}=','" if word == "dataset.decimal=," else letters_quoted(word)


def letters_quoted(word: str) -> str:
    """Put quotes around texts with letters that Hydra reads in quotes alone: [größe,y]."""
    key, mark, value = word.partition("=")
    return word if "{" in value else key + mark + TEXT.sub(with_quotes, value)


def with_quotes(text: re.Match) -> str:
    """Put a text in quotes that has none, if its letters need them."""
    return text[0] if text[0].isascii() or text[0][0] in "'\"" else f"'{text[0]}'"


def refuse_repeated(override: Override, earlier: list[Override]) -> None:
    """Refuse a setting that is given a second time."""
    place = override.key_or_group, override.package
    for other in earlier:
        if (other.key_or_group, other.package) == place:
            refuse_word(override, f"given already as {other.input_line}", "keep one of them")


def why_not_first(verb: str) -> tuple[str, str]:
    """Tell where a command has to stand."""
    return "has to come first, as it is a command", f"write nnrun {verb} ..."


def why_no_setting(word: str, line: CommandLine) -> tuple[str, str]:
    """Tell what is wrong with a word without an equals sign, and what would work."""
    if word in line.verbs:
        return why_not_first(word)
    if word in OTHER_WORDS:
        return "no command of nnrun", OTHER_WORDS[word]
    if isinstance(as_number(word), float):
        return "no setting in front of it", f"write key={word}"
    if "." in word:
        return "has no value", f"write {word}=..."
    if word in groups():
        return "has no choice", f"write {word}=... with one of {listing(line.options(word))}"
    if found := places(word, usual_settings(line), line):
        return "has no value", advice(found, "", "...")
    settings = possible_settings(line)
    near = nearest(word, settings, ALIKE)
    hint = did_you_mean(settings[near]) if near else "a setting looks like optimizer=adam;"
    return "neither a command nor a setting", f"{hint} commands: {listing(line.verbs)}"


def possible_settings(line: CommandLine) -> dict[str, str]:
    """Gather what a word without an equals sign can have been meant for."""
    settings = {verb: verb for verb in line.verbs}
    for group in groups():
        settings[group] = f"{group}=..."
        for option in line.options(group):
            settings[option] = settings[f"{group}/{option}"] = f"{group}={option}"
    for key, choices in within_models().items():
        settings |= {choice: f"{key}={choice}" for choice in choices if choice not in settings}
    return settings


def why_unreadable(word: str) -> tuple[str, str]:
    """Tell what is wrong with a setting that Hydra's grammar refuses, and what would work."""
    key, _, value = word.partition("=")
    if key != key.strip() or value != value.lstrip():
        return why_spaces(key, value)
    if value.startswith("="):
        return "has two equals signs", f"write {key}{value}"
    if value.endswith(","):
        return "ends with a comma", "leave it out, or type no space behind it"
    for left, right in ("[]", "{}", "()"):
        if value.count(left) != value.count(right):
            return f"'{left}' and '{right}' do not pair", "close each bracket that is opened"
    if {"'", '"'} <= {*value} and value[0] not in "[{(":
        text = quoted(bare(value)).replace('"', '\\"')
        return "a text holds quotes of both kinds", f'write "{key}={text}"'
    if re.search(r"\w['\"]\w", value):
        return "a text holds a quote", """put it into quotes of the other kind: "it's", 'q"uote'"""
    if value.count("'") % 2 or value.count('"') % 2:
        return "a quote is not closed", "close it, or leave it out"
    if not KEY.fullmatch(key):
        return "no key has such a sign", "write letters, digits, '_', '.' and '/'"
    if several := re.fullmatch(r"(\S+) +([\w./+~@]+=.*)", value):
        each = f"{key}={several[1]} and {several[2]}"
        return "holds several settings", f"give each as a word of its own: {each}"
    if value.startswith("[") and re.search(r"[\[,]\s*,|,\s*\]", value):
        return "has nothing between two commas", "leave one of them out"
    return (
        "cannot be read",
        f'a value with special characters needs quotes: "{key}={in_quotes(value)}"',
    )


def bare(value: str) -> str:
    """Take a value out of the quotes around it."""
    return value[1:-1] if len(value) > 1 and value[0] == value[-1] in "'\"" else value


def in_quotes(value: str) -> str:
    """Put a value in quotes, or each of a list, which is none any more in quotes as a whole."""
    if "'" in value:
        return "'...'"
    if not value.startswith("["):
        return f"'{value}'"
    return re.sub(r"\[([^\[\]]*)\]", quoted_items, value)


def quoted_items(found: re.Match) -> str:
    """Put each text of a list in quotes."""
    each = (item.strip() for item in found[1].split(","))
    return f"[{','.join(item if is_number(item) else quoted(item) for item in each)}]"
