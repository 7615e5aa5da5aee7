"""The commit is told, and nothing that a repository names is run for it."""

import subprocess

import pytest

from nnrun.runs.commit import git

ATTACKS = {
    "watches files": {"core.fsmonitor": "{command}"},
    "cleans files": {"filter.evil.clean": "{command}"},
    "cleans files, and has to": {"filter.evil.clean": "{command}", "filter.evil.required": "true"},
    "cleans files on and on": {"filter.evil.process": "{command}"},
    "compares files": {"diff.external": "{command}", "diff.evil.command": "{command}"},
    "turns files into text": {"diff.evil.textconv": "{command}"},
    "runs at a change": {"core.hooksPath": "hooks"},
    "pages": {"core.pager": "{command}", "pager.status": "true"},
    "is another word": {"alias.status": "!{command}", "alias.rev-parse": "!{command}"},
}
SETTINGS = {
    "diff.noprefix": "true",
    "diff.mnemonicPrefix": "true",
    "diff.algorithm": "histogram",
    "diff.context": "0",
    "color.ui": "always",
}


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """A repository with one committed file that has been touched since."""
    folder = tmp_path / "repository"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")

    def ask(*words):
        told = ["git", "-c", "user.name=a", "-c", "user.email=a@b", *words]
        return subprocess.run(told, check=True, capture_output=True, text=True).stdout.strip()

    ask("init", "-q")
    (folder / "a.txt").write_text("a\n")
    (folder / ".gitattributes").write_text("*.txt filter=evil diff=evil\n")
    ask("add", ".")
    ask("commit", "-qm", "first")
    (folder / "a.txt").write_text("a\n")
    git.cache_clear()
    yield ask
    git.cache_clear()


@pytest.mark.parametrize("change", ["", "b\n"])
def test_the_commit_and_whether_files_differ_are_told(change, repository):
    with open("a.txt", "a") as file:
        file.write(change)

    commit, branch = repository("rev-parse", "HEAD"), repository("branch", "--show-current")
    found = git()
    assert ("diff_sha256" in found) == bool(change)
    found.pop("diff_sha256", None)
    assert found == {"commit": commit, "branch": branch, "dirty": bool(change)}


def test_what_was_changed_is_told_by_a_hash_that_no_setting_moves(repository):
    def changed(text: str) -> str:
        with open("a.txt", "w") as file:
            file.write(text)
        git.cache_clear()
        return git()["diff_sha256"]

    first, other = changed("b\n"), changed("c\n")
    for key, value in SETTINGS.items():
        repository("config", key, value)

    assert first != other
    assert changed("b\n") == first


@pytest.mark.parametrize("attack", ATTACKS)
def test_no_command_of_a_repository_is_run(attack, repository, tmp_path):
    script, trace = tmp_path / "script", tmp_path / "trace"
    script.write_text(f"#!/bin/sh\ntouch {trace}\ncat\n")
    script.chmod(0o755)
    for key, value in ATTACKS[attack].items():
        repository("config", key, value.format(command=script))
    with open("a.txt", "a") as file:
        file.write("b\n")

    found = git()

    assert found["commit"] == repository("rev-parse", "HEAD")
    assert not trace.exists()


def test_such_a_command_would_be_run_by_git_itself(repository, tmp_path):
    trace = tmp_path / "trace"
    repository("config", "filter.evil.clean", f"touch {trace}; cat")

    repository("status", "--porcelain")

    assert trace.exists()


def test_outside_of_a_repository_there_is_none(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    git.cache_clear()

    assert git() is None
    git.cache_clear()
