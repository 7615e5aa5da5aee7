"""What pictures and verdicts are told of a run that is over."""

import pytest

from nnrun.config.experiment import build
from nnrun.config.request import checked_request
from nnrun.training.finished import loss_drawn


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("loss=huber",), "huber"),
        (("loss=pose", "loss.joints_first=0.5"), "pose; of training rows mae at first"),
    ],
)
def test_the_loss_is_named_with_the_one_that_teaches_before_it(words, told):
    (job,) = checked_request(["dataset.rows=100", *words]).jobs

    assert loss_drawn(build(job.config, job.overrides, job.choices)) == told
