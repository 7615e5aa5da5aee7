"""What programs ask for: JSON alone on standard output, silence, a condition with an exit code of its own."""

import json
import re
import shutil

import pytest

from nnrun.cli.programs import every_number, print_json, read_condition
from nnrun.errors import ConditionUnmet, Mistake

QUICK = ("dataset=iris", "training.epochs=2", "output.pictures=false", "output.baselines=false")


@pytest.mark.parametrize(
    "content",
    [{}, {"runs": []}, [1, 2], {"a": {"b": ["x\ny", None]}, "runs": [{"c": [0.5]}, {"c": {}}]}],
)
def test_what_programs_read_is_what_was_told(content, capsys):
    print_json(content)

    assert json.loads(capsys.readouterr().out) == content


def test_rows_are_lines_and_a_number_that_is_none_is_null(capsys):
    print_json({"runs": [{"score": float("nan"), "of": {"a": 1}}, {"score": 0.5}]})

    told = capsys.readouterr().out
    assert told.splitlines()[2:4] == ['  {"score": null, "of": {"a": 1}},', '  {"score": 0.5}']


def test_a_training_prints_one_object_and_everything_else_beside_it(nnrun):
    ran = nnrun("--json", *QUICK)

    told = json.loads(ran.out)
    assert told == {"folder": str(ran.folder), "status": "done", **ran.json("summary.json")}
    assert "verdict   " in ran.err


def test_a_sweep_tells_how_its_members_ended_and_the_best(nnrun):
    words = ("optimizer.lr=1e-3,1e30", "hydra.launcher.workers=1")

    ran = nnrun("-m", "--json", *QUICK, *words)

    assert ran.code == 4
    told = json.loads(ran.out)
    best = ran.folder / "lr=0.001"
    assert (told["folder"], told["status"]) == (str(ran.folder), "failed")
    assert told["done"] == ["lr=0.001"]
    assert "training loss became nan" in told["failed"]["lr=1e+30"]
    assert told["best"]["test"] == json.loads((best / "summary.json").read_text())["test"]


def test_a_quiet_training_prints_nothing_and_leaves_its_folder(nnrun):
    ran = nnrun("-q", *QUICK)

    assert (ran.code, ran.out, ran.err) == (0, "", "")
    assert "verdict" in ran.read("log.txt")


@pytest.mark.parametrize("words", [("dataset=iris",), ("-m", "dataset=iris", "seed=0,1")])
def test_a_condition_on_what_nobody_will_measure_is_refused_before_training(words, nnrun):
    ran = nnrun("-q", *words, "--fail-unless", "test.per_class.setosa.f2>0")

    told = "no number 'test.per_class.setosa.f2' will be left; did you mean"
    assert (ran.code, ran.folders) == (2, [])
    assert told in ran.err


@pytest.mark.parametrize(
    ("condition", "code", "told"),
    [
        ("val_loss<1e9", 0, ""),
        ("val_loss > 1e9", 5, "wanted val_loss > 1e9"),
        (
            "test.acuracy>0",
            2,
            "no number 'test.acuracy' will be left; did you mean 'test.accuracy'?",
        ),
        ("baselines.linear.accuracy>0", 2, "will have no 'baselines'; add output.baselines=true"),
        ("interval_90.coverage>0.3", 2, "will have no 'interval_90'; intervals are of numbers"),
        ("threshold>0.3", 2, "will have no 'threshold'; a threshold is of two classes"),
        ("calibration.temperature>0", 2, "will have no 'calibration'; add training.calibrate=true"),
        ("out_of_fold.mean>0", 2, "will have no 'out_of_fold'; add dataset.split.folds=5"),
        ("accuracy", 2, "--fail-unless=accuracy: is no condition; write a metric of summary.json"),
    ],
)
def test_a_condition_that_does_not_hold_has_an_exit_code_of_its_own(condition, code, told, nnrun):
    ran = nnrun("-q", *QUICK, "--fail-unless", condition)

    assert ran.code == code
    assert len(ran.folders) == (code != 2)
    assert told in ran.err
    assert len(ran.err.splitlines()) == bool(told)


@pytest.mark.parametrize(
    ("typed", "holds"),
    [
        *(("test.b>=2", True), ("test.b<=2", True), ("test.b>2", False)),
        *(("test.b<2", False), ("test.b<2.5e0", True)),
    ],
)
def test_conditions_compare_a_number_with_a_bound(typed, holds):
    condition = read_condition(typed)

    if holds:
        condition.check({"test": {"b": 2.0}})
    else:
        with pytest.raises(ConditionUnmet, match=r"test\.b is 2, wanted "):
            condition.check({"test": {"b": 2.0}})


@pytest.mark.parametrize("typed", ["test.a b.f1>1", '"test.a b.f1" > 1', '"test.a>b.f1">1'])
def test_a_class_may_be_called_in_any_way(typed):
    condition = read_condition(typed)

    condition.check({"test": {"a b": {"f1": 2.0}, "a>b": {"f1": 2.0}}})


@pytest.mark.parametrize("typed", ["a>b", ">1", "a=1", "a>1>2", "a>1e"])
def test_what_is_no_condition_is_refused(typed):
    with pytest.raises(Mistake, match="is no condition"):
        read_condition(typed)


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("tst.r2>0", "summary.json has no 'tst'; did you mean 'test.r2'?"),
        ("val_los<1", "summary.json has no 'val_los'; did you mean 'val_loss'?"),
        (
            "accuracy>1",
            "summary.json has no 'accuracy'; write a metric with its rows, as in test.r2, or best_epoch",
        ),
        (
            "score>2",
            "'score' of summary.json is no number; write a metric with its rows, as in test.r2",
        ),
        ("seconds>2", "summary.json has no 'seconds'; write a metric with its rows, as in test.r2"),
        ("folds>2", "'folds' of summary.json is no number; write a metric"),
        ("verdict.a>2", "'verdict' of summary.json is no number; there are test, val, train"),
        ("foo.bar>1", "summary.json has no 'foo'; there are test, val, train, best_epoch"),
        ("test>1", "'test' alone is no number; write test.accuracy, test.r2 or another"),
    ],
)
def test_what_no_summary_holds_is_refused_before_anything_is_trained(typed, told):
    with pytest.raises(Mistake, match=re.escape(f"--fail-unless={typed}: {told}")):
        read_condition(typed)


def test_numbers_are_told_as_people_read_them_unless_they_would_look_alike():
    with pytest.raises(ConditionUnmet, match=r"is 0\.1235, wanted val_loss>0\.5"):
        read_condition("val_loss>0.5").check({"val_loss": 0.12345678})
    with pytest.raises(ConditionUnmet, match=r"is 0\.50000123, wanted val_loss<0\.5"):
        read_condition("val_loss<0.5").check({"val_loss": 0.50000123})


def test_numbers_have_dotted_paths():
    assert dict(every_number({"a": {"b": 1, "c": "x"}, "d": 2.5})) == {"a.b": 1, "d": 2.5}


def test_what_can_be_chosen_is_told_as_json(nnrun):
    every, norms = json.loads(nnrun("ls", "--json").out), nnrun("ls", "norm", "--json").out

    assert every["optimizer"]["adam"].startswith("Adam")
    assert json.loads(norms) == {"norm": ["none", "batch", "batch_renorm", "layer"]}


def test_what_is_resumed_is_told_as_a_training_is(nnrun):
    run = nnrun(*QUICK).folder
    sweep = nnrun("-m", *QUICK, "seed=0,1", "hydra.launcher.workers=1").folder

    done = nnrun("resume", str(run), "--json", "--fail-unless", "epochs>2")
    best = nnrun("resume", str(sweep), "--json")
    refused = nnrun("resume", str(sweep), "--json", "--timeout", "0")

    told = json.loads(done.out)
    assert (told["folder"], told["status"], done.code) == (str(run), "done", 5)
    assert json.loads(best.out)["done"] == ["seed=0", "seed=1"]
    assert json.loads(best.out)["folder"] == str(sweep)
    assert (refused.code, refused.out) == (2, "")


def test_an_option_or_a_block_is_told_as_json(nnrun, tmp_path):
    mine = tmp_path / "conf" / "optimizer" / "gentle.yaml"
    mine.parent.mkdir(parents=True)
    mine.write_text("# Gentle.\ndefaults: [adam]\nlr: 1e-3\nbetas: ${training.epochs}\n")

    option, block = (
        json.loads(nnrun("show", name, "--json").out) for name in ("optimizer/gentle", "training")
    )

    settings = {"defaults": ["adam"], "lr": 0.001, "betas": "${training.epochs}"}
    assert option == {
        "option": "optimizer/gentle",
        "description": "Gentle.",
        "file": "conf/optimizer/gentle.yaml",
        "settings": settings,
    }
    assert block["option"] == "training"
    assert (block["settings"]["epochs"], block["settings"]["hashes"]) == (80, True)


def test_an_option_that_is_no_yaml_is_refused(nnrun, tmp_path):
    (tmp_path / "conf" / "loss").mkdir(parents=True)
    (tmp_path / "conf" / "loss" / "odd.yaml").write_text("a: [1\n")

    ran = nnrun("show", "loss/odd", "--json")

    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("error: conf/loss/odd.yaml, line 2: expected ',' or ']'")


def test_predictions_are_told_as_json(small, nnrun, houses, tmp_path):
    words = ("dataset=table", f"dataset.path={houses}", "dataset.target=town", "model.widths=[4]")
    run = small(*words).folder
    (tmp_path / "new.csv").write_text("price,size,who\n1e9,100,Ann\n300,70,Bob\n")

    ran = nnrun("predict", "last", "new.csv", "--json", "--keep", "who")
    probabilities = nnrun("predict", "last", "new.csv", "--json", "--proba")

    told = json.loads(ran.out)
    assert told["run"] == str(run)
    first, second = told["predictions"]
    assert (first["who"], second["who"]) == ("Ann", "Bob")
    chances = {f"p({town})": first[f"p({town})"] for town in ("Bonn", "Oslo", "Rome")}
    assert sum(chances.values()) == pytest.approx(1)
    assert json.loads(probabilities.out)["predictions"][0] == chances
    assert ran.err.startswith("note: last is ")
    assert "lies outside the range of training" in ran.err


def test_predictions_go_to_a_file_or_to_a_program(nnrun):
    ran = nnrun("predict", "last", "new.csv", "--json", "-o", "out.csv")

    told = "-o 'out.csv': writes a table, and --json prints no table; leave one of them out"
    assert (ran.code, ran.err) == (2, f"error: {told}\n")


def test_a_check_is_told_as_json(nnrun):
    told = json.loads(nnrun("check", "--json", "dataset=arkoma").out)

    assert told["model"].startswith("mlp 6-128-128-5")
    assert told["steps"] == "7,520 (80 epochs of 94)"
    assert "a synthesis" in told["notes"][0]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["-q"], "--quiet: has no effect on a check; leave it out"),
        (["--fail-unless", "val_loss<1"], "--fail-unless: has no effect on a check; leave it out"),
        (["--json", "-m", "seed=0,1"], "--json: describes a single run, and this is a sweep"),
    ],
)
def test_what_a_check_cannot_tell_is_refused(words, told, nnrun):
    ran = nnrun("check", "dataset=iris", *words)

    assert ran.code == 2
    assert told in ran.err


def test_resume_refuses_a_condition_that_nothing_will_meet_before_it_goes_on(nnrun, monkeypatch):
    run, sweep = nnrun(*QUICK).folder, nnrun("-m", *QUICK, "seed=0,1").folder
    shutil.rmtree(sweep / "seed=1")
    monkeypatch.setattr("nnrun.training.resuming.damage", lambda *_: ["a file is damaged"])
    for folder in (run, sweep):
        ran = nnrun("resume", str(folder), "--fail-unless", "test.f2>0")
        assert ran.code == 2, ran.err
        assert ran.err.startswith("error: --fail-unless=test.f2>0: ")
    assert not (sweep / "seed=1").exists()
