"""How well and how fast joints are found for poses of the robot's hand: 10,000 of each arm.

The poses are made by forward kinematics of joints drawn within the limits, so all can be met. The
search begins at joints that are off by as much as a network's are (root mean square), or nowhere.

python benchmarks/arm.py --rows 10000 --seed 0
"""

import argparse
from time import perf_counter

import numpy as np
from numpy import ndarray

from nnrun.arm import ARMS, JOINTS, Arm, Solution, forward, inverse, limits, pose

OFF = (0.05, 0.1, 0.2, 0.4)  # radians
MET_MM = MET_DEG = 0.01


def timed(hands: ndarray, arm: Arm, start: ndarray | None) -> tuple[Solution, float]:
    started = perf_counter()
    found = inverse(hands, arm, start)
    return found, perf_counter() - started


def line(begun: str, found: Solution, seconds: float) -> str:
    """Write how many poses are met to .01 mm and .01 degrees, or reached as is usual; the worst."""
    mm, degrees = found.position_error_mm, found.orientation_error_deg
    shares = ((mm <= MET_MM).mean(), (degrees <= MET_DEG).mean(), found.reachable.mean())
    told = " ".join(f"{share:10.2%}" for share in shares)
    return f"  {begun:22} {told} {mm.max():10.2g} {degrees.max():10.2g} {seconds:8.2f}"


def report(arm: Arm, rows: int, rng: np.random.Generator) -> None:
    """Print a line for each start, and one for poses that are rounded as ARKOMA's are."""
    joints = rng.uniform(*limits(arm), (rows, len(JOINTS)))
    hands = forward(joints, arm)
    print(f"\n{arm} arm, {rows:,} poses")
    headings = ("≤ .01 mm", "≤ .01°", "reachable", "worst mm", "worst °")
    print(f"  {'begun':22} {' '.join(f'{heading:>10}' for heading in headings)} {'s':>8}")
    for off in OFF:
        start = joints + rng.normal(0, off, joints.shape)
        print(line(f"{off} rad off", *timed(hands, arm, start)))
    print(line("nowhere", *timed(hands, arm, None)))
    start = joints + rng.normal(0, OFF[1], joints.shape)
    print(line(f"rounded, {OFF[1]} rad off", *timed(pose(joints, arm), arm, start)))


def one_by_one(rows: int, rng: np.random.Generator) -> None:
    """Print how long a control loop waits for a pose."""
    arm = ARMS[0]
    joints = rng.uniform(*limits(arm), (rows, len(JOINTS)))
    hands, start = forward(joints, arm), joints + rng.normal(0, OFF[0], joints.shape)
    taken = [timed(hand, arm, begin)[1] for hand, begin in zip(hands, start, strict=True)]
    median, late = np.percentile(taken, [50, 99]) * 1e3
    print(f"\none pose at a time: {median:.1f} ms in the median, {late:.1f} ms for 99 %")


def main() -> None:
    parser = argparse.ArgumentParser(description="Find joints for poses, and tell how well.")
    parser.add_argument("--rows", type=int, default=10_000, help="poses of each arm (10,000)")
    parser.add_argument("--seed", type=int, default=0, help="of the joints that are drawn (0)")
    asked = parser.parse_args()
    rng = np.random.default_rng(asked.seed)
    inverse(np.zeros(6), "right")  # what is made once
    for arm in ARMS:
        report(arm, asked.rows, rng)
    one_by_one(min(asked.rows, 300), rng)


if __name__ == "__main__":
    main()
