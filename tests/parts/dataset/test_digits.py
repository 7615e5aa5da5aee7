"""The digits are scikit-learn's, under our names."""

import numpy as np
from numpy.testing import assert_array_equal
from sklearn.datasets import load_digits

from nnrun.parts.dataset.digits import Digits
from nnrun.settings import read


def test_the_digits_are_those_of_scikit_learn():
    original = load_digits()

    data = Digits().load()

    assert data.title == "Digits, 8×8 images"
    assert_array_equal(data.inputs, original.data)
    assert_array_equal(data.targets, original.target)
    assert (data.inputs.dtype, data.targets.dtype) == (np.float64, np.int64)


def test_columns_name_the_pixels_row_by_row():
    data = Digits().load()

    names = [column.name for column in data.columns]

    assert names == [f"pixel_{row}_{column}" for row in range(8) for column in range(8)]


def test_classes_are_the_ten_digits():
    data = Digits().load()

    assert data.classes == tuple("0123456789")
    assert data.task == Digits.task == "classification"
    assert data.rows == 1797


def test_digits_need_no_settings():
    digits, problems = read(Digits, {}, "dataset")

    assert digits == Digits()
    assert problems == []
