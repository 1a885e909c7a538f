"""Where one satellite is at given times, and where to look: SGP4 at each, nothing in between."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from orbit.arguments import SOME_OBSERVERS, Times, check_element_set, check_kind, to_microseconds
from orbit.earth import EQUATORIAL_RADIUS_KM, SQUARED_ECCENTRICITY
from orbit.ephemeris import check_age, propagate_to
from orbit.errors import ArgumentError
from orbit.look import look_angles
from orbit.observers import Observers
from tle.columns import Columns, Floats, Integers
from tle.elements import ElementSet
from tle.times import from_ms

_GEODETIC_ROUNDS = 6  # each leaves less than a hundredth of the error


@dataclass(frozen=True, slots=True, kw_only=True)
class Positions(Columns):
    """Where a satellite is, one row a time.

    Attributes:
        time: UTC, ``datetime64[us]``, shape (n,).
        latitude_deg: of the point below it, geodetic, -90 to 90.
        longitude_deg: of the point below it, east positive, -180 to 180.
        altitude_km: above the WGS84 ellipsoid.
        position_itrs_km: Earth-fixed, shape (n, 3).
    """

    time: NDArray[np.datetime64]
    latitude_deg: Floats
    longitude_deg: Floats
    altitude_km: Floats
    position_itrs_km: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class LookAngles(Columns):
    """Where observers look, one row an observer and time: all times of the first come first.

    Attributes:
        observer: row of the observer, shape (n,).
        time: UTC, ``datetime64[us]``.
        azimuth_deg: from north over east, [0, 360).
        elevation_deg: above the horizon, without refraction.
        range_km: straight from the observer.
    """

    observer: Integers
    time: NDArray[np.datetime64]
    azimuth_deg: Floats
    elevation_deg: Floats
    range_km: Floats


def positions_at(element_set: ElementSet, times: Times) -> Positions:
    """Return where a satellite is at given times.

    Args:
        element_set: of the satellite.
        times: one or a column: aware datetimes, or ``datetime64``, which is taken as UTC.

    Raises:
        ArgumentError: a time has no time zone or is NaT, or the times are no column.
        PropagationError: SGP4 gives up, or a time is far from the epoch.
        TypeError: an argument is of another kind.
    """
    check_element_set(element_set)
    unix_us = to_microseconds(times)
    position_itrs_km = _propagate(element_set, unix_us)
    latitude_deg, longitude_deg, altitude_km = _geodetic(position_itrs_km)
    return Positions(
        time=unix_us.astype("datetime64[us]"),
        latitude_deg=latitude_deg,
        longitude_deg=longitude_deg,
        altitude_km=altitude_km,
        position_itrs_km=position_itrs_km,
    )


def look_at(element_set: ElementSet, observers: Observers, times: Times) -> LookAngles:
    """Return where observers look for a satellite at given times, whether it is up or not.

    Args:
        element_set: of the satellite.
        observers: each is told all times.
        times: one or a column: aware datetimes, or ``datetime64``, which is taken as UTC.

    Raises:
        ArgumentError: a time has no time zone or is NaT, or the times are no column.
        PropagationError: SGP4 gives up, or a time is far from the epoch.
        TypeError: an argument is of another kind.
    """
    check_element_set(element_set)
    check_kind("observers", observers, Observers, SOME_OBSERVERS)
    unix_us = to_microseconds(times)
    position_itrs_km = _propagate(element_set, unix_us)
    observer = np.repeat(np.arange(len(observers)), len(unix_us))
    time = np.tile(np.arange(len(unix_us)), len(observers))
    away_itrs_km = position_itrs_km[time] - observers.position_itrs_km[observer]
    azimuth_deg, elevation_deg, range_km = look_angles(away_itrs_km, observers, observer)
    return LookAngles(
        observer=observer,
        time=unix_us.astype("datetime64[us]")[time],
        azimuth_deg=azimuth_deg,
        elevation_deg=elevation_deg,
        range_km=range_km,
    )


def _propagate(element_set: ElementSet, unix_us: Integers) -> Floats:
    if not unix_us.size:
        return np.empty((0, 3))
    for bound_us in (unix_us.min(), unix_us.max()):
        try:
            instant = from_ms(int(bound_us) // 1000)
        except OverflowError:
            raise ArgumentError(
                "times reach beyond the year 9999; expected some near today"
            ) from None
        check_age(element_set, instant)
    return propagate_to(element_set, unix_us)


def _geodetic(position_itrs_km: Floats) -> tuple[Floats, Floats, Floats]:
    """Return latitude (deg), longitude (deg) and altitude (km) above the WGS84 ellipsoid."""
    x, y, z = position_itrs_km.T
    from_axis_km = np.hypot(x, y)
    latitude = np.arctan2(z, from_axis_km)
    for _ in range(_GEODETIC_ROUNDS):
        sine = np.sin(latitude)
        normal_km = EQUATORIAL_RADIUS_KM / np.sqrt(1 - SQUARED_ECCENTRICITY * sine**2)
        latitude = np.arctan2(z + SQUARED_ECCENTRICITY * normal_km * sine, from_axis_km)
    sine = np.sin(latitude)
    foot_km = EQUATORIAL_RADIUS_KM * np.sqrt(1 - SQUARED_ECCENTRICITY * sine**2)
    altitude_km = from_axis_km * np.cos(latitude) + z * sine - foot_km
    return np.degrees(latitude), np.degrees(np.arctan2(y, x)), altitude_km
