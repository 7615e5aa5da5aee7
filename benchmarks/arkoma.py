"""Where experiment=arkoma_best leads the hands of both arms, on test rows and on rows drawn evenly.

Its settings were chosen by other rows than these.

python benchmarks/arkoma.py                            # a minute or two on a quiet core
python benchmarks/arkoma.py training.minutes=5         # any words go to nnrun
"""

import sys
from time import perf_counter
from typing import NamedTuple

import nnrun
from nnrun.arm import ARMS, Arm
from nnrun.report.numbers import number
from nnrun.runs.summary import metric_at

QUIET = ("output.pictures=false", "output.baselines=false")
METRICS = ("position_error_mm.median", "position_error_mm.p95", "r2")
WIDER = 3  # times what is held on test rows may be the errors of rows drawn evenly


class Held(NamedTuple):
    """What is held: millimetres at most in the median and of 95 %, and R² at least."""

    median: float
    most: float
    r2: float

    @property
    def evenly(self) -> "Held":
        return Held(WIDER * self.median, WIDER * self.most, 0.0)


IN_A_MINUTE, IN_MINUTES = Held(0.25, 1.2, 0.999), Held(0.15, 1.2, 0.999)


def trained(arm: Arm, *words: str) -> tuple[dict, float]:
    """Train the recipe for an arm; give its summary and the seconds of it all."""
    started = perf_counter()
    run = nnrun.train("experiment=arkoma_best", f"dataset.arm={arm}", *QUIET, *words)
    return run.summary, perf_counter() - started


def line(rows: str, metrics: dict, held: Held) -> str:
    """Write what was reached on rows, each beside what is held, and `!` where it is not."""
    median, most, r2 = (metric_at(metrics, path) or 0.0 for path in METRICS)
    kept = median <= held.median, most <= held.most, r2 >= held.r2
    cells = [
        f"{number(reached):>10} {number(bound):>8} {' ' if good else '!'}"
        for reached, bound, good in zip((median, most, r2), held, kept, strict=True)
    ]
    return f"{rows:20}{''.join(cells)}"


def report(arm: Arm, summary: dict, seconds: float, held: Held) -> None:
    print(line(f"{arm}, test rows", summary["test"], held))
    print(line(f"{arm}, drawn evenly", summary["tests"]["uniform"], held.evenly))
    print(f"{summary['epochs']} epochs in {seconds:.0f} s", flush=True)


def main() -> None:
    """Print the table, an arm after the other."""
    words = sys.argv[1:]
    timed = any(word.startswith("training.minutes=") for word in words)
    held = IN_MINUTES if timed else IN_A_MINUTE
    headings = ("median mm", "held", "95 % mm", "held", "R²", "held")
    pairs = zip(headings[::2], headings[1::2], strict=True)
    print(" " * 20 + "".join(f"{name:>10} {bound:>8}  " for name, bound in pairs))
    for arm in ARMS:
        report(arm, *trained(arm, *words), held)


if __name__ == "__main__":
    main()
