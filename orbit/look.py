"""Where to look: azimuth, elevation and range."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from orbit.observers import Observers
from tle.columns import Columns, Floats, Integers

if TYPE_CHECKING:
    from orbit.ephemeris import Ephemeris


@dataclass(frozen=True, slots=True, kw_only=True)
class Sights(Columns):
    """Look angles as columns, one row each; all NaN where the time is.

    Attributes:
        time_s: seconds from the first grid point of the ephemeris.
        azimuth_deg: from north over east, [0, 360).
        elevation_deg: above the horizon, without refraction.
        range_km: straight from the observer.
    """

    time_s: Floats
    azimuth_deg: Floats
    elevation_deg: Floats
    range_km: Floats


def away_km(
    ephemeris: "Ephemeris", observers: Observers, observer: Integers, time_s: Floats
) -> Floats:
    """Return the satellite's position from each observer (row numbers, shape (n,)) at each time.

    Times have shape (..., n), the Earth-fixed vectors (..., n, 3).
    """
    return np.asarray(ephemeris.position_at(time_s) - observers.position_itrs_km[observer])


def sin_elevation(
    ephemeris: "Ephemeris", observers: Observers, observer: Integers, time_s: Floats
) -> Floats:
    """Return the sine of the elevation, shape (..., n): all that finding passes needs of it."""
    away = away_km(ephemeris, observers, observer, time_s)
    height_km = np.einsum("...c,...c->...", observers.up_itrs[observer], away)
    return np.asarray(height_km / np.linalg.norm(away, axis=-1))


def look(
    ephemeris: "Ephemeris", observers: Observers, observer: Integers, time_s: Floats
) -> Sights:
    """Return where each observer (row numbers, shape (n,)) looks at each time (n,)."""
    known = np.isfinite(time_s)
    away = away_km(ephemeris, observers, observer, np.where(known, time_s, 0.0))
    azimuth_deg, elevation_deg, range_km = look_angles(away, observers, observer)
    return Sights(
        time_s=time_s,
        azimuth_deg=np.where(known, azimuth_deg, np.nan),
        elevation_deg=np.where(known, elevation_deg, np.nan),
        range_km=np.where(known, range_km, np.nan),
    )


def look_angles(
    away_itrs_km: Floats, observers: Observers, observer: Integers
) -> tuple[Floats, Floats, Floats]:
    """Return azimuth (deg), elevation (deg) and range (km) of vectors from observers.

    The vectors are Earth-fixed, of shape (n, 3), in km; the observers are row numbers, shape (n,).
    """
    east, north, up = (
        np.einsum("nc,nc->n", axis[observer], away_itrs_km)
        for axis in (observers.east_itrs, observers.north_itrs, observers.up_itrs)
    )
    horizontal = np.hypot(east, north)
    return (
        np.degrees(np.arctan2(east, north)) % 360.0,
        np.degrees(np.arctan2(up, horizontal)),
        np.hypot(horizontal, up),
    )
