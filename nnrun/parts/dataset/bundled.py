"""What scikit-learn carries with it: four tables in their own units, and digits of 8×8 pixels."""

import numpy as np
from numpy import ndarray

from nnrun.parts.dataset.data import Column, Data, KnownSize


class Bundled(KnownSize):
    """A table of scikit-learn's by the name of its loader, whose target is a class."""

    title: str
    target: str
    loader: str
    task = "classification"

    def load(self) -> Data:
        from sklearn import datasets  # takes two seconds to import

        table = getattr(datasets, self.loader)()
        options = dict(classes=tuple(map(str, table.target_names)), task="classification")
        return from_sklearn(
            self.title, self.target, table, table.target.astype(np.int64), **options
        )


class Iris(Bundled):
    """Which of three irises it is, from four lengths of its flower."""

    rows = 150
    title, target, loader = "Iris, three species", "species", "load_iris"


class Wine(Bundled):
    """Which of three growers a wine is from, by its chemistry."""

    rows = 178
    title, target, loader = "Wine, three growers", "grower", "load_wine"


class BreastCancer(Bundled):
    """Whether a tumour is malignant, from thirty measures of its cells."""

    rows = 569
    title, target, loader = "Breast cancer, Wisconsin", "diagnosis", "load_breast_cancer"


class Digits(Bundled):
    """Which of ten digits a person wrote, from the ink (0 to 16) in each of 64 pixels."""

    rows = 1797
    title, target, loader = "Digits, 8×8 images", "digit", "load_digits"


class Diabetes(KnownSize):
    """How far the disease has gone after a year, from ten measures at its beginning."""

    rows = 442
    task = "regression"

    def load(self) -> Data:
        from sklearn.datasets import load_diabetes

        table = load_diabetes(scaled=False)  # years and mg/dl, as they were measured
        return with_quantity("Diabetes, progression in a year", "progression", table)


def with_quantity(title: str, target: str, table) -> Data:
    """Take one of scikit-learn's tables, whose target is a number."""
    return from_sklearn(title, target, table, np.asarray(table.target, np.float64).reshape(-1, 1))


def from_sklearn(title: str, target: str, table, targets: ndarray, **more) -> Data:
    """Take a table's inputs, with targets in our form."""
    columns = tuple(Column(str(name)) for name in table.feature_names)
    inputs = np.asarray(table.data, np.float64)
    return Data(title, columns, inputs, (target,), targets, **more)
