"""From an element set to SGP4.

Apart from the other modules because it imports sgp4, and with it numpy.
"""

import math
from datetime import UTC, datetime, timedelta

from sgp4.api import WGS72, Satrec

from tle.elements import ElementSet
from tle.times import MINUTES_PER_DAY

_JULIAN_1950 = 2_433_281.5  # the day before 1 January 1950, from which SGP4 counts its days
_DAY_1950 = datetime(1949, 12, 31, tzinfo=UTC)
_MAX_SGP4_NUMBER = 339_999
_ONE_DAY = timedelta(days=1)


def to_satrec(element_set: ElementSet) -> Satrec:
    """Return the SGP4 model of an element set: WGS72 constants, improved mode.

    It propagates as ``Satrec.twoline2rv`` does with the lines of the same set. Positions are TEME
    kilometres. Numbers above 339999, which sgp4 cannot hold, are 0 in the result; the theory does
    not use them. A set that SGP4 cannot start from has a non-zero ``error``.
    """
    radians_per_minute = 2.0 * math.pi / MINUTES_PER_DAY
    days, time_of_day = divmod(element_set.epoch - _DAY_1950, _ONE_DAY)
    julian_midnight = _JULIAN_1950 + days
    day_fraction = time_of_day / _ONE_DAY
    satrec = Satrec()
    satrec.sgp4init(
        WGS72,
        "i",
        element_set.norad_id if element_set.norad_id <= _MAX_SGP4_NUMBER else 0,
        julian_midnight + day_fraction - _JULIAN_1950,
        element_set.bstar_per_earth_radius,
        element_set.mean_motion_dot_rev_per_day2 * radians_per_minute / MINUTES_PER_DAY,
        element_set.mean_motion_ddot_rev_per_day3 * radians_per_minute / MINUTES_PER_DAY**2,
        element_set.eccentricity,
        math.radians(element_set.argument_of_perigee_deg),
        math.radians(element_set.inclination_deg),
        math.radians(element_set.mean_anomaly_deg),
        element_set.mean_motion_rev_per_day * radians_per_minute,
        math.radians(element_set.raan_deg),
    )
    # One float holds days since 1949 to a microsecond, 8 mm on a low orbit; two hold them exactly.
    satrec.jdsatepoch = julian_midnight
    satrec.jdsatepochF = day_fraction
    return satrec
