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
        ["rows.csv:1: column 'a' appears 2 times (positions 1, 2)"],
    ),
    "11 a column twice but for a space": (
        "a,a ,y\n1,2,3\n",
        (),
        ["rows.csv:1: column 'a' appears 2 times (positions 1, 2)"],
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
    "21 a decimal comma": (
        table(b=each(lambda row: f'"{row},5"')),
        (),
        ["rows.csv:2: column 'b': '0,5' is not a number; set dataset.decimal=','"],
    ),
    "24 a text among numbers": (
        table(b=one("x")),
        (),
        [
            "rows.csv:7: column 'b': 'x' is not a number (1 of 40 rows); fix it, or set dataset.categorical=[b] or dataset.drop=[b]"
        ],
    ),
    "25 a sign of a gap": (
        table(b=one("?")),
        (),
        [
            "rows.csv:7: column 'b': '?' in 1 row looks like a missing value; set dataset.missing_values=['?'] or dataset.categorical=[b] or dataset.drop=[b]"
        ],
    ),
    "25 signs of gaps": (
        table(b=each(lambda row: ("n/a", "-", "1", "2", "3")[row % 5])),
        (),
        [
            "rows.csv:2: column 'b': 'n/a', '-' in 16 rows look like missing values; set dataset.missing_values=['n/a', '-'] or dataset.categorical=[b] or dataset.drop=[b]"
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
    "32 beyond float32": (
        table(b=one("3.5e39")),
        (),
        [
            "rows.csv:7: column 'b': 3.5e39 is beyond the largest float32, 3.4e38; fix it, or set dataset.missing_values=['3.5e39']"
        ],
    ),
    "32 beyond float64": (
        table(b=one("1e400")),
        (),
        [
            "rows.csv:7: column 'b': 1e400 is beyond the largest float32, 3.4e38; fix it, or set dataset.missing_values=['1e400']"
        ],
    ),
    "34 a text of its own in each row": (
        table(b=each(lambda row: f"u{row}")),
        (),
        [
            "rows.csv: column 'b' is different in every train row, which tells nothing about new rows; leave it out with dataset.drop=[b], carry it along with dataset.id=b, or set dataset.categorical=[b]"
        ],
    ),
    "36 dates": (
        table(b=each(lambda row: f"2020-01-{row % 28 + 1:02}")),
        (),
        [
            "rows.csv:2: column 'b': dates and times ('2020-01-01') are not numbers; write them as numbers, or set dataset.dates=parts or dataset.categorical=[b] or dataset.drop=[b]"
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
        ["rows.csv: target 'y' has one class ('no', 40 rows); classification needs 2"],
    ),
    "42 a text to be predicted as a number": (
        table(y=among("yes", "no")),
        ("dataset.task=regression",),
        [
            "rows.csv:2: target 'y': 'yes' is text, but regression predicts numbers; set dataset.task=classification"
        ],
    ),
    "a column of spaced numbers": (
        table(b=each(lambda row: f"{row + 1} 000")),
        (),
        [
            "rows.csv:2: column 'b': '1 000' is not a number; write it with nothing between thousands, or set dataset.categorical=[b] or dataset.drop=[b]"
        ],
    ),
    "apostrophes in thousands": (
        table(b=each(lambda row: f"{row + 1}'000")),
        (),
        [
            "rows.csv:2: column 'b': '1'000' is not a number; write it with nothing between thousands, or set dataset.categorical=[b] or dataset.drop=[b]"
        ],
    ),
    "commas in thousands": (
        table(b=each(lambda row: f'"{row + 1},000"')),
        (),
        [
            "rows.csv:2: column 'b': '1,000' is not a number; write it without ',', or set dataset.decimal=',' if that is its decimal sign"
        ],
    ),
    "points in thousands": (
        table(b=each(lambda row: f'"{row + 1}.000,5"')),
        (),
        [
            "rows.csv:2: column 'b': '1.000,5' is not a number; write it without '.' between thousands, and set dataset.decimal=',' if it has a comma"
        ],
    ),
    "underscores in thousands": (
        table(b=each(lambda row: f"{row + 1}_000")),
        (),
        [
            "rows.csv:2: column 'b': '1_000' is not a number; write it with nothing between thousands, or set dataset.categorical=[b] or dataset.drop=[b]"
        ],
    ),
    "per cent": (
        table(b=each(lambda row: f"{row}%")),
        (),
        ["rows.csv:2: column 'b': '0%' is a number with a unit; write the number alone"],
    ),
    "a currency": (
        table(b=each(lambda row: f"€{row}")),
        (),
        ["rows.csv:2: column 'b': '€0' is a number with a unit; write the number alone"],
    ),
    "a currency by its name": (
        table(b=each(lambda row: f"USD {row}")),
        (),
        ["rows.csv:2: column 'b': 'USD 0' is a number with a unit; write the number alone"],
    ),
    "a unit": (
        table(b=among("12kg", "15 kg", "17.5kg")),
        (),
        [
            "rows.csv:2: column 'b': '12kg' is a number with a unit; write the number alone, or set dataset.categorical=[b] or dataset.drop=[b]"
        ],
    ),
    "a unit in one row": (
        table(b=one("5 kg")),
        (),
        [
            "rows.csv:7: column 'b': '5 kg' is a number with a unit; write the number alone, or set dataset.categorical=[b] or dataset.drop=[b]"
        ],
    ),
    "fractions": (
        table(b=among("1/2", "3/4", "5/8")),
        (),
        [
            "rows.csv:2: column 'b': '1/2' is a fraction, not a number; write it with a point, or set dataset.categorical=[b] or dataset.drop=[b]"
        ],
    ),
    "a minus behind": (
        table(b=among("5-", "7-", "9-")),
        (),
        [
            "rows.csv:2: column 'b': '5-' is not a number; write the minus in front, or set dataset.categorical=[b] or dataset.drop=[b]"
        ],
    ),
    "brackets for a minus": (
        table(b=among("(5)", "(7)", "(9)")),
        (),
        [
            "rows.csv:2: column 'b': '(5)' is not a number; write the minus in front, or set dataset.categorical=[b] or dataset.drop=[b]"
        ],
    ),
    "bounds": (
        table(b=among("<5", "<7", "> 9")),
        (),
        [
            "rows.csv:2: column 'b': '<5' is a bound, not a number; write a number, or set dataset.categorical=[b] or dataset.drop=[b]"
        ],
    ),
    "digits of another script": (
        table(b=among("١", "٢", "٣")),
        (),
        [
            "rows.csv:2: column 'b': '١' is not written in the digits 0 to 9; write it in these, or set dataset.categorical=[b] or dataset.drop=[b]"
        ],
    ),
    "wide digits": (
        table(b=one("１")),
        (),
        [
            "rows.csv:7: column 'b': '１' is not written in the digits 0 to 9; write it in these, or set dataset.categorical=[b] or dataset.drop=[b]"
        ],
    ),
    "infinity": (
        table(b=one("inf")),
        (),
        ["rows.csv:7: column 'b': inf is infinite; fix it, or set dataset.missing_values=['inf']"],
    ),
    "a number that is none": (
        table(b=one("NaN")),
        (),
        [
            "rows.csv:7: column 'b': 'NaN' in 1 row looks like a missing value; set dataset.missing_values=['NaN'] or dataset.categorical=[b] or dataset.drop=[b]"
        ],
    ),
    "a spreadsheet's error": (
        table(b=one("#REF!")),
        (),
        [
            "rows.csv:7: column 'b': '#REF!' is not a number (1 of 40 rows); fix it, or set dataset.categorical=[b] or dataset.drop=[b]"
        ],
    ),
    "capitals in a target": (
        table(y=among("yes", "Yes", "YES", "no")),
        (),
        [
            "rows.csv:2: target 'y': 'YES', 'Yes', 'yes' differ in looks alone; write them alike, or set dataset.categorical=[y] if they differ"
        ],
    ),
    "capitals in a category": (
        table(b=among("Rome", "rome", "Oslo")),
        (),
        [
            "rows.csv:4: column 'b': 'Rome', 'rome' differ in looks alone; write them alike, or set dataset.categorical=[b] if they differ"
        ],
    ),
    "spaces within a category": (
        table(b=among("New York", "New  York", "Oslo")),
        (),
        [
            "rows.csv:2: column 'b': 'New  York', 'New York' differ in looks alone; write them alike, or set dataset.categorical=[b] if they differ"
        ],
    ),
    "an accent in two ways": (
        table(b=among("caf\u00e9", "cafe\u0301", "bar")),
        (),
        [
            "rows.csv:2: column 'b': 'café', 'café' differ in looks alone; write them alike, or set dataset.categorical=[b] if they differ"
        ],
    ),
    "a sign that nobody sees": (
        table(b=among("Rome", "Rome\u200b", "Oslo")),
        (),
        [
            "rows.csv:4: column 'b': 'Rome', 'Rome\\u200b' differ in looks alone; write them alike, or set dataset.categorical=[b] if they differ"
        ],
    ),
    "truth in several ways": (
        table(b=among("true", "yes", "no")),
        (),
        [
            "rows.csv:4: column 'b': 'no', 'true', 'yes' are truth values written in several ways; write them alike, or set dataset.categorical=[b] if they differ"
        ],
    ),
    "truth as words and numbers": (
        table(b=among("True", "1", "0")),
        (),
        [
            "rows.csv:2: column 'b': 'True' is not a number (14 of 40 rows: lines 2, 5, 8 and 11 more); fix it, or set dataset.categorical=[b] or dataset.drop=[b]"
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

NOTED: dict[str, tuple[str, tuple[str, ...], list[str]]] = {
    "14 spaces in names": (
        table(**{" b": each(lambda row: row % 7), "c ": each(lambda row: row % 5)}),
        (),
        ["rows.csv: stripped spaces from 1 column name ('c ')"],
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


@pytest.mark.parametrize("case", NOTED)
def test_what_is_read_all_the_same_is_told_in_a_line(case, told):
    content, words, expected = NOTED[case]

    problems, notes = told(content, *words)

    assert (problems, notes) == ([], expected)


TYPED = {
    "1 a file that is not there": ("dataset.path=row.csv", "did you mean 'rows.csv'?"),
    "2 a folder": ("dataset.path=.", "is a directory; give a .csv, .tsv or .parquet file"),
    "38 no such column": ("dataset.target=b", "dataset.target: no column 'b' among a, y"),
    "54 an unknown key": ("optimizer.lrr=1", "unknown key; did you mean 'optimizer.lr'?"),
    "55 another kind": ("optimizer.lr=fast", "optimizer.lr='fast': expected a number > 0"),
    "55 octal": ("training.epochs=010", "'010': expected a whole number >= 1; write 10"),
    "55 hexadecimal": ("training.epochs=0x10", "'0x10': expected a whole number >= 1"),
    "55 sexagesimal": ("training.epochs=1:30", "'1:30': expected a whole number >= 1"),
    "55 another yes": ("training.hashes=yes", "'yes': expected true or false; write true"),
    "56 out of range": ("model.dropout=1.5", "expected a number >= 0 and < 1"),
    "56 infinite": ("optimizer.lr=1e400", "expected a number > 0"),
    "59 impossible together": ("model=cnn", "model=cnn"),
    "62 a folder that is no place": ("output.root=rows.csv", "choose another folder"),
}


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
