"""The small tables and the digits are scikit-learn's, under our names and in their own units."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn import datasets

from nnrun.parts.dataset import BreastCancer, Diabetes, Digits, Iris, Wine

WITH_CLASSES = {
    Iris: (datasets.load_iris, ("setosa", "versicolor", "virginica")),
    Wine: (datasets.load_wine, ("class_0", "class_1", "class_2")),
    BreastCancer: (datasets.load_breast_cancer, ("malignant", "benign")),
    Digits: (datasets.load_digits, tuple("0123456789")),
}


@pytest.mark.parametrize("kind", WITH_CLASSES)
def test_rows_columns_and_classes_are_those_of_scikit_learn(kind):
    theirs, classes = WITH_CLASSES[kind]
    original = theirs()

    data = kind().load()

    assert_array_equal(data.inputs, original.data)
    assert_array_equal(data.targets, original.target)
    assert [column.name for column in data.columns] == list(original.feature_names)
    assert data.classes == classes
    assert (data.inputs.dtype, data.targets.dtype) == (np.float64, np.int64)


def test_diabetes_comes_in_the_units_in_which_it_was_measured():
    original = datasets.load_diabetes(scaled=False)

    data = Diabetes().load()

    assert_array_equal(data.inputs, original.data)
    assert_array_equal(data.targets[:, 0], original.target)
    assert data.columns[0].name == "age"
    assert data.inputs[:, 0].min() == 19  # years


@pytest.mark.parametrize("kind", [Iris, Wine, BreastCancer, Diabetes])
def test_rows_and_task_are_known_before_loading(kind):
    data = kind().load()

    assert (kind().expected_rows(), kind.task) == (data.rows, data.task)
