"""Epochs are read as they were written, one by one or all at once."""

from nnrun.runs.epochs import EpochRecord, add_epoch, read_epochs, write_epochs
from nnrun.runs.folder import RunFolder

EPOCHS = [
    EpochRecord(1, 0.5, 0.25, 0.125, 1e-3, 0.0),
    EpochRecord(2, 0.25, float("inf"), -1e-9, 1e-4, 0.0),
]


def test_the_place_of_a_point_is_read_as_it_was_written():
    seen = EpochRecord(3, 0.5, 0.25, 0.125, 1e-3, 0.0, (1.5, -2.0))

    assert EpochRecord.read(seen.metrics_line()) == seen


def test_epochs_are_read_from_their_folder(tmp_path):
    (tmp_path / "run.json").write_text('{"status": "running"}')
    write_epochs(RunFolder(tmp_path), EPOCHS, "r2", ())

    assert read_epochs(tmp_path) == EPOCHS


def test_a_folder_without_epochs_has_none(tmp_path):
    assert read_epochs(tmp_path) == []


def test_all_at_once_and_one_by_one_make_the_same_files(tmp_path):
    folders = [RunFolder(tmp_path / name) for name in ("whole", "grown")]
    for folder in folders:
        folder.path.mkdir()
    whole, grown = folders

    write_epochs(whole, EPOCHS, "nearness", ("x", "y"))
    write_epochs(grown, [], "nearness", ("x", "y"))
    for epoch in EPOCHS:
        add_epoch(grown, epoch)

    for name in ("metrics.csv", "weights.csv", "timing.csv"):
        assert (whole.path / name).read_bytes() == (grown.path / name).read_bytes()
    heading = (whole.path / "metrics.csv").read_text().splitlines()[0]
    assert heading == "epoch,train_loss,val_loss,val_nearness,lr,x,y"
