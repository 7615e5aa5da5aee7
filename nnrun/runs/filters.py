"""Conditions on runs, as one types them: model=mlp and (test.r2>0.98 or not status=done)."""

import re
from collections.abc import Callable, Iterable
from operator import ge, gt, le, lt
from typing import Any, NamedTuple

from nnrun.errors import Mistake, Problem, did_you_mean, listing, nearest
from nnrun.runs.entries import NAMED, OWN, STARTED, Entry
from nnrun.runs.moments import LIKE, Typed, read_moment, read_typed
from nnrun.runs.names import as_text

Holds = Callable[[Entry], bool]
DAY_AND_TIME = r"\d{4}-\d\d?-\d\d?\ +\d\d?:[^\s()]+"
SIGNS = r"!=|>=|<=|==|=|>|<|~"
TOKEN = re.compile(
    rf"""\s*(?:
    (?P<bracket>[()])
    | (?P<key>[\w.@-]+|"[^"]+"|'[^']+')\s*(?P<sign>{SIGNS})\s*
      (?P<value>{DAY_AND_TIME} | "[^"]*" | '[^']*' | (?![=<>!~])(?:\[[^]]*\] | [^\s()"'])+)
    | (?P<word>[^\s()]+)
    )""",
    re.VERBOSE,
)
CHOICES = re.compile(r"\w+(,\w+)+")
ORDERED = {">": gt, "<": lt, ">=": ge, "<=": le}
FORM = (
    "write KEY=VALUE with = != > < >= <= or ~ (holds the text), joined by and, or, not, ( );"
    " a KEY or VALUE with spaces in quotes of its own"
)
AS_SHOWN = {"took": "seconds"}  # in the heading of a list
DEEPEST = 50  # brackets and negations within each other
BESIDE = (
    "baselines",
    "repeated",
    "rows",
    "standard_error",
)  # numbers that a short name never means


def is_condition(word: str) -> bool:
    """Tell whether a word of a command line compares something; duo/seed=1 is a place."""
    return bool(re.match(rf"""([^/]*?|\(*("[^"]+"|'[^']+')\s*)({SIGNS})""", word))


def joined(conditions: list[str]) -> str:
    """Write several conditions as one, which holds where all do."""
    if len(conditions) == 1:
        return conditions[0]
    return " and ".join(f"({word})" for word in conditions)


# Names


class Names(NamedTuple):
    """What is known of runs, by its name."""

    known: dict[str, None]

    @classmethod
    def of(cls, entries: Iterable[Entry]) -> "Names":
        known = dict.fromkeys(OWN)
        for all_facts in {id(one.all_facts): one.all_facts for one in entries}.values():
            known |= dict.fromkeys(all_facts.names())
        return cls(known)

    def whole(self, typed: str, where: str) -> str:
        """Find the name that is meant: itself, or the only one that ends so."""
        typed = typed if typed in self.known else AS_SHOWN.get(typed, typed)
        if typed in self.known:
            return typed
        alike = [name for name in self.known if name.endswith(f".{typed}")]
        meant = [name for name in alike if name.partition(".")[0] not in BESIDE] or alike
        if len(meant) == 1:
            return meant[0]
        if meant:
            raise wrong(where, f"'{typed}' may be {listing(meant, 4)}", "write one of these")
        advice = did_you_mean(nearest(typed, self.endings())) or "nnrun runs --json tells them all"
        raise wrong(where, f"no run here knows '{typed}'", advice)

    def endings(self) -> list[str]:
        """List names and what they may be shortened to."""
        return [*self.known, *(name.rpartition(".")[2] for name in self.known)]


def wrong(where: str, told: str, advice: str) -> Mistake:
    return Mistake(Problem(where, None, told, advice))


# Reading


def read_filter(typed: str, entries: list[Entry]) -> Holds:
    """Read a filter; its names have to be known of some run."""
    if not entries:
        return lambda _: True
    return Reader(typed, Names.of(entries), entries).read()


class Reader:
    """Reads a filter from left to right."""

    def __init__(self, typed: str, names: Names, entries: list[Entry]):
        self.typed, self.names, self.entries = typed, names, entries
        self.tokens = [found for found in TOKEN.finditer(typed) if found[0].strip()]
        self.depth = 0

    def read(self) -> Holds:
        made = self.alternatives()
        if self.tokens:
            raise self.unexpected("and, or, or the end")
        return made

    def alternatives(self) -> Holds:
        """Read conditions of which one has to hold."""
        parts = [self.together()]
        while self.take("or"):
            parts.append(self.together())
        return parts[0] if len(parts) == 1 else lambda entry: any(one(entry) for one in parts)

    def together(self) -> Holds:
        """Read conditions that have to hold all."""
        parts = [self.single()]
        while self.take("and"):
            parts.append(self.single())
        return parts[0] if len(parts) == 1 else lambda entry: all(one(entry) for one in parts)

    def single(self) -> Holds:
        """Read a condition, a negated one, or several in brackets."""
        self.depth += 1
        if self.depth > DEEPEST:
            raise wrong(self.typed[:60], "goes deeper than any filter does", FORM)
        made = self.inner()
        self.depth -= 1
        return made

    def inner(self) -> Holds:
        if self.take("not"):
            negated = self.single()
            return lambda entry: not negated(entry)
        if self.take("("):
            made = self.alternatives()
            if not self.take(")"):
                raise self.unexpected("a closing bracket")
            return made
        if not self.tokens or not self.tokens[0]["key"]:
            raise self.unexpected("a condition")
        return self.condition(self.tokens.pop(0))

    def condition(self, found: re.Match[str]) -> Holds:
        key = self.names.whole(unquoted(found["key"]), self.typed)
        sign, value = found["sign"], unquoted(found["value"])
        if key == STARTED and sign != "~":
            typed = self.moment(key, sign, value)
            return lambda entry: began(entry, sign, typed)
        if key == NAMED and sign not in ORDERED:
            holds = any if sign != "!=" else all
            return lambda entry: holds(compares(name, sign, value) for name in entry.names)
        if sign in ORDERED and as_number(value) is None:
            self.refuse_numbers(key, sign, value)
        return lambda entry: compares(entry.fact(key), sign, value)

    def moment(self, key: str, sign: str, value: str) -> Typed:
        """Read the date, and perhaps the time, that a run's beginning is compared with."""
        typed = read_typed(value)
        if typed is None:
            told = f"'{key}' is a moment, and '{value}' is none"
            raise wrong(self.typed, told, f"write {key}{sign} and one, as in {LIKE}")
        return typed

    def refuse_numbers(self, key: str, sign: str, value: str) -> None:
        """Stop at an order between numbers and a word."""
        if not any(isinstance(entry.fact(key), str) for entry in self.entries):
            told = f"'{key}' is a number, and '{value}' is none"
            raise wrong(self.typed, told, f"write one, as in {key}{sign}0.1")

    def take(self, word: str) -> bool:
        """Take a word, if it comes next."""
        if not self.tokens or self.tokens[0][0].strip().lower() != word:
            return False
        self.tokens.pop(0)
        return True

    def unexpected(self, wanted: str) -> Mistake:
        stands = f"'{self.tokens[0][0].strip()}' stands" if self.tokens else "it ends"
        return wrong(self.typed, f"{stands} where {wanted} is expected", FORM)


def unquoted(text: str) -> str:
    return text[1:-1] if text[0] in "'\"" else text


# Comparing


def compares(value: Any, sign: str, typed: str) -> bool:
    """Compare what is known of a run with what was typed; of what is not known, nothing holds."""
    if value is None and typed != "null":
        return False
    if sign == "~":
        return typed.casefold() in written(value).casefold()
    if sign in ORDERED:
        return in_order(value, sign, typed)
    return equal(value, typed) == (sign != "!=")


def began(entry: Entry, sign: str, typed: Typed) -> bool:
    """Compare when a run began: = holds all day long, and an order is about the first moment."""
    moment = read_moment(entry.known.started)
    if moment is None:
        return False
    if sign in ORDERED:
        return ORDERED[sign](moment, typed.moment)
    return typed.holds(moment) == (sign != "!=")


def in_order(value: Any, sign: str, typed: str) -> bool:
    """Compare numbers, or texts letter by letter."""
    number = as_number(typed)
    if is_number(value) and number is not None:
        return ORDERED[sign](value, number)
    return isinstance(value, str) and ORDERED[sign](value, typed)


def equal(value: Any, typed: str) -> bool:
    """Tell whether a value is what was typed; a list, as 64x64 or [64,64], or a text in it."""
    number = as_number(typed)
    if is_number(value) and number is not None:
        return value == number
    if isinstance(value, list) and typed in value:
        return True
    told, asked = written(value).replace(" ", ""), typed.replace(" ", "")
    if isinstance(value, str) and CHOICES.fullmatch(value):  # several of one group, in any order
        return sorted(told.split(",")) == sorted(asked.strip("[]").split(","))
    return asked in (told, as_text(value))


def written(value: Any) -> str:
    """Write a value as one types it."""
    if isinstance(value, list):
        return f"[{', '.join(map(written, value))}]"
    return value if isinstance(value, str) else as_text(value)


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def as_number(typed: str) -> float | None:
    try:
        return float(typed)
    except ValueError:
        return None
