"""Which losses of a sweep share a panel, under what names; and that the picture is drawn."""

import pytest

from nnrun.bundle.scores import NUMBERS
from nnrun.report.compare import MemberRow
from nnrun.report.pictures.loss_panels import Arrangement, History, Line, Panel, arrange, history
from nnrun.report.pictures.sweep_curves import sweep_curves
from nnrun.runs.epochs import EpochRecord
from nnrun.runs.job import Job
from nnrun.runs.ledger import Ledger
from nnrun.runs.names import member_names

PNG = b"\x89PNG"
REGRESSION = NUMBERS[0]


@pytest.fixture
def members(tmp_path):
    """Rows and the ledger of members with such values and scores; member i has i + 1 epochs of loss i."""

    def make(values: list[dict], scores=None, failed=()):
        jobs = [Job(own, [f"{key}={value}" for key, value in own.items()], {}) for own in values]
        ledger = Ledger(tmp_path, member_names(jobs), jobs, {})
        rows = []
        for i, (name, own) in enumerate(zip(ledger.names, values, strict=True)):
            (tmp_path / name).mkdir()
            lines = [EpochRecord(epoch, i, i, 0, 0, 0).metrics_line() for epoch in range(1, i + 2)]
            (tmp_path / name / "run.json").write_text('{"status": "running"}')
            (tmp_path / name / "metrics.csv").write_text("\n".join(["heading", *lines]) + "\n")
            summary = {"val": {"r2": scores[i] if scores else 0.5}}
            rows.append(
                MemberRow(i, name, own, "failed", REGRESSION)
                if i in failed
                else MemberRow(i, name, own, "done", REGRESSION, summary)
            )
        return rows, ledger

    return make


def losses(panel: Panel) -> dict:
    """The members on each line, told by their losses."""
    return {
        name: [history.epochs[0].val_loss for history in own] for name, own in panel.lines.items()
    }


def test_members_that_differ_in_seeds_alone_share_a_line(members):
    rows, ledger = members([{"lr": lr, "seed": seed} for lr in (0.1, 0.2) for seed in (0, 1)])

    shown = arrange(rows, ledger, "Digits")

    (panel,) = shown.panels
    assert losses(panel) == {"0.1": [0, 1], "0.2": [2, 3]}
    assert (panel.title, shown.subtitle, shown.legend) == ("", "", "lr")
    assert shown.title == "Digits: 4 members by lr"


def test_several_varied_settings_are_told_with_their_keys(members):
    rows, ledger = members([{"lr": lr, "momentum": m} for lr in (0.1, 0.2) for m in (0, 0.9)])

    (panel,) = arrange(rows, ledger, "Digits").panels

    assert list(panel.lines) == [f"lr {lr}, momentum {m}" for lr in (0.1, 0.2) for m in (0, 0.9)]


def test_lines_have_the_colour_of_the_setting_that_matters_most_and_dashes_of_their_own(members):
    grid = [{"lr": lr, "momentum": m} for lr in (0.1, 0.2) for m in (0, 0.9)]
    rows, ledger = members(grid, scores=[0.1, 0.8, 0.12, 0.82])

    shown = arrange(rows, ledger, "Digits")

    assert shown.legend == "colours by momentum, which matters most"
    assert [(line.colour, line.dash) for line in shown.lines] == [(0, 0), (1, 0), (0, 1), (1, 1)]


def test_no_two_of_many_lines_look_alike(members):
    rows, ledger = members([{"lr": i} for i in range(16)])

    lines = arrange(rows, ledger, "Digits", 16).lines

    assert len({(line.colour, line.dash) for line in lines}) == 16


def test_seeds_alone_are_one_line(members):
    rows, ledger = members([{"seed": 0}, {"seed": 1}])

    (panel,) = arrange(rows, ledger, "Digits").panels

    assert losses(panel) == {"all members": [0, 1]}


def test_losses_of_other_data_or_of_another_loss_have_a_panel_of_their_own(members):
    settings = [
        {"lr": lr, "dataset.surface": s, "loss": "a"} for lr in (0.1, 0.2) for s in ("dale", "peak")
    ]
    rows, ledger = members(settings)

    panels = arrange(rows, ledger, "Digits").panels

    assert [panel.title for panel in panels] == ["surface dale, loss a", "surface peak, loss a"]
    assert [losses(panel) for panel in panels] == [
        {"0.1": [0], "0.2": [2]},
        {"0.1": [1], "0.2": [3]},
    ]


def test_of_too_many_combinations_the_best_have_lines_and_the_others_a_band(members):
    rows, ledger = members(
        [{"lr": i} for i in range(20)], scores=[i / 100 for i in range(20)], failed=[3]
    )

    shown = arrange(rows, ledger, "Digits")

    (panel,) = shown.panels
    assert list(panel.lines) == [*map(str, range(12, 20))]
    assert [history.epochs[0].val_loss for history in panel.others] == [*range(12)]
    assert shown.subtitle == "a line for each of the best 8 of 20 combinations"
    assert shown.others == "the other 12, 1 failed"


def test_few_others_are_named(members):
    rows, ledger = members([{"lr": i} for i in range(10)], scores=[i / 100 for i in range(10)])

    assert arrange(rows, ledger, "Digits").others == "1, 0"


def test_of_too_many_kinds_of_losses_the_first_are_drawn(members):
    rows, ledger = members([{"dataset.rows": rows} for rows in range(8)])

    shown = arrange(rows, ledger, "Digits")

    assert [panel.title for panel in shown.panels] == list("012345")
    assert shown.subtitle == "the first 6 of 8 kinds of losses"


def test_a_history_is_what_metrics_csv_tells_up_to_where_it_failed(members):
    rows, ledger = members([{"lr": 1}, {"lr": 2}], failed=[1])

    done, failed = (history(row, ledger) for row in rows)

    assert [epoch.number for epoch in failed.epochs] == [1, 2]
    assert (done.failed, failed.failed) == (False, True)


@pytest.mark.parametrize("count", [1, 3, 7, 12])
@pytest.mark.parametrize("lost", [False, True])
def test_every_kind_of_history_can_be_drawn(count, lost):
    seen = [EpochRecord(i + 1, 10.0**-i, 10.0 ** (20 * lost * i), 0, 0, 0) for i in range(3)]
    histories = [
        History(seen, failed=lost),
        History(seen[:1], failed=False),
        History([], failed=lost),
    ]

    panels = [Panel(str(i), {f"{i}": histories, "all": histories}, histories) for i in range(count)]
    lines = [Line(name, i % 8, i // 8) for i, name in enumerate([*map(str, range(count)), "all"])]

    drawn = sweep_curves(Arrangement(panels, lines, others="the others"))

    assert drawn.startswith(PNG)


def test_histories_without_an_epoch_can_be_drawn():
    panel = Panel("", {"lost": [History([], failed=True)]})

    assert sweep_curves(Arrangement([panel], [Line("lost", 0, 0)])).startswith(PNG)
