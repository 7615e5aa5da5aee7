"""How far one member has come: what it showed, its best epoch, and whether it is still trained."""

from dataclasses import dataclass, field
from math import inf, isfinite

from nnrun.engine.cohort import Member


@dataclass
class MemberProgress:
    """What a member's course so far decides about its future."""

    val_losses: list[float] = field(default_factory=list)
    lowest_loss: float = inf
    best_epoch: int = 0
    counted_loss: float = inf  # the last one that was lower by more than min_delta
    counted_epoch: int = 0  # patience counts from here
    active: bool = True  # neither stopped nor failed
    failed: bool = False  # met a loss that is no number

    def record(self, epoch: int, member: Member, train_loss: float, val_loss: float) -> bool:
        """Take in what an epoch showed, and tell whether it is the best so far."""
        if not (isfinite(train_loss) and isfinite(val_loss)):
            self.failed, self.active = True, False
            return False
        self.val_losses.append(val_loss)
        if epoch == member.averaged_from:
            self.start_over()
        improved = val_loss < self.lowest_loss
        if improved:
            self.lowest_loss, self.best_epoch = val_loss, epoch
        self.wait(epoch, member, val_loss)
        return improved

    def keep_last(self, epoch: int, train_loss: float) -> bool:
        """Take in an epoch that no validation rows judge: the last one counts."""
        if not isfinite(train_loss):
            self.failed, self.active = True, False
            return False
        self.best_epoch = epoch
        return True

    def start_over(self) -> None:
        """Let nothing that came before compete: it was no average."""
        self.lowest_loss, self.counted_loss, self.counted_epoch = inf, inf, 0

    def wait(self, epoch: int, member: Member, val_loss: float) -> None:
        """Stop the member once its patience has come to nothing."""
        if val_loss < self.counted_loss - member.min_delta:
            self.counted_loss, self.counted_epoch = val_loss, epoch
            return
        patient = epoch - self.counted_epoch < member.patience
        if not patient and epoch >= member.averaged_from:
            self.active = False
