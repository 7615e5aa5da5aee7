"""What is to be found: numbers, a class, or the lowest place of a landscape.

An object for each decides all that follows from it.
"""

from collections.abc import Iterable

from nnrun.parts.dataset.own_metrics import KINDS
from nnrun.runs.summary import metric_at
from nnrun.tasks.classification import Classification
from nnrun.tasks.interface import Task
from nnrun.tasks.landscape import Landscape
from nnrun.tasks.regression import Regression

TASKS: dict[str, Task] = {
    "landscape": Landscape(),
    "regression": Regression(),
    "classification": Classification(),
}
HEADLINES = (
    *(path for task in TASKS.values() for path in task.headlines),
    *(path for kind in KINDS.values() for path in kind.headlines),
)


def of(name: str) -> Task:
    """Look up the task by its name, as data have it."""
    return TASKS[name]


def headlines_in(several: Iterable[dict], scores: Iterable[str] = ()) -> list[str]:
    """List the headline metrics that any of these metrics have: first scores, then as ever."""
    known = list(several)
    paths = dict.fromkeys((*scores, *HEADLINES))
    return [path for path in paths if any(metric_at(one, path) is not None for one in known)]
