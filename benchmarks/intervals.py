"""Whether intervals of paired differences hold what they promise: simulated comparisons, counted.

python benchmarks/intervals.py               # 2,000 comparisons of each kind, half a minute
"""

import argparse
from collections.abc import Callable, Iterator
from itertools import chain, product
from math import sqrt
from typing import NamedTuple
from unittest.mock import patch

import numpy as np

from nnrun.report import statistics
from nnrun.report.statistics import LEVEL, beside_best, paired

COUNTS = (2, 3, 5, 10)
WAYS = (3, 10)  # that are compared with the best of them
ROWS = 1_000  # of which differences may be, in the place of seeds
Draw = Callable[[np.random.Generator, int], np.ndarray]
# each with the mean 0
KINDS: dict[str, Draw] = {
    "normal": lambda rng, many: rng.normal(size=many),
    "exponential": lambda rng, many: rng.exponential(size=many) - 1,
    "lognormal": lambda rng, many: rng.lognormal(size=many) - np.exp(0.5),
    "t, 3 degrees": lambda rng, many: rng.standard_t(3, size=many),
    "Laplace": lambda rng, many: rng.laplace(size=many),
}


class Kept(NamedTuple):
    """What became of comparisons of one kind."""

    kind: str
    seeds: int
    given: float  # share of comparisons that had an interval
    held: float  # share of intervals that held the true mean
    alarms: float  # share of comparisons that said "differs", though nothing does


def simulate(comparisons: int, seed: int = 0) -> Iterator[Kept]:
    """Compare what does not differ, for each kind of differences and each number of seeds."""
    for kind, draw in KINDS.items():
        for seeds in COUNTS:
            rng = np.random.default_rng([seed, seeds])
            made = [paired(draw(rng, seeds)) for _ in range(comparisons)]
            held = np.mean([one.low <= 0 <= one.high for one in made])
            alarms = np.mean([one.p <= LEVEL for one in made])
            given = np.mean([one.told for one in made])
            yield Kept(kind, seeds, float(given), float(held), float(alarms))


def simulate_best(comparisons: int, seed: int = 0) -> Iterator[Kept]:
    """Compare ways that do not differ with the best of them, by few seeds and by many rows.

    An interval holds where all do, and one false alarm is one. Changes of signs, which make p no
    smaller, are left out, as they take long for many rows.
    """
    with patch.object(statistics, "ALLOWING", 10 * ROWS):
        for kind in ("normal", "lognormal", "t, 3 degrees"):
            for ways, many in product(WAYS, (3, 10, ROWS)):
                rng = np.random.default_rng([seed, ways, many])
                made = [among(KINDS[kind], ways, many, rng) for _ in range(comparisons)]
                held, alarms = np.mean(made, axis=0)
                yield Kept(f"{kind}, {ways} ways", many, 1.0, float(held), float(alarms))


def among(draw: Draw, ways: int, many: int, rng: np.random.Generator) -> tuple[bool, bool]:
    """Tell whether all intervals beside the best hold, and whether any is said to differ."""
    reached = draw(rng, ways * many).reshape(ways, many)
    best, *others = reached[np.argsort(-reached.mean(axis=1))]
    found, told = beside_best([paired(best - other) for other in others])
    return all(one.low <= 0 <= one.high for one in found), min(told) <= LEVEL


def slack(comparisons: int) -> float:
    """Three standard errors of a share of 5 % among so many."""
    return 3 * sqrt(LEVEL * (1 - LEVEL) / comparisons)


def keeps(kept: Kept, comparisons: int) -> bool:
    """Tell whether it holds what is promised, within the simulation's own error."""
    far = slack(comparisons)
    return kept.held >= 1 - LEVEL - far and kept.alarms <= LEVEL + far


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--comparisons", type=int, default=2_000)
    comparisons = parser.parse_args().comparisons
    print(f"{'differences':24}{'seeds':>6}{'given':>8}{'held':>8}{'alarms':>8}")
    broken = []
    for one in chain(simulate(comparisons), simulate_best(comparisons)):
        print(f"{one.kind:24}{one.seeds:6}{one.given:8.0%}{one.held:8.1%}{one.alarms:8.1%}")
        broken += [] if keeps(one, comparisons) else [one]
    raise SystemExit(f"{len(broken)} kinds break the promise" if broken else 0)


if __name__ == "__main__":
    main()
