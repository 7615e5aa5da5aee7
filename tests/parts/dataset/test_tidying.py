"""A table that nobody has tidied is read all the same; what is left out is told."""

import json

import numpy as np
import pytest

from nnrun.errors import Mistake
from nnrun.parts.dataset.data import Column
from nnrun.parts.dataset.table import Table

TIDYING = dict(
    path="data.csv",
    target="y",
    task="auto",
    missing="median",
    categorical=(),
    drop=(),
    missing_values=("NA",),
    delimiter="detect",
    decimal="detect",
    encoding="detect",
    unseen=0.0,
    rare=0,
    flag_gaps=0,
    dates="parts",
    id="",
    weight="",
    order=(),
    unfit="drop",
    test_path=None,
)
ROWS = 40


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def text_of(columns, mark=","):
    lines = [mark.join(columns), *map(mark.join, zip(*columns.values(), strict=True))]
    return "\n".join(lines) + "\n"


def usual(**columns):
    x = [f"{place % 7 + 0.5}" for place in range(ROWS)]
    return {"x": x, **columns, "y": [f"{place * 1.37:.2f}" for place in range(ROWS)]}


def read(columns, **changes):
    with open("data.csv", "w", encoding="utf-8") as file:
        file.write(columns if isinstance(columns, str) else text_of(columns))
    return Table(**TIDYING | changes).load()


def repeated(*cells):
    return [cells[place % len(cells)] for place in range(ROWS)]


LEFT_OUT = {
    "gaps alone": ([""] * ROWS, "has no values"),
    "signs of gaps alone": (["NA"] * ROWS, "has no values"),
    "one value": (["7"] * ROWS, "is the same in every row (7)"),
    "one value and gaps": (repeated("7", ""), "is the same in every row (7)"),
    "texts of their own": ([f"k{place}x" for place in range(ROWS)], "is different in every row"),
    "numbers of several units": (
        [f"{place} {'cm' if place % 2 else 'm'}" for place in range(ROWS)],
        "a number with a unit",
    ),
    "dates of any order": (repeated("2021-01-05", "5.1.2021"), "written in several ways"),
    "unclear dates": (repeated("3/4/2021", "5/6/2021"), "may begin with the day or the month"),
    "rows counted": ([str(place) for place in range(1, ROWS + 1)], "a different number in every"),
}


@pytest.mark.parametrize("case", LEFT_OUT)
def test_a_column_that_cannot_be_learnt_from_is_left_out_with_a_note(case):
    cells, why = LEFT_OUT[case]

    data = read(usual(odd=cells))

    assert [column.name for column in data.columns] == ["x"]
    (note,) = [note for note in data.notes if "left out" in note]
    assert "'odd'" in note
    assert why in note


def test_numbers_that_an_id_has_are_left_out_by_its_name():
    numbers = [str(place) for place in np.random.default_rng(0).permutation(1000)[:ROWS]]

    data = read(usual(customer_id=numbers, size=numbers))

    assert [column.name for column in data.columns] == ["x", "size"]


KEPT = {
    "few words among numbers": (["abc", "1e400", "-", *map(str, range(ROWS - 3))], 3),
    "signs of gaps that are most": (["null" if i % 4 else str(i) for i in range(ROWS)], 30),
    "few words among dates": (["soon", *(f"2021-{i % 9 + 1}-15" for i in range(ROWS - 1))], 1),
}


@pytest.mark.parametrize("case", KEPT)
def test_cells_of_another_kind_are_gaps_where_these_are_filled(case):
    cells, gaps = KEPT[case]

    data = read(usual(odd=cells))

    odd = [place for place, column in enumerate(data.columns) if column.name.startswith("odd")]
    assert odd
    assert np.isnan(data.inputs[:, odd[0]]).sum() == gaps
    assert any("taken as missing" in note for note in data.notes)


def test_they_cost_the_column_where_gaps_are_not_filled():
    data = read(usual(odd=["abc", *map(str, range(ROWS - 1))]), missing="refuse")

    assert [column.name for column in data.columns] == ["x"]


def test_the_frequent_of_many_texts_are_categories():
    town = ["Rome" if place % 2 else f"town {place}" for place in range(ROWS)]

    data = read(usual(town=town))

    (column,) = data.columns[1:]
    assert column.levels[0] == "Rome"
    assert column.features == 2


def test_many_texts_are_categories_as_they_stand_where_most_come_again():
    often = [f"s{place % 110:03}" for place in range(550)]
    seldom = [*(f"s{place:03}" for place in range(109)), *["s000"] * 441]  # as often, on average
    targets = [f"{place}.5" for place in range(550)]

    kept, grouped = (read({"shop": shops, "y": targets}) for shops in (often, seldom))

    assert kept.columns == (Column("shop", tuple(sorted(set(often)))),)
    assert kept.notes == (
        "data.csv: column 'shop' has 110 different texts in 550 rows; "
        "taken as categories as they stand",
    )
    assert grouped.columns[0].rare == 108


@pytest.mark.parametrize(
    "cells", [("yes", "Yes", "no"), ("true", "no", "1"), ("ja", "yes", "no"), ("8 GB", "1 TB")]
)
def test_texts_in_doubt_are_categories_as_they_stand(cells):
    data = read(usual(odd=repeated(*cells)))

    assert set(data.columns[1].levels) == set(cells)
    assert any("as they stand" in note for note in data.notes)


OF_ONE_UNIT = {
    "a word behind": (("12 kg", "3.5 kg", "7kg", "n/a"), (12, 3.5, 7, np.nan)),
    "money in front": (("$1,200", "-$5.50", "$13"), (1200, -5.5, 13)),
    "shares": (("45 %", "7%"), (45, 7)),
    "parted thousands": (("1,234", "950", "1,000,000"), (1234, 950, 1e6)),
    "a speed": (("12 km/h", "-3 km/h"), (12, -3)),
}


@pytest.mark.parametrize("case", OF_ONE_UNIT)
def test_numbers_of_one_unit_are_numbers(case):
    cells, numbers = OF_ONE_UNIT[case]

    data = read(text_of(usual(odd=repeated(*cells)), ";"))

    assert data.inputs[: len(cells), 1].tolist() == pytest.approx(list(numbers), nan_ok=True)
    assert any("'odd': numbers such as" in note for note in data.notes)


@pytest.mark.parametrize(
    "cells",
    [("12 kg", "12 g", "3 kg"), ("12 kg", "12", "3 kg"), ("5 Jan", "6 Jan"), ("1,5 kg", "2,7 kg")],
)
def test_where_the_unit_is_not_sure_none_is_taken_out(cells):
    data = read(text_of(usual(odd=repeated(*cells)), ";"))

    assert "units" not in data.reading


def test_a_comma_before_a_unit_is_a_decimal_one_where_no_column_has_points():
    columns = usual(weight=repeated("1,5 kg", "12,25 kg"))
    columns["x"], columns["y"] = repeated("1", "2", "3"), [str(i * i) for i in range(ROWS)]

    data = read(text_of(columns, ";"))

    assert data.inputs[:2, 1].tolist() == [1.5, 12.25]


def test_a_target_with_a_unit_is_a_number_and_new_rows_have_it_or_not(nnrun):
    sizes = [f"{place % 11 + 1.5} m" for place in range(60)]
    prices = [f"${1000 + 37 * place:,}" for place in range(60)]
    columns = {"size": sizes, "price": [f'"{price}"' for price in prices]}
    files = {"odd.csv": text_of(columns)}
    files |= {"new.csv": "size\n3.5 m\n3.5\n3.5 cm\n", "known.csv": 'size,price\n3 m,"$1,200"\n'}
    for name, text in files.items():
        with open(name, "w") as file:
            file.write(text)
    words = ("experiment=table", "dataset.path=odd.csv", "dataset.target=price")
    short = ("training.epochs=2", "output.pictures=false", "output.baselines=false")

    trained = nnrun(*words, *short, "output.folder=odd")
    predicted = nnrun("predict", "odd", "new.csv", "--json")
    evaluated = nnrun("evaluate", "odd", "known.csv", "--json")

    assert trained.code == 0, trained.err
    first, alone, other = json.loads(predicted.out)["predictions"]
    assert first["price"] == alone["price"] != other["price"]
    assert "'3.5 cm' among numbers, taken as missing" in predicted.err
    assert evaluated.code == 0, evaluated.err


def test_semicolons_decimal_commas_and_letters_of_windows_need_no_word():
    columns = {name: [cell.replace(".", ",") for cell in cells] for name, cells in usual().items()}

    columns["größe"] = columns.pop("x")
    with open("data.csv", "w", encoding="cp1252") as file:
        file.write(text_of(columns, ";"))
    data = Table(**TIDYING).load()

    assert data.columns[0].name == "größe"
    assert data.inputs[1, 0] == 1.5
    assert data.targets[1, 0] == 1.37
    assert data.reading["decimal"] == ","


def test_the_line_by_which_a_spreadsheet_tells_the_delimiter_is_heard():
    data = read("sep=;\n" + text_of(usual(), ";"))

    assert [column.name for column in data.columns] == ["x"]
    with pytest.raises(Mistake, match=r"data.csv:4: 3 fields, header has 2"):
        read("sep=;\n" + text_of(usual(), ";").replace("1.5;", "1.5;;", 1))


def test_a_last_row_that_sums_up_those_above_is_left_out_here_and_where_targets_are_known(nnrun):
    towns = repeated("Bonn", "Oslo", "Rome", "Graz")
    rows = text_of({"town": towns, **usual()})
    with open("odd.csv", "w") as file:
        file.write(rows + "Total:,146.5,1068.60\n")
    words = ("experiment=table", "dataset.path=odd.csv", "dataset.target=y", "training.epochs=1")

    trained = nnrun(*words, "output.pictures=false", "output.baselines=false", "output.folder=odd")
    evaluated = nnrun("evaluate", "odd", "odd.csv")

    told = "odd.csv:42: 'Total:' sums up the rows above; the row is left out"
    assert told in trained.out
    assert "40 rows (5 bags" in trained.out
    assert told in evaluated.err
    assert "40 rows of odd.csv" in evaluated.out


def test_rows_of_few_odd_targets_are_left_out():
    columns = usual()
    columns["y"][3:6] = "inf", "not measured", "1e60"

    data = read(columns)

    assert data.rows == ROWS - 3
    assert any("'inf', 'not measured', '1e60' among numbers" in note for note in data.notes)
    assert any("left out 3 of 40 rows without a target" in note for note in data.notes)
    with pytest.raises(Mistake, match=r"is infinite|is not a number"):
        read(columns, missing="refuse")


def test_nameless_and_repeated_columns_are_called_by_their_place():
    text = text_of(usual()).replace("x,y", ",y").splitlines()
    text = [f"{line},{line.split(',')[0]}" for line in text]
    text[0] = ",y,y"

    data = read("\n".join(text) + "\n")

    assert [column.name for column in data.columns] == ["column 1", "y (2)"]


def test_a_class_of_too_few_rows_is_left_out_where_parts_are_drawn(nnrun):
    grade = ["once", *repeated("low", "high")[1:]]
    columns = usual(grade=grade)

    with open("odd.csv", "w") as file:
        file.write(text_of(columns))
    words = ("dataset=table", "dataset.path=odd.csv", "dataset.target=grade")

    strict = nnrun("check", *words)
    kind = nnrun("check", *words, "dataset.unfit=drop")

    assert strict.code == 2
    assert "left out 1 row of 'once'" in kind.out
    assert "39 rows" in kind.out


def test_a_table_of_nothing_else_is_refused():
    columns = {"id": [f"k{place}" for place in range(ROWS)], "y": usual()["y"]}

    with pytest.raises(Mistake) as told:
        read(columns)

    message = str(told.value)
    assert "no column is left to learn from (column 'id' is different in every " in message
    assert message.endswith("); set dataset.unfit=refuse, which leaves none out")


def test_new_rows_are_read_as_kindly(nnrun):
    rng = np.random.default_rng(0)
    size = [f"{number:.2f}".replace(".", ",") for number in rng.uniform(1, 9, 60)]
    columns = {
        "": [f"row {place}" for place in range(60)],
        "size m²": ["none", *size[1:]],
        "sold": [f"2024-{place % 12 + 1}-{place % 28 + 1}" for place in range(60)],
        "price": [cell.replace(",", "7,") for cell in size],
    }
    text = text_of(columns, ";").splitlines()
    new = [text[0], "other;big;soon;3,5", *text[40:45]]
    files = {"odd.csv": text, "new.csv": new, "known.csv": text[:9]}
    for name, lines in files.items():
        with open(name, "w", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")
    recipe = ("experiment=table", "dataset.path=odd.csv", "dataset.target=price")
    short = ("training.epochs=2", "output.pictures=false", "output.baselines=false")

    trained = nnrun(*recipe, *short, "output.folder=odd")
    predicted = nnrun("predict", "odd", "new.csv", "--json")
    evaluated = nnrun("evaluate", "odd", "known.csv")

    assert trained.code == 0, trained.err
    assert predicted.code == 0, predicted.err
    answers = json.loads(predicted.out)["predictions"]
    assert len(answers) == 6
    assert all(np.isfinite(row["price"]) for row in answers)
    assert "'big' among numbers, taken as missing (1 row)" in predicted.err
    assert "'soon' among dates, taken as missing (1 row)" in predicted.err
    assert evaluated.code == 0, evaluated.err


def test_a_column_that_one_fold_cannot_read_is_left_out_of_all(small):
    rare = [f"{place % 4}.5" if place > 30 else "" for place in range(ROWS)]
    fourth = [place // 10 for place in range(ROWS)]
    units = [f"{place % 7} {'kg' if place < 20 else 'lb'}" for place in range(ROWS)]
    part = list(map(str, fourth))
    with open("odd.csv", "w") as file:
        file.write(text_of(usual(seldom=rare, weight=units, part=part)))
    words = ("dataset=table", "dataset.path=odd.csv", "dataset.target=y", "dataset.unfit=drop")
    folds = ("dataset.missing=median", "dataset.split.group=part", "dataset.split.folds=4")

    whole = small(*words, *folds)
    alone = small(*words, *folds, "dataset.split.fold=1")

    for ran in (whole, alone):
        assert ran.code == 0, ran.err
        assert "columns 'seldom', 'weight' are not read alike in all folds" in ran.out


def test_folds_read_the_same_columns_though_one_has_a_single_value_there(small):
    once = ["1" if place == 7 else "0" for place in range(ROWS)]
    with open("odd.csv", "w") as file:
        file.write(text_of(usual(once=once, never=["0"] * ROWS)))
    words = ("dataset=table", "dataset.path=odd.csv", "dataset.target=y", "dataset.unfit=drop")

    ran = small(*words, "dataset.split.folds=4")

    assert ran.code == 0, ran.err
