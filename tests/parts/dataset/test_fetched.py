"""What scikit-learn fetches becomes a data set; what it cannot fetch becomes one line. Nothing here needs internet."""

from urllib.error import URLError

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal
from sklearn import datasets
from sklearn.utils import Bunch

from nnrun.errors import Mistake
from nnrun.parts.dataset import California, Openml


@pytest.fixture
def answers(monkeypatch):
    """Let a function of scikit-learn give a table, or raise an error; gives what it was asked."""
    asked = []

    def stand_in(name, answer):
        def fetcher(**given):
            asked.append(given)
            if isinstance(answer, Exception):
                raise answer
            return answer

        monkeypatch.setattr(datasets, name, fetcher)
        return asked

    return stand_in


def openml(**changes):
    settings = dict(
        version="active", target=None, task="auto", missing="refuse", categorical=(), drop=()
    )
    later = dict(missing_values=(), unseen=0.0, rare=0, dates="refuse", id="", weight="", order=())
    later |= dict(unfit="refuse", flag_gaps=0)
    return Openml(**{"name": "houses", **settings, **later, **changes})


def refused(dataset):
    with pytest.raises(Mistake) as caught:
        dataset.load()
    (line,) = str(caught.value).splitlines()
    return line


FRAME = pd.DataFrame(
    {
        "size": np.arange(40.0, 60.0),
        "town": pd.Categorical(["Bonn", "Oslo"] * 10),
        "sold": pd.Categorical(["no", "no", "yes", "yes"] * 5),
    }
)


def test_california_has_its_columns_and_a_price(answers):
    theirs = Bunch(
        data=np.ones((4, 2)), target=np.arange(4.0), feature_names=["MedInc", "HouseAge"]
    )
    answers("fetch_california_housing", theirs)

    data = California().load()

    assert [column.name for column in data.columns] == ["MedInc", "HouseAge"]
    assert_array_equal(data.targets, [[0], [1], [2], [3]])
    assert data.target_names == ("price",)
    assert data.task == California.task


def test_a_table_of_openml_is_read_as_a_file_would_be(answers):
    asked = answers("fetch_openml", Bunch(frame=FRAME, target_names=["sold"]))

    data = openml(version=2).load()

    assert asked == [dict(name="houses", version=2, as_frame=True, parser="pandas")]
    assert [(column.name, column.levels) for column in data.columns] == [
        ("size", ()),
        ("town", ("Bonn", "Oslo")),
    ]
    assert data.classes == ("no", "yes")
    assert_array_equal(data.inputs[:2], [[40, 0], [41, 1]])


def test_the_target_may_be_another_column(answers):
    answers("fetch_openml", Bunch(frame=FRAME, target_names=["sold"]))

    data = openml(target="size", task="regression", drop=("sold",)).load()

    assert data.target_names == ("size",)
    assert [column.name for column in data.columns] == ["town"]


@pytest.mark.parametrize(
    ("names", "told"), [([], "names no target"), (["a", "b"], "names 2 targets")]
)
def test_a_table_without_one_target_asks_for_it(names, told, answers):
    answers("fetch_openml", Bunch(frame=FRAME, target_names=names))

    assert (
        refused(openml())
        == f"dataset.target=null: 'houses' {told}; set dataset.target to the column to predict"
    )


@pytest.mark.parametrize(
    ("name", "dataset", "setting"),
    [
        ("fetch_california_housing", California(), "dataset=california"),
        ("fetch_openml", openml(), "dataset.name='houses'"),
    ],
)
def test_without_internet_it_is_told_what_to_do(name, dataset, setting, answers):
    answers(name, URLError("no route"))

    assert refused(dataset) == (
        f"{setting}: could not be fetched (no route); connect to the internet for the first time,"
        " or save the table as CSV and take dataset=table"
    )


def test_an_unknown_table_is_told(answers):
    answers("fetch_openml", ValueError("No active dataset houses found."))

    assert (
        refused(openml())
        == "dataset.name='houses': No active dataset houses found; look it up on openml.org"
    )


def test_a_name_is_asked_for():
    told = "name='': expected the name of a table of openml.org, such as credit-g"

    assert [str(problem) for problem in openml(name="").problems()] == [told]
    assert openml().problems() == []
