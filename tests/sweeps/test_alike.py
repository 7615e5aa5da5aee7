from nnrun.sweeps.alike import shared_notes
from nnrun.sweeps.leading import built


def test_what_holds_for_the_rows_of_all_members_is_told(composer):
    same = built(composer("dataset=iris", "model.widths=[4],[8]"))
    other = built(composer("dataset=iris", "dataset.split.seed=0,1"))

    assert shared_notes(same) == [
        "the train rows hold again, inputs and target alike, 1 of 30 test rows (3.3%)"
    ]
    assert shared_notes(other) == []
