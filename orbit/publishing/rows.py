"""One pass as a row: a view of the columns, and what is published of it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from orbit.look import Sights
from orbit.observers import Observer
from orbit.publishing.columns import COLUMNS, columns, nested

if TYPE_CHECKING:
    from orbit.passes import Passes

_COLUMN = {name: number for number, name in enumerate(COLUMNS)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """Where to look at one instant."""

    time: datetime
    azimuth_deg: float
    elevation_deg: float
    range_km: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """One pass of one satellite over one observer; what is missing is None."""

    pass_id: str
    observer: Observer
    passes: "Passes" = field(repr=False, compare=False)
    row: int = field(repr=False, compare=False)
    """Where it stands in ``passes``."""
    published: tuple[Any, ...] = field(repr=False)
    """Under ``COLUMNS``; ``pass_id`` as computed, whatever it is stored under."""

    def to_json(self) -> dict[str, Any]:
        """Return what is published, as ``docs/pass.schema.json`` describes it."""
        [facts] = nested(published_columns([self]), _dicts)
        return dict(facts)

    @property
    def satellite(self) -> str:
        """Its name, or its number where it has none."""
        return str(self._cell("satellite"))

    @property
    def norad_id(self) -> int:
        """The catalog number."""
        return int(self._cell("norad_id"))

    @property
    def aos(self) -> Sight | None:
        """Where to look when it rises through the threshold."""
        return self._sight_or_none(self.passes.aos)

    @property
    def culmination(self) -> Sight:
        """Where to look when it is highest."""
        return self._sight(self.passes.culmination)

    @property
    def los(self) -> Sight | None:
        """Where to look when it sinks through the threshold."""
        return self._sight_or_none(self.passes.los)

    @property
    def duration_s(self) -> float | None:
        """From AOS to LOS; None where either is missing."""
        duration_s: float | None = self._cell("duration_s")
        return duration_s

    @property
    def in_progress(self) -> bool:
        """Whether AOS was before the window began."""
        return bool(self._cell("in_progress"))

    @property
    def always_up(self) -> bool:
        """Whether the satellite never sets."""
        return bool(self._cell("always_up"))

    @property
    def visible(self) -> bool:
        """Whether there is a visible segment."""
        return bool(self._cell("visible"))

    @property
    def sun_elevation_deg(self) -> float:
        """The sun's elevation at the culmination."""
        return float(self.passes.sun_elevation_deg[self.row])

    @property
    def element_age_days(self) -> float:
        """Culmination minus epoch."""
        return float(self._cell("element_age_days"))

    @property
    def uncertainty_s(self) -> float | None:
        """Half the width of the interval that holds each event's time, by itself, with 90 %.

        None with synthetic elements.
        """
        uncertainty_s: float | None = self._cell("uncertainty_s")
        return uncertainty_s

    @property
    def confidence(self) -> str:
        """How far to trust the times: ``firm``, ``provisional`` or ``date_only``."""
        return str(self._cell("confidence"))

    @property
    def period_s(self) -> float:
        """One revolution of the satellite."""
        return self.passes.ephemeris.element_set.period_s

    def _cell(self, column: str) -> Any:  # noqa: ANN401 - each has its own type
        return self.published[_COLUMN[column]]

    def _sight_or_none(self, sights: Sights) -> Sight | None:
        return None if np.isnan(sights.time_s[self.row]) else self._sight(sights)

    def _sight(self, sights: Sights) -> Sight:
        return Sight(
            time=self.passes.ephemeris.datetime_at(float(sights.time_s[self.row])),
            azimuth_deg=float(sights.azimuth_deg[self.row]),
            elevation_deg=float(sights.elevation_deg[self.row]),
            range_km=float(sights.range_km[self.row]),
        )


def rows(
    passes: "Passes",
    observers: list[Observer],
    *,
    grid_deg: float,
) -> Iterator[Pass]:
    """Yield each pass as a row; arguments are those of ``columns``."""
    made = columns(passes, observers, grid_deg=grid_deg)
    published = zip(*made, strict=True)
    for row, (observer, cells) in enumerate(zip(passes.observer.tolist(), published, strict=True)):
        yield Pass(
            pass_id=cells[0],
            observer=observers[observer],
            passes=passes,
            row=row,
            published=cells,
        )


def published_columns(found: Sequence[Pass]) -> list[Sequence[Any]]:
    """Return what is published of at least one row under ``COLUMNS``, with the ids they have."""
    _, *others = zip(*(pass_.published for pass_ in found), strict=True)
    return [[pass_.pass_id for pass_ in found], *others]


def _dicts(keys: tuple[str, ...], parts: Sequence[Sequence[Any]]) -> list[Any]:
    return [
        None if row[0] is None else dict(zip(keys, row, strict=True))
        for row in zip(*parts, strict=True)
    ]
