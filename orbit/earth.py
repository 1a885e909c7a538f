"""The Earth that observers stand on: its figure and its rotation."""

from datetime import datetime, timedelta
from functools import cache
from typing import Any

import numpy as np

from tle.columns import Floats, Integers
from tle.times import JULIAN_1970, SECONDS_PER_DAY, UNIX_EPOCH

EQUATORIAL_RADIUS_KM = 6378.137  # WGS84
FLATTENING = 1 / 298.257223563  # WGS84
SQUARED_ECCENTRICITY = FLATTENING * (2 - FLATTENING)
JULIAN_2000 = 2_451_545.0


def gmst_rad(jd_ut1: Floats | float, fraction: Floats | float) -> Floats:
    """Return Greenwich mean sidereal time (IAU 1982), the angle from TEME to the Earth-fixed frame.

    The Julian date is split so that no precision is lost. Source: AIAA 2006-6753, appendix C.
    """
    days = (jd_ut1 - JULIAN_2000) + fraction
    centuries = days / 36_525.0
    beyond_whole_turns_s = (
        67_310.54841 + (8_640_184.812866 + (0.093104 - 6.2e-6 * centuries) * centuries) * centuries
    )
    # One turn a day is left out of the polynomial: only the fractions of the days matter.
    turns = beyond_whole_turns_s / SECONDS_PER_DAY + jd_ut1 % 1.0 + np.asarray(fraction)
    return (turns % 1.0) * (2 * np.pi)


def turn_to_itrs(vectors: Floats, gmst_rad: Floats) -> Floats:
    """Turn vectors (..., 3) from TEME into the Earth-fixed frame.

    Polar motion is left out, as Skyfield does by default: ten metres on the ground.
    """
    cos, sin = np.cos(gmst_rad), np.sin(gmst_rad)
    x, y, z = np.moveaxis(vectors, -1, 0)
    return np.stack([cos * x + sin * y, cos * y - sin * x, z], axis=-1)


def ut1_minus_utc_s(day: Integers, fraction: Floats) -> Floats:
    """Return UT1 - UTC by the table Skyfield carries, extrapolated as Skyfield does.

    The table has one value a day, and so is read once a day: at the midnights around the times,
    which are days since 1970 and fractions of a day, shape (n,). TT - UT1 runs smoothly from one
    midnight to the next; TT - UTC is the same all day and may step, by a leap second, at its end.
    """
    midnights = np.arange(day.min(), day.max() + 2)
    at_midnight = _timescale().utc(1970, 1, 1 + midnights)
    tt_minus_ut1_s = np.interp(day + fraction, midnights, at_midnight.delta_t)
    tt_minus_utc_s = at_midnight.dut1 + at_midnight.delta_t
    return np.asarray(tt_minus_utc_s[day - midnights[0]] - tt_minus_ut1_s)


def earth_rotation_known_until() -> datetime:
    """Return when the table of UT1 ends; beyond it the Earth's turning is extrapolated."""
    days_tt, _ = _timescale().delta_t_table
    return UNIX_EPOCH + timedelta(days=float(days_tt[-1]) - JULIAN_1970)


@cache
def _timescale() -> Any:  # noqa: ANN401 - Skyfield has no types
    # Half the cost of skyfield.api.load.timescale(), with its tables: a preview waits for this.
    from skyfield.functions import load_bundled_npy  # noqa: PLC0415 - few ask for more
    from skyfield.timelib import Timescale  # noqa: PLC0415 - the same

    table = load_bundled_npy("iers.npz")
    days_tt = table["tt_jd_minus_arange"] + np.arange(len(table["tt_jd_minus_arange"]))
    delta_t_s = (table["delta_t_1e7"] / 1e7).round(7)
    return Timescale((days_tt, delta_t_s), table["leap_dates"], table["leap_offsets"])
