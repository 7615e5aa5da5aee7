"""What holds a network back, and rows as they might have been."""

from nnrun.parts.regularisation.mechanisms import Regularisation
