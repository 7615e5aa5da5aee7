"""Every kind takes what it names and refuses the rest in one line that says what would work."""

from dataclasses import dataclass
from math import inf, nan
from typing import Annotated, Any, Literal

import pytest

from nnrun.characters import brief
from nnrun.parts.kinds import (
    Bound,
    Count,
    Factor,
    Fraction,
    Natural,
    NotNegative,
    Positive,
    Share,
    expected,
    names,
    read,
    show,
    unknown,
)


def one(kind, value):
    """A part with one setting of this kind, read from this value: the setting, or the problems."""

    @dataclass(frozen=True)
    class Part:
        setting: kind

    found, problems = read(Part, {"setting": value}, "part")
    return lines(problems) if found is None else found.setting


def lines(problems):
    """What a person reads."""
    return [str(problem) for problem in problems]


COLOUR = Literal["red", "green", "blue"]
ACCEPTED = [
    (bool, True, True),
    (bool, False, False),
    (int, 3, 3),
    (int, -3, -3),
    (float, 3, 3.0),
    (float, -0.5, -0.5),
    (str, "", ""),
    (str, "3", "3"),
    (Positive, 1e-300, 1e-300),
    (Positive, 2, 2.0),
    (NotNegative, 0, 0.0),
    (Fraction, 0, 0.0),
    (Fraction, 0.999, 0.999),
    (Share, 0.5, 0.5),
    (Factor, 1, 1.0),
    (Factor, 0.1, 0.1),
    (Count, 1, 1),
    (Natural, 0, 0),
    (Natural, 10**30, 10**30),
    (Annotated[int, Bound(least=50, most=60)], 60, 60),
    (COLOUR, "red", "red"),
    (Literal[1, 2], 2, 2),
    (int | None, None, None),
    (int | None, 4, 4),
    (Count | Literal["full"], "full", "full"),
    (Count | Literal["full"], 7, 7),
    (NotNegative | str, "10%", "10%"),
    (NotNegative | str, 3, 3.0),
    (tuple[Count, ...], [], ()),
    (tuple[Count, ...], [1, 2, 3], (1, 2, 3)),
    (tuple[Count, ...], (4,), (4,)),
    (tuple[str, ...], ["a", "b"], ("a", "b")),
    (tuple[Fraction, Fraction], [0, 0.9], (0.0, 0.9)),
    (tuple[int, str], [1, "a"], (1, "a")),
    (dict[str, float], {"a": 1, "b": 0.5}, {"a": 1.0, "b": 0.5}),
    (dict[str, float], {1: 2}, {"1": 2.0}),
    (dict[str, float], {}, {}),
]
REFUSED = [
    (bool, 1, "part.setting=1: expected true or false"),
    (bool, "true", "part.setting='true': expected true or false"),
    (bool, None, "part.setting=null: expected true or false"),
    (int, 1.0, "part.setting=1.0: expected a whole number; write 1"),
    (Count, 1e3, "part.setting=1000.0: expected a whole number >= 1; write 1000"),
    (int, True, "part.setting=True: expected a whole number"),
    (int, "3", "part.setting='3': expected a whole number; write 3"),
    (float, True, "part.setting=True: expected a number"),
    (float, "1e-3", "part.setting='1e-3': expected a number"),
    (float, nan, "part.setting=nan: expected a number"),
    (float, inf, "part.setting=inf: expected a number"),
    (float, None, "part.setting=null: expected a number"),
    (str, 3, "part.setting=3: expected a text; for texts, put quotes around these: \"'3'\""),
    (str, None, "part.setting=null: expected a text"),
    (Positive, 0, "part.setting=0: expected a number > 0"),
    (Positive, -1e-9, "part.setting=-1e-09: expected a number > 0"),
    (NotNegative, -1, "part.setting=-1: expected a number >= 0"),
    (Fraction, 1, "part.setting=1: expected a number >= 0 and < 1"),
    (Share, 0, "part.setting=0: expected a number > 0 and < 1"),
    (Share, 1.0, "part.setting=1.0: expected a number > 0 and < 1"),
    (Factor, 1.5, "part.setting=1.5: expected a number > 0 and <= 1"),
    (Count, 0, "part.setting=0: expected a whole number >= 1"),
    (Count, 1.5, "part.setting=1.5: expected a whole number >= 1"),
    (Count, True, "part.setting=True: expected a whole number >= 1"),
    (Natural, -1, "part.setting=-1: expected a whole number >= 0"),
    (
        Annotated[int, Bound(least=0, most=2**32 - 1)],
        2**32,
        "part.setting=4294967296: expected a whole number >= 0 and <= 4,294,967,295",
    ),
    (COLOUR, "yellow", "part.setting='yellow': expected one of red, green, blue"),
    (
        COLOUR,
        "gren",
        "part.setting='gren': expected one of red, green, blue; did you mean 'green'?",
    ),
    (COLOUR, "RED", "part.setting='RED': expected one of red, green, blue; did you mean 'red'?"),
    (COLOUR, 1, "part.setting=1: expected one of red, green, blue"),
    (Literal[1, 2], True, "part.setting=True: expected one of 1, 2"),
    (Literal[1, 2], 1.0, "part.setting=1.0: expected one of 1, 2; write 1"),
    (int | None, "x", "part.setting='x': expected a whole number or null"),
    (Positive | None, 0, "part.setting=0: expected a number > 0 or null"),
    (Count | Literal["full"], 0, "part.setting=0: expected a whole number >= 1 or full"),
    (
        Count | Literal["full"],
        "ful",
        "part.setting='ful': expected a whole number >= 1 or full; did you mean 'full'?",
    ),
    (NotNegative | str, -1, "part.setting=-1: expected a number >= 0 or a text"),
    (tuple[Count, ...], 3, "part.setting=3: expected a list, each a whole number >= 1; write [3]"),
    (tuple[Count, ...], "12", "part.setting='12': expected a list, each a whole number >= 1"),
    (tuple[Count, ...], [1, 0], "part.setting=[1, 0]: expected a list, each a whole number >= 1"),
    (tuple[str, ...], "age", "part.setting='age': expected a list, each a text; write [age]"),
    (
        tuple[str, ...],
        "[größe]",
        "part.setting='[größe]': expected a list, each a text;"
        " leave out the quotes around the list, write [größe]",
    ),
    (
        tuple[str, ...],
        [None, True, 1],
        "part.setting=[None, True, 1]: expected a list, each a text;"
        " for texts, put quotes around these: \"['null','true','1']\"",
    ),
    (
        tuple[Fraction, Fraction],
        [0.9],
        "part.setting=[0.9]: expected a list of 2, each a number >= 0 and < 1",
    ),
    (
        tuple[Fraction, Fraction],
        [0.9, 1],
        "part.setting=[0.9, 1]: expected a list of 2, each a number >= 0 and < 1",
    ),
    (
        tuple[int, int],
        [1, 2, 3],
        "part.setting=[1, 2, 3]: expected a list of 2, each a whole number",
    ),
    (dict[str, float], [1], "part.setting=[1]: expected names with a number"),
    (dict[str, float], {"a": "b"}, "part.setting={'a': 'b'}: expected names with a number"),
]


@pytest.mark.parametrize(("kind", "value", "wanted"), ACCEPTED)
def test_a_kind_takes_what_it_names(kind, value, wanted):
    found = one(kind, value)

    assert found == wanted
    assert type(found) is type(wanted)


@pytest.mark.parametrize(("kind", "value", "line"), REFUSED)
def test_a_kind_refuses_the_rest_in_one_line(kind, value, line):
    assert one(kind, value) == [line]


def test_a_whole_number_too_large_for_a_float_is_refused():
    assert one(Positive, 10**400) == [brief(f"part.setting={10**400}: expected a number > 0")]


# Whole parts


@dataclass(frozen=True)
class Inner:
    """Stands for any part."""

    lr: Positive
    betas: tuple[Fraction, Fraction]
    nesterov: bool


GOOD = {"lr": 1, "betas": [0.9, 0.999], "nesterov": False}


def test_a_part_is_built_when_everything_fits():
    assert read(Inner, GOOD, "optimizer") == (Inner(1.0, (0.9, 0.999), False), [])


def test_all_problems_are_told_at_once():
    found, problems = read(Inner, {"lr": -1, "beta": [1, 2], "nesterov": "yes"}, "optimizer")

    assert found is None
    assert lines(problems) == [
        "optimizer.beta: unknown key; did you mean 'optimizer.betas'?",
        "optimizer.betas: is missing; give a list of 2, each a number >= 0 and < 1",
        "optimizer.lr=-1: expected a number > 0",
        "optimizer.nesterov='yes': expected true or false; write true",
    ]


def test_a_key_like_no_other_gets_the_list_of_keys():
    _, problems = read(Inner, GOOD | {"colour": 1}, "optimizer")

    assert lines(problems) == ["optimizer.colour: unknown key; known keys: lr, betas, nesterov"]


def test_everything_missing_is_told_one_by_one():
    _, problems = read(Inner, {}, "optimizer")

    assert lines(problems) == [
        "optimizer.lr: is missing; give a number > 0",
        "optimizer.betas: is missing; give a list of 2, each a number >= 0 and < 1",
        "optimizer.nesterov: is missing; give true or false",
    ]


@pytest.mark.parametrize(
    ("values", "shown"), [(None, "null"), ("adam", "'adam'"), ([1], "[1]"), (3, "3")]
)
def test_what_is_no_block_of_settings_is_told(values, shown):
    found, problems = read(Inner, values, "optimizer")

    assert found is None
    assert lines(problems) == [f"optimizer={shown}: expected settings (lr, betas, nesterov)"]


def test_a_block_may_hold_no_settings():
    @dataclass(frozen=True)
    class Nothing:
        pass

    assert read(Nothing, {}, "scheduler") == (Nothing(), [])


def test_names_are_the_fields_in_their_order():
    assert names(Inner) == ["lr", "betas", "nesterov"]


@pytest.mark.parametrize(
    ("key", "line"),
    [
        ("epoch", "training.epoch: unknown key; did you mean 'training.epochs'?"),
        ("EPOCHS", "training.EPOCHS: unknown key; did you mean 'training.epochs'?"),
        ("xyz", "training.xyz: unknown key; known keys: epochs, device"),
    ],
)
def test_the_nearest_key_is_offered(key, line):
    assert str(unknown("training", key, ["epochs", "device"])) == line


@pytest.mark.parametrize(
    ("value", "shown"), [(None, "null"), ("a", "'a'"), (1.5, "1.5"), (True, "True"), ([1], "[1]")]
)
def test_values_are_shown_as_a_person_would_know_them(value, shown):
    assert show(value) == shown


@pytest.mark.parametrize(
    ("bound", "words", "inside", "outside"),
    [
        (Bound(), "", [-1e300, 0, 1e300], []),
        (Bound(above=0), "> 0", [1e-9], [0, -1]),
        (Bound(least=0.5), ">= 0.5", [0.5, 1], [0.4]),
        (Bound(above=0, most=1), "> 0 and <= 1", [0.1, 1], [0, 1.1]),
        (Bound(least=-1, below=1), ">= -1 and < 1", [-1, 0], [1, -2]),
        (
            Bound(least=50, most=1_000_000),
            ">= 50 and <= 1,000,000",
            [50, 1_000_000],
            [49, 1_000_001],
        ),
    ],
)
def test_a_bound_holds_what_it_says(bound, words, inside, outside):
    assert str(bound) == words
    assert all(bound.holds(number) for number in inside)
    assert not any(bound.holds(number) for number in outside)


def test_what_is_not_refused_is_given_back_unchanged():
    given: dict[str, Any] = {"lr": 0.1, "betas": [0.9, 0.999], "nesterov": True}
    before = repr(given)

    read(Inner, given, "optimizer")

    assert repr(given) == before
    assert expected(Positive) == "a number > 0"
