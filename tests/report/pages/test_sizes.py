"""Pages stay small, however many members a sweep has."""

from pathlib import Path

from nnrun.report.compare import MemberRow
from nnrun.report.pages.sweep_facts import SweepFacts, ToldScore
from nnrun.report.pages.sweep_page import sweep_page
from nnrun.runs.entries import SWEEP, Entry, Known
from nnrun.runs.epochs import EpochRecord

MEMBERS, EPOCHS = 1_000, 3_000


class Recorded:
    """The ledger of members that trained for long."""

    def __init__(self) -> None:
        self.about = {"command": "nnrun -m"}

    def epochs(self, member: int) -> list[EpochRecord]:
        return [
            EpochRecord(number, 1 / number, 1.1 / number, member / number, 0.01, 0.0)
            for number in range(1, EPOCHS + 1)
        ]


class NoFacts:
    def of(self, place: str) -> dict:
        return {}


def member(place: int) -> MemberRow:
    values = {
        "optimizer.lr": 10.0 ** -(place % 10),
        "optimizer": ("adam", "sgd")[place % 2],
        "regularisation.weight_decay": place / MEMBERS,
        "seed": place // 100,
    }
    metrics = {"r2": place / MEMBERS, "rmse": 1.0 - place / MEMBERS, "mae": 0.5}
    summary = {"val": metrics, "test": metrics, "epochs": EPOCHS, "best_epoch": EPOCHS}
    summary["rows"] = {"train": 60, "val": 20, "test": 20}
    name = ",".join(f"{key}={value}" for key, value in values.items())
    return MemberRow(place, name, values, "done", ToldScore("r2"), summary)


def test_a_page_of_a_thousand_members_is_below_a_megabyte(tmp_path: Path):
    entry = Entry(tmp_path, "big", Known(SWEEP, "done"), NoFacts())
    facts = SweepFacts(entry, Recorded(), [member(place) for place in range(MEMBERS)])

    page = sweep_page(facts)

    assert page.count("data-row=") == MEMBERS
    assert len(page.encode()) < 1_000_000
