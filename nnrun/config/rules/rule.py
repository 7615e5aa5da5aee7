"""What a rule is."""

from collections.abc import Callable, Iterable, Iterator

from nnrun.config.situation import Situation
from nnrun.errors import Problem

Found = Iterator[Problem]
Rule = Callable[[Situation], Iterable[Problem]]
