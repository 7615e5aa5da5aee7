"""Small problems, and a way to train them without changing what was given."""

from copy import deepcopy
from dataclasses import replace

import pytest
import torch

from nnrun import tasks
from nnrun.engine.chance import generator
from nnrun.engine.cohort import Cohort, Member, Rows
from nnrun.engine.fit import fit
from nnrun.engine.state import begin
from nnrun.parts.interface import Inputs
from nnrun.parts.loss import Mse
from nnrun.parts.model import Mlp
from nnrun.parts.model.embedding import UNEMBEDDED
from nnrun.parts.optimizer import Adam
from nnrun.parts.scheduler import Constant
from nnrun.parts.scheduler.durations import Clock

EPOCHS, ROWS, BATCH = 2, 140, 32  # four full batches, and one of 12 rows
FEATURES, OUTPUTS = 12, 4


@pytest.fixture(autouse=True)
def as_on_one_core(one_thread):
    """As every small network trains."""


@pytest.fixture
def member():
    def make(seed=0, rule=None, schedule=None, epochs=EPOCHS, loss=None, **changes):
        rule = rule or Adam(1e-2, (0.9, 0.999), 1e-8)
        clock, schedule = Clock(epochs, -(-ROWS // BATCH)), schedule or Constant()
        return Member(seed, loss, rule, lambda step: schedule.rate(step, clock), **changes)

    return make


@pytest.fixture
def rows():
    def make(count, features=FEATURES, outputs=OUTPUTS, classes=False, set_of=(0,), seed=0):
        stream = torch.Generator().manual_seed(seed)
        x = torch.randn((max(set_of) + 1) * count, features, generator=stream)
        y = torch.sin(x @ torch.linspace(-1, 1, features * outputs).view(features, outputs))
        return Rows(x, y.argmax(-1) if classes else y, count, set_of)

    return make


@pytest.fixture
def cohort(rows):
    def make(
        members,
        model=None,
        loss=None,
        features=FEATURES,
        outputs=OUTPUTS,
        count=ROWS,
        batch_size=BATCH,
        sets=1,
        **changes,
    ):
        model, loss = (
            model or Mlp((24, 24), "tanh", "torch", "none", 0.0, 0.1, **UNEMBEDDED),
            loss or Mse(),
        )
        set_of = tuple(i % sets for i in range(len(members)))
        classes = loss.task == "classification"
        made = Cohort(
            members=tuple(replace(member, loss=member.loss or loss) for member in members),
            networks=tuple(
                model.build(Inputs(features), outputs, generator(member.seed, "init"))
                for member in members
            ),
            score=tasks.of("classification" if classes else "regression").usual_score,
            train=rows(count, features, outputs, classes, set_of, seed=1),
            val=rows(77, features, outputs, classes, set_of, seed=2),
            epochs=EPOCHS,
            batch_size=batch_size,
            device=torch.device("cpu"),
            precision=torch.float32,
            foreign=False,
            hidden_units=model.hidden_units,
            penalised="weights",
        )
        return replace(made, **changes)

    return make


@pytest.fixture
def trained():
    """Train a copy; gives its epochs and its last state."""

    def train(cohort):
        copy = replace(cohort, networks=deepcopy(cohort.networks))
        state = begin(copy)
        return list(fit(copy, state)), state

    return train


@pytest.fixture
def alone():
    """One member of a cohort with its own rows, as a cohort of one."""

    def take(cohort, m):
        def of_one(rows):
            part = slice(rows.set_of[m] * rows.count, (rows.set_of[m] + 1) * rows.count)
            weights = None if rows.weights is None else rows.weights[part]
            return Rows(rows.x[part], rows.y[part], rows.count, (0,), weights)

        return replace(
            cohort,
            members=(cohort.members[m],),
            networks=(cohort.networks[m],),
            train=of_one(cohort.train),
            val=of_one(cohort.val),
        )

    return take
