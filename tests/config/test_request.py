"""A command line as a whole."""

import pytest

from nnrun.cli.verbs import VERBS
from nnrun.config.request import checked_request
from nnrun.errors import Mistake

pytestmark = pytest.mark.usefixtures("empty_folder")


@pytest.mark.parametrize(
    ("words", "lines"),
    [
        (
            ["seed", "=", "2", "optimizer.lr=-1"],
            [
                "seed = 2: spaces around '='; write seed=2",
                "optimizer.lr=-1: expected a number > 0",
            ],
        ),
        (
            ["optimizer.lrr=1", "training.epochs=0", "optimizer.eps=-1"],
            [
                "optimizer.lrr: unknown key; did you mean 'optimizer.lr'?",
                "training.epochs=0: expected a whole number >= 1 or auto",
                "optimizer.eps=-1: expected a number > 0",
            ],
        ),
        (
            ["dataset.path=houses.parquet"],
            [
                "dataset.path=houses.parquet: is a table, not a folder of this data set's files;"
                " add dataset=table"
            ],
        ),
        (["--foo", "seed=-1"], ["--foo: unknown flag; did you mean '--info'?"]),
    ],
)
def test_values_that_are_wrong_by_themselves_are_told_with_the_words_that_cannot_be_read(
    words, lines
):
    with pytest.raises(Mistake) as mistake:
        checked_request(words, VERBS)

    assert str(mistake.value).splitlines() == lines
