"""How bright a satellite looks: an estimate, good to about one magnitude."""

import numpy as np

from orbit.ephemeris import Ephemeris
from orbit.light.sun import sun_position_itrs_km
from orbit.observers import Observers
from tle.columns import Floats, Integers

# Mean magnitudes as observed, brought to 1000 km range and half the disc lit. Sources: the ISS as
# Heavens-Above gives it, the others from M. McCants' list of visual observations (vsnames.mag of
# 2017); both as compiled in Astro::Coord::ECI::TLE (Astro-satpass by T. R. Wyant, June 2021).
STANDARD_MAGNITUDE = {
    20580: 3.0,  # Hubble Space Telescope
    25544: -1.8,  # ISS
    25994: 3.5,  # Terra
    27386: 4.5,  # Envisat
    27424: 4.0,  # Aqua
}


def estimate_magnitude(
    ephemeris: Ephemeris, observers: Observers, observer: Integers, time_s: Floats
) -> Floats:
    """Return how bright observers (row numbers, shape (n,)) see the satellite at times (n,).

    NaN where the time is, and where no standard magnitude is known. Satellites are no spheres,
    turn, and flare: most keep within one magnitude of the estimate most of the time, and some do
    not within three. Air near the horizon, which dims them further, is left out.
    """
    standard_magnitude = STANDARD_MAGNITUDE.get(ephemeris.element_set.norad_id, np.nan)
    known = np.isfinite(time_s)
    magnitude = np.full(len(time_s), np.nan)
    position = ephemeris.position_at(time_s[known])
    to_sun = sun_position_itrs_km(ephemeris.milliseconds(time_s[known])) - position
    to_observer = observers.position_itrs_km[observer[known]] - position
    magnitude[known] = apparent_magnitude(standard_magnitude, to_sun, to_observer)
    return magnitude


def apparent_magnitude(
    standard_magnitude: float, to_sun_km: Floats, to_observer_km: Floats
) -> Floats:
    """Return the magnitude by range and lit fraction of the disc; smaller is brighter.

    Args:
        standard_magnitude: at 1000 km, half the disc lit.
        to_sun_km: vectors from the satellite to the sun, shape (n, 3).
        to_observer_km: vectors from the satellite to the observer, shape (n, 3).

    Source: T. Molczan and M. McCants, "Description of satellite information after the name", 2004.
    """
    range_km = np.linalg.norm(to_observer_km, axis=1)
    cos_phase = np.einsum("nc,nc->n", to_sun_km, to_observer_km)
    cos_phase /= np.linalg.norm(to_sun_km, axis=1) * range_km
    # The lit fraction is half of 1 + cos_phase, so that half a disc dims by nothing.
    dimming = 5.0 * np.log10(range_km / 1000.0) - 2.5 * np.log10(1.0 + cos_phase)
    return np.asarray(standard_magnitude + dimming)
