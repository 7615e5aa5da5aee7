"""Numbers that ran away in training: what became none, where that began, and what to try."""

from math import inf, isfinite, isinf

from nnrun.engine.cohort import Cohort, Member
from nnrun.engine.diagnosis import Culprit
from nnrun.report.numbers import setting
from nnrun.runs.epochs import EpochRecord

CLIP = 1  # length of a gradient that is advised
FARTHEST = 1.0  # length of a step, beyond which a shorter gradient saves no training


def advice_against(record: EpochRecord, member: Member) -> str:
    """Say what to try where numbers ran away: a loss that is none never becomes one again."""
    pulls = {"regularisation.weight_decay": member.weight_decay, "regularisation.l2": 2 * member.l2}
    # throws weights ever farther beyond zero
    overshooting = [key for key, pull in pulls.items() if record.lr * pull > 2]
    advice = (
        f"lower {' or '.join([*overshooting, f'optimizer.lr (it is {setting(member.rule.lr)})'])}"
    )
    clipped = member.rule.by_length and member.rule.lr * CLIP <= FARTHEST
    if not overshooting and member.clip_norm == inf and clipped:
        advice += f" or set regularisation.clip_norm={CLIP}"
    return advice


def advice_from_the_start(cohort: Cohort) -> str:
    """Say what to try where the first weights give no number, which no rate of learning changes."""
    if cohort.foreign:
        return "look for logarithms, roots and divisions in the network's own code"
    return "look for huge numbers in the data, in noise on them, and among the first weights"


def what_became(record: EpochRecord, validated: bool) -> str:
    """Tell what of an epoch is no number."""
    shown = {"training loss": record.train_loss}
    if validated:
        shown["validation loss"] = record.val_loss
    for name, value in shown.items():
        if not isfinite(value):
            return f"{name} became {value}"
    if isinf(record.score):
        return f"validation score became {record.score}"
    return "weights, or what the optimizer remembers of them, became infinite or no numbers"


def where_first(first: Culprit) -> str:
    """Name the step and the tensor where it began."""
    # as a network of one's own has it, perhaps behind an embedding
    tensor = first.tensor.removeprefix("network.").removeprefix("inner.")
    if first.unmoved and first.what == "loss":
        return f"step {first.step}, before any weight had moved"
    begun = {
        "loss": f"where {tensor} had reached {setting(first.value)}",
        "gradient": f"first in the gradient of {tensor} ({first.value})",
        "weight": f"first in {tensor} itself ({first.value})",
        "memory": f"first in what it remembers of the gradient of {tensor} ({first.value})",
    }
    when = "before any weight had moved"
    if not first.unmoved:
        when = f"at a learning rate of {setting(first.lr)}"
    return f"step {first.step}, {begun[first.what]}, {when}"
