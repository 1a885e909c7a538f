"""The passes over many places, a chunk of places at a time, so that memory stays bounded."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from orbit.ephemeris import propagate
from orbit.finding.engines import Engine, choose_engine
from orbit.passes import Passes
from orbit.publishing.rows import Pass, rows
from overflight.preview.histories import Uncertainties
from overflight.preview.places_file import Places
from overflight.preview.query import Search, find, keep_wanted
from tle import ElementSet

if TYPE_CHECKING:
    from orbit.horizon import HorizonMask

__all__ = ["ABSENT_MS", "Chunk", "Columns", "find_chunks", "to_columns", "to_rows"]

ABSENT_MS = int(np.iinfo(np.int64).min)
"""Stands in columns of integers where there is no AOS or LOS."""

Columns = dict[str, NDArray[Any]]
"""Columns by name, one row a pass."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """Some neighbouring rows of the places, and the passes over them."""

    first_row: int
    """Row of its first place among all."""
    places: Places
    passes: Iterator[Passes]
    """Those of one satellite after the other, each found when it is asked for."""
    horizon_mask: "HorizonMask | None"
    """What they were found above."""


def find_chunks(
    element_sets: Sequence[ElementSet],
    places: Places,
    search: Search,
    *,
    place_days: float,
    uncertainties: Uncertainties | None = None,
) -> Iterator[Chunk]:
    """Find the passes over places in their order.

    Args:
        element_sets: those that can be propagated to the window.
        places: one or a million.
        search: the window, and which passes count.
        place_days: size of a chunk, in places times days times satellites. For a low satellite
            that makes about five passes each.
        uncertainties: of the satellites whose history is known.
    """
    days = (search.end - search.start) / timedelta(days=1) * len(element_sets)
    step = max(int(place_days / days), 1)
    engine = choose_engine(len(places), days)  # by the whole work, not by a chunk of it
    for first in range(0, len(places), step):
        chunk = places.cut(first, first + step)
        yield Chunk(
            first_row=first,
            places=chunk,
            passes=_find(element_sets, chunk, search, engine, uncertainties or {}),
            horizon_mask=search.horizon_mask,
        )


def to_rows(chunk: Chunk, *, grid_deg: float) -> list[Pass]:
    """Return a chunk's passes by place and culmination, with the ids they would get at first."""
    observers = chunk.places.rows()
    found: list[tuple[int, int, Pass]] = []
    for passes in chunk.passes:
        culmination_ms = passes.ephemeris.milliseconds(passes.culmination_s)
        each = rows(passes, observers, grid_deg=grid_deg, horizon_mask=chunk.horizon_mask)
        found.extend(zip(passes.observer.tolist(), culmination_ms.tolist(), each, strict=True))
    found.sort(key=itemgetter(0, 1))
    return [pass_ for _, _, pass_ in found]


def to_columns(chunk: Chunk) -> Columns:
    """Return a chunk's passes by place and culmination, as columns of 64 bits or truth values.

    ``observer`` is the row of the place among all, from 0. Times are milliseconds since 1970 UTC,
    ``ABSENT_MS`` where there is none; numbers without a value are NaN.
    """
    found = [_columns(passes, chunk.first_row) for passes in chunk.passes]
    columns = {name: np.concatenate([each[name] for each in found]) for name in found[0]}
    if len(found) == 1:
        return columns
    order = np.lexsort((columns["culmination_ms"], columns["observer"]))
    return {name: column[order] for name, column in columns.items()}


def _find(
    element_sets: Sequence[ElementSet],
    places: Places,
    search: Search,
    engine: Engine,
    uncertainties: Uncertainties,
) -> Iterator[Passes]:
    # Propagated anew for each chunk, which takes milliseconds: thousands of satellites would not
    # fit into memory together.
    for element_set in element_sets:
        learnt = uncertainties.get(element_set.norad_id)
        ephemeris = propagate(element_set, search.start, search.end, uncertainty=learnt)
        yield keep_wanted(find(ephemeris, places.observers, search, engine=engine), search)


def _columns(passes: Passes, first_row: int) -> Columns:
    columns: Columns = {}
    for name, column in passes.to_columns().items():
        if column.dtype.kind == "M":
            columns[f"{name}_ms"] = column.view(np.int64)  # NaT is ABSENT_MS
        else:
            columns[name] = column
    return {**columns, "observer": first_row + columns["observer"]}
