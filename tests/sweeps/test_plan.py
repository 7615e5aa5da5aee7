"""Cohorts, shards, and what they take."""

from dataclasses import replace

import pytest
import torch

from nnrun.config.experiment import DataCache, build
from nnrun.engine.lanes import make_judges, make_steppers
from nnrun.engine.state import begin
from nnrun.engine.tape import Pool
from nnrun.sweeps.plan import cohorts, cut, differences, shards, step_memory
from nnrun.training.cohort import cohort

SMALL = ("dataset.rows=200", "training.epochs=2")
PLENTY = 2**40


@pytest.fixture
def experiments(composer):
    """Small experiments of a sweep."""

    def build_all(*words):
        cache, typed = DataCache(), {word.partition("=")[0] for word in words}
        small = [w for w in SMALL if w.partition("=")[0].removesuffix(".rows") not in typed]
        jobs = composer(*small, *words)
        return [build(job.config, job.overrides, job.choices, cache) for job in jobs]

    return build_all


# Cohorts


@pytest.mark.parametrize(
    "words",
    [
        ["optimizer.lr=1e-3,1e-2", "optimizer.betas=[0.9,0.999],[0.8,0.99]"],
        ["optimizer=adamw", "optimizer.weight_decay=0,1e-2"],
        ["optimizer=sgd", "optimizer.momentum=0,0.9"],
        ["optimizer=sgd,momentum"],
        ["optimizer=gd", "optimizer.lr=0.1,1"],
        ["optimizer=nadam", "optimizer.momentum_decay=0,4e-3", "optimizer.betas=[0.9,0.999],[0,0]"],
        ["optimizer=adagrad", "optimizer.eps=1e-10,1e-3"],
        ["optimizer=adadelta", "optimizer.rho=0.9,0.95", "optimizer.eps=1e-6,1e-3"],
        ["optimizer=rmsprop", "optimizer.alpha=0.9,0.99", "optimizer.eps=1e-8,1e-3"],
        [
            "regularisation.l2=0,1e-3",
            "regularisation.dropout=0,0.2",
            "regularisation.patience=null,1",
        ],
        ["scheduler=constant,cosine,step,multistep,exponential,linear,one_cycle"],
        ["model.init=torch,orthogonal", "seed=0,1,2", "regularisation.clip_norm=null,1"],
        [
            "regularisation=none,l1,weight_decay,max_norm,gradient_noise,mixup,input_noise,new_poses,ema,swa",
            "training.epochs=8",
        ],
        ["dataset.scale.inputs=standard,min_max"],
    ],
)
def test_members_that_differ_in_numbers_form_one_cohort(words, experiments):
    made = experiments(*words)

    assert cohorts(made) == [list(range(len(made)))]
    assert differences(made, cohorts(made)) == [""]


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["model.widths=[8],[9]"], "model.widths=[9]"),
        (["model.activation=relu,tanh"], "model.activation=tanh"),
        (["training.batch_size=16,32"], "training.batch_size=32"),
        (["training.epochs=2,3"], "training.epochs=3"),
        (["optimizer=adam,sgd"], "optimizer=sgd"),
        (["optimizer=momentum,nesterov"], "optimizer=nesterov"),
        (["optimizer=rmsprop", "optimizer.momentum=0,0.9"], "optimizer.momentum=0.9"),
        (["optimizer=rmsprop", "optimizer.centered=false,true"], "optimizer.centered=true"),
        (["loss=mse,mae"], "loss=mae"),
        (["loss=quantile", "loss.q=0.5,0.9"], "loss.q=0.9"),
        (["loss=pose", "dataset.arm=right,left"], "dataset.arm=left"),
        (["model=mlp,linear"], "model=linear"),
        (["dataset=arkoma,circles"], "dataset=circles"),
        (["optimizer=adam,sgd", "optimizer.lr=0.1,0.2", "seed=0,1"], "optimizer=sgd"),
    ],
)
def test_members_that_cannot_be_stacked_are_apart_for_a_reason(words, reason, experiments):
    made = experiments(*words)

    assert len(cohorts(made)) == 2
    assert differences(made, cohorts(made))[1] == reason


def test_a_cohort_is_named_by_all_that_was_typed_of_what_sets_it_apart(experiments):
    made = experiments("optimizer=adam,sgd", "model.widths=[8],[9]", "seed=0,1")

    assert differences(made, cohorts(made)) == [
        f"model.widths=[{width}], optimizer={rule}" for rule in ("adam", "sgd") for width in (8, 9)
    ]


def test_members_of_an_optimizer_that_shares_nothing_train_one_by_one(experiments):
    made = experiments("optimizer=lbfgs", "seed=0,1,2")

    assert differences(made, cohorts(made)) == ["an optimizer that trains each member by itself"]
    assert [shard.members for shard in shards(made, cohorts(made), workers=1, memory=PLENTY)] == [
        (0,),
        (1,),
        (2,),
    ]


def test_arguments_of_one_s_own_that_only_look_alike_set_members_apart(experiments):
    (one, other) = experiments("optimizer=torch", "optimizer.name=SGD", "seed=0,1")
    settings = [
        replace(each.settings, optimizer=replace(each.settings.optimizer, arguments=arguments))
        for each, arguments in ((one, {"nesterov": True}), (other, {"nesterov": 1}))
    ]
    made = [replace(one, settings=settings[0]), replace(other, settings=settings[1])]

    assert cohorts(made) == [[0], [1]]
    assert differences(made, cohorts(made))[1] == "optimizer.arguments={'nesterov': 1}"


# Shards


def test_each_worker_has_its_share_of_a_cohort(experiments):
    made = experiments("seed=range(0,10)")

    plan = shards(made, cohorts(made), workers=3, memory=PLENTY)

    assert sorted(len(shard.members) for shard in plan) == [3, 3, 4]
    assert sorted(member for shard in plan for member in shard.members) == list(range(10))


def test_shards_take_no_more_memory_than_they_may(experiments):
    made = experiments("seed=range(0,40)")
    whole = shards(made, cohorts(made), workers=1, memory=PLENTY)[0].memory
    alone = shards(made[:1], [[0]], workers=1, memory=PLENTY)[0].memory

    plan = shards(made, cohorts(made), workers=1, memory=alone + (whole - alone) // 3)

    assert len(plan) >= 3
    assert all(shard.memory <= alone + (whole - alone) // 3 for shard in plan)


KINDS = [
    ("model.norm=batch",),
    ("model.activation=prelu", "model.norm=layer"),
    ("model=maxout", "model.pieces=5"),
    ("model=residual", "model.blocks=4"),
    ("model=tabm",),
    ("model=realmlp",),
    ("model=tabm", "model.adapters=first", "model.embedding=piecewise"),
    ("model.embedding=periodic",),
    ("model.embedding=pbld", "model=linear"),
    ("model.embedding=piecewise", "model=maxout"),
    ("model=cnn", "dataset=digits"),
    ("model=cnn", "dataset=digits", "model.filters=[20]", "model.kernel=7", "model.widths=[]"),
]


@pytest.mark.parametrize("words", KINDS, ids=" ".join)
def test_the_memory_of_a_member_covers_what_a_row_leaves_for_the_way_back(words, experiments):
    (experiment,), rows = experiments(*words, "training.batch_size=64"), 50
    inputs = experiment.inputs
    network = experiment.settings.model.build(inputs, experiment.outputs, torch.Generator())
    own, kept = {tensor.data_ptr() for tensor in network.parameters()}, {}

    def note(tensor):
        kept[tensor.untyped_storage().data_ptr()] = tensor.untyped_storage().nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
        network(torch.randn(rows, inputs.count), None)

    left = sum(size for place, size in kept.items() if place not in own) / 4 / rows
    between = experiment.settings.model.between(inputs)
    assert between / 2 < left < inputs.count + experiment.outputs + 6 * between


@pytest.mark.parametrize("words", [*KINDS[:3], KINDS[8], KINDS[-1]], ids=" ".join)
def test_the_memory_of_a_step_covers_the_tapes_of_many(words, experiments):
    (experiment,) = experiments(*words, "training.batch_size=64")
    together = cohort([experiment] * 16, torch.device("cpu"))
    state, pool = begin(together), Pool(together.device)
    for stepper in make_steppers(together, state, pool):
        list(stepper.epoch(0, [1.0] * len(stepper.cohort.members)))
    for judge, average in make_judges(together, state, pool):
        judge(average)

    assert 0 < pool.bytes + memory_of_slots(stepper) < step_memory(experiment, 16)


def memory_of_slots(stepper):
    slots = stepper.feed.slots.values()
    return sum(tensor.nbytes for slot in slots for tensor in slot.inputs())


def test_the_heaviest_shard_comes_first(experiments):
    made = experiments("model.widths=[8],[64,64],[16]")

    plan = shards(made, cohorts(made), workers=1, memory=PLENTY)

    assert [shard.members for shard in plan] == [(1,), (2,), (0,)]


@pytest.mark.parametrize(("count", "pieces"), [(10, 3), (5, 5), (7, 1), (128, 4)])
def test_a_cut_leaves_nobody_out(count, pieces):
    parts = cut(list(range(count)), pieces)

    assert [member for part in parts for member in part] == list(range(count))
    assert max(map(len, parts)) - min(map(len, parts)) <= 1
