"""What a terminal would obey is shown, and what it lacks is written in other signs."""

import io
import shlex
import subprocess

import pytest

from nnrun.characters import Legible, Visible, brief, quoted, visible, visible_lines

OBEYED = {
    "\x1b[2J": r"\x1b[2J",
    "\x1b]0;title\x07": r"\x1b]0;title\x07",
    "\x9b31m": r"\x9b31m",
    "\x7f\x00\r\n\t": r"\x7f\x00\r\n\t",
    "a\u202eb": r"a\u202eb",
    "a\u2028b\ufeff": r"a\u2028b\ufeff",
    "\udcff\ud800": r"\udcff\ud800",
}
WELCOME = [
    "plain",
    "Größe (m²)",
    "µs ± → ×",
    "\u05d0\u05d1",
    "😀",
    "👩\u200d🔬",
    "no\u00a0break",
    "[bold]",
    "\\x1b",
]


@pytest.mark.parametrize("text", OBEYED)
def test_what_a_terminal_would_obey_is_shown(text):
    assert visible(text) == OBEYED[text]


@pytest.mark.parametrize("text", WELCOME)
def test_what_people_write_stays_as_it_is(text):
    assert visible(text) == text


def test_within_lines_their_ends_and_tabs_stay():
    assert visible_lines("a\tb\nc\rd\x1b\n") == "a\tb\nc\\rd\\x1b\n"


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252", "utf-8"])
def test_an_encoding_that_lacks_a_sign_gets_plain_ones(encoding):
    file = io.BytesIO()

    with io.TextIOWrapper(file, encoding, write_through=True) as stream:
        Legible(stream).write("5 µs ± 1 → R² … ⠋ 中 \ud800")
        written = file.getvalue().decode(encoding)

    expected = {"ascii": "5 us +- 1 -> R^2 ... "}.get(encoding, "5 µs ± 1 ")
    assert written.startswith(expected)
    assert encoding == "utf-8" or r"\u4e2d" in written


def test_a_stream_shows_what_others_would_have_it_do():
    stream = io.StringIO()

    print("a\x1b[2Jb", "c\rd", file=Visible(stream))

    assert stream.getvalue() == "a\\x1b[2Jb c\\rd\n"


@pytest.mark.parametrize(
    "word",
    ["plain", "two words", "it's", "a\x1bb\\c'd", "a\nb", "$(touch x)", "caf\udce9", "-m", "é"],
)
def test_a_word_of_a_command_can_be_pasted(word):
    script = f"printf %s {quoted(word)}"

    echoed = subprocess.run(["bash", "-c", script], capture_output=True, check=True).stdout

    assert echoed == word.encode(errors="surrogateescape")
    assert visible(script) == script


def test_a_word_that_is_too_long_for_a_message_is_cut_in_its_middle():
    assert brief(f"no column {'a' * 10_000} here") == (
        f"no column {'a' * 150}[9,700 letters]{'a' * 150} here"
    )
    assert brief(shlex.join(["a"] * 1000)) == shlex.join(["a"] * 1000)
