"""Files of places: CSV with the columns ``name,latitude,longitude,height``.

Read a block at a time and checked a column at a time, so that a million rows take seconds.
"""

import codecs
import csv
import io
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from orbit.observers import Observer, Observers
from orbit.places import time_zone_at
from overflight.errors import PlacesFileError
from tle.columns import Floats

STDIN = "-"
COLUMNS = ("name", "latitude", "longitude", "height")
REQUIRED = COLUMNS[:3]
LISTED = 5  # bad cells that are told one by one
BLOCK_ROWS = 500  # many more at once would keep the garbage collector busy
_LIMITS = {
    "latitude": (90.0, "degrees from -90 to 90, north positive"),
    "longitude": (180.0, "degrees from -180 to 180, east positive"),
    "height": (100_000.0, "metres above WGS84, from -100000 to 100000"),
}

Rows = tuple[list[int], list[list[str]]]
"""The lines on which rows begin, from 1, and their cells."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Named points on the Earth, in the order of their file."""

    names: list[str]
    observers: Observers

    def __len__(self) -> int:
        """Return the number of places."""
        return len(self.names)

    def cut(self, first: int, last: int) -> "Places":
        """Return the places from row ``first`` up to, not including, row ``last``."""
        rows = np.arange(first, min(last, len(self)))
        return Places(names=self.names[first:last], observers=self.observers.take(rows))

    def rows(self) -> list[Observer]:
        """Return each place as a value, with the time zone in force there."""
        return [
            Observer(
                name=name,
                latitude_deg=latitude_deg,
                longitude_deg=longitude_deg,
                height_m=height_m,
                time_zone=time_zone_at(latitude_deg, longitude_deg),
            )
            for name, latitude_deg, longitude_deg, height_m in zip(
                self.names,
                self.observers.latitude_deg.tolist(),
                self.observers.longitude_deg.tolist(),
                self.observers.height_m.tolist(),
                strict=True,
            )
        ]


def read_places(path: str) -> Places:
    """Read and parse a file, or standard input for ``-``.

    Raises:
        OSError: it cannot be read.
        PlacesFileError: it cannot be used.
    """
    if path == STDIN:
        return parse_places(sys.stdin.buffer.read(), source="standard input")
    return parse_places(Path(path).read_bytes(), source=path)


def parse_places(content: bytes, *, source: str) -> Places:
    """Read places from CSV in UTF-8, or UTF-16 if its first bytes say so.

    The header names the columns in any order and case; ``height``, in metres, may be missing or
    empty and is then 0. Empty rows are skipped.

    Args:
        content: the file.
        source: where it came from, for messages.

    Raises:
        PlacesFileError: a column is unknown, missing or doubled, a row cannot be used, or there is
            none; bad rows are told by line and column, the first ``LISTED`` of them one by one.
    """
    blocks = _blocks(_decoded(content, source), source)
    lines, header = next(blocks, ([1], [[]]))
    columns = _columns(header[0], lines[0], source)
    problems = _Problems(source=source)
    names: list[str] = []
    numbers: list[list[Floats]] = []
    for block in blocks:
        lines, rows = problems.of_full_width(block, len(columns))
        cells = dict(zip(columns, zip(*rows, strict=True), strict=False))  # no rows, no cells
        names.extend(_names(cells.get("name", ()), lines, problems))
        numbers.append([_numbers(column, cells, lines, problems) for column in _LIMITS])
    problems.refuse_any()
    if not names:
        raise PlacesFileError(f"{source}: expected a row for each place below the header, got none")
    latitude_deg, longitude_deg, height_m = (
        np.concatenate(column) for column in zip(*numbers, strict=True)
    )
    return Places(
        names=names,
        observers=Observers.at(latitude_deg, longitude_deg, height_m),
    )


# --- text and header ----------------------------------------------------------------------------


def _decoded(content: bytes, source: str) -> str:
    wide = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        return content.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise PlacesFileError(
            f"{source}, line {line}: expected text in UTF-8, got a byte that is not; "
            "save the file as CSV UTF-8",
            lines=[line],
        ) from None


def _blocks(text: str, source: str) -> Iterator[Rows]:
    """Yield the header alone, then the other rows in blocks, without the empty ones."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    lines: list[int] = []
    rows: list[list[str]] = []
    line, size = 1, 1
    try:
        for row in reader:
            if any(row):
                lines.append(line)
                rows.append(row)
            line = reader.line_num + 1
            if len(rows) == size:
                yield lines, rows
                lines, rows, size = [], [], BLOCK_ROWS
    except csv.Error as error:
        raise PlacesFileError(
            f"{source}, line {line}: expected CSV, got what cannot be read: {error}; "
            'a quote inside quotes is written twice: ""',
            lines=[line],
        ) from None
    if rows:
        yield lines, rows


def _columns(header: Sequence[str], line: int, source: str) -> list[str]:
    columns = [name.strip().lower() for name in header]
    unknown = [name for name in columns if name not in COLUMNS]
    missing = [name for name in REQUIRED if name not in columns]
    if unknown or missing or len(set(columns)) < len(columns):
        got = repr(",".join(header)[:80]) if header else "an empty file"
        raise PlacesFileError(
            f"{source}, line {line}: expected the columns {', '.join(REQUIRED)} and, if you like, "
            f"{COLUMNS[-1]}, each once and separated by commas, got {got}",
            lines=[line],
        )
    return columns


# --- rows ---------------------------------------------------------------------------------------


class _Problems:
    """What is wrong with the rows of a file: the first few in words, the others counted."""

    def __init__(self, *, source: str) -> None:
        self._source = source
        self._told: list[tuple[int, str]] = []
        self._count = 0

    def add(self, line: int, problem: str) -> None:
        self._count += 1
        self._told.append((line, problem))
        if len(self._told) > LISTED:  # a block's columns come one after the other
            self._told.remove(max(self._told))

    def of_full_width(self, block: Rows, width: int) -> Rows:
        """Return the rows that have as many cells as the header; the others are problems."""
        if all(len(row) == width for row in block[1]):
            return block
        full: Rows = [], []
        for line, row in zip(*block, strict=True):
            if len(row) == width:
                full[0].append(line)
                full[1].append(row)
            else:
                self.add(line, f"expected {width} cells as in the header, got {len(row)}")
        return full

    def refuse_any(self) -> None:
        """Raise what has been added, if anything has."""
        if not self._count:
            return
        text = [f"{self._source}, line {line}: {problem}" for line, problem in sorted(self._told)]
        if more := self._count - len(text):
            text.append(f"and {more} more; correct them, or remove their rows")
        raise PlacesFileError("\n".join(text), lines=[line for line, _ in sorted(self._told)])


def _names(cells: Sequence[str], lines: Sequence[int], problems: _Problems) -> list[str]:
    names = [cell.strip() for cell in cells]
    if not all(names):
        for name, line in zip(names, lines, strict=True):
            if not name:
                problems.add(line, "name: expected a name, got nothing")
    return names


def _numbers(
    column: str, cells: dict[str, tuple[str, ...]], lines: Sequence[int], problems: _Problems
) -> Floats:
    """Return a column as numbers; what is none, or out of range, is a problem."""
    texts = cells.get(column, ())
    if column not in REQUIRED:
        texts = tuple(text.strip() or "0" for text in texts) or ("0",) * len(lines)
    try:
        values = np.array(list(map(float, texts)))
    except ValueError:
        values = np.array(list(map(_number, texts)))
    limit, expected = _LIMITS[column]
    for k in np.flatnonzero(~(np.abs(values) <= limit)).tolist():
        got = repr(texts[k][:40]) if texts[k].strip() else "nothing"
        problems.add(lines[k], f"{column}: expected {expected}, got {got}")
    return values


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return np.nan
