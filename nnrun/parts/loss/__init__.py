"""Losses: from outputs and targets to one number, or to one a member where there is a member axis.

The numbers that a loss `varies` may then be tensors with a value for each member. A formula
either uses each as it stands in a product, because torch rounds a number of Python only when it
meets a tensor, or lets `at_rows` round it.

Of torch's functions those are taken whose last digit does not depend on how many numbers stand
in a tensor: exp, log1p, tanh and logsigmoid, but neither cosh nor softplus.
"""

from nnrun.parts.loss.auto import Auto
from nnrun.parts.loss.classes import Bce, CrossEntropy, Hinge, KlDiv, Ordinal, Perceptron
from nnrun.parts.loss.landscape import Height
from nnrun.parts.loss.numbers import GaussianNll, Huber, LogCosh, Mae, Mape, Mse, Quantile
from nnrun.parts.loss.pose import PoseSettings as Pose  # what a configuration says of it
