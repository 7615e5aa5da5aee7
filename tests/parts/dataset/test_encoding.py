"""Features follow from the training rows alone, know what those never showed, and survive JSON."""

import json
from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.spatial.transform import Rotation
from sklearn.preprocessing import OneHotEncoder

from nnrun.parts.dataset.data import Column, Data
from nnrun.parts.dataset.encoding import fit_inputs, inputs_from_plain
from nnrun.parts.dataset.numbers import UNKNOWN
from nnrun.parts.dataset.scaling import fit
from nnrun.parts.interface import Inputs
from nnrun.parts.model.shape import unfit_inputs

KINDS = ("standard", "min_max", "robust", "quantile", "none", "pixels", "signed")
NAN = np.nan

COLUMNS = (
    Column("age"),
    Column("colour", ("blue", "green", "red")),
    Column("fare"),
    Column("deck", ("A", "B")),
)


def table(rows=60, gaps=False, seed=0):
    draw = np.random.default_rng(seed)
    inputs = np.column_stack(
        [
            draw.normal(40, 9, rows),
            draw.integers(0, 3, rows),
            draw.exponential(30, rows),
            draw.integers(0, 2, rows),
        ]
    ).astype(np.float64)
    if gaps:
        inputs[draw.random(inputs.shape) < 0.2] = NAN
    return Data("table", COLUMNS, inputs, ("y",), np.zeros((rows, 1)))


def poses(rows=60):
    draw = np.random.default_rng(3)
    place, turn = draw.normal(size=(rows, 2)), draw.normal(size=(rows, 3))
    turn *= draw.uniform(0, 180, (rows, 1)) / np.linalg.norm(turn, axis=1, keepdims=True)
    columns = tuple(map(Column, ("x", "a", "b", "c", "y")))
    inputs = np.hstack([place[:, :1], turn, place[:, 1:]])
    return Data("poses", columns, inputs, ("z",), np.zeros((rows, 1)), rotation=1)


TRAIN, REST = np.arange(40), np.arange(40, 60)


@pytest.mark.parametrize("kind", KINDS)
def test_features_are_the_scaled_numbers_and_one_unit_for_each_level(kind):
    data = table()
    inputs = fit_inputs(data, TRAIN, kind)

    found = inputs.apply(data.inputs)

    numbers = data.inputs[:, [0, 2]]
    levels = OneHotEncoder(categories=[range(3), range(2)], sparse_output=False).fit_transform(
        data.inputs[:, [1, 3]]
    )
    assert found.dtype == np.float32
    assert found.shape == (60, inputs.features) == (60, 7)
    assert_allclose(found[:, :2], fit(kind, numbers[TRAIN]).apply(numbers), rtol=1e-6)
    assert_array_equal(found[:, 2:], levels)


@pytest.mark.parametrize("columns", [[0, 2], [1, 3]], ids=["numbers alone", "categories alone"])
def test_columns_of_one_sort_are_enough(columns):
    data = table()
    only = Data(
        "table", tuple(COLUMNS[i] for i in columns), data.inputs[:, columns], ("y",), data.targets
    )

    inputs = fit_inputs(only, TRAIN, "standard")
    again = inputs_from_plain(json.loads(json.dumps(inputs.plain())))

    assert inputs.apply(only.inputs).shape == (60, inputs.features)
    assert_array_equal(again.apply(only.inputs), inputs.apply(only.inputs))


@pytest.mark.parametrize("gaps", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_other_rows_change_nothing(kind, gaps):
    data, other = table(gaps=gaps), table(gaps=gaps)
    other.inputs[REST] = np.nan_to_num(other.inputs[REST]) * 1000 + 5
    other.inputs[REST[0]] = NAN if gaps else 0

    before, after = fit_inputs(data, TRAIN, kind), fit_inputs(other, TRAIN, kind)

    assert before.plain() == after.plain()
    assert_array_equal(before.apply(data.inputs[TRAIN]), after.apply(other.inputs[TRAIN]))


def test_a_gap_outside_training_is_filled_from_training():
    data = table()
    data.inputs[REST[0]] = NAN

    inputs = fit_inputs(data, TRAIN, "none")

    colours, decks = (np.bincount(data.inputs[TRAIN, i].astype(int)).argmax() for i in (1, 3))
    assert inputs.fills == (
        np.median(data.inputs[TRAIN, 0]),
        colours,
        np.median(data.inputs[TRAIN, 2]),
        decks,
    )
    filled = inputs.apply(data.inputs[REST[:1]])[0]
    assert_allclose(filled[:2], [inputs.fills[0], inputs.fills[2]], rtol=1e-6)
    assert filled[2:5].argmax() == colours
    assert filled[5:].argmax() == decks


def test_a_gap_takes_the_median_of_a_number_and_the_most_frequent_level():
    inputs = np.array([[1, 2], [NAN, 2], [4, 0], [100, 2], [2, NAN]])
    data = Data("table", COLUMNS[:2], inputs, ("y",), np.zeros((5, 1)))

    found = fit_inputs(data, np.arange(5), "none")

    assert found.fills == (3.0, 2.0)
    assert_array_equal(
        found.apply(inputs),
        [[1, 0, 0, 1], [3, 0, 0, 1], [4, 1, 0, 0], [100, 0, 0, 1], [2, 0, 0, 1]],
    )


def test_a_column_without_a_value_in_training_is_filled_with_nothing():
    inputs = np.array([[NAN, NAN], [NAN, NAN], [4, 1]])
    data = Data("table", COLUMNS[:2], inputs, ("y",), np.zeros((3, 1)))

    found = fit_inputs(data, np.array([0, 1]), "standard")

    assert found.fills == (0.0, 0.0)
    assert np.isfinite(found.apply(inputs)).all()


def test_flagged_gaps_have_a_unit_behind_the_categories():
    inputs = np.array([[1, 2], [NAN, 2], [4, 0], [100, 2], [2, NAN]])
    data = Data("table", COLUMNS[:2], inputs, ("y",), np.zeros((5, 1)), flagged=(0, 1))

    found = fit_inputs(data, np.arange(5), "none")

    assert found.reads == data.reads == Inputs(1, 5)
    assert found.categories == [slice(1, 4)]
    assert_array_equal(found.apply(inputs)[:, -2:], np.isnan(inputs))
    assert inputs_from_plain(json.loads(json.dumps(found.plain()))) == found


def test_without_gaps_nothing_is_filled():
    assert fit_inputs(table(), TRAIN, "standard").fills is None


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("gaps", [False, True])
def test_inputs_are_the_same_after_json(kind, gaps):
    data = table(gaps=gaps)
    inputs = fit_inputs(data, TRAIN, kind)

    again = inputs_from_plain(json.loads(json.dumps(inputs.plain())))

    assert (again.columns, again.fills) == (inputs.columns, inputs.fills)
    assert_array_equal(again.apply(data.inputs), inputs.apply(data.inputs))


def test_many_rows_become_the_features_that_each_becomes_alone():
    pixels = np.random.default_rng(0).integers(0, 256, (9000, 5), dtype=np.uint8)
    data = Data(
        "images", tuple(Column(f"p{i}") for i in range(5)), pixels, ("y",), np.zeros((9000, 1))
    )
    inputs = fit_inputs(data, np.arange(5000), "pixels")

    found = inputs.apply(data.inputs)

    assert found.dtype == np.float32
    assert_array_equal(
        found[[0, 4095, 4096, 8999]], inputs.apply(data.inputs[[0, 4095, 4096, 8999]])
    )
    assert len(inputs.apply(data.inputs[:0])) == 0


def test_inputs_are_equal_by_their_values():
    first, again = (fit_inputs(table(gaps=True), TRAIN, "standard") for _ in range(2))

    assert first == again
    assert hash(first) == hash(again)
    assert first != fit_inputs(table(gaps=True), TRAIN[:30], "standard")


# What training never saw


def few(*rows):
    """A table of an age and a colour."""
    return Data("few", COLUMNS[:2], np.array(rows, float), ("y",), np.zeros((len(rows), 1)))


SHOWN = few((30, 0), (50, 2), (NAN, 0), (40, NAN), (60, 1))


def test_what_training_rows_show_is_kept_whatever_other_rows_hold():
    inputs = fit_inputs(SHOWN, np.arange(4), "none")

    assert inputs.seen == ((30.0, 50.0), (0.0, 2.0))


def test_a_level_that_training_rows_lack_has_no_unit_that_speaks():
    inputs = fit_inputs(SHOWN, np.arange(4), "none")

    features = inputs.apply(np.array([[40, 0], [40, 1], [40, UNKNOWN]]))

    assert_array_equal(features[:, 1:], [[1, 0, 0], [0, 0, 0], [0, 0, 0]])


def test_cells_that_training_never_saw_are_found_and_gaps_are_none():
    inputs = fit_inputs(SHOWN, np.arange(4), "none")
    cells = np.array([[30, 0], [50.1, 1], [NAN, NAN], [29, UNKNOWN], [40, 2]])

    found = inputs.unseen(cells)

    assert_array_equal(found, [[0, 0], [1, 1], [0, 0], [1, 1], [0, 0]])


def test_who_goes_on_has_seen_the_rows_before_and_the_new_ones():
    inputs = fit_inputs(SHOWN, np.arange(2), "none")

    assert inputs.after(np.array([[20, 1], [NAN, 0]])).seen == ((20.0, 50.0), (0.0, 1.0, 2.0))


def test_inputs_of_an_earlier_version_know_every_level_and_no_range():
    plain = fit_inputs(SHOWN, np.arange(4), "none").plain()
    del plain["seen"]

    inputs = inputs_from_plain(plain)

    assert not inputs.unseen(np.array([[1e9, 1]])).any()
    assert inputs.unseen(np.array([[40, UNKNOWN]])).tolist() == [[False, True]]
    assert_array_equal(inputs.apply(np.array([[40, 1]]))[0, 1:], [0, 1, 0])


def test_the_features_of_each_category_follow_the_numbers():
    assert fit_inputs(table(), TRAIN, "none").categories == [slice(2, 5), slice(5, 7)]


@pytest.mark.parametrize("kind", KINDS)
def test_a_rotation_vector_is_read_as_its_matrix(kind):
    data = poses()
    matrices = Rotation.from_rotvec(data.inputs[:, 1:4], degrees=True).as_matrix()
    numbers = np.hstack([data.inputs[:, :1], matrices.reshape(-1, 9), data.inputs[:, 4:]])

    inputs = fit_inputs(data, TRAIN, kind)

    scaled = fit(kind, numbers[TRAIN]).apply(numbers)
    assert_allclose(inputs.apply(data.inputs), scaled, atol=1e-5)
    assert inputs.reads == Inputs(11)
    assert inputs_from_plain(json.loads(json.dumps(inputs.plain()))) == inputs


def test_orientations_on_both_sides_of_half_a_turn_are_read_alike():
    data = poses()
    inputs = fit_inputs(data, TRAIN, "none")
    before, beyond = ([[0, 0, angle, 0, 0]] for angle in (179.99, -179.99))

    found = inputs.apply(np.array([*before, *beyond], float))

    assert_allclose(found[0], found[1], atol=1e-3)


@pytest.mark.parametrize("flagged", [(2,), (-1,), (0, 0), (1, 0)])
def test_flags_of_somebody_elses_folder_have_to_be_of_its_columns(flagged):
    inputs = np.array([[1, NAN], [NAN, 2]])
    data = Data("table", COLUMNS[:2], inputs, ("y",), np.zeros((2, 1)), flagged=(0, 1))
    found = fit_inputs(data, np.arange(2), "none")

    assert unfit_inputs(found) == ""
    assert unfit_inputs(replace(found, flagged=flagged)) == "flag gaps that cannot be"
    assert unfit_inputs(replace(found, fills=None)) == "flag gaps that cannot be"
