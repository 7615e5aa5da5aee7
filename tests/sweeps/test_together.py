"""Members trained together equal members trained alone, to the last bit, for every option of conf/."""

import math
from typing import get_args

import pytest
import torch

from nnrun.config.catalogue import options
from nnrun.config.experiment import DataCache, build
from nnrun.parts.model.choices import Activation
from nnrun.parts.model.embedding import Kind
from nnrun.sweeps.plan import cohorts
from nnrun.training.training import Training

ALONE = ("lbfgs", "torch")  # train one by one
OPTIMIZERS = [optimizer for optimizer in options("optimizer", None) if optimizer not in ALONE]
OTHERS = (
    "module",
    "pretrained",
)  # vmap takes kernels of its own; and a run to go on from has to be there
MODELS = [model for model in options("model", None) if model not in OTHERS]
CPU = torch.device("cpu")
SMALL = {
    "dataset.rows": 170,
    "training.epochs": 5,
    "training.batch_size": 32,
    "training.device": "cpu",
}
FEW_DIGITS = {  # a fifth of the rows train; what is learnt does not matter here
    "dataset.split.train": 0.2,
    "dataset.split.val": 0.1,
    "dataset.split.test": 0.7,
}
EASY = ("model=mlp", "optimizer=adam", "scheduler=cosine", "regularisation=none")
THREE = "optimizer.lr=1e-2,1e30,3e-3"  # the second loses its numbers
RATES = "optimizer.lr=1e-2,1e-3,1e30,3e-2,3e-3"  # the third loses its numbers


pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture
def members(composer):
    """The experiments of a sweep, which must all fit in one cohort."""

    def build_all(*words):
        typed = {word.partition("=")[0] for word in words}
        usual = SMALL | FEW_DIGITS if "dataset=digits" in words else SMALL
        if "dataset" in typed:
            typed.add("dataset.rows")
        if {"optimizer=gd", "dataset=landscape"} & set(words):  # have a batch size of their own
            typed.add("training.batch_size")
        small = [f"{key}={value}" for key, value in usual.items() if key not in typed]
        cache = DataCache()
        made = [
            build(job.config, job.overrides, job.choices, cache) for job in composer(*small, *words)
        ]
        assert len(cohorts(made)) == 1
        return made

    return build_all


def trained(experiments):
    training = Training(experiments, CPU)
    for _ in training.epochs():
        pass
    return training


def shown(seen):
    """What an epoch showed, but for the time it took."""
    return tuple("nan" if math.isnan(value) else value for value in seen[:5])


def assert_each_as_alone(experiments, chosen=None):
    """Compare members with themselves alone; of more than eight every third, where none are chosen."""
    together = trained(experiments)
    step = 3 if len(experiments) > 8 else 1
    for place in chosen or range(0, len(experiments), step):
        alone = trained([experiments[place]])
        assert [*map(shown, together.history[place])] == [*map(shown, alone.history[0])], place
        assert together.failures.get(place) == alone.failures.get(0)
        if place not in together.failures:
            (ours,), (theirs,) = together.reached(place), alone.reached(0)
            assert ours.best_epoch == theirs.best_epoch
            assert all(
                torch.equal(ours.tensors[name], theirs.tensors[name]) for name in theirs.tensors
            )
            assert all(
                (ours.predictions[part] == theirs.predictions[part]).all()
                for part in theirs.predictions
            )
    return together


def choosing(**choice):
    """The easy options, some replaced."""
    words = dict(word.split("=") for word in EASY) | choice
    return tuple(f"{group}={option}" for group, option in words.items())


SIZES = {  # small ones
    "model=mlp": ("model.widths=[24,24]",),
    "model=maxout": ("model.widths=[13,24]", "model.pieces=3"),
    "model=residual": ("model.width=16", "model.hidden=24"),
    "model=realmlp": ("model.widths=[13,24]", "regularisation.dropout=0.1"),
    "model=tabm": ("model.widths=[13,24]", "model.heads=3"),
    "model=cnn": ("model.filters=[3,5]", "model.kernel=3", "model.widths=[13]"),
}
DIGITS = ("dataset=digits", "training.epochs=3")


def sized(words, line=None):
    """The options with the sizes of their model, and data that it can take."""
    if "model=polynomial" in words:
        return (*words, "dataset=table", f"dataset.path={line}", "dataset.target=y")
    if "model=point" in words:
        return (*words, "dataset=landscape", "dataset.surface=ravine", "loss=height")
    data = DIGITS if {"model=cnn", "model=perceptron"} & {*words} else ()
    rows = ("training.batch_size=256",) if data and "optimizer=gd" not in words else ()
    return (*words, *data, *rows, *(word for model in words for word in SIZES.get(model, ())))


def crossed(usual, beside=("adam", "gd")):
    """Each model with adam and, where that is told, with all rows in a step; each optimizer with the usual models.

    A rule moves a matrix, whatever network its columns are of: what it could trip over are columns
    that fill no whole vectors, and the rows of a step.
    """
    by_model = [(model, optimizer) for model in MODELS for optimizer in beside]
    by_optimizer = [(model, optimizer) for model in usual for optimizer in OPTIMIZERS]
    pairs = sorted({*by_model, *by_optimizer})
    return pytest.mark.parametrize(("model", "optimizer"), pairs)


@crossed(["mlp", "maxout"])  # of even sizes, and of odd ones
def test_every_model_and_every_optimizer(model, optimizer, line, members):
    words = sized(choosing(model=model, optimizer=optimizer, regularisation="early_stopping"), line)

    assert_each_as_alone(members(*words, THREE, "regularisation.patience=2"))


SCHEDULERS = options("scheduler", None)
NEEDS = {  # what an option needs to be felt, and to fit the data
    "early_stopping": ("regularisation.patience=2",),
    "max_norm": ("regularisation.max_norm=0.5,1.0,null",),
    "swa": ("regularisation.swa=0.5,1",),
    "label_smoothing": ("dataset=digits",),
    "distortion": ("dataset=digits", "dataset.scale.inputs=pixels"),
}


@pytest.fixture
def regularised(members):
    """Members with an option, some of which differ in what it sets."""

    def build_all(option, *words):
        return members(*words, f"regularisation={option}", *NEEDS.get(option, ()))

    return build_all


@pytest.mark.parametrize("regularisation", options("regularisation", None))
def test_every_regularisation_with_schedules_in_turn(regularisation, regularised):
    place = list(options("regularisation", None)).index(regularisation)
    words = (
        "model.widths=[24,24]",
        f"scheduler={list(SCHEDULERS)[place % len(SCHEDULERS)]}",
        "scheduler.patience=1",
    )

    assert_each_as_alone(
        regularised(regularisation, *words[: 3 if "plateau" in words[1] else 2], THREE)
    )


@pytest.mark.parametrize("regularisation", options("regularisation", None))
def test_every_regularisation_in_forty_members(regularisation, regularised):
    assert_each_as_alone(
        regularised(regularisation, "model.widths=[24,24]", RATES, "seed=range(8)"),
        range(0, 40, 13),
    )


@pytest.mark.parametrize("scheduler", SCHEDULERS)
def test_every_schedule_in_forty_members(scheduler, members):
    words = (
        "model.widths=[24,24]",
        f"scheduler={scheduler}",
        "regularisation=[l2,dropout]",
        "seed=range(8)",
    )
    waiting = ("scheduler.patience=1", "scheduler.threshold=0.5") if scheduler == "plateau" else ()

    assert_each_as_alone(members(*words, RATES, *waiting), range(0, 40, 13))


@pytest.mark.parametrize(
    "varied",
    [
        "regularisation.l1=0,1e-3,1e-2",
        "regularisation.weight_decay=0,0.1,1",
        "regularisation.max_norm=null,0.5,1.0",
        "regularisation.clip_norm=null,0.1,1",
        "regularisation.gradient_noise=0,0.1,0.3",
        "regularisation.mixup=0,0.2,1",
        "regularisation.input_noise=0,0.1,0.3",
        "regularisation.new_poses=0,0.3,1",
        "regularisation.ema=0,0.9,0.99",
        "regularisation.swa=0,0.5,1",
        "regularisation=none,ema,swa,l1,mixup,gradient_noise,new_poses",
    ],
)
def test_members_at_rest_among_members_that_are_held(varied, members):
    assert_each_as_alone(
        members("model.widths=[24,24]", varied, "seed=0,1", "model.norm=batch", "training.epochs=8")
    )


@crossed(["mlp"], beside=["adam"])
def test_forty_members(model, optimizer, line, members):
    words = sized(choosing(model=model, optimizer=optimizer), line)

    assert_each_as_alone(members(*words, RATES, "seed=range(8)"), range(0, 40, 13))


@pytest.mark.parametrize(
    ("norm", "activation"), [("none", "relu"), ("batch", "gelu"), ("layer", "tanh")]
)
def test_members_that_leave_early_disturb_no_other(norm, activation, members):
    words = (
        "model.widths=[16]",
        f"model.activation={activation}",
        f"model.norm={norm}",
        "training.epochs=12",
    )
    stopping = (
        "regularisation.patience=1",
        "regularisation.min_delta=0,1e-3,1",
        "regularisation.dropout=0,0.2",
    )

    training = assert_each_as_alone(members(*words, RATES, *stopping), range(0, 30, 5))

    epochs = {len(seen) for seen in training.history}
    assert len(epochs) > 2  # they left at different times
    assert len(training.failures) == 6


@pytest.mark.parametrize(
    "varied",
    [
        "loss.label_smoothing=0,0.1,0.3",
        "scheduler=cosine,multistep,linear,cosine_restarts,one_cycle",
        "model.init=torch,orthogonal,normal,constant,zeros",
    ],
)
def test_whatever_may_differ_within_a_cohort(varied, members):
    words = ("model.widths=[16]", "dataset=digits", "loss=cross_entropy", "training.batch_size=256")

    assert_each_as_alone(members(*words, varied, "seed=0,1"))


@pytest.mark.parametrize(
    "activation", [name for name in get_args(Activation) if name not in ("threshold", "maxout")]
)
def test_activations_in_layers_of_odd_widths(activation, members):
    words = ("model.widths=[7,5]", f"model.activation={activation}", "seed=0,1")

    assert_each_as_alone(members(*words, RATES))


LOSSES = {  # the data of each loss, and numbers of its own that members may differ in
    "auto": (),
    "mse": (),
    "mae": (),
    "mape": ("dataset.scale.targets=none", "loss.floor=0.01,0.1,1.0"),
    "huber": ("loss.delta=0.1,0.7,3",),
    "log_cosh": (),
    "gaussian_nll": (),
    "pose": (
        "loss.mm=0.3,1.0",
        "loss.degrees=0,0.7",
        "loss.joints=0,0.4",
        "loss.joints_first=0.4",
        "dataset.scale.targets=standard,min_max,none",
    ),
    "quantile": ("loss.q=0.1,0.3,0.9",),
    "cross_entropy": ("dataset=digits", "loss.label_smoothing=0,0.1,0.3", "loss.weights=balanced"),
    "kl_div": ("dataset=digits", "loss.label_smoothing=0,0.1,0.3"),
    "bce": ("dataset=digits",),
    "ordinal": ("dataset=digits",),
    "hinge": ("dataset=digits", "loss.margin=0.1,0.7,3"),
    "perceptron": ("dataset=digits",),
}


@pytest.mark.parametrize(
    "loss", [loss for loss in options("loss", None) if loss != "height"]
)  # that of model=point
def test_every_loss_alone_and_with_numbers_that_differ(loss, members):
    words = ("model.widths=[16]", f"loss={loss}", "training.epochs=3", "seed=0,1")
    data = [word for word in LOSSES[loss] if "," not in word]

    assert_each_as_alone(members(*words, *data))
    if len(data) < len(LOSSES[loss]):
        assert_each_as_alone(members(*words, *LOSSES[loss]))


def test_scalings_and_splits_of_their_own(members):
    scales = (
        "dataset.scale.inputs=standard,min_max,quantile",
        "dataset.scale.targets=standard,none",
    )

    assert_each_as_alone(members("model.widths=[16]", "seed=0,1", *scales))


@pytest.mark.parametrize("norm", ["none", "batch", "batch_renorm", "layer"])
def test_residual_networks_with_every_norm(norm, members):
    words = (
        "model=residual",
        "model.width=7",
        "model.hidden=5",
        f"model.norm={norm}",
        "model.activation=prelu",
    )

    assert_each_as_alone(members(*words, RATES, "regularisation.dropout=0,0.2"))


@pytest.mark.parametrize(
    ("norm", "activation", "blocks"),
    [
        *(("none", "relu", 0), ("none", "prelu", 1)),
        *(("batch", "tanh", 0), ("batch", "prelu", 1)),
        *(("batch_renorm", "prelu", 0), ("batch_renorm", "relu", 1)),
    ],
)
def test_convolutional_networks_with_every_norm(norm, activation, blocks, members):
    filters = ("model.filters=[3,5]", "model.kernel=3", f"model.blocks={blocks}")
    sizes = (*filters, "model.widths=[7]")
    words = ("model=cnn", *DIGITS, *sizes, f"model.norm={norm}", f"model.activation={activation}")
    rows = "training.batch_size=256"

    assert_each_as_alone(members(*words, rows, RATES, "regularisation.dropout=0,0.2"))


@pytest.mark.parametrize("model", ["mlp", "residual"])
def test_batch_renorm_beyond_its_first_steps(model, members):
    words = sized(
        (
            f"model={model}",
            "model.norm=batch_renorm",
            "training.batch_size=16",
            "training.epochs=30",
        )
    )

    assert_each_as_alone(members(*words, RATES))


EMBEDDED = {
    "mlp": ("model.widths=[16]", "dataset.scale.inputs=standard,quantile"),
    "residual": ("model.width=7", "model.hidden=5"),
    "maxout": ("model.widths=[7]", "model.frequency_scale=0.1,1"),
    "linear": ("dataset.split.seed=0,1",),
}


@pytest.mark.parametrize("model", EMBEDDED)
@pytest.mark.parametrize("kind", [kind for kind in get_args(Kind) if kind != "none"])
def test_embedded_numbers(kind, model, members):
    sizes = {"periodic": "model.frequencies=5", "pbld": "model.embedding_size=3"}
    size = sizes.get(kind, "model.bins=7")
    words = [word for word in EMBEDDED[model] if "scale" not in word or kind != "piecewise"]
    chosen = (f"model={model}", f"model.embedding={kind}", size, "seed=0,1", RATES)

    assert_each_as_alone(members(*chosen, *words))


def test_one_target_and_one_input(line, members):
    words = ("dataset=table", f"dataset.path={line}", "dataset.target=y", "model.widths=[16]")

    assert_each_as_alone(members(*words, RATES))
    for kind in ("periodic", "piecewise"):
        assert_each_as_alone(members(*words, f"model.embedding={kind}", RATES))


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_on_a_gpu_members_equal_each_alone_to_the_fifth_digit(optimizer, members):
    words = sized(choosing(optimizer=optimizer))
    experiments = members(
        *words, "optimizer.lr=1e-3,3e-3", "seed=0,1", "training.epochs=20", "model.activation=tanh"
    )
    device = torch.device("cuda")

    def finished(own):
        training = Training(own, device)
        for _ in training.epochs():
            pass
        return training

    together = finished(experiments)
    for place, experiment in enumerate(experiments):
        (ours,), (theirs,) = together.reached(place), finished([experiment]).reached(0)
        for part, predictions in theirs.predictions.items():
            torch.testing.assert_close(
                torch.from_numpy(ours.predictions[part]),
                torch.from_numpy(predictions),
                rtol=1e-4,
                atol=1e-4,
            )


@pytest.mark.parametrize(
    ("norm", "last", "freeze"),
    [
        *(("none", "keep", "none"), ("none", "new", "body"), ("batch", "new", "none")),
        *(("batch", "keep", "body"), ("layer", "keep", "none"), ("layer", "new", "body")),
    ],
)
def test_members_that_go_on_from_another_run(norm, last, freeze, small, members):
    run = small(
        "dataset.rows=170", "training.batch_size=32", "model.widths=[24,7]", f"model.norm={norm}"
    ).folder
    words = ("model=pretrained", f"model.run={run}", f"model.last={last}", f"model.freeze={freeze}")

    assert_each_as_alone(members(*words, "seed=0,1", RATES, "regularisation.dropout=0,0.2"))
