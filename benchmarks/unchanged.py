"""Whether two checkouts do the same: each runs the same commands, and what they leave is compared.

    python benchmarks/unchanged.py main .                    # a revision and a folder; five minutes
    python benchmarks/unchanged.py main . --only table cnn   # two of the configurations
    python benchmarks/unchanged.py main . --keep DIR         # what was left is kept in DIR

Exit codes, the lines on the screen and every file have to be the same. Times, memory and the names
of folders, which are others in any two runs, do not count; errors in other words are a note.
"""

import argparse
import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from given import prepare

from nnrun.config.catalogue import groups

ROOT = Path(__file__).resolve().parent.parent

# The configurations: commands that run one after the other in a folder of their own, a line each.
# SWEEP stands for -m with one worker, RUN for the newest run folder. A training is quick and plain
# unless it says otherwise, or begins with FULL: then it has the pictures and baselines of any run.

QUICK = ("training.epochs=3", "training.threads=1")
PLAIN = ("output.pictures=false", "output.baselines=false")
CONFIGURATIONS = {
    # Data
    "arkoma": """
        FULL dataset=arkoma dataset.rows=300 model=mlp optimizer=adam scheduler=cosine loss=auto \
            regularisation=none
        predict RUN poses.csv
    """,
    "table": """
        FULL dataset=table dataset.path=houses.csv dataset.target=price dataset.missing=median
        predict RUN new.csv
        predict RUN new.csv -o prices.csv
        evaluate RUN sold.csv dataset.delimiter=; dataset.decimal=,
    """,
    "table-of-classes": """
        dataset=table dataset.path=houses.csv dataset.target=town dataset.missing=drop \
            loss=cross_entropy loss.weights=balanced "dataset.missing_values=['139.19']" \
            training.batch_size=16
        evaluate RUN sold.csv dataset.delimiter=; dataset.decimal=,
    """,
    "table-of-two-targets": """
        dataset=table dataset.path=houses.csv dataset.target=[size,price] dataset.missing=drop \
            dataset.scale.inputs=quantile dataset.scale.targets=min_max training.batch_size=16
    """,
    "bundled": """
        SWEEP dataset=iris,wine,breast_cancer model.widths=[8]
        FULL dataset=diabetes model=residual model.width=8 model.hidden=8 optimizer=adamw
    """,
    "digits": "FULL dataset=digits model.widths=[16]",
    "images": "FULL SWEEP dataset=mnist,fashion_mnist dataset.path=images model.widths=[8]",
    "fetched": """
        dataset=california model=linear
        dataset=openml dataset.name=houses dataset.target=price dataset.missing=median
    """,
    "curve": "FULL dataset=curve dataset.rows=60 model=polynomial optimizer=lbfgs",
    "toys": """
        FULL SWEEP dataset=moons,blobs,circles,spirals,xor dataset.rows=200 model=maxout \
            model.widths=[8]
    """,
    "landscape": """
        FULL dataset=landscape dataset.surface=hollow model=point loss=height training.epochs=9
    """,
    # Models
    "tabm": """
        FULL dataset=diabetes model=tabm model.widths=[8] model.heads=3 model.embedding=piecewise \
            model.bins=4
    """,
    "cnn": """
        FULL dataset=digits dataset.scale.inputs=pixels model=cnn model.filters=[2,4] \
            model.widths=[8] model.norm=batch regularisation=distortion training.epochs=2
    """,
    "perceptron": """
        dataset=digits model=perceptron optimizer=sgd optimizer.lr=1 scheduler=constant
    """,
    "module": """
        --trust net dataset.rows=200 model=module model.module=net:Net +model.arguments.width=5
        --trust net predict RUN poses.csv
        --trust net SWEEP dataset.rows=200 model=module model.module=net:Net seed=0,1
        dataset.rows=200 model=module model.module=net:Net
    """,
    "module-that-draws": """
        --trust net dataset.rows=200 model=module model.module=net:Drowsy
    """,
    "pretrained": """
        dataset.rows=200 model.widths=[16,8]
        dataset.rows=200 dataset.arm=left model=pretrained model.run=RUN model.freeze=body
        dataset.rows=200 dataset.arm=left model=pretrained model.run=RUN model.last=new
    """,
    "batch-norm": """
        dataset.rows=200 model.widths=[16,8] model.norm=batch training.refresh_norm=true
        dataset.rows=200 model.widths=[16,8] model.norm=batch training.fold_norm=true
    """,
    "activations": """
        SWEEP dataset.rows=200 training.epochs=2 model.widths=[8] model.activation=identity,\
sigmoid,tanh,relu,leaky_relu,prelu,shared_prelu,elu,gelu,silu,softplus,selu,mish
    """,
    "first-weights": """
        SWEEP dataset.rows=200 training.epochs=2 model.widths=[8] model.init=torch,normal,\
xavier_uniform,xavier_normal,kaiming_uniform,kaiming_normal,orthogonal,constant,zeros
    """,
    "norms": "SWEEP dataset.rows=200 model=residual,mlp model.norm=none,batch,batch_renorm,layer",
    # Optimizers and schedules
    "optimizers": """
        SWEEP dataset.rows=200 model.widths=[8] optimizer=adadelta,adagrad,adam,adamw,gd,lbfgs,\
momentum,muon,nadam,nesterov,rmsprop,sgd,torch
    """,
    "adamax": """
        dataset.rows=200 optimizer=torch optimizer.name=Adamax +optimizer.arguments.eps=1e-6
    """,
    "schedulers": """
        SWEEP dataset.rows=200 model.widths=[8] scheduler=chained,constant,cosine,cosine_restarts,\
exponential,linear,multistep,one_cycle,step,warmup_cosine
    """,
    "plateau": """
        dataset.rows=200 scheduler=plateau scheduler.patience=1 training.epochs=8 optimizer.lr=0.1
    """,
    "chained": """
        dataset.rows=200 scheduler=chained scheduler@scheduler.first=step \
            scheduler@scheduler.then=exponential scheduler.switch=2
    """,
    # Losses
    "losses-for-numbers": """
        SWEEP dataset.rows=200 model.widths=[8] loss=mse,mae,huber,log_cosh,quantile,pose
        dataset.rows=200 model.widths=[8] loss=mape dataset.scale.targets=none
    """,
    "losses-for-classes": """
        SWEEP dataset=iris model.widths=[8] loss=auto,cross_entropy,kl_div,bce,hinge,perceptron
    """,
    "quantile": "FULL dataset=diabetes model.widths=[8] loss=quantile loss.q=0.9",
    "ordinal": "FULL dataset=digits model.widths=[8] loss=ordinal",
    "deviations": """
        FULL dataset=table dataset.path=houses.csv dataset.target=price dataset.missing=median \
            model.widths=[8] loss=gaussian_nll
        predict RUN new.csv
        evaluate RUN sold.csv dataset.delimiter=; dataset.decimal=,
    """,
    "pose": "FULL dataset.rows=200 dataset.arm=left loss=pose regularisation=new_poses",
    # What holds a network back
    "regularisations": """
        SWEEP dataset.rows=200 model.widths=[8] regularisation=none,dropout,elastic_net,ema,\
gradient_clipping,gradient_noise,input_noise,l1,l2,max_norm,mixup,new_poses,weight_decay
    """,
    "several-at-once": """
        dataset=digits 'regularisation=[l2,dropout,input_noise,max_norm]' regularisation.biases=true
    """,
    "swa": "dataset.rows=200 regularisation=swa regularisation.swa=1",
    "early-stopping": """
        dataset.rows=200 regularisation=early_stopping regularisation.patience=1 optimizer.lr=0.3 \
            training.epochs=9
    """,
    "mixup": "dataset=iris 'regularisation=[mixup,label_smoothing]' loss=cross_entropy",
    "bfloat16": "dataset.rows=200 training.precision=bfloat16",
    # Sweeps
    "sweep": """
        FULL SWEEP dataset.rows=200 optimizer.lr=1e-3,3e-2 seed=0,1
        evaluate RUN/best solved.csv
        resume RUN
    """,
    "sweep-of-two-workers": """
        -m dataset.rows=200 hydra.launcher.workers=2 optimizer=adam,sgd seed=0,1 sweep.verify=4
    """,
    "sweep-of-draws": """
        SWEEP dataset.rows=200 'optimizer.lr=interval(1e-4,1e-1)' sweep.samples=4
        -m dataset.rows=200 hydra/launcher=basic 'seed=range(0,2)'
    """,
    "race": """
        FULL experiment=optimizer_race optimizer=adam,gd,nesterov optimizer.lr=0.02,0.2 \
            dataset.surface=valley,saddle training.epochs=40 hydra.launcher.workers=1
    """,
    # Experiments
    "experiments-of-the-arm": """
        experiment=smoke
        SWEEP experiment=arkoma_best,arkoma_course dataset.rows=300
    """,
    "experiments-of-toys": """
        SWEEP experiment=curve_good,curve_over,curve_under,moons,spirals dataset.rows=100
        experiment=few_digits training.epochs=2
    """,
    "realmlp": """
        dataset.rows=200 model=realmlp scheduler=coslog
    """,
    "experiments-of-tables": """
        SWEEP experiment=table,table_best,robust dataset.path=houses.csv dataset.target=price \
            training.batch_size=16 training.ensemble=2
    """,
    "experiments-of-images": """
        SWEEP experiment=mnist_best,mnist_course,mnist_homework,fashion,mnist_cnn,fashion_cnn \
            dataset.path=images training.batch_size=64 training.epochs=2
    """,
    "experiments-that-are-sweeps": """
        experiment=learning_rates training.epochs=2 seed=0,1 hydra.launcher.workers=1
        experiment=dropout_or_not training.epochs=2 seed=0,1 hydra.launcher.workers=1
        experiment=batch_norm_or_not training.epochs=2 seed=0,1 hydra.launcher.workers=1
    """,
    # Words
    "words": """
        --version
        --help
        ls
        ls activation
        ls optimizer --config-dir own
        show dataset/table
        check dataset.rows=200 'model.widths=[64,64]' optimizer=sgd
        check -m dataset.rows=200 hydra.launcher.workers=2 optimizer=adam,sgd seed=0,1
        check experiment=learning_rates hydra.launcher.workers=1
        --cfg job optimizer=sgd dataset=table
        --config-dir own optimizer=gentle dataset.rows=200
    """,
    "mistakes": """
        optimizer=adm training.epoch=5
        dataset=table dataset.path=nowhere.csv dataset.target=price
        dataset=table dataset.path=houses.csv dataset.target=price
        optimizer.lr=-1 dataset.rows=3 model.activation=threshold
        dataset=landscape
        SWEEP optimizer.lr=1e-3,-1 training.batch_size=16,100000
        resume nowhere
        predict nowhere houses.csv
        show loss/msee
        ls losses
    """,
    "failures": """
        dataset.rows=200 optimizer=sgd optimizer.lr=1e30
        SWEEP dataset.rows=200 optimizer=sgd optimizer.lr=0.1,1e30
        resume RUN
    """,
}
CODES = {"module": [0, 0, 0, 2], "mistakes": [2] * 10, "failures": [3, 4, 4]}  # others end with 0
ANY_ORDER = {"sweep-of-two-workers"}  # whoever is through first is told first
MAY_DIFFER = {"module-that-draws": "its network draws from torch's own stream"}

# What is others in any two runs, and does not count

PACE = re.compile(r"[\d,]+ µs/step")
MEMORY = re.compile(r"[\d,]+ MB")
DURATION = re.compile(r"about [\d.]+ (s|min|h)\b")
CHECKPOINT = re.compile(r"(?<=checkpoint/)(\d+)-[0-9a-f]{64}")  # whose epochs have times
COUNTER = re.compile(r"^ *\d+/\d+ +")  # how many members are through
MODULE = re.compile(r'(_target_"?: "?)nnrun[\w.]*\.')  # where a class lives
RECORD = re.compile(r'(?<="sha256": ")[0-9a-f]{64}(?="}$)', re.M)  # of a member, which has times
WAITED = re.compile(r"^\w+ …\n", re.M)  # what took long enough to be told
PASSING = {
    *("started", "ended", "pid", "cwd", "git", "planned", "peak"),
    *("sha256", "config_sha256", "overrides_sha256"),
}

TEXTS = {"log.txt", "config.yaml", "overrides.txt", "members.jsonl", "ledger.jsonl"}
RECORDS = {"run.json", "sweep.json", "model.json"}
WORDS = {"ls", "show", "check", "resume", "predict", "evaluate"}
FETCHED = {"dataset=california", "dataset=openml"}


@dataclass(frozen=True)
class Left:
    """What a configuration left at one of the checkouts, without what does not count."""

    codes: list[int]
    screen: list[str]
    errors: list[str]
    files: dict[str, object]  # by their paths, in which run folders are <1>, <2> and so on


# Running


def perform(name: str, checkout: Path, place: Path) -> Left:
    """Run a configuration in a fresh folder, and gather what it left."""
    place.mkdir(parents=True)
    prepare(place)
    environment = surroundings(checkout, place, name)
    done: list[subprocess.CompletedProcess] = []
    runs: list[Path] = []
    for command in commands(name):
        newest = str(runs[-1].relative_to(place)) if runs else ""
        done.append(front_door(words(command.replace("RUN", newest)), place, environment))
        runs += sorted(set(place.glob("outputs/*/*")) - set(runs), key=began)
    tidy = Tidy(name in ANY_ORDER, names_of(checkout, place, runs))
    return Left(
        [ran.returncode for ran in done],
        tidy.lines("".join(ran.stdout for ran in done)),
        tidy.lines("".join(ran.stderr for ran in done)),
        tidy.files(place),
    )


def commands(name: str) -> list[str]:
    """List the commands of a configuration."""
    return [line.strip() for line in CONFIGURATIONS[name].strip().splitlines()]


def surroundings(checkout: Path, place: Path, name: str) -> dict[str, str]:
    """Give the environment in which a checkout's nnrun is the one that runs, with one thread."""
    plain = {key: value for key, value in os.environ.items() if not key.startswith("NNRUN")}
    fetches = FETCHED & set(CONFIGURATIONS[name].split())
    paths = [str(checkout), *([str(place / "stand-in")] if fetches else [])]
    return plain | {"PYTHONPATH": os.pathsep.join(paths), "OMP_NUM_THREADS": "1"}


def words(command: str) -> list[str]:
    """Split a command into words; a training is told what keeps it quick."""
    typed = shlex.split(command.replace("SWEEP", "-m hydra.launcher.workers=1"))
    if WORDS & set(typed):
        return typed
    given = {word.partition("=")[0] for word in typed}
    quick = QUICK if "FULL" in typed else (*QUICK, *PLAIN)
    added = [word for word in quick if word.partition("=")[0] not in given]
    return [word for word in typed if word != "FULL"] + added


def front_door(words: list[str], place: Path, environment: dict) -> subprocess.CompletedProcess:
    """Run a command where there is no terminal."""
    return subprocess.run(
        [sys.executable, "-P", "-m", "nnrun", *words],
        cwd=place,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )


def began(run: Path) -> int:
    """Tell when the oldest file of a run folder was written."""
    return min(file.stat().st_mtime_ns for file in run.rglob("*"))


# Leaving out what does not count


def names_of(checkout: Path, place: Path, runs: list[Path]) -> dict[str, str]:
    """Give words for folders that are called otherwise in any two runs."""
    numbered = {run.name: f"<{number}>" for number, run in enumerate(runs, 1)}
    return {str(place): "<here>", str(checkout): "<nnrun>", **numbered}


@dataclass(frozen=True)
class Tidy:
    """Reads lines and files without what does not count."""

    any_order: bool
    names: dict[str, str]

    def text(self, text: str) -> str:
        """Put words for the names of folders, and take the hash from those of checkpoints."""
        for name, word in self.names.items():
            text = text.replace(name, word)
        return CHECKPOINT.sub(r"\1", text)

    def lines(self, text: str) -> list[str]:
        """Split a text into lines without times and memory."""
        text = WAITED.sub("", RECORD.sub("<record>", PACE.sub("<pace>", self.text(text))))
        text = MEMORY.sub("<memory>", DURATION.sub("<duration>", text))
        if self.any_order:
            return sorted(COUNTER.sub("", line) for line in text.splitlines())
        return text.splitlines()

    def files(self, place: Path) -> dict[str, object]:
        """Read every file below a folder."""
        found = [path for path in place.rglob("*") if path.is_symlink() or path.is_file()]
        kept = [path for path in found if "__pycache__" not in path.parts]
        return {self.text(str(path.relative_to(place))): self.content(path) for path in kept}

    def content(self, file: Path) -> object:
        """Read what counts of a file, which for most is every byte."""
        if file.is_symlink():
            return os.readlink(file)
        if file.name in TEXTS:
            return self.lines(MODULE.sub(r"\1", file.read_text()))
        if file.name in RECORDS:
            return lasting(json.loads(self.text(file.read_text())))
        if file.parent.name == "checkpoint":
            return None
        if file.name == "timing.csv":
            return len(file.read_text().splitlines())
        return file.read_bytes()


def lasting(record: dict) -> dict:
    """Give what a record tells that does not pass, and of its files the names."""
    kept = {key: value for key, value in record.items() if key not in PASSING}
    return kept | {"files": sorted(record.get("files", ()))}


# Comparing


def compare(name: str, checkouts: list[Path], place: Path) -> bool:
    """Run a configuration at both checkouts, print a line, and tell whether all is well."""
    began_at = perf_counter()
    with ThreadPoolExecutor(2) as both:
        places = [place / name / side for side in ("old", "new")]
        old, new = both.map(perform, [name, name], checkouts, places)
    found = differences(name, old, new)
    allowed = f" (it may: {MAY_DIFFER[name]})" if found and name in MAY_DIFFER else ""
    verdict = f"differs: {'; '.join(found)}" if found else "same"
    print(f"{name:28}{perf_counter() - began_at:5.1f} s  {verdict}{allowed}", flush=True)
    if old.errors != new.errors:
        print(f"{'':37}note: stderr, {first_change(old.errors, new.errors)}", flush=True)
    return not found or bool(allowed)


def differences(name: str, old: Left, new: Left) -> list[str]:
    """Tell what differs, a few words for each thing."""
    found = []
    expected = CODES.get(name, [0] * len(old.codes))
    if old.codes != expected:
        found.append(f"exit codes of OLD are {old.codes}, expected {expected}")
    if new.codes != old.codes:
        found.append(f"exit codes {old.codes} → {new.codes}")
    if new.screen != old.screen:
        found.append(f"screen: {first_change(old.screen, new.screen)}")
    found += [f"{file} is missing" for file in sorted(old.files.keys() - new.files.keys())]
    found += [f"{file} is new" for file in sorted(new.files.keys() - old.files.keys())]
    common = sorted(old.files.keys() & new.files.keys())
    return found + [file for file in common if old.files[file] != new.files[file]]


def first_change(old: list[str], new: list[str]) -> str:
    """Show the first line that is another one."""
    for before, after in zip(old, new, strict=False):
        if before != after:
            return f"{before.strip()!r} → {after.strip()!r}"
    return f"{len(old)} → {len(new)} lines"


# Checkouts, and what they offer


@contextmanager
def checkout(named: str) -> Iterator[Path]:
    """Give a folder as it is, or a revision in a worktree that is removed afterwards."""
    if all((Path(named) / inner).is_dir() for inner in ("nnrun", "conf")):
        yield Path(named).resolve()
        return
    with TemporaryDirectory() as folder:
        place = Path(folder).resolve() / "checkout"
        if git("worktree", "add", "--quiet", "--detach", str(place), named):
            sys.exit(f"{named}: no folder with nnrun/ and conf/ in it, and no revision")
        try:
            yield place
        finally:
            git("worktree", "remove", "--force", str(place))


def git(*words: str) -> int:
    """Let git do something in this repository, and give its exit code."""
    return subprocess.run(["git", "-C", str(ROOT), *words]).returncode


def offered(conf: Path) -> set[str]:
    """List what can be chosen, as in loss=mse."""
    files = [file for group in groups() for file in (conf / group).glob("*.yaml")]
    return {f"{file.parent.name}={file.stem}" for file in files}


def chosen() -> set[str]:
    """List what the configurations choose."""
    found = set()
    for word in shlex.split(" ".join(CONFIGURATIONS.values())):
        group, _, options = word.partition("=")
        found |= {f"{group}={option}" for option in options.strip("[]").split(",")}
    return found


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description="Compare what two checkouts of nnrun do.")
    parser.add_argument("old", metavar="OLD", help="a folder with nnrun/ and conf/, or a revision")
    parser.add_argument("new", metavar="NEW", help="the other one")
    all_of_them = [*CONFIGURATIONS]
    parser.add_argument(
        "--only", metavar="NAME", nargs="+", choices=all_of_them, default=all_of_them
    )
    parser.add_argument("--keep", metavar="DIR", help="a new folder, in which everything is kept")
    asked = parser.parse_args()
    if asked.keep and Path(asked.keep).exists():
        parser.error(f"--keep {asked.keep}: is there already; name a new folder")
    return asked


def main() -> None:
    """Compare all configurations; the exit code is 1 if anything differs."""
    asked = arguments()
    with ExitStack() as stack:
        checkouts = [stack.enter_context(checkout(named)) for named in (asked.old, asked.new)]
        place = Path(asked.keep or stack.enter_context(TemporaryDirectory())).resolve()
        lacking = sorted(offered(checkouts[1] / "conf") - chosen())
        if lacking:
            sys.exit(f"no configuration of this script chooses {', '.join(lacking)}; add one")
        fine = [compare(name, checkouts, place) for name in asked.only]
    print(f"{sum(fine)} of {len(fine)} are as they should be")
    sys.exit(0 if all(fine) else 1)


if __name__ == "__main__":
    main()
