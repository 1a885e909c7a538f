"""Columns: one numpy array a quantity, one row a thing.

Apart from tle's front door because it imports numpy.
"""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]
Rows = Flags | Integers | slice
"""Which rows: a truth value for each, their numbers, or a run."""


class Columns:
    """Base of frozen dataclasses whose fields are all columns, or columns again."""

    __slots__ = ()
    __dataclass_fields__: ClassVar[dict[str, Any]]

    def take(self, rows: Rows) -> Self:
        """Return the chosen rows."""
        return type(self)(
            **{each.name: _take(getattr(self, each.name), rows) for each in fields(self)}
        )

    @classmethod
    def join(cls, parts: Sequence[Self]) -> Self:
        """Put parts, at least one, behind each other."""
        return cls(
            **{each.name: _join([getattr(p, each.name) for p in parts]) for each in fields(cls)}
        )


def _take(column: Any, rows: Rows) -> Any:  # noqa: ANN401 - an array or columns
    return column.take(rows) if isinstance(column, Columns) else column[rows]


def _join(parts: Sequence[Any]) -> Any:  # noqa: ANN401 - the same
    first = parts[0]
    return type(first).join(parts) if isinstance(first, Columns) else np.concatenate(parts)
