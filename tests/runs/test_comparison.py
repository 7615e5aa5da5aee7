"""Two run folders are compared line by line, as far as the shorter tells, and by the facts that both know."""

import pytest

from nnrun.runs.comparison import Change, compare
from nnrun.runs.folder import RunFolder

METRICS = "epoch,train_loss,val_loss\n1,0.5,0.4\n2,0.25,0.3\n3,0.125,0.2\n"
WEIGHTS = "epoch,sha256\n1,aa\n2,bb\n3,cc\n"


@pytest.fixture
def folder(tmp_path):
    """Make a run folder of these files."""

    def make(name, metrics=METRICS, weights=WEIGHTS, **record):
        place = tmp_path / name
        place.mkdir()
        (place / "metrics.csv").write_text(metrics)
        (place / "weights.csv").write_text(weights)
        RunFolder(place).put_record("run.json", {"status": "running", **record})
        return place

    return make


def test_equal_folders_are_identical(folder):
    compared = compare(folder("a", threads=1), folder("b", threads=1), 3, whole=True)

    assert compared.identical
    assert compared.hashed
    assert (compared.first, compared.last, compared.files, compared.facts) == (None, None, [], [])


def test_each_number_that_differs_is_told_with_how_far_it_lies(folder):
    other = METRICS.replace("0.25", "0.26").replace("0.125", "0.127")

    compared = compare(folder("a"), folder("b", metrics=other), 3, whole=False)

    assert compared.first.number == 2
    (change,) = compared.first.changes
    assert (change.name, change.was, change.now) == ("train_loss", "0.25", "0.26")
    assert change.apart == pytest.approx(0.01)
    assert compared.last.number == 3


def test_weights_may_differ_where_no_metric_does(folder):
    compared = compare(folder("a"), folder("b", weights=WEIGHTS.replace("bb", "bc")), 3, whole=True)

    assert compared.first == (2, [Change("sha256", "bb", "bc")])
    assert not compared.first.numbers
    assert compared.files == ["weights.csv"]


def test_a_run_that_ends_sooner_or_later_differs(folder):
    shorter = "".join(METRICS.splitlines(keepends=True)[:3])

    compared = compare(folder("a"), folder("b", metrics=shorter), 3, whole=False)

    assert compared.first == (3, [Change("epoch", "3", None)])


@pytest.mark.parametrize("cut", ["", "4", "4,0.1,0", "4,0.1"])
def test_a_line_that_a_kill_cut_short_is_no_epoch(cut, folder):
    compared = compare(folder("a", metrics=METRICS + cut), folder("b"), 3, whole=False)

    assert compared.identical


def test_facts_are_compared_where_both_tell_them(folder):
    before = {"versions": {"torch": "2.12", "pandas": "3"}, "threads": 1, "device": "cpu"}
    now = {"versions": {"torch": "2.13", "numpy": "2"}, "threads": 1, "vectors": "AVX2"}

    compared = compare(folder("a", **before), folder("b", **now), 3, whole=False)

    assert compared.facts == [Change("versions.torch", "2.12", "2.13")]
    assert compared.identical
