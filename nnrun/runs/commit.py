"""The commit that one stands in, asked of git without running what its repository names."""

import os
import subprocess
from functools import cache

# Files are compared here and no further, by git alone.
STATUS = ("status", "--porcelain", "--untracked-files=no", "--ignore-submodules=all")
FILTERS = r"^filter\..*\.(clean|process|smudge|required)$"
# Nothing is fetched, which commands of the repository might do, and its index stays as it is.
ALONE = {"GIT_ALLOW_PROTOCOL": "", "GIT_NO_LAZY_FETCH": "1", "GIT_OPTIONAL_LOCKS": "0"}
SECONDS = 5


@cache
def git() -> dict | None:
    """Read the commit of the folder one stands in, and whether files differ from it."""
    try:
        commit, branch = ask("rev-parse", "HEAD"), ask("rev-parse", "--abbrev-ref", "HEAD")
        dirty = bool(ask(*harmless(), *STATUS))
        return {"commit": commit, "branch": branch, "dirty": dirty}
    except (OSError, subprocess.SubprocessError):
        return None


def harmless() -> list[str]:
    """Say to git that it runs no command which the repository itself names.

    What watches files for it, and what it passes them through before it compares them, are such.
    """
    listed = ask("config", "--show-scope", "--name-only", "--get-regexp", FILTERS, missing="")
    scopes = (line.partition("\t") for line in listed.splitlines())
    named = [name for scope, _, name in scopes if scope in ("local", "worktree")]
    settings = ["core.fsmonitor=false", *(f"{name}=" for name in named)]
    return [word for setting in settings for word in ("-c", setting)]


def ask(*words: str, missing: str | None = None) -> str:
    """Ask git; what to take where it finds nothing."""
    manner: dict = {"capture_output": True, "text": True, "timeout": SECONDS}
    done = subprocess.run(["git", *words], **manner, env={**os.environ, **ALONE})
    if done.returncode and missing is None:
        done.check_returncode()
    return done.stdout.strip() if not done.returncode else str(missing)
