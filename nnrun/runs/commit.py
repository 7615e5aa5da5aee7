"""The commit that one stands in, asked of git without running what its repository names."""

import os
import subprocess
from contextlib import suppress
from functools import cache
from hashlib import sha256

# Files are compared here and no further, by git alone.
STATUS = ("status", "--porcelain", "--untracked-files=no", "--ignore-submodules=all")
# The same text whatever a person has set; of files that are binary or large their hashes.
DIFF = (
    *("-c", "core.bigFileThreshold=16m", "-c", "diff.noprefix=false"),
    *("-c", "diff.mnemonicPrefix=false", "diff", "HEAD", "--no-ext-diff", "--no-textconv"),
    *("--no-color", "--no-renames", "--no-relative", "--full-index", "--unified=3"),
    *("--inter-hunk-context=0", "--diff-algorithm=myers", "--ignore-submodules=all"),
)
FILTERS = r"^filter\..*\.(clean|process|smudge|required)$"
# Nothing is fetched, which commands of the repository might do, and its index stays as it is.
ALONE = {"GIT_ALLOW_PROTOCOL": "", "GIT_NO_LAZY_FETCH": "1", "GIT_OPTIONAL_LOCKS": "0"}
SECONDS = 5


@cache
def git() -> dict | None:
    """Read the commit of the folder one stands in, and whether files differ from it, and how."""
    try:
        commit, branch = ask("rev-parse", "HEAD"), ask("rev-parse", "--abbrev-ref", "HEAD")
        alone = harmless()
        if not ask(*alone, *STATUS):
            return {"commit": commit, "branch": branch, "dirty": False}
        known = {"commit": commit, "branch": branch, "dirty": True}
        with suppress(subprocess.SubprocessError):  # it may take too long
            known["diff_sha256"] = digest(ask(*alone, *DIFF))
        return known
    except (OSError, subprocess.SubprocessError):
        return None


def digest(text: str) -> str:
    return sha256(text.encode(errors="surrogateescape")).hexdigest()


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
    manner: dict = {"capture_output": True, "timeout": SECONDS}
    manner |= {"encoding": "utf-8", "errors": "surrogateescape"}
    done = subprocess.run(["git", *words], **manner, env={**os.environ, **ALONE})
    if done.returncode and missing is None:
        done.check_returncode()
    return done.stdout.strip() if not done.returncode else str(missing)
