"""What each kind of part must and may say, with the answers of one that has nothing to say.

Whoever asks a part asks it here, so nobody needs to know which part it is. What stands here
without a value must be said by each part; it may be one of its settings.
"""

from nnrun.parts.interface.dataset import Batch, Dataset, OwnMetrics
from nnrun.parts.interface.learning import Loss, Optimizer, Scheduler
from nnrun.parts.interface.model import Inputs, Model
from nnrun.parts.interface.part import ChosenParts, Part, Reasons, part
