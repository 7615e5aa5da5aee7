"""Which losses of a sweep share a panel, under what names; and that the picture is drawn."""

import pytest

from nnrun.bundle.scores import NUMBERS
from nnrun.report.compare import MemberRow
from nnrun.report.loss_panels import History, Panel, arrange, history
from nnrun.report.sweep_curves import sweep_curves
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

    (panel,), left_out, legend = arrange(rows, ledger)

    assert losses(panel) == {"0.1": [0, 1], "0.2": [2, 3]}
    assert (panel.title, left_out, legend) == ("", "", "lr")


def test_several_varied_settings_are_told_with_their_keys(members):
    rows, ledger = members([{"lr": lr, "momentum": m} for lr in (0.1, 0.2) for m in (0, 0.9)])

    (panel,), _, legend = arrange(rows, ledger)

    assert list(panel.lines) == [f"lr {lr}, momentum {m}" for lr in (0.1, 0.2) for m in (0, 0.9)]
    assert legend == ""


def test_seeds_alone_are_one_line(members):
    rows, ledger = members([{"seed": 0}, {"seed": 1}])

    (panel,), *_ = arrange(rows, ledger)

    assert losses(panel) == {"all members": [0, 1]}


def test_losses_of_other_data_or_of_another_loss_have_a_panel_of_their_own(members):
    settings = [
        {"lr": lr, "dataset.surface": s, "loss": "a"} for lr in (0.1, 0.2) for s in ("dale", "peak")
    ]
    rows, ledger = members(settings)

    panels, *_ = arrange(rows, ledger)

    assert [panel.title for panel in panels] == ["surface dale, loss a", "surface peak, loss a"]
    assert [losses(panel) for panel in panels] == [
        {"0.1": [0], "0.2": [2]},
        {"0.1": [1], "0.2": [3]},
    ]


def test_of_too_many_combinations_the_best_and_the_worst_are_drawn(members):
    rows, ledger = members([{"lr": i} for i in range(20)], scores=[i / 100 for i in range(20)])

    (panel,), left_out, _ = arrange(rows, ledger)

    assert list(panel.lines) == ["0", *map(str, range(9, 20))]
    assert left_out == "the best 11 and the worst of 20 combinations"


def test_of_too_many_kinds_of_losses_the_first_are_drawn(members):
    rows, ledger = members([{"dataset.rows": rows} for rows in range(8)])

    panels, left_out, _ = arrange(rows, ledger)

    assert [panel.title for panel in panels] == list("012345")
    assert left_out == "the first 6 of 8 kinds of losses"


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

    drawn = sweep_curves(
        [Panel(str(i), {f"line {i}": histories, "all": histories}) for i in range(count)], "", "lr"
    )

    assert drawn.startswith(PNG)


def test_histories_without_an_epoch_can_be_drawn():
    assert sweep_curves([Panel("", {"lost": [History([], failed=True)]})], "", "").startswith(PNG)
