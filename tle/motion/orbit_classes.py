"""How far off predictions from an orbit usually are, before the satellite's own history speaks.

``docs/uncertainty.md`` has the reasons and the figures.
"""

import math
from typing import NamedTuple

import numpy as np

from tle.columns import Floats
from tle.elements import ElementSet
from tle.motion.constants import DEEP_SPACE_REV_PER_DAY, EARTH_RADIUS_KM, GM_KM3_PER_S2
from tle.motion.propagation import to_satrec
from tle.times import MINUTES_PER_DAY

_GROWTH = 2.25  # of an error of drag with age: two, and what the weather adds
_DRAG_SHARE = 0.45  # of the drag, nine times in ten less than this is wrong
_GEOSYNCHRONOUS_REV_PER_DAY = 1.1
_ECCENTRIC = 0.1
_DRAG_SPANS_DAYS = tuple(0.5**halvings for halvings in range(10))  # down to three minutes


class OrbitClass(NamedTuple):
    """What is expected of an orbit before its own history speaks, as half-widths of 90 %."""

    name: str
    at_epoch_s: float
    per_day_s: float
    first_day_of_drag_s: float
    """Grows with age to the power of 2.25. More where the set's own drag says so."""


_BY_PERIGEE_KM = (
    (300.0, OrbitClass("decaying", 0.2, 0.3, 0.5)),
    (450.0, OrbitClass("station", 0.1, 0.2, 0.1)),
    (600.0, OrbitClass("low", 0.1, 0.05, 0.03)),
    (1000.0, OrbitClass("quiet", 0.1, 0.02, 0.01)),
    (math.inf, OrbitClass("upper", 0.1, 0.02, 0.003)),
)
_MEDIUM = OrbitClass("medium", 0.5, 0.2, 0.0)
_GEOSYNCHRONOUS = OrbitClass("geosynchronous", 2.0, 1.0, 0.0)
_ELONGATED = OrbitClass("elongated", 2.0, 2.0, 0.05)


def orbit_class(element_set: ElementSet) -> OrbitClass:
    """Return which default holds for an orbit, by its mean motion, shape and perigee."""
    motion = element_set.mean_motion_rev_per_day
    if element_set.eccentricity > _ECCENTRIC:
        return _ELONGATED
    if motion < _GEOSYNCHRONOUS_REV_PER_DAY:
        return _GEOSYNCHRONOUS
    if motion < DEEP_SPACE_REV_PER_DAY:
        return _MEDIUM
    axis_km = math.cbrt(GM_KM3_PER_S2 * (element_set.period_s / math.tau) ** 2)
    perigee_km = axis_km * (1.0 - element_set.eccentricity) - EARTH_RADIUS_KM
    return next(each for below_km, each in _BY_PERIGEE_KM if perigee_km < below_km)


def default_half_width_s(element_set: ElementSet, age_days: Floats) -> Floats:
    """Return half-widths, seconds, at ages: of the epoch, the speed and the drag together."""
    expected = orbit_class(element_set)
    drag_s = _DRAG_SHARE * abs(drag_rev_per_day2(element_set)) / 2.0 * element_set.period_s
    first_day_s = max(expected.first_day_of_drag_s, drag_s)
    return np.sqrt(
        expected.at_epoch_s**2
        + (expected.per_day_s * age_days) ** 2
        + (first_day_s * age_days**_GROWTH) ** 2
    )


def drag_rev_per_day2(element_set: ElementSet) -> float:
    """Return by how much drag raises the mean motion in a day; 0 where SGP4 knows of none.

    A satellite that falls within the day has its growth over part of it scaled up to a day.
    """
    if element_set.mean_motion_rev_per_day < DEEP_SPACE_REV_PER_DAY:
        return 0.0
    satrec = to_satrec(element_set)
    satrec.sgp4_tsince(0.0)
    first = satrec.nm
    for days in _DRAG_SPANS_DAYS:
        error, _, _ = satrec.sgp4_tsince(days * MINUTES_PER_DAY)
        if not error:
            return float(satrec.nm - first) * MINUTES_PER_DAY / (2.0 * math.pi) / days
    return 0.0
