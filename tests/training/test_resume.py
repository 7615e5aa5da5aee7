"""A training that begins anew and takes over the leaves of another goes on as that one did, to the last bit."""

import json
import sys
from copy import deepcopy
from dataclasses import replace

import pytest
import torch
from omegaconf import OmegaConf
from safetensors.torch import load, save

from nnrun.config.catalogue import find, options
from nnrun.config.compose import compose
from nnrun.config.experiment import DataCache, build
from nnrun.engine.fit import fit
from nnrun.engine.state import begin, keep_members
from nnrun.training.cohort import cohort
from nnrun.training.training import Training

CPU = torch.device("cpu")
EPOCHS = 5
CUTS = (1, 2, 4)  # epochs after which a training is left and taken up again
SMALL = (
    "dataset.rows=80",
    f"training.epochs={EPOCHS}",
    "training.batch_size=20",  # two full batches and a short one
    "training.device=cpu",
    "model.widths=[7,5]",
    "optimizer.lr=1e-2",
    "scheduler=constant",
)
OF_ALL_ROWS = {"gd": {}, "lbfgs": {"optimizer__iterations": 4}}


pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def composed():
    """The configuration of a small training, composed once."""
    (job,) = compose([*SMALL]).jobs
    return job


@pytest.fixture(scope="module")
def experiment(composed):
    """An experiment with the options of conf/ and the values that are given, as in `model__norm="batch"`."""

    cache = DataCache()

    def make(*chosen, **values):
        config = deepcopy(composed.config)
        for choice in chosen:
            group, _, _ = choice.partition("/")
            option = OmegaConf.to_container(OmegaConf.load(find(choice)))
            config[group] = config[group] | option if group == "regularisation" else option
        for key, value in values.items():
            *group, name = key.split("__")
            (config[group[0]] if group else config)[name] = value
        if "dropout" in config["model"]:
            config["model"]["dropout"] = config["regularisation"]["dropout"]
        choices = composed.choices | dict(choice.split("/") for choice in chosen)
        return build(config, [], choices, cache)

    return make


def written(state):
    """The leaves of each member as a file would hold them: tensors and text."""
    saved = []
    for m in range(len(state.progress)):
        leaves = state.leaves(m)
        tensors = {name: leaf for name, leaf in leaves.items() if isinstance(leaf, torch.Tensor)}
        plain = {name: leaf for name, leaf in leaves.items() if name not in tensors}
        saved.append((save(tensors), json.dumps(plain, sort_keys=True)))
    return saved


def read(saved):
    """The leaves that were written, of each member."""
    return [load(tensors) | json.loads(plain) for tensors, plain in saved]


def shown(epoch):
    """What an epoch showed, but for the time it took; as text, where a NaN equals itself."""
    return str(replace(epoch, training=0.0, seconds=0.0))


def course(given, state):
    """The epochs that are left, each as shown, and the state after it as written."""
    return [(shown(epoch), written(state)) for epoch in fit(given, state)]


def assert_goes_on(make):
    """Go through once; then begin anew, and go on from what was written after some of the epochs."""
    given = cohort(make(), CPU)
    through = course(given, begin(given))
    assert len(through) > CUTS[1]

    for done in (cut for cut in CUTS if cut <= len(through)):
        _, saved = through[done - 1]
        again = cohort(make(), CPU)
        state = begin(again)
        state.load(read(saved))

        assert written(state) == saved, done
        assert course(again, state) == through[done:], done


@pytest.mark.parametrize("option", options("optimizer"))
def test_every_optimizer_goes_on(option, experiment):
    values = OF_ALL_ROWS.get(option, {"optimizer__lr": 1e-2})

    assert_goes_on(lambda: [experiment(f"optimizer/{option}", **values)])


TORCHS = {
    "Adadelta": {},
    "Adafactor": {},
    "Adagrad": {},
    "Adam": {"amsgrad": True},
    "AdamW": {},
    "Adamax": {},
    "ASGD": {"t0": 3.0},
    "NAdam": {},
    "RAdam": {},
    "RMSprop": {"momentum": 0.9, "centered": True},
    "Rprop": {},
    "SGD": {"momentum": 0.9, "nesterov": True},
}


@pytest.mark.parametrize("name", TORCHS)
def test_every_optimizer_of_torch_goes_on(name, experiment):
    values = {"optimizer__name": name, "optimizer__lr": 1e-2, "optimizer__arguments": TORCHS[name]}

    assert_goes_on(lambda: [experiment("optimizer/torch", **values)])


@pytest.mark.parametrize("search", ["none", "strong_wolfe"])
def test_a_search_along_a_line_goes_on_from_the_curvature_it_knew(search, experiment):
    values = {"optimizer__search": search, "optimizer__history": 3, "optimizer__iterations": 2}

    assert_goes_on(lambda: [experiment("optimizer/lbfgs", optimizer__lr=0.5, **values)])


# What else changes while a member trains


HOLDS = {  # what makes an option felt in a few epochs
    "early_stopping": {"regularisation__patience": 2, "regularisation__min_delta": 1e9},
    "ema": {"regularisation__ema": 0.9},
    "swa": {"regularisation__swa": 0.5},
    "max_norm": {"regularisation__max_norm": 0.5},
    "gradient_clipping": {"regularisation__clip_norm": 0.05},
}
OF_IMAGES = ("distortion", "label_smoothing")  # of classes, too


@pytest.mark.parametrize(
    "option", [name for name in options("regularisation") if name not in OF_IMAGES]
)
def test_every_regularisation_goes_on(option, experiment):
    assert_goes_on(lambda: [experiment(f"regularisation/{option}", **HOLDS.get(option, {}))])


@pytest.mark.parametrize("norm", ["batch", "batch_renorm", "layer"])
def test_every_norm_goes_on(norm, experiment):
    assert_goes_on(lambda: [experiment(model__norm=norm)])


def test_dropout_and_decay_go_on_along_their_courses(experiment):
    values = {"regularisation__dropout": 0.3, "regularisation__weight_decay": 0.5}

    assert_goes_on(lambda: [experiment("model/realmlp", model__widths=[8], **values)])


@pytest.mark.parametrize("option", [name for name in options("scheduler") if name != "chained"])
def test_every_schedule_goes_on(option, experiment):
    values = {
        "plateau": {"scheduler__patience": 1, "scheduler__threshold": 0.5},
        "cosine_restarts": {"scheduler__period": 2},
    }

    assert_goes_on(lambda: [experiment(f"scheduler/{option}", **values.get(option, {}))])


def test_images_that_are_moved_and_bent_go_on():
    words = (
        "dataset=digits",
        "dataset.scale.inputs=pixels",
        "regularisation=distortion",
        "regularisation.mixup=0.2",
        "regularisation.label_smoothing=0.1",
        "dataset.split.train=0.05",  # 90 rows
        "dataset.split.val=0.05",
        "dataset.split.test=0.9",
        "training.batch_size=40",
        f"training.epochs={EPOCHS}",
        "model.widths=[5]",
    )
    (job,) = compose([*words]).jobs
    cache = DataCache()

    assert_goes_on(lambda: [build(job.config, job.overrides, job.choices, cache)])


def test_a_loss_that_gives_way_to_another_goes_on_before_and_after(experiment):
    assert_goes_on(lambda: [experiment("loss/pose", loss__joints_first=0.5)])


def test_products_in_bfloat16_go_on(experiment):
    assert_goes_on(lambda: [experiment(model__norm="batch", training__precision="bfloat16")])


ALTOGETHER = {
    "model__norm": "batch_renorm",
    "regularisation__dropout": 0.2,
    "regularisation__mixup": 0.3,
    "regularisation__input_noise": 0.1,
    "regularisation__gradient_noise": 0.01,
    "regularisation__new_poses": 0.3,
    "regularisation__ema": 0.8,
}


@pytest.fixture
def several(experiment):
    """Members of one cohort: one loses its numbers, one waits in vain, and others go on."""

    def make():
        rates = (1e-2, 1e30, 3e-3, 1e-2)
        changes = [{}, {}, {"regularisation__patience": 1, "regularisation__min_delta": 0.5}, {}]
        return [
            experiment(seed=seed, optimizer__lr=lr, **ALTOGETHER, **change)
            for seed, (lr, change) in enumerate(zip(rates, changes, strict=True))
        ]

    return make


def test_members_with_everything_go_on_together_whoever_stopped_or_failed(several):
    assert_goes_on(several)


def test_members_go_on_after_others_have_been_taken_out(several):
    given = cohort(several(), CPU)
    state = begin(given)
    steps = fit(given, state)
    while state.active.count(False) < 2:
        next(steps)
    rest = [m for m, active in enumerate(state.active) if active]
    fewer, kept = keep_members(given, state, rest)
    saved = written(kept)
    through = course(fewer, kept)
    assert len(rest) == 2

    again = cohort([several()[m] for m in rest], CPU)
    state = begin(again)
    state.load(read(saved))

    assert course(again, state) == through


@pytest.mark.parametrize("cut", [[[0, 1, 2, 3]], [[0], [1, 2], [3]], [[3, 1], [2, 0]]], ids=str)
def test_members_go_on_in_other_company(cut, experiment):
    """One averages and another is stopped early; the rest draws, and keeps running statistics."""
    waits = {"regularisation__patience": 2, "regularisation__min_delta": 0.5}
    changes = [{"regularisation__ema": 0.0}, {}, waits, {"seed": 7}]

    def make(places):
        return [experiment(**ALTOGETHER | changes[place]) for place in places]

    given = cohort(make(range(4)), CPU)
    state = begin(given)
    epochs = fit(given, state)
    next(epochs), next(epochs)
    saved = deepcopy([state.leaves(m) for m in range(4)])
    list(epochs)
    whole = [shown_so_far(state, m) for m in range(4)]

    for places in cut:
        again = cohort(make(places), CPU)
        state = begin(again)
        state.load([saved[place] for place in places])
        for _ in fit(again, state):
            pass
        assert [shown_so_far(state, m) for m in range(len(places))] == [whole[p] for p in places]


def shown_so_far(state, m):
    """What decides about what a member leaves; once it has stopped, others may still move it."""
    leaves = state.leaves(m)
    names = ["best", *(name for name in leaves if name.startswith("progress."))]
    return [
        (name, str(leaves[name].tolist() if name == "best" else leaves[name])) for name in names
    ]


# Networks of one's own

NET = """
import torch
from torch import nn
from torch.nn import functional as F

class Net(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.first, self.norm = nn.Linear(inputs, 8), nn.BatchNorm1d(8)
        self.drop, self.last = nn.Dropout(0.2), nn.Linear(8, outputs)
        self.register_buffer("usual", torch.zeros(8))

    def forward(self, x):
        hidden = torch.tanh(self.norm(self.first(x)))
        if self.training:
            self.usual = 0.9 * self.usual + 0.1 * hidden.detach().mean(0)  # another tensor each time
        return self.last(F.dropout(self.drop(hidden - self.usual), 0.1))  # in use, too
"""


@pytest.fixture
def drawing(experiment, tmp_path, monkeypatch):
    """Experiments with a network of one's own that draws, by seed."""
    (tmp_path / "net_to_resume.py").write_text(NET)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NNRUN_TRUST", "net_to_resume")

    def make(*seeds, chosen=(), **values):
        net = {"model__module": "net_to_resume:Net", "model__arguments": {}}
        return [experiment("model/module", *chosen, seed=seed, **net, **values) for seed in seeds]

    yield make
    sys.modules.pop("net_to_resume", None)


@pytest.mark.parametrize("seeds", [(3,), (3, 4)], ids=["alone", "two"])
@pytest.mark.parametrize("average", [0.0, 0.9])
def test_a_network_of_ones_own_goes_on_drawing_and_remembering(average, seeds, drawing):
    assert_goes_on(lambda: drawing(*seeds, regularisation__ema=average))


def test_a_network_of_ones_own_goes_on_under_an_optimizer_of_torch(drawing):
    assert_goes_on(lambda: drawing(3, chosen=["optimizer/torch"], optimizer__name="Rprop"))


def test_training_leaves_torchs_own_stream_alone(drawing):
    torch.manual_seed(5)
    before = torch.get_rng_state()

    training = Training(drawing(3, 4), CPU)
    for _ in training.epochs():
        torch.rand(1)  # whoever looks at the epochs may draw
    training.reached(0)

    after = torch.get_rng_state()
    torch.manual_seed(5)
    assert torch.equal(torch.get_rng_state(), before)
    for _ in training.history[0]:
        torch.rand(1)
    assert torch.equal(torch.get_rng_state(), after)


def test_what_was_drawn_before_a_training_does_not_matter(drawing):
    courses = []
    for seed in (0, 1):
        torch.manual_seed(seed)
        given = cohort(drawing(3), CPU)
        courses.append(course(given, begin(given)))

    assert courses[0] == courses[1]


# Nothing is written in vain


def test_each_leaf_is_needed(experiment):
    """With the start's in place of any leaf, the course is another: here patience runs out in it."""
    waits = {"regularisation__patience": 4, "regularisation__min_delta": 0.01}
    values = ALTOGETHER | waits | {"optimizer__lr": 0.15, "training__epochs": 9, "seed": 2}
    given = cohort([experiment("scheduler/plateau", scheduler__patience=1, **values)], CPU)
    state = begin(given)
    start = deepcopy(state.leaves(0))
    steps = fit(given, state)
    for _ in range(5):
        next(steps)
    leaves = deepcopy(state.leaves(0))
    through = course(given, state)
    assert len(through) == 1
    changed = [name for name in leaves if str(leaves[name]) != str(start[name])]
    assert {"numbers", "memory.0", "memory.1", "average", "best", "epoch"} < set(changed)

    missed = []
    for name in changed:
        again = begin(given)
        again.load([leaves | {name: start[name]}])
        if course(given, again) == through:
            missed.append(name)

    assert not missed
