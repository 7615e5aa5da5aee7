"""Digits: 1797 handwritten digits of 8×8 pixels, which scikit-learn carries with it."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from nnrun.parts.dataset.data import Column, Data


@dataclass(frozen=True)
class Digits:
    """Which of ten digits a person wrote, from the ink (0 to 16) in each of 64 pixels."""

    task: ClassVar[str] = "classification"

    def expected_rows(self) -> int:
        return 1797

    def load(self) -> Data:
        from sklearn.datasets import load_digits  # takes two seconds to import

        images = load_digits()
        return Data(
            title="Digits, 8×8 images",
            columns=tuple(Column(name) for name in images.feature_names),  # pixel_0_0 to pixel_7_7, row by row
            inputs=np.asarray(images.data, np.float64),
            target_names=("digit",),
            targets=np.asarray(images.target, np.int64),
            classes=tuple(str(name) for name in images.target_names),
        )
