"""Commands that are told can be typed as they stand."""

import pytest

from nnrun.runs.commands import anew


@pytest.mark.parametrize(
    ("command", "told"),
    [
        (
            "nnrun -m seed=0,1 output.folder=rates 'model.widths=[8]'",
            "nnrun -m seed=0,1 'model.widths=[8]'",
        ),
        ("nnrun --trust net seed=1", "nnrun --trust net seed=1"),
        ("nnrun 'seed=1", "nnrun 'seed=1"),
    ],
)
def test_a_command_that_is_told_again_names_no_folder_that_is_taken(command, told):
    assert anew(command) == told
