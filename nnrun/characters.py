"""Characters that a terminal obeys, or that it lacks, written as ones that it shows.

What a person prints may hold names, labels and keys that others wrote. Whatever goes to the screen
goes through here.
"""

import codecs
import io
import os
import re
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from typing import Any, cast

CONTROLS = "\x00-\x1f\x7f-\x9f"  # bells, escape codes, line breaks
HIDDEN = "\xad\u200b\ufeff\u2060-\u2065\ufff9-\ufffb"  # take no room, and so make two names alike
TURNING = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u206f"  # change the direction of what follows
BREAKS = "\u2028\u2029"
HALVES = "\ud800-\udfff"  # of a character, which no file and no stream can hold
OBEYED = re.compile(f"[{CONTROLS}{HIDDEN}{TURNING}{BREAKS}{HALVES}]")
BYTES = "\udc80-\udcff"  # how Python keeps what is no UTF-8

# Our own signs, for a terminal that lacks them; names keep their characters, as \xe9.
PLAIN = {
    **{"µ": "u", "×": "x", "±": "+-", "→": "->", "−": "-", "–": "-", "·": ".", "…": "..."},
    **{"²": "^2", "ᵀ": "^T", "₁": "1", "₂": "2", "‖": "||", "√": "sqrt", "Σ": "sum"},
    **{"α": "alpha", "λ": "lambda", "σ": "sigma", "“": '"', "”": '"', "≥": ">=", "≤": "<="},
}
TURNS = "|/-\\"  # of a spinner, whose own signs are braille
BRAILLE = range(0x2800, 0x2900)


def visible(text: str) -> str:
    r"""Write each character that a terminal would obey as one reads it: \x1b, \n, \u202e."""
    return text if text.isprintable() else OBEYED.sub(escape, text)


def visible_lines(text: str) -> str:
    """Do so within lines, and leave the ends of lines and tabs as they are."""
    return text if text.isprintable() else re.sub(f"(?![\n\t]){OBEYED.pattern}", escape, text)


def escape(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape").decode()


def brief(text: str, longest: int = 400, kept: int = 150) -> str:
    """Leave out the middle of words that are too long for a message; so much of both ends stays."""

    def shortened(found: re.Match[str]) -> str:
        word = found[0]
        return f"{word[:kept]}[{len(word) - 2 * kept:,} letters]{word[-kept:]}"

    return re.sub(rf"\S{{{longest},}}", shortened, text)


# Commands


def quoted(word: str) -> str:
    r"""Quote a word for a shell; control characters as bash, zsh and ksh read them: $'\x1b'."""
    if visible(word) == word:
        return shlex.quote(word)
    safe = word.replace("\\", "\\\\").replace("'", "\\'")
    return f"$'{visible(re.sub(f'[{BYTES}]', as_byte, safe))}'"


def as_byte(found: re.Match[str]) -> str:
    return f"\\x{ord(found[0]) - 0xDC00:02x}"


# Streams


def readable(error: UnicodeError) -> tuple[str, int]:
    """Write what an encoding lacks in plain signs, or as Python would."""
    assert isinstance(error, UnicodeEncodeError)
    lacking = error.object[error.start : error.end]
    return "".join(map(in_plain_signs, lacking)), error.end


def in_plain_signs(sign: str) -> str:
    if ord(sign) in BRAILLE:
        return TURNS[ord(sign) % len(TURNS)]
    return PLAIN.get(sign) or sign.encode("ascii", "backslashreplace").decode()


codecs.register_error("nnrun.readable", readable)


def encodable(text: str, encoding: str | None) -> str:
    """Write a text in the characters that an encoding has."""
    known = encoding or "utf-8"
    return text if text.isascii() else text.encode(known, "nnrun.readable").decode(known)


class Legible(io.TextIOBase):
    """A stream that writes what its encoding lacks in other characters."""

    def __init__(self, stream: Any):
        self.stream = stream

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return self.stream.encoding or "utf-8"

    def write(self, text: str) -> int:
        self.stream.write(encodable(text, self.encoding))
        return len(text)

    def flush(self) -> None:
        self.stream.flush()

    def isatty(self) -> bool:
        return self.stream.isatty()

    @property
    def buffer(self) -> Any:
        return self.stream.buffer

    def fileno(self) -> int:
        return self.stream.fileno()


class Visible(Legible):
    """A stream that shows control characters instead of letting the terminal obey them."""

    def write(self, text: str) -> int:
        return super().write(visible_lines(text))


def paintable(stream: Any) -> Any:
    """Give a stream to a console that paints with control characters, and shows those of others."""
    return Legible(stream.stream if isinstance(stream, Visible) else stream)


@contextmanager
def visible_output() -> Iterator[None]:
    """Let nothing that is printed in here be obeyed by the terminal."""
    with open(os.devnull, "w") as nowhere:  # instead of a stream that was closed before we began
        out, err = (cast(Any, Visible(stream or nowhere)) for stream in (sys.stdout, sys.stderr))
        with redirect_stdout(out), redirect_stderr(err):
            yield
