"""`auto` for epochs, batch and patience: rows and columns tell, and the numbers are written down."""

import pytest
import yaml

from nnrun.config.again import again
from nnrun.config.experiment import build
from nnrun.config.length import CLASSES, NUMBERS, batch_for, epochs_for
from nnrun.config.request import checked_request

QUICK = ("output.pictures=false", "output.baselines=false")


def built(*words):
    (job,) = checked_request([*words]).jobs
    return build(job.config, job.overrides, job.choices, flags=job.flags)


def length(experiment):
    """Tell epochs, batch and patience, as settings and as they stand in the configuration."""
    training, limits = experiment.settings.training, experiment.settings.regularisation
    numbers = training.epochs, training.batch_size, limits.patience
    config = experiment.config
    written = config["training"]["epochs"], config["training"]["batch_size"]
    assert (*written, config["regularisation"]["patience"]) == numbers
    return numbers


@pytest.fixture
def table(houses):
    return ["dataset=table", f"dataset.path={houses}", "dataset.target=price"]


@pytest.mark.parametrize("rows", [1, 2, 3, 17, 30, 33, 121, 900, 10_000, 600_000, 10**7])
@pytest.mark.parametrize("columns", [1, 7, 300])
@pytest.mark.parametrize(("wanted", "least"), [(NUMBERS, 800), (CLASSES, 300)])
def test_steps_stay_within_bounds_and_no_batch_is_a_single_row(rows, columns, wanted, least):
    batch = batch_for(rows)
    epochs = epochs_for(rows, columns, batch, wanted)

    steps = epochs * -(-rows // batch)
    assert min(rows, 16) <= batch <= 1024
    assert rows == 1 or rows % batch != 1
    most = max(12_000, 1_500_000 // batch)
    assert least / 2 <= steps <= 1.02 * most or epochs in (4, 1000)


def test_more_rows_have_more_steps_and_more_columns_fewer():
    steps = [epochs_for(rows, 10, 32) * -(-rows // 32) for rows in (100, 1000, 10_000)]

    assert steps[0] < steps[1] < steps[2]
    assert epochs_for(1000, 100, 32) < epochs_for(1000, 10, 32)


def test_full_batches_look_at_no_more_rows_than_others():
    assert epochs_for(1_000_000, 10, 1_000_000) * 1_000_000 <= 12_000 * 1024


def test_units_that_tell_of_gaps_make_no_training_shorter(tmp_path):
    rows = [f"{place if place % 4 else ''},{place}.5" for place in range(400)]
    (tmp_path / "gaps.csv").write_text("\n".join(["a,y", *rows]) + "\n")
    gaps = f"dataset.path={tmp_path / 'gaps.csv'}", "dataset.target=y", "dataset.missing=median"

    told, untold = (built("dataset=table", *gaps, f"dataset.flag_gaps={n}") for n in (10, 0))

    assert (told.inputs.count, untold.inputs.count) == (2, 1)
    assert length(told) == length(untold)


def test_a_table_is_learnt_as_long_as_its_rows_and_columns_tell(table):
    epochs, batch, patience = length(built(*table))

    assert epochs * -(-120 // batch) == pytest.approx(3600, rel=0.1)
    assert batch == 16
    assert 1 <= patience < epochs / 2


def test_classes_are_learnt_in_a_third_of_the_steps_of_numbers(table):
    numbers, _, _ = length(built(*table))
    classes, batch, _ = length(built(*table[:-1], "dataset.target=town"))

    # of two columns instead of four, which a category makes of three towns
    assert classes * -(-120 // batch) == pytest.approx(40 * 120 / 2, rel=0.1)
    assert classes < numbers


def test_other_data_sets_keep_80_epochs_of_64_rows(table):
    assert length(built("dataset=iris")) == (80, 64, None)
    assert length(built("dataset=iris", "training.epochs=auto"))[0] != 80


@pytest.mark.parametrize(
    ("words", "numbers"),
    [
        (("training.epochs=7",), (7, 16, None)),
        (("training.epochs=7", "training.batch_size=30"), (7, 30, None)),
        (("training.epochs=7", "regularisation.patience=3"), (7, 16, 3)),
        (("training.epochs=7", "regularisation=early_stopping", "training.epochs=20"), None),
    ],
)
def test_a_number_stands_for_itself(words, numbers, table):
    if numbers is None:
        words, numbers = words[1:], (20, 16, 10)

    assert length(built(*table, *words)) == numbers


def test_nothing_stops_early_where_nothing_is_watched_or_nobody_wants_it(table):
    assert length(built(*table, "dataset.split.val=0"))[2] is None
    assert length(built(*table, "regularisation.patience=null"))[2] is None


def test_an_optimizer_of_full_batches_keeps_them(table):
    epochs, batch, _ = length(built(*table, "optimizer=gd"))

    assert batch == "full"
    assert epochs == 1000


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (
            ("training.minutes=1", "training.epochs=auto"),
            "training.epochs=auto: has no effect, as training.minutes=1 says how long",
        ),
        (
            ("training.epochs=7", "regularisation.min_delta=0.1"),
            "regularisation.min_delta=0.1: has no effect without patience",
        ),
        (
            ("optimizer=lbfgs", "training.batch_size=auto"),
            "training.batch_size=auto: has no effect, as the optimizer takes full batches",
        ),
        (
            ("scheduler.warmup=5000",),
            "scheduler.warmup=5000: is longer than the training of",
        ),
        (("training.epochs=Auto",), "did you mean 'auto'?"),
    ],
)
def test_what_does_not_go_together_is_told_in_a_line(words, told, table, nnrun):
    ran = nnrun(*table, *words)

    assert ran.code == 2
    assert told in ran.err
    assert ran.err.count("\n") == 1
    assert ran.folders == []


def test_the_numbers_are_told_written_down_and_come_out_again(houses, nnrun):
    # so that nothing gets better, and patience ends it
    short = "optimizer.lr=1e-12", "scheduler=constant", "model.widths=[4]", *QUICK
    table = "dataset=table", f"dataset.path={houses}", "dataset.target=price"

    ran = nnrun(*table, *short, "training.batch_size=60")

    assert ran.code == 0, ran.err
    config = yaml.safe_load(ran.read("config.yaml"))
    epochs, patience = config["training"]["epochs"], config["regularisation"]["patience"]
    assert f"training.epochs={epochs} regularisation.patience={patience}\n" in ran.out
    assert nnrun("reproduce", str(ran.folder)).code == 0
    others = again(ran.folder, ["training.epochs=5"]).words
    assert "training.batch_size=60" in others
    assert not [word for word in others if word.startswith("regularisation.patience")]
    counted = nnrun(
        *table,
        *short,
        "training.batch_size=60",
        f"training.epochs={epochs}",
        f"regularisation.patience={patience}",
    )
    for name in ("config.yaml", "metrics.csv", "model.safetensors", "summary.json"):
        assert (ran.folder / name).read_bytes() == (counted.folder / name).read_bytes(), name
