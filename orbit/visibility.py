"""What can be seen with the naked eye: a sunlit satellite in a dark sky."""

import math

import numpy as np
from numpy.typing import NDArray

from orbit.earth import EQUATORIAL_RADIUS_KM, Floats, Integers
from orbit.ephemeris import Ephemeris
from orbit.observers import Observers
from orbit.sun import sun_position_itrs_km

DARK_SUN_ELEVATION_DEG = -6.0  # civil twilight has ended; NASA's sighting lists agree with it
NODES = 17  # over the longest low pass one every 50 s; between them both margins are straight lines
DIP_DEG = 0.2  # the sun sinks no lower than this below where it stands at the ends of 15 minutes
MAX_STEP_S = 900.0  # a satellite that stays up for days is looked at four times an hour


def sun_elevation_deg(
    ephemeris: Ephemeris, observers: Observers, observer: Integers, time_s: Floats
) -> Floats:
    """Return the sun's geometric elevation for observers (row numbers) at times."""
    sun = sun_position_itrs_km(ephemeris.milliseconds(time_s))
    return _elevation_deg(observers.up_itrs[observer], sun)


def _elevation_deg(up_itrs: Floats, sun_itrs_km: Floats) -> Floats:
    sine = np.einsum("...c,...c->...", up_itrs, sun_itrs_km) / np.linalg.norm(sun_itrs_km, axis=-1)
    return np.asarray(np.degrees(np.arcsin(np.clip(sine, -1.0, 1.0))))


def sunlit_margin_deg(position_itrs_km: Floats, sun_itrs_km: Floats) -> Floats:
    """Return by how much the centre of the sun clears the Earth's limb, seen from the satellite.

    Positive in sunlight: the shadow is the cone from the sun's centre around a spherical Earth.
    """
    to_sun = sun_itrs_km - position_itrs_km
    radius_km = np.linalg.norm(position_itrs_km, axis=-1)
    cosine = -np.einsum("...c,...c->...", position_itrs_km, to_sun)
    cosine /= radius_km * np.linalg.norm(to_sun, axis=-1)
    separation = np.arccos(np.clip(cosine, -1.0, 1.0))
    limb = np.arcsin(np.minimum(EQUATORIAL_RADIUS_KM / radius_km, 1.0))
    return np.asarray(np.degrees(separation - limb))


def is_visible(
    ephemeris: Ephemeris, observers: Observers, observer: Integers, first_s: Floats, last_s: Floats
) -> NDArray[np.bool_]:
    """Tell for each observer whether the satellite is sunlit in the dark at any time of a span."""
    visible = np.zeros(len(observer), np.bool_)
    ends_deg = sun_elevation_deg(ephemeris, observers, observer, np.stack([first_s, last_s]))
    may_be_dark = ends_deg.min(axis=0) < DARK_SUN_ELEVATION_DEG + DIP_DEG
    rows = np.flatnonzero(may_be_dark | (last_s - first_s > MAX_STEP_S))
    if not rows.size:
        return visible
    first_s, last_s = first_s[rows], last_s[rows]
    nodes = max(NODES, math.ceil(float(np.max(last_s - first_s)) / MAX_STEP_S) + 1)
    time_s = first_s + (last_s - first_s) * np.linspace(0.0, 1.0, nodes)[:, None]
    sun = sun_position_itrs_km(ephemeris.milliseconds(time_s))
    lit = sunlit_margin_deg(ephemeris.position_at(time_s), sun)
    dark = DARK_SUN_ELEVATION_DEG - _elevation_deg(observers.up_itrs[observer[rows]], sun)
    visible[rows] = _both_positive(lit, dark).any(axis=0)
    return visible


def _both_positive(one: Floats, other: Floats) -> NDArray[np.bool_]:
    """Tell for each pair of neighbouring nodes whether both straight lines are positive somewhere.

    On a straight piece the lesser of two lines is greatest at an end or where the lines cross.
    """
    difference = one - other
    before, after = difference[:-1], difference[1:]
    crosses = before * after < 0
    share = np.divide(before, before - after, out=np.zeros_like(before), where=crosses)
    at_crossing = one[:-1] + share * (one[1:] - one[:-1])
    at_end = np.minimum(one, other)
    best = np.maximum(at_end[:-1], at_end[1:])
    return np.asarray(np.where(crosses, np.maximum(best, at_crossing), best) > 0)
