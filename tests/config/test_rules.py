"""What is right by itself and wrong together is refused in one line, before a folder is made."""

import re

import pytest

LAND = ("dataset=landscape", "model=point", "loss=height")
TABLE = ("dataset=diabetes", "model=linear", "training.epochs=2")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (
            (*LAND, "dataset.scale.inputs=standard"),
            "dataset.scale.inputs=standard: would move the landscape",
        ),
        (("model.activation=maxout",), "takes several linear maps for each unit; use model=maxout"),
        (
            ("dataset=iris", "model=cnn"),
            "model=cnn: takes square images, but the data have 4 inputs; use model=mlp",
        ),
        (
            ("dataset=digits", "model=cnn", "model.kernel=9"),
            "model.kernel=9: is wider than images of 8×8 pixels; give 7 at most",
        ),
        (
            ("dataset=digits", "model=cnn", "model.kernel=8"),
            "model.kernel=8: is even, so it has no pixel in its middle; use 7\n",
        ),
        (
            (*LAND, "loss.surface=saddle"),
            "loss.surface=saddle: is not the surface of dataset.surface=valley",
        ),
        (
            (*LAND, "regularisation=l2"),
            "regularisation.l2=0.0001: is about weights or rows, which a point does not have",
        ),
        ((*LAND, "regularisation=mixup"), "regularisation.mixup=0.2: is about weights or rows"),
        ((*LAND, "dataset.surface=hill"), "dataset.surface='hill': expected one of"),
        (
            ("optimizer=lbfgs", "regularisation=dropout"),
            "changes the loss at every look",
        ),
        (
            ("optimizer=lbfgs", "regularisation=gradient_clipping"),
            "regularisation.clip_norm=1: changes the loss at every look",
        ),
        (
            ("dataset=curve", "dataset.scale.targets=log"),
            "and has no logarithm there; use dataset.scale.targets=standard",
        ),
        (
            ("model.frequencies=4",),
            "model.frequencies=4: has no effect, as model.embedding=none has none; leave it out, or use"
            " periodic or pbld",
        ),
        (
            ("model.embedding=piecewise", "model.frequency_scale=1"),
            "model.frequency_scale=1: has no effect, as model.embedding=piecewise has none",
        ),
        (("model.embedding=pbld", "model.embedding_size=2"), "expected a whole number >= 3"),
        (("optimizer=torch", "optimizer.name=LBFGS"), "optimizer.name='LBFGS': expected one of"),
        (
            ("optimizer=torch", "+optimizer.arguments.differentiable=true"),
            "RAdam does not take these",
        ),
        (
            ("optimizer=torch", "optimizer.name=AdamW", "+optimizer.arguments.fused=true"),
            "optimizer.arguments={'fused': True}: AdamW then mistakes weights for others where they lie"
            " input by input; leave out what says how it computes: fused",
        ),
        (
            ("optimizer=torch", "+optimizer.arguments.lr=1"),
            "optimizer.arguments={'lr': 1}: the learning rate is none of them; set optimizer.lr=1",
        ),
        (
            ("optimizer=torch", "+optimizer.arguments.betas=[0.9]"),
            "RAdam does not take these (tuple index",
        ),
        (
            ("regularisation=swa", "training.epochs=4"),
            "regularisation.swa=0.25: leaves one epoch of 4, so there is nothing",
        ),
        (
            ("optimizer=torch", "optimizer.name=Adam", "+optimizer.arguments.capturable=true"),
            "Adam does not take these",
        ),
        (("regularisation.dropout=1",), "regularisation.dropout=1: expected a number >= 0 and < 1"),
        (
            ("dataset=digits", "regularisation.label_smoothing=1"),
            "regularisation.label_smoothing=1: expected",
        ),
        (("seed=-1",), "seed=-1: expected a whole number >= 0"),
        (
            ("optimizer.lr=1e39",),
            "optimizer.lr=1e+39: is beyond what a float32 holds (3.4e38); lower it",
        ),
        (
            ("model=realmlp", "optimizer=lbfgs"),
            "optimizer=lbfgs: moves all tensors at one rate, and model=realmlp wants several",
        ),
        (
            ("model=realmlp", "optimizer=adamw", "model.decay_course=flat_cos"),
            "model.decay_course=flat_cos: has no effect, as the optimizer has a decay of its own",
        ),
        (
            ("dataset=digits", "model=cnn", "model.norm=batch", "training.fold_norm=true"),
            "use model=mlp",
        ),
        (
            ("dataset=digits", "model=cnn", "training.refresh_norm=true"),
            "model=cnn has norm none; use model.norm=batch, or leave it out",
        ),
        (
            ("model=residual", "training.fold_norm=true"),
            "model=residual has norm layer; use model=mlp model.norm=batch, or leave it out",
        ),
        (
            ("dataset=digits", "model=cnn", "model.norm=batch", "training.batch_size=1"),
            "needs at least 2 rows in a batch; raise it or use model.norm=none",
        ),
    ],
)
def test_it_is_told_in_one_line(words, told, nnrun):
    ran = nnrun(*words)

    assert ran.code == 2
    assert told in ran.err
    assert ran.err.count("\n") == 1, ran.err
    assert not ran.folders


def test_penalties_move_a_point_when_they_reach_more_than_weights(small):
    words = (*LAND, "training.epochs=3", "regularisation.biases=true")

    assert small(*words, "regularisation.l2=0.1").code == 0


# A model that goes on from another run is scaled as that run was, whatever is chosen


def test_a_loss_is_judged_by_the_scaling_of_the_run_that_is_gone_on_from(small):
    plain = small(*TABLE, "loss=mape", "dataset.scale.targets=none").folder
    scaled = small(*TABLE, "loss=mse").folder
    go_on = (
        "dataset=diabetes",
        "model=pretrained",
        "loss=mape",
        "model.last=keep",
        "model.freeze=none",
    )

    assert small(*go_on, f"model.run={plain}").code == 0
    assert "dataset.scale.targets=standard: moves" in small(*go_on, f"model.run={scaled}").err


def test_the_arms_loss_is_refused_for_a_run_with_quantiles(small):
    run = small("dataset.rows=200", "model.widths=[8]", "dataset.scale.targets=quantile").folder

    ran = small(
        "dataset.rows=200", "model=pretrained", f"model.run={run}", "model.last=keep", "loss=pose"
    )

    assert ran.code == 2
    assert "dataset.scale.targets=quantile: loss=pose cannot take joints back" in ran.err


def test_images_are_moved_for_a_run_whose_pixels_are_scaled_alike(small):
    run = small("dataset=digits", "model.widths=[8]", "dataset.scale.inputs=pixels").folder

    ran = small(
        "dataset=digits", "model=pretrained", f"model.run={run}", "regularisation=distortion"
    )

    assert ran.code == 0, ran.err


def test_a_perceptron_goes_on_as_one(small):
    run = small("dataset=iris", "model=perceptron", "training.batch_size=10").folder

    ran = small("dataset=iris", "model=pretrained", "model.last=keep", "model.freeze=none", f"model.run={run}",
                "training.batch_size=10")  # fmt: skip

    assert ran.code == 0, ran.err
    assert "loss perceptron" in ran.out


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("model.safetensors", b"short", "the bundle cannot be read"),
        ("model.json", None, "its tensors are not those of this model, as 'linears.0.bias' shows"),
    ],
)
def test_a_damaged_run_is_no_place_to_begin(name, content, told, small, retell):
    run = small("dataset.rows=200", "model.widths=[8]").folder
    wider = re.sub(rb'("widths":\s*\[\s*)8', rb"\g<1>9", (run / name).read_bytes())
    (run / name).write_bytes(content or wider)
    retell(run)

    ran = small("dataset.rows=200", "model=pretrained", f"model.run={run}")

    assert ran.code == 2
    assert ran.err.startswith(f"error: model.run={run}")
    assert told in ran.err
    assert ran.err.count("\n") == 1
    assert not ran.folders


def test_a_setting_of_an_earlier_version_is_told(nnrun):
    ran = nnrun("check", "training.compile=true")

    assert (ran.code, ran.err) == (
        2,
        "error: training.compile: is no setting any more; a step is replayed now, with nothing to compile;"
        " leave it out\n",
    )


def test_a_network_too_large_for_the_memory_is_told(nnrun):
    ran = nnrun("check", "model.widths=[1000000,1000000]")

    assert ran.code == 2
    assert "error: model=mlp: its 1,000,013,000,005 parameters take " in ran.err
    assert ran.err.endswith(" are free; take fewer or narrower layers\n")
