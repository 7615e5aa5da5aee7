import random
from dataclasses import replace

import numpy as np
import pandas
import pytest
import yaml

from nnrun.errors import Mistake
from nnrun.parts import kinds as settings
from nnrun.parts.dataset.data import Column
from nnrun.parts.dataset.split import Split
from nnrun.parts.dataset.table import Table
from nnrun.parts.interface import Inputs

PLAIN = {
    "path": "data.csv",
    "target": "y",
    "task": "auto",
    "missing": "refuse",
    "categorical": (),
    "drop": (),
    "missing_values": (),
    "delimiter": "auto",
    "decimal": ".",
    "encoding": "utf-8",
    "unseen": 0.0,
    "rare": 0,
    "flag_gaps": 0,
    "unfit": "refuse",
    "dates": "refuse",
    "id": "",
    "weight": "",
    "order": (),
    "test_path": None,
}


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def table(**changes):
    return Table(**PLAIN | changes)


def load(content, **changes):
    with open("data.csv", "w", newline="") as file:
        file.write(content)
    return table(**changes).load()


def complaints(content, **changes):
    with pytest.raises(Mistake) as told:
        load(content, **changes)
    return str(told.value).splitlines()


def columns(**cells):
    """A text with these columns, each given as one string of cells."""
    return pandas.DataFrame({name: column.split() for name, column in cells.items()}).to_csv(
        index=False
    )


def quantity(rows):
    return " ".join(str(place + 0.5) for place in range(rows))


# What is read


def test_numbers_text_and_targets_are_read():
    content = "size,roof,y\n1.5,flat,10\n2,gable,20.5\n3e1,flat,30\n-4,flat,40\n"

    data = load(content)

    assert data.title == "data"
    assert data.columns == (Column("size"), Column("roof", ("flat", "gable")))
    np.testing.assert_array_equal(data.inputs, [[1.5, 0], [2, 1], [30, 0], [-4, 0]])
    np.testing.assert_array_equal(data.targets, [[10], [20.5], [30], [40]])
    assert (data.task, data.target_names, data.classes, data.notes) == (
        "regression",
        ("y",),
        (),
        (),
    )


def test_a_text_target_is_read_as_sorted_classes():
    data = load("a,y\n1.5,no\n2,yes\n3,no\n4,maybe\n5,yes\n6,no\n")

    assert data.classes == ("maybe", "no", "yes")
    np.testing.assert_array_equal(data.targets, [1, 2, 1, 0, 2, 1])
    assert data.targets.dtype == np.int64


def test_number_classes_are_sorted_as_numbers():
    data = load("a,y\n1.5,10\n2,9\n3,10.0\n4,9\n", task="classification")

    assert data.classes == ("9", "10")
    np.testing.assert_array_equal(data.targets, [1, 0, 1, 0])


def test_a_target_named_as_categorical_keeps_its_text():
    data = load("a,y\n1.5,01\n2,1\n3,01\n4,1\n", categorical=("y",))

    assert data.classes == ("01", "1")


def test_several_targets_are_quantities():
    data = load("a,y,z\n1.5,0,1\n2,1,3\n3,0,5\n", target=("z", "y"))

    assert data.target_names == ("z", "y")
    np.testing.assert_array_equal(data.targets, [[1, 0], [3, 1], [5, 0]])


def test_a_decimal_comma_is_read_when_asked_for():
    data = load("a;y\n1,5;2\n-2;3,5e1\n", decimal=",", delimiter=";")

    np.testing.assert_array_equal(data.inputs, [[1.5], [-2]])
    np.testing.assert_array_equal(data.targets, [[2], [35]])


def test_numbers_named_as_categorical_are_levels_in_order():
    data = load("a,zip,y\n1.5,10,1.5\n2,9,2\n3,00501,3\n", categorical=("zip",))

    assert data.columns[1] == Column("zip", ("9", "10", "00501"))
    np.testing.assert_array_equal(data.inputs[:, 1], [1, 0, 2])


def test_dropped_columns_are_left_out():
    data = load("when,a,y\n2020-01-01,1.5,1.5\n2020-01-02,2,2\n", drop=("when",))

    assert data.columns == (Column("a"),)


def test_rows_with_gaps_are_left_out_with_a_note():
    data = load(
        "a,y,b\n1,1.5,\n,2,5\n3,3.5,6\n4,?,7\n5,7,8\n", missing="drop", missing_values=("?",)
    )

    np.testing.assert_array_equal(data.inputs, [[3, 6], [5, 8]])
    assert data.notes == ("data.csv: left out 3 of 5 rows with missing values (a 1, b 1, y 1)",)


def test_rows_keep_the_number_that_they_have_in_their_file():
    with open("test.csv", "w") as file:
        file.write("a,y\n,1.5\n4,2.5\n")

    data = load("a,y\n1,1.5\n,2.5\n3,3.5\n,4.5\n5,7.5\n", missing="drop", test_path="test.csv")

    assert data.places(np.arange(4)).tolist() == [0, 2, 4, 1]


def test_gaps_stay_when_the_median_fills_them_later():
    data = load("a,c,y\n1,u,1.5\n,u,2\n3,,4\n4,v,5\n6,v,7\n", missing="median")

    np.testing.assert_array_equal(data.inputs, [[1, 0], [np.nan, 0], [3, np.nan], [4, 1], [6, 1]])
    assert data.notes == (
        "data.csv: 2 missing values in 2 columns (a 1, c 1) are filled from the training rows",
    )


def test_rows_without_a_target_are_left_out_where_the_median_fills_gaps():
    data = load("a,c,y\n1,u,1.5\n,u,2\n3,,\n4,v,\n6,v,7\n8,v,9\n", missing="median")

    np.testing.assert_array_equal(data.inputs, [[1, 0], [np.nan, 0], [6, 1], [8, 1]])
    np.testing.assert_array_equal(data.targets, [[1.5], [2], [7], [9]])
    assert data.notes == (
        "data.csv: left out 2 of 6 rows without a target (y 2)",
        "data.csv: 1 missing value in 1 column (a 1) is filled from the training rows",
    )


@pytest.mark.parametrize("seed", range(10))
def test_numbers_are_read_as_python_reads_them(seed):
    draw = np.random.default_rng(seed)
    frame = pandas.DataFrame(
        draw.normal(size=(30, 3)) * 10.0 ** draw.integers(-30, 30, (30, 3)), columns=list("aby")
    )
    frame.to_csv("data.csv", index=False)
    frame.to_parquet("data.parquet")

    for path in ("data.csv", "data.parquet"):
        data = table(path=path).load()

        np.testing.assert_array_equal(data.inputs, frame[["a", "b"]].to_numpy())
        np.testing.assert_array_equal(data.targets, frame[["y"]].to_numpy())


@pytest.mark.parametrize(
    ("decimal", "sign"), [(".", "."), (",", ","), ("detect", "."), ("detect", ",")]
)
def test_numbers_of_a_parquet_file_are_numbers_beside_text_with_any_decimal_sign(decimal, sign):
    texts = [text.replace(".", sign) for text in ("0.5", "1.5", "2")]
    frame = pandas.DataFrame({"x": [1.5, -999, 0.1], "text": texts, "y": [0.1, 0.2, 0.35]})
    frame.to_parquet("data.parquet")

    data = table(
        path="data.parquet", decimal=decimal, missing_values=("-999",), missing="median"
    ).load()

    np.testing.assert_array_equal(data.inputs, [[1.5, 0.5], [np.nan, 1.5], [0.1, 2]])
    np.testing.assert_array_equal(data.targets, frame[["y"]])


def test_the_task_of_folds_in_time_is_told_by_all_rows_however_few_train_the_first():
    frame = pandas.DataFrame({"a": range(300), "day": range(300), "y": [1, 2, 3] * 100})
    frame.to_csv("data.csv", index=False)
    none = dict.fromkeys(("column", "group", "fold", "bags"))
    shares = Split("rest", 0.2, 0.2, 0, **none, by="day", folds=4, repeats=1)

    rows = table().open(shares.columns)
    each = [rows.parted(fold) for fold in shares.each_fold]

    assert len(each[0][1].train) < 50
    assert [data.classes for data, _ in each] == [("1", "2", "3")] * 4
    assert "3 different whole numbers in 300 rows" in each[0][0].notes[-1]
    alone, _ = rows.parted(replace(shares, folds=None, val=0.4, test=0.44))
    assert alone.task == "regression"  # as its train rows tell


def test_what_only_text_has_does_nothing_where_no_file_is_text():
    assert list(table(path="a.parquet", missing="median").without_effect()) == [
        "dataset.delimiter",
        "dataset.encoding",
    ]
    assert table(path="a.csv", missing="median").without_effect() == {}
    found = dict(delimiter="detect", encoding="detect", missing="median")
    assert table(path="a.parquet", **found).without_effect() == {}
    beside_text = table(path="a.parquet", missing="median", test_path="b.csv").without_effect()
    assert list(beside_text) == ["dataset.split.test"]


@pytest.mark.parametrize("missing", ["refuse", "drop"])
def test_no_gap_is_flagged_where_none_is_filled(missing):
    assert list(table(path="a.csv", missing=missing).without_effect()) == ["dataset.flag_gaps"]


def test_dates_become_columns_in_the_place_of_their_own():
    content = "a,sold,y\n1,2020-01-31,1.5\n2,2021-02-28,2\n3,,3\n"

    data = load(content, dates="parts", missing="median")

    assert [column.name for column in data.columns[:2]] == ["a", "sold.year"]
    np.testing.assert_array_equal(data.inputs[:, 1], [2020, 2021, np.nan])
    assert data.reading["dates"]["sold"]["order"] == "year_first"
    assert data.notes == (
        "data.csv: 1 missing value in 1 column (sold 1) is filled from the training rows",
    )


def test_classes_stand_in_the_order_that_is_given():
    content = columns(x=quantity(9), y="low mid high " * 3)

    data = load(content, order=("low", "mid", "high"))

    assert (data.classes, data.task, data.ordered) == (
        ("low", "mid", "high"),
        "classification",
        True,
    )
    np.testing.assert_array_equal(data.targets, [0, 1, 2] * 3)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        (
            {"order": ("low", "mid")},
            "data.csv:4: target 'y': 'high' is none of low, mid; dataset.or",
        ),
        (
            {"order": ("low", "mid", "high", "top")},
            "dataset.order=[low, mid, high, top]: no row is of 'top'; leave it out there",
        ),
        (
            {"order": ("low", "low")},
            "dataset.order=[low, low]: names 'low' twice",
        ),
        (
            {"order": ("low", "mid", "high"), "task": "regression"},
            "dataset.order=[low, mid, high]: is of classes, where numbers are to be predicted; leave",
        ),
    ],
)
def test_an_order_that_does_not_fit_the_classes_is_told(changes, told):
    (found,) = complaints(columns(x=quantity(9), y="low mid high " * 3), **changes)

    assert found.startswith(told)


def test_rare_categories_are_one_together():
    towns = "A A A B B B C D D E"

    data = load(columns(town=towns, y=quantity(10)), rare=3, categorical=("town",))

    (town,) = data.columns
    assert (town.levels, town.rare, town.features) == (("A", "B", "C", "D", "E"), 3, 3)
    np.testing.assert_array_equal(data.inputs[:, 0], [0, 0, 0, 1, 1, 1, 2, 3, 3, 4])
    assert data.notes == (
        "data.csv: column 'town': 3 of 5 categories stand in fewer than 3 rows;"
        " they are one together",
    )


def test_many_texts_are_categories_once_the_rare_are_grouped():
    towns = " ".join(["A"] * 12 + [f"t{place}" for place in range(30)])
    content = columns(town=towns, y=quantity(42))

    (told,) = complaints(content)
    data = load(content, rare=10)

    assert told.endswith(
        "set dataset.rare=10 to group those of few rows, dataset.drop=[town],"
        " or dataset.categorical=[town] if these are categories"
    )
    assert (data.columns[0].levels[0], data.reads) == ("A", Inputs(0, 2))


def test_an_id_is_carried_along_and_not_learnt():
    data = load("a,who,y\n1.5,x,1.5\n2,,2\n3,z,3\n", id="who")

    assert data.columns == (Column("a"),)
    assert (data.id_name, list(data.ids)) == ("who", ["x", "", "z"])


def test_columns_with_enough_gaps_are_flagged():
    content = columns(a="1 2 ? ? 3 4", b="x ? x y y y", y="1.5 2.5 3.5 4.5 5.5 6.5")
    gaps = {"missing": "median", "missing_values": ("?",)}

    assert load(content, **gaps).flagged == ()
    assert load(content, **gaps, flag_gaps=1).flagged == (0, 1)
    assert load(content, **gaps, flag_gaps=2).flagged == (0,)
    assert (
        "data.csv: the network is told of gaps in 'a', 'b'"
        in load(content, **gaps, flag_gaps=1).notes
    )


def test_columns_that_lack_the_same_rows_have_one_flag_together():
    sold = "2020-01-31 ? 2021-02-28 2022-03-30 ?"
    content = columns(a="1 ? 2 3 ?", sold=sold, b="? ? 1 2 3", y="1.5 2.5 3.5 4.5 5.5")

    data = load(
        content, missing="median", missing_values=("?",), dates="parts", unfit="drop", flag_gaps=1
    )

    flagged = [data.columns[place].name for place in data.flagged]
    assert flagged == ["a", "b"]


# Which task it is


@pytest.mark.parametrize("seed", range(20))
def test_a_target_of_few_whole_numbers_is_taken_as_classes(seed):
    draw = random.Random(seed)
    rows, kinds = draw.choice([40, 200, 600]), draw.choice([2, 3, 10, 20, 21, 30])
    step = draw.choice([1, 1, 0.5])
    targets = [step * (place % kinds) for place in range(rows)]
    inputs = [draw.random() for _ in targets]

    data = load(pandas.DataFrame({"a": inputs, "y": targets}).to_csv(index=False))

    few = kinds <= 20 and kinds <= 0.05 * rows and step == 1
    assert data.task == ("classification" if few else "regression")


def test_the_choice_of_a_task_is_told():
    few = load(columns(a=quantity(60), y="0 1 2 " * 20)).notes
    many = load(columns(a=quantity(6), y="0 1 2 " * 2)).notes

    assert few == (
        "task: classification, because target 'y' has 3 different whole numbers in 60 rows; "
        "set dataset.task=regression for numbers",
    )
    assert many == (
        "task: regression, because target 'y' has 3 different whole numbers in 6 rows; "
        "set dataset.task=classification for classes",
    )


def test_counts_that_thin_out_are_a_quantity():
    def task(*rows):
        values = [value for value, many in enumerate(rows) for _ in range(many)]
        return load(columns(a=quantity(len(values)), y=" ".join(map(str, values))))

    assert task(60, 50, 25, 8, 3, 1).notes == (
        "task: regression, because target 'y' has 6 different whole numbers in 147 rows, 5 in one "
        "row alone; set dataset.task=classification for classes",
    )
    assert task(1).task == "regression"  # a single row
    of_classes = {
        "two rows of the largest": task(60, 50, 25, 8, 3, 2),
        "few numbers": task(60, 50, 25, 8, 1),
        "one row of another than the largest": task(60, 50, 25, 1, 8, 3),
        "a rare one beside many of the next": task(30, 30, 30, 30, 30, 1),
    }
    assert {data.task for data in of_classes.values()} == {"classification"}


# What is refused


ROWS = quantity(12)
WORDS = " ".join(f"w{place}" for place in range(12))

REFUSED = {
    "decimal comma": (
        'a,y\n"1,5",1.5\n"2,25",2\n3,4\n',
        {},
        ["data.csv:2: column 'a': '1,5' is not a number; set dataset.decimal=','"],
    ),
    "decimal point": (
        "a;y\n1.5;1,5\n2;2\n3;4\n",
        {"decimal": ",", "delimiter": ";"},
        ["data.csv:2: column 'a': '1.5' is not a number; set dataset.decimal='.'"],
    ),
    "thousands": (
        'a,y\n"1,500",1.5\n"12,250",2\n3,4\n',
        {},
        [
            "data.csv:2: column 'a': '1,500' is not a number; "
            "write it without ',', or set dataset.decimal=',' if that is its decimal sign"
        ],
    ),
    "unit": (
        columns(a="12% 15% 17%", y="1.5 2 3"),
        {},
        ["data.csv:2: column 'a': '12%' is a number with a unit; write the number alone"],
    ),
    "one text among numbers": (
        columns(a="1 x 3", y="1.5 2 3"),
        {},
        [
            "data.csv:3: column 'a': 'x' is not a number (1 of 3 rows); "
            "fix it, or set dataset.categorical=[a] or dataset.drop=[a]"
        ],
    ),
    "some texts among numbers": (
        columns(a="1 x 3 y z x 7 8 9 10", y=quantity(10)),
        {},
        [
            "data.csv:3: column 'a': 'x' is not a number (4 of 10 rows: lines 3, 5, 6, 7); "
            "fix it, or set dataset.categorical=[a] or dataset.drop=[a]"
        ],
    ),
    "underscore": (
        columns(a="1 1_000 3", y="1.5 2 3"),
        {},
        [
            "data.csv:3: column 'a': '1_000' is not a number; write it with nothing between "
            "thousands, or set dataset.categorical=[a] or dataset.drop=[a]"
        ],
    ),
    "signs of a gap": (
        columns(a="1 ? 3 n/a ? 6 7", y=quantity(7)),
        {},
        [
            "data.csv:3: column 'a': '?', 'n/a' in 3 rows look like missing values; "
            "set dataset.missing_values=['?', 'n/a'] or dataset.categorical=[a]"
            " or dataset.drop=[a]"
        ],
    ),
    "nan": (
        columns(a="1 2 nan", y="1.5 2 3"),
        {},
        [
            "data.csv:4: column 'a': 'nan' in 1 row looks like a missing value; "
            "set dataset.missing_values=['nan'] or dataset.categorical=[a] or dataset.drop=[a]"
        ],
    ),
    "missing inputs": (
        "age,fare,y\n1,,1.5\n,,2\n3,4,3\n,5,4\n",
        {},
        [
            "data.csv: 4 missing values in 2 columns (age 2, fare 2; first at line 2); "
            "set dataset.missing=median or dataset.missing=drop"
        ],
    ),
    "one missing target": (
        "a,y\n1.5,2\n3,\n",
        {},
        [
            "data.csv:3: target 'y' is empty; "
            "leave such rows out by dataset.missing=drop or dataset.missing=median"
        ],
    ),
    "missing targets": (
        "a,y\n1,2.5\n3,\n4,\n5,\n6,\n7,3\n",
        {},
        [
            "data.csv:3: target 'y' is empty in 4 rows (lines 3, 4, 5, 6); "
            "leave such rows out by dataset.missing=drop or dataset.missing=median"
        ],
    ),
    "no target anywhere": (
        "a,y\n1,\n2,\n",
        {"missing": "median"},
        ["data.csv: no row has a target (y 2); choose another dataset.target"],
    ),
    "no row with all targets": (
        "a,y,z\n1,,2\n2,3,\n",
        {"missing": "median", "target": ("y", "z")},
        ["data.csv: no row has all targets (y 1, z 1); choose another dataset.target"],
    ),
    "no values beside a target": (
        "a,b,y\n1,2,\n2,,1.5\n3,,2.5\n",
        {"missing": "median"},
        ["data.csv: column 'b' has no values; drop it with dataset.drop=[b]"],
    ),
    "no row without a gap": (
        "a,b,y\n1,,2\n,3,4\n",
        {"missing": "drop"},
        ["data.csv: every row has a missing value (a 1, b 1); set dataset.missing=median"],
    ),
    "no values": (
        "a,cabin,deck no,y\n1,,,1.5\n2,,,2\n",
        {"missing": "drop"},
        [
            f"data.csv: column '{name}' has no values; drop it with dataset.drop=[cabin, 'deck no']"
            for name in ("cabin", "deck no")
        ],
    ),
    "too large": (
        columns(income="1 3.5e39 -1e99", y="1.5 2 3"),
        {},
        [
            "data.csv:3: column 'income': 3.5e39 is beyond the largest float32, 3.4e38 (2 rows); "
            "fix it, or set dataset.missing_values=['3.5e39', '-1e99']"
        ],
    ),
    "beyond float64": (
        columns(a="1 1e400 3", y="1.5 2 3"),
        {},
        [
            "data.csv:3: column 'a': 1e400 is beyond the largest float32, 3.4e38; "
            "fix it, or set dataset.missing_values=['1e400']"
        ],
    ),
    "infinite": (
        columns(a="1 2 -inf", y="1.5 2 3"),
        {},
        [
            "data.csv:4: column 'a': -inf is infinite; fix it, or set dataset.missing_values=['-inf']"
        ],
    ),
    "text of its own in every row": (
        columns(name=WORDS, y=ROWS),
        {},
        [
            "data.csv: column 'name' is different in every row, which tells nothing about new rows; "
            "leave it out with dataset.drop=[name], carry it along with dataset.id=name, "
            "or set dataset.categorical=[name]"
        ],
    ),
    "too many texts": (
        columns(name=WORDS + " w1 w1", y=quantity(14)),
        {},
        [
            "data.csv: column 'name' has 12 different texts in 14 rows; "
            "set dataset.drop=[name], or dataset.categorical=[name] if these are categories"
        ],
    ),
    "dates": (
        columns(a="2020-01-01 2020-01-02 2020-01-02", y="1.5 2 3"),
        {},
        [
            "data.csv:2: column 'a': dates and times ('2020-01-01') are not numbers; "
            "write them as numbers, or set dataset.dates=parts or dataset.categorical=[a] or dataset.drop=[a]"
        ],
    ),
    "times": (
        columns(a="31.12.2020 1.1.2021 2/2/21", y="1.5 2 3"),
        {},
        [
            "data.csv:2: column 'a': dates and times ('31.12.2020') are not numbers; "
            "write them as numbers, or set dataset.dates=parts or dataset.categorical=[a] or dataset.drop=[a]"
        ],
    ),
    "no path": (
        "a,y\n1,2\n",
        {"path": ""},
        ["dataset.path: is not set; give a .csv, .tsv or .parquet file"],
    ),
    "no target": (
        "a,y\n1,2\n",
        {"target": ()},
        ["dataset.target: is not set; give the name of the column to predict"],
    ),
    "no settings": (
        "a,y\n1,2\n",
        {"path": "", "target": ""},
        [
            "dataset.path: is not set; give a .csv, .tsv or .parquet file",
            "dataset.target: is not set; give the name of the column to predict",
        ],
    ),
    "target absent": (
        "a,b,Price\n1,2,3\n",
        {"target": "price"},
        ["dataset.target: no column 'price' among a, b, Price; did you mean 'Price'?"],
    ),
    "names absent": (
        "a,b,y\n1,2,3\n",
        {"drop": ("zzz",), "categorical": ("B",)},
        [
            "dataset.drop: no column 'zzz' among a, b, y",
            "dataset.categorical: no column 'B' among a, b, y; did you mean 'b'?",
        ],
    ),
    "target dropped": (
        "a,y\n1,2\n",
        {"drop": ("y",)},
        ["dataset.drop: 'y' is the target; take it out of dataset.drop"],
    ),
    "target twice": (
        "a,y\n1,2\n",
        {"target": ("y", "y")},
        ["dataset.target: 'y' is named 2 times; name it once"],
    ),
    "several classes": (
        "a,y,z\n1,2,3\n",
        {"target": ("y", "z"), "task": "classification"},
        ["dataset.task=classification: wants one target, but dataset.target names 2; give one"],
    ),
    "categories as quantity": (
        "a,y\n1,2\n",
        {"categorical": ("y",), "task": "regression"},
        [
            "dataset.categorical: 'y' is a target, to be predicted as a number; "
            "take it out of dataset.categorical, or set dataset.task=classification for it alone"
        ],
    ),
    "id absent": (
        "a,who,y\n1,2,3\n",
        {"id": "whom"},
        ["dataset.id: no column 'whom' among a, who, y; did you mean 'who'?"],
    ),
    "target as a column beside another": (
        "a,y,spread_y\n1,2,3\n",
        {"target": ("y", "spread_y")},
        ["dataset.target: 'spread_y' is what is told beside 'y'; call it otherwise in the file"],
    ),
    "id as target": (
        "a,y\n1,2\n",
        {"id": "y"},
        ["dataset.id: 'y' is the target; choose another column"],
    ),
    "no input": (
        "a,y\n1,2\n",
        {"drop": ("a",)},
        ["dataset.drop=[a]: leaves no column as input; drop fewer of them"],
    ),
    "no input by itself": (
        "y\n1\n2\n",
        {},
        ["data.csv: no column is left as input (columns: y)"],
    ),
    "no column of a name with commas": (
        '"a, b",y\n1,2\n',
        {"drop": ("a",)},
        ["dataset.drop: no column 'a' among \"a, b\", y"],
    ),
    "many too large": (
        columns(a=" ".join(f"{i}e300" for i in range(1, 13)), b=ROWS, y=ROWS),
        {},
        [
            "data.csv:2: column 'a': 1e300 is beyond the largest float32, 3.4e38 (12 rows);"
            " fix these, or set dataset.drop=[a]"
        ],
    ),
    "times that are none of a day": (
        columns(h=" ".join(f"{i}:0{i % 10}:00" for i in range(16, 28)), b=ROWS, y=ROWS),
        {"dates": "parts"},
        [
            "data.csv:10: column 'h': '24:04:00' is no time of a day; write how long it is as a number,"
            " or set dataset.categorical=[h] or dataset.drop=[h]"
        ],
    ),
    "one class": (
        columns(a=ROWS, y="0 " * 12),
        {"task": "classification"},
        [
            "data.csv: target 'y' has one class ('0', 12 rows); classification needs 2; choose another dataset.target"
        ],
    ),
    "one class of text": (
        columns(a=ROWS, y="no " * 12),
        {},
        [
            "data.csv: target 'y' has one class ('no', 12 rows); classification needs 2; choose another dataset.target"
        ],
    ),
    "infinite target": (
        columns(a=quantity(60), y="0 1 inf " * 20),
        {},
        [
            "data.csv:4: target 'y': inf is infinite (20 rows); fix it, or set dataset.missing_values=['inf']"
        ],
    ),
    "constant quantity": (
        columns(a=ROWS, y="1.5 " * 12),
        {},
        ["data.csv: target 'y' is 1.5 in every row; there is nothing to learn"],
    ),
    "classes that never repeat": (
        columns(a=ROWS, y=WORDS),
        {},
        ["data.csv: target 'y' has 12 classes in 12 rows; choose another dataset.target"],
    ),
    "quantity as classes": (
        columns(a=ROWS, y=ROWS),
        {"task": "classification"},
        ["data.csv: target 'y' has 12 classes in 12 rows; set dataset.task=regression"],
    ),
    "text in regression": (
        columns(a="1 2 3", y="yes no yes"),
        {"task": "regression"},
        [
            "data.csv:2: target 'y': 'yes' is text, but regression predicts numbers; set dataset.task=classification"
        ],
    ),
    "text among several targets": (
        columns(a="1 2 3", y="yes no yes", z="1 2 3"),
        {"target": ("y", "z")},
        [
            "data.csv:2: target 'y': 'yes' is text, but regression predicts numbers; set dataset.target without it"
        ],
    ),
    "text among numbers in the target": (
        columns(a="1 2 3", y="1 x 3"),
        {},
        [
            "data.csv:3: target 'y': 'x' is not a number (1 of 3 rows); fix it, or set dataset.task=classification"
        ],
    ),
    "decimal comma in the target": (
        'a,y\n1,"1,5"\n2,"2,5"\n',
        {},
        ["data.csv:2: target 'y': '1,5' is not a number; set dataset.decimal=','"],
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_work_is_told_with_its_place_and_a_way_out(case):
    content, changes, expected = REFUSED[case]

    told = complaints(content, **changes)

    assert told == expected


def test_all_problems_of_a_file_are_told_at_once():
    told = complaints("a,b,c,y\n1,inf,,1\n?,2,,x\n3,4,5,\n")

    assert told == [
        "data.csv:3: column 'a': '?' in 1 row looks like a missing value; "
        "set dataset.missing_values=['?'] or dataset.categorical=[a] or dataset.drop=[a]",
        "data.csv:2: column 'b': inf is infinite; fix it, or set dataset.missing_values=['inf']",
        "data.csv:4: target 'y' is empty; "
        "leave such rows out by dataset.missing=drop or dataset.missing=median",
        "data.csv: 2 missing values in 1 column (c 2; first at line 2); "
        "set dataset.missing=median or dataset.missing=drop",
    ]


@pytest.mark.parametrize(
    "way_out",
    [{"missing_values": ("?",), "missing": "drop"}, {"categorical": ("a",)}, {"drop": ("a",)}],
)
def test_the_way_out_that_is_told_works(way_out):
    content = columns(a="1 ? 3 4 ? 6 7", b=quantity(7), y=quantity(7))

    data = load(content, **way_out)

    assert data.rows in (5, 7)


@pytest.mark.parametrize("seed", range(100))
def test_whatever_a_file_holds_it_is_read_or_refused(seed):
    draw = random.Random(seed)
    content = bytearray(b'a,b,c,y\n1.5,u,3,0\n"2,5",v,,1\n-inf,u,00501,2020-01-01\n')
    for _ in range(draw.randint(1, 6)):
        content[draw.randrange(len(content))] = draw.choice(b'\0\n\r",;.x 19\xff\xe9-_')
    with open("data.csv", "wb") as file:
        file.write(content)
    task, missing = (
        draw.choice(["auto", "regression", "classification"]),
        draw.choice(["refuse", "drop", "median"]),
    )

    try:
        read = table(task=task, missing=missing, encoding=draw.choice(["utf-8", "latin-1"])).load()
    except Mistake as mistake:
        read = mistake

    assert isinstance(read, Mistake) or np.isfinite(read.targets).all()


# What is read all the same, with a word on it


NOTED = {
    "a constant": (
        columns(a=ROWS, b="0 " * 12, y=ROWS),
        ["data.csv: column 'b' is constant (0); leave it out with dataset.drop=[b]"],
    ),
    "a constant text": (
        columns(a=ROWS, b="no " * 12, y=ROWS),
        ["data.csv: column 'b' is constant (no); leave it out with dataset.drop=[b]"],
    ),
    "large whole numbers": (
        columns(a="1 9007199254740993 5", y="1.5 2 3"),
        [
            "data.csv:3: column 'a': 9007199254740993 is beyond 2^53, where whole numbers are rounded"
        ],
    ),
    "codes": (
        columns(zip="00501 10001 501", y="1.5 2 3"),
        [
            "data.csv: column 'zip': codes such as '00501' are read as numbers; "
            "set dataset.categorical=[zip] to keep them"
        ],
    ),
    "a counter": (
        columns(row=" ".join(map(str, range(12))), a=ROWS, y=ROWS),
        [
            "data.csv: column 'row' is a different number in every row; it will not generalise; "
            "drop with dataset.drop=[row], or carry it along with dataset.id=row"
        ],
    ),
    "an id": (
        columns(house_id="9 7 3 1 12 44 2 5 6 8 10 11", a=ROWS, y=ROWS),
        [
            "data.csv: column 'house_id' is a different number in every row; it will not generalise; "
            "drop with dataset.drop=[house_id], or carry it along with dataset.id=house_id"
        ],
    ),
    "Namibia": (
        columns(country="NA DE DE NA DE DE", y=quantity(6)),
        ["data.csv: column 'country': text 'NA' kept as a category; empty cells are missing"],
    ),
    "spaces": ("a, y \n1,1.5\n2,2\n", ["data.csv: stripped spaces from 1 column name ('y')"]),
}


@pytest.mark.parametrize("case", NOTED)
def test_what_is_odd_but_works_is_noted(case):
    content, expected = NOTED[case]

    data = load(content)

    assert list(data.notes) == expected


# The configuration


def test_the_settings_fit_their_kinds(request):
    with open(request.config.rootpath / "conf/dataset/table.yaml") as file:
        values = yaml.safe_load(file)
    values = {name: values[name] for name in settings.names(Table)}

    made, problems = settings.read(Table, values, "dataset")

    assert problems == []
    assert made == table(path="", target="")
