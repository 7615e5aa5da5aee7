"""nnrun predict and evaluate, as one uses them the next day."""

import pandas as pd
import pytest

import nnrun as package
from nnrun.errors import Mistake

TABLE = ("dataset=table", "dataset.target=price", "model.widths=[8]")


@pytest.fixture
def run(small, houses):
    """A folder of a run on houses, whose town is Bonn, Oslo or Rome."""
    return small(*TABLE, f"dataset.path={houses}").folder


def test_a_new_category_is_told_in_a_line_and_predicted_all_the_same(run, nnrun, tmp_path):
    (tmp_path / "new.csv").write_text("size,town\n100,Paris\n100,Paris\n5,Rome\n")

    ran = nnrun("predict", str(run), "new.csv")

    assert ran.code == 0
    assert len(ran.out.splitlines()) == 4
    first, second = ran.err.splitlines()
    assert first == (
        "note: new.csv: 2 categories that training never saw (town 'Paris') are taken as unknown"
    )
    assert second.startswith("note: new.csv: 1 number lies outside the range of training (size (4")


def test_a_new_category_is_refused_where_one_is_strict(run, nnrun, tmp_path):
    (tmp_path / "new.csv").write_text("size,town,price\n100,rome,5\n")

    for verb in ("predict", "evaluate"):
        ran = nnrun(verb, str(run), "new.csv", "--strict")

        assert (ran.code, ran.out) == (2, "")
        assert ran.err == (
            "error: new.csv:2: column 'town': 'rome' did not occur in training;"
            " known: Bonn, Oslo, Rome; did you mean 'Rome'?\n"
        )


def test_in_python_a_new_category_is_warned_of(run):
    frame = pd.DataFrame({"size": [100.0], "town": ["Paris"]}, index=["a"])

    with pytest.warns(UserWarning, match="frame: 1 category that training never saw"):
        predicted = package.load(run).predict(frame)

    assert list(predicted.index) == ["a"]
    with pytest.raises(Mistake, match="'Paris' did not occur in training"):
        package.load(run).predict(frame, strict=True)


def test_a_network_can_learn_what_an_unknown_category_is(small, houses):
    ran = small(*TABLE, f"dataset.path={houses}", "dataset.unseen=0.1")

    assert ran.code == 0, ran.err
    assert "unseen: 0.1" in ran.read("config.yaml")


def test_categories_cannot_be_hidden_where_there_are_none(nnrun, line):
    ran = nnrun("dataset=table", f"dataset.path={line}", "dataset.target=y", "dataset.unseen=0.1")

    assert ran.code == 2
    assert ran.err == (
        "error: dataset.unseen=0.1: hides categories, but the data have none; leave it out\n"
    )


def test_rows_without_a_target_are_left_out_of_training_and_of_an_evaluation(
    small, nnrun, houses, tmp_path
):
    header, *rows = houses.read_text().splitlines()
    without = [row.rpartition(",")[0] + "," for row in rows[:5]]
    (tmp_path / "gaps.csv").write_text("\n".join([header, *without, *rows[5:]]) + "\n")

    ran = small(*TABLE, "dataset.path=gaps.csv", "dataset.missing=median")
    assert ran.code == 0, ran.err
    assert "gaps.csv: left out 5 of 200 rows without a target (price 5)" in ran.out

    judged = nnrun("evaluate", str(ran.folder), "gaps.csv")
    same = nnrun("evaluate", str(ran.folder), str(houses))
    assert judged.err == "note: gaps.csv: left out 5 of 200 rows without a target (price 5)\n"
    assert (judged.code, same.code) == (0, 0)
    assert judged.out != same.out
