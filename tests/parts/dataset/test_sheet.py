import os
import random
from decimal import Decimal

import numpy as np
import pandas
import pytest

from nnrun.errors import Mistake
from nnrun.parts.dataset.sheet import Sheet, read_sheet


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(name, content):
    data = content if isinstance(content, bytes) else content.encode()
    with open(name, "wb") as file:
        file.write(data)


def complaints(path, **options):
    with pytest.raises(Mistake) as told:
        read_sheet(path, **options)
    return str(told.value).splitlines()


# Files that are none


def test_a_missing_file_is_answered_with_the_nearest_name(folder):
    write("iris.csv", "a,y\n1,2\n")

    told = complaints("iris.cvs")

    assert told == [f"dataset.path='iris.cvs': not found in {folder}; did you mean 'iris.csv'?"]


def test_a_missing_file_without_a_near_name_is_answered_with_the_tables_there(folder):
    write("iris.csv", "a,y\n1,2\n")
    write("notes.md", "nothing")

    told = complaints("zzz.csv", key="rows")

    assert told == [f"rows='zzz.csv': not found in {folder}; choose from iris.csv"]


def test_a_missing_folder_is_named(folder):
    told = complaints("deep/iris.csv")

    assert told == [
        f"dataset.path='deep/iris.csv': not found, as there is no folder {folder}/deep;"
        " check the path"
    ]


def test_a_web_address_is_no_file():
    told = complaints("https://example.org/a.csv")

    assert told == [
        "dataset.path='https://example.org/a.csv': is a web address; download the file first"
    ]


def test_a_directory_is_no_table(folder):
    told = complaints(str(folder))

    assert told == [f"dataset.path='{folder}': is a directory; give a .csv, .tsv or .parquet file"]


def test_a_text_in_place_of_a_path_is_no_file():
    told = complaints("a,b" * 2000)

    assert told == [f"dataset.path='{'a,b' * 20}': cannot be read (File name too long)"]


def test_a_file_that_may_not_be_read_tells_its_owner(monkeypatch):
    write("data.csv", "a,y\n1,2\n")
    monkeypatch.setattr("pathlib.Path.read_bytes", refuse)
    monkeypatch.setattr("pathlib.Path.owner", lambda file: "ann")
    monkeypatch.setattr(
        "pathlib.Path.stat", lambda file, **_: type("Stat", (), {"st_mode": 0o100600})
    )

    told = complaints("data.csv")

    assert told == ["data.csv: permission denied (owner ann, mode 0600)"]


def refuse(file):
    raise PermissionError(13, "Permission denied")


FOREIGN = [
    (b"", "file is empty (0 bytes)"),
    (b" \n\n", "file is empty (3 bytes)"),
    (b"<!DOCTYPE html>\n<html>", "is an HTML page; download the table itself"),
    (b"\n  <HTML><body>", "is an HTML page; download the table itself"),
    (b"PK\x03\x04abc", "is a zip archive; unpack it first"),
    (b"PK\x03\x04 xl/workbook.xml", "is an Excel file; save the sheet as CSV"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1", "is an Excel file; save the sheet as CSV"),
    (b"\x1f\x8b\x08abc", "is a gzip file; unpack it first"),
    (
        b"version https://git-lfs.github.com/spec/v1\noid",
        "is a git-lfs pointer; fetch the data with: git lfs pull",
    ),
    (b"PAR1abc", "is a Parquet file; name it .parquet"),
    (b'{"a": 1}', "is a JSON file; save the table as CSV"),
    (b"\xff\xfea\x00,\x00", "looks like UTF-16 (BOM FF FE); set dataset.encoding=utf-16"),
    (b"\xfe\xff\x00a\x00,", "looks like UTF-16 (BOM FE FF); set dataset.encoding=utf-16"),
    (
        "a,y\n1,2\n".encode("utf-16-le"),
        "looks like UTF-16 without a BOM; set dataset.encoding=utf-16-le",
    ),
    (b"a,b,y\n", "has a header but no rows"),
    (b"a,b,y\n,,\n", "has a header but no rows"),
]


@pytest.mark.parametrize(("content", "found"), FOREIGN)
def test_a_file_without_a_table_is_named_for_what_it_is(content, found):
    write("data.csv", content)

    told = complaints("data.csv")

    assert told == [f"data.csv: {found}"]


# Files of another encoding


def test_a_byte_that_is_not_utf_8_is_shown_with_its_column():
    write("data.csv", b"a,y\ncaf\xe9,2\n")

    told = complaints("data.csv")

    assert told == [
        "data.csv:2: byte 0xE9 is not UTF-8 (column a, near 'caf'); set dataset.encoding=latin-1"
    ]


def test_a_byte_that_only_windows_has_asks_for_its_encoding():
    write("data.csv", b"\xef\xbb\xbfa,y\n1,2\n3,it\x92s\n")

    told = complaints("data.csv")

    assert told == [
        "data.csv:3: byte 0x92 is not UTF-8 (column y, near 'it'); set dataset.encoding=cp1252"
    ]


def test_an_unknown_encoding_is_answered_with_the_nearest():
    write("data.csv", "a,y\n1,2\n")

    told = complaints("data.csv", encoding="utf8x") + complaints("data.csv", encoding="hex")

    assert told == [
        "dataset.encoding='utf8x': unknown encoding; did you mean 'utf-8'?",
        "dataset.encoding='hex': unknown encoding; choose utf-8, utf-16, latin-1 or cp1252",
    ]


def test_an_encoding_that_does_not_fit_is_refused():
    write("data.csv", "a,y\n1,2\n3")

    told = complaints("data.csv", encoding="utf-16")

    assert told == ["data.csv: is not utf-16; set dataset.encoding=utf-8"]


def test_what_is_no_text_at_all_is_not_told_to_be_of_another_encoding():
    write("data.csv", bytes(range(256)))

    assert complaints("data.csv") == [
        "data.csv:1: NUL byte in the text; the file is damaged or no table"
    ]


def test_a_nul_byte_is_shown_with_its_line():
    write("data.csv", "a,y\n1,\0\n")

    told = complaints("data.csv")

    assert told == ["data.csv:2: NUL byte in the text; the file is damaged or no table"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
def test_every_encoding_gives_the_same_cells(encoding):
    write("data.csv", "größe,y\ncafé,2\n".encode(encoding))

    sheet = read_sheet("data.csv", encoding=encoding.removesuffix("-sig"))

    assert sheet.cells == {"größe": ["café"], "y": ["2"]}


# The shape of a text


SHAPES = [
    ("a,b,y\n1,2,3\n1,2,3,4\n", ["data.csv:3: 4 fields, header has 3 (columns a,b,y)"]),
    ("a,b,y\n1,2,3,\n", ["data.csv:2: 4 fields, header has 3; remove the delimiter at the end"]),
    ("a,b,y\n1,2\n", ["data.csv:2: 2 fields, header has 3 (missing: y)"]),
    ("a,b,y\n1\n", ["data.csv:2: 1 field, header has 3 (missing: b, y)"]),
    (
        "a,y\n" + "1\n" * 5,
        [f"data.csv:{line}: 1 field, header has 2 (missing: y)" for line in (2, 3, 4)]
        + ["data.csv: 2 more rows have another number of fields than the header"],
    ),
    (
        "a,a,y\n1,2,3\n",
        ["data.csv:1: column 'a' appears 2 times (positions 1, 2); give each a name of its own"],
    ),
    ("a,,y\n1,5,3\n4,7,2\n", ["data.csv:1: column 2 has no name; give it one"]),
    (
        "a;b;y\n1;2;3\n",
        [
            "data.csv:1: one column 'a;b;y', where the delimiter looks like ';'; set dataset.delimiter=semicolon"
        ],
    ),
    (
        "a\tb\n1\t2\n",
        [
            "data.csv:1: one column 'a\\tb', where the delimiter looks like '\\t'; set dataset.delimiter=tab"
        ],
    ),
    (
        "a b\n1 2\n",
        [
            "data.csv:1: one column 'a b', where the delimiter looks like ' '; set dataset.delimiter=space"
        ],
    ),
    (
        "5.1,3.5,setosa\n4.9,3.0,setosa\n",
        [
            "data.csv:1: the header is made of numbers ('5.1', '3.5'); put a line with column names first"
        ],
    ),
    (
        'a,y\n1,2\n"x,3\n4,5\n',
        [
            'data.csv:3: a quote (") opens and never closes; close it, or write a quote inside a cell twice ("")'
        ],
    ),
    (
        'a,y\n"x"z,3\n',
        ['data.csv:2: text after a closing quote ("); write a quote inside a cell twice ("")'],
    ),
    (
        'a,y\n"' + "1,2\n" * 50_000,
        ['data.csv:2: a cell is longer than 131,072 characters; close the quote (") that opens it'],
    ),
]


@pytest.mark.parametrize(("content", "expected"), SHAPES)
def test_a_text_that_is_not_the_shape_of_a_table_is_refused(content, expected):
    write("data.csv", content)

    told = complaints("data.csv")

    assert told == expected


def test_a_delimiter_is_one_character():
    write("data.csv", "a,y\n1,2\n")

    told = complaints("data.csv", delimiter="ab") + complaints("data.csv", delimiter="")

    assert told == [
        f"dataset.delimiter='{typed}': "
        "expected auto, detect, tab, comma, semicolon, space, pipe or one character"
        for typed in ("ab", "")
    ]


@pytest.mark.parametrize(
    ("name", "delimiter", "mark"),
    [
        ("a.csv", "auto", ","),
        ("a.tsv", "auto", "\t"),
        ("a.txt", ";", ";"),
        ("a.csv", "\\t", "\t"),
        ("a.csv", " ", " "),
        ("a.csv", "tab", "\t"),
        ("a.tsv", "comma", ","),
        ("a.csv", "semicolon", ";"),
        ("a.csv", "space", " "),
        ("a.csv", "pipe", "|"),
    ],
)
def test_cells_are_split_at_the_delimiter(name, delimiter, mark):
    write(name, f"a{mark}y\n1{mark}2\n")

    sheet = read_sheet(name, delimiter)

    assert sheet.cells == {"a": ["1"], "y": ["2"]}


def test_spaces_around_names_are_stripped_with_a_note():
    write("data.csv", "a, b,y \n1, 2,3\n")

    sheet = read_sheet("data.csv")

    assert sheet.cells == {"a": ["1"], "b": ["2"], "y": ["3"]}
    assert sheet.notes == ("data.csv: stripped spaces from 1 column name ('y')",)


def test_columns_without_a_name_and_without_meaning_are_left_out():
    write("data.csv", ",a,y,\n0,5,6,\n1,7,8,\n")

    sheet = read_sheet("data.csv")

    assert sheet.names == ("a", "y")
    assert sheet.notes == (
        "data.csv: left out column 1, which has no name and counts the rows",
        "data.csv: left out column 4, which has no name and no values",
    )


@pytest.mark.parametrize(
    "header", ["0,1,2", "2001,2002,y", ",".join(f"{n}.5" for n in range(400, 420))]
)
def test_a_header_may_number_its_columns(header):
    write("data.csv", f"{header}\n" + ",".join("5" for _ in header.split(",")) + "\n")

    sheet = read_sheet("data.csv")

    assert ",".join(sheet.names) == header


def test_rows_keep_their_line_whatever_stands_before_them():
    write("data.csv", '\na,y\r\n"one\ntwo",1\r\n\r\n"say ""hi"", you",2\r\n3,4')

    sheet = read_sheet("data.csv")

    assert sheet.cells == {"a": ["one\ntwo", 'say "hi", you', "3"], "y": ["1", "2", "4"]}
    assert list(sheet.lines) == [3, 6, 7]
    assert (sheet.at(1), sheet.places([0, 1, 2])) == ("data.csv:6", "lines 3, 6, 7")


def test_rows_keep_their_number_whichever_are_left_out():
    write("data.csv", "a,y\n1,2\n\n3,4\n5,6\n7,8\n")
    sheet = read_sheet("data.csv")

    fewer = sheet.keep([True, False, True, True]).keep([False, True, True])

    assert [*sheet.numbers] == [0, 1, 2, 3]
    assert (list(fewer.numbers), list(fewer.lines)) == ([2, 3], [5, 6])


def test_empty_rows_at_the_end_are_no_rows():
    write("data.csv", "a,y\n1,2\n,3\n,\n , \n")

    sheet = read_sheet("data.csv")

    assert sheet.cells == {"a": ["1", ""], "y": ["2", "3"]}


def test_texts_that_mean_a_gap_become_empty():
    write("data.csv", "a,y\n?,2\nNA,?\n")

    sheet = read_sheet("data.csv").with_signs(["?"], ".")

    assert sheet.cells == {"a": ["", "NA"], "y": ["2", ""]}


def test_rows_that_are_kept_keep_their_line():
    write("data.csv", "a,y\n1,2\n3,4\n5,6\n")

    sheet = read_sheet("data.csv").keep([True, False, True])

    assert sheet.cells == {"a": ["1", "5"], "y": ["2", "6"]}
    assert sheet.lines == [2, 4]


# Frames and Parquet


def test_a_frame_is_written_exactly():
    frame = pandas.DataFrame(
        {
            " n": [3, 9007199254740993],
            "x": [0.1, float("nan")],
            "f": np.array([0.5, 3], np.float32),
            "t": [" yes", None],
            "b": [True, False],
            "i": pandas.array([1, None], dtype="Int64"),
            "c": pandas.Categorical(["u", "v"]),
            "d": pandas.to_datetime(["2020-01-01", None]),
        },
        index=[7, 7],
    )

    sheet = Sheet.from_frame(frame)

    assert sheet.cells == {
        "n": ["3", "9007199254740993"],
        "x": ["0.1", ""],
        "f": ["0.5", "3"],
        "t": ["yes", ""],
        "b": ["True", "False"],
        "i": ["1", ""],
        "c": ["u", "v"],
        "d": ["2020-01-01 00:00:00", ""],
    }
    assert sheet.notes == ("frame: stripped spaces from 1 column name ('n')",)
    assert sheet.at(1) == "frame: row 2"


@pytest.mark.parametrize(
    ("text", "usual", "sign"),
    [("1.5", ".", "."), ("1,5", ".", ","), ("1.5", ",", "."), ("x", ".", "."), ("x", ",", ",")],
)
def test_numbers_of_a_frame_get_the_sign_that_its_texts_have(text, usual, sign):
    frame = pandas.DataFrame(
        {
            "t": [text, None],
            "x": [0.5, 2],
            "n": pandas.array([1.5, None], dtype="Float64"),
            "e": [Decimal("1.50"), Decimal("3")],
            "i": [1, 2],
            "d": pandas.to_datetime(["2020-01-01 00:00:00.5", None]),
        }
    )

    sheet = Sheet.from_frame(frame, decimal="detect", usual=usual)

    assert sheet.decimal == sign
    assert sheet.cells == {
        "t": [text, ""],
        "x": [f"0{sign}5", "2"],
        "n": [f"1{sign}5", ""],
        "e": [f"1{sign}50", "3"],
        "i": ["1", "2"],
        "d": ["2020-01-01 00:00:00.500000", ""],
    }


@pytest.mark.parametrize(
    ("frame", "found"),
    [
        (pandas.DataFrame({"a": []}), "frame: has columns but no rows"),
        (
            pandas.DataFrame([[1, 2]], columns=["a", "a"]),
            "frame: column 'a' appears 2 times (positions 1, 2); give each a name of its own",
        ),
        (
            pandas.DataFrame({"a": [[1, 2]]}),
            "frame: column 'a' holds lists; give each number a column of its own",
        ),
        (
            np.zeros((2, 2)),
            "frame: is no table, but of type ndarray; give a pandas.DataFrame with column names",
        ),
    ],
)
def test_a_frame_that_is_no_table_is_refused(frame, found):
    with pytest.raises(Mistake) as told:
        Sheet.from_frame(frame)

    assert str(told.value) == found


def test_parquet_gives_the_cells_of_its_frame():
    frame = pandas.DataFrame({"a": [1, 2], "x": [0.1, None], "t": ["u", "NA"]})
    frame.to_parquet("data.parquet")

    sheet = read_sheet("data.parquet")

    assert sheet.cells == Sheet.from_frame(frame).cells
    assert sheet.at(0) == "data.parquet: row 1"


def test_a_damaged_parquet_file_is_refused():
    write("data.parquet", b"PAR1 and nothing more")
    write("pointer.parquet", b"version https://git-lfs.github.com/spec/v1\n")

    told = complaints("data.parquet") + complaints("pointer.parquet")

    assert told == [
        "data.parquet: is damaged or no Parquet file; write it again, or save it as CSV",
        "pointer.parquet: is a git-lfs pointer; fetch the data with: git lfs pull",
    ]


# An oracle


@pytest.mark.parametrize("seed", range(20))
def test_a_well_formed_file_is_read_as_pandas_reads_it(seed):
    draw = random.Random(seed)
    cell = [
        "1",
        "-2.5",
        "1e-3",
        "NA",
        "",
        "x y",
        'q"u',
        "a,b",
        "two\nlines",
        "é",
        "00501",
        "9007199254740993",
    ]
    names = [f"c{place}" for place in range(draw.randint(2, 6))]
    rows = [[draw.choice(cell) for _ in names[1:]] + ["end"] for _ in range(draw.randint(1, 30))]
    ending = draw.choice(["\n", "\r\n"])
    pandas.DataFrame(rows, columns=names).to_csv("data.csv", index=False, lineterminator=ending)

    sheet = read_sheet("data.csv")

    frame = pandas.read_csv("data.csv", dtype=str, keep_default_na=False)
    assert sheet.cells == {name: frame[name].tolist() for name in names}


@pytest.mark.parametrize("device", ["/dev/zero", "pipe"])
def test_what_never_ends_is_no_table(device):
    os.mkfifo("pipe")

    told = complaints(device)

    assert told == [f"dataset.path='{device}': is a pipe, a device or a socket; give a file"]


def test_what_a_shell_hands_over_is_a_table():
    reading, writing = os.pipe()
    os.write(writing, b"a,y\n1,2\n")
    os.close(writing)

    sheet = read_sheet(f"/dev/fd/{reading}")

    assert sheet.cells == {"a": ["1"], "y": ["2"]}
    os.close(reading)
