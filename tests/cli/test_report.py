"""nnrun report writes one file that opens anywhere, asks nothing of the network and obeys no name."""

import json
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from nnrun.report.numbers import number

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
EVIL = "</script><script>document.title='stolen'</script><!--\u2028\u202e"
FAST = "training.epochs=3", "output.pictures=false"


class Read(HTMLParser):
    """What a page holds: its tags, its words, its data."""

    def __init__(self, page: str):
        super().__init__()
        self.tags: list[tuple[str, dict]] = []
        self.words: list[str] = []
        self.feed(page)
        (block,) = re.findall(
            r'<script type="application/json" id="page-data">(.*?)</script>', page
        )
        self.data = json.loads(block)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


@pytest.fixture
def report(nnrun):
    """Write a report, and read it."""

    def read(*words: str) -> Read:
        ran = nnrun("report", *words, "-o", "page.html")
        assert ran.code == 0, ran.err
        return Read(Path("page.html").read_text(encoding="utf-8"))

    return read


def opened(path: Path, *flags: str) -> tuple[str, str]:
    """What Chromium makes of a page, and what it says of it."""
    if CHROMIUM is None:
        pytest.skip("no Chromium is installed")
    profile = f"--user-data-dir={path.parent / 'profile'}"
    quiet = "--headless=new", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr"
    command = [CHROMIUM, *quiet, profile, "--virtual-time-budget=3000", *flags, "--dump-dom"]
    ran = subprocess.run([*command, path.as_uri()], capture_output=True, text=True, timeout=120)
    return ran.stdout, "\n".join(line for line in ran.stderr.splitlines() if "CONSOLE" in line)


def test_a_page_tells_the_verdict_the_score_and_what_differs(nnrun, report):
    nnrun("dataset=diabetes", *FAST, "output.folder=run")
    summary = json.loads(Path("run/summary.json").read_text())

    page = report("run")

    assert summary["verdict"].split(":")[0] in page.text.lower()
    assert "nearest neighbours" in page.text
    assert "training.epochs 3 80" in page.text  # here, and by default
    assert [curve["name"] for curve in page.data["curves"][0]["panels"]] == [
        "loss",
        "validation R²",
        "learning rate",
    ]
    assert len(page.data["fits"][0]["rows"]) == summary["rows"]["test"]
    assert "nnrun reproduce run" in page.text


def test_a_page_of_folds_says_of_which_rows_each_score_is(nnrun, report):
    ran = nnrun("dataset=diabetes", *FAST, "dataset.split.folds=3", "output.folder=run")

    page = report("run")

    assert "above are means over folds; the verdict takes the new rows of all folds" in ran.out
    assert "test and validation rows of all folds as one set; metrics are means" in page.text
    assert "on the 442 test rows, each the mean over folds" in page.text
    assert "as one set, whose R² is another than the mean over folds" in page.text


def test_further_tests_stand_beside_the_metrics(nnrun, report):
    nnrun("dataset=arkoma", "dataset.rows=500", *FAST, "output.folder=run")
    summary = json.loads(Path("run/summary.json").read_text())

    page = report("run")

    assert "training rows validation rows uniform" in page.text  # headings
    assert number(summary["tests"]["uniform"]["position_error_mm"]["median"]) in page.text
    assert "uniform: 2,000 rows drawn evenly within the joints' limits." in page.text


def test_a_page_of_classes_draws_which_was_taken_for_which(nnrun, report):
    nnrun("dataset=iris", *FAST, "output.folder=run")

    page = report("run")

    drawn = [
        attributes
        for tag, attributes in page.tags
        if attributes.get("class") == "drawing confusion"
    ]
    assert len(drawn) == 1
    assert "versicolor" in page.text


def test_a_page_is_one_file_of_little_size_with_nothing_from_elsewhere(nnrun, report):
    nnrun("dataset=arkoma", "dataset.rows=2000", *FAST, "output.folder=run")

    page = report("run")

    assert Path("page.html").stat().st_size < 300_000
    fetched = [one for tag, one in page.tags if "src" in one or tag == "link"]
    led = {one["href"][0] for tag, one in page.tags if "href" in one}
    assert (fetched, led) == ([], {"#"})
    (policy,) = (one["content"] for _, one in page.tags if one.get("http-equiv"))
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy
    tables = [one for tag, one in page.tags if tag == "th"]
    assert all("scope" in one for one in tables)


def test_names_of_any_kind_stay_text(tmp_path, report, nnrun):
    rows = "".join(f'{i},"{EVIL}{i % 2}",{i % 7}\n' for i in range(60))
    (tmp_path / "rows.csv").write_text(f'x,"{EVIL}",y\n{rows}', encoding="utf-8")
    table = "dataset=table", "dataset.path=rows.csv", "dataset.target=y"
    ran = nnrun(*table, *FAST, "output.folder=run")
    assert ran.code == 0, ran.err
    nnrun("note", "run", EVIL)

    page = report("run")

    assert "</script><script>document.title='stolen'</script><!--" in page.text
    assert "\u202e" not in page.text
    dom, said = opened(tmp_path / "page.html")
    assert "<title>run</title>" in dom
    assert said == ""


def test_a_browser_draws_the_curves_and_complains_of_nothing(nnrun, tmp_path, report):
    nnrun("dataset=diabetes", *FAST, "output.folder=run")
    report("run")

    dom, said = opened(tmp_path / "page.html")

    assert dom.count("<canvas") == 3
    assert said == ""


def test_the_page_of_a_run_in_folds_tells_each_fold_and_what_they_allow_to_say(nnrun, report):
    words = "dataset=diabetes", "dataset.split.folds=3", "training.ensemble=2", *FAST
    assert nnrun(*words, "output.folder=run").code == 0
    told = json.loads(Path("run/summary.json").read_text())

    page = report("run")

    over = told["out_of_fold"]
    assert f"{number(over['mean'])} ± {number(over['deviation'])}" in page.text
    assert page.text.count(f"{number(over['low'])} to {number(over['high'])}") == 3
    for fold in told["folds"]:
        assert number(fold["test"]["r2"]) in page.text
    errors = [fold["test"]["mae"] for fold in told["folds"]]
    reach = 4.3027 * np.std(errors, ddof=1) * np.sqrt(1 / 3 + over["overlap"])  # Student's t of 2
    ends = (number(np.mean(errors) + side * reach) for side in (-1, 1))
    assert " to ".join(ends) in page.text
    loss = page.data["curves"][0]["panels"][0]
    assert len(loss["bands"]) == 2  # of both losses
    highest, lowest = (loss["series"][place]["values"] for place in loss["bands"][0][:2])
    assert all(low <= high for low, high in zip(lowest, highest, strict=True))


def test_the_page_of_an_ensemble_tells_each_network(nnrun, report):
    assert nnrun("dataset=diabetes", "training.ensemble=3", *FAST, "output.folder=run").code == 0
    told = json.loads(Path("run/summary.json").read_text())["networks"]

    page = report("run")

    assert "It answers with the mean of 3 networks" in page.text
    for one in told:
        assert f"{one['seed']} {number(one['val_loss'])} {one['best_epoch']}" in page.text


def test_the_page_of_bags_tells_which_rows_taught_and_judged_each_network(nnrun, report):
    nnrun("dataset=diabetes", "dataset.split.bags=3", *FAST, "output.folder=run")

    page = report("run")

    rows = json.loads(Path("run/summary.json").read_text())["rows"]
    first = "in the first of 3 bags"
    assert f"{rows['train']} rows {first}" in page.text
    assert f"{rows['train']} train {first}, {rows['val']} val, {rows['test']} test" in page.text
    assert "in their seeds and, in 3 bags, in the rows that taught them" in page.text
    assert "loss of the rows that its bag held out" in page.text
    assert "in their seeds alone" not in page.text


def test_the_page_of_a_failed_run_tells_what_went_wrong_and_what_may_help(nnrun, report):
    nnrun("dataset=diabetes", "optimizer=sgd", "optimizer.lr=1", *FAST, "output.folder=run")

    page = report("run")

    assert "training loss became" in page.text
    assert "nnrun again run regularisation.clip_norm=1" in page.text
    assert "yet" not in page.text.split("nnrun again")[0]
    assert "nnrun reproduce" not in page.text


def test_the_page_of_a_point_advises_no_command_that_is_none(nnrun, report):
    point = "dataset=landscape", "model=point", "loss=height", "optimizer.lr=1e-5"
    assert nnrun(*point, *FAST, "output.folder=run").code == 0

    page = report("run")

    assert "Try next another optimizer.lr" in page.text
    assert "nnrun again" not in page.text
    assert "after step 3 of 3" in page.text


DRAWN = {
    "the plane of the class": (["dataset=moons", "dataset.noise=0.3"], "drawing plane", 1),
    "images that were mistaken": (["dataset=digits", "model=linear"], "drawing tile", 2),
    "a robot's hands": (["dataset=arkoma", "dataset.rows=200"], "drawing hands", 2),
    "a line along one input": (["dataset=curve"], "drawing along", 1),
    "a way": (["dataset=landscape", "model=point", "loss=height"], "drawing way", 1),
}


@pytest.mark.parametrize("of", DRAWN)
def test_what_a_task_shows_of_its_rows_is_drawn(nnrun, report, of):
    words, kind, least = DRAWN[of]
    assert nnrun(*words, *FAST, "output.folder=run").code == 0

    page = report("run")

    drawn = [one for tag, one in page.tags if tag == "svg" and one.get("class") == kind]
    assert len(drawn) >= least
    assert Path("page.html").stat().st_size < 300_000


def test_rows_that_have_changed_are_not_drawn_and_that_is_said(nnrun, report):
    rows = [f"{i % 7},{i % 5},{'ab'[i % 2]}\n" for i in range(60)]
    Path("rows.csv").write_text("x,z,y\n" + "".join(rows))
    table = "dataset=table", "dataset.path=rows.csv", "dataset.target=y"
    assert nnrun(*table, *FAST, "output.folder=run").code == 0
    assert "Which class is predicted where" in report("run").text
    Path("rows.csv").write_text("x,z,y\n" + "".join(rows[::-1]))

    page = report("run")

    assert "Which class is predicted where" not in page.text
    assert "The rows themselves are not drawn: its data" in page.text


def test_no_other_file_is_written_over(nnrun):
    nnrun("dataset=iris", *FAST, "output.name=flowers")
    Path("thesis.html").write_text("years of work")

    refused = nnrun("report", "flowers", "-o", "thesis.html")
    first, second = nnrun("report", "flowers"), nnrun("report", "flowers")

    assert refused.code == 2
    assert "thesis.html" in refused.err
    assert Path("thesis.html").read_text() == "years of work"
    assert (first.code, second.code) == (0, 0)
    assert Path("flowers.html").is_file()


def test_a_changed_file_is_named_and_nothing_is_written(nnrun):
    nnrun("dataset=iris", *FAST, "output.folder=run")
    with open("run/predictions.csv", "a") as file:
        file.write("1,setosa,setosa,1,0,0\n")

    ran = nnrun("report", "run")

    assert ran.code == 2
    assert "predictions.csv" in ran.err
    assert not Path("run.html").exists()


# A sweep, and a comparison

SWEEP = "-m", "dataset=diabetes", "model.widths=[4]", "optimizer.lr=1e-3,1e-2,1e30", "seed=0,1,2"


@pytest.fixture
def sweep(once):
    """Leave a sweep of nine members, of which three lose their numbers."""
    once(*SWEEP, *FAST, "hydra.launcher.workers=1", "output.folder=sweep")


def test_the_page_of_a_sweep_tells_the_best_how_sure_that_is_and_what_failed(
    sweep, tmp_path, report
):
    page = report("sweep")

    assert "Best lr=0.01" in page.text
    assert "on the same 3 seeds" in page.text
    assert "3 members failed; the reasons stand below" in page.text
    assert page.data["parallel"]["axes"][0]["name"] == "optimizer.lr"
    lines = page.data["parallel"]
    assert len(lines["lines"]) == 6
    assert all(lines["told"][place].startswith("lr=0.01,") for place in lines["best"])
    assert len(lines["best"]) == 3
    assert [len(one["bands"]) for one in page.data["curves"][0]["panels"]] == [2, 2, 2]
    rows = [one for tag, one in page.tags if tag == "tr" and "data-row" in one]
    assert len(rows) == 9
    dom, said = opened(tmp_path / "page.html")
    assert said == ""
    assert dom.count("<canvas") == 3
    assert 'class="best"' in dom  # the best member's line through all settings


def test_a_sweep_of_which_every_member_failed_has_a_page_too(nnrun, report):
    fails = "-m", "dataset=diabetes", "optimizer=sgd", "optimizer.lr=1e30,1e31"
    nnrun(*fails, *FAST, "hydra.launcher.workers=1", "output.folder=sweep")

    page = report("sweep")

    assert "Nothing: every member failed" in page.text
    assert page.text.count("training loss became") == 2


def test_the_page_of_a_comparison_tells_what_compare_tells(sweep, nnrun, report):
    members = [f"sweep/lr={lr},seed={seed}" for lr in ("0.001", "0.01") for seed in (0, 1, 2)]
    (best, other) = json.loads(nnrun("compare", *members, "--json").out)["compared"]

    page = report(*members)

    assert "Best lr=0.01" in page.text
    assert (best["verdict"], other["verdict"] in page.text) == ("best", True)
    assert "95 % over 3 seeds, in pairs" in page.text
    assert sum(attributes.get("class") == "drawing intervals" for _, attributes in page.tags) == 2


def test_a_sweep_under_way_has_a_page_too(sweep, report):
    shutil.rmtree("sweep/lr=0.001,seed=0")

    page = report("sweep")

    assert "1 member not trained yet: nnrun resume sweep" in page.text


# Markdown


def test_markdown_shows_its_pictures_and_takes_no_name_for_more_than_words(tmp_path, nnrun):
    rows = "".join(f"{i},{i % 7}\n" for i in range(60))
    (tmp_path / "rows.csv").write_text(f"x,y|<b>_z_\n{rows}")
    table = "dataset=table", "dataset.path=rows.csv", "dataset.target='y|<b>_z_'"
    assert nnrun(*table, *FAST, "output.folder=run").code == 0

    ran, again = (nnrun("report", "run", "--markdown") for _ in range(2))

    text = Path("run.md").read_text(encoding="utf-8")
    shown = re.findall(r"!\[.*\]\((\S+)\)", text)
    assert (ran.code, again.code) == (0, 0), ran.err + again.err
    assert len(shown) >= 3
    assert all(Path(name).read_text().startswith("<!--") for name in shown)
    assert not [one for one in text.splitlines() if "<b>" in one and not one.startswith("    ")]
    assert "\\|\\<b\\>\\_z\\_" in text
    assert "nnrun reproduce run" in text


def test_a_sweep_and_a_comparison_are_told_in_markdown_too(sweep, nnrun):
    one = nnrun("report", "sweep", "--markdown")
    other = nnrun("report", "sweep/lr=0.001,seed=0", "sweep/lr=0.01,seed=0", "--markdown")

    assert (one.code, other.code) == (0, 0), one.err + other.err
    assert "best: lr=0.01" in Path("sweep.md").read_text()
    assert "best: lr=0.01" in Path("comparison.md").read_text()
    assert Path("sweep-setting-1.svg").is_file()
    assert Path("comparison-behind.svg").is_file()
