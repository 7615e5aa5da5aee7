"""The words last and best stand for a run wherever one is asked for, and what they mean is told."""

import pytest

import nnrun as package

TABLE = ("dataset=table", "dataset.target=price", "model.widths=[8]")


@pytest.fixture
def trained(small, houses):
    """Leave a sweep of two members, and then a run that learns nothing."""
    words = (*TABLE, f"dataset.path={houses}")
    sweep = small("-m", *words, "optimizer.lr=1e-2,1e-3", "hydra.launcher.workers=1").folder
    return sweep, small(*words, "optimizer.lr=1e-9").folder


def test_words_lead_to_runs_wherever_one_is_asked_for(trained, nnrun, small, houses):
    sweep, run = trained
    words = (*TABLE[:2], f"dataset.path={houses}", "model=pretrained")

    predicted = nnrun("predict", "last", str(houses))
    scored = nnrun("evaluate", "best", str(houses), "--json")
    resumed = nnrun("resume", "last")
    learnt = small(*words, "model.run=best")
    checked = nnrun("check", *words, "model.run=last")

    best = sweep / "lr=0.01"
    assert f"note: last is {run}\n" in predicted.err
    assert f"note: best is {best}, the best of 2 trainings on these rows (val r2 " in scored.err
    assert scored.out == nnrun("evaluate", str(best), str(houses), "--json").out
    assert resumed.out.endswith(f"folder    {run}\n")
    assert f"note: best is {best}" in learnt.err
    assert f"run: {best}\n" in learnt.read("config.yaml")
    assert f"model.run='{best}'\n" in learnt.read("overrides.txt")
    assert f"note: last is {learnt.folder}\n" in checked.err
    with pytest.warns(UserWarning, match="last is ") as told:
        assert package.load("last").target_names == ("price",)
    assert str(told[0].message) == f"last is {learnt.folder}"


def test_what_a_word_meant_is_written_down_and_stays(trained, small, houses):
    words = (*TABLE[:2], f"dataset.path={houses}", "model=pretrained", "model.run=last")

    first = small(*words)
    again = small(*first.read("overrides.txt").splitlines())

    assert again.read("config.yaml") == first.read("config.yaml")


def test_a_word_that_leads_nowhere_is_the_settings_fault(nnrun):
    ran = nnrun("dataset=iris", "model=pretrained", "model.run=last")

    refused = "no run with a model lies below outputs; train one, or give its folder"
    assert (ran.code, ran.err) == (2, f"error: model.run=last: {refused}\n")
