import pytest

from nnrun.sweeps.alike import judged_alike, shared_notes
from nnrun.sweeps.leading import built

YES_NO = ("no", "yes")


def test_what_holds_for_the_rows_of_all_members_is_told(composer):
    same = built(composer("dataset=iris", "model.widths=[4],[8]"))
    other = built(composer("dataset=iris", "dataset.split.seed=0,1"))

    assert shared_notes(same) == [
        "the train rows hold again, inputs and target alike, 1 of 30 test rows (3.3%)"
    ]
    assert shared_notes(other) == []


@pytest.mark.parametrize(
    ("words", "alike"),
    [
        (("dataset.split.bags=2,3",), True),
        (("dataset.split.bags=2,3", "dataset.split.fold=1"), False),
        (("dataset.split.bags=2", "dataset.split.seed=0,1"), False),
        (("dataset.split.bags=2", "dataset.split.test=0", "dataset.split.seed=0,1"), True),
    ],
)
def test_members_in_bags_are_judged_by_what_all_of_their_bags_held_out(words, alike, composer):
    members = built(composer("dataset=iris", "model.widths=[4]", *words))

    assert judged_alike(members) == alike


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("model.widths=[4],[8]",), True),
        (("loss=cross_entropy", "loss.weights=none,balanced"), False),
        (("loss=cross_entropy", "loss.weights=[1,9],none"), False),
    ],
)
def test_a_class_that_is_rare_for_all_members_is_told(words, told, composer, tmp_path):
    table = tmp_path / "rare.csv"
    table.write_text("x,sick\n" + "".join(f"{i},{YES_NO[i % 50 == 0]}\n" for i in range(300)))
    data = ("dataset=table", f"dataset.path={table}", "dataset.target=sick")

    notes = shared_notes(built(composer(*data, *words)))

    assert any(note.startswith("'yes' is the class of 2.2%") for note in notes) == told
