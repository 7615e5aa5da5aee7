"""predictions.csv is read as somebody else may have written it."""

import pytest

from nnrun.errors import Mistake
from nnrun.runs.folder import RunFolder
from nnrun.runs.predictions import PREDICTIONS, read_predictions


@pytest.fixture
def leave(tmp_path):
    """Leave a run with rows whose weights are told."""

    def leave_run(*weights):
        rows = [f"{row},0.5,{weight},0.25\n" for row, weight in enumerate(weights)]
        folder = RunFolder(tmp_path)
        folder.put(PREDICTIONS, "row,true_y,weight,predicted_y\n" + "".join(rows))
        folder.put_record("run.json", {"status": "done", "files": folder.manifest()})
        return tmp_path

    return leave_run


def test_rows_count_1_on_average(leave):
    said = read_predictions(leave("0", "1.5", "0.5"))

    assert said.weights == (0.0, 1.5, 0.5)
    assert said.counted == pytest.approx([0, 2.25, 0.75])


@pytest.mark.parametrize(
    "weights", [("1", "-1"), ("inf", "1"), ("nan", "1"), ("0", "0"), ("x", "1")]
)
def test_weights_that_none_can_be_are_refused(weights, leave):
    with pytest.raises(Mistake, match="has a weight that none can be"):
        read_predictions(leave(*weights))


def test_what_earlier_versions_called_rows_is_no_weight(tmp_path):
    folder = RunFolder(tmp_path)
    folder.put(PREDICTIONS, "row,weight,true_y,predicted_y\n0,heavy,0.5,0.25\n1,light,1.5,1.25\n")
    folder.put_record("run.json", {"status": "done", "files": folder.manifest()})

    said = read_predictions(tmp_path)

    assert said.weights == ()
    assert said.counted == [1.0, 1.0]
