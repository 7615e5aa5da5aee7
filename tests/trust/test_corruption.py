"""A file that is missing, cut, changed or another run's is noticed by every command that reads it."""

import json
import os
import shutil
from hashlib import sha256
from pathlib import Path

import pytest
from results import RESULTS

from nnrun.cli.door import exit_code
from nnrun.runs.folder import RunFolder
from nnrun.runs.record import go_on_record, read_job, read_record

SMALL = ("dataset=iris", "training.epochs=3", "model.widths=[4]", "scheduler=constant")
QUICK = (*SMALL, "output.pictures=false", "output.baselines=false")


@pytest.fixture(scope="module")
def honest(tmp_path_factory):
    """A folder with two runs, a sweep, and rows to predict."""
    place = tmp_path_factory.mktemp("honest")
    before = os.getcwd()
    os.chdir(place)
    try:
        assert exit_code([*QUICK, "output.folder=outputs/a/run"]) == 0
        assert exit_code([*QUICK, "seed=7", "output.folder=outputs/a/other"]) == 0
        many = "-m", "seed=0,1", "hydra.launcher.workers=1", "output.folder=sweep"
        assert exit_code([*many, *QUICK]) == 0
    finally:
        os.chdir(before)
    names = [
        column["name"] for column in json.loads(file_of(place, "model.json"))["inputs"]["columns"]
    ]
    rows = f"{','.join(names)},species\n{','.join('1' * len(names))},setosa\n"
    (place / "rows.csv").write_text(rows)
    return place


def file_of(place: Path, name: str) -> bytes:
    return (place / "outputs" / "a" / "run" / name).read_bytes()


@pytest.fixture
def place(honest, tmp_path, monkeypatch):
    """A copy of it, in which one stands."""
    shutil.copytree(honest, tmp_path / "here", symlinks=True)
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path / "here"


@pytest.fixture
def ask(capfd):
    """Run a command; gives its exit code and all that it said."""

    def run(*words: str) -> tuple[int, str]:
        capfd.readouterr()
        code = exit_code(list(words))
        said = "".join(capfd.readouterr())
        assert "Traceback" not in said
        return code, said

    return run


def deleted(file: Path, other: Path) -> None:
    file.unlink()


def emptied(file: Path, other: Path) -> None:
    file.write_bytes(b"")


def cut(file: Path, other: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def flipped(file: Path, other: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


def swapped(file: Path, other: Path) -> None:
    if file.read_bytes() == other.read_bytes():
        pytest.skip("both runs have the same")
    shutil.copy(other, file)


WAYS = (deleted, emptied, cut, flipped, swapped)
RUN, OTHER = Path("outputs/a/run"), Path("outputs/a/other")
PREDICT, EVALUATE = ("predict", str(RUN), "rows.csv"), ("evaluate", str(RUN), "rows.csv")
PRETRAINED = ("model=pretrained", f"model.run={RUN}", *QUICK[:2])
AGAIN, RESUME = ("again", str(RUN), "seed=3"), ("resume", str(RUN))
REFUSED = [
    *(("model.json", words) for words in (PREDICT, EVALUATE)),
    *(("model.safetensors", words) for words in (PREDICT, EVALUATE)),
    *((name, AGAIN) for name in ("config.yaml", "overrides.txt")),
    *((name, RESUME) for name in ("config.yaml", "overrides.txt")),
    *(("run.json", words) for words in (PREDICT, AGAIN)),
]
REPRODUCE = ("reproduce", str(RUN))
REFUSED += [(name, REPRODUCE) for name in (*RESULTS, "config.yaml", "overrides.txt", "run.json")]
PAIRS = [f"{name}-{words[0]}" for name, words in REFUSED]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
@pytest.mark.parametrize(("name", "words"), REFUSED, ids=PAIRS)
def test_what_is_not_as_it_was_left_is_refused_by_name(way, name, words, place, ask):
    way(RUN / name, OTHER / name)

    code, said = ask(*words)

    assert code == 2
    told = ("model.json", "model.safetensors", name) if name == "run.json" else (name,)
    told = (*told, "config.yaml", "overrides.txt") if words == AGAIN else told
    assert any(one in said for one in told), said


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
@pytest.mark.parametrize("name", ["model.json", "model.safetensors"])
def test_so_is_what_a_run_left_that_goes_on_since(way, name, place, ask):
    job = read_job(RUN)
    go_on_record(RunFolder(RUN), read_record(RUN), job.config, job.overrides)
    assert ask(*PREDICT)[0] == 0
    way(RUN / name, OTHER / name)

    code, said = ask(*PREDICT)

    assert code == 2
    assert name in said


def test_so_is_what_a_run_left_before_a_kill_at_its_end(place, ask, monkeypatch):
    monkeypatch.setattr("nnrun.training.run.end_record", lambda *_: None)
    assert ask(*QUICK, "output.folder=killed")[0] == 0
    words = ("predict", "killed", "rows.csv")
    assert ask(*words)[0] == 0
    flipped(Path("killed/model.safetensors"), OTHER)

    code, said = ask(*words)

    assert code == 2
    assert "model.safetensors: is not the file that run.json tells of" in said
    assert "let nnrun resume end it" in said


@pytest.mark.parametrize("lost", [("sha256",), ("sha256", "format"), ("sha256", "format", "files")])
@pytest.mark.parametrize("words", [PREDICT, AGAIN, RESUME, PRETRAINED], ids=lambda words: words[0])
def test_a_record_that_lost_its_proof_proves_nothing(lost, words, place, ask):
    record = json.loads((RUN / "run.json").read_text())
    kept = {key: value for key, value in record.items() if key not in lost}
    (RUN / "run.json").write_text(json.dumps(kept))
    flipped(RUN / "model.safetensors", OTHER)

    code, said = ask(*words)

    assert code == 2
    assert "run.json: has lost its sha256" in said


@pytest.mark.parametrize(
    "words", [PREDICT, EVALUATE, AGAIN, PRETRAINED], ids=lambda words: words[0]
)
def test_a_folder_without_a_record_is_refused(words, place, ask):
    (RUN / "run.json").unlink()

    code, said = ask(*words)

    assert code == 2
    assert "run.json: is not there, and without it nothing shows" in said
    assert said.count("\n") == 1


def test_a_file_that_the_record_does_not_tell_of_is_refused(place, ask):
    record = json.loads((RUN / "run.json").read_text())
    record["files"].pop("model.safetensors")
    RunFolder(RUN).put_record("run.json", record)

    assert ask(*PREDICT)[0] == 2


def test_a_sweep_whose_record_lost_its_proof_is_not_gone_on_with(place, ask):
    file = place / "sweep" / "sweep.json"
    record = json.loads(file.read_text())
    kept = {key: value for key, value in record.items() if key not in ("sha256", "format")}
    file.write_text(json.dumps(kept))

    code, said = ask("resume", "sweep")

    assert code == 2
    assert "sweep.json: has lost its sha256" in said


def test_any_bit_of_a_record_counts(place, ask):
    whole = (RUN / "run.json").read_bytes()
    for at in range(0, len(whole), 41):
        changed = bytearray(whole)
        changed[at] ^= 1 << at % 7
        (RUN / "run.json").write_bytes(changed)

        code, said = ask(*RESUME)

        assert (code, "run.json" in said) == (2, True), at


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
@pytest.mark.parametrize("name", [*RESULTS, "timing.csv"])
def test_resume_makes_the_results_again_of_which_one_is_damaged(way, name, honest, place, ask):
    way(RUN / name, OTHER / name)

    code, said = ask(*RESUME)

    assert code == 0, said
    assert f"{name} is" in said
    assert "so it is made again" in said
    for result in RESULTS:
        assert (RUN / result).read_bytes() == file_of(honest, result), result
    assert "is made again" not in ask(*RESUME)[1]


@pytest.mark.parametrize("way", [emptied, cut, flipped, swapped], ids=lambda way: way.__name__)
@pytest.mark.parametrize("name", ["summary.json", "config.yaml", "model.json", "run.json"])
def test_the_best_is_none_that_is_damaged(way, name, place, ask):
    way(RUN / name, OTHER / name)

    code, said = ask("predict", "best", "rows.csv")

    assert code == 0, said
    assert f"left out as damaged: {RUN}" in said
    assert f"best is {OTHER}" in said


MEMBER = [
    *((flipped, name) for name in ("run.json", "model.safetensors", "config.yaml")),
    *((swapped, name) for name in ("run.json", "model.safetensors")),
    *((cut, "metrics.csv"), (emptied, "summary.json"), (deleted, "predictions.csv")),
]


@pytest.mark.parametrize(("way", "name"), MEMBER, ids=lambda one: getattr(one, "__name__", one))
def test_a_damaged_member_is_trained_again_with_a_word(way, name, honest, place, ask):
    member = place / "sweep" / "seed=0"
    way(member / name, place / "sweep" / "seed=1" / name)

    code, said = ask("resume", "sweep")

    assert code == 0, said
    assert "so it is trained again" in said
    for result in RESULTS:
        whole = (honest / "sweep" / "seed=0" / result).read_bytes()
        assert sha256((member / result).read_bytes()).digest() == sha256(whole).digest(), result


@pytest.mark.parametrize("way", [deleted, emptied, cut, flipped], ids=lambda way: way.__name__)
@pytest.mark.parametrize("name", ["sweep.json", "members.jsonl"])
def test_a_damaged_sweep_is_not_gone_on_with(way, name, place, ask):
    way(place / "sweep" / name, place)

    code, said = ask("resume", "sweep")

    assert code == 2
    assert name in said


def test_a_damaged_line_of_the_ledger_is_told(place, ask):
    ledger = place / "sweep" / "ledger.jsonl"
    ledger.write_text(ledger.read_text().replace('"done"', '"dome"', 1))

    code, said = ask("resume", "sweep")

    assert code == 0, said
    assert "ledger.jsonl: 1 lines are damaged or another sweep's" in said
