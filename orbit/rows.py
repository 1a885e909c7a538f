"""One pass as a row, as the JSON that ``docs/pass.schema.json`` describes, and as cells of CSV."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np

from orbit.identity import new_pass_id, observer_key
from orbit.look import Sights
from orbit.observers import Observer, Observers
from orbit.passes import Passes

FIRM_DAYS = 5.0
PROVISIONAL_DAYS = 10.0

_OBSERVER = ("name", "latitude_deg", "longitude_deg", "height_m", "time_zone")
_SIGHT = ("time", "azimuth_deg", "elevation_deg", "range_km")
_KEYS: dict[str, tuple[str, ...]] = {
    "pass_id": (),
    "satellite": (),
    "norad_id": (),
    "observer": _OBSERVER,
    "aos": _SIGHT,
    "culmination": _SIGHT,
    "los": _SIGHT,
    "duration_s": (),
    "in_progress": (),
    "always_up": (),
    "visible": (),
    "sun_elevation_deg": (),
    "element_epoch": (),
    "element_age_days": (),
    "confidence": (),
}
"""What is published of a pass, in order, and of each part of it that has keys of its own."""

_DIGITS = {
    "azimuth_deg": 4,
    "elevation_deg": 4,
    "range_km": 3,
    "sun_elevation_deg": 2,
    "element_age_days": 4,
}
CSV_COLUMNS = tuple(
    f"{key}_{part}" if part else key for key, parts in _KEYS.items() for part in parts or ("",)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """Where to look at one instant."""

    time: datetime
    azimuth_deg: float
    elevation_deg: float
    range_km: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """One pass of one satellite over one observer; ``aos`` and ``los`` as in ``Passes``."""

    pass_id: str
    satellite: str
    norad_id: int
    observer: Observer
    aos: Sight | None
    culmination: Sight
    los: Sight | None
    in_progress: bool
    always_up: bool
    visible: bool
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
        cells = dict.fromkeys(CSV_COLUMNS, "")
        for key, value in self.to_json().items():
            if isinstance(value, dict):
                cells |= {f"{key}_{part}": cell for part, cell in value.items()}
            elif value is not None:
                cells[key] = json.dumps(value) if isinstance(value, bool) else value
        return cells


def iso_z(time: datetime) -> str:
    """Return ISO 8601 in UTC with milliseconds and Z."""
    return time.strftime("%Y-%m-%dT%H:%M:%S.") + f"{time.microsecond // 1000:03d}Z"


def _plain(owner: object, key: str, parts: tuple[str, ...] = ()) -> Any:  # noqa: ANN401 - JSON
    value = getattr(owner, key)
    if value is None:
        return None
    if parts:
        return {part: _plain(value, part) for part in parts}
    if isinstance(value, datetime):
        return iso_z(value)
    if key in _DIGITS:
        value = round(value, _DIGITS[key])
    return value % 360.0 if key == "azimuth_deg" else value


def rows(passes: Passes, observers: list[Observer], *, grid_deg: float) -> Iterator[Pass]:
    """Yield each pass as a row; ``observers`` are those the passes were found for."""
    columns = Observers.of(observers)
    visible = passes.visible(columns)
    sun_elevation_deg = passes.sun_elevation_deg(columns)
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
            aos=None if np.isnan(passes.aos.time_s[k]) else _sight(passes, passes.aos, k),
            culmination=_sight(passes, passes.culmination, k),
            los=None if np.isnan(passes.los.time_s[k]) else _sight(passes, passes.los, k),
            in_progress=bool(in_progress[k]),
            always_up=bool(passes.always_up[k]),
            visible=bool(visible[k]),
            sun_elevation_deg=float(sun_elevation_deg[k]),
            element_epoch=element_set.epoch,
            element_age_days=float(element_age_days[k]),
            period_s=element_set.period_s,
        )


def _sight(passes: Passes, sights: Sights, k: int) -> Sight:
    return Sight(
        time=passes.ephemeris.datetime_at(float(sights.time_s[k])),
        azimuth_deg=float(sights.azimuth_deg[k]),
        elevation_deg=float(sights.elevation_deg[k]),
        range_km=float(sights.range_km[k]),
    )
