"""Data sets: where the rows come from, how they are split, how they are scaled."""

from nnrun.parts.dataset.arkoma import Arkoma
from nnrun.parts.dataset.bundled import BreastCancer, Diabetes, Digits, Iris, Wine
from nnrun.parts.dataset.fetched import California, Openml
from nnrun.parts.dataset.images import FashionMnist, Mnist
from nnrun.parts.dataset.landscape import Landscape
from nnrun.parts.dataset.table import Table
from nnrun.parts.dataset.toys import Blobs, Circles, Curve, Moons, Spirals, Xor
