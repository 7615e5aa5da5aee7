"""nnrun compare says which of several is better, how sure that is, and over what."""

import json
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from nnrun.runs.folder import RunFolder


@pytest.fixture
def leave(tmp_path, monkeypatch):
    """Leave the folder of a run that predicted numbers with errors of some size."""
    monkeypatch.chdir(tmp_path)

    def leave_run(
        name, lr=0.1, seed=0, noise=0.3, rows=40, split=0, fold=0, error=0.05, made="", **metrics
    ) -> Path:
        rng = np.random.default_rng([seed, int(1e6 * noise)])
        true = np.random.default_rng([split + fold, rows]).normal(size=rows)
        said = true + noise * rng.normal(size=rows)
        r2 = 1 - float(np.square(said - true).mean() / true.var())
        path = Path("outputs/curve", name)
        path.mkdir(parents=True)
        folder = RunFolder(path, durable=False)
        config = f"seed: {seed}\ndataset:\n  split:\n    seed: {split}\n    fold: {fold}\noptimizer:\n  lr: {lr}\n"
        folder.put("config.yaml", config + made)
        folder.put("overrides.txt", f"optimizer.lr={lr}\nseed={seed}\n")
        lines = [
            f"{i},{t!r},{s!r}\n"
            for i, (t, s) in enumerate(zip(true.tolist(), said.tolist(), strict=True))
        ]
        folder.put("predictions.csv", "".join(["row,true_y,predicted_y\n", *lines]))
        about = {
            "val": {"r2": r2},
            "test": {"r2": r2, "pinball": 1 - r2} | metrics,
            "rows": {"train": 4 * rows, "test": rows},
            "score": {"name": "r2", "better": "higher"},
            "standard_error": {"test": error},
        }
        folder.put_json("summary.json", about)
        record = {
            "status": "done",
            "started": "2026-11-26T10:00:00+00:00",
            "data_sha256": sha256(true.tobytes()).hexdigest(),
            "choices": {"model": "mlp"},
            "files": folder.manifest(),
        }
        folder.put_record("run.json", record)
        return path

    return leave_run


def fields(ran) -> dict[str, str]:
    assert ran.code == 0, ran.err
    return {line[:10].strip(): line[10:].strip() for line in ran.out.splitlines()}


def told(ran) -> list[dict]:
    assert ran.code == 0, ran.err
    return json.loads(ran.out)["compared"]


def test_runs_that_differ_by_seeds_are_a_row_and_the_best_stands_first(leave, nnrun):
    for seed in range(6):
        leave(f"good{seed}", lr=0.1, seed=seed, noise=0.1)
        leave(f"poor{seed}", lr=0.5, seed=seed, noise=1.5)

    ran = nnrun("compare", "lr>0")

    heading, best, other, *_ = ran.out.splitlines()
    assert heading.split() == ["lr", "test", "r2", "seeds", "behind", "the", "best", "p", "effect"]
    assert best.split()[:2] == ["A", "0.1"]
    assert best.rstrip().endswith("best")
    assert other.split()[:2] == ["B", "0.5"]
    assert other.rstrip().endswith("worse")
    assert "interval  B: 95 % over 6 seeds, in pairs, and 40 test rows" in ran.out
    assert "The rows in which A and B differ most:" in ran.out


def test_programs_get_every_number(leave, nnrun):
    for seed in range(3):
        leave(f"good{seed}", lr=0.1, seed=seed, noise=0.1)
        leave(f"poor{seed}", lr=0.5, seed=seed, noise=1.5)

    good, poor = told(
        nnrun("compare", "lr=0.1", "--json", *map(str, Path("outputs/curve").glob("poor*")))
    )

    assert good["settings"] == {"optimizer.lr": 0.1}
    assert good["verdict"] == "best"
    assert poor["behind"] == pytest.approx(good["mean"] - poor["mean"])
    low, high = poor["interval"]
    assert low < poor["behind"] < high
    assert len(poor["rows"]) == 5
    assert sorted(poor["test"]) == ["pinball", "r2"]


def test_one_seed_each_is_compared_row_by_row(leave, nnrun):
    leave("good", lr=0.1, noise=0.1, rows=400)
    leave("poor", lr=0.5, noise=0.9, rows=400)

    ran = nnrun("compare", "outputs/curve/good", "outputs/curve/poor")

    assert "B: 95 % over 400 test rows, for these runs alone" in ran.out
    assert ran.out.splitlines()[2].endswith("worse")


def test_an_average_is_told_from_the_member_whose_settings_it_has(leave, nnrun):
    leave("one", noise=0.1)
    leave("mean", noise=0.09, made="ensemble: 'rates: 1 x lr=0.1, 2 x lr=0.2'\n")

    ran = nnrun("compare", "outputs/curve/one", "outputs/curve/mean")

    heading, first, second, *_ = ran.out.splitlines()
    assert heading.split()[0] == "ensemble"
    assert {line.split()[1] for line in (first, second)} == {"rates", "–"}


def test_differences_smaller_than_rows_can_show_are_ties(leave, nnrun):
    leave("one", lr=0.1, noise=0.10, rows=400)
    leave("other", lr=0.5, noise=0.101, rows=400)

    assert told(nnrun("compare", "lr>0", "--json"))[1]["verdict"] == "tied with the best"


def test_what_cannot_be_told_is_said_with_the_seeds_that_would_tell(leave, nnrun):
    for seed in range(4):
        leave(f"one{seed}", lr=0.1, seed=seed, noise=0.6, error=0.0)
        leave(f"two{seed}", lr=0.5, seed=seed, noise=0.7, error=0.0)

    ran = nnrun("compare", "lr>0")

    assert ran.out.splitlines()[2].endswith("cannot tell")
    assert "seeds of each would tell, if they differ as these do" in fields(ran)["seeds"]


def test_members_that_differ_by_their_folds_are_told_as_folds_of_which_there_are_no_more(
    leave, nnrun
):
    for fold in range(1, 5):
        leave(f"one{fold}", lr=0.1, fold=fold, noise=0.6)
        leave(f"two{fold}", lr=0.5, fold=fold, noise=0.7 - 0.1 * fold)

    ran = nnrun("compare", "lr>0")

    assert "folds" in ran.out.splitlines()[0]
    assert fields(ran)["interval"] == "B: 95 % over 4 folds, in pairs"
    assert fields(ran)["±"] == "the standard deviation over folds"
    assert "seeds" not in ran.out


def test_several_comparisons_are_corrected_for(leave, nnrun):
    for lr, noise in ((0.1, 0.1), (0.2, 0.13), (0.3, 0.9)):
        leave(f"lr{lr}", lr=lr, noise=noise, rows=400)

    ran = nnrun("compare", "lr>0")

    assert fields(ran)["p"] == "corrected for 2 comparisons with the best of all, after Holm"


def test_a_metric_that_is_no_average_over_rows_needs_seeds(leave, nnrun):
    leave("good", lr=0.1, noise=0.1)
    leave("poor", lr=0.5, noise=0.9)

    ran = nnrun("compare", "lr>0", "--metric", "pinball")

    assert (
        fields(ran)["interval"] == "B: so few seeds allow no interval; train at least three of each"
    )
    assert ran.out.splitlines()[1].split()[:2] == ["A", "0.1"]


def test_seeds_of_the_split_are_paired_and_their_rows_are_not(leave, nnrun):
    for split in range(3):
        leave(f"good{split}", lr=0.1, split=split, noise=0.1)
        leave(f"poor{split}", lr=0.5, split=split, noise=1.5)

    assert "B: 95 % over 3 seeds, in pairs\n" in nnrun("compare", "lr>0").out


@pytest.mark.parametrize(
    ("other", "words", "message"),
    [
        ({"rows": 50}, [], "was judged on other rows than outputs/curve/"),
        ({"split": 7}, [], "shares no seed with outputs/curve/"),
        ({}, ["--metric", "rmsee"], "has no such number; there are r2, pinball"),
        ({}, ["--metric", "val.r2"], "--metric=val.r2: is not of the test rows"),
        ({"bias": 1.0}, ["--metric", "bias"], "of this number neither more nor less is better"),
        ({"lr": 0.1, "seed": 3}, [], "this is about 2 runs that differ by their seeds alone"),
        ({"lr": 0.1}, [], "these 2 are one run, as their settings and their seeds are the same"),
        ({}, ["lr=7"], "(lr>0) and (lr=7): no finished run below outputs is so"),
    ],
)
def test_what_cannot_be_compared_is_refused_in_one_line(other, words, message, leave, nnrun):
    leave("one", lr=0.1, bias=0.0)
    leave("other", **{"lr": 0.5, "noise": 0.5, **other})

    ran = nnrun("compare", "lr>0", *words)

    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert message in ran.err


def test_damaged_predictions_are_refused_and_unfinished_runs_named(leave, nnrun):
    one, other = leave("one", lr=0.1), leave("other", lr=0.5, noise=0.5)
    (one / "predictions.csv").write_text("row\n")

    assert "predictions.csv: is not the file that run.json tells of" in nnrun("compare", "lr>0").err
    record = json.loads((other / "run.json").read_text())
    RunFolder(other).put_record("run.json", {**record, "status": "failed"})
    assert "is failed, and cannot be compared" in nnrun("compare", str(one), str(other)).err


def test_a_run_that_was_killed_is_told_with_what_brings_it_to_its_end(leave, nnrun):
    one, killed = leave("one", lr=0.1), leave("killed", lr=0.5)
    record = json.loads((killed / "run.json").read_text())
    RunFolder(killed).put_record("run.json", {**record, "status": "running"})

    ran = nnrun("compare", str(one), str(killed))

    told = "was interrupted, and cannot be compared; bring it to its end: nnrun resume"
    assert ran.err == f"error: {killed}: {told} {killed}\n"


def test_a_condition_is_told_as_it_was_typed(leave, nnrun):
    leave("one", lr=0.1)

    ran = nnrun("compare", "lr=5")

    assert ran.err.startswith("error: lr=5: no finished run below outputs is so")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("row,true_y,predicted_y\n0,1,inf\n", 0),
        ("row,true_y,predicted_y\n0,a,b\n", 0),
        ("row,true_y,predicted_y\n0,1\n", 2),
        ("row,true_y\n0,1\n", 2),
        ("row,true_y,predicted_y\n0,1," + "9" * 200_000 + "\n", 2),
        ("", 2),
    ],
)
def test_predictions_of_a_stranger_are_used_or_refused_in_one_line(
    content, code, leave, retell, nnrun
):
    leave("one", lr=0.1)
    other = leave("other", lr=0.5, noise=0.5)
    (other / "predictions.csv").write_text(content)
    retell(other)

    ran = nnrun("compare", "lr>0")

    assert ran.code == code
    assert ran.err.count("\n") == (1 if code else 0)


def test_a_member_is_called_by_its_place(small, nnrun):
    small(
        "-m",
        "dataset=iris",
        "optimizer.lr=1e-4,3e-2",
        "output.name=duo",
        "hydra.launcher.workers=1",
    )

    best, other = told(nnrun("compare", "duo/lr=0.0001", "duo/lr=0.03", "--json"))

    assert len(best["runs"]) == len(other["runs"]) == 1


def test_members_of_a_sweep_are_compared(small, nnrun):
    small(
        "-m",
        "dataset=iris",
        "optimizer.lr=1e-4,3e-2",
        "seed=0,1,2",
        "hydra.launcher.workers=1",
        "training.epochs=5",
    )

    best, other = told(nnrun("compare", "last", "--json"))

    assert best["settings"] == {"optimizer.lr": 0.03}
    assert len(other["runs"]) == 3
