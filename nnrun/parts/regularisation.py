"""What holds a network back: every mechanism, at rest unless an option of the group wakes it."""

from dataclasses import dataclass

from nnrun.settings import Count, Fraction, NotNegative


@dataclass(frozen=True)
class Regularisation:
    """One value for each mechanism; the neutral ones stand in conf/config.yaml."""

    l2: NotNegative
    dropout: Fraction
    patience: Count | None
    min_delta: NotNegative

    def problems(self) -> list[str]:
        if self.min_delta and self.patience is None:
            return [
                f"regularisation.min_delta={self.min_delta:g}: has no effect without patience;"
                " set regularisation.patience=10 or take regularisation=early_stopping"
            ]
        return []
