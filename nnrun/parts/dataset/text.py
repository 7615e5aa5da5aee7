"""The text of a file, or a plain word on why it has none."""

import codecs
import io
from pathlib import Path

from nnrun.errors import Mistake, did_you_mean, listing, nearest

TABLES = (".csv", ".tsv", ".txt", ".parquet")

SIGNS = (  # how a file begins that is no table, what it is, and what to do with it
    (b"version https://git-lfs", "a git-lfs pointer", "fetch the data with: git lfs pull"),
    (b"<!doctype html", "an HTML page", "download the table itself"),
    (b"<html", "an HTML page", "download the table itself"),
    (b"<?xml", "an XML file", "save the table as CSV"),
    (b"pk\x03\x04", "a zip archive", "unpack it first"),
    (b"\xd0\xcf\x11\xe0", "an Excel file", "save the sheet as CSV"),
    (b"\x1f\x8b", "a gzip file", "unpack it first"),
    (b"par1", "a Parquet file", "name it .parquet"),
    (b"%pdf", "a PDF file", "save the table as CSV"),
    (b"\x93numpy", "a NumPy file", "save the array as CSV with column names"),
    (b"sqlite format 3", "an SQLite database", "export the table as CSV"),
    (b'{"', "a JSON file", "save the table as CSV"),
    (b"[{", "a JSON file", "save the table as CSV"),
)

BYTE_ORDER_MARKS = (  # UTF-32 comes first, since its mark begins with that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def read_bytes(path: str, key: str) -> bytes:
    """All bytes of the file; `key` is the setting that holds its path."""
    try:
        file = Path(path).expanduser()
        if file.is_dir():
            raise Mistake(f"{key}: '{path}' is a directory; give a .csv, .tsv or .parquet file")
        raw = file.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        raise Mistake(f"{key}: '{path}' not found; {alternative(path, file.parent)}") from None
    except PermissionError:
        raise Mistake(f"{path}: permission denied{ownership(file)}") from None
    except (
        OSError,
        ValueError,
        RuntimeError,
    ) as error:  # no home folder is a RuntimeError, a NUL in a path a ValueError
        raise Mistake(
            f"{key}: {path[:60]!r} cannot be read ({getattr(error, 'strerror', None) or error})"
        ) from None
    if not raw.strip():
        raise Mistake(f"{path}: file is empty ({len(raw)} bytes)")
    return raw


def alternative(path: str, folder: Path) -> str:
    """What a person may have meant by a path that leads nowhere."""
    if "://" in path:
        return "it is a web address: download the file first"
    if not folder.is_dir():
        return f"there is no folder {folder.absolute()}"
    files = sorted(file.name for file in folder.iterdir() if file.is_file())
    tables = [name for name in files if name.endswith(TABLES)]
    hint = did_you_mean(nearest(Path(path).name, files)) or (
        f"choose from {listing(tables)}" if tables else "check the path"
    )
    return f"{hint} (looked in {folder.absolute()})"


def ownership(file: Path) -> str:
    """Whose file it is and who may read it, where the system tells."""
    try:
        return f" (owner {file.owner()}, mode {file.stat().st_mode & 0o7777:04o})"
    except (OSError, KeyError, NotImplementedError):
        return ""


def foreign(raw: bytes) -> tuple[str, str]:
    """What a file is that holds no plain text, and what to do with it; empty for a text."""
    head = raw[:200].removeprefix(codecs.BOM_UTF8).lstrip().lower()
    for sign, kind, advice in SIGNS:
        if head.startswith(sign):
            excel = kind == "a zip archive" and b"xl/workbook" in raw
            return ("an Excel file", "save the sheet as CSV") if excel else (kind, advice)
    return "", ""


def decode(raw: bytes, path: str, encoding: str, delimiter: str) -> str:
    """The text of a table, without a byte order mark."""
    kind, advice = foreign(raw)
    if kind:
        raise Mistake(f"{path}: is {kind}; {advice}")
    codec = known_codec(encoding)
    if not codec.startswith(("utf-16", "utf-32")):
        refuse_wide_characters(raw, path)
    try:
        text = raw.removeprefix(codecs.BOM_UTF8).decode(codec)
    except UnicodeDecodeError as error:
        raise Mistake(undecodable(error, path, encoding, delimiter)) from None
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise Mistake(f"{path}:{line}: NUL byte in the text; the file is damaged or no table")
    return text.removeprefix("\ufeff")


def known_codec(encoding: str) -> str:
    """The name Python has for an encoding of text."""
    try:
        codec = codecs.lookup(encoding).name
        io.TextIOWrapper(io.BytesIO(), codec)  # hex and zip are codecs too, but not of text
        return codec
    except (LookupError, ValueError):
        hint = (
            did_you_mean(nearest(encoding, ("utf-8", "utf-16", "latin-1", "cp1252")))
            or "choose utf-8, utf-16, latin-1 or cp1252"
        )
        raise Mistake(f"dataset.encoding='{encoding}': unknown encoding; {hint}") from None


def refuse_wide_characters(raw: bytes, path: str) -> None:
    """UTF-16 and UTF-32 are told by their mark, or by a zero in every other byte."""
    for mark, encoding in BYTE_ORDER_MARKS:
        if raw.startswith(mark):
            shown = mark.hex(" ").upper()
            raise Mistake(
                f"{path}: looks like {encoding.upper()} (BOM {shown}); set dataset.encoding={encoding}"
            )
    for start, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        part = raw[start:400:2]
        if part.count(0) > len(part) / 2:
            raise Mistake(
                f"{path}: looks like UTF-16 without a BOM; set dataset.encoding={encoding}"
            )


def undecodable(error: UnicodeDecodeError, path: str, encoding: str, delimiter: str) -> str:
    """The line for bytes that are no text in this encoding: which byte, in which column, after which letters."""
    raw, start = error.object, error.start
    if error.encoding not in ("utf-8", "ascii"):
        return f"{path}: is not {encoding}; set dataset.encoding=utf-8"
    line = raw.count(b"\n", 0, start) + 1
    cells = raw[raw.rfind(b"\n", 0, start) + 1 : start].decode("latin-1").split(delimiter)
    names = raw[: raw.find(b"\n")].decode("latin-1").split(delimiter)
    column = names[len(cells) - 1].strip() if line > 1 and len(cells) <= len(names) else ""
    near = cells[-1].strip()[-12:]
    place = ", ".join(
        part for part in (column and f"column {column}", near and f"near '{near}'") if part
    )
    advice = (
        "cp1252" if 0x80 <= raw[start] <= 0x9F else "latin-1"
    )  # latin-1 has no letters there, Windows has
    told = f"{path}:{line}: byte 0x{raw[start]:02X} is not {encoding.upper()}; set dataset.encoding={advice}"
    return f"{told} ({place})" if place else told
