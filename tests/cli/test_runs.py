"""nnrun runs lists what was run: filtered, sorted, grouped, for people and for programs."""

import csv
import json
import os
from io import StringIO
from pathlib import Path

import pytest

from nnrun.report.layout import folded, table_width
from nnrun.report.run_list import short_time, table
from nnrun.runs.folder import RunFolder
from nnrun.runs.index import listing

NO_MOMENTS = ("28.11.2026", "2026/12/01", "14:45", "2026-13", "2026-11-31", "20261128", "x2026")


@pytest.fixture
def leave(tmp_path, monkeypatch):
    """Leave the folder of a run as nnrun does, without training one."""
    monkeypatch.chdir(tmp_path)

    def leave_run(place: str, minute: int, r2: float, **settings) -> Path:
        path = Path("outputs", place)
        path.mkdir(parents=True)
        folder = RunFolder(path, durable=False)
        values = {"lr": 0.1, "seed": 0} | settings
        folder.put("config.yaml", f"seed: {values['seed']}\noptimizer:\n  lr: {values['lr']}\n")
        typed = [f"optimizer.lr={values['lr']}", f"seed={values['seed']}", "dataset=iris"]
        folder.put("overrides.txt", "".join(f"{word}\n" for word in typed))
        score = {"name": "r2", "better": "higher"}
        test = {"r2": r2 / 2, "rmse": 1 - r2, "per_target": {"a/b c": {"mae": r2}}}
        metrics = {"val": {"r2": r2}, "test": test, "score": score}
        folder.put_json("summary.json", metrics)
        chosen = {key: settings[key] for key in ("model", "regularisation") if key in settings}
        record = {
            "status": "done",
            "started": f"2026-11-26T10:{minute:02}:00+00:00",
            "ended": f"2026-11-26T10:{minute:02}:50+00:00",
            "choices": {"model": "mlp", "regularisation": "none"} | chosen,
            "files": folder.manifest(),
        }
        folder.put_record("run.json", record)
        return path

    return leave_run


@pytest.fixture
def three(leave):
    leave("iris/a", 1, 0.5, lr=0.3)
    leave("iris/b", 2, 0.9, lr=0.02, model="linear")
    leave("digits/c", 3, 0.7, lr=0.02, seed=1, regularisation="l2,dropout")


@pytest.mark.parametrize("width", [80, 200])
def test_the_list_has_room_on_a_narrow_terminal(width, leave):
    for minute in range(3):
        leave(f"iris/2026-11-26_15-23-4{minute}-b45f", minute, 0.5, lr=10**-minute)

    headings, rows = table(listing(Path("outputs")).entries, width)

    assert table_width(folded(headings, rows, width), rows) <= width
    assert all(row[1].startswith("lr=") for row in rows)


def test_of_another_year_the_day_is_told():
    assert short_time("2019-05-06 07:08:09") == "2019-05-06"


def names(ran) -> list[str]:
    assert ran.code == 0, ran.err
    return [line.split()[0] for line in ran.out.splitlines()[1:]]


def test_runs_are_listed_the_newest_first_with_what_differs(three, nnrun):
    ran = nnrun("runs")

    heading, first, *_ = ran.out.splitlines()
    assert heading.split() == ["name", "differs", "status", "val", "r2", "started", "took"]
    assert first.startswith("digits/c  lr=0.02 seed=1    done  0.7000  ")
    assert first.rstrip().endswith("50 s")
    assert names(ran) == ["digits/c", "iris/b", "iris/a"]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["seed=0"], ["iris/b", "iris/a"]),
        (["lr<0.1"], ["digits/c", "iris/b"]),
        (["lr=2e-2", "test.r2 > 0.4"], ["iris/b"]),
        (["model=mlp and (lr=0.3 or seed=1)"], ["digits/c", "iris/a"]),
        (["not model=mlp"], ["iris/b"]),
        *(
            ([f"regularisation={both}"], ["digits/c"])
            for both in ("l2,dropout", "[l2,dropout]", "'[dropout, l2]'", "dropout,l2")
        ),
        (["regularisation!=[dropout,l2]"], ["iris/b", "iris/a"]),
        (['"test.per_target.a/b c.mae">0.8'], ["iris/b"]),
        (["('a/b c.mae' > 0.6 and seed=0)"], ["iris/b"]),
        (["model!=mlp"], ["iris/b"]),
        (["name~DIG"], ["digits/c"]),
        (["name='iris/a'"], ["iris/a"]),
        (["seconds>=50 and started>2026-11-26"], ["digits/c", "iris/b", "iris/a"]),
        (["took>=50 and started>2026-11-26"], ["digits/c", "iris/b", "iris/a"]),
        (
            ["started<2027", "started>=2026-11", "started!=2026-11-25"],
            ["digits/c", "iris/b", "iris/a"],
        ),
        (["started=2026-11-26 and seed=1"], ["digits/c"]),
        (["started>=2026-11-26T00:00:00", "started<2026-11-26 10:02Z"], ["iris/a"]),
        (["started<2026-11-26T10:02:00+00:00"], ["iris/a"]),
        (["started==2026-11-26T11:02+01:00"], ["iris/b"]),
        (["started>2026-11-26 10:02:00Z and seed=1"], ["digits/c"]),
        (["not started<='2026-11-26 10:02Z'"], ["digits/c"]),
        (["started~2026-11"], ["digits/c", "iris/b", "iris/a"]),
        (["outputs/iris", "seed=0"], ["b", "a"]),
        (["--sort", "score"], ["iris/b", "digits/c", "iris/a"]),
        (["--sort", "rmse", "--reverse"], ["iris/a", "digits/c", "iris/b"]),
    ],
)
def test_conditions_choose_and_sorting_orders(words, found, three, nnrun):
    assert names(nnrun("runs", *words)) == found


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["r2>0"], "r2>0: 'r2' may be val.r2, test.r2; write one of these"),
        (["optimiser.lr=1"], "no run here knows 'optimiser.lr'; did you mean 'optimizer.lr'?"),
        (["seed=0 an lr=1"], "'an' stands where and, or, or the end is expected"),
        (["seed=0 and"], "it ends where a condition is expected"),
        (["(seed=0"], "it ends where a closing bracket is expected"),
        (["seed="], "where a condition is expected"),
        (
            ["note=second look"],
            "'look' stands where and, or, or the end is expected; write KEY=VALUE",
        ),
        (
            ["started<yesterday"],
            "'started' is a moment, and 'yesterday' is none; write started< and",
        ),
        *((f"started>{no_moment}".split(), f"'{no_moment}' is none") for no_moment in NO_MOMENTS),
        (["(" * 999 + "seed=0"], "goes deeper than any filter does"),
        (["--sort", "scor"], "--sort: no run here knows 'scor'; did you mean 'score'?"),
        (["--group", "lr", "--csv"], "--group=lr: does not go with --csv; keep one"),
        (["nowhere"], "nowhere: no such folder"),
        (["outputs", "outputs/iris"], "outputs/iris: is a second folder, and no condition"),
    ],
)
def test_what_cannot_be_listed_is_told_in_one_line(words, told, three, nnrun):
    ran = nnrun("runs", *words)

    assert (ran.code, ran.out) == (2, "")
    assert told in ran.err
    assert ran.err.count("\n") == 1


def test_nothing_that_is_so_is_told(three, nnrun):
    assert nnrun("runs", "lr>5").out.startswith("no run below outputs is so")
    assert nnrun("runs", "started<2026-11-26").out.startswith("no run below outputs is so")


def test_groups_show_the_mean_and_the_best(three, nnrun):
    ran = nnrun("runs", "--group", "lr")

    lines = [line.split() for line in ran.out.splitlines()]
    assert lines[0] == ["optimizer.lr", "runs", "score", "mean", "best"]
    assert lines[1][:2] == ["0.02", "2"]
    assert lines[1][-2:] == ["0.9000", "iris/b"]
    assert "0.8000 ± 0.1414" in ran.out


def test_columns_of_ones_own(three, nnrun):
    ran = nnrun("runs", "--columns", "name,lr,test.rmse")

    assert ran.out.splitlines()[1].split() == ["digits/c", "0.02", "0.3000"]


def test_programs_get_all_that_is_known(three, nnrun):
    told = json.loads(nnrun("runs", "--json").out)

    assert [run["name"] for run in told["runs"]] == ["digits/c", "iris/b", "iris/a"]
    first = told["runs"][0]
    assert first["score"] == {"name": "val r2", "value": 0.7, "better": "higher"}
    assert first["facts"]["optimizer.lr"] == 0.02
    assert first["facts"]["test.r2"] == 0.35
    assert first["seconds"] == 50
    assert told["damaged"] == []


def test_a_table_for_other_programs_holds_no_formula(leave, nnrun):
    leave("iris/=1+1", 1, 0.5)

    ran = nnrun("runs", "outputs/iris", "--csv")

    (row,) = csv.DictReader(StringIO(ran.out))
    assert row["name"] == "'=1+1"
    assert float(row["test.rmse"]) == 0.5


# What is broken, changed or somebody else's


def test_damaged_folders_are_named_and_the_others_listed(three, nnrun):
    Path("outputs/iris/a/summary.json").write_text("{}")
    Path("outputs/iris/b/run.json").write_text("no")

    ran = nnrun("runs")

    assert names(ran) == ["digits/c"]
    assert "note: outputs/iris/a: summary.json is not the file that run.json tells of" in ran.err
    assert "note: outputs/iris/b: run.json is no JSON" in ran.err


def test_what_changes_is_read_again(three, leave, nnrun):
    assert names(nnrun("runs")) == ["digits/c", "iris/b", "iris/a"]

    leave("iris/d", 9, 0.1)
    os.rename("outputs/digits", "outputs/moved")
    Path("outputs/iris/a/config.yaml").write_text("seed: 1")

    assert names(nnrun("runs")) == ["iris/d", "moved/c", "iris/b"]


def test_links_are_not_followed_and_nothing_is_obeyed(leave, tmp_path, nnrun):
    leave("iris/\x1b[2Jx", 1, 0.5)
    away = tmp_path / "away"
    os.rename("outputs/iris", away)
    Path("outputs/link").symlink_to(away)

    assert nnrun("runs").out.startswith("no run lies below outputs")
    ran = nnrun("runs", str(away))
    assert "\\x1b[2Jx" in ran.out
    assert "\x1b" not in ran.out


def test_a_sweep_is_a_line_and_its_members_are_listed_where_asked_for(small, nnrun):
    sweep = small("-m", "dataset=iris", "optimizer.lr=1e-3,1e-2", "hydra.launcher.workers=1").folder

    line = nnrun("runs").out.splitlines()[1]
    assert "lr=1e-3,1e-2" in line
    assert "done 2" in line
    inside = names(nnrun("runs", str(sweep)))
    assert sorted(inside) == ["lr=0.001", "lr=0.01"]
    assert sorted(names(nnrun("runs", "--members"))) == [
        f"iris/{sweep.name}/{x}" for x in sorted(inside)
    ]


def test_members_are_found_by_the_name_and_the_tags_of_their_sweep(small, nnrun):
    sweep = small("-m", "dataset=iris", "seed=0,1", "output.name=duo", "hydra.launcher.workers=1")
    other = small("dataset=iris").folder
    nnrun("note", "duo", "--tag", "keep")
    nnrun("note", "duo/seed=1", "--name", "mine", "--tag", "own")

    def found(*words):
        return sorted(names(nnrun("runs", "--members", *words)))

    assert found("name=duo") == found("tags=keep") == ["duo/seed=0", "mine"]
    assert found("name!=duo") == [f"iris/{other.name}"]
    assert found("tags=own", "tags=keep", "name=duo", "name=mine") == ["mine"]
    assert nnrun("export-runs", "name=duo", "-o", "duo.csv").code == 0
    assert (
        "this is about 2 runs that differ by their seeds alone" in nnrun("compare", "tags=keep").err
    )
    nnrun("note", "duo", "--name", "pair")
    assert found("name=pair") == ["mine", "pair/seed=0"]
    assert sweep.code == 0


def test_a_run_that_was_killed_is_told_as_interrupted(leave, nnrun):
    path = leave("iris/a", 1, 0.5)
    record = json.loads((path / "run.json").read_text())
    RunFolder(path).put_record("run.json", {**record, "status": "running"})

    assert "interrupted" in nnrun("runs").out
    assert names(nnrun("runs", "status=interrupted")) == ["iris/a"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--group", ""), "error: --group=: names nothing"),
        (("--columns", " "), "error: --columns=: names nothing"),
        (("lr<abc",), "error: lr<abc: 'optimizer.lr' is a number, and 'abc' is none"),
        (("lr<<1",), "error: lr<<1: 'lr<<1' stands where a condition is expected"),
        (("lr===1",), "error: lr===1: 'lr===1' stands where a condition is expected"),
    ],
)
def test_what_asks_for_nothing_is_refused(words, told, three, nnrun):
    ran = nnrun("runs", *words)

    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(told)


def test_where_nothing_lies_that_is_said(nnrun, tmp_path):
    (tmp_path / "outputs").mkdir()

    assert nnrun("runs").out == "no run lies below outputs\n"
