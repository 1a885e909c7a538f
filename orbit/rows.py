"""One pass as a row, as the JSON that ``docs/pass.schema.json`` describes, and as cells of CSV."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np

from orbit.identity import new_pass_id, observer_key
from orbit.look import Sights
from orbit.observers import Observer
from orbit.passes import Passes

FIRM_DAYS = 5.0
PROVISIONAL_DAYS = 10.0

_Keys = dict[str, "_Keys"]


def _names(*names: str) -> _Keys:
    return {name: {} for name in names}


_SIGHT = _names("time", "azimuth_deg", "elevation_deg", "range_km")
_DIRECTION = _names("time", "azimuth_deg", "elevation_deg")
_KEYS: _Keys = {
    **_names("pass_id", "satellite", "norad_id"),
    "observer": _names("name", "latitude_deg", "longitude_deg", "height_m", "time_zone"),
    "aos": _SIGHT,
    "culmination": _SIGHT,
    "tca": _SIGHT,
    "los": _SIGHT,
    **_names("duration_s", "in_progress", "always_up"),
    "sunlit": _names("start", "end"),
    "visible": {},
    "visible_segment": {"start": _DIRECTION, "highest": _DIRECTION, "end": _DIRECTION},
    **_names("magnitude", "sun_elevation_deg"),
    **_names("element_epoch", "element_age_days", "confidence"),
}
"""What is published of a pass, in order, and the keys of each part of it that has its own."""

_DIGITS = {
    "azimuth_deg": 4,
    "elevation_deg": 4,
    "range_km": 3,
    "magnitude": 1,
    "sun_elevation_deg": 2,
    "element_age_days": 4,
}


def _columns(keys: _Keys, prefix: str = "") -> Iterator[str]:
    for key, parts in keys.items():
        if parts:
            yield from _columns(parts, f"{prefix}{key}_")
        else:
            yield prefix + key


CSV_COLUMNS = tuple(_columns(_KEYS))


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """Where to look at one instant."""

    time: datetime
    azimuth_deg: float
    elevation_deg: float
    range_km: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Sunlit:
    """When a satellite comes into sunlight and leaves it, within a pass."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class VisibleSegment:
    """Where to look when a satellite comes into view, is highest there, and goes out of it."""

    start: Sight
    highest: Sight
    end: Sight


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """One pass of one satellite over one observer; what is missing is None, as in ``Passes``."""

    pass_id: str
    satellite: str
    norad_id: int
    observer: Observer
    aos: Sight | None
    culmination: Sight
    tca: Sight
    los: Sight | None
    in_progress: bool
    always_up: bool
    sunlit: Sunlit | None
    visible_segment: VisibleSegment | None
    magnitude: float | None
    sun_elevation_deg: float
    element_epoch: datetime
    element_age_days: float
    period_s: float

    @property
    def duration_s(self) -> float | None:
        """From AOS to LOS; None where either is missing."""
        if self.aos is None or self.los is None:
            return None
        return (self.los.time - self.aos.time).total_seconds()

    @property
    def visible(self) -> bool:
        """Whether there is a visible segment."""
        return self.visible_segment is not None

    @property
    def confidence(self) -> str:
        """How far to trust the times: ``firm``, ``provisional`` or ``date_only``, by the age."""
        age_days = abs(self.element_age_days)
        if age_days <= FIRM_DAYS:
            return "firm"
        return "provisional" if age_days <= PROVISIONAL_DAYS else "date_only"

    def to_json(self) -> dict[str, Any]:
        """Return plain values; angles to 1e-4 degrees, ranges to a metre."""
        return {key: _plain(self, key, parts) for key, parts in _KEYS.items()}

    def to_cells(self) -> dict[str, Any]:
        """Return the JSON under ``CSV_COLUMNS``, on one level; what is null is empty."""
        return dict(zip(CSV_COLUMNS, _cells(self.to_json(), _KEYS), strict=True))


def iso_z(time: datetime) -> str:
    """Return ISO 8601 in UTC with milliseconds and Z."""
    return time.strftime("%Y-%m-%dT%H:%M:%S.") + f"{time.microsecond // 1000:03d}Z"


def _plain(owner: object, key: str, parts: _Keys) -> Any:  # noqa: ANN401 - JSON
    value = getattr(owner, key)
    if value is None:
        return None
    if parts:
        return {part: _plain(value, part, within) for part, within in parts.items()}
    if isinstance(value, datetime):
        return iso_z(value)
    if key in _DIGITS:
        value = round(value, _DIGITS[key]) + 0.0  # no minus zero
    return value % 360.0 if key == "azimuth_deg" else value


def _cells(values: dict[str, Any] | None, keys: _Keys) -> Iterator[Any]:
    for key, parts in keys.items():
        value = values[key] if values else None
        if parts:
            yield from _cells(value, parts)
        elif value is None:
            yield ""
        else:
            yield json.dumps(value) if isinstance(value, bool) else value


def rows(passes: Passes, observers: list[Observer], *, grid_deg: float) -> Iterator[Pass]:
    """Yield each pass as a row; ``observers`` are those the passes were found for."""
    in_progress, element_age_days = passes.in_progress, passes.element_age_days
    element_set = passes.ephemeris.element_set
    culmination_ms = passes.ephemeris.milliseconds(passes.culmination.time_s)
    for k in range(len(passes)):
        observer = observers[passes.observer[k]]
        key = observer_key(observer.latitude_deg, observer.longitude_deg, grid_deg)
        yield Pass(
            pass_id=new_pass_id(element_set.norad_id, key, int(culmination_ms[k])),
            satellite=element_set.name or str(element_set.norad_id),
            norad_id=element_set.norad_id,
            observer=observer,
            aos=_sight_or_none(passes, passes.aos, k),
            culmination=_sight(passes, passes.culmination, k),
            tca=_sight(passes, passes.closest_approach, k),
            los=_sight_or_none(passes, passes.los, k),
            in_progress=bool(in_progress[k]),
            always_up=bool(passes.always_up[k]),
            sunlit=_sunlit(passes, k),
            visible_segment=_visible_segment(passes, k),
            magnitude=None if np.isnan(passes.magnitude[k]) else float(passes.magnitude[k]),
            sun_elevation_deg=float(passes.sun_elevation_deg[k]),
            element_epoch=element_set.epoch,
            element_age_days=float(element_age_days[k]),
            period_s=element_set.period_s,
        )


def _sunlit(passes: Passes, k: int) -> Sunlit | None:
    start_s, end_s = (float(times_s[k]) for times_s in passes.sunlit_span_s)
    if np.isnan(start_s):
        return None
    datetime_at = passes.ephemeris.datetime_at
    return Sunlit(start=datetime_at(start_s), end=datetime_at(end_s))


def _visible_segment(passes: Passes, k: int) -> VisibleSegment | None:
    if not passes.visible[k]:
        return None
    return VisibleSegment(
        start=_sight(passes, passes.visible_start, k),
        highest=_sight(passes, passes.visible_highest, k),
        end=_sight(passes, passes.visible_end, k),
    )


def _sight_or_none(passes: Passes, sights: Sights, k: int) -> Sight | None:
    return None if np.isnan(sights.time_s[k]) else _sight(passes, sights, k)


def _sight(passes: Passes, sights: Sights, k: int) -> Sight:
    return Sight(
        time=passes.ephemeris.datetime_at(float(sights.time_s[k])),
        azimuth_deg=float(sights.azimuth_deg[k]),
        elevation_deg=float(sights.elevation_deg[k]),
        range_km=float(sights.range_km[k]),
    )
