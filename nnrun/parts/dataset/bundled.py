"""What scikit-learn carries with it: four tables in their own units, and digits of 8×8 pixels."""

from dataclasses import dataclass

import numpy as np

from nnrun.parts.dataset.data import Column, Data, Sized


@dataclass(frozen=True)
class Iris(Sized):
    """Which of three irises it is, from four lengths of its flower."""

    rows = 150
    task = "classification"

    def load(self) -> Data:
        from sklearn.datasets import load_iris  # takes two seconds to import

        return with_classes("Iris, three species", "species", load_iris())


@dataclass(frozen=True)
class Wine(Sized):
    """Which of three growers a wine is from, by its chemistry."""

    rows = 178
    task = "classification"

    def load(self) -> Data:
        from sklearn.datasets import load_wine

        return with_classes("Wine, three growers", "grower", load_wine())


@dataclass(frozen=True)
class BreastCancer(Sized):
    """Whether a tumour is malignant, from thirty measures of its cells."""

    rows = 569
    task = "classification"

    def load(self) -> Data:
        from sklearn.datasets import load_breast_cancer

        return with_classes("Breast cancer, Wisconsin", "diagnosis", load_breast_cancer())


@dataclass(frozen=True)
class Diabetes(Sized):
    """How far the disease has gone after a year, from ten measures at its beginning."""

    rows = 442
    task = "regression"

    def load(self) -> Data:
        from sklearn.datasets import load_diabetes

        table = load_diabetes(scaled=False)  # years and mg/dl, as they were measured
        return with_quantity("Diabetes, progression in a year", "progression", table)


@dataclass(frozen=True)
class Digits(Sized):
    """Which of ten digits a person wrote, from the ink (0 to 16) in each of 64 pixels."""

    rows = 1797
    task = "classification"

    def load(self) -> Data:
        from sklearn.datasets import load_digits

        return with_classes("Digits, 8×8 images", "digit", load_digits())


def with_classes(title: str, target: str, table) -> Data:
    """Take one of scikit-learn's tables, whose target is a class."""
    return Data(
        title=title,
        columns=columns(table),
        inputs=np.asarray(table.data, np.float64),
        target_names=(target,),
        targets=np.asarray(table.target, np.int64),
        classes=tuple(str(name) for name in table.target_names),
        task="classification",
    )


def with_quantity(title: str, target: str, table) -> Data:
    """Take one of scikit-learn's tables, whose target is a number."""
    return Data(
        title=title,
        columns=columns(table),
        inputs=np.asarray(table.data, np.float64),
        target_names=(target,),
        targets=np.asarray(table.target, np.float64).reshape(-1, 1),
    )


def columns(table) -> tuple[Column, ...]:
    return tuple(Column(str(name)) for name in table.feature_names)
