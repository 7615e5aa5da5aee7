"""The text of a file, or a plain word on why it has none."""

import codecs
import io
import os
import re
import stat
import sys
from contextlib import suppress
from pathlib import Path

from nnrun.errors import Mistake, Problem, did_you_mean, listing, nearest
from nnrun.parts.dataset.wording import mistake_at, problem_at
from nnrun.parts.kinds import show
from nnrun.reading.files import expanded, has_holes, opened_given

DELIMITERS = {"tab": "\t", "comma": ",", "semicolon": ";", "space": " ", "pipe": "|"}
WORD_OF = {sign: word for word, sign in DELIMITERS.items()}
LARGEST = 2**32  # bytes of a table
TABLES = (".csv", ".tsv", ".txt", ".parquet")

MARKDOWN = re.compile(rb"[^\n]*\|[^\n]*\n\s*\|?\s*:?--+:?\s*\|")
PARQUET = "a Parquet file"
ZIP = "a zip archive"
EXCEL = ("an Excel file", "save the sheet as CSV")

SIGNS = (  # how a file begins that is no table, what it is, and what to do with it
    (b"version https://git-lfs", "a git-lfs pointer", "fetch the data with: git lfs pull"),
    (b"<!doctype html", "an HTML page", "download the table itself"),
    (b"<html", "an HTML page", "download the table itself"),
    (b"<?xml", "an XML file", "save the table as CSV"),
    (b"pk\x03\x04", ZIP, "unpack it first"),
    (b"\xd0\xcf\x11\xe0", *EXCEL),
    (b"\x1f\x8b", "a gzip file", "unpack it first"),
    (b"par1", PARQUET, "name it .parquet"),
    (b"bzh", "a bzip2 file", "unpack it first"),
    (b"\xfd7zxz", "an xz file", "unpack it first"),
    (b"7z\xbc\xaf", "a 7-Zip archive", "unpack it first"),
    (b"rar!", "a RAR archive", "unpack it first"),
    (b"\x28\xb5\x2f\xfd", "a zstd file", "unpack it first"),
    (b"\x89hdf", "an HDF5 file", "export the table as CSV"),
    (b"arrow1", "a Feather file", "save the table as CSV or Parquet"),
    (b"\x80\x04\x95", "a pickle", "save the table as CSV"),
    (b"\x89png", "a picture", "give a table"),
    (b"\xff\xd8\xff", "a picture", "give a table"),
    (b"{\\rtf", "an RTF file", "save the table as CSV"),
    (b"<table", "an HTML page", "download the table itself"),
    (b"%pdf", "a PDF file", "save the table as CSV"),
    (b"\x93numpy", "a NumPy file", "save the array as CSV with column names"),
    (b"sqlite format 3", "an SQLite database", "export the table as CSV"),
    (b"@relation", "an ARFF file", "save the table as CSV"),
    (b'{"', "a JSON file", "save the table as CSV"),
    (b"[{", "a JSON file", "save the table as CSV"),
)

BYTE_A_LETTER = ("iso8859-1", "iso8859-15", "cp1252", "latin_1", "mac-roman")
HANDED_OVER = (Path("/dev/fd"), Path("/proc/self/fd"))  # what a shell writes for <(...)
STANDARD_INPUT = Path("/dev/stdin")
PIPED = "standard input"  # as it is told where - is typed
BYTE_ORDER_MARKS = (  # UTF-32 comes first, since its mark begins with that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def read_bytes(path: str, key: str) -> bytes:
    """Read a whole file; `key` is the setting that holds its path."""
    file = expanded(path)
    try:
        if file.is_dir():
            advice = "give a .csv, .tsv or .parquet file"
            raise Mistake(Problem(key, show(path), "is a directory", advice))
        if wrong := no_file(file):
            raise Mistake(Problem(key, show(path), wrong, "give a file"))
        return file.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        raise Mistake(not_found(file, path, key)) from None
    except PermissionError:
        raise mistake_at(path, f"permission denied{ownership(file)}") from None
    except (OSError, ValueError) as error:  # a NUL in a path is a ValueError
        reason = error.strerror if isinstance(error, OSError) else error
        raise Mistake(Problem(key, show(path[:60]), f"cannot be read ({reason})")) from None


def no_file(file: Path) -> str:
    """Say why a path is none that ends: a pipe of which nobody may write, a device, a socket."""
    mode = file.stat().st_mode
    if stat.S_ISREG(mode):
        return too_much(file)
    return (
        "" if is_handed_over(str(file)) or stat.S_ISDIR(mode) else "is a pipe, a device or a socket"
    )


def is_handed_over(path: str) -> bool:
    """Tell whether a path is no file's, but what a shell or a program hands over."""
    return path == PIPED or Path(path) == STANDARD_INPUT or Path(path).parent in HANDED_OVER


def too_much(file: Path) -> str:
    """Say why a file would flood the memory: by its size, or as zeros that no disk holds."""
    with opened_given(file, sys.maxsize) as opened:
        size = os.fstat(opened.fileno()).st_size
        if size > LARGEST:
            return f"has {size:,} bytes, more than the {LARGEST:,} that a table may have"
        return "has holes, as a download that was cut short" if has_holes(opened, size) else ""


def not_found(file: Path, path: str, key: str) -> Problem:
    """Tell what a person may have meant by a path that leads nowhere."""
    folder, typed = file.parent.absolute(), show(path)
    if "://" in path:
        return Problem(key, typed, "is a web address", "download the file first")
    if not folder.is_dir():
        return Problem(key, typed, f"not found, as there is no folder {folder}", "check the path")
    files = sorted(other.name for other in folder.iterdir() if other.is_file())
    tables = [name for name in files if name.endswith(TABLES)]
    choice = f"choose from {listing(tables)}" if tables else "check the path"
    advice = did_you_mean(nearest(file.name, files)) or choice
    return Problem(key, typed, f"not found in {folder}", advice)


def ownership(file: Path) -> str:
    """Name the file's owner and who may read it, where the system tells."""
    try:
        return f" (owner {file.owner()}, mode {file.stat().st_mode & 0o7777:04o})"
    except (OSError, KeyError, NotImplementedError):
        return ""


def refuse_foreign(raw: bytes, path: str, expected: str = "") -> None:
    """Refuse a file that is no plain text, by how it begins, unless it is what was expected."""
    head = raw[:200].removeprefix(codecs.BOM_UTF8).lstrip().lower()
    head = re.sub(rb"(?<=[\[{])\s+", b"", head)  # JSON may be set out in lines
    if MARKDOWN.match(head):
        raise mistake_at(path, "is a Markdown table", "save the table as CSV")
    for sign, kind, advice in SIGNS:
        if head.startswith(sign) and kind != expected:
            if kind == ZIP and b"xl/workbook" in raw:
                kind, advice = EXCEL
            if kind == PARQUET and is_handed_over(path):
                advice = "give the file itself, with a name that ends in .parquet"
            raise mistake_at(path, f"is {kind}", advice)


def decode(raw: bytes, path: str, encoding: str, delimiter: str) -> str:
    """Decode a table's text, without a byte order mark."""
    refuse_foreign(raw, path)
    codec = known_codec(encoding)
    wide = codec.startswith(("utf-16", "utf-32"))
    if not wide:
        refuse_wide_characters(raw, path)
        refuse_nul(raw, path)
    try:
        text = raw.removeprefix(codecs.BOM_UTF8).decode(codec)
    except UnicodeDecodeError as error:
        raise Mistake(undecodable(error, path, encoding, delimiter)) from None
    if wide:
        refuse_nul(text.encode(), path)
    refuse_garbled(raw, path, codec)
    text = text.removeprefix("\ufeff")
    if "\ufeff" in text:
        line = text.count("\n", 0, text.index("\ufeff")) + 1
        joined = "byte order mark within the text, as where files were joined"
        raise mistake_at(f"{path}:{line}", joined, "take it out")
    return text


def refuse_nul(raw: bytes, path: str) -> None:
    """Refuse what holds a zero, which no text does."""
    if b"\0" in raw:
        line = raw.count(b"\n", 0, raw.index(b"\0")) + 1
        advice = "the file is damaged or no table"
        raise mistake_at(f"{path}:{line}", "NUL byte in the text", advice)


def refuse_garbled(raw: bytes, path: str, codec: str) -> None:
    """Refuse UTF-8 that is to be read a byte a letter, which makes two letters of one."""
    if codec not in BYTE_A_LETTER or raw.isascii():
        return
    with suppress(UnicodeDecodeError):
        raw.decode()
        raise mistake_at(path, f"is UTF-8, which {codec} garbles", "leave out dataset.encoding")


def known_codec(encoding: str) -> str:
    """Give the name that Python has for an encoding of text."""
    try:
        codec = codecs.lookup(encoding).name
        io.TextIOWrapper(io.BytesIO(), codec)  # hex and zip are codecs too, but not of text
    except (LookupError, ValueError):
        near = nearest(encoding, ("utf-8", "utf-16", "latin-1", "cp1252"))
        advice = did_you_mean(near) or "choose utf-8, utf-16, latin-1 or cp1252"
        problem = Problem("dataset.encoding", show(encoding), "unknown encoding", advice)
        raise Mistake(problem) from None
    return codec


def refuse_wide_characters(raw: bytes, path: str) -> None:
    """Refuse UTF-16 and UTF-32, told by their mark, or by a zero in every other byte."""
    for mark, encoding in BYTE_ORDER_MARKS:
        if raw.startswith(mark):
            looks = f"looks like {encoding.upper()} (BOM {mark.hex(' ').upper()})"
            raise mistake_at(path, looks, f"set dataset.encoding={encoding}")
    for start, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        part = raw[start:400:2]
        if part.count(0) > len(part) / 2:
            looks = "looks like UTF-16 without a BOM"
            raise mistake_at(path, looks, f"set dataset.encoding={encoding}")


def undecodable(error: UnicodeDecodeError, path: str, encoding: str, delimiter: str) -> Problem:
    """Tell which byte is no text in this encoding, where it is, and what it may be instead."""
    raw, start = error.object, error.start
    if error.encoding not in ("utf-8", "ascii"):
        return problem_at(path, f"is not {encoding}", "set dataset.encoding=utf-8")
    line = raw.count(b"\n", 0, start) + 1
    wrong = f"byte 0x{raw[start]:02X} is not {encoding.upper()}{place(raw, start, delimiter)}"
    # latin-1 has no letters there, Windows has
    other = "cp1252" if 0x80 <= raw[start] <= 0x9F else "latin-1"
    return problem_at(f"{path}:{line}", wrong, f"set dataset.encoding={other}")


def place(raw: bytes, at: int, delimiter: str) -> str:
    """Name the column of a byte and the letters before it: (column a, near 'caf')."""
    start = raw.rfind(b"\n", 0, at) + 1
    cells = raw[start:at].decode("latin-1").split(delimiter)
    names = raw[: raw.find(b"\n")].decode("latin-1").split(delimiter)
    name = names[len(cells) - 1].strip() if start and len(cells) <= len(names) else ""
    near = cells[-1].strip()[-12:]
    told = []
    if name:
        told.append(f"column {name}")
    if near:
        told.append(f"near '{near}'")
    return f" ({', '.join(told)})" if told else ""
