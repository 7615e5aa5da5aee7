"""A real browser that tests open pages in, asked over a pipe; no package is needed for it."""

import json
import os
import shutil
import subprocess
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
QUIET = "--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe"


class Browser:
    """One page of it."""

    def __init__(self, told: int, asked: int):
        self.out, self.into = os.fdopen(told, "rb"), os.fdopen(asked, "wb")
        self.number, self.rest, self.complaints = 0, b"", []
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self.session = {}
        made = self.ask("Target.attachToTarget", targetId=target, flatten=True)
        self.session = {"sessionId": made["sessionId"]}
        for domain in ("Page", "Runtime", "Log"):
            self.ask(f"{domain}.enable")

    def ask(self, method: str, **told):
        """Ask for something, and wait for its answer."""
        self.number += 1
        session = self.session if self.number > 2 else {}
        message = {"id": self.number, "method": method, "params": told, **session}
        self.into.write(json.dumps(message).encode() + b"\0")
        self.into.flush()
        while True:
            heard = self.hear()
            if heard.get("id") == self.number:
                assert "error" not in heard, heard
                return heard["result"]

    def hear(self) -> dict:
        while b"\0" not in self.rest:
            more = os.read(self.out.fileno(), 2**16)
            assert more, "the browser is gone"
            self.rest += more
        told, _, self.rest = self.rest.partition(b"\0")
        heard = json.loads(told)
        if heard.get("method") in ("Runtime.exceptionThrown", "Log.entryAdded"):
            self.complaints.append(heard["params"])
        return heard

    def open(self, address: str) -> None:
        """Open a page, and wait until it is drawn."""
        self.ask("Page.navigate", url=address)
        while self.tell("document.readyState") != "complete":
            pass
        self.tell("new Promise(drawn => requestAnimationFrame(() => setTimeout(drawn, 50)))")

    def tell(self, script: str):
        """Say what a script comes to in the page."""
        told = {"expression": script, "awaitPromise": True, "returnByValue": True}
        return self.ask("Runtime.evaluate", **told)["result"].get("value")

    def press(self, key: str) -> None:
        """Press a key."""
        codes = {"Tab": 9, "Enter": 13, "Escape": 27, "ArrowUp": 38, "ArrowDown": 40}
        for kind in ("keyDown", "keyUp"):
            code = codes[key]
            text = {"text": "\r"} if key == "Enter" and kind == "keyDown" else {}
            self.ask(
                "Input.dispatchKeyEvent", type=kind, key=key, windowsVirtualKeyCode=code, **text
            )


@contextmanager
def browser(profile: Path):
    """Start it, and end it."""
    if CHROMIUM is None:
        pytest.skip("no Chromium is installed")
    (asked, ask), (tell, told) = os.pipe(), os.pipe()

    pipes = f'exec "$@" 3<&{asked} 4>&{told}'  # it hears on 3, and tells on 4
    command = ["bash", "-c", pipes, "bash", CHROMIUM, *QUIET, f"--user-data-dir={profile}"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen(command, pass_fds=(asked, told), **quiet)
    os.close(asked)
    os.close(told)
    page = Browser(tell, ask)
    try:
        yield page
    finally:
        with suppress(AssertionError, OSError):
            page.ask("Browser.close")
        process.wait(30)
        for pipe in (page.out, page.into):
            with suppress(OSError):
                pipe.close()
