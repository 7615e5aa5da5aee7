"""Tables from the internet: scikit-learn fetches them once, and keeps them in its own folder."""

from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any, Literal

import numpy as np

from nnrun.errors import Mistake, Problem
from nnrun.parts.dataset.data import Column, Data, Sized
from nnrun.parts.dataset.sheet import Sheet
from nnrun.parts.dataset.table import Table, refuse_settings
from nnrun.parts.interface import Dataset
from nnrun.parts.kinds import Count, show


@dataclass(frozen=True)
class California(Sized):
    """What houses cost in a district of California, from eight numbers of the census of 1990."""

    rows = 20_640
    task = "regression"

    def load(self) -> Data:
        from sklearn.datasets import fetch_california_housing

        table = fetch("dataset=california", fetch_california_housing)
        return Data(
            title="California, prices of houses in 1990",
            columns=tuple(Column(str(name)) for name in table.feature_names),
            inputs=np.asarray(table.data, np.float64),
            target_names=("price",),  # in 100,000 dollars
            targets=np.asarray(table.target, np.float64).reshape(-1, 1),
        )


@dataclass(frozen=True)
class Openml(Dataset):
    """A table of openml.org by its name, read as a file of one's own would be."""

    name: str
    version: Count | Literal["active"]
    target: str | None
    task: Literal["auto", "regression", "classification"]
    missing: Literal["refuse", "drop", "median"]
    categorical: tuple[str, ...]
    drop: tuple[str, ...]
    missing_values: tuple[str, ...]

    def problems(self) -> list[Problem]:
        if self.name.strip():
            return []
        wanted = "expected the name of a table of openml.org, such as credit-g"
        return [Problem("name", show(self.name), wanted)]

    def load(self) -> Data:
        from sklearn.datasets import fetch_openml

        asked = dict(name=self.name, version=self.version, as_frame=True, parser="pandas")
        found = fetch(f"dataset.name={show(self.name)}", fetch_openml, **asked)
        target = self.target or one_target(found.target_names, self.name)
        table = self.as_table(target)
        refuse_settings(table)
        return table.read(Sheet.from_frame(found.frame, self.name), title=f"{self.name}, OpenML")

    def as_table(self, target: str) -> Table:
        return Table(
            path=self.name,
            target=target,
            task=self.task,
            missing=self.missing,
            categorical=self.categorical,
            drop=self.drop,
            missing_values=self.missing_values,
            delimiter="auto",
            decimal=".",
            encoding="utf-8",
        )


def one_target(names: list[str], table: str) -> str:
    """The column that the table's authors name for prediction."""
    if len(names) != 1:
        told = f"names {len(names)} targets" if names else "names no target"
        raise Mistake(
            f"dataset.target=null: '{table}' {told}; set dataset.target to the column to predict"
        )
    return str(names[0])


def fetch(setting: str, fetcher: Callable[..., Any], **asked: Any) -> Any:
    """What scikit-learn fetches or has kept, or a line on why there is nothing."""
    import warnings

    try:
        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore"
            )  # on other versions of a table, and on tries that failed
            return fetcher(**asked)
    except (OSError, HTTPException) as error:
        reason = (
            " ".join(str(getattr(error, "reason", None) or error).split()) or type(error).__name__
        )
        raise Mistake(
            f"{setting}: could not be fetched ({reason}); connect to the internet for the first time,"
            " or save the table as CSV and take dataset=table"
        ) from None
    except ValueError as error:
        raise Mistake(
            f"{setting}: {' '.join(str(error).split()).rstrip('.')}; look it up on openml.org"
        ) from None
