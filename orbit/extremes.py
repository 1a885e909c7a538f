"""When a satellite is nearest, and when it is highest, in a given span of each pass."""

import numpy as np

from orbit.ephemeris import Ephemeris
from orbit.finding.solving import find_lowest
from orbit.look import away_km, sin_elevation
from orbit.observers import Observers
from tle.columns import Floats, Integers


def nearest_s(
    ephemeris: Ephemeris, observers: Observers, observer: Integers, start_s: Floats, end_s: Floats
) -> Floats:
    """Return when each observer (row numbers) has the satellite at its least range."""

    def squared_range_km2(rows: Integers, time_s: Floats) -> Floats:
        away = away_km(ephemeris, observers, observer[rows], time_s)
        return np.asarray(np.einsum("...c,...c->...", away, away))

    return find_lowest(squared_range_km2, start_s, end_s)


def highest_s(
    ephemeris: Ephemeris, observers: Observers, observer: Integers, start_s: Floats, end_s: Floats
) -> Floats:
    """Return when each observer (row numbers) has the satellite at its greatest elevation."""

    def minus_sin_elevation(rows: Integers, time_s: Floats) -> Floats:
        return -sin_elevation(ephemeris, observers, observer[rows], time_s)

    return find_lowest(minus_sin_elevation, start_s, end_s)
