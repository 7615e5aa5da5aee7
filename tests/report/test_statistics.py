"""Intervals, tests and corrections are those of the books, and hold what they promise."""

import numpy as np
import pytest
from intervals import keeps, simulate, simulate_best
from scipy import stats

from nnrun.report import statistics
from nnrun.report.statistics import (
    beside_best,
    crossed_error,
    holm,
    paired,
    seeds_wanted,
    signs_p,
    unpaired,
)

RNG = np.random.default_rng(0)


@pytest.fixture
def narrow(monkeypatch):
    """Take Student's t as it stands in the books, and no change of signs."""
    monkeypatch.setattr(statistics, "widened", lambda many: 1.0)
    monkeypatch.setattr(statistics, "ALLOWING", 10**6)


@pytest.mark.parametrize("many", [3, 10, 40])
def test_unwidened_it_is_students_t_of_pairs(many, narrow):
    differences = RNG.normal(0.5, 1, many)

    found = paired(differences)

    oracle = stats.ttest_1samp(differences, 0)
    assert found.p == pytest.approx(oracle.pvalue)
    assert (found.low, found.high) == pytest.approx(tuple(oracle.confidence_interval(0.95)))
    assert found.effect == pytest.approx(differences.mean() / differences.std(ddof=1))


def test_unwidened_it_is_welchs_t_of_seeds_that_are_not_shared(narrow):
    one, other = RNG.normal(1, 1, 5), RNG.normal(0, 3, 9)

    found = unpaired([*one], [*other])

    oracle = stats.ttest_ind(one, other, equal_var=False)
    assert found.p == pytest.approx(oracle.pvalue)
    assert (found.low, found.high) == pytest.approx(tuple(oracle.confidence_interval(0.95)))


@pytest.mark.parametrize("many", [6, 12])
def test_changes_of_signs_are_scipys_permutation_test(many):
    differences = RNG.normal(0.5, 1, many)

    oracle = stats.permutation_test(
        (differences,), lambda x, axis: abs(x.sum(axis)), permutation_type="samples",
        alternative="greater", n_resamples=np.inf,
    )  # fmt: skip
    assert signs_p(differences) == pytest.approx(oracle.pvalue)


def test_many_changes_of_signs_are_drawn_alike_each_time():
    differences = RNG.normal(0.3, 1, 60)

    drawn = signs_p(differences)

    assert drawn == signs_p(differences)
    assert drawn == pytest.approx(stats.ttest_1samp(differences, 0).pvalue, abs=0.01)


def test_holms_correction():
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.9, 0.8]) == [1.0, 1.0]
    assert holm([]) == []


def test_overlapping_training_rows_widen_the_interval_after_nadeau_and_bengio():
    differences = RNG.normal(size=10)

    usual, corrected = paired(differences), paired(differences, overlap=0.25)

    assert corrected.half / usual.half == pytest.approx(np.sqrt((0.1 + 0.25) / 0.1))


def test_the_error_over_seeds_and_rows_holds_both():
    spread = [
        (rng.normal(size=(5, 1)) + 2 * rng.normal(size=(1, 40)) + rng.normal(size=(5, 40)))
        for rng in map(np.random.default_rng, range(400))
    ]

    told = np.mean([crossed_error(one) ** 2 for one in spread])

    assert told == pytest.approx(np.var([one.mean() for one in spread]), rel=0.2)


@pytest.mark.parametrize("few", [[], [1.0], [1.0, 1.1]])
def test_so_few_seeds_allow_no_interval(few):
    if few:
        assert not paired(few).told
        assert paired(few).p == 1
    assert not unpaired([1.0, *few[:1]], [2.0, 3.0, 4.0]).told


def test_a_few_differences_that_are_all_the_same_tell_nothing():
    assert not paired([0.1, 0.1, 0.1]).told
    assert paired([0.1] * 6).p == pytest.approx(2 / 2**6)
    assert paired([0.0, 0.0, 0.0]).high == 0


def test_seeds_that_are_wanted_would_tell():
    found = paired([0.1, 0.3, 0.05, 0.2])

    wanted = seeds_wanted(found)

    assert found.low < 0
    deviation = found.mean / found.effect
    half = statistics.half_width(deviation / np.sqrt(wanted), wanted - 1, wanted)
    assert half < found.mean
    assert seeds_wanted(found, overlap=0.1) > wanted  # as more of them share rows
    assert seeds_wanted(paired([1e-6, 1, -1, 1, -1])) is None


def test_intervals_hold_what_they_promise():
    comparisons = 300

    assert [one for one in simulate(comparisons) if not keeps(one, comparisons)] == []


def test_the_best_of_several_is_no_surer_for_having_been_chosen():
    comparisons = 200

    assert [one for one in simulate_best(comparisons) if not keeps(one, comparisons)] == []


def test_beside_the_best_of_two_nothing_changes_and_of_more_all_pairs_count():
    rows = RNG.normal(0.1, 1, 2_000)
    one = paired(rows)

    (alone,), (p,) = beside_best([one])
    assert (alone.low, p) == pytest.approx((one.low, one.p))
    several, p = beside_best([one, one, one])
    assert p[0] == pytest.approx(max(3 * one.p, 6 * one.students_p))
    oracle = stats.ttest_1samp(rows, 0).confidence_interval(1 - 0.05 / 6)
    assert (several[0].low, several[0].high) == pytest.approx(tuple(oracle))
