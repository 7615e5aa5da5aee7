"""The error that margins give for a level is the one that holds a new row so often."""

from dataclasses import replace

import numpy as np
import pytest

from nnrun.parts.model.margins import ALL, margins_from_plain, margins_of, unfit_margins


@pytest.mark.parametrize(("rows", "level"), [(9, 0.9), (40, 0.5), (99, 0.9), (1000, 0.95)])
def test_new_rows_are_held_as_often_as_the_level_says(rows, level):
    rng, repeats = np.random.default_rng(7), 400
    shares = []
    for _ in range(repeats):
        errors, new = (np.abs(rng.standard_t(2, (count, 1))) for count in (rows, 500))
        shares.append((new <= margins_of(errors, "error", [0.0]).reach(level)).mean())

    exact = np.ceil(round((rows + 1) * level, 9)) / (rows + 1)  # over all draws of both
    luck = np.sqrt(exact * (1 - exact) * (1 / (rows + 2) + 1 / 500) / repeats)
    assert abs(np.mean(shares) - exact) < 4 * luck
    assert exact >= level


def test_of_many_rows_few_errors_are_kept_and_none_is_too_small():
    errors = np.random.default_rng(0).exponential(size=(100_003, 2))
    margins, ordered = margins_of(errors, "error", [0.0, 0.0]), np.sort(errors, axis=0)

    assert len(margins.ranks) < ALL
    for level in (0.07, 0.5, 0.9, 0.95, 0.99, 0.999):
        wanted = ordered[int(np.ceil(round(100_004 * level, 6))) - 1]
        assert margins.reach(level).tolist() == wanted.tolist()
    assert (margins.reach(0.873) >= ordered[int(np.ceil(100_004 * 0.873)) - 1]).all()
    assert margins.reach(0.99999).tolist() == ordered[-1].tolist()


def test_too_few_rows_are_told_with_how_many_it_takes():
    (problem,) = margins_of(np.ones((8, 1)), "error", [0.0]).problems(0.9, "--interval 0.9")

    assert str(problem) == (
        "--interval 0.9: needs 9 validation rows, and the run had 8; they allow 0.888 at most"
    )
    assert not margins_of(np.ones((9, 1)), "error", [0.0]).problems(0.9, "")


def test_what_diverged_leaves_no_margins():
    assert margins_of(np.array([[1.0], [np.inf]]), "error", [0.0]) is None
    assert margins_of(np.empty((0, 1)), "error", [0.0]) is None


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"by": "luck"}, "are by 'luck'"),
        ({"floors": (0.0, 0.0)}, "are of other than 1 targets"),
        ({"floors": (-1.0,)}, "have a floor below 0"),
        ({"rows": 4}, "have ranks that do not lead to 4"),
        ({"ranks": (0, 2, 3)}, "have ranks that do not lead to 3"),
        ({"ranks": ()}, "have errors that do not rise with their ranks"),
        ({"errors": ((3.0, 2.0, 1.0),)}, "have errors that do not rise with their ranks"),
        ({"errors": ((1.0, 2.0, float("inf")),)}, "have errors that do not rise with their ranks"),
    ],
)
def test_margins_that_cannot_be_are_found_in_a_file(change, wrong):
    margins = margins_of(np.array([[3.0], [1.0], [2.0]]), "error", [0.0])

    assert unfit_margins(margins_from_plain(margins.plain()), 1) == ""
    assert unfit_margins(replace(margins, **change), 1) == wrong
