"""Embedded numbers from the front door to the bundle, on columns of both kinds."""

import pandas as pd
import pytest

import nnrun

EVERY = ["periodic", "pbld", "piecewise"]
HOUSES = ("dataset=table", "dataset.path=houses.csv", "dataset.target=price", "model.widths=[8]")


@pytest.mark.parametrize("kind", EVERY)
def test_a_bundle_predicts_from_a_table_what_the_run_did(kind, small, houses):
    ran = small(*HOUSES, f"model.embedding={kind}")

    said = pd.read_csv(ran.folder / "predictions.csv", index_col="row")
    again = nnrun.load(ran.folder).predict(pd.read_csv(houses).loc[said.index])
    assert again["price"].tolist() == pytest.approx(said["predicted_price"].tolist(), rel=1e-4)
    assert "model     mlp (1x8+" in ran.out


def test_categories_alone_are_not_embedded(small, houses):
    ran = small(*HOUSES, "dataset.drop=[size]", "model.embedding=periodic")

    assert ran.err == (
        "error: model.embedding=periodic: is of numbers, but all columns are categories;"
        " leave it out\n"
    )


def test_a_run_that_goes_on_keeps_the_bins_of_the_run_before(small, houses):
    before = small(*HOUSES, "model.embedding=piecewise").folder
    words = ("model=pretrained", f"model.run={before}", "dataset.split.seed=3")
    other = [word for word in HOUSES if not word.startswith("model")]

    after = small(*other, *words).folder

    bins = [nnrun.load(run).network.get_buffer("embedding.bins") for run in (before, after)]
    assert bins[0].equal(bins[1])


def test_a_network_of_ones_own_is_embedded(small, houses):
    ran = small(*HOUSES[:3], "model=module", "model.embedding=piecewise")

    assert ran.code == 0, ran.err
    assert len(nnrun.load(ran.folder).predict(pd.read_csv(houses)[:3])) == 3
