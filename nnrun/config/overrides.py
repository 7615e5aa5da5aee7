"""The settings a person typed, judged one by one against what can be chosen and what can be set."""

import re
from collections.abc import Iterator
from difflib import get_close_matches
from itertools import product
from typing import Any

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Glob, IntervalSweep, Override
from hydra.errors import HydraException

from nnrun.config.catalogue import advice, groups, options
from nnrun.errors import listing

WORDS = ("ls", "show", "check", "resume", "predict", "evaluate")


def read_typed(words: list[str], given: str | None, many: bool) -> tuple[list[Override], list[str]]:
    """The settings that can be used, and a line for each that can not; `many` allows several values for one setting."""
    words, problems = without_spaces(words)
    sound: list[Override] = []
    for word in words:
        override, problem = parse(word, given)
        problem = problem or repeated(override, sound) or wrong(override, given, many)
        problems += [problem] if problem else []
        sound += [] if problem else [override]
    return sound, problems


def without_spaces(words: list[str]) -> tuple[list[str], list[str]]:
    """The words without those typed as `lr = 3`, and a line for each of these."""
    line = "\0".join(words)
    apart = r"(?:(?<=\0)|^)([^\0=]+)(?:\0=\0?|=\0)([^\0=]+)(?=\0|$)"
    problems = [
        f"{typed.group().replace(chr(0), ' ')}: spaces around '='; write {typed[1]}={typed[2]}"
        for typed in re.finditer(apart, line)
    ]
    return [word for word in re.sub(apart, "", line).split("\0") if word], problems


def parse(word: str, given: str | None) -> tuple[Any, str]:
    """The word as Hydra reads it, or why it can not be read."""
    if "=" not in word and not word.startswith("~"):
        return None, bare(word, given)
    try:
        override = OverridesParser.create().parse_overrides([word])[0]
    except HydraException:
        return None, unreadable(word)
    return (
        (override, "")
        if override.key_or_group
        else (None, f"{word}: no setting in front of '='; write key=value")
    )


def bare(word: str, given: str | None) -> str:
    """The line for a word without '=' that is no word of nnrun."""
    if word in WORDS:
        return f"{word}: comes first when it is meant as a word; write nnrun {word} ..."
    if "." in word:
        return f"{word}: has no value; write {word}=..."
    if word in groups():
        return (
            f"{word}: has no choice; write {word}=... with one of {listing(options(word, given))}"
        )
    meant = {option: f"{group}={option}" for group in groups() for option in options(group, given)}
    meant |= {group: f"{group}=..." for group in groups()} | {name: name for name in WORDS}
    near = get_close_matches(word.lower(), meant, n=1, cutoff=0.6)
    hint = f"did you mean '{meant[near[0]]}'?" if near else "a setting looks like optimizer=adam;"
    return f"{word}: neither a word nor a setting; {hint} words: {listing(WORDS)}"


def unreadable(word: str) -> str:
    """The line for a setting that Hydra's grammar refuses."""
    key, _, value = word.partition("=")
    if key != key.strip() or value != value.lstrip():
        return f"{word}: spaces around '='; write {key.strip()}={value.strip()}"
    for left, right in ("[]", "{}", "()"):
        if value.count(left) != value.count(right):
            return f"{word}: '{left}' and '{right}' do not pair; close each bracket that is opened"
    if value.count("'") % 2 or value.count('"') % 2:
        return f"{word}: a quote is not closed; close it, or leave it out"
    return f"{word}: cannot be read; a value with special characters needs quotes: \"{key}='...'\""


def repeated(override: Override, earlier: list[Override]) -> str:
    """The line for a setting that is given a second time."""
    place = override.key_or_group, override.package
    same = [one.input_line for one in earlier if (one.key_or_group, one.package) == place]
    return f"{override.input_line}: given already as {same[0]}; keep one of them" if same else ""


def wrong(override: Override, given: str | None, many: bool) -> str:
    """The line for a setting whose value can be seen to be impossible without the rest."""
    if override.key_or_group == "output.root" and override.is_sweep_override():
        return f"{override.input_line}: a sweep has one folder; keep one of them"
    if (
        many
        and (isinstance(override.value(), Glob) or override.is_discrete_sweep())
        and not values(override, given)
    ):
        known = options(override.key_or_group, given) if override.key_or_group in groups() else ()
        return f"{override.input_line}: stands for no value at all" + (
            f"; choices: {listing(known)}" if known else ""
        )
    if many and override.is_discrete_sweep() and (again := twice(values(override, given))):
        return (
            f"{override.input_line}: has {again} twice, which would train alike; keep one of them"
        )
    if override.is_sweep_override() and not many:
        return f"{override.input_line}: several values; add -m to try each, or put them in [ ] for a list"
    if override.key_or_group in groups() and override.package is None:
        return wrong_choice(override, given)
    if override.key_or_group.startswith(
        ("sweep.", "hydra.launcher", "hydra/launcher", "hydra/sweeper")
    ):
        return wrong_for_sweep(override, many)
    interval: Any = override.value()
    if isinstance(interval, IntervalSweep) and not float(interval.start or 0) < float(
        interval.end or 0
    ):
        return f"{override.input_line}: the second end is not above the first; write interval(low,high)"
    if str(override.key_or_group).startswith(
        ("hydra.run", "hydra.sweep.", "hydra.job.", "hydra.output_subdir")
    ):
        return (
            f"{override.input_line}: nnrun makes its folders itself; use output.root to say where"
        )
    return ""


def wrong_for_sweep(override: Override, many: bool) -> str:
    """The line for a setting of the sweep itself that cannot be."""
    if not many:
        return f"{override.input_line}: has no effect on one run; add -m for a sweep"
    if override.is_sweep_override():
        return f"{override.input_line}: several values, but a sweep is made in one way; keep one of them"
    known = {"hydra/launcher": ("together", "basic"), "hydra/sweeper": ("grid",)}.get(
        override.key_or_group
    )
    if known and override.value() not in known:
        return f"{override.input_line}: nnrun sweeps by itself, on all cores; use {override.key_or_group}={known[0]}"
    return ""


def idle_samples(overrides: list[Override], params: dict[str, str], wrong: list[str]) -> list[str]:
    """The line for a number of samples where nothing is drawn, neither as it was typed nor by the experiment."""
    typed_keys = {one.key_or_group for one in overrides}
    drawn = any(isinstance(one.value(), IntervalSweep) for one in overrides)
    drawn |= any("interval(" in text for key, text in params.items() if key not in typed_keys)
    drawn |= any("interval(" in line for line in wrong)  # is told already, and meant to draw
    typed = [one.input_line for one in overrides if one.key_or_group == "sweep.samples"]
    advice = "has no effect, as nothing is drawn; write a value as interval(low,high)"
    return [] if drawn else [f"{line}: {advice}" for line in typed]


SEVERAL = ("regularisation",)  # groups whose options combine


def wrong_choice(override: Override, given: str | None) -> str:
    """The line for a choice that a group does not offer."""
    group, typed = override.key_or_group, override.input_line
    known = options(group, given)
    if override.is_delete():
        return f"{typed}: a run needs its {group}; choose another instead: {listing(known)}"
    if override.is_add() or override.is_force_add():
        return f"{typed}: nothing to add, {group} is there already; write {group}=..."
    if override.value() is None:
        return f"{typed}: null is no choice; leave it out, or choose one of {listing(known)}"
    if isinstance(override.value(), list) and group not in SEVERAL:
        return f"{typed}: takes one option; add -m and leave the brackets out to try each"
    chosen = [name for value in values(override, given) for name in names(value)]
    strange = next((name for name in chosen if name not in known), None)
    if strange is None:
        return ""
    return f"{group}={strange}: unknown {group}; {advice(strange, known)}"


def values(override: Override, given: str | None) -> list[str]:
    """The values of a setting as texts: one, or those of a sweep."""
    glob = override.value()
    if isinstance(glob, Glob):
        return glob.filter(list(options(override.key_or_group, given)))
    if override.is_discrete_sweep():
        return list(override.sweep_string_iterator())
    return [] if override.is_sweep_override() else [override.get_value_element_as_str()]


def twice(values: list[str]) -> str:
    """The first value that stands there in any way of writing before; empty when all differ."""
    seen = set()
    for value in values:
        own = as_number(value)
        if own in seen:
            return value
        seen.add(own)
    return ""


def as_number(value: str) -> float | str:
    try:
        return float(value)
    except ValueError:
        return value


def names(value: str) -> list[str]:
    """The options in `adam` or `[l2,dropout]`."""
    return re.findall(r"[^\[\],'\"\s]+", value)


def selections(overrides: list[Override], given: str | None) -> Iterator[list[str]]:
    """Each way of choosing from the groups that the settings ask for."""
    choosing = [one for one in overrides if one.key_or_group in groups() or "/" in one.key_or_group]
    yield from (list(way) for way in product(*(ways(one, given) for one in choosing)))


def ways(override: Override, given: str | None) -> list[str]:
    if not override.is_sweep_override():
        return [str(override.input_line)]
    return [f"{override.get_key_element()}={value}" for value in values(override, given)]


def chosen_together(words: list[str]) -> dict[str, str]:
    """The groups from which a list of options was chosen, such as l2,dropout."""
    typed = {key: value for key, _, value in (word.partition("=") for word in words)}
    return {
        key: ",".join(names(value))
        for key, value in typed.items()
        if key in groups() and value.startswith("[")
    }


def for_sweep(override: Override) -> str:
    """The setting as a sweep wants it: Hydra checks a plain value before the swept groups are chosen, but no choice."""
    line = str(override.input_line)
    typed = override.type.name == "CHANGE" and override.value() not in (None, "")
    plain = typed and not override.is_sweep_override()
    own = override.is_hydra_override() or override.key_or_group.startswith("sweep.")
    if not plain or "." not in override.key_or_group or own:
        return line
    return f"{override.key_or_group}=choice({override.get_value_string()})"
