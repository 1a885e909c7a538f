"""What ``overflight passes`` answers: passes of some satellites over one place, and why none."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from orbit.earth import EQUATORIAL_RADIUS_KM
from orbit.ephemeris import MIN_THRESHOLD_DEG, propagate
from orbit.observers import Observer, Observers
from orbit.passes import Passes, find_passes
from orbit.rows import Pass, rows
from tle import ElementSet


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which passes a person wants to see."""

    start: datetime
    end: datetime
    min_elevation_deg: float = 10.0
    min_culmination_deg: float | None = None
    visible_only: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """Passes by culmination, and for each satellite without one the reason."""

    passes: list[Pass]
    reasons: list[str]


def preview(
    element_sets: Iterable[ElementSet], observer: Observer, wanted: Wanted, *, grid_deg: float
) -> Preview:
    """Find the passes of each satellite over one observer.

    Raises:
        OrbitError: an element set cannot be propagated to the window.
    """
    found: list[Pass] = []
    reasons: list[str] = []
    for element_set in element_sets:
        passes, reason = _of_one(element_set, observer, wanted)
        found.extend(rows(passes, [observer], grid_deg=grid_deg))
        reasons.extend(reason)
    return Preview(passes=sorted(found, key=lambda p: p.culmination.time), reasons=reasons)


def _of_one(
    element_set: ElementSet, observer: Observer, wanted: Wanted
) -> tuple[Passes, Sequence[str]]:
    ephemeris = propagate(element_set, wanted.start, wanted.end)
    observers = Observers.of([observer])
    passes = find_passes(ephemeris, observers, min_elevation_deg=wanted.min_elevation_deg)
    if not len(passes):
        return passes, [_why_none(element_set, passes, observers, wanted)]
    name = element_set.name or str(element_set.norad_id)
    count = len(passes)
    if wanted.min_culmination_deg is not None:
        highest_deg = passes.culmination.elevation_deg.max()
        passes = passes.take(passes.culmination.elevation_deg >= wanted.min_culmination_deg)
        if not len(passes):
            reason = (
                f"{name}: {_counted(count)}, but the highest culminates at {highest_deg:.1f} deg, "
                f"below the {wanted.min_culmination_deg:g} deg asked for"
            )
            return passes, [reason]
    if wanted.visible_only:
        count = len(passes)
        passes = passes.take(passes.visible(observers))
        if not len(passes):
            reason = (
                f"{name}: {_counted(count)}, but none can be seen: each time the sky is too bright "
                "or the satellite is in the Earth's shadow"
            )
            return passes, [reason]
    return passes, []


def _counted(count: int) -> str:
    return "one pass" if count == 1 else f"{count} passes"


def _why_none(element_set: ElementSet, none: Passes, observers: Observers, wanted: Wanted) -> str:
    """Say why a satellite has no pass: always too far, too low this time, or a short window."""
    name = element_set.name or str(element_set.norad_id)
    lower = find_passes(none.ephemeris, observers, min_elevation_deg=MIN_THRESHOLD_DEG)
    if len(lower):
        highest_deg = float(np.max(lower.culmination.elevation_deg))
        return (
            f"{name}: no pass above {wanted.min_elevation_deg:g} deg in this window; "
            f"it culminates at {highest_deg:.1f} deg at most"
        )
    reach_deg = min(element_set.inclination_deg, 180.0 - element_set.inclination_deg)
    sight_rad = np.arccos(EQUATORIAL_RADIUS_KM / none.ephemeris.radius_km.max())
    seen_deg = reach_deg + float(np.degrees(sight_rad))
    latitude_deg = float(observers.latitude_deg[0])
    if abs(latitude_deg) > seen_deg:
        return (
            f"{name}: it stays below the horizon; its orbit reaches latitude {reach_deg:.1f} deg "
            f"and is seen to {seen_deg:.1f} deg, this place lies at {latitude_deg:.1f} deg"
        )
    if (wanted.end - wanted.start).total_seconds() > 2 * element_set.period_s:
        return f"{name}: it does not come above the horizon of this place in this window"
    return f"{name}: no pass in this window; try a longer one"
