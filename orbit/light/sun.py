"""Where the sun is, to a hundredth of a degree, without an ephemeris file."""

import numpy as np

from orbit.earth import JULIAN_2000, gmst_rad, turn_to_itrs
from tle.columns import Floats, Integers
from tle.times import DAY_MS, JULIAN_1970

ASTRONOMICAL_UNIT_KM = 149_597_870.7


def sun_position_itrs_km(ms: Integers) -> Floats:
    """Return the sun's Earth-fixed position (n, 3) at milliseconds since 1970 UTC.

    Source: The Astronomical Almanac, "low precision formulas for the sun", good to 0.01 degrees
    from 1950 to 2050. UTC stands in for UT1 here: a second turns the sky by 0.004 degrees.
    """
    day, ms_of_day = np.divmod(ms, DAY_MS)
    fraction = ms_of_day / DAY_MS
    n = JULIAN_1970 + day - JULIAN_2000 + fraction
    mean_longitude = np.radians((280.460 + 0.985_647_4 * n) % 360.0)
    anomaly = np.radians((357.528 + 0.985_600_3 * n) % 360.0)
    longitude = mean_longitude + np.radians(1.915 * np.sin(anomaly) + 0.020 * np.sin(2 * anomaly))
    obliquity = np.radians(23.439 - 0.000_000_4 * n)
    distance_au = 1.000_14 - 0.016_71 * np.cos(anomaly) - 0.000_14 * np.cos(2 * anomaly)
    x = np.cos(longitude)
    y = np.cos(obliquity) * np.sin(longitude)
    z = np.sin(obliquity) * np.sin(longitude)
    direction = turn_to_itrs(np.stack([x, y, z], axis=-1), gmst_rad(JULIAN_1970 + day, fraction))
    return np.asarray(direction * (distance_au * ASTRONOMICAL_UNIT_KM)[..., None])
