"""Cells: observers near to each other, so that what they share is computed once."""

from dataclasses import dataclass
from functools import cache

import numpy as np

from orbit.observers import Observers
from tle.columns import Floats, Integers

CELL_DEG = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Cells:
    """Observers sorted into cells of equal height and about equal width.

    The cells are the same whoever stands in them, and so is everything that follows from them:
    adding observers changes nobody's passes.

    Attributes:
        order: rows of the observers, cell by cell, shape (n,).
        first: where each cell begins in ``order``, and where the last one ends, shape (c + 1,).
        centre: unit vectors to the zenith of each cell's middle, shape (c, 3).
        radius_rad: from the middle to the farthest corner, shape (c,).
    """

    order: Integers
    first: Integers
    centre: Floats
    radius_rad: Floats

    def __len__(self) -> int:
        """Return the number of cells that have members."""
        return len(self.radius_rad)

    @classmethod
    def of(cls, observers: Observers, rows: Integers, *, most: int) -> "Cells":
        """Sort some of the observers into their cells; cut those that have more than ``most``."""
        grid = _grid()
        band = np.floor((observers.latitude_deg[rows] + 90.0) / CELL_DEG).astype(np.int64)
        band = np.minimum(band, len(grid.columns) - 1)
        columns = grid.columns[band]
        column = np.floor((observers.longitude_deg[rows] + 180.0) / 360.0 * columns).astype(
            np.int64
        )
        number = grid.first[band] + column % columns
        order = order_of(number, below=len(grid.radius_rad))
        begins = np.flatnonzero(np.diff(number[order], prepend=-1))
        ends = np.append(begins[1:], len(order))
        parts = -(-(ends - begins) // most)
        part = np.arange(parts.sum()) - np.repeat(np.cumsum(parts) - parts, parts)
        first = np.repeat(begins, parts) + part * most
        cell = number[order[first]]
        return cls(
            order=rows[order],
            first=np.append(first, len(order)),
            centre=grid.centre[cell],
            radius_rad=grid.radius_rad[cell],
        )


def order_of(number: Integers, *, below: int) -> Integers:
    """Return the stable order of numbers from 0 to below a limit.

    Up to a limit of 65,536 they fit into two bytes, and such keys numpy sorts by radix, several
    times as fast as wider ones, which it compares.
    """
    return np.argsort(number.astype(np.min_scalar_type(below - 1)), kind="stable")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Grid:
    columns: Integers
    first: Integers
    centre: Floats
    radius_rad: Floats


@cache
def _grid() -> _Grid:
    """Cut the sphere into bands of latitude, and each band into columns of longitude."""
    south_deg = np.arange(-90.0, 90.0, CELL_DEG)
    middle = np.radians(south_deg + CELL_DEG / 2)
    columns = np.ceil(360.0 / CELL_DEG * np.cos(middle)).astype(np.int64)
    first = np.cumsum(columns) - columns
    band = np.repeat(np.arange(len(columns)), columns)
    width = 2 * np.pi / columns
    longitude = -np.pi + (np.arange(len(band)) - first[band] + 0.5) * width[band]
    edges = np.radians([south_deg, south_deg + CELL_DEG])
    cosine = np.sin(middle) * np.sin(edges) + (
        np.cos(middle) * np.cos(edges) * np.cos(np.minimum(width / 2, np.pi))
    )
    return _Grid(
        columns=columns,
        first=first,
        centre=np.stack(
            [
                np.cos(middle)[band] * np.cos(longitude),
                np.cos(middle)[band] * np.sin(longitude),
                np.sin(middle)[band],
            ],
            axis=-1,
        ),
        radius_rad=np.arccos(cosine.min(axis=0))[band],
    )
