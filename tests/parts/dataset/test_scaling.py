"""Scalings equal scikit-learn's, can be undone, know training rows alone, and survive JSON."""

import json

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import norm
from sklearn.preprocessing import MinMaxScaler, QuantileTransformer, RobustScaler, StandardScaler

from nnrun.parts.dataset.scaling import fit, scaling_from_plain

BY_COLUMN = ("standard", "min_max", "robust", "quantile", "none")
KINDS = (*BY_COLUMN, "pixels", "signed")


def cells(rows=200, seed=0):
    """A symmetric, a skewed, a coarse and a distant column; each has one row at either end."""
    draw = np.random.default_rng(seed)
    table = np.column_stack(
        [
            draw.normal(size=rows),
            np.exp(2 * draw.normal(size=rows)),
            draw.integers(0, 5, rows),
            1e6 + draw.normal(size=rows),
        ]
    )
    table[:2, 2] = -1, 5
    return table


def within(x, rows):
    """Those of the rows that lie between the extremes of x in every column."""
    return rows[((rows > x.min(0)) & (rows < x.max(0))).all(1)]


# Beside scikit-learn


@pytest.mark.parametrize(
    ("kind", "theirs"), [("standard", StandardScaler()), ("min_max", MinMaxScaler())]
)
@pytest.mark.parametrize("seed", range(3))
def test_the_plain_kinds_equal_scikit_learns(kind, theirs, seed):
    x, new = cells(seed=seed), cells(seed=seed + 100)
    theirs = theirs.fit(x)

    ours = fit(kind, x)

    assert_allclose(ours.apply(new)[:, :3], theirs.transform(new)[:, :3], rtol=1e-12, atol=1e-12)
    assert_allclose(
        ours.apply(new), theirs.transform(new), rtol=1e-9, atol=1e-9
    )  # 1e6 ± 1 has lost six digits
    z = new[:, [0, 0, 0, 0]]
    assert_allclose(ours.invert(z), theirs.inverse_transform(z), rtol=1e-12, atol=1e-12)


def test_a_robust_scaling_is_scikit_learns_bent_within_a_reach():
    x = cells()
    z = RobustScaler().fit(x).transform(x)

    ours = fit("robust", x)

    assert_allclose(ours.apply(x), z / np.sqrt(1 + (z / 3) ** 2), rtol=1e-9, atol=1e-9)
    assert_allclose(ours.apply(np.full((1, 4), 1e12)), 3, rtol=1e-6)
    mostly_equal = np.array([[0.0]] * 9 + [[4.0]])  # quartiles alike: half the width
    assert_allclose(fit("robust", mostly_equal).apply(mostly_equal)[-1], 2 / np.sqrt(1 + 4 / 9))


@pytest.mark.parametrize("rows", [3, 50, 1000, 2500])
def test_quantiles_equal_scikit_learns_bent_into_the_normal_distribution(rows):
    x, new = cells(rows), cells(300, seed=1)
    theirs = QuantileTransformer(
        n_quantiles=min(1000, rows), subsample=None, output_distribution="normal", random_state=0
    ).fit(x)

    ours = fit("quantile", x)

    assert_allclose(ours.apply(x), theirs.transform(x), atol=1e-9)
    assert_allclose(ours.apply(new), theirs.transform(new), atol=1e-9)
    z = np.random.default_rng(2).normal(size=(300, 4))
    assert_allclose(ours.invert(z), theirs.inverse_transform(z), rtol=1e-12)


def test_quantiles_make_any_distribution_normal():
    x = cells(5000)[:, [0, 1, 3]]

    z = fit("quantile", x).apply(x)

    for share in (0.05, 0.5, 0.95):
        assert_allclose(np.quantile(z, share, axis=0), norm.ppf(share), atol=0.01)


def test_numbers_beyond_the_training_rows_become_the_ends():
    ours = fit("quantile", np.array([[0.0], [1.0], [2.0]]))

    z = ours.apply(np.array([[-1e9], [0.0], [1.0], [2.0], [1e9]]))

    assert_allclose(z[:, 0], [-5.1993, -5.1993, 0, 5.1993, 5.1993], atol=1e-4)
    assert_allclose(ours.invert(np.array([[-40.0], [40.0]])), [[0.0], [2.0]])


def test_equal_rows_at_an_end_stand_in_the_middle_of_their_step():
    x = np.array([[0.0], [0.0], [0.0], [1.0], [2.0]])

    z = fit("quantile", x).apply(x)

    assert_allclose(z[:, 0], norm.ppf([0.25, 0.25, 0.25, 0.75, 1 - 1e-7]), atol=1e-9)


def test_where_quantiles_are_equal_the_middle_of_the_step_is_taken():
    x = np.array([[3.0]] * 5)

    assert_array_equal(fit("quantile", x).apply(x), np.zeros((5, 1)))


# All columns alike


def pixels(rows=9000, columns=5, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (rows, columns), dtype=np.uint8)


def test_pixels_have_one_mean_and_one_deviation_for_all_columns():
    x = pixels()

    z = fit("pixels", x).apply(x)

    assert_allclose((z.mean(), z.std()), (0, 1), atol=1e-12)
    assert_allclose(z, (x - x.astype(float).mean()) / x.astype(float).std(), rtol=1e-12, atol=1e-12)


def test_signed_takes_bytes_from_minus_one_to_one():
    x = np.array([[0, 51], [255, 102]], np.uint8)

    z = fit("signed", x).apply(x)

    assert_allclose(z, x / 127.5 - 1, atol=1e-15)
    assert_array_equal(z[:, 0], [-1, 1])


@pytest.mark.parametrize("kind", ["standard", "min_max", "quantile"])
def test_bytes_are_scaled_as_the_numbers_that_they_are(kind):
    x = pixels(rows=300, columns=70)

    ours, of_numbers = fit(kind, x), fit(kind, x.astype(np.float64))

    assert ours.plain() == of_numbers.plain()
    assert_array_equal(ours.apply(x), of_numbers.apply(x.astype(np.float64)))


@pytest.mark.parametrize(
    ("kind", "theirs"), [("standard", StandardScaler()), ("min_max", MinMaxScaler())]
)
def test_wide_tables_equal_scikit_learns(kind, theirs):
    x = np.random.default_rng(0).normal(3, 2, (100, 130))

    assert_allclose(fit(kind, x).apply(x), theirs.fit_transform(x), rtol=1e-12, atol=1e-12)


def test_none_changes_nothing():
    x = cells()

    assert_array_equal(fit("none", x).apply(x), x)


# Back again


@pytest.mark.parametrize("kind", ["standard", "min_max", "none"])
def test_the_inverse_undoes_the_scaling(kind):
    x = cells()
    ours = fit(kind, x)

    assert_allclose(ours.invert(ours.apply(x)), x, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("rows", [50, 1000, 2500])
def test_the_inverse_undoes_quantiles_between_the_ends(rows):
    x = cells(rows)
    ours, inner = fit("quantile", x), within(x, x)

    assert len(inner) > rows / 2
    assert_allclose(ours.invert(ours.apply(inner)), inner, rtol=1e-9, atol=1e-9)


def test_the_inverse_undoes_quantiles_at_the_ends():
    x = cells(1000)
    ours = fit("quantile", x)

    assert_allclose(ours.invert(ours.apply(x)), x, rtol=1e-9, atol=1e-9)


def test_logarithms_are_standardised_and_come_back():
    x = np.exp(cells()[:, [0, 2]])

    ours = fit("log", x)

    assert ours.kind == "log"
    assert_allclose(ours.apply(x), StandardScaler().fit_transform(np.log(x)), atol=1e-12)
    assert_allclose(ours.invert(ours.apply(x)), x, rtol=1e-12)
    assert ours == scaling_from_plain(json.loads(json.dumps(ours.plain())))
    assert ours != fit("standard", np.log(x))
    assert np.isinf(ours.invert(np.full((1, 2), 1e4))).all()


# Columns without width


@pytest.mark.parametrize("kind", ["pixels", "signed"])
def test_numbers_that_are_all_the_same_are_safe(kind):
    x = np.full((40, 3), 7, np.uint8)

    assert_array_equal(fit(kind, x).apply(x), np.zeros((40, 3)))


@pytest.mark.parametrize("kind", BY_COLUMN)
@pytest.mark.parametrize("value", [0.0, 7.0, -1e12, 0.1])
def test_a_constant_column_is_safe(kind, value):
    x = np.column_stack([np.full(40, value), np.arange(40.0)])
    ours = fit(kind, x)

    z = ours.apply(x)

    assert np.isfinite(z).all()
    assert np.ptp(z[:, 0]) == 0
    assert abs(z[0, 0]) <= abs(value)
    assert_allclose(ours.invert(z)[:, 0], value)
    assert np.isfinite(ours.apply(x + 1)).all()


def test_rounding_of_large_numbers_is_no_large_input():
    x = 2.0**63 + 1024 * np.random.default_rng(0).integers(-3, 4, (400, 1))

    z = fit("standard", x).apply(x)

    assert 0.1 < np.abs(z).max() <= 1


def test_a_column_that_differs_by_rounding_alone_is_scaled_as_by_scikit_learn():
    x = np.full((50, 1), 1e8)
    x[3] = np.nextafter(1e8, 2e8)

    assert_allclose(fit("standard", x).apply(x), StandardScaler().fit_transform(x), atol=1e-6)


# JSON


@pytest.mark.parametrize("kind", KINDS)
def test_a_scaling_is_the_same_after_json(kind):
    x = cells()
    ours = fit(kind, x)

    again = scaling_from_plain(json.loads(json.dumps(ours.plain())))

    assert type(again) is type(ours)
    assert_array_equal(again.apply(x), ours.apply(x))
    assert_array_equal(again.invert(x / 1e6), ours.invert(x / 1e6))


# Equality


@pytest.mark.parametrize("kind", KINDS)
def test_scalings_with_the_same_numbers_are_equal_and_hash_alike(kind):
    first, again, other = fit(kind, cells()), fit(kind, cells()), fit(kind, cells(seed=1))
    read = scaling_from_plain(json.loads(json.dumps(first.plain())))

    assert first == again == read
    assert hash(first) == hash(again) == hash(read)
    assert (first == other) is (kind == "none")


def test_scalings_of_different_forms_or_widths_are_not_equal():
    x = cells()

    different = [fit("quantile", x), fit("standard", x), fit("standard", x[:, :2]), fit("none", x)]

    assert len(set(different)) == 4
