"""How far members of a sweep are stands in a file meanwhile, which proves nothing and is soon gone."""

import json
from math import isnan, nan

import pytest

from nnrun.runs import under_way as told
from nnrun.runs.epochs import EpochRecord
from nnrun.runs.lock import claimed
from nnrun.runs.removing import is_ours
from nnrun.runs.under_way import ScoreTold, progress, told_meanwhile, under_way

ACCURACY, LOSS = ScoreTold("accuracy", 1), ScoreTold("log_loss", -1)


def record(number: int, score: float = 0.5) -> EpochRecord:
    return EpochRecord(number, 0.25, nan, score, 0.01, 0.1)


def test_members_are_told_as_long_as_somebody_works_on_the_sweep(tmp_path):
    with claimed(tmp_path), progress(tmp_path, [3, 5], 80, [ACCURACY, LOSS]) as file:
        begun = under_way(tmp_path)
        file.add([{3: record(1), 5: record(1)}, {3: record(4, 0.75), 5: record(4, nan)}])
        file.add([{3: record(9, 2 / 3)}])
        found = under_way(tmp_path)

    assert (begun[3].told, begun[3].value, begun[5].score) == ("epoch 0 of 80", None, LOSS)
    assert (found[3].told, found[3].value) == ("epoch 9 of 80", 0.666667)
    assert [one.number for one in found[3].epochs] == [1, 4, 9]
    assert (found[5].epoch, found[5].value) == (4, None)
    assert isnan(found[5].epochs[0].val_loss)
    assert under_way(tmp_path) == {}


def test_what_a_kill_left_tells_of_nobody(tmp_path):
    killed = progress(tmp_path, [0], 80, [ACCURACY])
    killed.__enter__().add([{0: record(1)}])

    alone = under_way(tmp_path)
    with claimed(tmp_path), told_meanwhile(tmp_path):
        again = under_way(tmp_path)

    assert alone == again == {}
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]\n",
        '{"members": [0]}\n',
        '{"members":[0],"epochs":9,"scores":[["r2",1]],"started":""}\n{"epoch":1,"members":{"7":[1,1,1]}}\n',
        '{"members":[0],"epochs":9,"scores":[["r2",1]],"started":""}\n{"epoch":1,"members":{"0":[1]}}\n',
        '{"members":[0,1],"epochs":9,"scores":[["r2",1]],"started":""}\n',
        '{"members":[0],"epochs":9,"scores":[["r2","x"]],"started":""}\nNaN\n',
    ],
)
def test_a_file_that_is_not_as_it_is_written_tells_of_nobody(content, tmp_path):
    (tmp_path / told.FOLDER).mkdir()
    (tmp_path / told.FOLDER / "000000.jsonl").write_text(content)

    with claimed(tmp_path):
        found = under_way(tmp_path)

    assert [one.epochs for one in found.values()] in ([], [[]])


def test_a_line_that_is_being_written_is_left_for_the_next_look(tmp_path):
    with claimed(tmp_path), progress(tmp_path, [0], 80, [ACCURACY]) as file:
        file.add([{0: record(1)}])
        with open(file.path, "a") as half:
            half.write('{"epoch":2,"mem')

        assert under_way(tmp_path)[0].epoch == 1


def test_lines_come_once_a_second_at_most_and_take_no_more_than_their_share(tmp_path, monkeypatch):
    clock = [0.0]
    monkeypatch.setattr(told, "perf_counter", lambda: clock[0])
    waits = []

    with progress(tmp_path, [0], 80, [ACCURACY]) as file:
        for took, at in ((0.0, 1.0), (0.05, 2.0), (0.0, 500.0), (0.0, 90_000.0)):
            clock[0] = at
            monkeypatch.setattr(
                told, "line_of", lambda newest, took=took: clock.__setitem__(0, clock[0] + took)
            )
            file.add([{0: record(1)}])
            waits.append(file.next - clock[0])

    assert waits == pytest.approx([1.0, 10.0, 10.0, 60.0])


def test_a_folder_that_is_gone_stops_nobody(tmp_path):
    with progress(tmp_path / "gone", [0], 80, [ACCURACY]) as file:
        file.add([{0: record(1)}])

    assert not any(tmp_path.iterdir())


def test_what_a_kill_left_is_removed_with_its_sweep():
    assert is_ours(f"{told.FOLDER}/000012.jsonl", sweep=True)
    assert not is_ours(f"{told.FOLDER}/mine.txt", sweep=True)
    assert not is_ours(f"{told.FOLDER}/run.json", sweep=True)


def test_a_line_is_short():
    line = told.line_of({0: record(1, 1 / 3), 1: record(1)})

    assert json.loads(line) == {
        "epoch": 1,
        "members": {"0": [0.25, None, 0.333333], "1": [0.25, None, 0.5]},
    }
