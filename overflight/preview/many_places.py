"""The passes over many places, a batch of places at a time, so that memory stays bounded."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from operator import itemgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from orbit.ephemeris import propagate
from orbit.finding.engines import Engine, choose_engine
from orbit.passes import Passes
from orbit.publishing.rows import Pass, rows
from overflight.preview.histories import Uncertainties
from overflight.preview.places_file import Places
from overflight.preview.query import PassQuery, find_above, keep_wanted
from tle import ElementSet

ABSENT_MS = int(np.iinfo(np.int64).min)
"""Stands in columns of integers where there is no AOS or LOS."""

_FILE_NAMES = {"culmination_elevation_deg": "max_elevation_deg"}
"""Columns that files call otherwise."""

Columns = dict[str, NDArray[Any]]
"""Columns by name, one row a pass."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceBatch:
    """Some neighbouring rows of the places, and what is asked about them."""

    first_row: int
    """Row of its first place among all."""
    places: Places
    element_sets: Sequence[ElementSet]
    query: PassQuery
    uncertainties: Uncertainties
    engine: Engine

    def passes(self) -> Iterator[Passes]:
        """Find the passes of one satellite after the other, each when it is asked for."""
        # Propagated anew for each batch, which takes milliseconds: thousands of satellites would
        # not fit into memory together.
        query = self.query
        for element_set in self.element_sets:
            learnt = self.uncertainties.get(element_set.norad_id)
            ephemeris = propagate(element_set, query.start, query.end, uncertainty=learnt)
            found = find_above(ephemeris, self.places.observers, query, engine=self.engine)
            yield keep_wanted(found, query)


def place_batches(
    element_sets: Sequence[ElementSet],
    places: Places,
    query: PassQuery,
    *,
    place_days: float,
    uncertainties: Uncertainties | None = None,
) -> Iterator[PlaceBatch]:
    """Cut a query over many places into batches, in the order of the places.

    Args:
        element_sets: those that can be propagated to the window.
        places: one or a million.
        query: the window, and which passes count.
        place_days: size of a batch, in places times days times satellites. For a low satellite
            that makes about five passes each.
        uncertainties: of the satellites whose history is known.
    """
    days = (query.end - query.start) / timedelta(days=1) * len(element_sets)
    step = max(int(place_days / days), 1)
    engine = choose_engine(len(places), days)  # by the whole work, not by a batch of it
    for first in range(0, len(places), step):
        yield PlaceBatch(
            first_row=first,
            places=places.cut(first, first + step),
            element_sets=element_sets,
            query=query,
            uncertainties=uncertainties or {},
            engine=engine,
        )


def batch_rows(batch: PlaceBatch, *, grid_deg: float) -> list[Pass]:
    """Return a batch's passes by place and culmination, with the ids they would get at first."""
    observers = batch.places.rows()
    found: list[tuple[int, int, Pass]] = []
    for passes in batch.passes():
        culmination_ms = passes.ephemeris.milliseconds(passes.culmination_s)
        each = rows(passes, observers, grid_deg=grid_deg)
        found.extend(zip(passes.observer.tolist(), culmination_ms.tolist(), each, strict=True))
    found.sort(key=itemgetter(0, 1))
    return [pass_ for _, _, pass_ in found]


def batch_columns(batch: PlaceBatch) -> Columns:
    """Return a batch's passes by place and culmination, as columns of 64 bits or truth values.

    ``observer`` is the row of the place among all, from 0. Times are milliseconds since 1970 UTC,
    ``ABSENT_MS`` where there is none; numbers without a value are NaN.
    """
    found = [_columns(passes, batch.first_row) for passes in batch.passes()]
    columns = {name: np.concatenate([each[name] for each in found]) for name in found[0]}
    if len(found) == 1:
        return columns
    order = np.lexsort((columns["culmination_ms"], columns["observer"]))
    return {name: column[order] for name, column in columns.items()}


def _columns(passes: Passes, first_row: int) -> Columns:
    columns: Columns = {}
    for name, column in passes.to_columns().items():
        if column.dtype.kind == "M":
            columns[f"{name}_ms"] = column.view(np.int64)  # NaT is ABSENT_MS
        else:
            columns[_FILE_NAMES.get(name, name)] = column
    return {**columns, "observer": first_row + columns["observer"]}
