"""What a data set hands over says one thing about its task."""

import numpy as np
import pytest

from nnrun.parts.dataset.data import Column, Data


@pytest.mark.parametrize(("classes", "task"), [(("a", "b"), "regression"), ((), "classification")])
def test_classes_and_their_task_go_together(classes, task):
    with pytest.raises(ValueError, match=f"task {task} with {len(classes)} classes"):
        Data("x", (Column("a"),), np.ones((2, 1)), ("y",), np.zeros(2), classes, task=task)
