"""Tables from the internet: scikit-learn fetches them once, and keeps them in its own folder."""

from collections.abc import Callable, Mapping
from typing import Any, Literal

from nnrun.errors import Mistake, Problem, Problems, refuse
from nnrun.parts.dataset.bundled import with_quantity
from nnrun.parts.dataset.data import Data, KnownSize
from nnrun.parts.dataset.download import reason_of
from nnrun.parts.dataset.sheet import Sheet
from nnrun.parts.dataset.table import ADDED, Table, flags_beside, unfit_settings
from nnrun.parts.dataset.table_rows import TableRows
from nnrun.parts.interface import Dataset, Reasons, part
from nnrun.parts.kinds import Count, Fraction, Names, Natural, show


class California(KnownSize):
    """What houses cost in a district of California, from eight numbers of the census of 1990."""

    rows = 20_640
    task = "regression"

    def load(self) -> Data:
        from sklearn.datasets import fetch_california_housing

        table = fetch("dataset", "california", fetch_california_housing)
        # the price is in 100,000 dollars
        return with_quantity("California, prices of houses in 1990", "price", table)


@part
class Openml(Dataset):
    """A table of openml.org by its name, read as a file of one's own would be."""

    name: str
    version: Count | Literal["active"]
    target: str | None
    task: Literal["auto", "regression", "classification"]
    missing: Literal["refuse", "drop", "median"]
    categorical: Names
    drop: Names
    missing_values: Names
    unseen: Fraction
    rare: Natural
    flag_gaps: Natural
    dates: Literal["refuse", "parts", "day_first", "month_first"]
    id: str
    weight: str
    order: Names
    unfit: Literal["refuse", "drop"]
    added = ADDED
    of_columns = True

    def without_effect(self) -> Reasons:
        return flags_beside(self.missing)

    @property
    def hidden(self) -> float:
        return self.unseen

    def problems(self) -> Problems:
        if self.name.strip():
            return []
        wanted = "expected the name of a table of openml.org, such as credit-g"
        return [Problem("name", show(self.name), wanted)]

    def load(self) -> Data:
        return self.open({}).whole()

    def open(self, apart: Mapping[str, str]) -> TableRows:
        from sklearn.datasets import fetch_openml

        options = dict(name=self.name, version=self.version, as_frame=True, parser="pandas")
        fetched = fetch("dataset.name", show(self.name), fetch_openml, **options)
        table = self.as_table(self.target or one_target(fetched.target_names, self.name))
        refuse(unfit_settings(table))
        sheet = Sheet.from_frame(fetched.frame, self.name)
        return table.rows_of(sheet, f"{self.name}, OpenML", apart)

    def as_table(self, target: str) -> Table:
        return Table(
            path=self.name,
            target=target,
            task=self.task,
            missing=self.missing,
            categorical=self.categorical,
            drop=self.drop,
            missing_values=self.missing_values,
            unseen=self.unseen,
            rare=self.rare,
            flag_gaps=self.flag_gaps,
            dates=self.dates,
            id=self.id,
            weight=self.weight,
            order=self.order,
            unfit=self.unfit,
            test_path=None,
            delimiter="auto",
            decimal=".",
            encoding="utf-8",
        )


def one_target(names: list[str], table: str) -> str:
    """Name the column that the table's authors want predicted."""
    if len(names) == 1:
        return str(names[0])
    count = f"{len(names)} targets" if names else "no target"
    advice = "set dataset.target to the column to predict"
    raise Mistake(Problem("dataset.target", "null", f"'{table}' names {count}", advice))


def fetch(key: str, value: str, fetcher: Callable[..., Any], **options: Any) -> Any:
    """Take what scikit-learn fetches or has kept, or tell why its setting names nothing."""
    import warnings
    from http.client import HTTPException  # encryption and mail come with it

    try:
        with warnings.catch_warnings():
            # on other versions of a table, and on tries that failed
            warnings.simplefilter("ignore")
            return fetcher(**options)
    except (OSError, HTTPException) as error:
        wrong = f"could not be fetched ({reason_of(error)})"
        advice = (
            "connect to the internet for the first time,"
            " or save the table as CSV and take dataset=table"
        )
        raise Mistake(Problem(key, value, wrong, advice)) from None
    except ValueError as error:
        wrong = reason_of(error).rstrip(".")
        raise Mistake(Problem(key, value, wrong, "look it up on openml.org")) from None
