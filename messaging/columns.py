"""Columns: one numpy array a quantity, one row a customer, a pass or a message."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


def as_rows(**columns: Ints | Floats) -> Iterator[dict[str, object]]:
    """Yield each row as parameters for a statement, in Python's own numbers."""
    names = list(columns)
    for row in zip(*(column.tolist() for column in columns.values()), strict=True):
        yield dict(zip(names, row, strict=True))
