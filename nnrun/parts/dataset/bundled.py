"""Small tables that scikit-learn carries with it: four classics, in their own units."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from nnrun.parts.dataset.data import Column, Data


@dataclass(frozen=True)
class Iris:
    """Which of three irises it is, from four lengths of its flower."""

    task: ClassVar[str] = "classification"

    def expected_rows(self) -> int:
        return 150

    def load(self) -> Data:
        from sklearn.datasets import load_iris  # takes two seconds to import

        return with_classes("Iris, three species", "species", load_iris())


@dataclass(frozen=True)
class Wine:
    """Which of three growers a wine is from, by its chemistry."""

    task: ClassVar[str] = "classification"

    def expected_rows(self) -> int:
        return 178

    def load(self) -> Data:
        from sklearn.datasets import load_wine

        return with_classes("Wine, three growers", "grower", load_wine())


@dataclass(frozen=True)
class BreastCancer:
    """Whether a tumour is malignant, from thirty measures of its cells."""

    task: ClassVar[str] = "classification"

    def expected_rows(self) -> int:
        return 569

    def load(self) -> Data:
        from sklearn.datasets import load_breast_cancer

        return with_classes("Breast cancer, Wisconsin", "diagnosis", load_breast_cancer())


@dataclass(frozen=True)
class Diabetes:
    """How far the disease has gone after a year, from ten measures at its beginning."""

    task: ClassVar[str] = "regression"

    def expected_rows(self) -> int:
        return 442

    def load(self) -> Data:
        from sklearn.datasets import load_diabetes

        table = load_diabetes(scaled=False)  # years and mg/dl, as they were measured
        return Data(
            title="Diabetes, progression in a year",
            columns=columns(table),
            inputs=np.asarray(table.data, np.float64),
            target_names=("progression",),
            targets=np.asarray(table.target, np.float64).reshape(-1, 1),
        )


def with_classes(title: str, target: str, table) -> Data:
    """One of scikit-learn's tables as ours."""
    return Data(
        title=title,
        columns=columns(table),
        inputs=np.asarray(table.data, np.float64),
        target_names=(target,),
        targets=np.asarray(table.target, np.int64),
        classes=tuple(str(name) for name in table.target_names),
    )


def columns(table) -> tuple[Column, ...]:
    return tuple(Column(str(name)) for name in table.feature_names)
