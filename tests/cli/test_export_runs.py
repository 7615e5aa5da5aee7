"""All runs as one table for other programs."""

import pandas
import pytest

TINY = (
    *("dataset=iris", "training.epochs=2", "model.widths=[4]", "training.device=cpu"),
    *("output.pictures=false", "output.baselines=false", "hydra.launcher.workers=1"),
)


@pytest.fixture
def swept(nnrun, once):
    """Leave a sweep with a name that a spreadsheet would compute."""
    folder = once("-m", *TINY, "optimizer.lr=0.01,0.1", "scheduler=constant").folder
    nnrun("note", str(folder / "lr=0.1"), "=1+1", "--tag", "good")
    return folder


@pytest.mark.parametrize("out", ["runs.parquet", "runs.csv"])
def test_each_run_is_a_row_with_its_settings_metrics_and_notes(swept, nnrun, out):
    ran = nnrun("export-runs", "-o", out)

    read = pandas.read_parquet if out.endswith("parquet") else pandas.read_csv
    table = read(out).sort_values("optimizer.lr").reset_index(drop=True)
    assert ran.code == 0
    assert "2 runs with" in ran.err
    assert table["optimizer.lr"].tolist() == [0.01, 0.1]
    assert table["score"].between(0, 1).all()
    assert table["test.accuracy"].dtype == float
    assert table["tags"].fillna("").tolist() == ["", "good"]
    formula = "=1+1" if out.endswith("parquet") else "'=1+1"
    assert table["note"].fillna("").tolist() == ["", formula]
    assert table["model.widths"][0] == "[4]"


def test_conditions_choose_and_where_no_run_is_so_nothing_is_written(swept, nnrun, tmp_path):
    some = nnrun("export-runs", "lr=0.1", "--to", "csv", "-o", "some.txt")
    none = nnrun("export-runs", "lr=5", "-o", "none.csv")

    assert some.code == 0
    assert len(pandas.read_csv("some.txt")) == 1
    assert none.code == 2
    assert "no run below outputs is so" in none.err
    assert not (tmp_path / "none.csv").exists()


@pytest.mark.parametrize(
    ("out", "told"),
    [
        ("runs.xlsx", "tells no form; add --to csv or --to parquet"),
        ("no/runs.csv", "make it first"),
        (".", "tells no form"),
        ("-", "is standard output, and this writes a file; name one"),
    ],
)
def test_a_file_that_cannot_be_written_is_refused_before_anything_is_read(nnrun, out, told):
    ran = nnrun("export-runs", "-o", out)

    assert ran.code == 2
    assert told in ran.err
