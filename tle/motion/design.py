"""Element sets of satellites that do not fly yet: circular orbits from a few parameters.

So a campaign can be rehearsed before launch. Sources: Hoots and Roehrich, Spacetrack Report #3,
and AIAA 2006-6753 for the mean motion SGP4 starts from; Brouwer (1959) for the short-period radius
and the secular motion of the node, both to first order in J2; The Astronomical Almanac, "low
precision formulas for the sun", for the mean sun.
"""

import math
from datetime import UTC, datetime, timedelta

from tle.elements import ElementSet
from tle.errors import ElementError
from tle.formats.base import SYNTHETIC_MARK, clean_name
from tle.motion.constants import EARTH_RADIUS_KM, GM_KM3_PER_S2, J2
from tle.times import SECONDS_PER_DAY

TEMPORARY_IDS = range(90_000, 100_000)
"""The catalog numbers for satellites that do not fly yet; no real one gets any of them."""

MIN_ALTITUDE_KM = 160.0
"""Below it no orbit lasts a day."""
MAX_ALTITUDE_KM = 50_000.0

_J2000 = datetime(2000, 1, 1, 12, tzinfo=UTC)
_SUN_DEG_PER_DAY = 0.985_647_4
_SUN_AT_J2000_DEG = 280.460
_DEG_PER_HOUR = 15.0
_MIN_PER_DEG = 4.0  # of local time

_ORDINARY_BSTAR = 2e-4  # the ISS has 1.3e-4, Tianhe 2.0e-4 (October 2026)
_DRAG_ENDS_KM = 1_000.0


def design_elements(
    *,
    altitude_km: float,
    inclination_deg: float,
    ltan_hours: float | None = None,
    name: str,
    norad_id: int,
    epoch: datetime,
) -> ElementSet:
    """Return a circular orbit as a synthetic set; at the epoch the satellite is at its node.

    The eccentricity is 0, which for SGP4 is a frozen orbit: the Earth's shape moves the satellite
    up and down by about 8 km, and 2 s along its track at the node. Node and mean motion are as fine
    as a TLE can write them.

    Args:
        altitude_km: mean radius over one revolution, as SGP4 propagates it, less the Earth's
            equatorial radius.
        inclination_deg: 0 to 180.
        ltan_hours: local mean solar time at the ascending node at the epoch; without it the node
            is at right ascension 0.
        name: without ``SYNTHETIC_MARK``, which is added.
        norad_id: a number that no real satellite has: one of ``TEMPORARY_IDS``.
        epoch: aware UTC.

    Raises:
        ElementError: there is no such orbit; the message says what there is.
    """
    _require_altitude(altitude_km)
    _require("inclination_deg", inclination_deg, 0.0, 180.0, "above 90 the orbit runs westwards")
    if ltan_hours is not None:
        _require("ltan_hours", ltan_hours, 0.0, 24.0, "such as 10.5 for half past ten")
    label = clean_name(name).removesuffix(SYNTHETIC_MARK).strip()
    if not label:
        raise ElementError(field="name", value=name, expected="a name to call the satellite by")
    raan_deg = 0.0 if ltan_hours is None else _raan_deg(ltan_hours, epoch)
    return ElementSet(
        norad_id=norad_id,
        name=f"{label} {SYNTHETIC_MARK}",
        international_designator="",
        classification="U",
        epoch=epoch,
        mean_motion_rev_per_day=round(_mean_motion_rev_per_day(altitude_km, inclination_deg), 8),
        eccentricity=0.0,
        inclination_deg=inclination_deg,
        raan_deg=round(raan_deg, 4) % 360.0,
        argument_of_perigee_deg=0.0,
        mean_anomaly_deg=0.0,
        mean_motion_dot_rev_per_day2=0.0,
        mean_motion_ddot_rev_per_day3=0.0,
        bstar_per_earth_radius=_ORDINARY_BSTAR if altitude_km < _DRAG_ENDS_KM else 0.0,
        element_set_no=1,
        revolution_at_epoch=1,
        ephemeris_type=0,
        synthetic=True,
    )


def sun_synchronous_inclination_deg(altitude_km: float) -> float | None:
    """Return the inclination at which a circular orbit keeps its local time, to 0.02 degrees.

    None above about 5,970 km, where no orbit does.
    """
    _require_altitude(altitude_km)
    cosine = _SUN_DEG_PER_DAY / _node_rate_at_equator_deg_per_day(altitude_km)
    return math.degrees(math.acos(cosine)) if cosine >= -1.0 else None


def local_time_drift_min_per_day(*, altitude_km: float, inclination_deg: float) -> float:
    """Return how fast the local time of the ascending node changes; positive: it gets later."""
    _require_altitude(altitude_km)
    rate = _node_rate_at_equator_deg_per_day(altitude_km)
    node_deg_per_day = rate * math.cos(math.radians(inclination_deg))
    return (node_deg_per_day - _SUN_DEG_PER_DAY) * _MIN_PER_DEG


def _require_altitude(altitude_km: float) -> None:
    advice = "lower orbits decay within a day, and few satellites go higher"
    _require("altitude_km", altitude_km, MIN_ALTITUDE_KM, MAX_ALTITUDE_KM, advice)


def _require(field: str, value: float, least: float, most: float, advice: str) -> None:
    if not least <= value <= most:  # which no NaN is
        raise ElementError(field=field, value=value, expected=f"{least:g} to {most:g}; {advice}")


def _mean_motion_rev_per_day(altitude_km: float, inclination_deg: float) -> float:
    """Return the mean motion as an element set gives it (Kozai's, where SGP4 uses Brouwer's).

    J2 lifts or lowers the mean radius of an orbit by up to 7 km against its semi-major axis. The
    radius SGP4 arrives at agrees to 0.02 km.
    """
    polar = 3.0 * math.cos(math.radians(inclination_deg)) ** 2 - 1.0
    radius_km = EARTH_RADIUS_KM + altitude_km
    axis_km = radius_km + 0.75 * J2 * polar * EARTH_RADIUS_KM**2 / radius_km
    kozai = 1.0 + 0.75 * J2 * polar * (EARTH_RADIUS_KM / axis_km) ** 2
    return _revolutions_per_day(axis_km) * kozai


def _revolutions_per_day(axis_km: float) -> float:
    return math.sqrt(GM_KM3_PER_S2 / axis_km**3) * SECONDS_PER_DAY / math.tau


def _node_rate_at_equator_deg_per_day(altitude_km: float) -> float:
    """Return the motion of the node of an orbit of inclination 0; the cosine gives all others."""
    axis_km = EARTH_RADIUS_KM + altitude_km
    flattening = 1.5 * J2 * (EARTH_RADIUS_KM / axis_km) ** 2
    return -flattening * _revolutions_per_day(axis_km) * 360.0


def _raan_deg(ltan_hours: float, epoch: datetime) -> float:
    """Return the right ascension of a node that passes under the mean sun ``ltan_hours`` - 12 ago.

    Mean solar time is the hour angle of the mean sun, whose right ascension is the sun's mean
    longitude.
    """
    days = (epoch - _J2000) / timedelta(days=1)
    mean_sun_deg = _SUN_AT_J2000_DEG + _SUN_DEG_PER_DAY * days
    return (mean_sun_deg + (ltan_hours - 12.0) * _DEG_PER_HOUR) % 360.0
