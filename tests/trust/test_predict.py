"""A prediction means what training meant: by the names of columns, row by row, in whatever company."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nnrun import load
from nnrun.errors import Mistake

ROWS = 90
PROPERTY = settings(
    max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)
KINDS = {
    "numbers": ("dataset.target=price", "dataset.drop=[grade]", "model.norm=batch"),
    "classes": ("dataset.target=grade", "dataset.drop=[price]", "model=residual"),
}
QUICK = ("training.epochs=2", "output.pictures=false", "output.baselines=false")
INPUTS = ("size", "age", "town", "sold")


def rows() -> pd.DataFrame:
    draw = np.random.default_rng(0)
    size = draw.uniform(20, 90, ROWS).round(1)
    return pd.DataFrame(
        {
            "size": size,
            "age": np.where(np.arange(ROWS) % 9, np.arange(ROWS) % 31, np.nan),
            "town": draw.choice(["Bonn", "Rome", "Oslo"], ROWS),
            "sold": [f"2024-{1 + row % 12:02}-{1 + row % 28:02}" for row in range(ROWS)],
            "price": (2.5 * size + draw.normal(0, 1, ROWS)).round(2),
            "grade": np.where(size > 60, "high", "low"),
        }
    )


@pytest.fixture(params=KINDS)
def trained(request, once, tmp_path):
    """The folder of a run on the table."""
    rows().to_csv(tmp_path / "rows.csv", index=False)
    table = ("dataset=table", "dataset.path=rows.csv", "dataset.missing=median")
    words = (*table, "dataset.dates=parts", "training.batch_size=16", *QUICK)
    ran = once(*words, *KINDS[request.param])
    assert ran.code == 0, ran.err
    return ran.folder


def numbers_of(answers: pd.DataFrame) -> np.ndarray:
    return answers.select_dtypes("number").to_numpy()


@PROPERTY
@given(data=st.data())
def test_a_row_is_predicted_alike_in_any_order_and_any_company(trained, data):
    bundle, table = load(trained), rows()
    whole = bundle.predict(table)
    order = data.draw(st.permutations(list(table.columns)))
    more = data.draw(st.booleans())
    chosen = data.draw(st.lists(st.integers(0, ROWS - 1), min_size=1, max_size=ROWS))

    same_rows = bundle.predict(table[order].assign(**{"more": 1} if more else {}))
    some = bundle.predict(table.iloc[chosen])

    pd.testing.assert_frame_equal(same_rows, whole, check_exact=True)
    np.testing.assert_allclose(
        numbers_of(some), numbers_of(whole.iloc[chosen]), rtol=1e-5, atol=1e-5
    )


def test_a_batch_of_another_size_gives_the_same_within_a_hundred_thousandth(trained, monkeypatch):
    bundle, table = load(trained), pd.concat([rows()] * 3, ignore_index=True)
    whole = bundle.predict(table)

    for size in (1, 7, 64):
        monkeypatch.setattr("nnrun.bundle.bundle.CHUNK", size)
        again, once_more = bundle.predict(table), bundle.predict(table)

        pd.testing.assert_frame_equal(again, once_more, check_exact=True)
        np.testing.assert_allclose(numbers_of(again), numbers_of(whole), rtol=1e-5, atol=1e-5)


def test_a_command_gives_the_same_bytes_twice_and_for_columns_in_another_order(
    trained, nnrun, tmp_path
):
    table = rows()
    table.to_csv(tmp_path / "new.csv", index=False)
    table[[*reversed(table.columns)]].to_csv(tmp_path / "turned.csv", index=False)

    first, again, turned = (
        nnrun("predict", str(trained), name) for name in ("new.csv", "new.csv", "turned.csv")
    )

    assert first.out == again.out == turned.out
    assert first.out.count("\n") == ROWS + 1
    assert "order differs from training, matched by name" in turned.err


OTHERS = {
    "a column is missing": (
        lambda table: table.drop(columns="age"),
        "error: new.csv: column 'age' is missing (the model was trained with size, age, town, sold)",
    ),
    "a column has another name": (
        lambda table: table.rename(columns={"town": "twon"}),
        "error: new.csv: column 'town' is missing (the model was trained with size, age, town, sold);"
        " did you mean 'twon'?",
    ),
    "numbers became texts": (
        lambda table: table.assign(size=[f"{size} m2" for size in table["size"]]),
        "error: new.csv:2: column 'size': ",
    ),
    "dates became numbers": (
        lambda table: table.assign(sold=7.5),
        "error: new.csv:2: column 'sold': '7.5' is no date (90 rows);"
        " write it as in training, such as 2026-01-31",
    ),
    "an infinite number": (
        lambda table: table.assign(size=np.inf),
        "error: new.csv:2: column 'size': inf is infinite (90 rows); fix it",
    ),
    "no rows": (lambda table: table[:0], "error: new.csv: has a header but no rows"),
}


@pytest.mark.parametrize("case", OTHERS)
def test_a_table_that_is_another_is_told_in_a_line(case, trained, nnrun, tmp_path):
    change, told = OTHERS[case]
    change(rows()).to_csv(tmp_path / "new.csv", index=False)

    ran = nnrun("predict", str(trained), "new.csv")

    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(told)
    assert ran.err.count("\n") == 1


def test_an_empty_file_is_told(trained, nnrun, tmp_path):
    (tmp_path / "new.csv").touch()

    ran = nnrun("predict", str(trained), "new.csv")

    assert (ran.code, ran.out) == (2, "")
    assert ran.err == "error: new.csv: file is empty (0 bytes)\n"


def test_more_columns_and_unseen_categories_are_noted_and_predicted(trained, nnrun, tmp_path):
    rows().assign(town="Graz", more=1).to_csv(tmp_path / "new.csv", index=False)

    ran = nnrun("predict", str(trained), "new.csv")

    assert ran.code == 0
    assert "ignoring" in ran.err
    assert "1 category that training never saw (town 'Graz') is taken as unknown, in 90 rows" in (
        ran.err
    )


def test_categories_became_numbers_is_told(trained, nnrun, tmp_path):
    rows().assign(town=range(ROWS)).to_csv(tmp_path / "new.csv", index=False)

    ran = nnrun("predict", str(trained), "new.csv", "--strict")

    assert ran.code == 2
    assert "error: new.csv:2: column 'town': '0', '1', '2' and 87 more did not occur" in ran.err


def test_one_row_is_a_table_and_none_is_not(trained):
    bundle, table = load(trained), rows()

    assert len(bundle.predict(table[:1])) == 1
    with pytest.raises(Mistake, match="has columns but no rows"):
        bundle.predict(table[:0])
