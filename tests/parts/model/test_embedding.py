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


@pytest.mark.parametrize("kind", ["pbld", "piecewise"])
def test_an_embedding_of_a_recipe_lets_a_table_of_categories_alone_be(kind, small, tmp_path):
    file = tmp_path / "words.csv"
    rows = [f"{first},{second},{first == 'x'}" for first in "xyz" for second in "ab"]
    file.write_text("first,second,kind\n" + "\n".join(rows * 10) + "\n")
    folder = tmp_path / "conf" / "experiment"
    folder.mkdir(parents=True)
    recipe = f"# @package _global_\ndefaults: [table, _self_]\nmodel: {{embedding: {kind}}}\n"
    (folder / "mine.yaml").write_text(recipe)

    ran = small("experiment=mine", f"dataset.path={file}", "dataset.target=kind")

    assert ran.code == 0, ran.err
    assert "each mlp 5-128-128-2," in ran.out
    assert len(nnrun.load(ran.folder).predict(pd.read_csv(file))) == 60
