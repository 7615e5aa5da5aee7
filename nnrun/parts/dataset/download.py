"""Files from the internet, from the first mirror that has them as published; whole or none."""

import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nnrun.errors import Mistake, Problem
from nnrun.parts.kinds import Names

SECONDS_WITHOUT_A_BYTE = 20  # after which a mirror is given up
LARGEST = 2**26  # bytes; the largest published file has 26 MB


def download(mirrors: Names, name: str, md5: str) -> bytes:
    """Fetch a file from the first mirror that has it as it was published."""
    from http.client import HTTPException
    from urllib.request import urlopen

    failure = OSError("no mirror is known")
    for mirror in mirrors:
        try:
            with urlopen(mirror + name, timeout=SECONDS_WITHOUT_A_BYTE) as answer:
                content = answer.read(LARGEST)
        except (OSError, HTTPException) as error:
            failure = OSError(f"{mirror}: {reason_of(error)}")
            continue
        digest = hashlib.md5(content, usedforsecurity=False).hexdigest()
        if digest == md5:
            return content
        failure = OSError(f"{mirror}{name} has md5 {digest}, published was {md5}")
    raise failure


@contextmanager
def offline() -> Iterator[None]:
    """Let nothing be fetched in here, by nnrun or by scikit-learn."""
    from urllib.request import BaseHandler, Request, build_opener, install_opener

    class Refusal(BaseHandler):
        handler_order = 0  # before all others

        def default_open(self, request: Request) -> None:
            wrong = "would have to be fetched, and nothing is for what a folder asks"
            advice = "if you want it, fetch it first: nnrun check with these settings of dataset"
            raise Mistake(Problem("dataset", request.full_url[:100], wrong, advice))

    install_opener(build_opener(Refusal))
    try:
        yield
    finally:
        install_opener(None)  # the usual one


def reason_of(error: Exception) -> str:
    """Say in one line why something failed."""
    from urllib.error import URLError

    cause = error.reason if isinstance(error, URLError) else error
    return " ".join(str(cause).split()) or type(error).__name__


def put(file: Path, content: bytes) -> None:
    """Write a file that others see whole or not at all."""
    with tempfile.NamedTemporaryFile(dir=file.parent, prefix=f"{file.name}.", delete=False) as half:
        try:
            half.write(content)
            half.close()
            os.chmod(half.name, 0o644)  # a temporary file is its owner's alone
            os.replace(half.name, file)
        except BaseException:
            os.unlink(half.name)
            raise
