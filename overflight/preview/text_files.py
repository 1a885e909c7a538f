"""Passes as text: CSV, JSON and JSON lines, written as they come.

Columns become text whole, in a fraction of the time that the csv and json modules need for rows of
numbers. Numbers look as they do there, but those below 1e-4 have no exponent.
"""

from collections.abc import Iterable, Sequence
from typing import Any, TextIO

from msgspec.json import Encoder

from orbit.publishing.columns import COLUMNS, nested
from orbit.publishing.rows import Pass, published_columns

_NEED_QUOTES = ',"\r\n'
_ENCODER = Encoder()


def write_csv(out: TextIO, batches: Iterable[Sequence[Pass]]) -> int:
    """Write a header and a line for each pass; return how many passes there were."""
    out.write(",".join(COLUMNS) + "\n")
    count = 0
    for batch in filter(None, batches):
        cells = map(_cells, published_columns(batch))
        out.writelines(",".join(row) + "\n" for row in zip(*cells, strict=True))
        count += len(batch)
    return count


def write_json(out: TextIO, batches: Iterable[Sequence[Pass]]) -> int:
    """Write one array, a pass on each line of it; return how many passes there were."""
    count = 0
    for batch in filter(None, batches):
        for text in _lines(batch):
            out.write(",\n" if count else "[\n")
            out.write(text)
            count += 1
    out.write("\n]\n" if count else "[]\n")
    return count


def write_jsonl(out: TextIO, batches: Iterable[Sequence[Pass]]) -> int:
    """Write an object on each line; return how many passes there were."""
    count = 0
    for batch in filter(None, batches):
        out.writelines(text + "\n" for text in _lines(batch))
        count += len(batch)
    return count


# --- JSON ---------------------------------------------------------------------------------------


def _lines(batch: Sequence[Pass]) -> Sequence[str]:
    return nested(map(_values, published_columns(batch)), _objects)


def _values(column: Sequence[Any]) -> list[str]:
    """Return a column as values of JSON; no line ends within them."""
    return _ENCODER.encode_lines(column).decode().split("\n")[:-1]


def _objects(keys: tuple[str, ...], parts: Sequence[Sequence[str]]) -> list[str]:
    template = "{" + ", ".join(f'"{key}": %s' for key in keys) + "}"
    return ["null" if row[0] == "null" else template % row for row in zip(*parts, strict=True)]


# --- CSV ----------------------------------------------------------------------------------------


def _cells(column: Sequence[Any]) -> list[str]:
    """Return a column as cells: numbers as in JSON, null as nothing, text in quotes if need be."""
    numbers = _ENCODER.encode(column).decode()[1:-1]
    if '"' not in numbers:
        return numbers.replace("null", "").split(",")
    texts = [text or "" for text in column]
    if not _needs_quotes("".join(texts)):
        return texts
    return [_quoted(text) if _needs_quotes(text) else text for text in texts]


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _needs_quotes(text: str) -> bool:
    return any(mark in text for mark in _NEED_QUOTES)


TEXT_WRITERS = {"csv": write_csv, "json": write_json, "jsonl": write_jsonl}
