"""Who gets which shard, and what the workers' events mean."""

import os
from collections import deque
from dataclasses import dataclass, field

from nnrun.results.record import begun, ended
from nnrun.sweep import compare
from nnrun.sweep.board import Board
from nnrun.sweep.crew import Crew, Hand
from nnrun.sweep.ledger import Ledger

ALIKE = 3  # members that fail in the same way before any other is through


@dataclass
class Dispatch:
    """Shards on their way through the workers."""

    ledger: Ledger
    crew: Crew
    board: Board
    orders: deque[list[int]]  # shards that nobody has yet
    settled: list[str] = field(default_factory=list)  # why members failed whose whole shard is through
    word: str = ""  # why the rest was given up

    def run(self) -> str:
        """Give shards to workers until none is left; what to say when that was given up."""
        for hand in self.crew.hands:
            greet(self.ledger, self.crew, hand)
            self.give(hand)
        while any(hand.order for hand in self.crew.hands):
            self.heed(*self.crew.next_event())
        return self.word

    def give(self, hand: Hand) -> None:
        """The next shard for a worker that has nothing to do."""
        hand.order = None
        if self.orders:
            self.crew.tell(hand, train=self.orders.popleft())

    def heed(self, hand: Hand, event: dict) -> None:
        """What a worker's event means."""
        mine = hand.order["train"] if hand.order else []
        if "done" in event:
            mine.remove(event["done"])
            self.done(event["done"])
        elif "failed" in event:
            mine.remove(event["failed"])
            hand.failed.append(event["word"])
            self.fail(event["failed"], event["word"])
        elif "epoch" in event:
            self.board.progress(hand, event)
        elif "idle" in event:
            self.ledger.about["peak"] = max(self.ledger.about.get("peak", 0), event["peak"])
            self.settle(hand.failed)
            self.give(hand)
        elif "broken" in event:
            self.isolate(mine, event["broken"])
            self.give(hand)
        elif "gone" in event:
            word = f"its worker died: {hand.last_words() or 'killed'}"
            hand = self.crew.replace(hand)
            greet(self.ledger, self.crew, hand)
            self.isolate(mine, word)
            self.give(hand)

    def done(self, member: int) -> None:
        self.ledger.note(member, "done")
        summary = self.ledger.summary(member)
        name, score = self.ledger.names[member], compare.score(summary)
        self.board.done(compare.Row(member, name, {}, "done", score, summary))

    def fail(self, member: int, word: str) -> None:
        if not self.ledger.failed(member):  # a worker that broke down has not written it
            folder, job = self.ledger.fresh(member), self.ledger.jobs[member]
            ended(folder, begun(folder, job.config, job.overrides), "failed", word)
        self.ledger.note(member, "failed", word)
        self.board.failed(member, word)

    def isolate(self, members: list[int], word: str) -> None:
        """Members whose shard broke down are tried in two halves, until the one that is at fault is alone."""
        if len(members) == 1:
            self.fail(members[0], word)
            self.settle([word])
        elif members:
            self.board.broken(members, word)
            half = len(members) // 2
            self.orders.extendleft([members[half:], members[:half]])

    def settle(self, words: list[str]) -> None:
        """Stop when the first members all fail in one way: the configuration is at fault then, not a setting."""
        self.settled += words
        alike = len({kind(word) for word in self.settled}) == 1
        if not self.board.successes and len(self.settled) >= ALIKE and alike and not self.word:
            left = sum(map(len, self.orders))
            self.word = (
                f"the first {len(self.settled)} members all failed alike ({self.settled[0]}); the configuration is at"
                " fault, not the luck" + (f", so the other {left} were not begun" if left else "")
            )
            self.orders.clear()


def kind(word: str) -> str:
    """A failure without its numbers."""
    return "".join(letter for letter in word.partition(";")[0] if not letter.isdigit())


def greet(ledger: Ledger, crew: Crew, hand: Hand) -> None:
    """Tell a worker which sweep it works on, and how many threads are its own."""
    crew.send(hand, {"sweep": str(ledger.path), "threads": max(1, cores() // len(crew.hands))})


def cores() -> int:
    """Processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
