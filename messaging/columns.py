"""From columns to the parameters of statements."""

from collections.abc import Iterator

from tle.columns import Floats, Integers


def as_rows(**columns: Integers | Floats) -> Iterator[dict[str, object]]:
    """Yield each row as parameters for a statement, in Python's own numbers."""
    names = list(columns)
    for row in zip(*(column.tolist() for column in columns.values()), strict=True):
        yield dict(zip(names, row, strict=True))
