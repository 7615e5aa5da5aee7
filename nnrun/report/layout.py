"""Fitting text and tables into the columns of a terminal, so that nothing breaks within a word."""

from collections.abc import Sequence
from textwrap import TextWrapper

from nnrun.characters import quoted as quoted_word

INNER = "\0"  # a space within a word of a command
GAP = 2  # columns between two of a table


def lines_within(text: str, width: int, indent: int = 0) -> list[str]:
    """Break a text between words; a word longer than a line, such as a path, stays whole."""
    further = " " * min(indent, width // 2)
    words = TextWrapper(
        max(width, 1),
        subsequent_indent=further,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return words.wrap(text) or [""]


def command_lines(words: Sequence[str], indent: int, width: int) -> list[str]:
    """Break a command between its words, so that a shell takes the lines for one."""
    quoted = " ".join(quoted_word(word).replace(" ", INNER) for word in words)
    *lines, last = lines_within(f"{'':{indent}}{quoted}", width - 2, indent + 2)
    return [line.replace(INNER, " ") for line in [*(f"{line} \\" for line in lines), last]]


def as_many_as_fit(parts: Sequence[str], width: int) -> str:
    """Join the first parts that there is room for."""
    line = ""
    for part in parts:
        longer = f"{line}  {part}" if line else part
        if len(longer) > width:
            break
        line = longer
    return line


def narrow(heading: str) -> str:
    """Write each word of a heading on a line of its own."""
    return heading.replace(" ", "\n")


def column_width(heading: str, cells: Sequence[str]) -> int:
    """Count the columns that a heading, of one line or several, and the cells below it take."""
    return max(map(len, [*heading.split("\n"), *cells]))


def folded(headings: list[str], rows: list[list[str]], width: int) -> list[str]:
    """Break headings into lines where the table would otherwise be too wide."""
    if table_width(headings, rows) <= width:
        return headings
    return [headings[0], *map(narrow, headings[1:])]


def table_width(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> int:
    columns = list(zip(*rows, strict=True)) if rows else [() for _ in headings]
    widths = [column_width(*column) for column in zip(headings, columns, strict=True)]
    return sum(widths) + GAP * (len(widths) - 1)


def pieces(
    headings: list[str], rows: list[list[str]], width: int, naming: int = 1
) -> list[list[int]]:
    """Tell which columns of a table stand beside each other.

    Each piece begins with the first columns, which name the rows.
    """
    first = list(range(naming))
    made = [first]
    for column in range(naming, len(headings)):
        wider = [*made[-1], column]
        cells = [[row[i] for i in wider] for row in rows]
        fits = table_width([headings[i] for i in wider], cells) <= width
        if fits or made[-1] == first:
            made[-1] = wider
        else:
            made.append([*first, column])
    return made
