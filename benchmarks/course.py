"""Whether the course keeps its word: its commands with eight seeds, and what came of each claim.

    python benchmarks/course.py                # what takes seconds each; some minutes
    python benchmarks/course.py --long         # the long lessons alone, on whole data sets
    python benchmarks/course.py schedules      # claims whose names hold this

The claims stand in `chapters.py`. What a command trains, trains here by the same lines as a sweep,
stacked, one process on one core; nothing is written.
"""

import argparse
import re
import shlex
import warnings
from collections.abc import Iterable
from contextlib import chdir, redirect_stdout
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

import chapters  # noqa: F401, lists the claims
import torch
from claims import CLAIMS, Claim, Interval, Member, Seen, before

from nnrun.cli.door import exit_code, set_library_defaults
from nnrun.config.compose import compose
from nnrun.config.experiment import DataCache, Experiment, build
from nnrun.engine.device import keep_memory
from nnrun.sweeps.plan import plan
from nnrun.training.outcome import bundle_of, finished_run, summarise
from nnrun.training.training import Training
from nnrun.training.true_values import TrueValuesCache

ROOM = 4 * 2**30  # bytes that members trained together may take
ALONE = ("training.device=cpu", "output.pictures=false")
LATEST = re.compile(r"\$\(ls -d (\S+)/\* \| tail -1\)")


# Training


class Lessons:
    """What the commands of the course came to, each trained once."""

    def __init__(self, images: Path | None = None):
        self.images = images
        self.data, self.truths = DataCache(), TrueValuesCache()
        self.seen: dict[tuple[str, str, int], Seen] = {}

    def interval(self, claim: Claim) -> Interval:
        """Measure a claim with each seed."""
        return Interval.of(claim.measure(self.of(claim)))

    def of(self, claim: Claim) -> Seen:
        key = claim.command, claim.drawn, claim.seeds
        if key not in self.seen:
            with TemporaryDirectory() as place, chdir(place):
                self.seen[key] = Seen(self.trained(self.words(claim)))
        return self.seen[key]

    def words(self, claim: Claim) -> list[str]:
        """Give a command's words, with seeds in the place of its own."""
        words = [word for word in spelt(claim.command) if word != "-m"]
        if claim.drawn:
            words = [word for word in words if not word.startswith(f"{claim.drawn}=")]
            words = [*words, f"{claim.drawn}=range({claim.seeds})"]
        return ["-m", *words, *ALONE, *self.where(words)]

    def where(self, words: list[str]) -> list[str]:
        """Tell where the images of a lesson lie, if it has any."""
        kinds = {"mnist": "mnist", "fashion": "fashion"}
        for word in words:
            for start, place in kinds.items():
                if word.startswith(f"experiment={start}") and self.images:
                    return [f"dataset.path={self.images / place}"]
        return []

    def trained(self, words: list[str]) -> list[Member]:
        """Train what a sweep would, those together that can."""
        jobs = compose(words).jobs
        experiments = [build(job.config, job.overrides, job.choices, self.data) for job in jobs]
        found: dict[int, Member] = {}
        for shard in plan(experiments, list(range(len(jobs))), 1, ROOM).shards:
            training = Training([experiments[place] for place in shard.members], CPU)
            for _ in training.epochs():
                pass
            for place, number in enumerate(shard.members):
                found[number] = self.member(experiments[number], training, place)
        return [found[number] for number in range(len(jobs))]

    def member(self, experiment: Experiment, training: Training, place: int) -> Member:
        """Say what a member came to; one that failed has no summary."""
        typed = dict(word.lstrip("+").split("=", 1) for word in experiment.overrides)
        epochs = training.history[place]
        if place in training.failures:
            return Member(typed, epochs, {})
        (trained,) = training.reached(place)
        bundle = bundle_of(experiment, trained.tensors)
        run = finished_run(experiment, bundle, trained.epochs, trained.best_epoch)
        truths = self.truths.truths(experiment)
        return Member(typed, epochs, summarise(experiment, run, trained, truths))


CPU = torch.device("cpu")


def spelt(line: str) -> list[str]:
    """Give a command's words, with a run's folder in the place of what finds it.

    That run is made here, in the current folder, by the line that comes before on the page.
    """
    if found := LATEST.search(line):
        words = [*spelt(before(line)), "output.pictures=false", "output.baselines=false"]
        with redirect_stdout(StringIO()):
            assert exit_code(words) == 0, words
        line = LATEST.sub(str(max(Path(found[1]).iterdir())), line)
    return shlex.split(line)[1:]


# Telling


def chosen(names: Iterable[str], long: bool) -> list[Claim]:
    """List the claims that are asked for; without a name, those that are quick or are long."""
    words = list(names)
    if words:
        return [claim for claim in CLAIMS if any(word in claim.name for word in words)]
    return [claim for claim in CLAIMS if claim.long == long]


HEADING = """
| what is said | number of a seed | its mean, 95 % interval | has to be |
|---|---|---|---|"""


def row(claim: Claim, interval: Interval) -> str:
    """Write a line of the table."""
    over = f"{interval.count} seeds" if claim.drawn else "no chance in it"
    held = "" if interval.within(claim.least, claim.most) else ", **not held**"
    return f"| {claim.quote} | {claim.what} | {interval}, {over} | {claim.bounds}{held} |"


def command_row(command: str) -> str:
    code = command.replace("|", "\\|")
    return f"| `{code}` | | | |"


def main() -> None:
    parser = argparse.ArgumentParser(description="Hold the course's claims against trainings.")
    parser.add_argument("names", nargs="*", help="parts of the names of claims")
    parser.add_argument("--long", action="store_true", help="the long lessons alone")
    parser.add_argument("--images", type=Path, help="folder with mnist and fashion in it")
    asked = parser.parse_args()
    warnings.simplefilter("ignore")
    set_library_defaults()
    torch.set_num_threads(1)
    keep_memory()
    lessons = Lessons(asked.images and asked.images.resolve())
    commands: dict[str, list[Claim]] = {}
    for claim in chosen(asked.names, asked.long):
        commands.setdefault(claim.command, []).append(claim)
    print(HEADING)
    for command, claims in commands.items():
        print(command_row(command), flush=True)
        print(*(row(claim, lessons.interval(claim)) for claim in claims), sep="\n", flush=True)


if __name__ == "__main__":
    main()
