"""What a person may hand over by mistake is told in one line with its place, or read with a word on it.

Nothing is trained here: a configuration is composed and its table read, as each training begins.
"""

import gzip
import io
import os
import zipfile

import pytest

from nnrun.config.experiment import build
from nnrun.errors import Mistake

ROWS = 40
TABLE = ("dataset=table", "dataset.path=rows.csv", "dataset.target=y")


def each(cell) -> list[str]:
    """A column whose cells follow from the row."""
    return [str(cell(row)) for row in range(ROWS)]


def among(*texts: str) -> list[str]:
    """A column of a few texts."""
    return each(lambda row: texts[row * 5 % len(texts)])


def one(text: str, others=lambda row: row % 7, row: int = 5) -> list[str]:
    """A column of numbers but for one cell."""
    return each(lambda at: text if at == row else others(at))


def table(**columns: list[str]) -> str:
    """A table with these columns, beside one of numbers; the target is a number."""
    whole = {"a": each(lambda row: row * 1.5 + 0.25), **columns}
    whole.setdefault("y", each(lambda row: row * 7 % 13 + 0.5))
    rows = zip(*whole.values(), strict=True)
    return "\n".join([",".join(whole), *map(",".join, rows)]) + "\n"


def zipped(name: str) -> bytes:
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as archive:
        archive.writestr(name, "a,y\n1,2\n")
    return memory.getvalue()


PLAIN = table()
NUMBERED = "\n".join(f"{row}.5,{'ab'[row % 2]},{row * 3 % 7}.25" for row in range(ROWS))
REMEDY = "dataset.categorical=[b] or dataset.drop=[b]"

# What the file holds, what is typed beside it, and every line that is told; numbers are those of bad-inputs.md.
REFUSED: dict[str, tuple[str | bytes, tuple[str, ...], list[str]]] = {
    "4 empty": ("", (), ["rows.csv: file is empty (0 bytes)"]),
    "4 blank lines alone": ("\n\n  \n", (), ["rows.csv: file is empty (5 bytes)"]),
    "5 header alone": ("a,b,y\n", (), ["rows.csv: has a header but no rows"]),
    "6 too few rows": (
        "a,y\n1,2.5\n2,3.5\n3,4.5\n",
        (),
        ["dataset.split: 3 rows cut 0.6/0.2/0.2 leave a part of 1 row; give at least 8 rows"],
    ),
    "6 a single row": (
        "a,y\n1,2.5\n",
        (),
        ["dataset.split: 1 row cut 0.6/0.2/0.2 leaves a part of 0 rows; give at least 8 rows"],
    ),
    "7 a longer row": (
        "a,b,y\n1,2,3\n1,2,3,4\n",
        (),
        ["rows.csv:3: 4 fields, header has 3 (columns a,b,y)"],
    ),
    "10 a shorter row": (
        "a,b,y\n1,2,3\n1,2\n",
        (),
        ["rows.csv:3: 2 fields, header has 3 (missing: y)"],
    ),
    "11 a column twice": (
        "a,a,y\n1,2,3\n",
        (),
        ["rows.csv:1: column 'a' appears 2 times (positions 1, 2); give each a name of its own"],
    ),
    "11 a column twice but for a space": (
        "a,a ,y\n1,2,3\n",
        (),
        ["rows.csv:1: column 'a' appears 2 times (positions 1, 2); give each a name of its own"],
    ),
    "15 UTF-16": (
        PLAIN.encode("utf-16"),
        (),
        ["rows.csv: looks like UTF-16 (BOM FF FE); set dataset.encoding=utf-16"],
    ),
    "16 latin-1": (
        table(b=among("café", "bar")).encode("latin-1"),
        (),
        ["rows.csv:2: byte 0xE9 is not UTF-8 (column b, near 'caf'); set dataset.encoding=latin-1"],
    ),
    "20 another delimiter": (
        PLAIN.replace(",", ";"),
        (),
        [
            "rows.csv:1: one column 'a;y', where the delimiter looks like ';'; set dataset.delimiter=semicolon"
        ],
    ),
    "27 gaps": (
        table(b=one(""), c=one("", row=7)),
        (),
        [
            "rows.csv: 2 missing values in 2 columns (b 1, c 1; first at line 7); set dataset.missing=median or dataset.missing=drop"
        ],
    ),
    "28 no target in some rows": (
        table(y=each(lambda row: "" if row in (7, 10) else row + 0.5)),
        (),
        [
            "rows.csv:9: target 'y' is empty in 2 rows (lines 9, 12); leave such rows out by dataset.missing=drop or dataset.missing=median"
        ],
    ),
    "29 a column without values": (
        table(b=each(lambda row: "")),
        (),
        ["rows.csv: column 'b' has no values; drop it with dataset.drop=[b]"],
    ),
    "34 a text of its own in each row": (
        table(b=each(lambda row: f"u{row}")),
        (),
        [
            "rows.csv: column 'b' is different in every train row, which tells nothing about new rows; leave it out with dataset.drop=[b], carry it along with dataset.id=b, or set dataset.categorical=[b]"
        ],
    ),
    "38 no such target": (
        PLAIN,
        ("dataset.target=Y",),
        ["dataset.target: no column 'Y' among a, y; did you mean 'y'?"],
    ),
    "40 one class": (
        table(y=among("no")),
        (),
        [
            "rows.csv: target 'y' has one class ('no', 40 rows); classification needs 2; choose another dataset.target"
        ],
    ),
    "42 a text to be predicted as a number": (
        table(y=among("yes", "no")),
        ("dataset.task=regression",),
        [
            "rows.csv:2: target 'y': 'yes' is text, but regression predicts numbers; set dataset.task=classification"
        ],
    ),
    "capitals in a target": (
        table(y=among("yes", "Yes", "YES", "no")),
        (),
        [
            "rows.csv:2: target 'y': 'YES', 'Yes', 'yes' differ in looks alone; write them alike, or set dataset.categorical=[y] if they differ"
        ],
    ),
    "no header": (
        NUMBERED,
        ("dataset.target='0.25'",),
        [
            "rows.csv:1: the header is made of numbers ('0.5', '0.25'); put a line with column names first"
        ],
    ),
    "no header, texts alone": (
        "u,w,y\n" * 9 + "v,x,n\n" * 9,
        (),
        [
            "rows.csv:2: the header stands there again (8 rows); take the line out, or put a line with column names first if it is a row of data"
        ],
    ),
    "the header again, where files were joined": (
        table(b=among("u", "v")) + "a,b,y\n",
        (),
        [
            "rows.csv:42: the header stands there again; take the line out, or put a line with column names first if it is a row of data"
        ],
    ),
    "a spreadsheet's first line": (
        "sep=,\n" + PLAIN,
        (),
        ["rows.csv:1: is no header but a spreadsheet's 'sep='; take the line out"],
    ),
    "a spreadsheet's first line, which tells the delimiter": (
        "sep=;\n" + PLAIN.replace(",", ";"),
        (),
        [
            "rows.csv:1: is no header but a spreadsheet's 'sep='; take the line out, and set dataset.delimiter=semicolon"
        ],
    ),
    "an unusual delimiter": (
        PLAIN.replace(",", "^"),
        (),
        [
            "rows.csv:1: one column 'a^y', where the delimiter looks like '^'; set dataset.delimiter='^'"
        ],
    ),
    "a title above the table": (
        "Houses of 2020\n\n" + PLAIN,
        (),
        [
            "rows.csv:1: is a title or a comment (1 field, where 41 rows below have 2); take out what stands above the names of the 2 columns"
        ],
    ),
    "a comment below the table": (
        PLAIN + "# end\n",
        (),
        ["rows.csv:42: 1 field, header has 2, and it looks like a comment; take it out"],
    ),
    "a header that lacks the name of the first column": (
        PLAIN.replace("\n", "\n7,").removesuffix("7,"),
        (),
        [
            "rows.csv:1: the header lacks a name (2 fields, where 40 rows below have 3); give each column one"
        ],
    ),
    "delimiters at the ends of rows": (
        PLAIN.replace("\n", ",\n").replace("y,", "y"),
        (),
        [
            "rows.csv:1: the rows end with a delimiter, and the header does not (2 fields, where 40 rows below have 3); remove the delimiters at the end"
        ],
    ),
    "a delimiter at the end of the header": (
        PLAIN.replace("y", "y,"),
        (),
        [
            "rows.csv:1: the header ends with a delimiter, and the rows do not (3 fields, where 40 rows below have 2); remove the delimiter at its end"
        ],
    ),
    "a header of two lines": (
        PLAIN.replace("a,y\n", "size,price\n[m],[kg]\n"),
        ("dataset.target=price",),
        [
            "rows.csv:2: looks like a second line of the header ('[m]', '[kg]'), as only numbers follow; keep one line of names"
        ],
    ),
    "UTF-8 as another encoding": (
        table(b=among("café", "bar")),
        ("dataset.encoding=latin-1",),
        ["rows.csv: is UTF-8, which iso8859-1 garbles; leave out dataset.encoding"],
    ),
    "a Markdown table": (
        "| a | y |\n|---|---|\n| 1 | 2 |\n",
        (),
        ["rows.csv: is a Markdown table; save the table as CSV"],
    ),
    "a score of classes where validation rows are of one": (
        table(
            y=each(lambda row: "uv"[row % 2] if row < 30 else "u"),
            part=each(lambda row: "train" if row < 30 else "val" if row < 35 else "test"),
        ),
        ("dataset.split.column=part", "training.score=auc"),
        [
            "training.score=auc: says nothing of validation rows that are all of one class; split the rows otherwise, or leave it out"
        ],
    ),
    "dates in several ways": (
        table(b=among("2020-01-02", "03/04/2021", "05.06.2021")),
        ("dataset.dates=parts",),
        [
            "rows.csv:2: column 'b': dates are written in several ways ('05.06.2021', '2020-01-02'); write them alike, such as 2026-01-31"
        ],
    ),
    "dates in another order than asked for": (
        table(b=each(lambda row: f"1/{row % 19 + 10}/2021")),
        ("dataset.dates=day_first",),
        [
            "rows.csv:2: column 'b': '1/10/2021' is no date by dataset.dates=day_first; write it otherwise, or set dataset.dates=month_first"
        ],
    ),
    "a weight that is empty": (
        table(w=one("")),
        ("dataset.weight=w",),
        [
            "rows.csv:7: weight 'w' is empty; fill it, or leave such rows out by dataset.missing=drop or dataset.missing=median"
        ],
    ),
    "a byte order mark within": (
        table(b=one("\ufeff3")),
        (),
        ["rows.csv:7: byte order mark within the text, as where files were joined; take it out"],
    ),
    "a NUL byte": (
        PLAIN.replace("3.25", "3\0"),
        (),
        ["rows.csv:4: NUL byte in the text; the file is damaged or no table"],
    ),
    "a cell without end": (
        table(b=one('"u')),
        (),
        [
            'rows.csv:7: a quote (") opens and never closes; close it, or write a quote inside a cell twice ("")'
        ],
    ),
    "a text behind a quote": (
        table(b=one('"u"v')),
        (),
        ['rows.csv:7: text after a closing quote ("); write a quote inside a cell twice ("")'],
    ),
    "a cell of a megabyte": (
        table(b=one("x" * 1_000_000)),
        (),
        ['rows.csv:7: a cell is longer than 131,072 characters; close the quote (") that opens it'],
    ),
    "an HTML page": (
        "<!DOCTYPE html><html><table></table></html>",
        (),
        ["rows.csv: is an HTML page; download the table itself"],
    ),
    "a git-lfs pointer": (
        "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n",
        (),
        ["rows.csv: is a git-lfs pointer; fetch the data with: git lfs pull"],
    ),
    "a zip archive": (zipped("rows.csv"), (), ["rows.csv: is a zip archive; unpack it first"]),
    "an Excel file": (
        zipped("xl/workbook.xml"),
        (),
        ["rows.csv: is an Excel file; save the sheet as CSV"],
    ),
    "a gzip file": (
        gzip.compress(PLAIN.encode()),
        (),
        ["rows.csv: is a gzip file; unpack it first"],
    ),
    "JSON in lines": ('[\n {"a": 1}\n]\n', (), ["rows.csv: is a JSON file; save the table as CSV"]),
    "a pickle": (b"\x80\x04\x95\x00", (), ["rows.csv: is a pickle; save the table as CSV"]),
}

# Cells of a column, the line that is told, and what is told of the first of them; REMEDY is what else helps.
WRITTEN: dict[str, tuple[list[str], int, str]] = {
    "21 a decimal comma": (
        each(lambda row: f'"{row},5"'),
        2,
        "'0,5' is not a number; set dataset.decimal=','",
    ),
    "24 a text among numbers": (
        one("x"),
        7,
        f"'x' is not a number (1 of 40 rows); fix it, or set {REMEDY}",
    ),
    "25 a sign of a gap": (
        one("?"),
        7,
        f"'?' in 1 row looks like a missing value; set dataset.missing_values=['?'] or {REMEDY}",
    ),
    "25 signs of gaps": (
        each(lambda row: ("n/a", "-", "1", "2", "3")[row % 5]),
        2,
        f"'n/a', '-' in 16 rows look like missing values; set dataset.missing_values=['n/a', '-'] or {REMEDY}",
    ),
    "32 beyond float32": (
        one("3.5e39"),
        7,
        "3.5e39 is beyond the largest float32, 3.4e38; fix it, or set dataset.missing_values=['3.5e39']",
    ),
    "32 beyond float64": (
        one("1e400"),
        7,
        "1e400 is beyond the largest float32, 3.4e38; fix it, or set dataset.missing_values=['1e400']",
    ),
    "36 dates": (
        each(lambda row: f"2020-01-{row % 28 + 1:02}"),
        2,
        f"dates and times ('2020-01-01') are not numbers; write them as numbers, or set dataset.dates=parts or {REMEDY}",
    ),
    "a column of spaced numbers": (
        each(lambda row: f"{row + 1} 000"),
        2,
        f"'1 000' is not a number; write it with nothing between thousands, or set {REMEDY}",
    ),
    "apostrophes in thousands": (
        each(lambda row: f"{row + 1}'000"),
        2,
        f"'1'000' is not a number; write it with nothing between thousands, or set {REMEDY}",
    ),
    "commas in thousands": (
        each(lambda row: f'"{row + 1},000"'),
        2,
        "'1,000' is not a number; write it without ',', or set dataset.decimal=',' if that is its decimal sign",
    ),
    "points in thousands": (
        each(lambda row: f'"{row + 1}.000,5"'),
        2,
        "'1.000,5' is not a number; write it without '.' between thousands, and set dataset.decimal=',' if it has a comma",
    ),
    "underscores in thousands": (
        each(lambda row: f"{row + 1}_000"),
        2,
        f"'1_000' is not a number; write it with nothing between thousands, or set {REMEDY}",
    ),
    "per cent": (
        each(lambda row: f"{row}%"),
        2,
        "'0%' is a number with a unit; write the number alone",
    ),
    "a currency": (
        each(lambda row: f"€{row}"),
        2,
        "'€0' is a number with a unit; write the number alone",
    ),
    "a currency by its name": (
        each(lambda row: f"USD {row}"),
        2,
        "'USD 0' is a number with a unit; write the number alone",
    ),
    "a unit": (
        among("12kg", "15 kg", "17.5kg"),
        2,
        f"'12kg' is a number with a unit; write the number alone, or set {REMEDY}",
    ),
    "a unit in one row": (
        one("5 kg"),
        7,
        f"'5 kg' is a number with a unit; write the number alone, or set {REMEDY}",
    ),
    "fractions": (
        among("1/2", "3/4", "5/8"),
        2,
        f"'1/2' is a fraction, not a number; write it with a point, or set {REMEDY}",
    ),
    "a minus behind": (
        among("5-", "7-", "9-"),
        2,
        f"'5-' is not a number; write the minus in front, or set {REMEDY}",
    ),
    "brackets for a minus": (
        among("(5)", "(7)", "(9)"),
        2,
        f"'(5)' is not a number; write the minus in front, or set {REMEDY}",
    ),
    "bounds": (
        among("<5", "<7", "> 9"),
        2,
        f"'<5' is a bound, not a number; write a number, or set {REMEDY}",
    ),
    "digits of another script": (
        among("١", "٢", "٣"),
        2,
        f"'١' is not written in the digits 0 to 9; write it in these, or set {REMEDY}",
    ),
    "wide digits": (
        one("１"),
        7,
        f"'１' is not written in the digits 0 to 9; write it in these, or set {REMEDY}",
    ),
    "infinity": (one("inf"), 7, "inf is infinite; fix it, or set dataset.missing_values=['inf']"),
    "a number that is none": (
        one("NaN"),
        7,
        f"'NaN' in 1 row looks like a missing value; set dataset.missing_values=['NaN'] or {REMEDY}",
    ),
    "capitals in a category": (
        among("Rome", "rome", "Oslo"),
        4,
        "'Rome', 'rome' differ in looks alone; write them alike, or set dataset.categorical=[b] if they differ",
    ),
    "spaces within a category": (
        among("New York", "New  York", "Oslo"),
        2,
        "'New  York', 'New York' differ in looks alone; write them alike, or set dataset.categorical=[b] if they differ",
    ),
    "an accent in two ways": (
        among("caf\u00e9", "cafe\u0301", "bar"),
        2,
        "'café', 'café' differ in looks alone; write them alike, or set dataset.categorical=[b] if they differ",
    ),
    "a sign that nobody sees": (
        among("Rome", "Rome\u200b", "Oslo"),
        4,
        "'Rome', 'Rome\\u200b' differ in looks alone; write them alike, or set dataset.categorical=[b] if they differ",
    ),
    "truth in several ways": (
        among("true", "yes", "no"),
        4,
        "'no', 'true', 'yes' are truth values written in several ways; write them alike, or set dataset.categorical=[b] if they differ",
    ),
    "truth as words and numbers": (
        among("True", "1", "0"),
        2,
        f"'True' is not a number (14 of 40 rows: lines 2, 5, 8 and 11 more); fix it, or set {REMEDY}",
    ),
    "a spreadsheet's errors": (
        each(lambda row: ("#REF!", "#DIV/0!", 1, 2, 3)[row % 5]),
        2,
        f"'#REF!', '#DIV/0!' in 16 rows look like missing values; set dataset.missing_values=['#REF!', '#DIV/0!'] or {REMEDY}",
    ),
    "a printed dash": (
        one("—"),
        7,
        f"'—' in 1 row looks like a missing value; set dataset.missing_values=['—'] or {REMEDY}",
    ),
    "units of several kinds": (
        among("5 kg", "700 g", "2 kg"),
        2,
        f"'5 kg' is a number with a unit, as others are of other units; write numbers of one unit alone, or set {REMEDY}",
    ),
    "dates in words": (
        among("5 Jan 2021", "February 7, 2021", "2021-03-01", "12. März 2021", "Jun-21"),
        2,
        f"dates or times such as '5 Jan 2021' are not numbers; write them as 2026-01-31 or 18:30 and set dataset.dates=parts, or set {REMEDY}",
    ),
    "exponents of Fortran": (
        among("1.5D+03", "2.5D+04", "7d1"),
        2,
        f"'1.5D+03' is not a number; write it as 1.5e3, or set {REMEDY}",
    ),
    "powers of ten": (
        among("1.5x10^3", "2 · 10^4", "7*10-2"),
        2,
        f"'1.5x10^3' is not a number; write it as 1.5e3, or set {REMEDY}",
    ),
    "numbers with their uncertainty": (
        among("1.5±0.1", "2 +/- 1", "3.5 ± 0.2"),
        2,
        f"'1.5±0.1' is a number with its uncertainty; write the number alone, or set {REMEDY}",
    ),
    "times of twelve hours": (
        among("1:30 PM", "11:05 a.m."),
        2,
        f"dates or times such as '1:30 PM' are not numbers; write them as 2026-01-31 or 18:30 and set dataset.dates=parts, or set {REMEDY}",
    ),
    "prices with a dash": (
        among('"5,-"', '"1.250,-"'),
        2,
        "'5,-' is a number with a unit; write the number alone",
    ),
    "numbers in quotes": (
        among("'5'", "'7", "‘8’"),
        2,
        f"'5' is a number in quotes; write it without, or set {REMEDY}",
    ),
    "numbers as formulas": (
        among('"=""5"""', '"=""7"""'),
        2,
        f'="5" is a number in quotes; write it without, or set {REMEDY}',
    ),
    "hexadecimal numbers": (
        each(lambda row: hex(row * 7)),
        2,
        f"'0x0' is not written in the digits 0 to 9; write it in these, or set {REMEDY}",
    ),
    "two units": (
        among("1h 30m", "2 h 15 min"),
        2,
        f"'1h 30m' is a number in two units; write it in one, or set {REMEDY}",
    ),
    "several numbers": (
        among('"[1, 2]"', '"(3.5, 7)"', "1.5 2.5", "1; 2"),
        2,
        f"'[1, 2]' holds several numbers; give each a column of its own, or set {REMEDY}",
    ),
    "numbers with a sign that nobody sees": (
        one("1\u200b"),
        7,
        f"'1\\u200b' holds a sign that nobody sees; take it out, or set {REMEDY}",
    ),
}

NOTED: dict[str, tuple[str, tuple[str, ...], list[str]]] = {
    "14 spaces in names": (
        table(**{" b": each(lambda row: row % 7), "c ": each(lambda row: row % 5)}),
        (),
        ["rows.csv: stripped spaces from 1 column name ('c')"],
    ),
    "signs in names that nobody sees": (
        table(**{"b\u00a0c": each(lambda row: row % 7), '"d\u00ad\ne"': each(lambda row: row % 5)}),
        (),
        [
            r"rows.csv: took line breaks or signs that nobody sees out of 2 column names ('b\xa0c', 'd\xad\ne')"
        ],
    ),
    "a space that no key types": (
        table(b=among("New\u00a0York", "Rome")),
        (),
        [r"rows.csv: column 'b': 'New\xa0York' holds a no-break space, and is kept as it is"],
    ),
    "a soft hyphen in a class": (
        table(y=among("New\u00adton", "Rome")),
        (),
        [r"rows.csv: target 'y': 'New\xadton' holds a soft hyphen, and is kept as it is"],
    ),
    "letters of another encoding": (
        table(b=among("cafÃ©", "bar")),
        (),
        [
            "rows.csv: column 'b': 'cafÃ©' may be 'café', read in another encoding once; write it anew if so"
        ],
    ),
    "a number that may mean none": (
        table(b=one("-999")),
        (),
        [
            "rows.csv: column 'b': -999 lies far from all others (1 row); set dataset.missing_values=['-999'] if it means that there is no value"
        ],
    ),
    "a target that may mean none": (
        table(y=one("9999.0", lambda row: row % 9 + 0.5)),
        (),
        [
            "rows.csv: target 'y': 9999.0 lies far from all others (1 row); set dataset.missing_values=['9999.0'] if it means that there is no value"
        ],
    ),
    "points that may part thousands": (
        table(b=each(lambda row: f"{row + 1}.{row + 500}" if row % 4 else row + 7)),
        (),
        [
            "rows.csv: column 'b': '10.509' is read as 10.509; write it without '.' if that parts thousands"
        ],
    ),
    "parts of the rows that nobody asked for": (
        table(Set=among("Training", "Validation", "Test")),
        (),
        [
            "rows.csv: column 'Set' names parts of the rows (Training, Test, Validation), and is learnt from; split by it with dataset.split.column=Set"
        ],
    ),
    "a sum below the rows": (
        table(b=among("u", "v")) + "7,Total,99.5\n",
        (),
        [
            "rows.csv:42: column 'b': 'Total' looks like a sum of the rows above; take the row out if it is"
        ],
    ),
    "rows without a weight": (
        table(w=one("")),
        ("dataset.weight=w", "dataset.missing=median"),
        [
            "rows.csv: left out 1 of 40 rows without a weight (w 1)",
            "rows.csv: rows count by 'w' (0 to 6)",
        ],
    ),
    "26 Namibia": (
        table(b=among("NA", "DE", "FR")),
        (),
        ["rows.csv: column 'b': text 'NA' kept as a category; empty cells are missing"],
    ),
    "30 a constant": (
        table(b=each(lambda row: 0)),
        (),
        ["rows.csv: column 'b' is constant (0); leave it out with dataset.drop=[b]"],
    ),
    "30 a constant where it trains": (
        table(
            b=each(lambda row: row % 5 // 4),
            part=each(lambda row: ("train", "train", "train", "val", "test")[row % 5]),
        ),
        ("dataset.split.column=part",),
        [
            "rows.csv: column 'b' is constant in the train rows (0); leave it out with dataset.drop=[b]"
        ],
    ),
    "34 a number of its own in each row": (
        table(b=each(lambda row: row)),
        (),
        [
            "rows.csv: column 'b' is a different number in every row; it will not generalise; drop with dataset.drop=[b], or carry it along with dataset.id=b"
        ],
    ),
    "44 rows twice": (
        PLAIN + PLAIN.partition("\n")[2],
        (),
        [
            "the train rows hold again, inputs and target alike, 7 of 16 val rows (43.8%) and 11 of 16 test rows (68.8%)"
        ],
    ),
    "a copy of the target": (
        table(b=each(lambda row: (row * 7 % 13) * 2 + 1)),
        (),
        [
            "column 'b' alone tells the target of every train row; leave it out if it is not known of new rows"
        ],
    ),
    "a typesetter's minus": (
        table(b=each(lambda row: f"\u2212{row % 7}.5")),
        (),
        ["rows.csv: column 'b': numbers such as '−0.5' are read as -0.5"],
    ),
    "thin spaces in thousands": (
        table(b=each(lambda row: f"{row % 7 + 1}\u202f000")),
        (),
        ["rows.csv: column 'b': numbers such as '1\u202f000' are read as 1000"],
    ),
    "codes": (
        table(b=each(lambda row: f"{row % 7:03}")),
        (),
        [
            "rows.csv: column 'b': codes such as '000' are read as numbers; set dataset.categorical=[b] to keep them"
        ],
    ),
    "codes as classes": (
        table(y=among("007", "008", "012")),
        (),
        [
            "task: classification, because target 'y' has codes such as '007'; set dataset.task=regression for numbers"
        ],
    ),
    "codes that are many": (
        table(y=each(lambda row: f"{row % 23:03}")),
        (),
        [
            "rows.csv: target 'y': codes such as '000' are read as numbers; set dataset.categorical=[y] to keep them"
        ],
    ),
    "whole numbers beyond 2^53": (
        table(b=each(lambda row: 2**53 + row % 7)),
        (),
        [
            "rows.csv:2: column 'b': 9007199254740992 is beyond 2^53, where whole numbers are rounded"
        ],
    ),
    "targets beyond 2^53": (
        table(y=each(lambda row: 2**53 + row * 2 % 25)),
        (),
        [
            "task: regression, because target 'y' has 13 different whole numbers in 40 rows; set dataset.task=classification for classes",
            "rows.csv:2: target 'y': 9007199254740992 is beyond 2^53, where whole numbers are rounded",
        ],
    ),
    "names in capitals and without": (
        table(Age=each(lambda row: row % 7), age=each(lambda row: row % 5)),
        (),
        ["rows.csv: columns 'Age', 'age' differ in looks alone, and are not the same"],
    ),
    "names that are numbers": (
        "2019,2020,y\n" + PLAIN.partition("\n")[2].replace(",", ",7,"),
        (),
        [
            "rows.csv: 2 columns called by numbers (2019, 2020); put a line with names first if these are a row of data",
            "rows.csv: column '2020' is constant (7); leave it out with dataset.drop=['2020']",
        ],
    ),
    "ends of lines of three kinds": (
        PLAIN.replace("\n", "\r\n", 5).replace("\r\n", "\r", 2),
        (),
        [],
    ),
    "classes beyond 2^53 stay apart": (
        table(y=among("9007199254740993", "9007199254740992")),
        ("dataset.task=classification",),
        [],
    ),
}


@pytest.fixture
def told(tmp_path, monkeypatch, composer):
    """What is told of a file with some settings: the problems, or the notes on what is read."""
    monkeypatch.chdir(tmp_path)

    def tell(content: str | bytes, *words: str) -> tuple[list[str], list[str]]:
        raw = content if isinstance(content, bytes) else content.encode()
        (tmp_path / "rows.csv").write_bytes(raw)
        given = {word.partition("=")[0] for word in words}
        usual = [word for word in TABLE if word.partition("=")[0] not in given]
        (job,) = composer(*usual, *words)
        try:
            experiment = build(job.config, job.overrides, job.choices)
        except Mistake as mistake:
            return [str(problem) for problem in mistake.problems], []
        return [], experiment.prepared.notes

    return tell


@pytest.mark.parametrize("case", REFUSED)
def test_a_mistake_in_the_data_is_told_in_lines_with_their_place(case, told):
    content, words, expected = REFUSED[case]

    problems, _ = told(content, *words)

    assert problems == expected
    assert all("\n" not in line for line in problems)


@pytest.mark.parametrize("case", WRITTEN)
def test_cells_that_a_program_reads_otherwise_are_told_with_their_line(case, told):
    cells, line, expected = WRITTEN[case]

    problems, _ = told(table(b=cells))

    assert problems == [f"rows.csv:{line}: column 'b': {expected}"]


@pytest.mark.parametrize("case", NOTED)
def test_what_is_read_all_the_same_is_told_in_a_line(case, told):
    content, words, expected = NOTED[case]

    problems, notes = told(content, *words)

    assert (problems, notes) == ([], expected)


TYPED = {
    "an empty word": (
        "",
        "'': is an empty word; leave it out; perhaps the shell has no such variable",
    ),
    "a user who is not there": (
        "output.root='~nobody-of-this-name/runs'",
        "there is no user 'nobody-of-this-name' here; write the whole path, or ./~nobody",
    ),
    "a group in a place of its own": (
        "optimizer@x=adam",
        "optimizer@x: no optimizer stands at 'x'; write optimizer=...",
    ),
    "54 a key that differs by a letter": ("dataset.weights=a", "did you mean 'dataset.weight'?"),
    "1 a file that is not there": ("dataset.path=row.csv", "did you mean 'rows.csv'?"),
    "2 a folder": ("dataset.path=.", "is a directory; give a .csv, .tsv or .parquet file"),
    "38 no such column": ("dataset.target=b", "dataset.target: no column 'b' among a, y"),
    "54 an unknown key": ("optimizer.lrr=1", "unknown key; did you mean 'optimizer.lr'?"),
    "55 another kind": ("optimizer.lr=fast", "optimizer.lr='fast': expected a number > 0"),
    "55 octal": ("training.epochs=010", "'010': expected a whole number >= 1 or auto; write 10"),
    "55 hexadecimal": ("training.epochs=0x10", "'0x10': expected a whole number >= 1"),
    "55 sexagesimal": ("training.epochs=1:30", "'1:30': expected a whole number >= 1"),
    "55 another yes": ("training.hashes=yes", "'yes': expected true or false; write true"),
    "56 out of range": ("model.dropout=1.5", "expected a number >= 0 and < 1"),
    "56 infinite": ("optimizer.lr=1e400", "expected a number > 0"),
    "59 impossible together": ("model=cnn", "model=cnn"),
    "62 a folder that is no place": ("output.root=rows.csv", "choose another folder"),
}


def test_a_folder_that_is_gone_is_told_in_a_line(nnrun, tmp_path, monkeypatch):
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()

    ran = nnrun("dataset=iris")

    assert ran.code == 2
    assert (
        ran.err == "error: nnrun: the folder that you stand in is gone; cd to one that is there\n"
    )


@pytest.mark.parametrize("case", TYPED)
def test_a_mistake_in_what_is_typed_is_told_in_a_line_and_leaves_nothing(case, nnrun):
    word, expected = TYPED[case]
    with open("rows.csv", "w") as file:
        file.write(PLAIN)
    words = [usual for usual in TABLE if usual.partition("=")[0] != word.partition("=")[0]]

    ran = nnrun(*words, word)

    assert ran.code == 2
    assert expected in ran.err
    assert ran.err.startswith("error: ")
    assert ran.err.count("\n") == 1
    assert os.listdir() == ["rows.csv"]
