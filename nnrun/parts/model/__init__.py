"""Models: settings here, tensors in layers/, so that a mistake is told without torch."""

from nnrun.parts.model.cnn import Cnn
from nnrun.parts.model.linear import Linear
from nnrun.parts.model.maxout import Maxout
from nnrun.parts.model.mlp import Mlp
from nnrun.parts.model.module import Module
from nnrun.parts.model.perceptron import Perceptron
from nnrun.parts.model.point import Point
from nnrun.parts.model.polynomial import Polynomial
from nnrun.parts.model.pretrained import Pretrained
from nnrun.parts.model.realmlp import RealMlp
from nnrun.parts.model.residual import Residual
from nnrun.parts.model.tabm import Tabm
