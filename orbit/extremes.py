"""When a satellite is nearest, and when it is highest, in a given span of each pass."""

import numpy as np

from orbit.earth import Floats, Integers
from orbit.ephemeris import Ephemeris
from orbit.observers import Observers
from orbit.solving import find_lowest


def nearest_s(
    ephemeris: Ephemeris, observers: Observers, observer: Integers, start_s: Floats, end_s: Floats
) -> Floats:
    """Return when each observer (row numbers) has the satellite at its least range."""

    def squared_range_km2(rows: Integers, time_s: Floats) -> Floats:
        away = _away_km(ephemeris, observers, observer[rows], time_s)
        return np.asarray(np.einsum("...c,...c->...", away, away))

    return find_lowest(squared_range_km2, start_s, end_s)


def highest_s(
    ephemeris: Ephemeris, observers: Observers, observer: Integers, start_s: Floats, end_s: Floats
) -> Floats:
    """Return when each observer (row numbers) has the satellite at its greatest elevation."""

    def minus_sin_elevation(rows: Integers, time_s: Floats) -> Floats:
        away = _away_km(ephemeris, observers, observer[rows], time_s)
        height = np.einsum("...c,...c->...", observers.up_itrs[observer[rows]], away)
        return np.asarray(-height / np.linalg.norm(away, axis=-1))

    return find_lowest(minus_sin_elevation, start_s, end_s)


def _away_km(
    ephemeris: Ephemeris, observers: Observers, observer: Integers, time_s: Floats
) -> Floats:
    return np.asarray(ephemeris.position_at(time_s) - observers.position_itrs_km[observer])
