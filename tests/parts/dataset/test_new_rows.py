"""New rows are read as training read its own, and what it never saw is told."""

import numpy as np
import pandas
import pytest

from nnrun.errors import Mistake
from nnrun.parts.dataset.data import Column, Data
from nnrun.parts.dataset.encoding import fit_inputs
from nnrun.parts.dataset.new_rows import (
    beyond_note,
    read_inputs,
    read_new_weights,
    read_targets,
    unknown_categories,
    unknown_note,
    with_targets,
)
from nnrun.parts.dataset.numbers import UNKNOWN
from nnrun.parts.dataset.sheet import Sheet, read_sheet


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


TRAINED = (Column("age"), Column("fare"), Column("sex", ("f", "m")))


def sheet(content):
    with open("new.csv", "w") as file:
        file.write(content)
    return read_sheet("new.csv")


def test_new_rows_are_read_in_the_order_of_training():
    inputs, notes = read_inputs(sheet("age,fare,sex\n30,1.5,m\n,2,f\n40,3,\n"), TRAINED)

    np.testing.assert_array_equal(inputs, [[30, 1.5, 1], [np.nan, 2, 0], [40, 3, np.nan]])
    assert notes == []


def test_extra_and_reordered_columns_are_noted():
    inputs, notes = read_inputs(
        sheet("sex,name,age,fare,y\nm,Bo,30,1.5,1\n"), TRAINED, others=("y",)
    )

    np.testing.assert_array_equal(inputs, [[30, 1.5, 1]])
    assert notes == [
        "new.csv: ignoring 1 extra column (name); order differs from training, matched by name"
    ]


NEW = [
    (
        "fare,sex\n1,m\n",
        ["new.csv: column 'age' is missing (the model was trained with age, fare, sex)"],
    ),
    (
        "Age,fare\n1,2\n",
        [
            "new.csv: column 'age' is missing (the model was trained with age, fare, sex); did you mean 'Age'?",
            "new.csv: column 'sex' is missing (the model was trained with age, fare, sex)",
        ],
    ),
    (
        "y\n1\n",
        [
            "new.csv: columns 'age', 'fare', 'sex' are missing (the model was trained with age, fare, sex)"
        ],
    ),
    (
        "age,fare,sex\nold,1,m\n",
        ["new.csv:2: column 'age': 'old' is not a number; it was numeric in training"],
    ),
    (
        "age,fare,sex\n1,1,m\nold,inf,M\nolder,2,x\n",
        [
            "new.csv:3: column 'age': 'old' is not a number (2 rows); it was numeric in training",
            "new.csv:3: column 'fare': inf is infinite; fix it",
        ],
    ),
    (
        'age,fare,sex\n1,"1,5",m\n2,"2,5",m\n',
        [
            "new.csv:2: column 'fare': '1,5' is not a number (2 rows); it was numeric in training,"
            " with '.'; set dataset.decimal=,"
        ],
    ),
]


def test_a_column_that_shows_another_sign_of_decimals_is_refused_where_odd_cells_are_gaps():
    with pytest.raises(Mistake) as told:
        read_inputs(sheet('age,fare,sex\n1,"1,5",m\n2,"2,5",m\n'), TRAINED, unfit="drop")

    assert str(told.value) == (
        "new.csv:2: column 'fare': '1,5' is not a number (2 rows); it was numeric in training,"
        " with '.'; set dataset.decimal=,"
    )
    cells, notes = read_inputs(sheet("age,fare,sex\n1,dear,m\n2,2.5,m\n"), TRAINED, unfit="drop")
    assert np.isnan(cells[0, 1])
    assert notes == ["new.csv: column 'fare': 'dear' among numbers, taken as missing (1 row)"]


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        (("1", ""), "new.csv:3: weight 'w' is empty; fill it"),
        (("1", "x"), "new.csv:3: weight 'w': 'x' is not a number; it was numeric in training"),
        (("1", "n/a"), "new.csv:3: weight 'w': 'n/a' is not a number; it was numeric in training"),
        (("1", "inf"), "new.csv:3: weight 'w': inf is infinite; fix it"),
        (("1", "-2"), "new.csv:3: weight 'w': -2 is below 0; a row counts at least 0 times"),
        (("0", "0"), "new.csv: weight 'w' is 0 in every row; give those that count more"),
    ],
)
def test_what_is_told_of_new_weights_advises_no_setting_of_a_training(cells, told):
    given = sheet("w,a\n" + "".join(f"{cell},1\n" for cell in cells))

    _, problems = read_new_weights(given, "w")

    assert [*map(str, problems)] == [told]
    assert read_new_weights(given, "")[0] is None


@pytest.mark.parametrize("usual", [".", ","])
@pytest.mark.parametrize(("cell", "shown"), [("1,5", ","), ("1.5", "."), ("3", "")])
def test_a_sign_of_decimals_that_is_looked_for_is_that_of_training_where_none_shows(
    usual, cell, shown
):
    with open("new.csv", "w") as file:
        file.write(f"a;b\n{cell};1\n2;1\n")

    given = read_sheet("new.csv", ";", decimal="detect")
    inputs, _ = read_inputs(given, (Column("a"),), usual)

    assert given.decimal == shown
    assert inputs[0, 0] == float(cell.replace(",", "."))


@pytest.mark.parametrize(("content", "expected"), NEW)
def test_new_rows_that_do_not_fit_are_refused(content, expected):
    with pytest.raises(Mistake) as told:
        read_inputs(sheet(content), TRAINED)

    assert str(told.value).splitlines() == expected


def test_a_frame_gives_the_inputs_of_its_file():
    frame = pandas.DataFrame({"age": [30, None], "fare": [0.1, 2], "sex": ["f", "m"]})
    frame.to_csv("new.csv", index=False)

    from_frame, _ = read_inputs(Sheet.from_frame(frame), TRAINED)
    from_file, _ = read_inputs(read_sheet("new.csv"), TRAINED)

    np.testing.assert_array_equal(from_frame, from_file)


def test_a_level_is_found_however_its_number_is_written():
    frame = pandas.DataFrame(
        {"zip": [501.0, None, 7.0]}
    )  # pandas makes whole numbers with a gap fractional

    inputs, _ = read_inputs(Sheet.from_frame(frame), (Column("zip", ("7", "501")),))

    np.testing.assert_array_equal(inputs, [[1], [np.nan], [0]])


def test_new_targets_are_positions_in_the_known_classes():
    targets = read_targets(sheet("a,y\n1,yes\n2,no\n"), ("y",), ("no", "yes"))

    np.testing.assert_array_equal(targets, [1, 0])
    assert targets.dtype == np.int64


def test_new_quantities_are_numbers():
    targets = read_targets(sheet("y,a,z\n1,2,3\n4,5,6\n"), ("z", "y"), ())

    np.testing.assert_array_equal(targets, [[3, 1], [6, 4]])


TARGETS = [
    (
        ("y",),
        ("no", "yes"),
        "y,a\nYes,1\n",
        [
            "new.csv:2: target 'y': 'Yes' did not occur in training; known: no, yes; did you mean 'yes'?"
        ],
    ),
    (
        ("y",),
        (),
        "y,a\n1,1\nx,2\n",
        ["new.csv:3: target 'y': 'x' is not a number; it was numeric in training"],
    ),
]


@pytest.mark.parametrize(("names", "classes", "content", "expected"), TARGETS)
def test_new_targets_that_do_not_fit_are_refused(names, classes, content, expected):
    with pytest.raises(Mistake) as told:
        read_targets(sheet(content), names, classes)

    assert str(told.value).splitlines() == expected


def test_new_rows_without_a_target_are_left_out_and_counted():
    known, notes = with_targets(sheet("y,z,a\n1,2,3\n,5,6\n7,-,9\n"), ("y", "z"), ".", ("-",))

    assert known.cells["a"] == ["3"]
    assert notes == ["new.csv: left out 2 of 3 rows without a target (y 1, z 1)"]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("y,a\n,1\n", "new.csv: no row has a target (y 1); give rows whose target is known"),
        ("a,b\n1,2\n", "new.csv: column 'y' is missing (the model was trained with y)"),
    ],
)
def test_new_rows_that_all_lack_their_target_are_refused(content, expected):
    with pytest.raises(Mistake) as told:
        with_targets(sheet(content), ("y",))

    assert str(told.value) == expected


def test_dates_are_read_as_in_training_and_found_by_the_name_of_their_column():
    columns = (Column("a"), Column("sold.year"))
    dates = {"sold": {"order": "year_first", "parts": ["year"]}}

    inputs, notes = read_inputs(sheet("a,sold\n1,2020-05-01\n"), columns, dates=dates)
    with pytest.raises(Mistake) as told:
        read_inputs(sheet("a\n1\n"), columns, dates=dates)

    np.testing.assert_array_equal(inputs, [[1, 2020]])
    assert notes == []
    assert str(told.value) == (
        "new.csv: column 'sold' is missing (the model was trained with a, sold)"
    )


def test_what_is_no_level_is_told_and_refused_where_rare_ones_are_one_too():
    towns = Column("town", ("A", "B", "C"), rare=2)
    data = Data("towns", (towns,), np.array([[0.0], [1], [2]]), ("y",), np.zeros((3, 1)))
    encoding, given = fit_inputs(data, np.array([0, 1, 2]), "none"), sheet("town\nA\nC\nQ\n")

    cells, _ = read_inputs(given, (towns,))

    np.testing.assert_array_equal(encoding.apply(cells), [[1, 0], [0, 1], [0, 1]])
    assert unknown_note(given, encoding, encoding.unseen(cells)) == [
        "new.csv: 1 category that training never saw (town 'Q') is taken as rare, in 1 row"
    ]
    (problem,) = unknown_categories(given, encoding, encoding.unseen(cells))
    assert "'Q' did not occur in training" in str(problem)


# What training never saw


INPUTS = fit_inputs(
    Data("", TRAINED, np.array([[20, 1, 0], [60.5, 9, 1], [0, 0, 1]]), ("y",), np.zeros((3, 1))),
    np.arange(2),
    "none",
)


def notes_on(content):
    given = sheet(content)
    cells, _ = read_inputs(given, TRAINED)
    unseen = INPUTS.unseen(cells)
    return [*unknown_note(given, INPUTS, unseen), *beyond_note(given, INPUTS, unseen)]


def test_a_text_that_is_no_level_is_unknown_and_a_gap_stays_a_gap():
    inputs, _ = read_inputs(sheet("age,fare,sex\n30,1,M\n30,2,\n"), TRAINED)

    np.testing.assert_array_equal(inputs[:, 2], [UNKNOWN, np.nan])


def test_rows_like_those_of_training_are_not_remarked_on():
    assert notes_on("age,fare,sex\n30,2,f\n60.5,,\n") == []


def test_categories_that_training_never_saw_are_counted_and_named():
    assert notes_on("age,fare,sex\n30,2,M\n30,2,x\n30,2,M\n") == [
        "new.csv: 2 categories that training never saw (sex 'M', 'x') are taken as unknown, in 3 rows"
    ]
    assert notes_on("age,fare,sex\n30,2,M\n") == [
        "new.csv: 1 category that training never saw (sex 'M') is taken as unknown, in 1 row"
    ]


def test_numbers_outside_the_range_of_training_are_counted_by_columns():
    assert notes_on("age,fare,sex\n0,9.5,m\n30,0,f\n30,2,f\n") == [
        "new.csv: 3 numbers lie outside the range of training (fare (1 to 9) 2, age (20 to 60.5) 1)"
    ]


def test_unknown_categories_are_told_with_their_line_where_they_are_refused():
    given = sheet("age,fare,sex\n30,2,f\n30,2,M\n30,2,x\n")
    cells, _ = read_inputs(given, TRAINED)

    problems = unknown_categories(given, INPUTS, INPUTS.unseen(cells))

    assert list(map(str, problems)) == [
        "new.csv:3: column 'sex': 'M', 'x' did not occur in training (2 rows); known: f, m;"
        " did you mean 'm'?"
    ]
