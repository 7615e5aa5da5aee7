"""nnrun view shows runs in the browser on this machine, and lets nobody else in."""

import re
import shutil
import subprocess
import sys
import threading
from hashlib import sha256
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from uvicorn import Config, Server

from nnrun.cli import view
from nnrun.cli.view_server import Pages, server_of
from nnrun.runs.folder import RunFolder
from nnrun.runs.index import listing
from nnrun.runs.lock import claimed
from nnrun.runs.record import begin_record

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
HOST, TOKEN = "127.0.0.1:8000", "a-token"
FAST = "dataset=iris", "training.epochs=2", "output.pictures=false", "output.baselines=false"
HEADING = "epoch,train_loss,val_loss,val_accuracy,lr"


@pytest.fixture
def client(once):
    """Ask the server of a folder with two runs."""
    for seed in (0, 1):
        assert once(*FAST, f"seed={seed}", f"output.folder=outputs/night/{seed}").code == 0
    return TestClient(server_of(Path("outputs"), TOKEN, frozenset([HOST])), f"http://{HOST}")


def asked(client, page: str, **words) -> str:
    answer = client.get(f"/{TOKEN}/{page}", params=words)
    assert answer.status_code == 200, answer.text
    return answer.text


def contents(folder: Path) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path): sha256(path.read_bytes()).hexdigest() for path in files}


def test_it_lists_and_shows_and_writes_nothing(client):
    before = contents(Path("outputs"))

    told = client.get(f"/{TOKEN}/runs").json()
    page = asked(client, "show", run="night/0")

    assert {row[0] for row in told["rows"]} == {"night/0", "night/1"}
    assert "How it learnt" in page
    assert "Runs in outputs" in asked(client, "")
    assert client.get(f"/{TOKEN}/runs", params={"stamp": told["stamp"]}).status_code == 204
    assert contents(Path("outputs")) == before


def test_a_page_tells_what_differs_and_draws_rows_that_come_from_no_file(client, nnrun):
    rows = "".join(f"{i % 7},{i % 5},{'ab'[i % 2]}\n" for i in range(60))
    Path("rows.csv").write_text(f"x,z,y\n{rows}")
    table = "dataset=table", "dataset.path=rows.csv", "dataset.target=y", "training.epochs=2"
    assert nnrun(*table, "output.folder=outputs/table").code == 0
    assert nnrun("dataset=moons", "training.epochs=2", "output.folder=outputs/moons").code == 0

    moons, table = (asked(client, "show", run=run) for run in ("moons", "table"))

    assert "What differs from the defaults" in moons
    assert "drawing plane" in moons
    assert "drawing plane" not in table
    assert "which are read by nnrun report alone" in table


def test_what_is_ticked_is_compared_and_what_cannot_be_is_refused_in_words(client, nnrun):
    assert nnrun(*FAST, "optimizer.lr=1e-5", "output.folder=outputs/night/slow").code == 0

    page = asked(client, "compare", run=["night/0", "night/1", "night/slow"])
    alone = client.get(f"/{TOKEN}/compare", params={"run": ["night/0", "night/1"]})

    assert "lr=0.003" in page
    assert alone.status_code == 409
    assert "differ by their seeds alone" in alone.text


@pytest.mark.parametrize("place", ["", "..", "../secret", "/etc", "night", "night/../night/0"])
def test_only_runs_that_are_there_can_be_asked_for(client, place):
    shutil.copytree("outputs/night/0", "secret")

    answer = client.get(f"/{TOKEN}/show", params={"run": place})

    assert answer.status_code == 409
    assert "no such run lies here" in answer.text


@pytest.mark.parametrize("page", ["show", "compare"])
def test_a_member_that_lies_elsewhere_is_not_read(client, nnrun, page):
    sweep = "-m", FAST[0], "training.epochs=1", "seed=0,1", "hydra.launcher.workers=1"
    assert nnrun(*sweep, "output.pictures=false", "output.folder=outputs/sweep").code == 0
    best = Path("outputs/sweep/best").resolve()
    (other,) = (one for one in Path("outputs/sweep").glob("seed=*") if one.name != best.name)
    shutil.move(other, "elsewhere")
    other.symlink_to(Path("elsewhere").resolve())

    answers = [
        client.get(f"/{TOKEN}/{page}", params={"run": "sweep", **member})
        for member in ({}, {"member": best.name}, {"member": "../night/0"})
    ]

    assert [answer.status_code for answer in answers] == [409] * 3
    assert all("which is not below outputs" in answer.text for answer in answers)


def test_others_are_let_in_neither_by_another_name_nor_without_the_token(client):
    elsewhere = client.get(f"/{TOKEN}/", headers={"Host": "example.org"})
    bare = [client.get(path) for path in ("/", "/other/", f"/{TOKEN[:-1]}/", "/favicon.ico")]
    wrote = [
        client.request(verb, f"/{TOKEN}/") for verb in ("POST", "PUT", "DELETE", "HEAD", "TRACE")
    ]

    assert elsewhere.status_code == 421
    assert [one.status_code for one in bare] == [404] * 4
    assert [one.status_code for one in wrote] == [405] * 5
    assert all(one.headers["X-Content-Type-Options"] == "nosniff" for one in (elsewhere, *bare))


def test_a_damaged_run_is_named(client):
    with open("outputs/night/0/metrics.csv", "a") as file:
        file.write("3,0,0,0,0\n")

    answer = client.get(f"/{TOKEN}/show", params={"run": "night/0"})

    assert answer.status_code == 409
    assert "metrics.csv" in answer.text


def test_a_run_that_cannot_be_told_is_listed_with_what_is_wrong(client):
    Path("outputs/night/0/run.json").write_text("{")

    rows = client.get(f"/{TOKEN}/runs").json()["rows"]
    answer = client.get(f"/{TOKEN}/show", params={"run": "night/0"})

    assert [(row[0], row[3]) for row in rows] == [("night/1", "done"), ("night/0", "damaged")]
    assert "run.json" in rows[1][2] + answer.text
    assert answer.status_code == 409


def test_many_runs_are_looked_at_again_when_a_core_has_rested(client, monkeypatch):
    clock, looked = [0.0], []
    pages = Pages(Path("outputs"))

    def look(root):
        looked.append(clock[0])
        clock[0] += 0.5
        return listing(root)

    for name in ("monotonic", "thread_time"):
        monkeypatch.setattr(f"nnrun.cli.view_server.{name}", lambda: clock[0])
    monkeypatch.setattr("nnrun.cli.view_server.listing", look)
    for at in (0.0, 1.0, 5.0, 6.0):
        clock[0] = max(clock[0], at)
        assert len(pages.entries()) == 2

    assert looked == [0.0, 6.0]


def test_a_run_is_found_by_the_name_that_the_list_shows(client):
    shutil.copytree("outputs/night/0", "outputs/night/\u202egpj\x1b[2J")

    places = [row[0] for row in client.get(f"/{TOKEN}/runs").json()["rows"]]

    assert "night/\\u202egpj\\x1b[2J" in places
    assert all("How it learnt" in asked(client, "show", run=place) for place in places)


def test_a_run_that_is_taken_away_meanwhile_is_told(client, monkeypatch):
    def read(folder, *_):
        return Path(folder, "no.csv").read_text()

    monkeypatch.setattr("nnrun.cli.view_server.read_run_facts", read)

    answer = client.get(f"/{TOKEN}/show", params={"run": "night/0"})

    assert answer.status_code == 409
    assert "cannot be read (No such file or directory)" in answer.text


def test_what_is_missing_is_told_in_a_line(nnrun, tmp_path, monkeypatch):
    (tmp_path / "outputs").mkdir()
    monkeypatch.setitem(sys.modules, "uvicorn", None)

    ran = nnrun("view")

    assert (ran.code, ran.err.count("\n")) == (2, 1)
    assert "pip install 'nnrun[view]'" in ran.err


# In a browser


@pytest.fixture
def browse(tmp_path):
    """Serve a folder for real, and give what Chromium makes of a page after many seconds."""
    if CHROMIUM is None:
        pytest.skip("no Chromium is installed")

    def look(app_of, page: str) -> str:
        with view.bound(0) as listening:
            host = f"127.0.0.1:{listening.getsockname()[1]}"
            server = Server(Config(app_of(host), log_level="critical", lifespan="off"))
            thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
            thread.start()
            quiet = "--headless=new", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=9000"
            profile = f"--user-data-dir={tmp_path / 'profile'}"
            command = [CHROMIUM, *quiet, profile, "--dump-dom", f"http://{host}/{TOKEN}/{page}"]
            ran = subprocess.run(command, capture_output=True, text=True, timeout=120)
            server.should_exit = True
            thread.join(30)
        return ran.stdout

    return look


def test_a_run_that_trains_is_seen_to_grow(browse, tmp_path, monkeypatch):
    folder = RunFolder(tmp_path / "outputs" / "night")
    folder.path.mkdir(parents=True)
    begin_record(folder, {"training": {"epochs": 100}}, [], choices={"model": "mlp"})
    folder.append("metrics.csv", HEADING)
    times = []

    class Growing(Pages):
        def show(self, request):
            times.append(len(times))
            folder.append("metrics.csv", f"{len(times)},0.5,0.6,0.{len(times)},0.01")
            return super().show(request)

    monkeypatch.setattr("nnrun.cli.view_server.Pages", Growing)
    with claimed(folder.path):
        dom = browse(
            lambda host: server_of(tmp_path / "outputs", TOKEN, frozenset([host])), "show?run=night"
        )

    (told,) = re.findall(r"(\d+) of 100 epochs are over", dom)
    assert 2 < int(told) <= len(times)  # one more may be on its way
    assert dom.count("<canvas") == 3
    assert f"at the end accuracy 0.{told}" in dom.replace(".10", ".1")


def test_of_five_thousand_runs_only_those_that_are_seen_are_in_the_page(
    browse, client, monkeypatch
):
    (one, _) = listing(Path("outputs")).entries
    many = [one._replace(place=f"night/{i}") for i in range(5_000)]
    monkeypatch.setattr(Pages, "entries", lambda pages: many)

    dom = browse(lambda host: server_of(Path("outputs"), TOKEN, frozenset([host])), "")

    assert "5,000 of 5,000" in dom
    assert "night/0<" in dom
    assert dom.count("<tr") < 100
