"""The worker processes of a sweep: started, given orders, heard, and given up when they die or fall silent."""

import json
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from math import inf
from queue import Empty, SimpleQueue
from tempfile import TemporaryFile
from time import monotonic
from typing import IO, Any

LOADING = 60  # seconds more that a worker may take to load torch
WORKER = [sys.executable, "-P", "-m", "nnrun.sweep.worker"]


@dataclass(eq=False)
class Hand:
    """One worker: its process, and the order it is busy with."""

    process: subprocess.Popen
    errors: IO[bytes]
    ear: threading.Thread = field(init=False)  # hears its events
    order: dict | None = None
    failed: list[str] = field(default_factory=list)  # why members of its shard failed
    ready: bool = False  # has loaded torch, and listens
    heard: float = field(default_factory=monotonic)

    def last_words(self) -> str:
        """The end of what it wrote to its standard error."""
        self.errors.seek(0)
        lines = self.errors.read().decode(errors="replace").strip().splitlines()
        return lines[-1] if lines else ""


class Crew:
    """Workers, and one queue in which their events arrive."""

    def __init__(self, count: int):
        self.timeout: float | None = (
            None  # seconds without a sign of life after which a busy worker is given up
        )
        self.heard: SimpleQueue = SimpleQueue()
        self.hands: list[Hand] = []
        self.number(count)

    def number(self, count: int) -> None:
        """Hire or dismiss until there are so many."""
        while len(self.hands) < count:
            self.hire()
        for hand in self.hands[count:]:
            self.dismiss(hand)

    def hire(self) -> Hand:
        errors = TemporaryFile()  # noqa: SIM115, closed when the worker is dismissed
        process = subprocess.Popen(
            WORKER,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            start_new_session=True,
        )
        hand = Hand(process, errors)
        hand.ear = threading.Thread(target=self.hear, args=(hand,), daemon=True)
        hand.ear.start()
        self.hands.append(hand)
        return hand

    def hear(self, hand: Hand) -> None:
        """Pass on each event of a worker, and that it is gone."""
        assert hand.process.stdout is not None
        for line in hand.process.stdout:
            with suppress(ValueError):  # the last line of a worker that was killed
                self.heard.put((hand, json.loads(line)))
        self.heard.put((hand, {"gone": True}))

    def tell(self, hand: Hand, **order: Any) -> None:
        """Give an order; should the worker be gone, that will be heard."""
        hand.order, hand.failed, hand.heard = order, [], monotonic()
        self.send(hand, order)

    def send(self, hand: Hand, line: dict) -> None:
        assert hand.process.stdin is not None
        try:
            hand.process.stdin.write(json.dumps(line) + "\n")
            hand.process.stdin.flush()
        except OSError:
            return

    def next_event(self) -> tuple[Hand, dict]:
        """The next event of any worker; one that has been silent for too long is killed, which is an event too."""
        while True:
            self.give_up_the_silent()
            with suppress(Empty):
                hand, event = self.heard.get(timeout=0.2 if self.timeout else 60)
                hand.heard, hand.ready = monotonic(), hand.ready or "ready" in event
                if hand in self.hands:
                    return hand, event

    def give_up_the_silent(self) -> None:
        for hand in self.hands:
            most = (self.timeout or inf) + (0 if hand.ready else LOADING)
            silent = hand.order and monotonic() - hand.heard > most
            if silent and hand.process.poll() is None:
                hand.errors.write(
                    f"\nno sign of life for {self.timeout:g} s, sweep.timeout\n".encode()
                )
                hand.process.kill()

    def replace(self, hand: Hand) -> Hand:
        """A new worker in the place of one that is gone."""
        self.dismiss(hand)
        return self.hire()

    def dismiss(self, hand: Hand) -> None:
        hand.process.kill()
        hand.ear.join()
        self.hands.remove(hand)
        with suppress(OSError):  # what it has not read any more
            hand.process.stdin.close()  # type: ignore[union-attr]
        with hand.process, hand.errors:
            pass

    def stop(self) -> None:
        for hand in list(self.hands):
            self.dismiss(hand)
