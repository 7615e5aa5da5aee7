"""What a run promises: its folder, its bytes, its words, its exit codes."""

import csv
import errno
import hashlib
import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import nnrun as package
from nnrun.bundle import metrics
from nnrun.config.catalogue import options
from nnrun.errors import listing

FILES = {
    "config.yaml", "log.txt", "metrics.csv", "model.json", "model.safetensors", "overrides.txt", "predictions.csv",
    "run.json", "summary.json", "timing.csv", "weights.csv",
}  # fmt: skip


def test_a_run_leaves_every_file_it_promises(nnrun):
    ran = nnrun("training.epochs=3", "dataset.rows=300")

    assert ran.code == 0, ran.err
    assert {path.name for path in ran.folder.iterdir()} == FILES | {
        "checkpoint",
        "curves.png",
        "fit.png",
        "reliability.png",
        "workspace.png",
    }
    assert ran.folder.parent.name == "arkoma"
    assert ran.read("overrides.txt") == "training.epochs=3\ndataset.rows=300\n"


def test_the_manifest_holds_the_hash_of_every_other_file(small):
    ran = small("dataset.rows=300")

    record = ran.json("run.json")

    assert record["status"] == "done"
    (state,) = (ran.folder / "checkpoint").iterdir()
    assert set(record["files"]) == FILES - {"run.json"} | {f"checkpoint/{state.name}"}
    for name, digest in record["files"].items():
        assert hashlib.sha256((ran.folder / name).read_bytes()).hexdigest() == digest


def test_the_same_configuration_gives_the_same_bytes(small):
    words = (
        "dataset.rows=300",
        "regularisation=[l2,dropout]",
        "model.norm=batch",
        "training.batch_size=50",
    )

    first, second = small(*words), small(*words)

    for name in (
        "metrics.csv",
        "weights.csv",
        "model.safetensors",
        "predictions.csv",
        "summary.json",
        "config.yaml",
    ):
        assert (first.folder / name).read_bytes() == (second.folder / name).read_bytes(), name


def test_another_seed_gives_another_run(small):
    first, second = small("dataset.rows=300"), small("dataset.rows=300", "seed=1")

    assert first.read("metrics.csv") != second.read("metrics.csv")


def test_another_seed_is_judged_on_the_same_rows_and_another_split_on_others(small):
    ran = [small("dataset.rows=300", *one) for one in ([], ["seed=1"], ["dataset.split.seed=1"])]

    first, other_seed, other_split = (
        [line.partition(",")[0] for line in one.read("predictions.csv").splitlines()] for one in ran
    )
    assert first == other_seed
    assert first != other_split


def test_metrics_csv_has_one_row_for_each_epoch(small):
    ran = small("dataset.rows=300", "training.epochs=4")

    header, *rows = csv.reader(ran.read("metrics.csv").splitlines())

    assert header == ["epoch", "train_loss", "val_loss", "val_r2", "lr"]
    assert [row[0] for row in rows] == ["1", "2", "3", "4"]


def test_the_summary_holds_metrics_of_each_part_and_of_the_baselines(nnrun):
    ran = nnrun("training.epochs=2", "dataset.rows=300", "output.pictures=false")

    summary = ran.json("summary.json")

    assert {"test", "val", "train", "baselines", "verdict", "best_epoch"} <= set(summary)
    assert set(summary["baselines"]) == {"constant", "linear", "nearest neighbours"}
    assert set(summary["test"]["position_error_mm"]) == {"median", "mean", "p95", "p99", "max"}
    assert set(summary["test"]["per_target"]) == {"joint1", "joint2", "joint3", "joint4", "joint5"}


def test_the_test_metrics_are_those_of_the_saved_predictions(small):
    ran = small("dataset.rows=300")
    table = pd.read_csv(ran.folder / "predictions.csv")
    names = tuple(f"joint{i}" for i in range(1, 6))

    found = metrics.regression(
        table[[f"true_{name}" for name in names]].to_numpy(),
        table[[f"predicted_{name}" for name in names]].to_numpy(),
        names,
    )

    assert found["rmse"] == pytest.approx(ran.json("summary.json")["test"]["rmse"], rel=1e-6)


def test_classes_are_predicted_by_name(nnrun, small):
    ran = small("dataset=digits")
    images = package.load(ran.folder).inputs
    pixels = pd.DataFrame(np.zeros((2, 64)), columns=[column.name for column in images.columns])

    predicted = package.load(ran.folder).predict(pixels)

    assert set(predicted["digit"]) <= set("0123456789")
    assert np.allclose(predicted[[f"p({name})" for name in "0123456789"]].sum(axis=1), 1)


def test_predict_and_evaluate_read_a_new_table_by_column_names(small, nnrun, houses):
    ran = small(
        "dataset=table", f"dataset.path={houses.name}", "dataset.target=price", "training.epochs=30"
    )
    table = pd.read_csv(houses)
    table[["town", "price", "size"]].to_csv("new.csv", index=False)

    predicted = nnrun("predict", str(ran.folder), "new.csv", "-o", "out.csv")
    evaluated = nnrun("evaluate", str(ran.folder), "new.csv", "--json")

    assert predicted.code == evaluated.code == 0, predicted.err + evaluated.err
    given = pd.read_csv("out.csv")["price"]
    error = float(np.sqrt(np.mean((given - table["price"]) ** 2)))
    assert json.loads(evaluated.out)["rmse"] == pytest.approx(error, rel=1e-6)
    assert json.loads(evaluated.out)["r2"] > 0.9


def test_gradient_descent_takes_all_rows_in_each_step(small):
    plainly = small("dataset.rows=300", "optimizer=gd", "training.epochs=5")
    in_full = small(
        "dataset.rows=300",
        "optimizer=sgd",
        "optimizer.lr=1",
        "training.epochs=5",
        "training.batch_size=full",
    )

    assert plainly.read("metrics.csv") == in_full.read("metrics.csv")


def test_gradient_descent_minds_no_batch_size_it_does_not_take(small):
    assert (
        small("dataset.rows=60", "optimizer=gd").code == 0
    )  # fewer training rows than training.batch_size


def test_a_loss_that_is_no_number_ends_the_run_with_code_3(small):
    ran = small("dataset.rows=300", "optimizer=sgd", "optimizer.lr=1e30", "scheduler=cosine")

    assert ran.code == 3
    assert re.fullmatch(
        r"error: training loss became (nan|inf) in epoch 1, step 2, where linears\.\d\.weight had"
        r" reached \S+e2\d, at a learning rate of \S+e29; lower optimizer.lr \(it is 1e30\)\n",
        ran.err,
    )
    assert ran.json("run.json")["status"] == "failed"


@pytest.mark.parametrize(
    ("rate", "advice"),
    [
        ("1", "lower optimizer.lr (it is 1) or set regularisation.clip_norm=1"),
        ("10", "lower optimizer.lr (it is 10)"),  # steps of that length throw a network about
    ],
)
def test_a_limit_on_the_gradient_is_advised_where_steps_would_be_short(nnrun, rate, advice):
    rule = (
        "optimizer=sgd",
        f"optimizer.lr={rate}",
        "output.pictures=false",
        "output.baselines=false",
    )

    ran = nnrun("dataset=diabetes", *rule, "training.epochs=3", "output.folder=run")

    assert ran.code == 3
    assert ran.err.endswith(f"; {advice}\n")


def test_no_limit_on_a_gradient_is_advised_to_a_rule_that_minds_no_length(small):
    ran = small("dataset.rows=300", "optimizer=adam", "optimizer.lr=1e30")

    assert ran.err.endswith("; lower optimizer.lr (it is 1e30)\n")


def test_a_file_that_is_written_otherwise_is_read_as_the_settings_say(small, nnrun, houses):
    ran = small("dataset=table", f"dataset.path={houses.name}", "dataset.target=price")
    table = pd.read_csv(houses)
    table.to_csv("other.csv", index=False, sep=";", decimal=",", encoding="latin-1")
    advised = nnrun("predict", str(ran.folder), "other.csv")

    plain = nnrun("predict", str(ran.folder), houses.name)
    other = nnrun(
        "predict", str(ran.folder), "other.csv", "dataset.delimiter=;", "dataset.decimal=,"
    )
    strange = nnrun("predict", str(ran.folder), houses.name, "dataset.drop=[a]")

    assert "dataset.delimiter" in advised.err
    assert other.code == 0, other.err
    assert other.out == plain.out
    assert strange.err == (
        "error: dataset.drop=[a]: does not say how FILE is written; known: dataset.delimiter, dataset.encoding,"
        " dataset.decimal, each with =VALUE\n"
    )


def test_a_table_is_not_overwritten_by_its_predictions(small, nnrun, houses):
    ran = small("dataset=table", f"dataset.path={houses.name}", "dataset.target=price")
    before = Path(houses.name).read_bytes()

    predicted = nnrun("predict", str(ran.folder), houses.name, "-o", f"./{houses.name}")

    assert predicted.code == 2
    assert (
        predicted.err
        == f"error: -o './{houses.name}': is the table itself, which would be lost; give another file\n"
    )
    assert Path(houses.name).read_bytes() == before


def test_lbfgs_is_not_told_to_take_a_limit_that_it_refuses(small):
    ran = small(
        "dataset=wine",
        "optimizer=lbfgs",
        "optimizer.search=none",
        "optimizer.lr=1e6",
        "scheduler=constant",
    )

    assert ran.code == 3
    assert ran.err.endswith("lower optimizer.lr (it is 1000000)\n")


def test_a_penalty_that_throws_weights_beyond_zero_is_named(small):
    ran = small("dataset=iris", "regularisation=weight_decay", "regularisation.weight_decay=1e9")

    assert ran.code == 3
    assert "lower regularisation.weight_decay or optimizer.lr (it is " in ran.err


def test_what_aims_beside_the_middle_is_not_judged_by_r2(small):
    words = "dataset=diabetes", "loss=quantile", "training.epochs=3", "output.baselines=true"

    aside, middle = (small(*words, f"loss.q={q}").json("summary.json") for q in (0.98, 0.5))

    assert ("r2" in aside["test"], "r2" in middle["test"]) == (False, True)
    assert aside["score"]["name"] == "pinball"
    assert "r2" not in aside["verdict"]


def test_early_stopping_ends_training_and_keeps_the_best_weights(small):
    words = ("dataset.rows=300", "training.epochs=60", "optimizer.lr=0.05", "scheduler=constant")

    ran = small(*words, "regularisation=early_stopping", "regularisation.patience=3")

    losses = [
        float(row["val_loss"]) for row in csv.DictReader(ran.read("metrics.csv").splitlines())
    ]
    best = losses.index(min(losses)) + 1
    assert len(losses) == best + 3 < 60
    assert ran.json("summary.json")["best_epoch"] == best


def test_ctrl_c_keeps_what_was_reached_and_says_so(small, monkeypatch):
    from nnrun.training import stack as runs

    fit = runs.fit

    def interrupted(cohort, state):
        for epoch in fit(cohort, state):
            yield epoch
            raise KeyboardInterrupt

    monkeypatch.setattr(runs, "fit", interrupted)

    ran = small("dataset.rows=300", "training.epochs=50")

    assert ran.code == 130
    assert ran.json("run.json")["status"] == "interrupted"
    assert len(package.load(ran.folder).predict(pose_frame())) == 1


def pose_frame() -> pd.DataFrame:
    return pd.DataFrame(
        [[116.12, -180.97, 198.59, -10.39, -41.23, 5.04]],
        columns=["Px", "Py", "Pz", "Rx", "Ry", "Rz"],
    )


def test_check_says_what_would_run_and_leaves_nothing(nnrun):
    ran = nnrun("check", "training.epochs=10")

    assert ran.code == 0
    assert "mlp 6-128-128-5, 18,053 parameters" in ran.out
    assert "10,000 rows (6,000 train, 2,000 val, 2,000 test)" in ran.out
    assert "940 (10 epochs of 94)" in ran.out
    assert not list(Path().iterdir())


MISTAKES = [
    (
        "loss=cross_entropy",
        "loss=cross_entropy: is for classification, but dataset=arkoma has numbers to predict; use loss=mse or mae",
    ),
    (
        "dataset=digits loss=mse",
        "loss=mse: is for regression, but dataset=digits has classes to predict; use loss=cross_entropy",
    ),
    (
        "loss=mape",
        "dataset.scale.targets=standard: moves the targets' zero, and loss=mape is a share of the target;"
        " use dataset.scale.targets=none",
    ),
    (
        "dataset=digits loss=cross_entropy loss.weights=[1,2.5]",
        "loss.weights=[1,2.5]: gives 2 weights, but there are 10 classes (0, 1, 2, ...); give one for each,"
        " or use balanced",
    ),
    ("loss=huber loss.delta=0", "loss.delta=0: expected a number > 0"),
    (
        "scheduler.length=200",
        "scheduler.length=200: is longer than the training of 80 epochs; lower it or raise training.epochs",
    ),
    (
        "model.norm=batch training.batch_size=5999",
        "training.batch_size=5999: leaves a last batch of one row of 6000, which model.norm=batch cannot normalise; use"
        " training.batch_size=6000 or model.norm=layer",
    ),
    (
        "training.batch_size=7000",
        "training.batch_size=7000: there are only 6000 training rows; lower it or use training.batch_size=full",
    ),
    (
        "model=linear regularisation=dropout",
        "regularisation.dropout=0.1: has no effect on model=linear; leave it out, or use model=mlp",
    ),
    (
        "regularisation=early_stopping regularisation.patience=80",
        "regularisation.patience=80: can never stop a training of 80 epochs; lower it or raise training.epochs",
    ),
    ("optimizer.lr=fast", "optimizer.lr='fast': expected a number > 0"),
    ("optimizer.lr=0", "optimizer.lr=0: expected a number > 0"),
    (
        "model.activation=rellu",
        "model.activation='rellu': expected one of identity, threshold, sigmoid, tanh, relu, leaky_relu, prelu,"
        " shared_prelu, elu, gelu, silu, softplus, selu, mish, maxout; did you mean 'relu'?",
    ),
    (
        "dataset.split.train=0.6 dataset.split.test=0.5",
        "dataset.split: train 0.6 + val 0.2 + test 0.5 = 1.3; the shares must add up to 1",
    ),
    (
        "model.activation=threshold",
        "model.activation='threshold': is flat on both sides of its step, so no gradient reaches the layers in front of"
        " it; use sigmoid, the smooth step, or relu; or model=perceptron, which has none in front",
    ),
    (
        "model.slope=0.3",
        "model.slope=0.3: has no effect, as model.activation=gelu has none; leave it out, or use leaky_relu or prelu",
    ),
    (
        "model=polynomial",
        "model=polynomial: takes the powers of one input, but the data have 6; use model=mlp, or leave out the other"
        " columns of a table with dataset.drop",
    ),
    (
        "model=residual model.norm=batch training.batch_size=1",
        "training.batch_size=1: model.norm=batch needs at least 2 rows in a batch; raise it or use model.norm=layer",
    ),
    (
        "model=perceptron",
        "model=perceptron: chooses between classes, but dataset=arkoma has numbers to predict; use model=linear",
    ),
    (
        "model=perceptron dataset=digits loss=hinge",
        "loss=hinge: does not teach model=perceptron, which learns from its mistakes alone; use loss=auto or"
        " model=linear",
    ),
    ("model=cnn", "model=cnn: takes square images, but the data have 6 inputs; use model=mlp"),
    (
        "model=cnn dataset=digits model.colours=3",
        "model=cnn: takes square images of 3 numbers a pixel, but the data have 64 inputs; use model.colours=1",
    ),
    (
        "model=cnn dataset=digits model.filters=[8,8,8,8]",
        "model.filters=[8,8,8,8]: each convolution halves the image, and 4 leave nothing of 8×8 pixels; give 3 at most",
    ),
    (
        "model=cnn dataset=digits model.kernel=4",
        "model.kernel=4: is even, so it has no pixel in its middle; use 3 or 5",
    ),
    (
        "model=cnn model.filters=[]",
        "model.filters=[]: expected at least one convolution; or take model=mlp",
    ),
    (
        "model.norm=batch_renorm training.batch_size=5999",
        "training.batch_size=5999: leaves a last batch of one row of 6000, which model.norm=batch_renorm cannot"
        " normalise; use training.batch_size=6000 or model.norm=layer",
    ),
    ("model=maxout model.pieces=1", "model.pieces=1: expected a whole number >= 2 and <= 100"),
    (
        "model.widths=[]",
        "model.widths=[]: expected at least one hidden layer; or take model=linear",
    ),
    (
        "optimizer=sgd optimizer.nesterov=true",
        "optimizer.nesterov=true: needs momentum, and optimizer.momentum is 0; set optimizer.momentum=0.9",
    ),
    (
        "dataset=table dataset.target=y dataset.path=nope.csv",
        "dataset.path='nope.csv': not found in HERE; check the path",
    ),
]


@pytest.mark.parametrize(("words", "told"), MISTAKES, ids=[words for words, _ in MISTAKES])
def test_a_mistake_is_one_line_with_code_2_and_leaves_nothing(words, told, nnrun, tmp_path):
    ran = nnrun(*words.split())

    assert ran.code == 2
    assert all(line.startswith("reading ") for line in ran.out.splitlines())
    assert ran.err == f"error: {told}\n".replace("HERE", str(tmp_path))
    assert not list(Path().iterdir())


def test_a_device_that_is_not_there_is_told_before_anything_is_written(nnrun):
    ran = nnrun("training.device=cuda:99")

    assert ran.code == 2
    assert re.fullmatch(
        r"error: training.device=cuda:99: this machine has .*; use training.device=cpu or auto\n",
        ran.err,
    )
    assert not list(Path().iterdir())


def test_several_mistakes_are_told_at_once(nnrun):
    ran = nnrun(
        "training.epochs=-3", "optimizer.lr=fast", "model.dropout=1.5", "training.threads=0"
    )

    assert ran.code == 2
    assert ran.err.splitlines() == [
        "error: training.epochs=-3: expected a whole number >= 1 or auto",
        "error: training.threads=0: expected a whole number >= 1 or auto",
        "error: model.dropout=1.5: expected a number >= 0 and < 1",
        "error: optimizer.lr='fast': expected a number > 0",
    ]


def test_mistakes_in_names_and_in_values_are_told_together(nnrun):
    ran = nnrun("optimizer=adamm", "training.epoch=5", "training.epochs=-3", "model.dropout=1.5")

    assert ran.code == 2
    assert ran.err.splitlines() == [
        "error: optimizer=adamm: unknown optimizer; did you mean 'adam'? choices: adadelta, adagrad, adam, adamw, gd,"
        " lbfgs, momentum, muon, nadam, nesterov, rmsprop, sgd, torch",
        "error: training.epoch=5: unknown key; did you mean 'training.epochs'?",
        "error: training.epochs=-3: expected a whole number >= 1 or auto",
        "error: model.dropout=1.5: expected a number >= 0 and < 1",
    ]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (
            "dataset=tabel dataset.path=x dataset.target=y loss=cross_entropy",
            f"dataset=tabel: unknown dataset; did you mean 'table'? choices: {listing(options('dataset'))}",
        ),
        (
            "--config-dir nope seed=-1",
            "--config-dir=nope: no such folder; name one that holds optimizer/mine.yaml and the like",
        ),
    ],
)
def test_nothing_is_said_of_what_cannot_be_judged_yet(words, told, nnrun):
    ran = nnrun(*words.split())

    assert ran.err == f"error: {told}\n"


def test_a_damaged_bundle_is_told_in_one_line(small, nnrun, retell):
    ran = small("dataset.rows=300")
    (ran.folder / "model.safetensors").write_bytes(b"not tensors")

    proved = nnrun("predict", str(ran.folder), "x.csv")
    retell(ran.folder)
    again = nnrun("predict", str(ran.folder), "x.csv")

    assert (proved.code, again.code) == (2, 2)
    assert again.err.startswith(f"error: {ran.folder}: the bundle cannot be read (")
    assert "model.safetensors: is not the file that run.json tells of" in proved.err


def test_a_bundle_that_names_a_foreign_class_is_refused(small, nnrun, retell):
    ran = small("dataset.rows=300")
    about = json.loads((ran.folder / "model.json").read_text())
    about["model"]["kind"] = "os.system"
    (ran.folder / "model.json").write_text(json.dumps(about))
    retell(ran.folder)

    again = nnrun("predict", str(ran.folder), "x.csv")

    assert again.code == 2
    assert "model 'os.system' is not one of Mlp, Linear, Polynomial, Maxout, Residual" in again.err


def test_a_polynomial_finds_the_curve_that_a_line_misses(small, line):
    table = (
        "dataset=table",
        f"dataset.path={line}",
        "dataset.target=y",
        "model=polynomial",
        "optimizer.lr=0.03",
    )

    fitted = [small(*table, f"model.degree={degree}", "training.epochs=200") for degree in (1, 5)]

    stiff, bent = (ran.json("summary.json")["test"]["r2"] for ran in fitted)
    assert stiff < 0.8
    assert bent > 0.98


@pytest.mark.slow
def test_the_real_command_trains_in_an_empty_folder(tmp_path):
    command = [str(Path(sys.executable).with_name("nnrun")), "experiment=smoke"]

    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)

    assert done.returncode == 0, done.stderr
    (folder,) = tmp_path.glob("outputs/arkoma/*")
    assert json.loads((folder / "summary.json").read_text())["test"]["r2"] > 0.3
    assert done.stdout.splitlines()[-1] == f"folder    {folder.relative_to(tmp_path)}"


@pytest.mark.slow
def test_the_defaults_learn_the_arm(nnrun):
    ran = nnrun("output.pictures=false", "output.baselines=false")

    test = ran.json("summary.json")["test"]

    assert test["r2"] >= 0.975
    assert test["position_error_mm"]["median"] <= 6


@pytest.mark.slow
@pytest.mark.parametrize(
    ("epochs", "millimetres"), [pytest.param(400, 0.3, marks=pytest.mark.lesson), (40, 1.5)]
)
def test_arkoma_best_puts_the_hand_within_a_millimetre_or_a_few_soon(epochs, millimetres, nnrun):
    words = "output.pictures=false", "output.baselines=false", f"training.epochs={epochs}"

    ran = nnrun("experiment=arkoma_best", *words)

    assert ran.json("summary.json")["test"]["position_error_mm"]["median"] <= millimetres


def test_a_bfloat16_run_predicts_as_its_bundle_does(small):
    ran = small("dataset.rows=300", "training.precision=bfloat16")
    table = pd.read_csv(ran.folder / "predictions.csv")
    experiment = arkoma(ran)

    again = package.load(ran.folder).infer(experiment.data.inputs[table["row"]])

    assert np.allclose(again[:, 0], table["predicted_joint1"], rtol=1e-5, atol=1e-5)


def arkoma(ran):
    from omegaconf import OmegaConf

    from nnrun.config.experiment import build

    config = OmegaConf.to_container(OmegaConf.load(ran.folder / "config.yaml"))
    return build(config, [], {"dataset": "arkoma", "model": "mlp", "loss": "auto"})


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (
            "dataset=digits dataset.scale.targets=quantile",
            "dataset.scale.targets=quantile: has no effect, as classes are not scaled; leave it out",
        ),
        (
            "model.dropout=0.3 regularisation.dropout=0.1",
            "regularisation.dropout=0.1: has no effect, as model.dropout=0.3 stands for itself; set only one",
        ),
        (
            "optimizer=gd training.batch_size=32",
            "training.batch_size=32: has no effect, as the optimizer takes full batches whatever it is; leave it out or"
            " use optimizer=sgd",
        ),
        (
            "scheduler=step scheduler.every=80",
            "scheduler.every=80: comes only when the training is over; lower it",
        ),
        (
            "dataset.path=files dataset.seed=3",
            "dataset.seed=3: has no effect, as the files in dataset.path have rows and a split of their own;"
            " leave it out, or dataset.path",
        ),
        ("training.device=banana", "training.device='banana': expected auto, cpu, cuda or cuda:1"),
        (
            "-m seed=1,2,1",
            "seed=1,2,1: has 1 twice, which would train the same again; keep one of them",
        ),
        (
            "-m optimizer.lr=1e-3,0.001",
            "optimizer.lr=1e-3,0.001: has 0.001 twice, which would train the same again; keep one of them",
        ),
        ("-m seed=0,1 optimizer.lr=", "optimizer.lr='': expected a number > 0"),
        (
            "-m optimizer.lr=interval(1,1e-3) sweep.samples=3",
            "optimizer.lr=interval(1,1e-3): the second end is not above the first; write interval(low,high)",
        ),
        ("-m seed=0,-1", "seed=-1: expected a whole number >= 0 and <= 4,294,967,295"),
        (
            "dataset=moons seed=4294967296",
            "seed=4294967296: expected a whole number >= 0 and <= 4,294,967,295",
        ),
        (
            "dataset=iris model=perceptron model.init=zeros",
            "model.init=zeros: unknown key; it goes with model=cnn, linear, maxout, mlp and 4 more",
        ),
        (
            "hydra.run.dir=foo",
            "hydra.run.dir=foo: nnrun makes its folders itself; use output.root or output.folder",
        ),
        (
            "optimizer=[adam,sgd]",
            "optimizer=[adam,sgd]: takes one option; add -m and leave the brackets out to try each",
        ),
    ],
)
def test_what_would_do_nothing_is_refused_before_anything_starts(words, told, nnrun):
    ran = nnrun(*words.split())

    assert ran.code == 2
    assert f"error: {told}" in ran.err.splitlines()
    assert not list(Path().iterdir())


def test_predictions_keep_the_index_of_their_frame(small):
    ran = small("dataset.rows=300")
    frame = pose_frame().set_index(pd.Index(["left"]))

    assert list(package.load(ran.folder).predict(frame).index) == ["left"]


@pytest.mark.gpu
def test_a_run_on_cuda_ends_near_the_run_on_the_cpu(small):
    import torch

    if not torch.cuda.is_available():
        pytest.skip("no CUDA device here")

    here, there = (
        small("dataset.rows=300", "training.device=cpu"),
        small("dataset.rows=300", "training.device=cuda"),
    )

    ours, theirs = (
        here.json("summary.json")["test"]["rmse"],
        there.json("summary.json")["test"]["rmse"],
    )
    assert ours == pytest.approx(theirs, rel=1e-3)


def test_a_run_that_ends_before_its_record_begins_leaves_no_folder(small, monkeypatch, tmp_path):
    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device", "config.yaml")

    monkeypatch.setattr("nnrun.training.run.begin_record", full)

    ran = small("output.folder=here")

    assert ran.code == 3
    assert ran.err.endswith(
        "config.yaml: No space left on device; free some space, then train again\n"
    )
    assert not (tmp_path / "here").exists()
