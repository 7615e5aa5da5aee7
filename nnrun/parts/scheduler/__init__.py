"""Schedules: from the step's number to a factor on the learning rate."""

from nnrun.parts.scheduler.chained import Chained
from nnrun.parts.scheduler.cosines import Cosine, CosineRestarts, CosLog, OneCycle
from nnrun.parts.scheduler.lines import Exponential, Linear
from nnrun.parts.scheduler.plateau import Plateau
from nnrun.parts.scheduler.steps import Constant, MultiStep, Step
