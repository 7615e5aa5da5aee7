"""Every command of docs/course.md runs, in two or three epochs, and every picture that it shows is there."""

import re
import shlex
from pathlib import Path

import pytest

from nnrun.config.catalogue import groups, options

DOCS = Path(__file__).resolve().parent.parent / "docs"
PAGE = (DOCS / "course.md").read_text(encoding="utf-8")
COMMANDS = [
    line
    for block in re.findall(r"^```bash\n(.*?)^```$", PAGE, flags=re.DOTALL | re.MULTILINE)
    for line in block.splitlines()
]
IMAGES = {
    "mnist": "mnist",
    "fashion": "fashion",
}  # experiments whose names begin so, and where their images lie


OVER_SEEDS = ("learning_rates", "dropout_or_not", "batch_norm_or_not")  # experiments that are
TWO = r"^((?:dataset\.split\.)?seed=\d+,\d+|sweep\.samples=\d)\S*"  # of many seeds or draws


def shorter(words):
    """The words of a training, for a few epochs of it on few rows, by one worker where it is many.

    Of many seeds or draws two are tried. Pictures are left to tests/tasks/test_pictures.py, tests/sweeps/test_race.py
    and tests/sweeps/test_sweep.py.
    """
    typed = " ".join(words)
    kept = [re.sub(TWO, r"\1", word) for word in words if not word.startswith("training.epochs=")]
    epochs = 7 if {"plateau", "swa"} & set(re.findall(r"\w+", typed)) else 2
    more = [f"training.epochs={epochs}", "output.baselines=false", "output.pictures=false"]
    if "early_stopping" in typed:
        more.append("regularisation.patience=1")
    if "arkoma" in typed and "dataset.rows" not in typed:
        more.append("dataset.rows=1000")
    if "experiment=optimizer_race" in words:
        more += ["optimizer.lr=0.2", "dataset.surface=valley,ravine"]
    if {f"experiment={name}" for name in OVER_SEEDS} & {*words}:
        more.append("seed=0,1")
    if "optimizer=lbfgs" in words and "optimizer.iterations" not in typed:
        more.append("optimizer.iterations=2")
    if "-m" in words:
        more.append("hydra.launcher.workers=1")
    return [*kept, *more]


def spelt(line):
    """A command's words, with the latest folder in the place of the command that finds it."""
    latest = re.compile(r"\$\(ls -d (\S+)/\* \| tail -1\)")
    return shlex.split(latest.sub(lambda place: str(sorted(Path(place[1]).iterdir())[-1]), line))


@pytest.mark.slow
@pytest.mark.parametrize(
    "chapter", [part for part in PAGE.split("\n## ")[1:]], ids=lambda part: part.split(".")[0]
)
def test_the_commands_of_a_chapter_run(chapter, nnrun, few_images):
    for line in (line for line in chapter.splitlines() if line.startswith("nnrun ")):
        words = spelt(line)[1:]
        names = [
            word.removeprefix("experiment=") for word in words if word.startswith("experiment=")
        ]
        for name in names:
            place = next((place for start, place in IMAGES.items() if name.startswith(start)), None)
            words += [f"dataset.path={few_images(place, 400, 100)}"] if place else []

        ran = nnrun(*shorter(words))

        assert ran.code == 0, f"{line}\n{ran.err}"


def test_every_line_of_a_block_is_a_command():
    assert len(COMMANDS) > 40
    assert all(line.startswith("nnrun ") for line in COMMANDS)


def test_every_picture_is_there_and_none_is_left_over():
    shown = re.findall(r"\]\((pictures/[^)]+)\)", PAGE)

    assert {f"pictures/{path.name}" for path in (DOCS / "pictures").iterdir()} == set(shown)


ELSEWHERE = {  # options that the page leads to in another way, or that are no lesson
    "dataset": {
        "table",
        "openml",
        "california",
        "circles",
        "mnist",
        "fashion_mnist",
        "landscape",
    },
    "model": {"linear", "module", "point", "realmlp", "tabm"},
    "optimizer": {"torch", "adamw", "muon"},
    "scheduler": {"coslog", "multistep", "warmup_cosine"},
    "loss": {"auto", "mape", "ordinal", "perceptron", "height"},
    "regularisation": {"distortion"},
    "experiment": {"smoke", "table", "table_best", "robust"},
}


@pytest.mark.parametrize("group", groups())
def test_the_page_leads_to_every_option_that_is_taught(group):
    chosen = re.findall(rf"\b{group}=(\S+)", " ".join(COMMANDS).replace("'", ""))
    taken = {name for names in chosen for name in re.findall(r"\w+", names)}

    assert set(options(group, None)) - taken == ELSEWHERE.get(group, set())
