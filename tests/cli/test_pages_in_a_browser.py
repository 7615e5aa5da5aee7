"""Pages in a real browser: they come at once, go by keys, and thousands of rows scroll."""

import threading
from contextlib import contextmanager
from pathlib import Path

import pytest
from uvicorn import Config, Server

from nnrun.cli import view
from nnrun.cli.view_server import Pages, server_of
from nnrun.runs.epochs import EpochRecord
from nnrun.runs.index import listing
from nnrun.runs.job import Job
from nnrun.runs.ledger import SETTINGS, Ledger
from nnrun.runs.lock import claimed
from nnrun.runs.under_way import ScoreTold, progress, under_way
from tests.chromium import browser

FAST = "training.epochs=3", "output.pictures=false", "output.baselines=false"
SWEEP = "-m", "dataset=iris", "optimizer.lr=1e-3,1e-2,1e-1", "model.widths=[4],[8]"
PAINTED = "performance.getEntriesByName('first-contentful-paint')[0].startTime"
FOCUSED = "document.activeElement.getAttribute('aria-label') || document.activeElement.textContent"
OUTPUT = "document.querySelector('[data-filters] output').textContent"
# how long the frames of a long way down take, each with a jump of a screen
SCROLLED = """
new Promise(done => {
  const list = document.querySelector('[data-listing]'), times = [];
  let before = performance.now();
  const step = () => {
    const now = performance.now();
    times.push(now - before);
    before = now;
    list.scrollTop += list.clientHeight;
    times.length < 60 ? requestAnimationFrame(step) : done(times.sort((a, b) => a - b));
  };
  requestAnimationFrame(step);
})
"""


@contextmanager
def served(root: Path):
    """Serve a folder, and give the address."""
    with view.bound(0) as listening:
        host = f"127.0.0.1:{listening.getsockname()[1]}"
        app = server_of(root, "token", frozenset([host]))
        server = Server(Config(app, log_level="critical", lifespan="off"))
        thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
        thread.start()
        yield f"http://{host}/token/"
        server.should_exit = True
        thread.join(30)


@pytest.fixture
def sweep(once):
    ran = once(*SWEEP, *FAST, "hydra.launcher.workers=1", "output.folder=outputs/sweep")
    assert ran.code == 0, ran.err


def test_a_page_of_a_sweep_is_painted_at_once_and_goes_by_keys(sweep, nnrun, tmp_path):
    assert nnrun("report", "outputs/sweep", "-o", "page.html").code == 0

    with browser(tmp_path / "profile") as page:
        page.open((tmp_path / "page.html").as_uri())
        painted = page.tell(PAINTED)
        page.press("Tab")
        first = page.tell(FOCUSED)
        page.tell("document.querySelector('.hold').focus()")
        outlined = page.tell("getComputedStyle(document.activeElement).outlineStyle")
        page.press("ArrowUp")
        some = page.tell(OUTPUT)
        spoken = page.tell("document.activeElement.getAttribute('aria-valuetext')")
        page.press("Escape")
        every = page.tell(OUTPUT)
        page.tell("document.querySelector('[data-setting] svg').focus()")
        page.press("ArrowUp")
        read = page.tell("document.querySelector('[data-setting] .reading').textContent")
        page.tell("document.querySelector('.curves [tabindex]').focus()")

    assert page.complaints == []
    assert painted < 10_000  # a second where the machine has nothing else to do
    assert first == "To the content"
    assert spoken == "0.001 alone"
    assert (some, every, outlined) == ("2 of 6 rows", "6 of 6 rows", "solid")
    assert read.startswith("lr 0.001")


def test_every_drawing_and_every_table_has_a_name(sweep, nnrun, tmp_path):
    assert nnrun("report", "outputs/sweep", "-o", "page.html").code == 0
    unnamed = """
      Array.from(document.querySelectorAll('svg, table, canvas, input, section, nav, [role]'))
        .filter(one => !one.closest('[aria-hidden=true], [aria-label], label') &&
          !one.querySelector('title, caption, h2') && !one.labels?.length).map(one => one.outerHTML.slice(0, 90))
    """

    with browser(tmp_path / "profile") as page:
        page.open((tmp_path / "page.html").as_uri())

        assert page.tell(unnamed) == []


CUT = """
  Array.from(document.querySelectorAll('.listing tbody tr:not(.space)'), row => {
    const named = row.querySelector('th'), end = named.querySelector('.named span:last-child');
    const cut = Array.from(row.querySelectorAll('.is-value, .is-started, .is-status'))
      .filter(cell => cell.scrollWidth > cell.clientWidth).map(cell => cell.textContent);
    const beyond = end.getBoundingClientRect().right > named.getBoundingClientRect().right;
    return [named.textContent, beyond, cut];
  })
"""


def test_in_a_list_the_end_of_a_name_its_value_and_its_time_have_room(nnrun, tmp_path):
    ran = nnrun("dataset=breast_cancer", *FAST)
    assert ran.code == 0, ran.err

    with served(Path("outputs")) as address, browser(tmp_path / "profile") as page:
        page.open(address)
        rows = page.tell(CUT)

    assert rows == [[f"breast_cancer/{ran.folder.name}", False, []]]


LABELS = """
  charts.map(({ plot }) => {
    const axis = plot.axes[1];
    plot.ctx.font = axis.font[0];
    const widths = axis._values.map(label => plot.ctx.measureText(label).width / devicePixelRatio);
    return [Math.max(...widths) + axis.gap + axis.ticks.size, axis._size];
  })
"""


def test_numbers_beside_a_curve_have_the_room_that_they_need(nnrun, tmp_path):
    point = "dataset=landscape", "dataset.surface=ravine", "model=point", "loss=height"
    huge = "optimizer=gd", "optimizer.lr=100", "output.folder=run"
    assert nnrun(*point, *huge, "training.epochs=20", "output.pictures=false").code == 0
    assert nnrun("report", "run", "-o", "page.html").code == 0

    with browser(tmp_path / "profile") as page:
        page.open((tmp_path / "page.html").as_uri())
        rooms = page.tell(LABELS)

    assert any(needed > 58 for needed, _ in rooms)  # such as 180,000
    assert all(needed <= room for needed, room in rooms)
    assert "20 of 20 steps end beyond this map" in (tmp_path / "page.html").read_text()


def test_a_member_is_reached_from_its_sweep_and_back(sweep, tmp_path):
    with served(Path("outputs")) as address, browser(tmp_path / "profile") as page:
        page.open(f"{address}show?run=sweep")
        page.open(page.tell("document.querySelector('#table-members tbody a').href"))
        member = page.tell("document.querySelector('h1').textContent")
        page.open(page.tell("document.querySelectorAll('.home a')[1].href"))
        back = page.tell("document.querySelector('h1').textContent")

    assert (member, back) == ("lr=0.001,widths=4", "sweep")


# a cell of the table of all members, once it is another one than it was
CHANGED = """
new Promise((changed, late) => {
  const cell = () => document.querySelector('#table-members tbody td:last-child').textContent, before = cell();
  const look = () => cell() === before ? setTimeout(look, 50) : changed([before, cell()]);
  setTimeout(late, 60_000);
  look();
})
"""
SCORES = "Array.from(document.querySelectorAll('#table-members tbody td:nth-child(2)'), one => one.textContent)"
SORTED = "document.querySelector('#table-members [aria-sort=ascending]').textContent"
FIRST_CHART = "document.querySelector('#course canvas') && document.querySelector('#course [role=group]').getAttribute('aria-label')"
SECTIONS = "Array.from(document.querySelectorAll('main > section'), one => one.id)"


def test_a_sweep_that_trains_is_seen_to_fill(tmp_path, monkeypatch):
    folder = tmp_path / "outputs" / "sweep"
    folder.mkdir(parents=True)
    rates = [Job({"optimizer": {"lr": lr}}, [f"optimizer.lr={lr}"], {}) for lr in (0.1, 0.01)]
    about = {"status": "running", "members": 2, SETTINGS: {}}
    Ledger(folder, ["lr=0.1", "lr=0.01"], rates, about).put_members()

    class Growing(Pages):
        def show(self, request):
            epoch = 1 + under_way(folder)[0].epoch
            shown = EpochRecord(epoch, 1 / epoch, 1 / epoch, 1 - 1 / (1 + epoch), 0.1, 0.0)
            file.add([{0: shown, 1: shown._replace(score=0.25)}])
            return super().show(request)

    monkeypatch.setattr("nnrun.cli.view_server.Pages", Growing)
    ranked = [ScoreTold("accuracy", 1)] * 2
    with (
        claimed(folder),
        progress(folder, [0, 1], 80, ranked) as file,
        served(folder.parent) as address,
        browser(tmp_path / "profile") as page,
    ):
        page.open(f"{address}show?run=sweep")
        first, second = page.tell(CHANGED)
        page.tell("document.querySelectorAll('#table-members th button')[1].click()")
        page.tell(CHANGED)
        scores, heading = page.tell(SCORES), page.tell(SORTED)
        links = page.tell("document.querySelectorAll('#table-members a').length")
        chart, order = page.tell(FIRST_CHART), page.tell(SECTIONS)

    assert page.complaints == []
    assert first.endswith(" of 80")
    assert 1 <= int(first.split()[1]) < int(second.split()[1])
    assert heading == "val accuracy"
    assert scores[0] == "0.2500"
    assert float(scores[1]) >= 0.75  # one more may be on its way
    assert chart.startswith("validation accuracy by epoch; at the end")
    assert links == 0  # no member has a folder yet
    assert order == ["", "course", "members", "again"]


def test_five_thousand_runs_scroll(nnrun, tmp_path, monkeypatch):
    assert nnrun("dataset=iris", *FAST, "output.folder=outputs/one").code == 0
    (one,) = listing(Path("outputs")).entries
    many = [one._replace(place=f"run-{place}") for place in range(5_000)]
    monkeypatch.setattr(Pages, "entries", lambda self: many)

    with served(Path("outputs")) as address, browser(tmp_path / "profile") as page:
        page.open(address)
        frames = page.tell(SCROLLED)
        rows = page.tell("document.querySelectorAll('.listing tbody tr').length")

    assert page.complaints == []
    assert rows < 100
    assert frames[len(frames) // 2] < 250  # a frame of 16 ms where nothing else is to do
