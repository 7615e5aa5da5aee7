"""A step from the tape gives the bits that autograd gives, whatever is chosen, alone and together."""

import subprocess
import sys
from itertools import islice
from math import ceil
from typing import get_args

import pytest
import torch

from nnrun.config.catalogue import options
from nnrun.config.experiment import DataCache, build
from nnrun.engine import advance, stretch, tape
from nnrun.engine.feed import Feed
from nnrun.engine.fit import fit
from nnrun.engine.state import begin, keep_members
from nnrun.engine.tape import Untapable
from nnrun.parts.model import embedding
from nnrun.parts.model.choices import Activation
from nnrun.training.cohort import cohort

CPU = torch.device("cpu")
CACHE = DataCache()
FEW = ("training.epochs=3", "training.device=cpu", "training.threads=1", "dataset.rows=90")
NUMBERS, CLASSES = (
    ("dataset=arkoma", "training.batch_size=16"),
    ("dataset=blobs", "dataset.rows=90", "training.batch_size=16"),
)
IMAGES = ("dataset=digits", "training.batch_size=300", "training.epochs=2")
FOR_CLASSES = ("bce", "cross_entropy", "hinge", "kl_div", "perceptron", "ordinal")
ELSEWHERE = {  # needs a file or a network of one's own, or is refused beside the other choices
    "model": ("module", "pretrained", "point"),
    "loss": ("height", "auto"),
    "activation": ("threshold", "maxout"),
}
BESIDE = {
    "model=cnn": (*IMAGES, "model.filters=[2]", "model.widths=[8]"),
    "model=polynomial": ("dataset=curve", "training.batch_size=16"),
    "model=perceptron": (*CLASSES, "loss=perceptron"),
    "loss=perceptron": (*CLASSES, "model=perceptron"),
    "optimizer=gd": ("dataset=arkoma", "training.epochs=9"),
    "optimizer=lbfgs": ("dataset=arkoma",),
    "scheduler=plateau": (*NUMBERS, "scheduler.patience=1"),
    "regularisation=early_stopping": (*NUMBERS, "regularisation.patience=2"),
    "regularisation=swa": (*NUMBERS, "regularisation.swa=0.7"),
    "loss=mape": (*NUMBERS, "dataset.scale.targets=none"),
    "regularisation=distortion": (*IMAGES, "dataset.scale.inputs=pixels"),
    "regularisation=label_smoothing": CLASSES,
}
SETTINGS = [  # what no option alone wakes
    ("model.norm=batch",), ("model.norm=batch_renorm",), ("model.norm=layer",),
    ("model.norm=batch", "regularisation.dropout=0.2", "regularisation.ema=0.9"),
    ("regularisation.swa=0.7", "regularisation.clip_norm=0.5"),
    ("regularisation.l1=1e-3", "regularisation.l2=1e-3", "regularisation.max_norm=0.8", "regularisation.biases=true"),
    ("regularisation.gradient_noise=0.01", "regularisation.input_noise=0.1"),
    ("regularisation.mixup=0.3", "regularisation.weight_decay=0.01"),
    ("training.precision=bfloat16", "model.norm=layer"),
    ("training.precision=bfloat16", "model.norm=batch"),
    ("training.precision=bfloat16", "model.norm=batch_renorm"),
    ("training.precision=bfloat16", "regularisation.dropout=0.2"),
    ("model.widths=[300]", "training.batch_size=50"),
    ("model=cnn", *IMAGES, "model.filters=[2,4]", "model.blocks=1", "model.widths=[8]", "model.norm=batch", "optimizer=muon"),
    ("training.batch_size=full",),
    ("training.batch_size=full", "dataset.rows=5200", "model.widths=[16,6]"),
    ("regularisation.clip_norm=0.05", "model.widths=[200,200]"),
    ("training.precision=bfloat16", "model.norm=batch", "model.widths=[40]"),
    ("model=tabm", "model.adapters=first", "regularisation.dropout=0.2", "regularisation.mixup=0.3"),
    ("model=realmlp", "model.widths=[8,8]", "regularisation.dropout=0.2", "regularisation.weight_decay=0.1"),
    ("training.precision=bfloat16", "model.embedding=periodic"),
    ("model.embedding=piecewise", "regularisation.ema=0.9"),
    ("dataset.rotation=matrix", "loss=pose", "loss.joints=0.5", "loss.joints_first=0.5"),
]  # fmt: skip


def cases():
    for group in ("model", "loss", "optimizer", "scheduler", "regularisation"):
        for name in options(group, None):
            if name not in ELSEWHERE.get(group, ()):
                yield (f"{group}={name}",)
    for name in get_args(Activation):
        if name not in ELSEWHERE["activation"]:
            yield (f"model.activation={name}",)
    for name in get_args(embedding.Kind):
        yield (f"model.embedding={name}",)
    yield from SETTINGS


def suited(words):
    beside = NUMBERS
    for word in words:
        group, _, name = word.partition("=")
        beside = BESIDE.get(word, CLASSES if group == "loss" and name in FOR_CLASSES else beside)
    by_key = {word.partition("=")[0]: word for word in ("model=mlp", *FEW, *beside, *words)}
    if by_key["model"] in ("model=mlp", "model=maxout", "model=realmlp"):
        by_key.setdefault("model.widths", "model.widths=[8,8]")
    if by_key["model"] == "model=tabm":
        by_key |= {"model.widths": "model.widths=[8,8]", "model.heads": "model.heads=3"}
    if "dataset=digits" in words + tuple(beside):
        by_key.pop("dataset.rows")
    return list(by_key.values())


def course(given):
    """A cohort's state, what each epoch told, and why steps came from no tape; half-way one of several leaves."""
    state, half = begin(given), given.epochs - given.epochs // 2
    epochs = list(islice(fit(given, state), half))
    if len(given.members) > 1:
        rest = [m for m in range(len(given.members)) if m != 1]
        given, state = keep_members(given, state, rest)
    epochs += fit(given, state)
    return state, [(seen.train_loss, seen.val_loss) for seen in epochs], epochs[-1].by_autograd


def refused(*_):
    raise Untapable("so that autograd takes the steps")


def same(one, other):
    tensors = zip(one.tensors().items(), other.tensors().values(), strict=True)
    return [name for (name, a), b in tensors if not torch.equal(a.nan_to_num(7), b.nan_to_num(7))]


@pytest.fixture
def given(composer):
    def make(words, members, device=CPU):
        seeds = f"seed={','.join(map(str, range(members)))}"
        jobs = composer(*suited(words), seeds)
        experiments = [build(job.config, job.overrides, job.choices, CACHE) for job in jobs]
        return cohort(experiments, device)

    return make


ALONE = (("optimizer=lbfgs",), ("optimizer=torch",))
CASES = [
    (words, members)
    for words in cases()
    for members in (1, 3)
    if members == 1 or words not in ALONE
]
MANY = [(words, 40) for words in ((), ("model.norm=batch", "regularisation.dropout=0.2"))]
ALL = [*CASES, *((words, 40) for words in cases() if words not in ALONE)]


def named(table):
    return {"argvalues": table, "ids": [f"{' '.join(words)} {members}" for words, members in table]}


def assert_same_bits(taped, words, monkeypatch):
    one_by_one, steps = [], stretch.step_by_step
    monkeypatch.setattr(stretch, "step_by_step", lambda *of: one_by_one.append(of) or steps(*of))

    found, by_tape, why = course(taped)
    assert not one_by_one
    monkeypatch.setattr(advance, "record", refused)
    monkeypatch.setattr(tape, "record", refused)
    expected, by_autograd, _ = course(taped)

    assert why == ("" if found.optimizer is None else "its optimizer is torch's own")
    assert same(found, expected) == []
    assert str(by_tape) == str(by_autograd)


@pytest.mark.parametrize(("words", "members"), **named([*CASES, *MANY]))
def test_a_tape_gives_the_bits_that_autograd_gives(words, members, given, monkeypatch):
    assert_same_bits(given(words, members), words, monkeypatch)


@pytest.mark.trust
@pytest.mark.parametrize(("words", "members"), **named(ALL))
def test_a_tape_gives_the_bits_that_autograd_gives_in_200_steps(words, members, given, monkeypatch):
    few = given(words, members)
    epochs = ceil(200 / ceil(few.train.count / few.batch_size))

    long = given((*words, f"training.epochs={epochs}"), members)

    assert_same_bits(long, words, monkeypatch)


@pytest.mark.parametrize("members", [1, 3])
@pytest.mark.parametrize(
    "words",
    [
        ("regularisation.mixup=0.3", "regularisation.gradient_noise=0.01"),
        ("model.norm=batch", "regularisation.dropout=0.2", "regularisation.input_noise=0.1"),
        ("model.norm=batch", "regularisation.dropout=0.2"),
    ],
    ids=" ".join,
)
def test_steps_taken_in_one_go_are_those_taken_one_by_one(words, members, given, monkeypatch):
    taken = given(words, members)
    assert taken.train.count // taken.batch_size == 3  # so one of two is a stretch of one
    assert taken.train.count % taken.batch_size

    expected, told, _ = course(taken)
    for most in (1, 2):
        monkeypatch.setattr("nnrun.engine.lanes.stretch", lambda *_, most=most: most)
        found, told_of_few, _ = course(taken)

        assert same(found, expected) == []
        assert str(told_of_few) == str(told)


on_gpus = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")


@pytest.mark.gpu
@on_gpus
@pytest.mark.parametrize("members", [1, 3])
@pytest.mark.parametrize(
    "words",
    [
        ("model.norm=batch", "regularisation.dropout=0.2"),
        ("regularisation.input_noise=0.1",),
        ("model=module", "model.module=torch.nn:Linear", "training.epochs=12"),
    ],
    ids=" ".join,
)
def test_on_a_gpu_a_graph_gives_the_bits_of_single_steps(words, members, given, monkeypatch):
    last = torch.device("cuda", torch.cuda.device_count() - 1)
    on_gpu = given((*words, "training.device=cuda"), members, last)
    found, told_by_graph, _ = course(on_gpu)
    monkeypatch.setattr("nnrun.engine.lanes.stretch", lambda *_: 1)
    monkeypatch.setattr(stretch, "launcher", lambda calls, _: calls)
    expected, told, _ = course(on_gpu)

    assert same(found, expected) == []
    assert str(told_by_graph) == str(told)


@pytest.mark.gpu
@on_gpus
def test_on_a_gpu_what_is_drawn_for_a_member_does_not_depend_on_the_company(given):
    words = (
        "regularisation.dropout=0.2",
        "regularisation.gradient_noise=0.1",
        "training.device=cuda",
    )
    drawn = []
    for members in (1, 40):
        cuda = given(words, members, torch.device("cuda"))
        slots = Feed(cuda, learnt=5000, most=32).steps(1, [1.0] * members)
        slot = [(slot.batch.masks, slot.batch.noise) for slot in slots][-1]
        drawn.append([each.cpu() if members == 1 else each[0].cpu() for each in slot])

    assert torch.equal(drawn[0][0], drawn[1][0])
    assert torch.equal(drawn[0][1][0], drawn[1][1])


def test_nothing_loads_a_compiler(tmp_path):
    """which takes a second, and 80 MB, to record, to draw what is not there, or for L-BFGS"""
    code = """
import sys, nnrun
few = "dataset.rows=90", "training.epochs=1", "output.pictures=false", "output.baselines=false"
nnrun.train("dataset=arkoma", "model.norm=batch", "regularisation.dropout=0.2", *few)
nnrun.train("dataset=blobs", "model=residual", "regularisation.mixup=0.2", *few)
nnrun.train("dataset=blobs", "optimizer=lbfgs", *few)
for words in (["realmlp"], ["tabm"], ["mlp", "model.embedding=periodic"], ["mlp", "model.init=kaiming_normal"]):
    nnrun.train("dataset=blobs", f"model={words[0]}", *words[1:], *few)
nnrun.load("last").predict([[0.0, 1.0]])
print(sorted({"torch._dynamo", "torch._inductor", "sympy"} & sys.modules.keys()))
"""
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )

    assert ran.stdout == "[]\n"
