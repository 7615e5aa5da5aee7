"""nnrun predict and evaluate, as one uses them the next day."""

import io
import os
import stat
import sys

import numpy as np
import pandas as pd
import pytest

import nnrun as package
from nnrun.errors import Mistake

TABLE = ("dataset=table", "dataset.target=price", "model.widths=[8]")
QUICK = ("training.epochs=2", "output.pictures=false", "output.baselines=false")


@pytest.fixture
def run(once, houses):
    """A folder of a run on houses, whose town is Bonn, Oslo or Rome."""
    return once(*TABLE, *QUICK, f"dataset.path={houses.name}").folder


def test_a_new_category_is_told_in_a_line_and_predicted_all_the_same(run, nnrun, tmp_path):
    (tmp_path / "new.csv").write_text("size,town\n100,Paris\n100,Paris\n5,Rome\n")

    ran = nnrun("predict", str(run), "new.csv")

    assert ran.code == 0
    assert len(ran.out.splitlines()) == 4
    first, second = ran.err.splitlines()
    assert first == (
        "note: new.csv: 1 category that training never saw (town 'Paris') is taken as unknown, in 2 rows"
    )
    assert second.startswith("note: new.csv: 1 number lies outside the range of training (size (4")


def test_a_single_row_is_evaluated_as_one(run, nnrun, tmp_path):
    (tmp_path / "new.csv").write_text("size,town,price\n100,Rome,5\n")

    ran = nnrun("evaluate", str(run), "new.csv")

    assert ran.out.startswith("1 row of new.csv ")


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


def test_in_python_what_is_taken_as_missing_or_lies_far_off_is_warned_of_as_by_the_command(
    small, houses
):
    run = small(
        *TABLE, f"dataset.path={houses}", "dataset.missing=median", "dataset.unfit=drop"
    ).folder
    frame = pd.DataFrame(
        {"town": ["Rome"] * 4, "size": [100.0, "x", np.inf, 1e30], "more": [1] * 4}
    )

    with pytest.warns(UserWarning, match="column 'size'|range of training") as told:
        package.load(run).predict(frame)

    odd, far = (str(one.message) for one in told)
    assert odd == "frame: column 'size': 'x', 'inf' among numbers, taken as missing (2 rows)"
    assert far.startswith("frame: 1 number lies outside the range of training (size (")
    assert all(one.filename == __file__ for one in told)


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

    judged = nnrun("evaluate", str(ran.folder), "gaps.csv", "--json")
    same = nnrun("evaluate", str(ran.folder), str(houses), "--json")
    assert judged.err == "note: gaps.csv: left out 5 of 200 rows without a target (price 5)\n"
    assert (judged.code, same.code) == (0, 0)
    assert judged.out != same.out


# Where rows come from, and what is written beside the predictions


@pytest.fixture
def typed(monkeypatch):
    """Let a text come from standard input."""

    def give(text):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))

    return give


def test_rows_may_come_from_standard_input(run, nnrun, typed, tmp_path):
    rows = "size,town\n100,Rome\n90,Bonn\n"
    (tmp_path / "new.csv").write_text(rows)
    typed(rows)

    ran = nnrun("predict", str(run), "-", "-o", "out.csv")

    assert ran.code == 0, ran.err
    assert (tmp_path / "out.csv").read_text() == nnrun("predict", str(run), "new.csv").out
    piped = nnrun("predict", str(run), "new.csv", "-o", "-")
    assert (piped.code, piped.out) == (0, (tmp_path / "out.csv").read_text())
    assert not (tmp_path / "-").exists()
    typed("size\n100\n")
    assert "error: standard input: column 'town' is missing" in nnrun("predict", str(run), "-").err
    typed("")
    assert nnrun("predict", str(run), "-").err == "error: standard input: file is empty (0 bytes)\n"
    typed("PAR1")
    assert nnrun("predict", str(run), "-").err == (
        "error: standard input: is a Parquet file;"
        " give the file itself, with a name that ends in .parquet\n"
    )


def test_columns_are_kept_beside_the_predictions(run, nnrun, tmp_path):
    (tmp_path / "new.csv").write_text("who,size,town,price\n'a',100.0,Rome,5\n07,90,Bonn,\n")

    ran = nnrun("predict", str(run), "new.csv", "--keep", "price,who")

    lines = ran.out.splitlines()
    assert lines[0] == "price,who,predicted_price"
    assert [line.rpartition(",")[0] for line in lines[1:]] == ["5,'a'", ",07"]
    whole = nnrun("predict", str(run), "new.csv", "--keep=all").out
    assert whole.splitlines()[0] == "who,size,town,price,predicted_price"
    wrong = nnrun("predict", str(run), "new.csv", "--keep", "Who")
    assert (wrong.code, wrong.out) == (2, "")
    assert wrong.err.endswith(
        "error: --keep: no column 'Who' among who, size, town, price; did you mean 'who'?\n"
    )


@pytest.mark.parametrize(("typed", "kept"), [("who, what", 1), ('"who, what",who', 2)])
def test_a_column_is_kept_whose_name_has_a_comma(run, nnrun, tmp_path, typed, kept):
    (tmp_path / "new.csv").write_text('"who, what",who,size,town\na,b,100.0,Rome\n')

    lines = nnrun("predict", str(run), "new.csv", "--keep", typed).out.splitlines()

    assert lines[0] == ['"who, what",price', '"who, what",who,price'][kept - 1]


def test_probabilities_may_stand_alone(small, run, nnrun, houses):
    classes = small("dataset=table", f"dataset.path={houses}", "dataset.target=town").folder

    whole, alone = (nnrun("predict", str(classes), str(houses), *flag).out.splitlines()
                    for flag in ((), ("--proba",)))  # fmt: skip

    assert whole[0] == "town,p(Bonn),p(Oslo),p(Rome)"
    assert alone == [line.partition(",")[2] for line in whole]
    assert nnrun("predict", str(run), str(houses), "--proba").err.endswith(
        "error: --proba: the run predicts numbers (price), which have no probability; leave it out\n"
    )


# Tables as people have them


def test_ids_dates_and_rare_categories_go_from_training_to_predictions(small, nnrun, tmp_path):
    days = pd.date_range("2021-01-01", periods=120, freq="9D")
    frame = pd.DataFrame(
        {
            "customer": [f"c{place:03}" for place in range(120)],
            "sold": days.strftime("%d/%m/%Y"),
            "town": ["Rome", "Oslo", "Bonn"] * 30 + [f"village {place}" for place in range(30)],
            "price": range(100, 220),
        }
    )
    frame.to_csv(tmp_path / "sales.csv", index=False)
    words = ("dataset.id=customer", "dataset.dates=parts", "dataset.rare=10")

    ran = small("dataset=table", "dataset.path=sales.csv", "dataset.target=price", *words)

    assert ran.code == 0, ran.err
    told = pd.read_csv(ran.folder / "predictions.csv", index_col="row")
    assert list(told) == ["customer", "true_price", "predicted_price"]
    assert list(told["customer"]) == list(frame["customer"][told.index])
    again = nnrun("predict", str(ran.folder), "sales.csv")
    assert again.code == 0
    assert again.err == (
        "note: sales.csv: 15 categories that training never saw (town 'village 3',"
        " 'village 4', 'village 5' and 12 more) are taken as rare, in 15 rows\n"
        "note: sales.csv: 2 numbers lie outside the range of training"
        " (sold (2021-01-10 to 2023-11-29) 2)\n"
    )
    strict = nnrun("predict", str(ran.folder), "sales.csv", "--strict")
    assert "did not occur in training (15 rows); known: Bonn" in strict.err
    predicted = pd.read_csv(io.StringIO(again.out))
    assert list(predicted) == ["customer", "price"]
    assert list(predicted["customer"]) == list(frame["customer"])
    assert predicted["price"][told.index].to_numpy() == pytest.approx(
        told["predicted_price"].to_numpy(), rel=1e-5
    )
    (tmp_path / "gaps.csv").write_text("customer,sold,town\nc1,01/02/2022,Rome\nc2,,\n")
    assert nnrun("predict", str(ran.folder), "gaps.csv").err == (
        "error: gaps.csv:3: column 'sold' is empty, 2 missing values in all; the model was trained"
        " without gaps: fill them, or train with dataset.missing=median\n"
    )
    (tmp_path / "nameless.csv").write_text("sold,town\n01/02/2022,Rome\n")
    nameless = nnrun("predict", str(ran.folder), "nameless.csv")
    assert nameless.err == "note: nameless.csv: no column 'customer' to carry along\n"
    assert nameless.out.startswith("price\n")
    rows = frame[["sold", "town"]].to_numpy()
    with pytest.warns(UserWarning, match="are taken as rare"):
        in_python = package.load(ran.folder).predict(frame)
    with pytest.warns(UserWarning, match="are taken as rare"):
        unnamed = package.load(ran.folder).predict(rows)
    assert list(in_python) == ["customer", "price"]
    assert unnamed["price"].equals(in_python["price"])
    assert in_python["price"].to_numpy() == pytest.approx(predicted["price"].to_numpy(), rel=1e-6)


def test_a_small_table_is_one_batch_and_a_typed_batch_that_cannot_be_is_refused(
    small, nnrun, tmp_path
):
    (tmp_path / "few.csv").write_text("a,b\n" + "".join(f"{i},{i * i}.5\n" for i in range(20)))
    words = ("dataset=table", "dataset.path=few.csv", "dataset.target=b")

    assert small(*words).code == 0
    assert nnrun("check", *words, "training.batch_size=64").err == (
        "error: training.batch_size=64: there are only 12 training rows;"
        " lower it or use training.batch_size=full\n"
    )


def test_targets_may_be_learnt_by_their_logarithms(small, nnrun, houses):
    ran = small(*TABLE, f"dataset.path={houses}", "dataset.scale.targets=log")

    assert ran.code == 0, ran.err
    told = pd.read_csv(ran.folder / "predictions.csv", index_col="row")
    again = package.load(ran.folder).predict(pd.read_csv(houses).loc[told.index])
    assert (again["price"] > 0).all()
    assert again["price"].to_numpy() == pytest.approx(told["predicted_price"].to_numpy(), rel=1e-5)


def test_a_recipe_reads_a_table_alike_in_whichever_file_it_lies(small, nnrun, houses, tmp_path):
    frame = pd.read_csv(houses)
    frame.to_csv(tmp_path / "comma.csv", index=False, sep=";", decimal=",")
    frame.to_parquet(tmp_path / "houses.parquet")
    files = (houses.name, "comma.csv", "houses.parquet")
    recipe = (
        "experiment=table",
        "dataset.target=price",
        "model.widths=[8]",
        "dataset.split.bags=2",
    )

    runs = [small(*recipe, f"dataset.path={file}") for file in files]

    assert [ran.code for ran in runs] == [0, 0, 0], runs[-1].err
    assert len({(ran.folder / "predictions.csv").read_bytes() for ran in runs}) == 1
    told = [nnrun("predict", str(runs[0].folder), file) for file in files]
    assert len({each.out for each in told}) == 1, told[1].err
    assert package.load(runs[0].folder).predict(frame).shape[0] == len(frame)
    otherwise = nnrun("evaluate", str(runs[0].folder), "comma.csv", "dataset.decimal=.")
    assert otherwise.code == 2
    assert "it was numeric in training, with '.'; set dataset.decimal=,\n" in otherwise.err


def test_a_sign_of_decimals_is_looked_for_where_asked_and_refused_where_it_is_none(
    run, nnrun, tmp_path
):
    (tmp_path / "comma.csv").write_text("size;town\n99,5;Rome\n")
    (tmp_path / "point.csv").write_text("size;town\n99.5;Rome\n")
    words = ("dataset.delimiter=;", "dataset.decimal=detect")

    comma, point = [
        nnrun("predict", str(run), f"{name}.csv", *words) for name in ("comma", "point")
    ]
    wrong = nnrun("predict", str(run), "point.csv", words[0], "dataset.decimal=foo")

    assert comma.code == 0, comma.err
    assert comma.out == point.out
    assert wrong.err == "error: dataset.decimal='foo': expected one of ., ,, detect\n"


def test_numbers_without_a_sign_are_read_though_the_table_had_a_decimal_comma(
    small, nnrun, houses, tmp_path
):
    frame = pd.read_csv(houses)
    frame.to_csv(tmp_path / "comma.csv", index=False, sep=";", decimal=",")
    words = ("dataset.delimiter=;", "dataset.decimal=,")

    ran = small(*TABLE, "dataset.path=comma.csv", *words)

    assert ran.code == 0, ran.err
    model = package.load(ran.folder)
    predicted = model.predict(frame)
    assert model.predict([[95.1, "Bonn"], ["95,1", "Bonn"]])["price"].nunique() == 1
    told = pd.read_csv(ran.folder / "predictions.csv", index_col="row")
    assert predicted["price"][told.index].to_numpy() == pytest.approx(
        told["predicted_price"].to_numpy(), rel=1e-5
    )
    frame.to_parquet(tmp_path / "houses.parquet")
    written = nnrun("predict", str(ran.folder), "houses.parquet").out
    assert pd.read_csv(io.StringIO(written))["price"].to_numpy() == pytest.approx(
        predicted["price"].to_numpy(), rel=1e-6
    )


def test_a_place_that_takes_no_predictions_is_told_before_anything_is_read(run, nnrun, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "there").mkdir()

    for out, told in (
        ("pipe", "is a device or a pipe, and no plain file; write > pipe"),
        ("there", "is a folder"),
        ("gone/out.csv", f"there is no folder '{tmp_path / 'gone'}'"),
    ):
        refused = nnrun("predict", str(run), "unread.csv", "-o", out)

        assert refused.code == 2
        assert f"-o '{out}': {told}" in refused.err
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)


def test_predictions_go_where_a_link_leads(run, nnrun, tmp_path):
    (tmp_path / "new.csv").write_text("size,town\n100,Rome\n")
    (tmp_path / "link.csv").symlink_to("real.csv")

    ran = nnrun("predict", str(run), "new.csv", "-o", "link.csv")

    assert ran.code == 0
    assert (tmp_path / "link.csv").is_symlink()
    assert len((tmp_path / "real.csv").read_text().splitlines()) == 2
