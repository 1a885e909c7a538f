"""Files of customers, as CSV: which columns they have, and the cells of their rows.

What the cells mean is the business of ``messaging.people.importing.rows``.
"""

import csv
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from messaging.errors import CustomerFileError, CustomerRowError, MisspeltColumnError
from messaging.people.ids import quoted

COLUMNS = (
    "id",
    "name",
    "email",
    "language",
    "time_zone",
    "city",
    "country",
    "latitude",
    "longitude",
    "horizon_mask",
    "consent",
    "consent_purpose",
    "consent_channel",
    "consent_at",
    "consent_wording",
    "consent_source",
)
"""All columns that mean something here; any other is an attribute."""

_DELIMITERS = ",;\t"
_ATTRIBUTE = re.compile(r"[a-z][a-z0-9_]{0,62}")
_NEAR = 0.8
_LONGEST_HEADER = 100_000  # beyond it, the csv module refuses to read
_OTHER_WORDS = {
    "lang": "language",
    "lat": "latitude",
    "lng": "longitude",
    "lon": "longitude",
    "tz": "time_zone",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """The first line of a file."""

    columns: tuple[str, ...]
    attributes: tuple[str, ...]
    """Those of the columns that are kept as they are."""
    delimiter: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A row of the file: its cells by column, or what is wrong with it."""

    number: int
    """Where it begins, counted as an editor counts lines, from 1."""
    cells: Mapping[str, str] | CustomerRowError


def read_header(text: str, *, source: str, attributes: Collection[str] = ()) -> Header:
    """Read and check the first line.

    Args:
        text: the line.
        source: where it came from, for messages.
        attributes: columns that are meant as they are, however much they look like known ones.

    Raises:
        CustomerFileError: a column is missing, given twice, or looks like a misspelling.
    """
    header = max(
        (_split(text, delimiter) for delimiter in _DELIMITERS),
        key=lambda split: len(set(split.columns) & set(COLUMNS)),
    )
    for position, column in enumerate(header.columns, start=1):
        if problem := _column_problem(column, position, header.columns, attributes):
            raise CustomerFileError(problem, source=source, line=1)
        meant = "" if column in attributes else _column_meant(column)
        if meant:
            problem = f"there is no column {quoted(column)}, did you mean {meant!r}? Correct it"
            own = column if _ATTRIBUTE.fullmatch(column) else ""
            raise MisspeltColumnError(problem, source=source, line=1, column=own)
    if problem := _missing(header.columns):
        raise CustomerFileError(problem, source=source, line=1)
    return header


def read_lines(lines: Iterator[str], header: Header) -> Iterator[Line]:
    """Yield the rows below the header, without the empty ones."""
    reader = csv.reader(lines, delimiter=header.delimiter, strict=True)
    last = 1
    while True:
        first, problem = last + 1, ""
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            row, problem = [""], f'{error}; a quote inside quotes is written twice: ""'
        last = reader.line_num + 1
        if problem:
            yield Line(number=first, cells=CustomerRowError(problem))
        elif len(row) == len(header.columns):
            if any(row):
                yield Line(number=first, cells=dict(zip(header.columns, row, strict=True)))
        elif row:
            expected = f"expected {len(header.columns)} cells as in line 1, got {len(row)}"
            yield Line(number=first, cells=CustomerRowError(expected))


def _split(text: str, delimiter: str) -> Header:
    names = next(csv.reader([text[:_LONGEST_HEADER]], delimiter=delimiter), [])
    columns = tuple(" ".join(name.split()).lower() for name in names)
    attributes = tuple(column for column in columns if column not in COLUMNS)
    return Header(columns=columns, attributes=attributes, delimiter=delimiter)


def _column_problem(
    column: str, position: int, columns: Collection[str], attributes: Collection[str]
) -> str:
    """Return what is wrong with one column, or nothing."""
    if not column:
        return f"expected a name for column {position}, got none; name it or remove it"
    if sum(other == column for other in columns) > 1:
        return f"expected each column once, got {quoted(column)} twice; remove one"
    if column in COLUMNS or (column not in attributes and _column_meant(column)):
        return ""
    return _attribute_problem(column)


def _column_meant(column: str) -> str:
    """Return the known column that another one looks like, or nothing."""
    if column in COLUMNS:
        return ""
    near = get_close_matches(column, COLUMNS, n=1, cutoff=_NEAR)
    return _OTHER_WORDS.get(column) or next(iter(near), "")


def _attribute_problem(column: str) -> str:
    if _ATTRIBUTE.fullmatch(column):
        return ""
    return (
        f"expected {', '.join(COLUMNS)}, or an attribute of your own in small letters, digits and "
        f"underscores, got the column {quoted(column)}; rename or remove it"
    )


def _missing(columns: Collection[str]) -> str:
    """Return which column a file cannot do without, or nothing."""
    if "id" not in columns:
        got = quoted(", ".join(columns)) if columns else "nothing"
        return f"expected a column 'id', got {got}; add one whose values never change"
    missing = {"latitude", "longitude"} - set(columns)
    if len(missing) == 1:
        return f"expected both latitude and longitude, got no column {missing.pop()!r}; add it"
    if missing and "city" not in columns:
        return (
            "expected where each customer is, got no such column; add city and country, or "
            "latitude and longitude"
        )
    return ""
