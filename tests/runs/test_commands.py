"""Paths in commands can be pasted where the person stands."""

from pathlib import Path

import pytest

from nnrun.runs.commands import shown, typed, working_in


@pytest.mark.parametrize(
    ("path", "pasted"),
    [("outputs/a b", "'outputs/a b'"), ("it's", """'it'"'"'s'"""), ("-m", "./-m"), ("a=1", "a=1")],
)
def test_a_path_is_one_word_to_the_shell(path, pasted, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    assert typed(Path(path)) == pasted
    assert typed(tmp_path / path) == pasted


def test_a_path_begins_where_the_person_stands_and_not_where_we_work(tmp_path, monkeypatch):
    (tmp_path / "began" / "sweep").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)

    with working_in(tmp_path / "began"):
        here = Path.cwd()
        within, inside = shown(tmp_path / "began" / "sweep"), shown(Path("sweep"))

    assert here == tmp_path / "began"
    assert within == inside == "began/sweep"
    assert Path.cwd() == tmp_path
