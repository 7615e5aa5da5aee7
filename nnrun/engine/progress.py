"""How far one member has come: what it showed, its best epoch, and whether it is still trained."""

from dataclasses import dataclass, field
from math import inf, isfinite, isinf, isnan
from typing import Any

from nnrun.engine.cohort import Member


@dataclass
class MemberProgress:
    """What a member's course so far decides about its future."""

    watched: list[float] = field(default_factory=list)  # what chooses: less of it is better
    lowest: float = inf
    lowest_loss: float = inf  # of the validation rows, where that was
    best_epoch: int = 0
    counted: float = inf  # the last one that was lower by more than min_delta
    counted_epoch: int = 0  # patience counts from here
    active: bool = True  # neither stopped nor failed
    failed: bool = False  # met a loss, a score or weights that are no numbers

    def leaves(self) -> dict[str, Any]:
        """Give what a checkpoint holds; whoever failed does not go on."""
        return {name: value for name, value in vars(self).items() if name != "failed"}

    def record(
        self, epoch: int, member: Member, train_loss: float, val_loss: float, score: float
    ) -> bool:
        """Take in what an epoch showed, and tell whether it is the best so far.

        Of epochs whose scores are equal, the one of the lower loss is better.
        """
        if not (isfinite(train_loss) and isfinite(val_loss)) or isinf(score):
            self.lose()
            return False
        watched = chosen_by(member, val_loss, score)
        self.watched.append(watched)
        if epoch == member.averaged_from:
            self.start_over()
        improved = (watched, val_loss) < (self.lowest, self.lowest_loss)
        if improved:
            self.lowest, self.lowest_loss, self.best_epoch = watched, val_loss, epoch
        self.wait(epoch, member, watched)
        return improved

    def keep_last(self, epoch: int, train_loss: float) -> bool:
        """Take in an epoch that no validation rows judge: the last one counts."""
        if not isfinite(train_loss):
            self.lose()
            return False
        self.best_epoch = epoch
        return True

    def lose(self) -> None:
        """Train no further: numbers that are none never become some again."""
        self.failed, self.active = True, False

    def start_over(self) -> None:
        """Let nothing that came before compete: it was no average."""
        self.lowest, self.lowest_loss = inf, inf
        self.counted, self.counted_epoch = inf, 0

    def wait(self, epoch: int, member: Member, watched: float) -> None:
        """Stop the member once its patience has come to nothing."""
        if watched < self.counted - member.min_delta:
            self.counted, self.counted_epoch = watched, epoch
            return
        patient = epoch - self.counted_epoch < member.patience
        if not patient and epoch >= member.averaged_from:
            self.active = False


def chosen_by(member: Member, val_loss: float, score: float) -> float:
    """Give what chooses a member's best epoch, turned so that less is better."""
    if not member.chooses:
        return val_loss
    return inf if isnan(score) else -member.chooses * score
