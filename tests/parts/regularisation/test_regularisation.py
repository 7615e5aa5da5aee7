"""Each regularisation by the front door: on, it changes training; what belongs to training leaves evaluation alone."""

import csv

import pytest
import torch

from nnrun.config.catalogue import options
from nnrun.config.compose import compose
from nnrun.config.experiment import build
from nnrun.training.cohort import member

SMALL = ("training.epochs=4", "training.batch_size=64", "model.widths=[16]", "optimizer.lr=0.01")
STRONG = {  # enough to be felt by a small network
    "label_smoothing": ("dataset=digits",),
    "distortion": ("dataset=digits", "dataset.scale.inputs=pixels"),
    "max_norm": ("regularisation.max_norm=0.4",),
    "gradient_clipping": ("regularisation.clip_norm=0.01",),
    "early_stopping": ("regularisation.patience=1", "regularisation.min_delta=0.2"),
    "ema": ("regularisation.ema=0.9",),
    "swa": ("regularisation.swa=0.5",),
}
WAKING = [option for option in options("regularisation", None) if option != "none"]
BEYOND = ("ema", "swa", "early_stopping", "max_norm")  # have a say in what is scored, or in weights


def course(ran, column):
    with open(ran.folder / "metrics.csv", newline="") as file:
        return [row[column] for row in csv.DictReader(file)]


def data(option):
    given = STRONG.get(option, ())
    return given if "dataset=digits" in given else ("dataset.rows=300", *given)


@pytest.fixture
def at_rest(once):
    """Train as `small` does, without regularisation; the same settings only once."""

    def run(*words):
        others = [word for word in words if not word.startswith("regularisation")]
        return once(*others, "output.pictures=false", "output.baselines=false")

    return run


@pytest.mark.parametrize("option", WAKING)
def test_it_changes_the_training(option, small, at_rest):
    words = (*SMALL, *data(option))

    off, on = at_rest(*words), small(f"regularisation={option}", *words)

    assert on.code == off.code == 0, on.err + off.err
    column = "val_loss" if option in ("ema", "swa", "early_stopping") else "train_loss"
    assert course(on, column) != course(off, column)


@pytest.mark.parametrize("option", [option for option in WAKING if option not in BEYOND])
def test_it_leaves_the_evaluation_of_the_same_weights_alone(option, small, at_rest):
    words = ("optimizer=sgd", "optimizer.lr=1e-30", *SMALL[:-1], *data(option))  # no weight moves
    weak = "regularisation.weight_decay=1e-3" if option == "weight_decay" else ""

    off = at_rest(*words)
    on = small(f"regularisation={option}", *words, *([weak] if weak else []))

    assert course(on, "val_loss") == course(off, "val_loss")
    assert on.read("predictions.csv") == off.read("predictions.csv")


def test_averages_leave_the_training_as_it_is(small):
    plain, ema, swa = (
        small(*SMALL, "dataset.rows=300", *words)
        for words in ((), ("regularisation=ema",), ("regularisation=swa", "regularisation.swa=0.5"))
    )

    assert course(plain, "train_loss") == course(ema, "train_loss") == course(swa, "train_loss")


def test_all_that_make_sense_together_combine(small):
    every = [option for option in WAKING if option not in ("swa", "new_poses")]

    ran = small(
        f"regularisation=[{','.join(every)}]",
        "regularisation.patience=3",
        *SMALL,
        *STRONG["distortion"],
    )

    assert ran.code == 0, ran.err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("regularisation=[ema,swa]",), "keep one of them"),
        (("regularisation=label_smoothing",), "is for classes, with loss=cross_entropy or kl_div"),
        (
            ("regularisation=label_smoothing", "dataset=digits", "loss=hinge"),
            "has no effect on loss=hinge",
        ),
        (("regularisation=distortion",), "made for images, and ARKOMA"),
        (("regularisation.mirror=0.5",), "regularisation.mirror=0.5: made for images, and"),
        (
            ("regularisation=distortion", "dataset=digits", "dataset.scale.inputs=standard"),
            "scale.inputs=pixels",
        ),
        (
            ("regularisation=new_poses", "dataset=digits"),
            "draws poses of the arm; use dataset=arkoma",
        ),
        (
            ("regularisation=weight_decay", "optimizer=adamw"),
            "set optimizer.weight_decay=0.01 instead",
        ),
        (("regularisation.biases=true",), "has no effect without a penalty"),
        (("regularisation.whole_pixels=true",), "has no effect on images that move by half a"),
        (
            ("regularisation.whole_pixels=true", "regularisation.shift=0.5", "dataset=digits"),
            "has no effect on images that move by half a pixel at most; set regularisation.shift",
        ),
        (("regularisation.rotation=270",), "expected a number >= 0 and <= 180"),
    ],
)
def test_what_makes_no_sense_together_is_refused_in_one_line(words, told, nnrun):
    ran = nnrun(*words)

    assert ran.code == 2
    assert told in ran.err
    assert ran.err.count("\n") == 1
    assert not ran.folders


def test_every_strength_reaches_its_member_as_it_was_typed():
    strengths = {"l1": 0.01, "l2": 0.02, "weight_decay": 0.03, "max_norm": 4.0, "clip_norm": 5.0}
    strengths |= {
        "gradient_noise": 0.06,
        "dropout": 0.07,
        "mixup": 0.08,
        "patience": 3,
        "min_delta": 0.09,
    }
    words = [
        "dataset=iris",
        *(f"regularisation.{name}={value}" for name, value in strengths.items()),
    ]
    (job,) = compose(words).jobs

    own = member(build(job.config, job.overrides, job.choices), torch.device("cpu"))

    assert {name: getattr(own, name) for name in strengths} == strengths
